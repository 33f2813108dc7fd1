"""Work items, as far as test cases need them: get, list, batch.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-items
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from ado_publisher.emulator.errors import ApiError, invalid_argument, work_item_missing
from ado_publisher.emulator.identity import identity
from ado_publisher.emulator.store import Json, Row, loads, marks
from ado_publisher.emulator.web import Answer, Request, Route, integer, items, listing

MAX_IDS = 200
_PEOPLE = ("System.AssignedTo", "System.ChangedBy", "System.CreatedBy")


def work_item_json(
    request: Request, row: Row, names: Sequence[str] | None = None, *, links: bool = False
) -> Json:
    """Return a work item with all of its fields, or with those that are named."""
    fields = {"System.Id": row["id"], **loads(row["fields"])}
    for name in _PEOPLE:
        if isinstance(fields.get(name), str):
            fields[name] = identity(request.base, fields[name])
    if names:
        wanted = {name.lower() for name in names}
        fields = {name: value for name, value in fields.items() if name.lower() in wanted}
    else:
        fields.pop("System.Id")
    shown: Json = {"id": row["id"], "rev": row["rev"], "fields": fields}
    url = f"{request.base}/_apis/wit/workItems"
    relations: list[Json] = orjson.loads(row["relations"]) if links else []
    if relations:
        shown["relations"] = [
            {
                "rel": item["rel"],
                "url": f"{url}/{item['target']}",
                "attributes": {"isLocked": False, "comment": item.get("comment")},
            }
            for item in relations
        ]
    shown["url"] = f"{url}/{row['id']}"
    return shown


def get_work_item(request: Request) -> Answer:
    """Return one work item."""
    number = request.integer("id")
    row = _rows(request, [number]).get(number)
    if row is None:
        raise work_item_missing(number)
    expand = request.query.get("$expand", "none").lower()
    return Answer(
        work_item_json(
            request, row, _names(request.query.get("fields")), links=expand in ("all", "relations")
        )
    )


def list_work_items(request: Request) -> Answer:
    """Return up to 200 work items by their ids."""
    ids = request.ids("ids")
    if not ids:
        raise invalid_argument("The query parameter ids must name work items.")
    omit = request.query.get("errorpolicy", "fail").lower() == "omit"
    expand = request.query.get("$expand", "none").lower()
    return _many(
        request, ids, _names(request.query.get("fields")), omit=omit, links=expand in ("all", "relations")
    )


def batch(request: Request) -> Answer:
    """Return up to 200 work items by their ids, asked for in a body."""
    body = request.object_body()
    ids = [integer(item, "ids") for item in items(body.get("ids"), "ids")]
    omit = str(body.get("errorPolicy", "fail")).lower() in ("omit", "2")
    expand = str(body.get("$expand", "none")).lower()
    names = [str(name) for name in items(body.get("fields"), "fields")] or None
    return _many(request, ids, names, omit=omit, links=expand in ("all", "relations", "1", "4"))


def _many(
    request: Request, ids: list[int], names: Sequence[str] | None, *, omit: bool, links: bool
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
            work_item_json(request, rows[number], names, links=links) if number in rows else None
            for number in ids
        ]
    )


def _rows(request: Request, ids: Sequence[int]) -> dict[int, Row]:
    sql = f"SELECT * FROM work_items WHERE id IN ({marks(len(ids))})"  # noqa: S608 - only question marks
    values: list[object] = list(ids)
    if request.project_name:
        sql += " AND project_id = ?"
        values.append(request.project().id)
    return {row["id"]: row for row in request.connection.execute(sql, values)}


def _names(text: str | None) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


ROUTES = (
    Route("GET", "wit/workItems", list_work_items, "work-items", organization_level=True),
    Route("GET", "wit/workItems/{id:int}", get_work_item, "work-items", organization_level=True),
    Route("POST", "wit/workItemsBatch", batch, "work-items-batch", organization_level=True),
)
