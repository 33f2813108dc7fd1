"""XML formats other than JUnit: one test after the other as a small tree, and what encloses it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum
from functools import lru_cache
from typing import Any, cast

from lxml import etree

from ado_publisher.reports._source import Source
from ado_publisher.reports._xml import SAFE, local_name, syntax_errors

Element = Any  # lxml's, for which it publishes no type
_CHUNK = 64 * 1024


class At(Enum):
    """What `walk` stands at."""

    OPEN = "open"
    CLOSE = "close"
    LEAF = "leaf"


def walk(
    source: Source, leaves: Collection[str], around: Collection[str]
) -> Iterator[tuple[At, str, Element]]:
    """Yield where each element named in `around` opens and closes, and every one of `leaves` with all in it.

    Names are local names. What is yielded as a leaf or at its end is taken out of the tree by the next step:
    one test is held at a time, whatever the report holds. A leaf inside a leaf belongs to the outer one.
    Raises ReportError.
    """
    names = [f"{{*}}{name}" for name in (*leaves, *around)]
    parser: Any = etree.XMLPullParser(events=("start", "end"), tag=names, **SAFE)
    state = _Walk(frozenset(leaves))
    with syntax_errors(source.path):
        while piece := source.stream.read(_CHUNK):
            try:
                parser.feed(piece)
            except etree.XMLSyntaxError:
                yield from state.steps(parser)  # what is whole before the damage
                raise
            yield from state.steps(parser)
        parser.close()
        yield from state.steps(parser)


class _Walk:
    def __init__(self, leaves: frozenset[str]) -> None:
        self.leaves = leaves
        self.inside = 0
        self.spent: Element = None

    def steps(self, parser: Any) -> Iterator[tuple[At, str, Element]]:  # noqa: ANN401
        for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
            name = local_name(element.tag)
            if name in self.leaves:
                self.inside += 1 if event == "start" else -1
                if event == "end" and not self.inside:
                    yield At.LEAF, name, element
                    self._spend(element)
            elif self.inside:
                continue
            elif event == "start":
                yield At.OPEN, name, element
            else:
                yield At.CLOSE, name, element
                self._spend(element)

    def _spend(self, element: Element) -> None:
        """Empty it now, and remove it when the parser has left it: it still stands at the last one's end."""
        element.clear(keep_tail=False)
        spent, self.spent = self.spent, element
        if spent is not None and (parent := spent.getparent()) is not None:
            parent.remove(spent)


def text_of(element: Element) -> str:
    """All text in an element; empty for None."""
    return "" if element is None else "".join(element.itertext()).strip()


def below(element: Element, path: str) -> Element:
    """The first element on a path of local names, or None."""
    for tag in _tags(path):
        element = next(element.iterchildren(tag), None)
        if element is None:
            return None
    return element


def parts(element: Element) -> dict[str, Element]:
    """The children of an element by their local names, of several with one name the first."""
    found: dict[str, Element] = {}
    for child in element.iterchildren("*"):
        found.setdefault(local_name(child.tag), child)
    return found


def each(element: Element, path: str) -> list[Element]:
    """All elements on a path of local names; `*` stands for any. Without an element none."""
    if element is None:
        return []
    found: list[Element] = [element]
    for tag in _tags(path):
        found = [child for parent in found for child in parent.iterchildren(tag)]
    return found


@lru_cache(maxsize=256)
def _tags(path: str) -> tuple[str, ...]:
    """The steps of a path in any namespace. The search of lxml for such paths takes ten times as long."""
    return tuple(f"{{*}}{name}" for name in path.split("/"))


def line_of(element: Element) -> int | None:
    """The line an element begins at."""
    line: int | None = element.sourceline
    return line
