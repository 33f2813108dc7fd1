"""What a report says, counted: the answer of `inspect`, and nothing is kept but the counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from ado_publisher import reports
from ado_publisher.errors import ReportError
from ado_publisher.model import Outcome, TestResult


@dataclass(frozen=True, slots=True)
class FileReport:
    """One report: its tests by outcome, or why it could not be read.

    `total` counts tests and `attempts` the tries inside them; `duration` is the sum of the tests'
    own, in seconds. With an `error` every count is zero, unless it was salvaged: half a report is no report.
    """

    path: str
    format: str = ""
    total: int = 0
    suites: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    attempts: int = 0
    duration: float = 0.0
    warnings: tuple[str, ...] = ()
    error: ReportError | None = None

    def as_json(self) -> dict[str, object]:
        """The object that `inspect --json` prints for this file."""
        error = self.error
        return {
            "path": self.path,
            "format": self.format or None,
            "total": self.total,
            "suites": self.suites,
            "outcomes": {outcome.value: count for outcome, count in self.outcomes.items()},
            "attempts": self.attempts,
            "duration_seconds": round(self.duration, 6),
            "warnings": list(self.warnings),
            "error": error and {"message": error.message, "line": error.line, "column": error.column},
        }


def inspect(
    path: str,
    *,
    format: str = reports.AUTO,  # noqa: A002
    stream: BinaryIO | None = None,
    salvage: bool = False,
    seen: Callable[[TestResult], object] | None = None,
) -> FileReport:
    """Read a report to its end and count. A report that cannot be read is told in `error`, not raised.

    With `salvage` the tests before the damage are counted as well. `seen` is shown every result.
    """
    notes = reports.Notes()
    results = reports.read(path, format=format, stream=stream, notes=notes)
    damage: list[ReportError] = []
    try:
        read = count(path, _before(results, damage, seen) if salvage or seen else results, notes)
    except ReportError as error:
        damage.append(error)
    if not damage:
        return read
    if salvage and read.total:
        return replace(read, error=damage[0], warnings=tuple(notes.warnings))
    return FileReport(path, notes.format, warnings=tuple(notes.warnings), error=damage[0])


def _before(
    results: Iterable[TestResult], damage: list[ReportError], seen: Callable[[TestResult], object] | None
) -> Iterator[TestResult]:
    """The results up to the damage, each shown to who wants to see it."""
    try:
        for result in results:
            if seen is not None:
                seen(result)
            yield result
    except ReportError as error:
        damage.append(error)


def count(path: str, results: Iterable[TestResult], notes: reports.Notes) -> FileReport:
    """Count results while they stream by; `notes` must be complete when they end."""
    total = passed = attempts = 0
    duration = 0.0
    ok = Outcome.PASSED  # looking a member up in its class costs more than it seems
    others: dict[Outcome, int] = {}
    for result in results:
        total += 1
        outcome = result.outcome
        if outcome is ok:
            passed += 1
        else:
            others[outcome] = others.get(outcome, 0) + 1
        if result.attempts:
            attempts += len(result.attempts)
        if result.duration:
            duration += result.duration
    counted = {Outcome.PASSED: passed, **others}
    outcomes = {outcome: counted[outcome] for outcome in Outcome if counted.get(outcome)}
    return FileReport(
        path, notes.format, total, notes.suites, outcomes, attempts, duration, tuple(notes.warnings)
    )
