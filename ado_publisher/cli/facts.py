"""What a publish did, as plain lines for a log and as the file of `--report-json`."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from ado_publisher.cli.text import harmless
from ado_publisher.errors import SettingsError
from ado_publisher.model import Match, Status
from ado_publisher.summary import Published, named_runs

_MOST_LINES = 50


def told(published: Published) -> Iterator[str]:
    """Lines a person reads: what stands now, what does not and why."""
    counts = ", ".join(f"{published.count(status)} {status}" for status in Status)
    yield f"{len(published.matches)} tests read: {counts}"
    outcomes = sorted(published.outcomes.items(), key=lambda entry: entry[0].severity)
    if outcomes:
        yield "outcomes: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes)
    if published.dry_run and published.plan is not None:
        yield from _would_write(published)
    for status in (Status.AMBIGUOUS, Status.UNMATCHED):
        yield from _listed(published, status)
    yield from _reasons_of_skipped(published)
    yield from _some([f"problem: {harmless(text)}" for text in _problems(published)])
    yield from (f"notice: {harmless(text)}" for text in published.notices)
    yield _verdict(published)
    yield from (harmless(run.url) for run in published.made)


def write_json(file: str, document: Mapping[str, object] | None) -> None:
    """Write the whole file or nothing; without a document only make sure that it could be written.

    Raises SettingsError that names the option.
    """
    if not file:
        return
    path = Path(file)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=2)
        if document is None:
            Path(temporary).unlink()
        else:
            # mkstemp makes a private file; later steps of other users read this one.
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"--report-json: {file} cannot be written: {error}") from error


def _would_write(published: Published) -> Iterator[str]:
    lines = [
        f"would write {target.outcome} to test point {target.point_id} "
        f"(test case {target.test_case_id}, {harmless(target.configuration)})"
        for target in published.targets.values()
    ]
    yield from _some(lines)
    for write in published.writes:
        yield f"would send {write.count} x {write.method} {harmless(write.path)}"


def _listed(published: Published, status: Status) -> Iterator[str]:
    found = [match for match in published.matches if match.status is status]
    yield from _some([f"{status}: {_name(match)}: {harmless(match.reason)}" for match in found])


def _reasons_of_skipped(published: Published) -> Iterator[str]:
    skipped = [match for match in published.matches if match.status is Status.SKIPPED]
    yield from _some([f"left alone: {_name(match)}: {harmless(match.reason)}" for match in skipped])


def _problems(published: Published) -> Iterator[str]:
    yield from published.problems
    for match in published.matches:
        yield from (f"{match.result.name}: {problem}" for problem in match.problems)


def _name(match: Match) -> str:
    return harmless(match.result.name)


def _some(lines: list[str]) -> Iterator[str]:
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        kinds = Counter(line.split(":", 1)[0] for line in lines[_MOST_LINES:])
        more = ", ".join(f"{count} more {kind}" for kind, count in kinds.items())
        yield f"  … {more}; --report-json lists all"


def _verdict(published: Published) -> str:
    plan = f" of test plan {published.plan.id}" if published.plan else ""
    if published.dry_run:
        return (
            f"dry run: {published.planned} test points{plan} would be updated with {published.requests} "
            "requests; nothing was written"
        )
    if not published.made:
        return f"nothing was published: no result reached a test point{plan}"
    link = f", linked to build {published.build.number}" if published.build else ""
    states = ", ".join(dict.fromkeys(run.state for run in published.made))
    return harmless(
        f"{published.points_updated} test points{plan} updated by {named_runs(published)} "
        f"({states}){link}, with {published.requests} requests"
    )
