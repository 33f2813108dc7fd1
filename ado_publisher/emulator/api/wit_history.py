"""Revisions, updates and comments of work items.

https://learn.microsoft.com/rest/api/azure/devops/wit/revisions
"""

from __future__ import annotations

from ado_publisher.emulator import areas, wit_view, work_items
from ado_publisher.emulator.api.wit import item_of
from ado_publisher.emulator.errors import WIT, ApiError, area_forbidden, invalid_argument
from ado_publisher.emulator.identity import USER
from ado_publisher.emulator.json_patch import no_patch
from ado_publisher.emulator.store import Json, loads, now
from ado_publisher.emulator.web import Answer, Request, Route, integer, listing

PAGE = 200


def list_revisions(request: Request) -> Answer:
    """List the revisions of a work item with $top and $skip."""
    found = wit_view.revisions(request, item_of(request, request.integer("id")))
    return listing(_page(request, found))


def get_revision(request: Request) -> Answer:
    """Return one revision."""
    item = item_of(request, request.integer("id"))
    number = request.integer("number")
    found = next((entry for entry in wit_view.revisions(request, item) if entry["rev"] == number), None)
    if found is None:
        text = f"The revision {number} of work item {item['id']} does not exist."
        raise ApiError(404, "WorkItemIdRevisionNotFoundException", text, assembly=WIT, event_id=3200)
    return Answer(found)


def list_updates(request: Request) -> Answer:
    """List the updates of a work item with $top and $skip."""
    return listing(_page(request, wit_view.updates(request, item_of(request, request.integer("id")))))


def get_update(request: Request) -> Answer:
    """Return one update."""
    item = item_of(request, request.integer("id"))
    number = request.integer("number")
    found = next((entry for entry in wit_view.updates(request, item) if entry["id"] == number), None)
    if found is None:
        text = f"The update {number} of work item {item['id']} does not exist."
        raise ApiError(404, "WorkItemIdRevisionNotFoundException", text, assembly=WIT, event_id=3200)
    return Answer(found)


def _page(request: Request, found: list[Json]) -> list[Json]:
    skip = request.count("$skip", 0)
    return found[skip : skip + min(request.count("$top", PAGE), PAGE)]


def list_comments(request: Request) -> Answer:
    """List the comments of a work item, newest first unless `order=asc`."""
    item = item_of(request, request.integer("id"))
    top = min(request.count("$top", PAGE), PAGE)
    ascending = request.query.get("order", "desc").lower() == "asc"
    token = request.query.get("continuationtoken")
    last = integer(token, "continuationToken") if token else None
    where, values = "work_item_id = ?", [item["id"]]
    total = request.connection.execute(f"SELECT count(*) FROM comments WHERE {where}", values).fetchone()[0]  # noqa: S608
    if last is not None:
        where += " AND id > ?" if ascending else " AND id < ?"
        values.append(last)
    rows = request.connection.execute(
        f"SELECT * FROM comments WHERE {where} ORDER BY id {'ASC' if ascending else 'DESC'} LIMIT ?",  # noqa: S608
        (*values, top + 1),
    ).fetchall()
    page = [wit_view.comment(request, row) for row in rows[:top]]
    shown: Json = {"totalCount": total, "count": len(page), "comments": page}
    if len(rows) > top and page:
        shown["continuationToken"] = str(page[-1]["id"])
    return Answer(shown)


def add_comment(request: Request) -> Answer:
    """Add a comment; it is a revision of the work item as well."""
    item = item_of(request, request.integer("id"))
    if item["access"] == areas.READ_ONLY:
        raise area_forbidden()
    body = request.body
    if not isinstance(body, dict):
        raise no_patch()
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise invalid_argument("The comment's text is missing or empty.")
    fields = loads(item["fields"])
    fields["System.CommentCount"] = fields.get("System.CommentCount", 0) + 1
    fields["System.ChangedDate"] = now()
    work_items.remember(request.connection, item, fields={**fields, "System.History": text})
    work_items.save(request.connection, item, fields, item["access"])
    number = work_items.comment(request.connection, item["id"], text, USER)
    row = request.connection.execute("SELECT * FROM comments WHERE id = ?", (number,)).fetchone()
    return Answer(wit_view.comment(request, row))


_ITEM = "wit/workItems/{id:int}"
ROUTES = (
    Route("GET", _ITEM + "/revisions", list_revisions, "revisions", organization_level=True),
    Route("GET", _ITEM + "/revisions/{number:int}", get_revision, "revisions", organization_level=True),
    Route("GET", _ITEM + "/updates", list_updates, "updates", organization_level=True),
    Route("GET", _ITEM + "/updates/{number:int}", get_update, "updates", organization_level=True),
    Route("GET", _ITEM + "/comments", list_comments, "comments"),
    Route("POST", _ITEM + "/comments", add_comment, "comments"),
)
