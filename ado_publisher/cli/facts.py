"""What a publish did, as plain lines for a log and as the file of `--report-json`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ado_publisher.ci import CiHost, group_lines
from ado_publisher.cli.text import harmless
from ado_publisher.errors import SettingsError
from ado_publisher.model import Status
from ado_publisher.summary import Published, named_plans, named_runs

_MOST_LINES = 50
# A longer list is folded where the host's log can do that.
_FOLDED_FROM = 10
_WRITES = "would write"


def told(published: Published, host: CiHost | None = None) -> Iterator[str]:
    """Lines a person reads: what stands now, what does not and why; long lists folded if the host can."""
    host = host or CiHost()
    counts = ", ".join(f"{published.count(status)} {status}" for status in Status)
    yield f"{len(published.matches)} tests read: {counts}"
    outcomes = sorted(published.outcomes.items(), key=lambda entry: entry[0].severity)
    if outcomes:
        yield "outcomes: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes)
    if published.points_not_reached:
        yield f"{published.points_not_reached} chosen test points have no result; --mapping-report lists them"
    if published.dry_run and published.plans:
        yield from _listed(_WRITES, _would_write(published), host)
        if published.reads:
            terms = " + ".join(f"{count} to {name}" for name, count in published.reads)
            yield f"requests that read: {harmless(terms)}"
        for write in published.writes:
            yield f"would send {write.count} x {write.method} {harmless(write.path)}"
    for status in (Status.AMBIGUOUS, Status.UNMATCHED):
        yield from _listed(status.value, _reasons(published, status), host)
    yield from _listed("left alone", _reasons(published, Status.SKIPPED), host)
    yield from _listed("work item", map(harmless, _items(published)), host)
    yield from _listed("problem", map(harmless, _problems(published)), host)
    yield from (f"notice: {harmless(text)}" for text in published.notices)
    if counts := ", ".join(published.items.counts()):
        yield f"{'would be: ' if published.dry_run else ''}{counts}"
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
    for target in published.targets.values():
        if target.point_id is not None:
            yield (
                f"{target.outcome} to test point {target.point_id} "
                f"(test case {target.test_case_id}, {harmless(target.configuration)})"
            )
    for place in published.unplanned:
        result = published.matches[place].result
        yield f"{published.matches[place].outcome} of {harmless(result.name)} to a run without a plan"


def _items(published: Published) -> Iterator[str]:
    for kind, number, done in published.items.rows():
        yield f"{kind} {number} {done}" if number else f"{kind}: {done}"


def _reasons(published: Published, status: Status) -> Iterator[str]:
    for match in published.matches:
        if match.status is status:
            yield f"{harmless(match.result.name)}: {harmless(match.reason)}"


def _problems(published: Published) -> Iterator[str]:
    yield from published.problems
    for match in published.matches:
        yield from (f"{match.result.name}: {problem}" for problem in match.problems)


def _listed(title: str, entries: Iterable[str], host: CiHost) -> Iterator[str]:
    """Each entry after the title; a group when there are many, never more than a log can bear."""
    lines = [f"{title}{' ' if title == _WRITES else ': '}{entry}" for entry in entries]
    group = group_lines(host, f"{title} ({len(lines)})") if len(lines) >= _FOLDED_FROM else None
    yield from group[:1] if group else ()
    yield from lines[:_MOST_LINES]
    yield from group[1:] if group else ()
    if len(lines) > _MOST_LINES:
        yield f"  … {len(lines) - _MOST_LINES} more {title}; --report-json lists all"


def _verdict(published: Published) -> str:
    plan = f" of {named_plans(published.plans, names=False)}" if published.plans else ""
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
