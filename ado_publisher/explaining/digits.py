"""Numbers in a name that no pattern takes for an id, and the pattern that would. Pure.

Bare numbers are never ids by themselves: pytest and JUnit number their rows so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ado_publisher.matching.finding import is_id

_MOST = 3
_LONGEST = 500
_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,10}(?![0-9])")
_WORD_BEFORE = re.compile(r"(?<![^\W\d_])([A-Za-z]{1,6})([-_ #:]?)$")


@dataclass(frozen=True, slots=True)
class BareNumber:
    """A number as it stands in the name, and the pattern that takes it; empty where none would be safe."""

    id: int
    shown: str
    pattern: str


def bare_numbers(name: str) -> Iterator[BareNumber]:
    """The first numbers of a name that could be ids, had a pattern marked them."""
    text = name[:_LONGEST]
    found = [hit for hit in _NUMBER.finditer(text) if is_id(hit[0])]
    for hit in found[:_MOST]:
        shown, pattern = _marked(text, hit.start(), hit.end())
        fits = bool(pattern) and hit[0] in re.findall(pattern, text)
        yield BareNumber(int(hit[0]), shown, pattern if fits else "")


def _marked(text: str, start: int, end: int) -> tuple[str, str]:
    digits, before, after = text[start:end], text[:start], text[end : end + 1]
    if before.endswith("[") and after == "]":
        return f"[{digits}]", r"\[(\d+)\]"
    if before.endswith("(") and after == ")":
        return f"({digits})", r"\((\d+)\)"
    if before.endswith("#"):
        return f"#{digits}", r"#(\d+)(?!\d)"
    if word := _WORD_BEFORE.search(before):
        return f"{word[0]}{digits}", rf"(?<![A-Za-z0-9]){word[1]}[-_ #:]?(\d+)(?!\d)"
    if not before:
        return digits, r"^(\d+)(?!\d)"
    return digits, r"(?<!\d)(\d+)$" if not after else ""
