"""Test configurations and the variables they are made of.

https://learn.microsoft.com/rest/api/azure/devops/testplan/configurations
"""

from __future__ import annotations

from typing import Any

from ado_publisher.emulator.api.core import unchanged_reference
from ado_publisher.emulator.api.plan_write import name_of
from ado_publisher.emulator.errors import ApiError, invalid, not_found
from ado_publisher.emulator.pages import next_token, read_token
from ado_publisher.emulator.store import Json, Row, dumps, loads
from ado_publisher.emulator.suite_members import is_default
from ado_publisher.emulator.web import (
    Answer,
    Project,
    Request,
    Route,
    canonical,
    integer,
    items,
    listing,
    text,
)


def configuration_json(request: Request, project: Project, row: Row) -> Json:
    """Return a configuration."""
    data: dict[str, Any] = loads(row["data"])
    return {
        "id": row["id"],
        "project": unchanged_reference(request, project),
        "name": row["name"],
        "description": data.get("description") or "",
        "isDefault": is_default(row["id"], data),
        "values": [{"name": name, "value": value} for name, value in (data.get("values") or {}).items()],
        "state": data.get("state") or "active",
    }


def list_configurations(request: Request) -> Answer:
    """List configurations, 200 a page."""
    return _page(request, "configurations", configuration_json)


def _page(request: Request, table: str, show: Any) -> Answer:  # noqa: ANN401 - one of the two above
    project = request.project()
    last, size = read_token(request.query.get("continuationtoken"))
    rows = request.connection.execute(
        f"SELECT * FROM {table} WHERE project_id = ? AND id > ? ORDER BY id LIMIT ?",  # noqa: S608
        (project.id, last, size + 1),
    ).fetchall()
    page = rows[:size]
    headers = next_token(page[-1]["id"], size, more=len(rows) > size) if page else {}
    return listing([show(request, project, row) for row in page], headers)


def _row(request: Request, table: str, what: str, number: int) -> Row:
    row: Row | None = request.connection.execute(
        f"SELECT * FROM {table} WHERE project_id = ? AND id = ?",  # noqa: S608
        (request.project().id, number),
    ).fetchone()
    if row is None:
        raise not_found(f"Test {what} {number}")
    return row


def get_configuration(request: Request) -> Answer:
    """Return one configuration."""
    row = _row(request, "configurations", "configuration", request.integer("configuration"))
    return Answer(configuration_json(request, request.project(), row))


def _unique(request: Request, table: str, what: str, name: str, own: int = 0) -> None:
    if request.connection.execute(
        f"SELECT 1 FROM {table} WHERE project_id = ? AND name = ? COLLATE NOCASE AND id <> ?",  # noqa: S608
        (request.project().id, name, own),
    ).fetchone():
        raise invalid(f"A test {what} with the name '{name}' already exists.")


def _insert(request: Request, table: str, name: str, data: Json) -> int:
    project = request.project().id
    number = int(
        request.connection.execute(
            f"SELECT coalesce(max(id), 0) + 1 FROM {table} WHERE project_id = ?",  # noqa: S608
            (project,),
        ).fetchone()[0]
    )
    sql = f"INSERT INTO {table} VALUES (?, ?, ?, ?)"  # noqa: S608 - one of two fixed names
    request.connection.execute(sql, (project, number, name, dumps(data)))
    return number


def _configuration(body: Json, data: Json) -> None:
    if body.get("description") is not None:
        data["description"] = text(body["description"], "description")
    if body.get("isDefault") is not None:
        data["default"] = str(body["isDefault"]).lower() == "true"
    if body.get("state"):
        state = str(body["state"]).lower()
        if state not in ("active", "inactive"):
            raise invalid(f"Invalid value specified; Parameter name: state. The value was '{state[:60]}'.")
        data["state"] = state
    if body.get("values") is not None:
        values: dict[str, str] = {}
        for item in items(body["values"], "values"):
            given = canonical(item) if isinstance(item, dict) else {}
            name, value = text(given.get("name"), "values.name"), text(given.get("value"), "values.value")
            if not name:
                raise invalid("The value specified for values is not valid.")
            values[name] = value or ""
        data["values"] = values


def create_configuration(request: Request) -> Answer:
    """Make a configuration."""
    body = request.object_body()
    name = name_of(body, "test configuration")
    _unique(request, "configurations", "configuration", name)
    data: Json = {"default": False}
    _configuration(body, data)
    number = _insert(request, "configurations", name, data)
    row = _row(request, "configurations", "configuration", number)
    return Answer(configuration_json(request, request.project(), row))


