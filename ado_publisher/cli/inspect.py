"""`inspect`: what reports say, without Azure DevOps and without writing anything."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ado_publisher import reports
from ado_publisher.cli.text import harmless
from ado_publisher.errors import ExitCode
from ado_publisher.inspection import FileReport, inspect

SCHEMA_VERSION = 1
_TITLES = ("file", "format", "tests", "suites", "attempts", "seconds", "outcomes")
_NUMBERS = slice(2, 6)


@click.command("inspect")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--format", "wanted", default=reports.AUTO, metavar="FORMAT",
              help="The reports' format, such as junit; auto looks at each file.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
def command(files: Sequence[str], wanted: str, as_json: bool) -> int:
    """Show what reports say, without publishing anything.

    FILE is a file, a glob such as '**/*.xml', a folder, or - for standard input.
    """
    # What is imported stays, and results die young without cycles: looking for some costs a twentieth.
    gc.freeze()
    gc.set_threshold(50_000)
    excluded = [pattern for pattern in files if pattern.startswith("!")]
    named = [pattern for pattern in files if pattern not in excluded]
    inspected = [report for pattern in named for report in _inspected(pattern, excluded, wanted)]
    if as_json:
        answer = {"schema_version": SCHEMA_VERSION, "files": [report.as_json() for report in inspected]}
        click.echo(json.dumps(answer, indent=2))
    else:
        for line in _table(inspected):
            click.echo(line)
    failed = [report.error for report in inspected if report.error is not None]
    for error in failed:
        click.echo(f"error: {harmless(str(error))}", err=True)
    return int(ExitCode.REPORT if failed else ExitCode.OK)


def _inspected(pattern: str, excluded: Sequence[str], wanted: str) -> Iterator[FileReport]:
    """Every file that one argument names; what names nothing is a file with an error."""
    found = reports.find([pattern, *excluded], Path.cwd())
    for problem in found.problems:
        yield FileReport(pattern, error=problem)
    for path in found.files:
        yield inspect(path, format=wanted, stream=sys.stdin.buffer if path == "-" else None)


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
    if report.error is not None:
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
