"""Revisions of many work items in the order of their changes: the feed of what changed since a moment.

https://learn.microsoft.com/rest/api/azure/devops/wit/reporting-work-item-revisions
"""

from __future__ import annotations

from ado_publisher.emulator import areas, wit_view
from ado_publisher.emulator.errors import invalid_argument
from ado_publisher.emulator.store import Json, Row
from ado_publisher.emulator.web import Answer, Request, Route, date

PAGE = 1000
_NAMES = ("System.Id", "System.Rev", "System.ChangedDate", "System.WorkItemType", "System.TeamProject")


def read(request: Request) -> Answer:
    """Return a batch of revisions, where to go on, and whether that is all there is now.

    Each work item is shown as it is now: `includeLatestOnly` has to be asked for.
    """
    project = request.project()
    if not request.flag("includeLatestOnly"):
        raise invalid_argument("The embedded service knows includeLatestOnly=true alone.")
    since = date(request.query.get("startdatetime"), "startDateTime")
    at, number = _place(request.query.get("continuationtoken", ""))
    if since is not None and not at:
        at, number = since.isoformat(), -1
    page = max(1, min(request.count("$maxPageSize", PAGE), PAGE))
    moment = "json_extract(fields, '$.\"System.ChangedDate\"')"
    rows = request.connection.execute(
        f"SELECT *, {moment} AS moment FROM work_items WHERE project_id = ? AND access < ?"  # noqa: S608
        f" AND (julianday({moment}) > julianday(?) OR (julianday({moment}) = julianday(?) AND id > ?))"
        f" ORDER BY julianday({moment}), id LIMIT ?",
        (project.id, areas.HIDDEN, at or "1900-01-01", at or "1900-01-01", number, page + 1),
    ).fetchall()
    here, more = rows[:page], len(rows) > page
    kinds = {kind.strip().lower() for kind in request.query.get("types", "").split(",") if kind.strip()}
    shown = [_shown(request, row) for row in here if not kinds or row["type"].lower() in kinds]
    token = f"{here[-1]['moment']};{here[-1]['id']}" if here else request.query.get("continuationtoken", "")
    link = f"{request.base}/{project.name}/_apis/wit/reporting/workItemRevisions?continuationToken={token}"
    return Answer({"values": shown, "nextLink": link, "continuationToken": token, "isLastBatch": not more})


def _place(token: str) -> tuple[str, int]:
    if not token:
        return "", -1
    at, _, number = token.partition(";")
    if not number.isdigit():
        raise invalid_argument("The continuationToken is not valid.")
    return at, int(number)


def _shown(request: Request, row: Row) -> Json:
    names = [name.strip() for name in request.query.get("fields", "").split(",") if name.strip()]
    found = wit_view.work_item(request, row, names or list(_NAMES))
    return {"id": row["id"], "rev": row["rev"], "fields": found["fields"]}


ROUTES = (Route("GET", "wit/reporting/workItemRevisions", read, "reporting-revisions"),)
