"""Test suites are made, changed and deleted: static, requirement-based and query-based ones.

https://learn.microsoft.com/rest/api/azure/devops/testplan/test-suites
"""

from __future__ import annotations

from ado_publisher.emulator import field_values, rights, suite_fill, suite_view, wiql, work_items
from ado_publisher.emulator.api.plan_write import name_of, need_suite
from ado_publisher.emulator.api.points import old_suite
from ado_publisher.emulator.errors import ApiError, invalid, not_found, work_item_missing
from ado_publisher.emulator.identity import as_text
from ado_publisher.emulator.store import Json, Row, dumps, loads, marks, now
from ado_publisher.emulator.suite_view import plan_row, suite_row, suite_rows
from ado_publisher.emulator.web import (
    Answer,
    Request,
    Route,
    integer,
    items,
    reference_id,
    text,
)

STATIC, REQUIREMENT, QUERY = "staticTestSuite", "requirementTestSuite", "dynamicTestSuite"
_TYPES = {
    "statictestsuite": STATIC,
    "requirementtestsuite": REQUIREMENT,
    "dynamictestsuite": QUERY,
    "1": QUERY,
    "2": STATIC,
    "3": REQUIREMENT,
}


def create(request: Request) -> Answer:
    """Make a suite below another one, and fill it when it fills itself."""
    project = request.project()
    plan = plan_row(request, project)
    rights.need_plan(plan)
    body = request.object_body()
    parent = _parent(request, plan, body)
    kind = _TYPES.get(str(body.get("suiteType", STATIC)).lower())
    if kind is None:
        raise invalid(
            f"Invalid value specified; Parameter name: suiteType. The value was '{body['suiteType']!s:.60}'."
        )
    data: Json = {"type": kind, "updated": now(), "revision": 1, "inherit": True, "configurations": []}
    requirement = _requirement(request, body) if kind == REQUIREMENT else None
    if kind == QUERY:
        data["query"] = _query(request, body.get("queryString"))
    _defaults(request, body, data)
    name = _requirement_name(request, requirement) if requirement else name_of(body, "test suite")
    _need_unique(request, plan, parent["id"], name)
    number = work_items.next_id(request.connection)
    last = request.connection.execute(
        "SELECT max(position) FROM suites WHERE plan_id = ?", (plan["id"],)
    ).fetchone()[0]
    request.connection.execute(
        "INSERT INTO suites VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            plan["id"],
            parent["id"],
            (last or 0) + 1,
            name,
            dumps(data),
            requirement,
            -1 if kind == QUERY else None,
        ),
    )
    if requirement:
        suite_fill.fill_requirement(request.connection, need_suite(request, plan, number))
    suite_fill.refresh(request.connection, request.settings.behaviours, plan["id"])
    return _shown(request, plan, number)


def _shown(request: Request, plan: Row, number: int) -> Answer:
    suite = need_suite(request, plan, number)
    below = request.connection.execute(
        "SELECT * FROM suites WHERE plan_id = ? AND parent_id = ? LIMIT 1", (plan["id"], number)
    ).fetchall()
    shown = suite_view.suite_json(
        request, request.project(), plan, suite, {number: below} if below else {}, expand="none"
    )
    return Answer(shown)


def _parent(request: Request, plan: Row, body: Json) -> Row:
    number = reference_id(body.get("parentSuite"), "parentSuite")
    if number is None:
        raise invalid("The parent of the test suite must be given as parentSuite.")
    parent = need_suite(request, plan, number)
    if loads(parent["data"])["type"] != STATIC:
        raise invalid(f"Test suite {number} is not static; only static test suites have suites below them.")
    return parent


def _requirement(request: Request, body: Json) -> int:
    number = integer(body.get("requirementId"), "requirementId")
    row = work_items.row(request.connection, number)
    if row is None or row["access"] > 1 or row["project_id"] != request.project().id:
        raise work_item_missing(number)
    return number


def _requirement_name(request: Request, number: int) -> str:
    row = work_items.row(request.connection, number)
    assert row is not None
    return f"{number} : {row['title']}"


def _query(request: Request, given: object) -> str:
    query = text(given, "queryString")
    if not query or not query.strip():
        raise invalid("A query-based test suite needs a queryString.")
    wiql.parse(query, lambda name: field_values.find(request.connection, name))
    return query


def _need_unique(request: Request, plan: Row, parent: int, name: str, own: int = 0) -> None:
    if request.connection.execute(
        "SELECT 1 FROM suites WHERE plan_id = ? AND parent_id = ? AND name = ? COLLATE NOCASE AND id <> ?",
        (plan["id"], parent, name, own),
    ).fetchone():
        status = int(request.behaviour("duplicate_suite_name"))
        message = f"A test suite with the name '{name}' already exists below test suite {parent}."
        raise ApiError(status, "InvalidPropertyException", message)


