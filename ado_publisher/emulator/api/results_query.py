"""Results of several runs by their ids, as clients of the older test area ask for them.

The published contract describes this call only for the testresults area; shape: a recorded answer.
"""

from __future__ import annotations

from ado_publisher.emulator import result_rows
from ado_publisher.emulator.errors import NotEmulatedError, invalid
from ado_publisher.emulator.store import Json, Row
from ado_publisher.emulator.web import Answer, Request, Route, canonical, integer, items, reference_id

MAX_RESULTS = 1000
_SHOWN = frozenset({"point"})


def query_results(request: Request) -> Answer:
    """Return the results that the body names by run and id; those that do not exist are left out."""
    body = request.object_body()
    named = items(body.get("results"), "results")
    if not named:
        raise NotEmulatedError  # a filter by automated test name and branch
    if len(named) > MAX_RESULTS:
        raise invalid(f"Maximum {MAX_RESULTS} test results can be processed in a single call.")
    found: list[Json] = []
    shown: dict[int, result_rows.Shower | None] = {}
    for item in named:
        if not isinstance(item, dict):
            raise invalid("The value specified for results is not valid.")
        given = canonical(item)
        run = reference_id(given.get("testRun"), "testRun") or 0
        if run not in shown:
            shown[run] = _shower(request, run)
        shower = shown[run]
        row = _result(request, run, integer(given.get("id"), "id"))
        if shower is not None and row is not None:
            found.append(shower.show(row, _SHOWN))
    return Answer({"fields": items(body.get("fields"), "fields"), "results": found})


def _shower(request: Request, run_id: int) -> result_rows.Shower | None:
    project = request.project()
    run = request.connection.execute(
        "SELECT * FROM runs WHERE id = ? AND project_id = ?", (run_id, project.id)
    ).fetchone()
    return None if run is None else result_rows.Shower(request, project, run)


def _result(request: Request, run_id: int, result_id: int) -> Row | None:
    row: Row | None = request.connection.execute(
        "SELECT * FROM results WHERE run_id = ? AND id = ?", (run_id, result_id)
    ).fetchone()
    return row


ROUTES = (Route("POST", "test/results", query_results, "results-query"),)
