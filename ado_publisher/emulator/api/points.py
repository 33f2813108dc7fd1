"""Test points, plans and suites of the older test area.

https://learn.microsoft.com/rest/api/azure/devops/test/points
"""

from __future__ import annotations

from typing import Any

from ado_publisher.emulator import suite_fill, suite_members
from ado_publisher.emulator.api.core import project_reference
from ado_publisher.emulator.enums import member
from ado_publisher.emulator.errors import not_found
from ado_publisher.emulator.identity import USER, as_text, guid, identity
from ado_publisher.emulator.point_view import COLUMNS, classic_point
from ado_publisher.emulator.point_write import reset_points, set_outcome
from ado_publisher.emulator.store import Json, Row, loads, marks
from ado_publisher.emulator.suite_view import plan_row, suite_row, suite_rows
from ado_publisher.emulator.web import Answer, Project, Request, Route, canonical, integer, items, listing

QUERY_TOP = 200


def list_points(request: Request) -> Answer:
    """List the points of a suite, with $skip and $top."""
    project = request.project()
    suite = suite_row(request, plan_row(request, project))
    where, values = ["p.suite_id = ?"], [suite["id"]]
    for name, column in (
        ("testPointIds", "p.id"),
        ("testCaseId", "p.case_id"),
        ("configurationId", "p.configuration_id"),
    ):
        ids = request.ids(name)
        if ids:
            where.append(f"{column} IN ({marks(len(ids))})")
            values += ids
    top, skip = request.count("$top", 2**31 - 1), request.count("$skip", 0)
    rows = request.connection.execute(
        f"{COLUMNS} WHERE {' AND '.join(where)} ORDER BY p.id LIMIT ? OFFSET ?", (*values, top, skip)
    ).fetchall()
    return listing([classic_point(request, project, row) for row in rows])


def _chosen(request: Request) -> list[Row]:
    suite = suite_row(request, plan_row(request, request.project()))
    ids = [integer(piece, "pointIds") for piece in request.params["points"].split(",")]
    found = request.connection.execute(
        f"{COLUMNS} WHERE p.suite_id = ? AND p.id IN ({marks(len(ids))})", (suite["id"], *ids)
    ).fetchall()
    rows = {row["id"]: row for row in found}
    for number in ids:
        if number not in rows:
            raise not_found(f"Test point {number}")
    return [rows[number] for number in ids]


def get_point(request: Request) -> Answer:
    """Return one point, or a list of them when the path names several."""
    project = request.project()
    rows = [classic_point(request, project, row) for row in _chosen(request)]
    return Answer(rows[0]) if len(rows) == 1 else listing(rows)


def update_points(request: Request) -> Answer:
    """Set the outcome of points, or make them active again."""
    project = request.project()
    ids = [row["id"] for row in _chosen(request)]
    body = request.object_body()
    if body.get("outcome") not in (None, ""):
        set_outcome(request, ids, member("TestOutcome", body["outcome"]))
    if str(body.get("resetToActive", "")).lower() == "true":
        reset_points(request, ids)
    if body.get("tester"):
        tester = as_text(body["tester"])
        request.connection.executemany(
            "UPDATE points SET tester = ? WHERE id = ?", [(tester, number) for number in ids]
        )
    return listing([classic_point(request, project, row) for row in _chosen(request)])


def query_points(request: Request) -> Answer:
    """Find points of the whole project by case, configuration name or tester."""
    project = request.project()
    given = request.object_body().get("pointsFilter") or {}
    found = canonical(given) if isinstance(given, dict) else {}
    suite_fill.refresh(request.connection, request.settings.behaviours)
    where: list[str] = ["n.project_id = ?"]
    values: list[object] = [project.id]
    cases = [integer(item, "testcaseIds") for item in items(found.get("testcaseIds"), "testcaseIds")]
    if cases:
        where.append(f"p.case_id IN ({marks(len(cases))})")
        values += cases
    names = [str(name) for name in items(found.get("configurationNames"), "configurationNames")]
    if names:
        where.append(f"c.name IN ({marks(len(names))})")
        values += names
    testers = [as_text(tester) for tester in items(found.get("testers"), "testers")]
    if testers:
        where.append(f"coalesce(p.tester, ?) IN ({marks(len(testers))})")
        values += [USER, *testers]
    top, skip = request.count("$top", QUERY_TOP), request.count("$skip", 0)
    rows = request.connection.execute(
        f"{COLUMNS} WHERE {' AND '.join(where)} ORDER BY p.id LIMIT ? OFFSET ?", (*values, top, skip)
    ).fetchall()
    points = [classic_point(request, project, row, details=False) for row in rows]
    return Answer({"points": points, "pointsFilter": found})


