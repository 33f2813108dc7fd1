"""Work items: get, list, batch, create, update, delete.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-items
"""

from __future__ import annotations

from collections.abc import Sequence

from ado_publisher.emulator import (
    areas,
    json_patch,
    suite_items,
    suite_members,
    wit_view,
    work_item_patch,
    work_items,
)
from ado_publisher.emulator.errors import (
    WIT,
    ApiError,
    NotEmulatedError,
    area_forbidden,
    field_missing,
    invalid_argument,
    work_item_missing,
)
from ado_publisher.emulator.field_values import find
from ado_publisher.emulator.store import Row, marks
from ado_publisher.emulator.web import Answer, Project, Request, Route, integer, items, listing
from ado_publisher.emulator.wit_model import TEST_TYPES

MAX_IDS = 200
_EXPANDS = {"0": "none", "1": "relations", "2": "fields", "3": "links", "4": "all"}


def get_work_item(request: Request) -> Answer:
    """Return one work item."""
    row = item_of(request, request.integer("id"))
    names = _names(request, request.query.get("fields"))
    return Answer(wit_view.work_item(request, row, names, expand=_expand(request), single=True))


def item_of(request: Request, number: int) -> Row:
    """Return a work item that may be read, or raise TF401232."""
    row = _rows(request, [number]).get(number)
    if row is None:
        raise work_item_missing(number)
    return row


def _expand(request: Request) -> str:
    given = request.query.get("$expand", "none").lower()
    return _EXPANDS.get(given, given)


def list_work_items(request: Request) -> Answer:
    """Return up to 200 work items by their ids."""
    ids = request.ids("ids")
    if not ids:
        raise invalid_argument("The query parameter ids must name work items.")
    omit = request.query.get("errorpolicy", "fail").lower() == "omit"
    names = _names(request, request.query.get("fields"))
    return _many(request, ids, names, omit=omit, expand=_expand(request))


def batch(request: Request) -> Answer:
    """Return up to 200 work items by their ids, asked for in a body."""
    body = request.object_body()
    ids = [integer(item, "ids") for item in items(body.get("ids"), "ids")]
    omit = str(body.get("errorPolicy", "fail")).lower() in ("omit", "2")
    expand = str(body.get("$expand", "none")).lower()
    names = [str(name) for name in items(body.get("fields"), "fields")]
    return _many(
        request, ids, _names(request, ",".join(names)), omit=omit, expand=_EXPANDS.get(expand, expand)
    )


def _many(
    request: Request, ids: list[int], names: Sequence[str] | None, *, omit: bool, expand: str
) -> Answer:
    if len(ids) > MAX_IDS:
        text = f"VS403474: You can only query up to {MAX_IDS} work items at a time."
        raise ApiError(400, "WorkItemTrackingQueryIdsLimitException", text)
    rows = _rows(request, ids)
    missing = next((number for number in ids if number not in rows), None)
    if missing is not None and not omit:
        raise work_item_missing(missing)
    return listing(
        [
            wit_view.work_item(request, rows[number], names, expand=expand) if number in rows else None
            for number in ids
        ]
    )


def _rows(request: Request, ids: Sequence[int]) -> dict[int, Row]:
    suite_items.refresh(request.connection, ids)
    sql = f"SELECT * FROM work_items WHERE access < ? AND id IN ({marks(len(ids))})"  # noqa: S608
    values: list[object] = [areas.HIDDEN, *ids]
    if request.project_name:
        sql += " AND project_id = ?"
        values.append(request.project().id)
    return {row["id"]: row for row in request.connection.execute(sql, values)}


def _names(request: Request, text: str | None) -> list[str] | None:
    """Return the fields that a request names; one that does not exist is TF51535."""
    if not text:
        return None
    found = []
    for name in (piece.strip() for piece in text.split(",")):
        if name:
            field = find(request.connection, name)
            if field is None:
                raise field_missing(name)
            found.append(field.reference)
    return found or None


def create(request: Request) -> Answer:
    """Make a work item of the type that the path names after a `$`."""
    kind = request.params["type"]
    if not kind.startswith("$"):
        raise NotEmulatedError("the type of a new work item is written with a $ before it, as in $Task")
    project = request.project()
    patch = json_patch.operations(request)
    with _kept(request):
        row = work_item_patch.create(request, project, kind[1:], patch)
        shown = wit_view.work_item(request, row, expand=_answered(request), single=True)
    return Answer(shown)


def _answered(request: Request) -> str:
    """Return what the answer to a write shows: its relations, unless more is asked for."""
    return "all" if _expand(request) == "all" else "relations"


class _kept:  # noqa: N801 - used as a statement
    """What is written inside is kept, unless the request only asks for validation."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.undone = request.flag("validateOnly")

    def __enter__(self) -> None:
        if self.undone:
            self.request.connection.execute("SAVEPOINT validation")

    def __exit__(self, *problem: object) -> None:
        if self.undone:
            self.request.connection.execute("ROLLBACK TO validation")
            self.request.connection.execute("RELEASE validation")


def update(request: Request) -> Answer:
    """Change a work item by a JSON patch."""
    row = item_of(request, request.integer("id"))
    patch = json_patch.operations(request)
    with _kept(request):
        work_item_patch.update(request, project_of(request, row), row, patch)
        fresh = item_of(request, row["id"])
        shown = wit_view.work_item(request, fresh, expand=_answered(request), single=True)
    return Answer(shown)


def project_of(request: Request, row: Row) -> Project:
    """Return the project of a work item, which a path need not name."""
    found = request.connection.execute(
        "SELECT id, name FROM projects WHERE id = ?", (row["project_id"],)
    ).fetchone()
    return Project(found["id"], found["name"])


def delete(request: Request) -> Answer:
    """Delete a work item; test cases and their like are deleted through the testplan area."""
    row = item_of(request, request.integer("id"))
    if row["type"] in TEST_TYPES:
        text = f"Work items of the type {row['type']} cannot be deleted by this call; use the testplan area."
        raise ApiError(400, "InvalidDeleteWorkItemCallException", text, assembly=WIT, event_id=3200)
    if row["access"] == areas.READ_ONLY:
        raise area_forbidden()
    shown = wit_view.deleted(request, row, project_of(request, row).name)
    work_items.delete(request.connection, row)
    return Answer(None, 204) if request.flag("destroy") else Answer(shown)


def delete_case(request: Request) -> Answer:
    """Delete a test case with its points in every suite."""
    request.project()
    row = item_of(request, request.integer("id"))
    if row["type"] != "Test Case":
        raise work_item_missing(row["id"])
    if row["access"] == areas.READ_ONLY:
        raise area_forbidden()
    connection = request.connection
    for suite in connection.execute(
        "SELECT s.* FROM suite_cases c JOIN suites s ON s.id = c.suite_id WHERE c.case_id = ?", (row["id"],)
    ).fetchall():
        suite_members.remove(connection, suite, row["id"], keep_inactive=False)
    work_items.delete(connection, row)
    return Answer(None, 204)


ROUTES = (
    Route("GET", "wit/workItems", list_work_items, "work-items", organization_level=True),
    Route("GET", "wit/workItems/{id:int}", get_work_item, "work-items", organization_level=True),
    Route("PATCH", "wit/workItems/{id:int}", update, "work-items", organization_level=True),
    Route("DELETE", "wit/workItems/{id:int}", delete, "work-items", organization_level=True),
    Route("POST", "wit/workItems/{type}", create, "work-item-create"),
    Route("POST", "wit/workItemsBatch", batch, "work-items-batch", organization_level=True),
    Route("DELETE", "testplan/testcases/{id:int}", delete_case, "test-cases"),
)
