"""What a suite shows, and the tree it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ado_publisher.emulator import suite_fill, suite_members
from ado_publisher.emulator.api.core import unchanged_reference
from ado_publisher.emulator.errors import not_found
from ado_publisher.emulator.identity import USER, identity
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.web import Project, Request

Children = Mapping[int, Sequence[Row]]


def plan_row(request: Request, project: Project) -> Row:
    """Return the plan of the path, or raise 404."""
    number = request.integer("plan")
    row: Row | None = request.connection.execute(
        "SELECT * FROM plans WHERE id = ? AND project_id = ? AND access < 2", (number, project.id)
    ).fetchone()
    if row is None:
        raise not_found(f"Test plan {number}")
    suite_fill.refresh(request.connection, request.settings.behaviours, number)
    return row


def suite_row(request: Request, plan: Row) -> Row:
    """Return the suite of the path, or raise 404."""
    number = request.integer("suite")
    row: Row | None = request.connection.execute(
        "SELECT * FROM suites WHERE id = ? AND plan_id = ?", (number, plan["id"])
    ).fetchone()
    if row is None:
        raise not_found(f"Test suite {number}")
    return row


def suite_rows(request: Request, plan_id: int) -> list[Row]:
    """Return the suites of a plan, parents before children."""
    return request.connection.execute(
        "SELECT * FROM suites WHERE plan_id = ? ORDER BY position, id", (plan_id,)
    ).fetchall()


def children_of(rows: Sequence[Row]) -> dict[int, list[Row]]:
    """Return the child suites of each suite."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        if row["parent_id"] is not None:
            found.setdefault(row["parent_id"], []).append(row)
    return found


def subtree(request: Request, plan: Row, suite: Row) -> list[int]:
    """Return the ids of a suite and of everything below it, in the tree's order."""
    children = children_of(suite_rows(request, plan["id"]))
    found: list[int] = []
    pending = [suite["id"]]
    while pending:
        number = pending.pop()
        found.append(number)
        pending.extend(child["id"] for child in reversed(children.get(number, [])))
    return found


def suite_json(
    request: Request, project: Project, plan: Row, row: Row, children: Children, *, expand: str
) -> Json:
    """Return a suite; `expand` may name children and default testers."""
    data = loads(row["data"])
    here = f"{request.base}/{project.path}/_apis"
    own = f"Plans/{plan['id']}/Suites/{row['id']}"
    shown: Json = {
        "id": row["id"],
        "revision": data.get("revision", 1),
        "project": unchanged_reference(request, project),
        "lastUpdatedBy": identity(request.base, USER),
        "lastUpdatedDate": data["updated"],
        "plan": {"id": plan["id"], "name": plan["name"]},
        "_links": {
            "_self": {"href": f"{here}/testplan/{own}"},
            "testCases": {"href": f"{here}/test/{own}/TestCases"},
            "testPoints": {"href": f"{here}/test/{own}/Points"},
        },
        "suiteType": data["type"],
        "name": row["name"],
        "inheritDefaultConfigurations": bool(data.get("inherit", row["parent_id"] is not None)),
        "hasChildren": bool(children.get(row["id"])),
    }
    named = suite_members.named(request.connection, row)
    if named:
        shown["defaultConfigurations"] = named
    if data.get("testers"):
        shown["defaultTesters"] = [identity(request.base, person) for person in data["testers"]]
    if row["parent_id"] is not None:
        parent = request.connection.execute(
            "SELECT id, name FROM suites WHERE id = ?", (row["parent_id"],)
        ).fetchone()
        shown["parentSuite"] = {"id": parent["id"], "name": parent["name"]}
    if data["type"] != "staticTestSuite":
        shown["lastPopulatedDate"] = data.get("populated", data["updated"])
    if row["requirement_id"]:
        shown["requirementId"] = row["requirement_id"]
    if data.get("query"):
        shown["queryString"] = data["query"]
    if "children" in expand:
        shown["children"] = [
            suite_json(request, project, plan, child, children, expand="none")
            for child in children.get(row["id"], [])
        ]
    return shown


def tree(request: Request, project: Project, plan: Row, row: Row, children: Children) -> Json:
    """Return a suite with everything below it."""
    shown = suite_json(request, project, plan, row, children, expand="none")
    below = [tree(request, project, plan, child, children) for child in children.get(row["id"], [])]
    if below:
        shown["children"] = below
    return shown
