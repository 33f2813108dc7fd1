"""The suites that enclose a JUnit test while the document streams by, and the totals they declare.

Suites are found from a finished test upwards: only the ends of elements are listened to, which
halves the events. What a suite says after its tests comes too late for them and is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ado_publisher.model import Outcome, Properties
from ado_publisher.reports._source import Notes
from ado_publisher.reports._values import attachment_markers, moment
from ado_publisher.reports._xml import local_name, text_of

_COUNTS = (
    "tests",
    "failures",
    "errors",
    "skipped",
    "skips",
    "skip",
    "disabled",
    "ignored",
    "assertions",
    "warnings",
)
_OTHERS = (
    "name",
    "time",
    "timestamp",
    "hostname",
    "version",
    "id",
    "package",
    "file",
    "line",
    "flakes",
    "total",
)
_STANDARD = frozenset((*_COUNTS, *_OTHERS, "passed", "failed"))
_MOST_WARNINGS = 20
_SHOWN = 200


@dataclass(slots=True)
class Counts:
    """Tests counted, by what a suite may declare of them."""

    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        """Add another suite's counts to these."""
        self.tests += other.tests
        self.failures += other.failures
        self.errors += other.errors
        self.skipped += other.skipped


@dataclass(slots=True)
class Suite:
    """An open `<testsuite>` or `<testsuites>`: what its tests inherit, and what was counted."""

    element: Any
    path: tuple[str, ...] = ()
    properties: Properties = ()
    host: str = ""
    started: datetime | None = None
    own: Counts = field(default_factory=Counts)
    inner: Counts = field(default_factory=Counts)
    last: Any = None

    def count(self, outcome: Outcome) -> None:
        """Count one test that stands directly in this suite."""
        own = self.own
        own.tests += 1
        if outcome is Outcome.PASSED:
            return
        if outcome is Outcome.FAILED:
            own.failures += 1
        elif outcome is Outcome.NOT_EXECUTED:
            own.skipped += 1
        elif outcome.counts_as_failed:
            own.errors += 1

    def drop_before(self, finished: Any) -> None:  # noqa: ANN401  # lxml's element
        """Give back the memory of the finished element before this one.

        Never that of the newest one: the parser may still be writing the text behind it.
        """
        last = self.last
        if last is not None:
            self.element.remove(last)
        self.last = finished


@dataclass(slots=True)
class Suites:
    """The open suites, outermost first, and the notes they lead to."""

    notes: Notes
    current: Suite | None = None
    _open: list[Suite] = field(default_factory=list)
    _unsaid: int = 0
    _unknown_status: dict[str, int] = field(default_factory=dict)

    def enter(self, element: Any) -> Suite:  # noqa: ANN401  # lxml's element
        """The innermost suite that is this element or encloses it, opened where it was not yet."""
        known = self._open[-1].element if self._open else None
        new: list[Any] = []
        node = element
        while node is not None and node is not known:
            if local_name(node.tag) != "testcase":
                new.append(node)
            node = node.getparent()
        for node in reversed(new):
            self._open.append(_opened(node, self._open[-1] if self._open else None))
        self.current = self._open[-1]
        return self.current

    def leave(self, element: Any) -> None:  # noqa: ANN401  # lxml's element
        """A suite has ended: note what it declared wrongly, and what stood beside its tests."""
        suite = self.enter(element)
        self._open.pop()
        outer = self.current = self._open[-1] if self._open else None
        if local_name(element.tag) == "testsuite":
            self.notes.suites += 1
        for warning in (*_wrong_totals(suite), *_beside_the_tests(suite)):
            self.warn(warning)
        if outer is not None:
            outer.inner.add(suite.own)
            outer.inner.add(suite.inner)
            if outer.element is element.getparent():
                outer.drop_before(element)

    def unknown_status(self, word: str) -> None:
        """Remember a status that says nothing we know."""
        shown = word[:40]
        if shown in self._unknown_status or len(self._unknown_status) < _MOST_WARNINGS:
            self._unknown_status[shown] = self._unknown_status.get(shown, 0) + 1

    def warn(self, warning: str) -> None:
        """Note a warning; past the first twenty only their number."""
        if len(self.notes.warnings) < _MOST_WARNINGS:
            self.notes.warnings.append(warning)
        else:
            self._unsaid += 1

    def finish(self) -> None:
        """Note what can be said only at the end."""
        if self._unsaid:
            self.notes.warnings.append(f"and {self._unsaid} more warnings about suites")
        for word, times in self._unknown_status.items():
            self.notes.warnings.append(
                f"status {word!r} is not known (on {times} tests): they count by their child elements alone"
            )