def _defaults(request: Request, body: Json, data: Json) -> None:
    """Take default configurations and testers from a body; naming some ends the inheritance."""
    numbers = [
        reference_id(item, "defaultConfigurations") or 0
        for item in items(body.get("defaultConfigurations"), "defaultConfigurations")
    ]
    for number in numbers:
        if not request.connection.execute(
            "SELECT 1 FROM configurations WHERE project_id = ? AND id = ?", (request.project().id, number)
        ).fetchone():
            raise not_found(f"Test configuration {number}")
    inherit = body.get("inheritDefaultConfigurations")
    if request.behaviour("suite_default_configurations") == "kept" or "old" in request.params:
        if numbers:
            data.update({"configurations": list(dict.fromkeys(numbers)), "inherit": False})
        if inherit is not None:
            data["inherit"] = str(inherit).lower() == "true"
    if body.get("defaultTesters") is not None:
        testers = items(body["defaultTesters"], "defaultTesters")
        data["testers"] = [as_text(person) for person in testers]


def update(request: Request) -> Answer:
    """Change a suite: its name, its place, its query, its defaults."""
    plan = plan_row(request, request.project())
    rights.need_plan(plan)
    suite = suite_row(request, plan)
    body = request.object_body()
    data = loads(suite["data"])
    parent, name = suite["parent_id"], suite["name"]
    if body.get("parentSuite") is not None:
        parent = _new_parent(request, plan, suite, body)
    if body.get("name"):
        name = name_of(body, "test suite")
    if (parent, name) != (suite["parent_id"], suite["name"]) and parent is not None:
        _need_unique(request, plan, parent, name, suite["id"])
    version = suite["query_version"]
    if body.get("queryString") and data["type"] == QUERY:
        data["query"], version = _query(request, body["queryString"]), -1
    _defaults(request, body, data)
    data.update({"revision": data.get("revision", 1) + 1, "updated": now()})
    request.connection.execute(
        "UPDATE suites SET parent_id = ?, name = ?, data = ?, query_version = ? WHERE id = ?",
        (parent, name, dumps(data), version, suite["id"]),
    )
    suite_fill.refresh(request.connection, request.settings.behaviours, plan["id"])
    return _shown(request, plan, suite["id"])


def _new_parent(request: Request, plan: Row, suite: Row, body: Json) -> int:
    if suite["parent_id"] is None:
        raise invalid("The root suite of a test plan cannot be moved.")
    parent = _parent(request, plan, body)
    if parent["id"] in suite_view.subtree(request, plan, suite):
        raise invalid(f"Test suite {suite['id']} cannot be moved below itself.")
    return int(parent["id"])


def update_old(request: Request) -> Answer:
    """Change a suite by the older call, which answers in its older form."""
    request.params = {**request.params, "old": "yes"}
    update(request)
    return old_suite(request)


def delete(request: Request) -> Answer:
    """Delete a suite with everything below it, points included; its test cases stay."""
    plan = plan_row(request, request.project())
    rights.need_plan(plan)
    suite = suite_row(request, plan)
    if suite["parent_id"] is None:
        raise invalid("The root suite of a test plan cannot be deleted.")
    numbers = suite_view.subtree(request, plan, suite)
    for start in range(0, len(numbers), 1000):
        part = numbers[start : start + 1000]
        for table, column in (("points", "suite_id"), ("suite_cases", "suite_id"), ("suites", "id")):
            request.connection.execute(
                f"DELETE FROM {table} WHERE {column} IN ({marks(len(part))})",  # noqa: S608
                part,
            )
    return Answer(None, 204)


def entries(request: Request) -> Answer:
    """List what stands directly in a suite: the suites below it and its test cases."""
    project = request.project()
    number = request.integer("suite")
    row = request.connection.execute(
        "SELECT s.plan_id FROM suites s JOIN plans n ON n.id = s.plan_id"
        " WHERE s.id = ? AND n.project_id = ? AND n.access < 2",
        (number, project.id),
    ).fetchone()
    if row is None:
        raise not_found(f"Test suite {number}")
    request.params = {"plan": str(row["plan_id"])}
    plan = plan_row(request, project)
    kind = request.query.get("suiteentrytype", "").lower()
    found: list[tuple[int, str]] = []
    if kind != "testcase":
        found += [
            (item["id"], "suite") for item in suite_rows(request, plan["id"]) if item["parent_id"] == number
        ]
    if kind != "suite":
        found += [
            (item["case_id"], "testCase")
            for item in request.connection.execute(
                "SELECT case_id FROM suite_cases WHERE suite_id = ? ORDER BY position", (number,)
            )
        ]
    value = [
        {"suiteId": number, "sequenceNumber": index, "id": entry, "suiteEntryType": word}
        for index, (entry, word) in enumerate(found)
    ]
    return Answer({"count": len(value), "value": value})


_SUITE = "testplan/plans/{plan:int}/suites/{suite:int}"
ROUTES = (
    Route("POST", "testplan/plans/{plan:int}/suites", create, "suites"),
    Route("PATCH", _SUITE, update, "suites"),
    Route("DELETE", _SUITE, delete, "suites"),
    Route("PATCH", "test/plans/{plan:int}/suites/{suite:int}", update_old, "old-suites"),
    Route("GET", "testplan/suiteentry/{suite:int}", entries, "suite-entries"),
)