def _old_plan(request: Request, project: Project, row: Row) -> Json:
    data: dict[str, Any] = loads(row["data"])
    here = f"{request.base}/{project.path}/_apis/test/Plans/{row['id']}"
    root = row["root_suite_id"]
    return {
        "id": row["id"],
        "name": row["name"],
        "url": here,
        "project": project_reference(request, project),
        "area": {"id": guid("area", project.id), "name": data.get("area", project.name)},
        "description": data.get("description", ""),
        "iteration": data.get("iteration", project.name),
        "updatedDate": data["updated"],
        "updatedBy": identity(request.base, USER),
        "owner": identity(request.base, data.get("owner", USER)),
        "revision": 1,
        "state": data.get("state", "Active"),
        "rootSuite": {"id": str(root), "name": row["name"], "url": f"{here}/Suites/{root}"},
        "clientUrl": f"mtms://{request.settings.organization}/p:{project.name}/Testing/testplan/connect"
        f"?id={row['id']}",
    }


def old_plans(request: Request) -> Answer:
    """List plans in their older form."""
    project = request.project()
    rows = request.connection.execute(
        "SELECT * FROM plans WHERE project_id = ? AND access < 2 ORDER BY id LIMIT ? OFFSET ?",
        (project.id, request.count("$top", 2**31 - 1), request.count("$skip", 0)),
    ).fetchall()
    return listing([_old_plan(request, project, row) for row in rows])


def old_plan(request: Request) -> Answer:
    """Return a plan in its older form."""
    project = request.project()
    return Answer(_old_plan(request, project, plan_row(request, project)))


def _old_suite(request: Request, project: Project, plan: Row, row: Row) -> Json:
    data: dict[str, Any] = loads(row["data"])
    here = f"{request.base}/{project.path}/_apis/test/Plans/{plan['id']}"
    own = f"{here}/Suites/{row['id']}"
    cases = request.connection.execute(
        "SELECT count(*) FROM suite_cases WHERE suite_id = ?", (row["id"],)
    ).fetchone()[0]
    shown: Json = {
        "id": row["id"],
        "name": row["name"],
        "url": own,
        "project": project_reference(request, project),
        "plan": {"id": str(plan["id"]), "name": plan["name"], "url": here},
        "revision": 1,
        "testCaseCount": cases,
        "suiteType": data["type"][:1].upper() + data["type"][1:],
        "testCasesUrl": f"{own}/testcases",
        "inheritDefaultConfigurations": bool(data.get("inherit", row["parent_id"] is not None)),
        "state": "InProgress",
        "lastUpdatedBy": identity(request.base, USER),
        "lastUpdatedDate": data["updated"],
    }
    named = suite_members.named(request.connection, row)
    if named:
        shown["defaultConfigurations"] = [{**item, "id": str(item["id"])} for item in named]
    if row["parent_id"] is not None:
        shown["parent"] = {"id": str(row["parent_id"]), "url": f"{here}/Suites/{row['parent_id']}"}
    return shown


def old_suites(request: Request) -> Answer:
    """List the suites of a plan in their older form."""
    project = request.project()
    plan = plan_row(request, project)
    return listing([_old_suite(request, project, plan, row) for row in suite_rows(request, plan["id"])])


def old_suite(request: Request) -> Answer:
    """Return a suite in its older form."""
    project = request.project()
    plan = plan_row(request, project)
    return Answer(_old_suite(request, project, plan, suite_row(request, plan)))


_SUITE = "test/plans/{plan:int}/suites/{suite:int}"
ROUTES = (
    Route("GET", _SUITE + "/points", list_points, "points"),
    Route("GET", _SUITE + "/points/{points}", get_point, "points"),
    Route("PATCH", _SUITE + "/points/{points}", update_points, "points"),
    Route("POST", "test/points", query_points, "points-query"),
    Route("GET", "test/plans", old_plans, "old-plans"),
    Route("GET", "test/plans/{plan:int}", old_plan, "old-plans"),
    Route("GET", "test/plans/{plan:int}/suites", old_suites, "old-suites"),
    Route("GET", _SUITE, old_suite, "old-suites"),
)
