"""What a work item must keep to: its type's states, areas and iterations, the rule on automation."""

from __future__ import annotations

import sqlite3
from typing import Any

from ado_publisher.emulator import areas
from ado_publisher.emulator.errors import area_forbidden, rule_broken, tree_name_invalid, type_missing
from ado_publisher.emulator.store import Json, loads
from ado_publisher.emulator.web import Project, Request
from ado_publisher.emulator.wit_model import AUTOMATION_STATUSES

_STATUS = "Microsoft.VSTS.TCM.AutomationStatus"
_TEST_NAME = "Microsoft.VSTS.TCM.AutomatedTestName"
_TREES = (("System.AreaPath", areas.AREA), ("System.IterationPath", areas.ITERATION))


def type_data(connection: sqlite3.Connection, project: Project, name: str) -> tuple[str, Json]:
    """Return a work item type of a project, its name as the project spells it, or raise VS402323."""
    row = connection.execute(
        "SELECT name, data FROM types WHERE project_id = ? AND name = ?", (project.id, name)
    ).fetchone()
    if row is None:
        raise type_missing(name, project.id)
    return row["name"], loads(row["data"])


def first_state(data: Json) -> str:
    """Return the state of a new work item."""
    return str(data["states"][0][0])


def settle_paths(request: Request, project: Project, number: int, fields: Json) -> int:
    """Check area and iteration, spell them as the project does; return the rights on the area."""
    access = areas.FULL
    for name, kind in _TREES:
        node = areas.find(request.connection, project.id, kind, str(fields[name]))
        if node is None or node["access"] == areas.HIDDEN:
            raise tree_name_invalid(number, name)
        fields[name] = node["path"]
        if kind == areas.AREA:
            access = node["access"]
    if access != areas.FULL:
        raise area_forbidden()
    return access


def check(fields: Json, kind: Json, touched: frozenset[str], request: Request) -> None:
    """Raise what the service answers when a changed field breaks a rule of the type."""
    title = fields.get("System.Title")
    if not isinstance(title, str) or not title.strip():
        raise rule_broken(
            "TF401320: Rule Error for field Title. Error code: Required, HasValues, LimitedToValues, "
            "InvalidEmpty."
        )
    if "System.State" in touched:
        names = {name.lower(): name for name, _ in kind["states"]}
        state = names.get(str(fields.get("System.State")).lower())
        if state is None:
            raise _unsupported("State", fields.get("System.State"))
        fields["System.State"] = state
    if _STATUS in touched:
        _check_automation(fields, request)


def _check_automation(fields: Json, request: Request) -> None:
    status = fields.get(_STATUS)
    known = {name.lower(): name for name in AUTOMATION_STATUSES}
    if status is None or str(status).lower() not in known:
        raise _unsupported("Automation status", status)
    fields[_STATUS] = known[str(status).lower()]
    bare = fields[_STATUS] == "Automated" and not fields.get(_TEST_NAME)
    if bare and request.behaviour("automated_without_test_name") == "refused":
        raise _unsupported("Automation status", "Automated")


def _unsupported(name: str, value: Any) -> Exception:  # noqa: ANN401 - whatever the body held
    return rule_broken(
        f"The field '{name}' contains the value '{'' if value is None else str(value)[:100]}' that is not "
        "in the list of supported values"
    )
