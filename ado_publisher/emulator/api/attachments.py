"""Attachments of runs, results and sub-results.

https://learn.microsoft.com/rest/api/azure/devops/test/attachments
"""

from __future__ import annotations

import base64
import binascii

import orjson

from ado_publisher.emulator import result_rows, run_rows
from ado_publisher.emulator.api.results import last_id
from ado_publisher.emulator.enums import camel, member
from ado_publisher.emulator.errors import invalid, not_found
from ado_publisher.emulator.store import Json, Row, now
from ado_publisher.emulator.web import Answer, Request, Route, integer, listing, plain_name, text


def _owner(request: Request) -> tuple[Row, int | None, int | None]:
    """Return the run, result id and sub-result id that a path and query name; all are checked."""
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.integer("run"))
    if "result" not in request.params:
        return run, None, None
    result = request.integer("result")
    result_rows.row(request.connection, run["id"], result)
    given = request.query.get("testsubresultid")
    if not given:
        return run, result, None
    number = integer(given, "testSubResultId")
    row = request.connection.execute(
        "SELECT data FROM sub_results WHERE run_id = ? AND result_id = ?", (run["id"], result)
    ).fetchone()
    if row is None or not 0 < number <= last_id(orjson.loads(row["data"])):
        raise not_found(f"Test sub result {number} in test result {result}")
    return run, result, number


def create(request: Request) -> Answer:
    """Store an attachment given as base64 in a JSON body."""
    run, result, sub_result = _owner(request)
    body = request.object_body()
    name = text(body.get("fileName"), "fileName")
    if not name or not name.strip():
        raise invalid("The property fileName is missing or empty.")
    if ":" in name:
        raise invalid(f"The file name '{name[:100]}' is not valid: it contains ':'.")
    stream = text(body.get("stream"), "stream")
    try:
        content = base64.b64decode(stream or "", validate=True)
    except (binascii.Error, ValueError):
        raise invalid("The property stream is not a valid base64 string.") from None
    kind = member("AttachmentType", body.get("attachmentType") or "GeneralAttachment")
    cursor = request.connection.execute(
        "INSERT INTO attachments (run_id, result_id, sub_result_id, name, type, comment, size, created,"
        " content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run["id"],
            result,
            sub_result,
            name,
            kind,
            text(body.get("comment"), "comment") or "",
            len(content),
            now(),
            content,
        ),
    )
    return Answer({"id": cursor.lastrowid, "url": _url(request, run, result, cursor.lastrowid or 0)})


def _url(request: Request, run: Row, result: int | None, number: int) -> str:
    own = run_rows.url(request, request.project(), run["id"])
    return f"{own}/Results/{result}/Attachments/{number}" if result else f"{own}/Attachments/{number}"


def list_attachments(request: Request) -> Answer:
    """List the attachments of a run, a result or a sub-result."""
    run, result, sub_result = _owner(request)
    rows = request.connection.execute(
        "SELECT id, result_id, name, type, comment, size, created FROM attachments WHERE run_id = ?"
        " AND result_id IS ? AND sub_result_id IS ? ORDER BY id",
        (run["id"], result, sub_result),
    ).fetchall()
    return listing([_shown(request, run, row) for row in rows])


def _shown(request: Request, run: Row, row: Row) -> Json:
    return {
        "createdDate": row["created"],
        "url": _url(request, run, row["result_id"], row["id"]),
        "id": row["id"],
        "fileName": row["name"],
        "comment": row["comment"],
        "attachmentType": camel(row["type"]),
        "size": row["size"],
    }


def download(request: Request) -> Answer:
    """Return an attachment's bytes."""
    run, result, _ = _owner(request)
    number = request.integer("attachment")
    row = request.connection.execute(
        "SELECT name, content FROM attachments WHERE id = ? AND run_id = ? AND result_id IS ?",
        (number, run["id"], result),
    ).fetchone()
    if row is None:
        raise not_found(f"Attachment {number}")
    return Answer(
        None,
        200,
        {"Content-Disposition": f'attachment; filename="{plain_name(row["name"])}"'},
        row["content"],
        "application/octet-stream",
    )


_RUN = "test/runs/{run:int}/attachments"
_RESULT = "test/runs/{run:int}/results/{result:int}/attachments"
ROUTES = (
    Route("POST", _RUN, create, "run-attachments"),
    Route("GET", _RUN, list_attachments, "run-attachments"),
    Route("GET", _RUN + "/{attachment:int}", download, "run-attachments"),
    Route("POST", _RESULT, create, "result-attachments"),
    Route("GET", _RESULT, list_attachments, "result-attachments"),
    Route("GET", _RESULT + "/{attachment:int}", download, "result-attachments"),
)
