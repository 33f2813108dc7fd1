"""Test plans are made, changed and deleted.

https://learn.microsoft.com/rest/api/azure/devops/testplan/test-plans
"""

from __future__ import annotations

from ado_publisher.emulator import areas, rights, work_items
from ado_publisher.emulator.api.testplan import plan_json
from ado_publisher.emulator.errors import invalid, not_found, tree_name_invalid
from ado_publisher.emulator.identity import as_text
from ado_publisher.emulator.point_view import sync_past
from ado_publisher.emulator.store import Json, Row, dumps, loads, now
from ado_publisher.emulator.suite_view import plan_row
from ado_publisher.emulator.web import Answer, Project, Request, Route, canonical, date, integer, text

MAX_NAME = 256
_TREES = {"areaPath": ("area", areas.AREA), "iteration": ("iteration", areas.ITERATION)}
_STATES = {"active": "Active", "inactive": "Inactive"}
_DATES = {"startDate": "start_date", "endDate": "end_date"}


def name_of(body: Json, what: str) -> str:
    """Return the name in a body, or raise what the service answers without one."""
    name = text(body.get("name"), "name")
    if not name or not name.strip():
        raise invalid(f"The name of the {what} is missing or empty.")
    if len(name) > MAX_NAME:
        raise invalid(f"The name of the {what} has {len(name)} characters, at most {MAX_NAME} are allowed.")
    return name.strip()


def create(request: Request) -> Answer:
    """Make a plan with its root suite."""
    project = request.project()
    body = request.object_body()
    name = name_of(body, "test plan")
    data: Json = {"revision": 1, "updated": now()}
    access = _changes(request, project, body, data)
    number, root = work_items.next_id(request.connection), work_items.next_id(request.connection)
    request.connection.execute(
        "INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, project.id, name, root, _sync(body, default=False), dumps(data), access),
    )
    kept = {"type": "staticTestSuite", "updated": data["updated"], "inherit": False, "configurations": []}
    request.connection.execute(
        "INSERT INTO suites VALUES (?, ?, NULL, 0, ?, ?, NULL, NULL)", (root, number, name, dumps(kept))
    )
    return Answer(plan_json(request, project, _row(request, number)))


def _row(request: Request, number: int) -> Row:
    row: Row = request.connection.execute("SELECT * FROM plans WHERE id = ?", (number,)).fetchone()
    return row


def _changes(request: Request, project: Project, body: Json, data: Json) -> int:
    """Take what a body sets into a plan's data; return the rights on its area."""
    _paths(request, project, body, data)
    if body.get("state"):
        state = _STATES.get(str(body["state"]).lower())
        if state is None:
            raise invalid(
                f"Invalid value specified; Parameter name: state. The value was '{body['state']!s:.60}'."
            )
        data["state"] = state
    if body.get("description") is not None:
        data["description"] = text(body["description"], "description")
    if body.get("owner"):
        data["owner"] = as_text(body["owner"])
    _dates(body, data)
    _build(request, project, body, data)
    node = areas.find(request.connection, project.id, areas.AREA, data.get("area") or project.name)
    access = areas.FULL if node is None else int(node["access"])
    if access != areas.FULL:
        raise rights.denied("test plans", data.get("area") or project.name)
    return access


def _paths(request: Request, project: Project, body: Json, data: Json) -> None:
    for given, (key, kind) in _TREES.items():
        path = text(body.get(given), given)
        if path:
            node = areas.find(request.connection, project.id, kind, path)
            if node is None or node["access"] == areas.HIDDEN:
                raise tree_name_invalid(
                    -1, "System.AreaPath" if kind == areas.AREA else "System.IterationPath"
                )
            data[key] = node["path"]


def _dates(body: Json, data: Json) -> None:
    for given, key in _DATES.items():
        if body.get(given):
            date(body[given], given)
            data[key] = str(body[given])
    first, last = date(data.get("start_date"), "startDate"), date(data.get("end_date"), "endDate")
    if first and last and last < first:
        raise invalid("The end date of the test plan lies before its start date.")


def _build(request: Request, project: Project, body: Json, data: Json) -> None:
    if body.get("buildId"):
        number = integer(body["buildId"], "buildId")
        if not request.connection.execute(
            "SELECT 1 FROM builds WHERE id = ? AND project_id = ?", (number, project.id)
        ).fetchone():
            raise invalid(f"Build {number} cannot be found.")
        data["build_id"] = number


def _sync(body: Json, *, default: bool) -> bool:
    settings = body.get("testOutcomeSettings")
    if not isinstance(settings, dict):
        return default
    value = canonical(settings).get("syncOutcomeAcrossSuites")
    return default if value is None else str(value).lower() == "true"


def update(request: Request) -> Answer:
    """Change a plan."""
    project = request.project()
    plan = plan_row(request, project)
    rights.need_plan(plan)
    body = request.object_body()
    data = loads(plan["data"])
    access = _changes(request, project, body, data)
    data.update({"revision": data.get("revision", 1) + 1, "updated": now()})
    name = name_of(body, "test plan") if body.get("name") else plan["name"]
    synced = _sync(body, default=bool(plan["sync_outcome"]))
    if synced and not plan["sync_outcome"] and request.behaviour("sync_of_past_outcomes") == "yes":
        sync_past(request.connection, plan["id"])
    request.connection.execute(
        "UPDATE plans SET name = ?, sync_outcome = ?, data = ?, access = ? WHERE id = ?",
        (name, synced, dumps(data), access, plan["id"]),
    )
    request.connection.execute("UPDATE suites SET name = ? WHERE id = ?", (name, plan["root_suite_id"]))
    return Answer(plan_json(request, project, _row(request, plan["id"])))


def delete(request: Request) -> Answer:
    """Delete a plan with its suites and points; its runs stay."""
    plan = plan_row(request, request.project())
    rights.need_plan(plan)
    connection, values = request.connection, (plan["id"],)
    connection.execute(
        "DELETE FROM suite_cases WHERE suite_id IN (SELECT id FROM suites WHERE plan_id = ?)", values
    )
    connection.execute("DELETE FROM points WHERE plan_id = ?", values)
    connection.execute("DELETE FROM suites WHERE plan_id = ?", values)
    connection.execute("DELETE FROM plans WHERE id = ?", values)
    return Answer(None, 204)


def need_suite(request: Request, plan: Row, number: int) -> Row:
    """Return a suite of a plan, or raise 404."""
    row: Row | None = request.connection.execute(
        "SELECT * FROM suites WHERE id = ? AND plan_id = ?", (number, plan["id"])
    ).fetchone()
    if row is None:
        raise not_found(f"Test suite {number}")
    return row


ROUTES = (
    Route("POST", "testplan/plans", create, "plans"),
    Route("PATCH", "testplan/plans/{plan:int}", update, "plans"),
    Route("DELETE", "testplan/plans/{plan:int}", delete, "plans"),
)
