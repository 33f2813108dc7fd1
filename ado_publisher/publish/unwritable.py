"""Points of a run that nothing can be written to: they are left out, told, and the others are published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ado_publisher.ado import bodies, testplans, workitems
from ado_publisher.errors import ServiceError
from ado_publisher.journal import FileEntry, RunEntry, State
from ado_publisher.publish.desk import Desk, note_refused

_CASE = re.compile(r"\btest case #?([0-9]{1,10})\b", re.IGNORECASE)
_GONE = "it is gone: its test case was removed from the suite while the results were published"


def unwritable_points(desk: Desk, entry: RunEntry, error: ServiceError) -> dict[int, str]:
    """Why points of the run are refused, by point; empty where the error speaks of the whole."""
    if not entry.planned:
        return {}
    if error.status in (400, 404) and "test point" in str(error).lower():
        left = _gone(desk, entry)
    elif error.status == 403 and (named := _CASE.search(str(error))):
        left = _forbidden(desk, entry, int(named[1]), str(error).splitlines()[0])
    else:
        return {}
    return left if _wanted(entry) - left.keys() else {}


def _wanted(entry: RunEntry) -> set[int]:
    """The points of the run that nothing is known against."""
    return {each.point_id for each in entry.results if each.state is not State.REFUSED}


def _gone(desk: Desk, entry: RunEntry) -> dict[int, str]:
    """The points of the run that the plan has no more: their cases were removed since it was read."""
    there = _cases(desk, entry)
    return dict.fromkeys(_wanted(entry) - there.keys(), _GONE) if there else {}


def _forbidden(desk: Desk, entry: RunEntry, case_id: int, told: str) -> dict[int, str]:
    """The points of the named test case, and of all others of its area: rights are given by area."""
    cases = _cases(desk, entry)
    mine = {point: cases.get(point) for point in _wanted(entry)}
    if case_id not in mine.values():
        return {}
    ids = sorted({number for number in mine.values() if number is not None})
    items = workitems.read(desk.session, ids, fields=(workitems.AREA,))
    area = items[case_id].get(workitems.AREA) if case_id in items else ""
    same = {number for number, item in items.items() if area and item.get(workitems.AREA) == area}
    return {
        point: told for point, number in mine.items() if number is not None and number in same | {case_id}
    }


def _cases(desk: Desk, entry: RunEntry) -> dict[int, int]:
    """The test case of each point that the plan has."""
    plan = testplans.plan_by_id(desk.session, desk.project, entry.plan_id)
    if plan is None:
        return {}
    return {point.id: point.case_id for point in testplans.points(desk.session, desk.project, plan)}


def without_points(desk: Desk, entry: RunEntry, why: Mapping[int, str]) -> RunEntry:
    """The run as it can be made: results and files of those points are recorded as refused."""
    note_refused(desk, entry, dict(sorted(why.items())))
    results = [
        replace(each, state=State.REFUSED, error=why[each.point_id]) if each.point_id in why else each
        for each in entry.results
    ]
    files: list[FileEntry] = []
    for file in entry.files:
        if file.point_id is not None and file.point_id in why:
            told = f"attachment '{file.name}' of test point {file.point_id}: {why[file.point_id]}"
            file = replace(file, state=State.REFUSED, error=told)
            desk.journal.mark_file(desk.publication, entry.number, file.number, State.REFUSED, told)
        files.append(file)
    return replace(entry, results=tuple(results), files=tuple(files))


def body_of(entry: RunEntry) -> bytes:
    """The run as it can be made: without the points that were refused, now or before an interruption."""
    refused = {each.point_id for each in entry.results if each.state is State.REFUSED}
    return bodies.without_points(entry.body, refused) if refused and entry.planned else entry.body
