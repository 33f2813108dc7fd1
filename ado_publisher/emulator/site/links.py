"""Pages that links of test management lead to: builds, releases, work items."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from ado_publisher.emulator import releases, wit_view
from ado_publisher.emulator.errors import build_missing, not_found, work_item_missing
from ado_publisher.emulator.point_view import COLUMNS
from ado_publisher.emulator.site import point, run
from ado_publisher.emulator.site.frame import address, answer, facts, here, link, table, when
from ado_publisher.emulator.site.project import MAX_ROWS
from ado_publisher.emulator.site.project import builds as build_table
from ado_publisher.emulator.store import Row, loads
from ado_publisher.emulator.web import MAX_INT, Answer, Request

MAX_RUNS = 200
_RESULT = re.compile(r"vstfs:///TestManagement/TcmResult/(\d{1,10})\.(\d{1,10})")
_SILENT = frozenset({"System.Rev", "System.ChangedDate", "System.ChangedBy", "System.CommentCount"})


def _way(request: Request) -> tuple[str, str]:
    return link(request.base, "Projects"), link(here(request), request.project().name)


def builds(request: Request) -> Answer:
    """Return the list of builds."""
    return answer(request, "Builds", build_table(request, MAX_ROWS), above=_way(request))


def build(request: Request) -> Answer:
    """Return the page of a build with its test runs."""
    number = request.count("buildId", 0)
    row = request.connection.execute(
        "SELECT * FROM builds WHERE id = ? AND project_id = ?", (number, request.project().id)
    ).fetchone()
    if row is None:
        raise build_missing(number)
    data = loads(row["data"])
    result = data.get("result", "succeeded") if row["status"] == "completed" else ""
    body = facts(
        (
            ("Build", str(row["id"])),
            ("Pipeline", escape(data["definition"]["name"])),
            ("Status", escape(row["status"])),
            ("Result", escape(result)),
            ("Branch", escape(row["branch"] or "")),
            ("Commit", escape(data.get("commit") or "")),
            ("Finished", when(row["finish_time"])),
        )
    )
    body += f"<h2>Test runs</h2>{run.rows(request, _runs(request, 'build_id', number))}"
    way = (*_way(request), link(here(request, "_build"), "Builds"))
    return answer(request, f"Build {row['number']}", body, above=way)


def _runs(request: Request, column: str, number: int) -> list[Row]:
    return request.connection.execute(
        f"SELECT * FROM runs WHERE project_id = ? AND {column} = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
        (request.project().id, number, MAX_RUNS),
    ).fetchall()


def release(request: Request) -> Answer:
    """Return the page of a classic release with its stages and test runs."""
    number = request.count("releaseId", 0)
    row = releases.row(request, request.project(), number)
    if row is None:
        raise not_found(f"Release {number}")
    data = loads(row["data"])
    stages = [(str(stage["id"]), escape(stage["name"])) for stage in data["environments"]]
    body = facts((("Release", str(row["id"])), ("Pipeline", escape(data["definition"]["name"]))))
    body += f"<h2>Stages</h2>{table(('Stage', 'Name'), stages)}"
    found = _runs(request, "json_extract(data, '$.release_id')", number)
    body += f"<h2>Test runs</h2>{run.rows(request, found)}"
    return answer(request, row["name"], body, above=_way(request))


def work_item(request: Request, given: str) -> Answer:
    """Return the page of a work item; a test case shows the points it stands on."""
    number = int(given) if given.isascii() and given.isdigit() and int(given) <= MAX_INT else 0
    row = request.connection.execute(
        "SELECT w.*, p.name AS project FROM work_items w JOIN projects p ON p.id = w.project_id"
        " WHERE w.id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise work_item_missing(number)
    request = Request(
        request.method, request.root, request.settings, request.connection, request.query, row["project"]
    )
    fields = loads(row["fields"])
    body = _points(request, row)
    body += f"<h2>Fields</h2>{facts(_shown(fields))}{_relations(request, row)}{_history(request, row)}"
    return answer(request, f"{row['type']} {row['id']}: {row['title']}", body, above=_way(request))


def _shown(fields: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the fields by reference name; HTML in them is shown as text."""
    dates = ("System.CreatedDate", "System.ChangedDate")
    return [
        (name, when(value) if name in dates else escape(str(value)))
        for name, value in sorted(fields.items())
        if value is not None
    ]


def _points(request: Request, row: Row) -> str:
    if row["type"] != "Test Case":
        return ""
    rows = request.connection.execute(
        f"{COLUMNS} WHERE p.case_id = ? ORDER BY p.id LIMIT ?", (row["id"], MAX_ROWS)
    ).fetchall()
    return f"<h2>Test points</h2>{point.points(request, rows)}"


def _relations(request: Request, row: Row) -> str:
    found = wit_view.relations(request, request.connection, row["id"])
    lines = [
        (
            escape(item["rel"]),
            _target(request, item["url"]),
            escape(item["attributes"].get("comment") or ""),
        )
        for item in found[:MAX_ROWS]
    ]
    return f"<h2>Links</h2>{table(('Link', 'Leads to', 'Comment'), lines)}" if lines else ""


def _target(request: Request, url: str) -> str:
    """Return where a relation leads: another work item, a test result, or what its address says."""
    if "/_apis/wit/workItems/" in url:
        number = url.rpartition("/")[2]
        return link(address(request, "_workitems", "edit", number), number)
    found = _RESULT.fullmatch(url)
    if found is None:
        return escape(url)
    own = here(request, "_TestManagement", "Runs", runId=found[1], _a="resultSummary", resultId=found[2])
    return link(own, f"Result {found[2]} of run {found[1]}")


def _history(request: Request, row: Row) -> str:
    """Return the updates of a work item, newest first; one that never changed shows none."""
    found = wit_view.updates(request, row)
    if len(found) < 2:
        return ""
    lines = []
    for item in reversed(found[-MAX_ROWS:]):
        changed = [
            f"{escape(name)}: {escape(_spoken(change.get('oldValue')))} → "
            f"{escape(_spoken(change.get('newValue')))}"
            for name, change in item.get("fields", {}).items()
            if item["id"] > 1 and name not in _SILENT
        ]
        for word, links in item.get("relations", {}).items():
            changed += [
                f"{escape(word)}: {escape(entry['rel'])} {_target(request, entry['url'])}" for entry in links
            ]
        lines.append((str(item["rev"]), when(item["revisedDate"]), "<br>".join(changed)))
    return f"<h2>History</h2>{table(('Revision', 'When', 'Change'), lines)}"


def _spoken(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("displayName")
    return "nothing" if value in (None, "") else str(value)[:200]
