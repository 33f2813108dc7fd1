"""Plans, suites and configurations of the testplan area.

https://learn.microsoft.com/rest/api/azure/devops/testplan
"""

from __future__ import annotations

from ado_publisher.emulator import suite_fill, suite_view
from ado_publisher.emulator.api import suite_cases, test_points
from ado_publisher.emulator.api.core import unchanged_reference
from ado_publisher.emulator.identity import USER, identity
from ado_publisher.emulator.pages import next_token, read_token
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.web import Answer, Project, Request, Route, listing

_WHEN_SET = {
    "description": "description",
    "start_date": "startDate",
    "end_date": "endDate",
    "build_id": "buildId",
}


def plan_json(request: Request, project: Project, row: Row, *, details: bool = True) -> Json:
    """Return a plan."""
    data = loads(row["data"])
    here = f"{request.base}/{project.path}/_apis/test/Plans/{row['id']}"
    shown: Json = {
        "id": row["id"],
        "project": unchanged_reference(request, project),
        "rootSuite": {"id": row["root_suite_id"], "name": row["name"]},
        "_links": {
            "_self": {"href": here},
            "clientUrl": {
                "href": f"mtms://{request.settings.organization}/p:{project.name}/Testing/testplan/"
                f"connect?id={row['id']}"
            },
            "rootSuite": {"href": f"{here}/Suites/{row['root_suite_id']}"},
        },
        "revision": data.get("revision", 1),
        "name": row["name"],
        "areaPath": data.get("area", project.name),
        "iteration": data.get("iteration", project.name),
        "owner": identity(request.base, data.get("owner", USER)),
        "state": data.get("state", "Active"),
        "testOutcomeSettings": {"syncOutcomeAcrossSuites": bool(row["sync_outcome"])},
    }
    if details:
        shown["updatedDate"] = data["updated"]
        shown["updatedBy"] = identity(request.base, USER)
    for key, name in _WHEN_SET.items():
        if data.get(key):
            shown[name] = data[key]
    return shown


def list_plans(request: Request) -> Answer:
    """List plans, 200 a page."""
    project = request.project()
    last, size = read_token(request.query.get("continuationtoken"))
    active = " AND lower(coalesce(json_extract(data, '$.state'), 'active')) = 'active'"
    rows = request.connection.execute(
        "SELECT * FROM plans WHERE project_id = ? AND id > ? AND access < 2"  # noqa: S608
        + (active if request.flag("filterActivePlans") else "")
        + " ORDER BY id LIMIT ?",
        (project.id, last, size + 1),
    ).fetchall()
    page = rows[:size]
    details = request.flag("includePlanDetails")
    headers = next_token(page[-1]["id"], size, more=len(rows) > size) if page else {}
    return listing([plan_json(request, project, row, details=details) for row in page], headers)


def get_plan(request: Request) -> Answer:
    """Return one plan."""
    project = request.project()
    return Answer(plan_json(request, project, suite_view.plan_row(request, project)))


def list_suites(request: Request) -> Answer:
    """List the suites of a plan, flat and paged, or as one tree."""
    project = request.project()
    plan = suite_view.plan_row(request, project)
    rows = suite_view.suite_rows(request, plan["id"])
    children = suite_view.children_of(rows)
    expand = request.query.get("expand", "none").lower()
    if request.flag("asTreeView"):
        return listing([suite_view.tree(request, project, plan, rows[0], children)])
    last, size = read_token(request.query.get("continuationtoken"))
    skip = max(last, 0)
    page = rows[skip : skip + size]
    more = len(rows) > skip + size
    shown = [suite_view.suite_json(request, project, plan, row, children, expand=expand) for row in page]
    return listing(shown, next_token(skip + size, size, more=more))


def get_suite(request: Request) -> Answer:
    """Return one suite of a plan."""
    project = request.project()
    plan = suite_view.plan_row(request, project)
    suite = suite_view.suite_row(request, plan)
    children = suite_view.children_of(suite_view.suite_rows(request, plan["id"]))
    expand = request.query.get("expand", "none").lower()
    return Answer(suite_view.suite_json(request, project, plan, suite, children, expand=expand))


def suites_of_case(request: Request) -> Answer:
    """List every suite that holds a test case."""
    found: list[Json] = []
    suite_fill.refresh(request.connection, request.settings.behaviours)
    for case_id in request.ids("testCaseId")[:1]:
        rows = request.connection.execute(
            "SELECT s.*, n.project_id AS project_id FROM suite_cases c JOIN suites s ON s.id = c.suite_id"
            " JOIN plans n ON n.id = s.plan_id WHERE c.case_id = ? ORDER BY s.id",
            (case_id,),
        ).fetchall()
        for row in rows:
            name = request.connection.execute(
                "SELECT name FROM projects WHERE id = ?", (row["project_id"],)
            ).fetchone()["name"]
            project = Project(row["project_id"], name)
            plan = request.connection.execute(
                "SELECT * FROM plans WHERE id = ?", (row["plan_id"],)
            ).fetchone()
            found.append(suite_view.suite_json(request, project, plan, row, {}, expand="none"))
    return listing(found)


_SUITE = "testplan/plans/{plan:int}/suites/{suite:int}"
ROUTES = (
    Route("GET", "testplan/plans", list_plans, "plans"),
    Route("GET", "testplan/plans/{plan:int}", get_plan, "plans"),
    Route("GET", "testplan/plans/{plan:int}/suites", list_suites, "suites"),
    Route("GET", _SUITE, get_suite, "suites"),
    Route("GET", "testplan/suites", suites_of_case, "suites-of-case", organization_level=True),
    Route("GET", _SUITE + "/TestPoint", test_points.list_points, "test-points"),
    Route("GET", _SUITE + "/TestPoint/{points}", test_points.get_points, "test-points"),
    Route("PATCH", _SUITE + "/TestPoint", test_points.update_points, "test-points"),
    Route("GET", _SUITE + "/TestCase", suite_cases.list_cases, "suite-test-cases"),
    Route("GET", _SUITE + "/TestCase/{cases}", suite_cases.get_cases, "suite-test-cases"),
)