def properties_in(element: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # lxml's element
    """The `<property>` children by name, the value from its attribute or its text."""
    for child in element:
        name = child.get("name")
        if name:
            value = child.get("value")
            yield name, text_of(child).strip() if value is None else value


def _opened(element: Any, outer: Suite | None) -> Suite:  # noqa: ANN401  # lxml's element
    named = local_name(element.tag) == "testsuite"
    inherited = outer.properties if outer else ()
    host = element.get("hostname") or (outer.host if outer else "")
    started = moment(element.get("timestamp")) or (outer.started if outer else None)
    path = outer.path if outer else ()
    # Note: innermost first, so that the nearest suite has the first word.
    return Suite(
        element=element,
        path=(*path, element.get("name", "")) if named else path,
        properties=(*_own_properties(element), *inherited),
        host=host,
        started=started,
    )


def _own_properties(element: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # lxml's element
    # Note: only those before the first test. What stands behind it may be there or not, by how far
    # the parser has read ahead, and a report must not be read in two ways.
    for child in element:
        tag = local_name(child.tag) if isinstance(child.tag, str) else ""
        if tag in ("testcase", "testsuite"):
            break
        if tag == "properties":
            yield from properties_in(child)
    for name, value in element.items():
        if name not in _STANDARD and not name.startswith("{"):
            yield name, value


def _wrong_totals(suite: Suite) -> Iterator[str]:
    """Totals that agree neither with the suite's own tests nor with all below it."""
    own, every = suite.own, Counts()
    every.add(suite.own)
    every.add(suite.inner)
    for attribute, fits in (
        # Some writers leave out of `tests` what did not run.
        ("tests", {own.tests, every.tests, own.tests - own.skipped, every.tests - every.skipped}),
        (
            "failures",
            {own.failures, every.failures, own.failures + own.errors, every.failures + every.errors},
        ),
        ("errors", {own.errors, every.errors}),
    ):
        declared = suite.element.get(attribute, "").strip()
        if not declared.isdecimal() or int(declared[:18]) in fits:
            continue
        counted = getattr(every, attribute)
        yield f"{_called(suite)} declares {attribute}={declared[:18]}, but {counted} were counted in it"


def _beside_the_tests(suite: Suite) -> Iterator[str]:
    """What a suite says outside its tests, and no test can carry."""
    called = _called(suite)
    seen_tests = False
    for child in suite.element:
        tag = local_name(child.tag) if isinstance(child.tag, str) else ""
        if tag in ("testcase", "testsuite"):
            seen_tests = True
        elif tag in ("error", "failure"):
            said = (child.get("message") or text_of(child)).strip()[:_SHOWN]
            yield f"{called} reports a {tag} outside of its tests, which none of them can carry: {said}"
        elif tag == "properties" and seen_tests and len(child):
            yield f"{called} has properties behind its tests: they were not given to the tests"
        elif tag in ("system-out", "system-err") and (paths := [*attachment_markers(text_of(child))]):
            shown = ", ".join(paths[:3])[:_SHOWN]
            yield f"{called} names {len(paths)} attachments outside of its tests: {shown}"


def _called(suite: Suite) -> str:
    tag, name = local_name(suite.element.tag), suite.element.get("name", "")
    return f"<{tag}> {name[:_SHOWN]!r}" if name else f"<{tag}>"
