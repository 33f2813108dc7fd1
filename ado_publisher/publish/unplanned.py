"""Results without a test point, in a run of their own that belongs to no plan."""

from __future__ import annotations

from ado_publisher.ado import sharedruns
from ado_publisher.journal import RunEntry, State
from ado_publisher.model import TestRun
from ado_publisher.publish.desk import Desk, note_refused, several

_WRITERS = 4


def post_results(desk: Desk, entry: RunEntry, run: TestRun) -> sharedruns.Added:
    """Post what is not posted; gives the result id of each that stands, and what was refused, by number.

    A POST is never repeated blindly: each result's comment tells which one it is.
    """
    # What every result of this run has in its comment; its own number follows.
    marker = entry.marker[:-1]
    ids = {each.point_id: each.result_id for each in entry.results if each.result_id}
    refused = {each.point_id: each.error for each in entry.results if each.state is State.REFUSED}
    waiting = [each for each in entry.results if each.state in (State.PENDING, State.SENDING)]
    if any(each.state is State.SENDING for each in waiting):
        arrived = _there(desk, run, marker)
        ids |= arrived
        _note_done(desk, entry, arrived)
        waiting = [each for each in waiting if each.point_id not in arrived]

    def post(group: dict[int, bytes]) -> sharedruns.Added:
        desk.journal.mark_results(desk.publication, entry.number, list(group), State.SENDING)
        added = sharedruns.add_results(desk.session, desk.project, run.id, group, marker)
        _note_done(desk, entry, added.ids)
        note_refused(desk, entry, added.refused)
        return added

    items = ((each.point_id, each.body, each.nested) for each in waiting)
    parts: dict[int, str] = {}
    for added in several(post, sharedruns.groups(items), _WRITERS, on_stop=desk.session.hurry):
        ids |= added.ids
        refused |= added.refused
        parts |= added.parts
    if any(number < 0 for number in ids.values()):
        # Rows have been seen without an id: who needs it reads it back.
        ids |= _there(desk, run, marker)
    return sharedruns.Added(ids, refused, parts)


def _there(desk: Desk, run: TestRun, marker: str) -> dict[int, int]:
    rows = sharedruns.rows(desk.session, desk.project, run.id, marker)
    return {row.point_id: row.result_id for row in rows if row.point_id is not None}


def _note_done(desk: Desk, entry: RunEntry, ids: dict[int, int]) -> None:
    desk.journal.mark_result_ids(desk.publication, entry.number, ids)
    desk.journal.mark_results(desk.publication, entry.number, list(ids), State.DONE)