def _asked(request: Request) -> int:
    # The service really spells it so.
    return integer(request.query.get("testconfiguartionid", ""), "testConfiguartionId")


def update_configuration(request: Request) -> Answer:
    """Change a configuration."""
    row = _row(request, "configurations", "configuration", _asked(request))
    body = request.object_body()
    data = loads(row["data"])
    _configuration(body, data)
    name = name_of(body, "test configuration") if body.get("name") else row["name"]
    _unique(request, "configurations", "configuration", name, row["id"])
    request.connection.execute(
        "UPDATE configurations SET name = ?, data = ? WHERE project_id = ? AND id = ?",
        (name, dumps(data), row["project_id"], row["id"]),
    )
    row = _row(request, "configurations", "configuration", row["id"])
    return Answer(configuration_json(request, request.project(), row))


def delete_configuration(request: Request) -> Answer:
    """Delete a configuration that no test point uses."""
    row = _row(request, "configurations", "configuration", _asked(request))
    used = request.connection.execute(
        "SELECT 1 FROM points p JOIN plans n ON n.id = p.plan_id"
        " WHERE n.project_id = ? AND p.configuration_id = ? LIMIT 1",
        (row["project_id"], row["id"]),
    ).fetchone()
    if used:
        message = f"Test configuration {row['id']} cannot be deleted: it is in use."
        raise ApiError(403, "TestObjectInUseException", message)
    request.connection.execute(
        "DELETE FROM configurations WHERE project_id = ? AND id = ?", (row["project_id"], row["id"])
    )
    return Answer(None, 204)


def variable_json(request: Request, project: Project, row: Row) -> Json:
    """Return a variable."""
    data = loads(row["data"])
    return {
        "id": row["id"],
        "project": unchanged_reference(request, project),
        "name": row["name"],
        "description": data.get("description") or "",
        "values": data.get("values") or [],
    }


def list_variables(request: Request) -> Answer:
    """List variables, 200 a page."""
    return _page(request, "variables", variable_json)


def get_variable(request: Request) -> Answer:
    """Return one variable."""
    row = _row(request, "variables", "variable", request.integer("variable"))
    return Answer(variable_json(request, request.project(), row))


def _variable(body: Json, data: Json) -> None:
    if body.get("description") is not None:
        data["description"] = text(body["description"], "description")
    if body.get("values") is not None:
        data["values"] = [text(item, "values") or "" for item in items(body["values"], "values")]


def create_variable(request: Request) -> Answer:
    """Make a variable."""
    body = request.object_body()
    name = name_of(body, "test variable")
    _unique(request, "variables", "variable", name)
    data: Json = {}
    _variable(body, data)
    row = _row(request, "variables", "variable", _insert(request, "variables", name, data))
    return Answer(variable_json(request, request.project(), row))


def update_variable(request: Request) -> Answer:
    """Change a variable."""
    row = _row(request, "variables", "variable", request.integer("variable"))
    body = request.object_body()
    data = loads(row["data"])
    _variable(body, data)
    name = name_of(body, "test variable") if body.get("name") else row["name"]
    _unique(request, "variables", "variable", name, row["id"])
    request.connection.execute(
        "UPDATE variables SET name = ?, data = ? WHERE project_id = ? AND id = ?",
        (name, dumps(data), row["project_id"], row["id"]),
    )
    row = _row(request, "variables", "variable", row["id"])
    return Answer(variable_json(request, request.project(), row))


def delete_variable(request: Request) -> Answer:
    """Delete a variable."""
    row = _row(request, "variables", "variable", request.integer("variable"))
    request.connection.execute(
        "DELETE FROM variables WHERE project_id = ? AND id = ?", (row["project_id"], row["id"])
    )
    return Answer(None, 204)


_ONE = "testplan/variables/{variable:int}"
ROUTES = (
    Route("GET", "testplan/configurations", list_configurations, "configurations"),
    Route("GET", "testplan/configurations/{configuration:int}", get_configuration, "configurations"),
    Route("POST", "testplan/configurations", create_configuration, "configurations"),
    Route("PATCH", "testplan/configurations", update_configuration, "configurations"),
    Route("DELETE", "testplan/configurations", delete_configuration, "configurations"),
    Route("GET", "testplan/variables", list_variables, "variables"),
    Route("GET", _ONE, get_variable, "variables"),
    Route("POST", "testplan/variables", create_variable, "variables"),
    Route("PATCH", _ONE, update_variable, "variables"),
    Route("DELETE", _ONE, delete_variable, "variables"),
)
