"""Paragraphs, headings, lists, quotes, tables and code: read from any HTML, written in one way. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree, html

from ado_publisher.richtext.inline import Piece, as_html, plain, safe_link, tidy
from ado_publisher.text import clean

_MARK_TAGS = {
    "b": "b",
    "strong": "b",
    "i": "i",
    "em": "i",
    "s": "s",
    "del": "s",
    "strike": "s",
    "code": "code",
    "tt": "code",
    "kbd": "code",
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DROPPED = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "embed"}
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "address",
        "ul",
        "ol",
        "li",
        "pre",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "hr",
        "figure",
        "figcaption",
        "form",
        "fieldset",
        "dl",
        "dt",
        "dd",
        "center",
        "body",
        "html",
    ]
) | frozenset(_HEADINGS)
_DEEPEST = 40
_C1 = re.compile(r"[\x80-\x9f]")
LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is p, h1 to h6, pre, ul, ol, li, blockquote, table, tr, th, td or hr; what holds text has
    pieces, what holds blocks has blocks; `text` is that of a pre.
    """

    kind: str
    pieces: tuple[Piece, ...] = ()
    blocks: tuple[Block, ...] = ()
    text: str = ""


def from_html(source: str) -> str:
    """Any HTML in the canonical form; never an error. A text that is too large is a text."""
    return write(parse(source))


def text_of(canonical: str) -> str:
    """The text alone, a line for each block."""
    return "\n".join(_lines(parse(canonical)))


def parse(source: str) -> tuple[Block, ...]:
    """The blocks of any HTML."""
    # A parser takes C1 for characters of another encoding.
    source = _C1.sub("", clean(source)).replace("\r\n", "\n").replace("\r", "\n")
    if not source.strip():
        return ()
    if len(source) > LARGEST:
        return _paragraph([Piece(source)])
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = html.document_fromstring(
            f"<html><body><div>{source}</div></body></html>".encode(), parser=parser
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return _paragraph([Piece(source)])
    body = root.find("body")
    reader = _Reader()
    reader.inside(root if body is None else body, frozenset(), "", 0)
    return reader.end()


@dataclass(slots=True)
class _Reader:
    """Gathers text into paragraphs until a block begins."""

    blocks: list[Block] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def end(self) -> tuple[Block, ...]:
        self.flush()
        return tuple(self.blocks)

    def flush(self) -> None:
        self.blocks += _paragraph(self.pieces)
        self.pieces = []

    def inside(self, element: html.HtmlElement, marks: frozenset[str], link: str, depth: int) -> None:
        self._say(element.text, marks, link)
        for child in element:
            self._element(child, marks, link, depth + 1)
            self._say(child.tail, marks, link)

    def _say(self, text: str | None, marks: frozenset[str], link: str) -> None:
        if text:
            # Line ends of the source are blanks; a break is an element of its own.
            self.pieces.append(Piece(text.replace("\n", " "), marks, link))

    def _element(self, element: html.HtmlElement, marks: frozenset[str], link: str, depth: int) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _DROPPED:
            return
        if depth > _DEEPEST:
            self._say("".join(map(str, element.itertext())), marks, link)
        elif tag == "br":
            self.pieces.append(Piece("\n"))
        elif tag == "img":
            self._image(element, marks, link)
        elif tag == "a":
            self.inside(element, marks, safe_link(element.get("href") or "") or link, depth)
        elif tag in _MARK_TAGS:
            self.inside(element, marks | {_MARK_TAGS[tag]}, link, depth)
        elif tag in _BLOCKS:
            self.flush()
            self._block(tag, element, depth)
        else:
            self.inside(element, marks, link, depth)

    def _image(self, element: html.HtmlElement, marks: frozenset[str], link: str) -> None:
        source = safe_link(element.get("src") or "")
        told = (element.get("alt") or "").strip() or source
        self._say(told, marks, link or source)

    def _block(self, tag: str, element: html.HtmlElement, depth: int) -> None:
        if tag == "hr":
            self.blocks.append(Block("hr"))
        elif tag == "pre":
            text = "".join(map(str, element.itertext())).strip("\n")
            self.blocks += [Block("pre", text=text)] if text.strip() else []
        elif tag in _HEADINGS:
            pieces = tidy(_flat(_within(element, depth)))
            self.blocks += [Block(tag, pieces)] if pieces else []
        elif tag in ("ul", "ol"):
            items = [Block("li", blocks=found) for child in element if (found := _item(child, depth))]
            self.blocks += [Block(tag, blocks=tuple(items))] if items else []
        elif tag == "blockquote":
            inner = _within(element, depth)
            self.blocks += [Block(tag, blocks=inner)] if inner else []
        elif tag == "table":
            rows = tuple(_row(row, depth) for row in element.iter("tr"))
            rows = tuple(row for row in rows if any(cell.pieces for cell in row.blocks))
            self.blocks += [Block(tag, blocks=rows)] if rows else []
        else:
            self.blocks += _within(element, depth)


def _within(element: html.HtmlElement, depth: int) -> tuple[Block, ...]:
    reader = _Reader()
    reader.inside(element, frozenset(), "", depth + 1)
    return reader.end()


def _item(child: html.HtmlElement, depth: int) -> tuple[Block, ...]:
    if not isinstance(child.tag, str) or child.tag in _DROPPED:
        return ()
    if child.tag == "li":
        return _within(child, depth)
    reader = _Reader()
    reader._element(child, frozenset(), "", depth + 1)
    return reader.end()


def _row(row: html.HtmlElement, depth: int) -> Block:
    cells = [
        Block(str(cell.tag), tidy(_flat(_within(cell, depth)))) for cell in row if cell.tag in ("td", "th")
    ]
    return Block("tr", blocks=tuple(cells))


def _flat(blocks: Iterable[Block]) -> Iterator[Piece]:
    """What stands in several blocks, on lines of its own, where only a text may stand."""
    for place, block in enumerate(blocks):
        if place:
            yield Piece("\n")
        if block.text:
            yield Piece(" ".join(block.text.split()))
        yield from block.pieces
        yield from _flat(block.blocks)


def _paragraph(pieces: Sequence[Piece]) -> tuple[Block, ...]:
    found = tidy(pieces)
    return (Block("p", found),) if found else ()


def write(blocks: Iterable[Block]) -> str:
    """The blocks as canonical HTML."""
    return "".join(map(_written, blocks))


def _written(block: Block) -> str:
    if block.kind == "hr":
        return "<hr>"
    if block.kind == "pre":
        # A parser takes a line end that comes first for none.
        return f"<pre>{as_html([Piece(block.text)]) if block.text != chr(10) else ''}</pre>"
    if block.kind == "li" and len(block.blocks) == 1 and block.blocks[0].kind == "p":
        return f"<li>{as_html(block.blocks[0].pieces)}</li>"
    return f"<{block.kind}>{as_html(block.pieces)}{write(block.blocks)}</{block.kind}>"


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if block.kind == "tr":
            yield "\t".join(plain(cell.pieces) for cell in block.blocks)
            continue
        if block.pieces or block.text:
            yield block.text or plain(block.pieces)
        yield from _lines(block.blocks)
