"""The page of one test run: results, sub-results, messages, attachments, build."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

from ado_publisher.emulator import run_rows
from ado_publisher.emulator.html_base import answer, cells, link, outcome, table
from ado_publisher.emulator.store import Row, loads
from ado_publisher.emulator.web import Answer, Request

MAX_RESULTS = 1000
_HEADS = ("Result", "Test", "Configuration", "Outcome", "Duration", "Details")


def page(request: Request) -> Answer:
    """Return the page of the run that the query names."""
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.count("runId", 0))
    data = loads(run["data"])
    found = run_rows.statistics(request.connection, run["id"])
    parts = [_facts(request, run, data)]
    parts.append(
        "<p>"
        + " ".join(f"{outcome(item['outcome'], item['state'])} {item['count']}" for item in found)
        + "</p>"
    )
    files = _attachments(request, run["id"])
    if files.get(None):
        parts.append(f"<h2>Attachments</h2><ul>{''.join(files[None])}</ul>")
    subs = {
        row["result_id"]: orjson.loads(row["data"])
        for row in request.connection.execute("SELECT * FROM sub_results WHERE run_id = ?", (run["id"],))
    }
    rows = request.connection.execute(
        "SELECT * FROM results WHERE run_id = ? ORDER BY id LIMIT ?", (run["id"], MAX_RESULTS)
    ).fetchall()
    lines = [_result(row, subs.get(row["id"], []), files.get(row["id"], [])) for row in rows]
    parts.append("<h2>Results</h2>" + table(_HEADS, lines))
    total = run_rows.counts(found)["totalTests"]
    if total > MAX_RESULTS:
        parts.append(f"<p>The first {MAX_RESULTS} of {total} results are shown.</p>")
    return answer(request, f"Run {run['id']} {run['name']}", "".join(parts))


def _facts(request: Request, run: Row, data: dict[str, Any]) -> str:
    project = request.project()
    here = f"{request.base}/{project.name}"
    facts = [("State", escape(run["state"])), ("Project", link(here, project.name))]
    if run["plan_id"] is not None:
        facts.append(("Plan", str(run["plan_id"])))
    if run["build_id"] is not None:
        build = run_rows.build_reference(request, run["build_id"])
        facts.append(("Build", link(f"{here}/_build/results?buildId={build['id']}", build["name"])))
    for key, name in (("startedDate", "Started"), ("completedDate", "Completed"), ("errorMessage", "Error")):
        if data.get(key):
            facts.append((name, escape(str(data[key]))))
    if data.get("comment"):
        facts.append(("Comment", f"<pre>{escape(str(data['comment']))}</pre>"))
    if data.get("tags"):
        facts.append(("Tags", escape(", ".join(str(tag.get("name")) for tag in data["tags"]))))
    return table(("", ""), [cells(name, value) for name, value in facts])


def _attachments(request: Request, run_id: int) -> dict[int | None, list[str]]:
    found: dict[int | None, list[str]] = {}
    for row in request.connection.execute(
        "SELECT result_id, name, type, size FROM attachments WHERE run_id = ? ORDER BY id", (run_id,)
    ):
        kind = f"{row['size']} bytes, {escape(row['type'])}"
        text = f'<li>{escape(row["name"])} <span class="q">{kind}</span></li>'
        found.setdefault(row["result_id"], []).append(text)
    return found


def _result(row: Row, subs: list[dict[str, Any]], files: list[str]) -> str:
    data = loads(row["data"])
    details = "".join(
        f"<pre>{escape(str(data[key]))}</pre>"
        for key in ("errorMessage", "stackTrace", "comment")
        if data.get(key)
    )
    if subs:
        details += _sub_results(subs)
    if files:
        details += f"<ul>{''.join(files)}</ul>"
    title = escape(data.get("testCaseTitle") or data.get("automatedTestName") or "")
    case = f"{row['case_id']} " if row["case_id"] else ""
    name = data.get("automatedTestName")
    if name and name != data.get("testCaseTitle"):
        title += f'<br><span class="q">{escape(name)}</span>'
    duration = data.get("durationInMs")
    return cells(
        str(row["id"]),
        case + title,
        escape((data.get("configuration") or {}).get("name") or ""),
        outcome(row["outcome"], row["state"]),
        f"{duration / 1000:.2f} s" if duration else "",
        details,
    )


def _sub_results(items: list[dict[str, Any]]) -> str:
    lines = []
    for item in items:
        message = f"<pre>{escape(item['errorMessage'])}</pre>" if item.get("errorMessage") else ""
        below = _sub_results(item["subResults"]) if item.get("subResults") else ""
        lines.append(f"<li>{outcome(item['outcome'])} {escape(item['displayName'])}{message}{below}</li>")
    return f'<ul class="s">{"".join(lines)}</ul>'
