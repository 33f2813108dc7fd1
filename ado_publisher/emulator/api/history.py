"""The history of a test over the runs of the last days, and the failure types of a project.

https://learn.microsoft.com/rest/api/azure/devops/test/test-history
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ado_publisher.emulator import result_rows, run_rows
from ado_publisher.emulator.errors import invalid
from ado_publisher.emulator.result_details import FAILURE_TYPES
from ado_publisher.emulator.store import Json, Row
from ado_publisher.emulator.web import Answer, Request, Route, date, integer, listing, text

MAX_DAYS = 7
MAX_RESULTS = 1000
_GROUPS = ("", "none", "branch", "environment", "0", "1", "2")


def query(request: Request) -> Answer:
    """Return the results of one automated test or test case, newest first, grouped by branch or not."""
    body = request.object_body()
    name, case = text(body.get("automatedTestName"), "automatedTestName"), body.get("testCaseId")
    if not name and not case:
        raise invalid("Either automatedTestName or testCaseId must be specified.")
    days = integer(body["trendDays"], "trendDays") if body.get("trendDays") else MAX_DAYS
    if not 0 < days <= MAX_DAYS:
        raise invalid(f"trendDays must lie between 1 and {MAX_DAYS}.")
    group = str(body.get("groupBy") or "").lower()
    if group not in _GROUPS:
        raise invalid(f"Invalid value specified; Parameter name: groupBy. The value was '{group[:60]}'.")
    last = date(body.get("maxCompleteDate"), "maxCompleteDate") or datetime.now(UTC)
    where: list[str] = ["n.project_id = ?", "r.state = 'Completed'"]
    values: list[Any] = [request.project().id]
    if name:
        where.append("json_extract(r.data, '$.automatedTestName') = ?")
        values.append(name)
    if case:
        where.append("r.case_id = ?")
        values.append(integer(case, "testCaseId"))
    if body.get("buildDefinitionId"):
        where.append("b.definition_id = ?")
        values.append(integer(body["buildDefinitionId"], "buildDefinitionId"))
    if body.get("branch"):
        where.append("b.branch = ?")
        values.append(str(body["branch"]))
    where.append("julianday(coalesce(json_extract(r.data, '$.completedDate'), n.updated)) BETWEEN ? AND ?")
    first = _julian(last - timedelta(days=days))
    rows = request.connection.execute(
        "SELECT r.*, b.branch FROM results r JOIN runs n ON n.id = r.run_id"  # noqa: S608
        f" LEFT JOIN builds b ON b.id = n.build_id WHERE {' AND '.join(where)}"
        " ORDER BY n.id DESC, r.id DESC LIMIT ?",
        (*values, first, _julian(last), MAX_RESULTS),
    ).fetchall()
    return Answer({**body, "trendDays": days, "resultsForGroup": _grouped(request, rows, group)})


def _julian(moment: datetime) -> float:
    return moment.timestamp() / 86_400 + 2_440_587.5


def _grouped(request: Request, rows: list[Row], group: str) -> list[Json]:
    showers: dict[int, result_rows.Shower] = {}
    groups: dict[str, list[Json]] = {}
    for row in rows:
        if row["run_id"] not in showers:
            run = run_rows.row(request.connection, request.project().id, row["run_id"])
            showers[row["run_id"]] = result_rows.Shower(request, request.project(), run)
        key = (row["branch"] or "") if group in ("branch", "1") else ""
        groups.setdefault(key, []).append(showers[row["run_id"]].show(row, frozenset()))
    return [{"groupByValue": key, "displayName": key, "results": results} for key, results in groups.items()]


def failure_types(request: Request) -> Answer:
    """List the failure types that a result can have."""
    request.project()
    return listing([{"id": index, "name": name} for index, name in enumerate(FAILURE_TYPES)])


ROUTES = (
    Route("POST", "test/results/testhistory", query, "test-history"),
    Route("GET", "testresults/testfailuretype", failure_types, "failure-types"),
)
