"""A publication written under the journal's eyes, and what it left in the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from ado_publisher.ado import testruns
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import ServiceError
from ado_publisher.journal import Journal, Publication, State
from ado_publisher.model import TestRun
from ado_publisher.publish.desk import Desk, Note, Written, slot_name
from ado_publisher.publish.shared import left_its_file, write_shared
from ado_publisher.publish.writing import abort, write_runs
from ado_publisher.summary import Published, RunFacts

_WAIT_FOR_THE_SAME = 600.0


def write(
    session: AdoSession,
    note: Note,
    journal: Journal,
    published: Published,
    publication: Publication,
    *,
    recognizable: bool,
) -> Published:
    """Write the publication, or go on with it, or find that it was written before.

    `recognizable` says that a build, a job or a key tells the same publish from one like it:
    without them nothing proves that equal results are those of the same day. Raises
    SettingsError and ServiceError; the journal then knows what is left.
    """
    known = journal.begin(publication, again=not recognizable)
    with journal.claimed(known.id, wait=_WAIT_FOR_THE_SAME):
        known = journal.publication(known.id)
        if known.state is not State.ABORTED and not _stands(session, journal, known):
            # Somebody deleted it since, and publishes it again on purpose.
            known = journal.begin_anew(publication, instead_of=known.id)
        if known.state is State.DONE:
            return _published_before(published, journal, known)
        if known.state is State.ABORTED:
            journal.start_over(known.id)
        if recognizable:
            _note_others(journal, known, note)
        desk = Desk(session, publication.project, journal, known.id, note)
        with _closed_when_cancelled(desk):
            for written in write_all(desk, publication.facts):
                published = _with_written(published, written)
    return replace(published, requests=session.requests)


def _stands(session: AdoSession, journal: Journal, known: Publication) -> bool:
    """What the journal knows to be made is still there, and is what it was."""
    for entry in journal.runs(known.id):
        if entry.run_id is None:
            continue
        if entry.shared:
            job = str(known.facts.get("job") or "job")
            if known.state is State.DONE and not left_its_file(session, known.project, entry, job):
                return False
        elif not testruns.is_marked(session, known.project, entry.run_id, entry.marker):
            return False
    return True


def _note_others(journal: Journal, known: Publication, note: Note) -> None:
    """The same build, job and key with other content: a run of its own, and a person should know."""
    others = [each for each in journal.publications() if each.key == known.key and each.id != known.id]
    others = [each for each in others if each.digest != known.digest and each.state is not State.ABORTED]
    if not others:
        return
    last = others[-1]
    unfinished = last.state is State.PENDING
    note(
        f"The same build, job and key published other content at {last.created}; this is a run of its own. "
        + ("`ado-publisher resume` finishes the earlier one. " if unfinished else "")
        + "--key tells matrix legs apart."
    )


def write_all(desk: Desk, facts: Mapping[str, object]) -> Iterator[Written]:
    """Every run of the publication written, a shared one as its job's part in it."""
    return write_runs(desk, lambda at, entry: write_shared(at, entry, str(facts.get("job") or "job")))


@contextmanager
def _closed_when_cancelled(desk: Desk) -> Iterator[None]:
    """Nobody resumes what was cancelled, nor what only memory knows: such runs are closed."""
    try:
        yield
    except KeyboardInterrupt:
        abort(desk)
        raise
    except ServiceError:
        if desk.journal.path is None:
            abort(desk)
        raise


def _published_before(published: Published, journal: Journal, known: Publication) -> Published:
    """The same build, job and content were published already: nothing is written a second time."""
    runs = journal.runs(known.id)
    facts = [
        replace(before, run=TestRun(run.run_id or 0, run.url, "InProgress" if run.shared else "Completed"))
        for run, before in zip(runs, published.runs or (RunFacts("", 0),), strict=False)
    ]
    targets = dict(published.targets)
    for run, before in zip(runs, facts, strict=False):
        own = _own_slots(before)
        for result in run.results:
            if (slot := own.get(result.point_id)) in targets:
                targets[slot] = replace(
                    targets[slot], run_id=run.run_id, result_id=result.result_id, error=result.error
                )
    states = [(run.planned, result.state is State.REFUSED) for run in runs for result in run.results]
    refused = sum(no for _, no in states)
    notice = (
        f"These results were published already at {known.created}; nothing was written again. "
        "Another --key publishes them once more."
    )
    return replace(
        published,
        runs=tuple(facts),
        targets=targets,
        points_updated=published.planned - sum(planned and no for planned, no in states),
        refused=published.refused + refused,
        notices=(*published.notices, notice),
    )


def _own_slots(facts: RunFacts) -> dict[int, int]:
    """The number by which the publish knows a result, by the one that its run knows it by."""
    planned = facts.plan_id is not None
    return {slot if planned else -place: slot for place, slot in enumerate(facts.slots, 1)}


def _with_written(published: Published, written: Written) -> Published:
    made = len(published.made)
    runs = list(published.runs) or [RunFacts("", 0)]
    facts = runs[made] = replace(runs[made], run=written.run)
    own = _own_slots(facts)
    targets = {
        own[slot]: replace(
            published.targets[own[slot]],
            run_id=written.run.id,
            result_id=written.result_ids.get(slot),
            error=written.refused.get(slot, ""),
        )
        for slot in (*written.result_ids, *written.refused)
        if own.get(slot) in published.targets
    }
    refusals = [f"{slot_name(slot)}: {why}" for slot, why in written.refused.items()]
    updated = facts.results - len(written.refused) if facts.plan_id is not None else 0
    return replace(
        published,
        runs=tuple(runs),
        targets={**published.targets, **targets},
        points_updated=published.points_updated + updated,
        refused=published.refused
        + len(written.refused)
        + len(written.attachment_problems)
        + len(written.problems),
        attachments_uploaded=published.attachments_uploaded + written.uploaded,
        attachments_failed=published.attachments_failed + len(written.attachment_problems),
        problems=(*published.problems, *refusals, *written.attachment_problems, *written.problems),
    )
