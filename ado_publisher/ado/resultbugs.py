"""Bugs linked to the results of a run, in test management's own field `associatedBugs`.

A run that is completed may refuse changes of its results (azure-devops-observed.md B6): it is
then opened once more, written to, and completed again. Vendor pages: test/results, test/runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson

from ado_publisher.ado import runresults, testruns
from ado_publisher.ado.fields import integer, optional_integer
from ado_publisher.ado.http import AdoSession, items_of
from ado_publisher.ado.workitems import refused_alone
from ado_publisher.errors import ServiceError
from ado_publisher.model import Outcome

BATCH = runresults.BATCH
PAGE = testruns.READ_PAGE_WITH_DETAILS
_FAILED = ",".join(outcome.value for outcome in Outcome if outcome.counts_as_failed)


def bugs_of_failed(session: AdoSession, project: str, run_id: int) -> dict[int, tuple[int, ...]]:
    """The bugs that are linked to each failed result of the run, by result."""
    found: dict[int, tuple[int, ...]] = {}
    query = {"detailsToInclude": "WorkItems", "outcomes": _FAILED, "$top": PAGE}
    skip = 0
    while True:
        answer = session.call(
            testruns.LIST_RESULTS, {"project": project, "run": run_id}, query={**query, "$skip": skip}
        )
        rows = items_of(answer, testruns.LIST_RESULTS)
        for row in rows:
            bugs = row.get("associatedBugs") if isinstance(row, dict) else None
            found[integer(row)] = tuple(
                number
                for bug in (bugs if isinstance(bugs, list) else ())
                if isinstance(bug, dict) and (number := optional_integer(bug)) is not None
            )
        if len(rows) < PAGE:
            return found
        skip += len(rows)


def link_bugs(
    session: AdoSession, project: str, run_id: int, wanted: Mapping[int, Iterable[int]], *, ours: bool
) -> dict[int, str]:
    """Give results their bugs, by result: every one that it shall have. Safe to repeat.

    `ours` says that the run is completed by us, not shared with jobs that still write to it. Gives
    what the service refused, by result. An error on the way tells when the run was left open.
    """
    bodies = {
        result: orjson.dumps({"id": result, "associatedBugs": [{"id": str(bug)} for bug in bugs]})
        for result, bugs in wanted.items()
    }
    run = testruns.get_run(session, project, run_id) if ours else None
    # An earlier publish may have died between opening the run and completing it again.
    opened = run is not None and run.state.casefold() == "inprogress"
    refused, over = _written(session, project, run_id, bodies)
    try:
        if over and ours:
            testruns.finish_run(session, project, run_id, state="InProgress")
            opened = True
            refused, over = _written(session, project, run_id, {each: bodies[each] for each in over})
        if opened:
            testruns.finish_run(session, project, run_id)
    except ServiceError as error:
        if opened:
            error.add_advice(f"Test run {run_id} was opened for its bugs and may still be in progress.")
        raise
    return {**refused, **over}


def _written(
    session: AdoSession, project: str, run_id: int, bodies: Mapping[int, bytes]
) -> tuple[dict[int, str], dict[int, str]]:
    """What was refused by itself, and what was not written because the run is over."""
    refused: dict[int, str] = {}
    over: dict[int, str] = {}
    ids = list(bodies)
    work = [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)]
    path = {"project": project, "run": run_id}
    while work:
        now = work.pop()
        body = b"[" + b",".join(bodies[each] for each in now) + b"]"
        try:
            answer = session.call(testruns.UPDATE_RESULTS, path, body=body)
        except ServiceError as error:
            why = refused_alone(error)
            if not why:
                raise
            if "Completed state" in why:
                over |= dict.fromkeys(now, why)
            elif len(now) == 1:
                refused[now[0]] = why
            else:
                work += _halves(now)
        else:
            silent = set(now) - runresults.answered(answer.json)
            over |= dict.fromkeys(silent, "the service took the bug and did not store it")
    return refused, over


def _halves(ids: Sequence[int]) -> list[list[int]]:
    middle = len(ids) // 2
    return [list(ids[:middle]), list(ids[middle:])]
