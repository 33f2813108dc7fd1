"""Several reports read together: each whole or not at all, and no test of theirs twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from ado_publisher.errors import ReportError
from ado_publisher.model import SALVAGED, TestResult
from ado_publisher.reports._registry import Report, formats
from ado_publisher.reports._source import Notes

_MOST_WARNINGS = 50


class Asked(NamedTuple):
    """A report to read: its path, its format or `auto`, and a stream to read instead of the file."""

    path: str
    format: str = "auto"
    stream: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """All tests in the order of the reports, what could not be read, and what a person should know.

    `companions` are files beside the reports that belong to their run as a whole, such as logs.
    """

    results: tuple[TestResult, ...]
    errors: tuple[ReportError, ...] = ()
    notices: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()


Read = Callable[[Asked, Notes], Iterator[TestResult]]


def collected(asked: Sequence[Asked], read: Read, *, salvage: bool = False) -> Collected:
    """Read every report, a bad one is an error and nothing else; then each format puts its own together.

    With `salvage` what stood before the damage is kept and marked; the error is told all the same.
    """
    reports: list[Report] = []
    errors: list[ReportError] = []
    for one in asked:
        notes, found = Notes(), list[TestResult]()
        try:
            found.extend(read(one, notes))
        except ReportError as error:
            errors.append(error)
            if not (salvage and found):
                continue
            found = [
                result.replaced(properties=(*result.properties, (SALVAGED, str(error)))) for result in found
            ]
            notes.warnings.append(
                f"damaged: what stands before line {error.line} was read, tests: {len(found)}"
            )
        results = tuple(found)
        reports.append(Report(one.path, notes.format, results, tuple(notes.warnings)))
    notices = _warnings(reports)
    for name, known in formats().items():
        places = [at for at, report in enumerate(reports) if report.format == name]
        if known.consolidate is None or not places:
            continue
        done = known.consolidate([reports[at] for at in places])
        for at, report in zip(places, done.reports, strict=True):
            reports[at] = report
        notices += done.notices
    results = tuple(result for report in reports for result in report.results)
    return Collected(results, tuple(errors), tuple(notices), tuple(_companions(reports)))


def _companions(reports: Sequence[Report]) -> list[str]:
    known = formats()
    found: dict[str, None] = {}
    for report in reports:
        beside = known[report.format].companions
        if beside is not None:
            found.update(dict.fromkeys(beside(report.path)))
    return list(found)


def _warnings(reports: Sequence[Report]) -> list[str]:
    told = [f"{report.path}: {warning}" for report in reports for warning in report.warnings]
    if len(told) > _MOST_WARNINGS:
        more = len(told) - _MOST_WARNINGS
        told[_MOST_WARNINGS:] = [f"and {more} more warnings about reports; inspect tells each report's own"]
    return told
