"""Suites inside suites, and what the tests in them inherit."""

from __future__ import annotations

from collections.abc import Iterable

from ado_publisher.model import Properties


class Nest:
    """The suites that are open; `names` and `properties` are what a test in them gets."""

    __slots__ = ("_open", "names", "properties")

    def __init__(self) -> None:
        self._open: list[tuple[str, Properties]] = []
        self.names: tuple[str, ...] = ()
        self.properties: Properties = ()

    def open(self, name: str, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """A suite begins. One without a name is none to its tests."""
        self._open.append((name, tuple(pairs)))
        self._refresh()

    def state(self, pairs: Iterable[tuple[str, str]]) -> None:
        """The innermost suite says something of itself."""
        if self._open:
            name, known = self._open[-1]
            self._open[-1] = (name, (*known, *pairs))
            self._refresh()

    def close(self) -> None:
        """The innermost suite ends."""
        self._open.pop()
        self._refresh()

    def _refresh(self) -> None:
        self.names = tuple(name for name, _ in self._open if name)
        # The innermost first: the nearest suite has the first word.
        self.properties = tuple(pair for _, pairs in reversed(self._open) for pair in pairs)


def class_of(fullname: str, name: str, told: str = "") -> str:
    """The class of a test by its own word, else what its full name has before its name."""
    if told:
        return told
    return fullname[: -len(name)].rstrip(".") if name and fullname.endswith(name) else ""
