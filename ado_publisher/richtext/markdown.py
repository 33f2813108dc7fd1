"""Markdown, as TestRail and most others read it: a line end within a paragraph is a line break. Pure.

What is written is read again at once; a document that would come back as another is written as HTML, which
Markdown holds as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ado_publisher.richtext.blocks import LARGEST, Block, from_html, parse, write
from ado_publisher.richtext.inline import Piece
from ado_publisher.text import clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SIGNS = {"b": "**", "i": "*", "s": "~~"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>~|&])")
_AT_LINE_START = re.compile(r"^(\s*)([#+\-=]|\d{1,9}(?=[.)]))", re.MULTILINE)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])


def from_markdown(source: str) -> str:
    """Markdown in the canonical form; never an error."""
    source = clean(source)
    if len(source) > LARGEST:
        return from_html(source.replace("&", "&amp;").replace("<", "&lt;"))
    return from_html(_parser().render(source))


def to_markdown(canonical: str) -> str:
    """The canonical form as Markdown that `from_markdown` reads as the same."""
    blocks = parse(canonical)
    told = "\n\n".join(_block_or_html(block) for block in blocks)
    whole = write(blocks)
    return told if from_markdown(told) == whole else _as_html(whole)


def _block_or_html(block: Block) -> str:
    told = _block(block)
    whole = write([block])
    return told if from_markdown(told) == whole else _as_html(whole)


def _as_html(canonical: str) -> str:
    """HTML within Markdown ends at the first blank line: it is written on one."""
    return canonical.replace("\n", "&#10;")


def _block(block: Block) -> str:
    if block.kind == "hr":
        return "---"
    if block.kind == "pre":
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", block.text)), 3)
        return f"{fence}\n{block.text}\n{fence}"
    if block.kind.startswith("h"):
        return f"{'#' * int(block.kind[1])} {_line(block.pieces)}"
    if block.kind in ("ul", "ol"):
        return "\n".join(_item(block.kind, number, item) for number, item in enumerate(block.blocks, 1))
    if block.kind == "blockquote":
        inner = "\n\n".join(map(_block, block.blocks))
        return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
    if block.kind == "table":
        return _table(block.blocks)
    return _line(block.pieces)


def _item(kind: str, number: int, item: Block) -> str:
    mark = "- " if kind == "ul" else f"{number}. "
    tight = all(each.kind in ("p", "ul", "ol") for each in item.blocks[:2])
    inner = ("\n" if tight else "\n\n").join(map(_block, item.blocks))
    lines = inner.split("\n")
    indent = " " * len(mark)
    return "\n".join([mark + lines[0], *(indent + line if line else "" for line in lines[1:])])


def _table(rows: Sequence[Block]) -> str:
    told = [f"| {' | '.join(_line(cell.pieces) for cell in row.blocks)} |" for row in rows]
    return "\n".join([told[0], "|" + " --- |" * len(rows[0].blocks), *told[1:]])


def _line(pieces: Iterable[Piece]) -> str:
    return _AT_LINE_START.sub(r"\1\\\2", "".join(map(_piece, pieces))).replace("\\-\\-", "\\--")


def _piece(piece: Piece) -> str:
    if piece.is_break:
        return "\n"
    if "code" in piece.marks:
        ticks = "`" * (max((len(run) for run in re.findall(r"`+", piece.text)), default=0) + 1)
        pad = " " if piece.text.startswith("`") or piece.text.endswith("`") else ""
        text = f"{ticks}{pad}{piece.text}{pad}{ticks}"
    else:
        text = _SPECIAL.sub(r"\\\1", piece.text)
    for mark, sign in _SIGNS.items():
        if mark in piece.marks:
            text = f"{sign}{text}{sign}"
    return f"[{text}](<{piece.link}>)" if piece.link else text
