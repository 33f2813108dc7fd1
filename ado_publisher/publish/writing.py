"""Runs written to Azure DevOps from the journal: created, filled, completed, each step recorded.

The same code begins a publish and resumes one: what the journal says is done is left alone, what
may have been sent is read back first, and the rest is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ado_publisher.ado import runresults, testruns
from ado_publisher.ado.bodies import without_release
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.http import LostAnswer
from ado_publisher.ado.sharedruns import Added
from ado_publisher.errors import ServiceError, SettingsError, Unreachable
from ado_publisher.journal import JournalError, ResultEntry, RunEntry, State
from ado_publisher.model import TestRun
from ado_publisher.publish.desk import Desk, Written, attach_files, note_refused, several, told_parts
from ado_publisher.publish.unplanned import post_results
from ado_publisher.publish.unwritable import body_of, unwritable_points, without_points
from ado_publisher.text import sentence

RESULT_WRITERS = 4


def write_runs(desk: Desk, shared: Callable[[Desk, RunEntry], Written]) -> Iterator[Written]:
    """Write every run of the publication, one after the other, and mark it done at the end.

    `shared` writes what goes to a run of many jobs. Raises ServiceError when the service refuses
    the whole or stays away: the journal then knows what is left.
    """
    for run in desk.journal.runs(desk.publication):
        try:
            yield shared(desk, run) if run.shared else _write_run(desk, run)
        except JournalError:
            # It knows all but the last step; with room for it, or in another place, it goes on.
            raise
        except SettingsError:
            # Waiting does not mend it; the next publish of the same begins anew.
            desk.journal.mark_publication(desk.publication, State.ABORTED)
            raise
    desk.journal.mark_publication(desk.publication, State.DONE)


def abort(desk: Desk) -> None:
    """Close the runs that are open as aborted; what cannot be closed is told with its link.

    A run of many jobs is not ours to abort: its part stays in the journal for `resume`.
    """
    runs = desk.journal.runs(desk.publication)
    if any(run.shared for run in runs):
        return
    for entry in runs:
        run = _sent(desk, entry)
        if run.run_id is None or run.state is State.DONE:
            continue
        try:
            why = "ado-publisher was interrupted"
            testruns.finish_run(desk.session, desk.project, run.run_id, state="Aborted", comment=why)
        except ServiceError as error:
            desk.note(
                f"Test run {run.run_id} could not be closed and is still in progress: {run.url}\n"
                f"  Close it there, or delete it. ({error})"
            )
        else:
            desk.journal.mark_run(desk.publication, run.number, State.ABORTED)
            desk.note(
                f"Test run {run.run_id} was aborted; results already written stay on their points: {run.url}"
            )
    desk.journal.mark_publication(desk.publication, State.ABORTED)


def _sent(desk: Desk, entry: RunEntry) -> RunEntry:
    """The run as it is known, or found, where the interrupt came before the answer to its creation."""
    if entry.run_id is not None or entry.state is not State.SENDING:
        return entry
    try:
        run = _found(desk, entry, slow=False)
        why = "the service does not show it"
    except ServiceError as error:
        run, why = None, str(error)
    if run is None:
        desk.note(f"Whether test run '{entry.name}' was made is not known: close it, if it is there. ({why})")
        return entry
    return replace(entry, run_id=run.id, url=run.url)


def _write_run(desk: Desk, entry: RunEntry) -> Written:
    run, entry = _made(desk, entry)
    try:
        return _filled(desk, entry, run)
    except NotFound:
        _known(desk, entry, run.id)
        raise
    except JournalError as error:
        error.add_advice(
            f"Test run {run.id} is still in progress: {run.url}\n"
            "  Once the journal can be written again, `ado-publisher resume` finishes it."
        )
        raise


def _filled(desk: Desk, entry: RunEntry, run: TestRun) -> Written:
    added = (_updated if entry.planned else post_results)(desk, entry, run)
    ids = added.ids
    of_results = [file for file in entry.files if file.point_id is not None]
    problems = attach_files(desk, entry, run, ids, of_results)
    if entry.state is not State.DONE:
        run = testruns.finish_run(desk.session, desk.project, run.id)
        desk.journal.mark_run(desk.publication, entry.number, State.DONE)
    # After completion: jobs of the server that act on them see a whole run (azure-devops.md section 2).
    problems += attach_files(desk, entry, run, ids, [file for file in entry.files if file.point_id is None])
    uploaded = len(entry.files) - len(problems)
    return Written(run, ids, added.refused, uploaded, tuple(problems), told_parts(added.parts))


def _updated(desk: Desk, entry: RunEntry, run: TestRun) -> Added:
    """Write the results that the service made for the run's points: their ids, and what was refused."""
    rows = testruns.rows_by_point(desk.session, desk.project, run.id, len(entry.results))
    refused, parts = _write_results(desk, entry, run, rows)
    ids = {point: row.result_id for point, row in rows.items()}
    desk.journal.mark_result_ids(desk.publication, entry.number, ids)
    return Added(ids, refused, parts)


