"""Text within a block: pieces with their marks, as HTML in one order of nesting. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urlsplit

# Outermost first: the same marks are always nested the same way.
MARKS = ("b", "i", "s", "code")
_SCHEMES = frozenset({"http", "https", "mailto"})
_LONGEST_LINK = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A text with its marks and its link; a line break is a piece whose text is a line feed."""

    text: str
    marks: frozenset[str] = frozenset()
    link: str = ""

    @property
    def is_break(self) -> bool:
        """It is a line break, which has no marks."""
        return self.text == "\n"


def safe_link(address: str) -> str:
    """The address, if a person may be led there; empty otherwise."""
    address = "".join(sign for sign in address.strip() if sign.isprintable() and not sign.isspace())
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return ""
    return address if scheme in _SCHEMES and len(address) <= _LONGEST_LINK else ""


def tidy(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Blanks are single and outside of marks, none at the ends; neighbours that are alike are one."""
    kept: list[Piece] = []
    for piece in _split(pieces):
        before = kept[-1] if kept else None
        if piece.text == " " and (before is None or before.is_break or before.text.endswith(" ")):
            continue
        if piece.is_break and before is not None and before.text == " ":
            kept.pop()
        kept.append(piece)
    while kept and (kept[-1].text == " " or kept[-1].is_break):
        kept.pop()
    while kept and kept[0].is_break:
        kept.pop(0)
    return tuple(_joined(kept))


def _split(pieces: Iterable[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        if piece.is_break:
            yield Piece("\n")
            continue
        for part in re.findall(r"\s+|\S+", piece.text):
            yield Piece(" ") if part.isspace() else replace(piece, text=part)


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Words of the same kind with blanks between them become one piece again."""
    waiting: Piece | None = None
    for place, piece in enumerate(pieces):
        following = pieces[place + 1] if place + 1 < len(pieces) else None
        if waiting is not None and _goes_on(waiting, piece, following):
            waiting = replace(waiting, text=waiting.text + piece.text)
            continue
        if waiting is not None:
            yield waiting
        waiting = piece
    if waiting is not None:
        yield waiting


def _goes_on(waiting: Piece, piece: Piece, following: Piece | None) -> bool:
    """The piece, or the blank before the one that follows, is of the same kind as what came before."""
    next_word = following if piece.text == " " and following is not None else piece
    if waiting.is_break or next_word.is_break:
        return False
    return (next_word.marks, next_word.link) == (waiting.marks, waiting.link)


def as_html(pieces: Iterable[Piece]) -> str:
    """The pieces as HTML."""
    return "".join(map(_piece, pieces))


def _piece(piece: Piece) -> str:
    if piece.is_break:
        return "<br>"
    text = escape(piece.text, quote=False)
    for mark in reversed(MARKS):
        if mark in piece.marks:
            text = f"<{mark}>{text}</{mark}>"
    return f'<a href="{escape(piece.link)}">{text}</a>' if piece.link else text


def plain(pieces: Iterable[Piece]) -> str:
    """The text alone."""
    return "".join(piece.text for piece in pieces)
