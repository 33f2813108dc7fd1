"""Names that resemble a name, out of tens of thousands. Pure.

Only a bounded number of candidates is compared: those with the same last dotted part, the same words or
the same class, the rarest in common first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import islice

_MOST_CANDIDATES = 60
# What a hundred names have in common tells none of them apart.
_FULL = 100
_LONGEST = 200
_ALIKE = 0.72
_WORD = re.compile(r"[^\W\d_]+|\d+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Nearest:
    """An index of names, dotted or not."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [name for name in dict.fromkeys(names) if name]
        self._folded: dict[str, list[int]] = {}
        self._buckets: dict[str, list[int]] = {}
        for number, name in enumerate(self._names):
            self._folded.setdefault(plain(name), []).append(number)
            for key in _keys(name):
                bucket = self._buckets.setdefault(key, [])
                if len(bucket) < _FULL:
                    bucket.append(number)

    def __len__(self) -> int:
        return len(self._names)

    def alike(self, name: str) -> list[str]:
        """The names that differ in nothing but case, spacing and punctuation."""
        return [self._names[number] for number in self._folded.get(plain(name), ())]

    def closest(self, name: str, most: int = 3) -> list[str]:
        """The names most alike, at most so many; those with the same last part count as alike."""
        folded = name[:_LONGEST].casefold()
        last = _parts(name)[1].casefold()
        compared = SequenceMatcher(autojunk=False)
        compared.set_seq2(folded)
        rated: list[tuple[float, int, str]] = []
        for number in self._candidates(name):
            other = self._names[number]
            same = bool(last) and _parts(other)[1].casefold() == last
            compared.set_seq1(other[:_LONGEST].casefold())
            if same or (compared.real_quick_ratio() >= _ALIKE and compared.quick_ratio() >= _ALIKE):
                ratio = compared.ratio()
                if same or ratio >= _ALIKE:
                    rated.append((-ratio, number, other))
        return [other for _, _, other in sorted(rated)[:most]]

    def _candidates(self, name: str) -> list[int]:
        found = dict.fromkeys(self._folded.get(plain(name), ())[:_MOST_CANDIDATES])
        buckets = [self._buckets[key] for key in _keys(name) if key in self._buckets]
        # Sorting is stable: of buckets as large as each other the last part comes before words and class.
        for bucket in sorted(buckets, key=len):
            found.update(dict.fromkeys(islice(bucket, _MOST_CANDIDATES)))
            if len(found) >= _MOST_CANDIDATES:
                break
        return list(found)[:_MOST_CANDIDATES]


def plain(name: str) -> str:
    """What is left of a name without case, spacing and punctuation."""
    return "".join(character for character in name[:_LONGEST].casefold() if character.isalnum())


def difference(wanted: str, found: str) -> str:
    """What tells two automated test names apart, in words."""
    if wanted == found:
        return "the same"
    if wanted.casefold() == found.casefold():
        return "only the case differs"
    (own_class, own), (other_class, other) = _parts(wanted), _parts(found)
    if plain(wanted) == plain(found):
        return "only spacing or punctuation differs"
    if own.casefold() == other.casefold():
        return f"the class differs: {_class(other_class)} instead of {_class(own_class)}"
    if own_class.casefold() == other_class.casefold():
        return f"the name differs: '{other}' instead of '{own}'"
    return "class and name differ" if own_class and other_class else "the name differs"


def _class(name: str) -> str:
    return f"'{name}'" if name else "none"


def _parts(name: str) -> tuple[str, str]:
    head, _, last = name[:_LONGEST].rpartition(".")
    return head, last


def _keys(name: str) -> Iterator[str]:
    head, last = _parts(name)
    yield f"last {last.casefold()}"
    words = dict.fromkeys(map(str.casefold, islice(_WORD.findall(_HUMP.sub(" ", name[:_LONGEST])), 20)))
    yield from words
    # A word with two letters swapped has the same letters; one with a letter too many begins or ends alike.
    letters = plain(last)
    yield f"letters {''.join(sorted(letters))}"
    yield f"begins {letters[:5]}"
    yield f"ends {letters[-5:]}"
    if head:
        yield f"class {head.casefold()}"
