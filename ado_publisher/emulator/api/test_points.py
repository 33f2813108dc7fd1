"""Test points of the testplan area.

https://learn.microsoft.com/rest/api/azure/devops/testplan/test-point
"""

from __future__ import annotations

from collections.abc import Sequence

from ado_publisher.emulator.enums import member
from ado_publisher.emulator.errors import invalid, not_found
from ado_publisher.emulator.identity import as_text
from ado_publisher.emulator.pages import next_token, read_token
from ado_publisher.emulator.point_view import COLUMNS, planned_point
from ado_publisher.emulator.point_write import reset_points, set_outcome
from ado_publisher.emulator.store import Row, marks
from ado_publisher.emulator.suite_view import plan_row, subtree, suite_row
from ado_publisher.emulator.web import Answer, Request, canonical, integer, listing


def list_points(request: Request) -> Answer:
    """List the points of a suite, 200 a page; `isRecursive` takes the suites below it as well."""
    chosen = request.ids("pointId")
    if chosen:
        return _named(request, chosen)
    last, size = read_token(request.query.get("continuationtoken"))
    where, values = _scope(request)
    where.append("p.id > ?")
    values.append(last)
    for name, column in (("testPointIds", "p.id"), ("testCaseId", "p.case_id")):
        ids = request.ids(name)
        if ids:
            where.append(f"{column} IN ({marks(len(ids))})")
            values += ids
    sql = f"{COLUMNS} WHERE {' AND '.join(where)} ORDER BY p.id LIMIT ?"
    rows = request.connection.execute(sql, (*values, size + 1)).fetchall()
    page = rows[:size]
    headers = next_token(page[-1]["id"], size, more=len(rows) > size) if page else {}
    details = request.flag("includePointDetails", default=True)
    return listing([planned_point(request, row, details=details) for row in page], headers)


def _scope(request: Request) -> tuple[list[str], list[object]]:
    plan = plan_row(request, request.project())
    suite = suite_row(request, plan)
    if not request.flag("isRecursive"):
        return ["p.suite_id = ?"], [suite["id"]]
    if suite["parent_id"] is None:
        return ["p.plan_id = ?"], [plan["id"]]
    suites = subtree(request, plan, suite)
    return [f"p.suite_id IN ({marks(len(suites))})"], list(suites)


def get_points(request: Request) -> Answer:
    """Return points by their ids, as a comma list of the path (api-version 6.0)."""
    return _named(request, [integer(piece, "pointIds") for piece in request.params["points"].split(",")])


def _named(request: Request, ids: Sequence[int]) -> Answer:
    rows = _by_id(request, ids)
    details = request.flag("includePointDetails", default=True)
    return listing([planned_point(request, rows[number], details=details) for number in ids])


def _by_id(request: Request, ids: Sequence[int]) -> dict[int, Row]:
    """Return points of the path's plan by id, or raise 404 for the first that is missing."""
    plan = plan_row(request, request.project())
    suite_row(request, plan)
    found = request.connection.execute(
        f"{COLUMNS} WHERE p.plan_id = ? AND p.id IN ({marks(len(ids))})", (plan["id"], *ids)
    ).fetchall()
    rows = {row["id"]: row for row in found}
    for number in ids:
        if number not in rows:
            raise not_found(f"Test point {number}")
    return rows


def update_points(request: Request) -> Answer:
    """Set outcome, activity or tester of points."""
    items = [canonical(item) for item in request.list_body()]
    ids = [integer(item.get("id"), "id") for item in items]
    if not ids:
        raise invalid("At least one test point must be specified.")
    _by_id(request, ids)
    for number, item in zip(ids, items, strict=True):
        results = item.get("results")
        if isinstance(results, dict) and canonical(results).get("outcome") is not None:
            set_outcome(request, [number], member("TestOutcome", canonical(results)["outcome"]))
        if item.get("isActive") is True:
            reset_points(request, [number])
        elif item.get("isActive") is False:
            request.connection.execute("UPDATE points SET active = 0 WHERE id = ?", (number,))
        if item.get("tester"):
            request.connection.execute(
                "UPDATE points SET tester = ? WHERE id = ?", (as_text(item["tester"]), number)
            )
    return _named(request, ids)
