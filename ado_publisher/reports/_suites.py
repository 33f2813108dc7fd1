"""The suites that enclose a JUnit test while the document streams by, and the totals they declare.

What a suite says after its tests comes too late for them and is noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ado_publisher.model import Outcome, Properties
from ado_publisher.reports._values import moment

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
SHOWN = 200


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


class Suite:
    """An open `<testsuite>` or `<testsuites>`: what its tests inherit, and what was counted."""

    __slots__ = (
        "attributes",
        "began",
        "host",
        "inherited",
        "inner",
        "own",
        "path",
        "started",
        "stated",
        "tag",
    )

    def __init__(self, tag: str, attributes: Mapping[str, str], outer: Suite | None) -> None:
        path: tuple[str, ...] = outer.path if outer else ()
        self.tag = tag
        self.attributes = attributes
        self.path: tuple[str, ...] = (*path, attributes.get("name", "")) if tag == "testsuite" else path
        self.host: str = attributes.get("hostname") or (outer.host if outer else "")
        self.started: datetime | None = moment(attributes.get("timestamp")) or (
            outer.started if outer else None
        )
        self.stated: list[tuple[str, str]] = []
        self.inherited: Properties = outer.inherited if outer else ()
        self.began = False
        self.own = Counts()
        self.inner = Counts()

    def begin(self) -> None:
        """The first test or inner suite comes: what is stated by now is what they inherit."""
        self.began = True
        extra = [
            pair
            for pair in self.attributes.items()
            if pair[0] not in _STANDARD and not pair[0].startswith("{")
        ]
        # Note: innermost first, so that the nearest suite has the first word.
        self.inherited = (*self.stated, *extra, *self.inherited)

    def count(self, outcome: Outcome) -> None:
        """Count one test that stands directly in this suite."""
        own = self.own
        own.tests += 1
        if outcome is Outcome.FAILED:
            own.failures += 1
        elif outcome is Outcome.NOT_EXECUTED:
            own.skipped += 1
        elif outcome.counts_as_failed:
            own.errors += 1

    @property
    def called(self) -> str:
        """The suite in the words of a warning."""
        name = self.attributes.get("name", "")
        return f"<{self.tag}> {name[:SHOWN]!r}" if name else f"<{self.tag}>"

    def wrong_totals(self) -> Iterator[str]:
        """Totals that agree neither with the suite's own tests nor with all below it."""
        own, every = self.own, Counts()
        every.add(self.own)
        every.add(self.inner)
        for attribute, fits in (
            # Some writers leave out of `tests` what did not run.
            ("tests", {own.tests, every.tests, own.tests - own.skipped, every.tests - every.skipped}),
            (
                "failures",
                {own.failures, every.failures, own.failures + own.errors, every.failures + every.errors},
            ),
            ("errors", {own.errors, every.errors}),
        ):
            declared = self.attributes.get(attribute, "").strip()[:18]
            if declared.isdecimal() and int(declared) not in fits:
                counted = getattr(every, attribute)
                yield f"{self.called} declares {attribute}={declared}, but {counted} were counted in it"


class Remarks:
    """The warnings of one report: the first twenty, then their number."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._unsaid = 0
        self._unknown_status: dict[str, int] = {}

    def warn(self, warning: str) -> None:
        """Note a warning."""
        if len(self._warnings) < _MOST_WARNINGS:
            self._warnings.append(warning)
        else:
            self._unsaid += 1

    def unknown_status(self, word: str) -> None:
        """Remember a status that says nothing we know."""
        shown = word[:40]
        if shown in self._unknown_status or len(self._unknown_status) < _MOST_WARNINGS:
            self._unknown_status[shown] = self._unknown_status.get(shown, 0) + 1

    def finish(self) -> None:
        """Note what can be said only at the end."""
        if self._unsaid:
            self._warnings.append(f"and {self._unsaid} more warnings about suites")
        for word, times in self._unknown_status.items():
            self._warnings.append(
                f"status {word!r} is not known (on {times} tests): they count by their child elements, "
                "and as Inconclusive without one"
            )
