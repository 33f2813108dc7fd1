"""`inspect`: what reports say, without Azure DevOps and without writing anything."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import islice
from pathlib import Path

import click

from ado_publisher import reports
from ado_publisher.cli.text import harmless
from ado_publisher.errors import ExitCode
from ado_publisher.inspection import FileReport, inspect
from ado_publisher.model import Outcome, TestResult

SCHEMA_VERSION = 1
_TITLES = ("file", "format", "tests", "suites", "attempts", "seconds", "outcomes")
_NUMBERS = slice(2, 6)
_SLOWEST, _SHOWN_IDS, _MOST_IDS, _SHOWN_NAME = 5, 20, 10_000, 120


@click.command("inspect")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--format", "wanted", default=reports.AUTO, metavar="FORMAT",
              help="The reports' format, such as junit; auto looks at each file.")  # fmt: skip
@click.option(
    "--salvage", is_flag=True, help="Count damaged reports up to the damage; the exit code stays 3."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
def command(files: Sequence[str], wanted: str, salvage: bool, as_json: bool) -> int:
    """Show what reports say, without publishing anything.

    FILE is a file, a glob such as '**/*.{xml,trx}', a folder, an archive, or - for standard input; !PATTERN
    leaves files out.
    """
    # What is imported stays, and results die young without cycles: looking for some costs a twentieth.
    gc.freeze()
    gc.set_threshold(50_000)
    excluded = [pattern for pattern in files if pattern.startswith("!")]
    # With exclusions alone there is nothing to leave something out of, which find tells.
    named = [pattern for pattern in files if pattern not in excluded] or files[:1]
    found = [(pattern, reports.find([pattern, *excluded], Path.cwd())) for pattern in named]
    looked = _looked(found, wanted, salvage, as_json)
    inspected = [report for report, _ in looked]
    if as_json:
        answer = {"schema_version": SCHEMA_VERSION, "files": [report.as_json() for report in inspected]}
        click.echo(json.dumps(answer, indent=2))
    else:
        seen = Seen()
        for _, own in looked:
            seen.add(own)
        for line in (*_table(inspected), *_totals(inspected), *seen.told()):
            click.echo(line)
    failed = [report.error for report in inspected if report.error is not None]
    for error in failed:
        click.echo(f"error: {harmless(str(error))}", err=True)
    return int(ExitCode.REPORT if failed else ExitCode.OK)


def _looked(
    found: Sequence[tuple[str, reports.Found]], wanted: str, salvage: bool, as_json: bool
) -> list[tuple[FileReport, Seen]]:
    """Every file, in the order of what named it; what names nothing is a file with an error."""
    files = [path for _, each in found for path in each.files]
    done = reports.mapped(partial(_look, wanted, salvage, as_json), files)
    looked: list[tuple[FileReport, Seen]] = []
    for pattern, each in found:
        looked += [(FileReport(pattern, error=problem), Seen()) for problem in each.problems]
        looked += islice(done, len(each.files))
    return looked


def _look(wanted: str, salvage: bool, as_json: bool, path: str) -> tuple[FileReport, Seen]:
    seen = Seen()
    stream = sys.stdin.buffer if path == "-" else None
    take = None if as_json else seen.watching()
    report = inspect(path, format=wanted, stream=stream, salvage=salvage, seen=take)
    # Of a report that counts nothing, nothing is told either.
    return report, seen if report.total else Seen()


class Seen:
    """What a person wants to know of the tests themselves: which took long, and which name test cases."""

    def __init__(self) -> None:
        self._slowest: list[tuple[float, str]] = []
        self._ids: dict[int, None] = {}
        self._tests = self._naming = 0

    def watching(self) -> Callable[[TestResult], None]:
        """A function that remembers what counts of one result."""
        from ado_publisher.matching.content import MatchRules
        from ado_publisher.matching.finding import own_ids

        find = own_ids(MatchRules())

        def take(result: TestResult) -> None:
            self._tests += 1
            if found := find(result).ids:
                self._naming += 1
                if len(self._ids) < _MOST_IDS:
                    self._ids.update(dict.fromkeys(found))
            if result.duration:
                self._slow(result.duration, result.automated_name)

        return take

    def _slow(self, duration: float, name: str) -> None:
        heappush(self._slowest, (duration, name))
        if len(self._slowest) > _SLOWEST:
            heappop(self._slowest)

    def add(self, other: Seen) -> None:
        """What was seen of another report."""
        self._tests += other._tests
        self._naming += other._naming
        self._ids.update(other._ids)
        for each in other._slowest:
            self._slow(*each)

    def told(self) -> Iterator[str]:
        """The lines below the table; none when there was no test."""
        if not self._tests:
            return
        shown = ", ".join(map(str, sorted(self._ids)[:_SHOWN_IDS]))
        more = ", …" if len(self._ids) > _SHOWN_IDS else ""
        named = f": {shown}{more}" if shown else ""
        yield f"test case ids: {self._naming} of {self._tests} tests name some by themselves{named}"
        for duration, name in sorted(self._slowest, reverse=True):
            yield f"slow: {duration:9.3f} s  {harmless(name[:_SHOWN_NAME])}"


def _totals(inspected: Sequence[FileReport]) -> Iterator[str]:
    """One line for all reports, where there are several."""
    if len(inspected) < 2:
        return
    outcomes = {
        outcome: count for outcome in Outcome if (count := sum(r.outcomes.get(outcome, 0) for r in inspected))
    }
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) or "no tests"
    tests, took = sum(r.total for r in inspected), sum(r.duration for r in inspected)
    yield f"total: {tests} tests in {len(inspected)} files, {took:.3f} s: {told}"


def _table(inspected: Sequence[FileReport]) -> Iterator[str]:
    """A row for each report, its warnings below it; numbers to the right."""
    rows = [_TITLES, *map(_row, inspected)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for position, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        cells[_NUMBERS] = [
            cell.rjust(width) for cell, width in zip(row[_NUMBERS], widths[_NUMBERS], strict=True)
        ]
        yield "  ".join(cells).rstrip()
        if position:
            yield from (f"  warning: {harmless(warning)}" for warning in inspected[position - 1].warnings)


def _row(report: FileReport) -> tuple[str, ...]:
    if report.error is not None and not report.total:
        return (harmless(report.path), report.format or "-", "-", "-", "-", "-", "could not be read")
    return (
        harmless(report.path),
        report.format,
        str(report.total),
        str(report.suites),
        str(report.attempts),
        f"{report.duration:.3f}",
        ", ".join(f"{count} {outcome}" for outcome, count in report.outcomes.items()) or "no tests",
    )