def _made(desk: Desk, entry: RunEntry) -> tuple[TestRun, RunEntry]:
    """The run, which exists already, is found by its marker, or is created now; and what it is to hold."""
    if entry.run_id is not None:
        return _known(desk, entry, entry.run_id), entry
    run = _found(desk, entry, slow=False) if entry.state is State.SENDING else None
    if run is None:
        desk.journal.mark_run(desk.publication, entry.number, State.SENDING)
        run, entry = _created_without(desk, entry)
    desk.journal.mark_run(desk.publication, entry.number, State.SENDING, run_id=run.id, url=run.url)
    return run, entry


def _created_without(desk: Desk, entry: RunEntry) -> tuple[TestRun, RunEntry]:
    """The run, made without the points that nothing can be written to; and what it holds then."""
    while True:
        try:
            return _created(desk, entry), entry
        except ServiceError as error:
            unwritable = unwritable_points(desk, entry, error)
            if not unwritable:
                raise
            entry = without_points(desk, entry, unwritable)


def _known(desk: Desk, entry: RunEntry, run_id: int) -> TestRun:
    """The run as it is now. Raises SettingsError when nothing can be added to it any more."""
    run = testruns.get_run(desk.session, desk.project, run_id)
    if run is None:
        raise SettingsError(
            f"Test run {run_id} was deleted since. Publish the reports again to make it anew."
        )
    unfinished = any(result.state in (State.PENDING, State.SENDING) for result in entry.results)
    if run.state.lower() in ("completed", "aborted") and unfinished:
        raise SettingsError(
            f"Test run {run.id} was set {run.state} by someone else before all was written: {run.url}\n"
            "  Its remaining results cannot be added. Publish the reports again to make a new run."
        )
    return run


def _created(desk: Desk, entry: RunEntry) -> TestRun:
    body = body_of(entry)
    for last in (False, True):
        try:
            return testruns.create_run(desk.session, desk.project, body)
        except testruns.ReleaseNotFound as error:
            if entry.release_named:
                raise SettingsError(
                    f"--release-id: {sentence(str(error))} "
                    "Check it and --release-environment-id, or leave it out."
                ) from error
            desk.note(f"The run is made without a link to the release: {error}")
            return testruns.create_run(desk.session, desk.project, without_release(body))
        except LostAnswer as lost:
            run = _found(desk, entry, slow=lost.slow)
            if run is not None:
                return run
            if last:
                raise
    raise Unreachable("create the test run: no attempt was allowed")


def _found(desk: Desk, entry: RunEntry, *, slow: bool) -> TestRun | None:
    """The run whose creation was not answered; it may take a moment until the service shows it."""
    since = datetime.fromisoformat(desk.journal.publication(desk.publication).created)
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    for _ in desk.session.looks(slow):
        run = testruns.find_run(
            desk.session, desk.project, entry.plan_id, entry.name, entry.marker, since=since
        )
        if run is not None and run.state.lower() != "aborted":
            return run
    return None


def _write_results(
    desk: Desk, entry: RunEntry, run: TestRun, rows: dict[int, testruns.Row]
) -> tuple[dict[int, str], dict[int, str]]:
    """Write what is not written; gives what the service refused, now and before, and what it refused of
    results that it took, by point.
    """
    refused = {each.point_id: each.error for each in entry.results if each.state is State.REFUSED}
    waiting = [each for each in entry.results if each.state in (State.PENDING, State.SENDING)]
    lost = [each for each in waiting if each.point_id not in rows]
    refused |= {each.point_id: "the service made no result for this test point" for each in lost}
    note_refused(desk, entry, {each.point_id: refused[each.point_id] for each in lost})
    # Of what was being sent when the process ended, the service knows what arrived.
    arrived = [
        each.point_id
        for each in waiting
        if each.state is State.SENDING and each.point_id in rows and rows[each.point_id].completed
    ]
    desk.journal.mark_results(desk.publication, entry.number, arrived, State.DONE)
    left = [each for each in waiting if each.point_id in rows and each.point_id not in set(arrived)]
    points = {rows[each.point_id].result_id: each.point_id for each in left}

    def still_open() -> TestRun:
        return _known(desk, entry, run.id)

    def update(batch: runresults.Batch) -> runresults.Refusals:
        mine = [points[result_id] for result_id in batch.result_ids]
        desk.journal.mark_results(desk.publication, entry.number, mine, State.SENDING)
        found = runresults.update_results(desk.session, desk.project, run.id, batch, still_open)
        told = {points[result_id]: message for result_id, message in found.results.items()}
        done = [point for point in mine if point not in told]
        desk.journal.mark_results(desk.publication, entry.number, done, State.DONE)
        note_refused(desk, entry, told)
        return found

    batches = runresults.batches(_items(left, rows))
    parts: dict[int, str] = {}
    without_steps = 0
    for found in several(update, batches, RESULT_WRITERS, on_stop=desk.session.hurry):
        refused |= {points[result_id]: message for result_id, message in found.results.items()}
        parts |= {points[result_id]: message for result_id, message in found.parts.items()}
        without_steps += len(found.steps)
    if without_steps:
        desk.note(
            "The service takes no results of steps on an automated run: "
            f"{without_steps} results stand without them."
        )
    return refused, parts


def _items(
    entries: Iterable[ResultEntry], rows: dict[int, testruns.Row]
) -> Iterator[tuple[int, bytes, bool]]:
    return ((rows[each.point_id].result_id, each.body, each.nested) for each in entries)
