"""The small web page: what the organization holds, and where the links of runs lead.

Everything is escaped, nothing is scripted.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ado_publisher.emulator import html_run
from ado_publisher.emulator.errors import NotEmulatedError
from ado_publisher.emulator.html_base import answer, cells, link, outcome, table
from ado_publisher.emulator.point_view import shown
from ado_publisher.emulator.store import Row
from ado_publisher.emulator.web import Answer, Request

MAX_POINTS = 2000


def page(request: Request, scope: Sequence[str]) -> Answer:
    """Return the page of a path outside of `_apis`."""
    steps = [step.lower() for step in scope]
    if not steps:
        return _home(request)
    if len(steps) == 1:
        return _project(request)
    if steps[1] == "_testmanagement" and steps[2:] == ["runs"] and request.query.get("runid"):
        return html_run.page(request)
    if steps[1] in ("_testmanagement", "_testplans") or steps[1:] == ["_testplans", "execute"]:
        return _project(request)
    if steps[1:] == ["_build", "results"] and request.query.get("buildid"):
        return _build(request)
    raise NotEmulatedError


def _home(request: Request) -> Answer:
    rows = request.connection.execute("SELECT name, data FROM projects ORDER BY name").fetchall()
    links = [link(f"{request.base}/{row['name']}", row["name"]) for row in rows]
    items = "".join(f"<li>{item}</li>" for item in links)
    about = (
        f"<p>API base address: <code>{escape(request.base)}</code>, behaving as "
        f"<code>{escape(request.settings.server)}</code>.</p>"
    )
    return answer(request, "Projects", f"<ul>{items}</ul>{about}")


def _project(request: Request) -> Answer:
    project = request.project()
    runs = request.connection.execute(
        "SELECT * FROM runs WHERE project_id = ? ORDER BY id DESC LIMIT 50", (project.id,)
    ).fetchall()
    plans = request.connection.execute(
        "SELECT * FROM plans WHERE project_id = ? ORDER BY id", (project.id,)
    ).fetchall()
    here = f"{request.base}/{project.name}"
    lines = [
        cells(
            link(f"{here}/_TestManagement/Runs?runId={run['id']}", f"{run['id']} {run['name']}"),
            escape(run["state"]),
            escape(run["updated"]),
        )
        for run in runs
    ]
    body = "<h2>Runs</h2>" + (
        table(("Run", "State", "Last change"), lines) if lines else "<p>No run yet.</p>"
    )
    body += "".join(_plan(request, plan) for plan in plans)
    return answer(request, project.name, body)


def _plan(request: Request, plan: Row) -> str:
    rows = request.connection.execute(
        "SELECT p.*, s.name AS suite, w.title, c.name AS configuration FROM points p"
        " JOIN suites s ON s.id = p.suite_id JOIN work_items w ON w.id = p.case_id"
        " JOIN configurations c ON c.project_id = ? AND c.id = p.configuration_id"
        " WHERE p.plan_id = ? ORDER BY p.id LIMIT ?",
        (plan["project_id"], plan["id"], MAX_POINTS + 1),
    ).fetchall()
    here = f"{request.base}/{request.project().name}/_TestManagement/Runs?runId="
    lines = []
    for row in rows[:MAX_POINTS]:
        view = shown(row, request.behaviour("point_while_in_progress"))
        run = link(f"{here}{view.run_id}", str(view.run_id)) if view.run_id else ""
        lines.append(
            cells(
                str(row["id"]),
                escape(row["suite"]),
                f"{row['case_id']} {escape(row['title'])}",
                escape(row["configuration"]),
                outcome(view.outcome, "Active"),
                run,
                escape(row["build_number"] or ""),
            )
        )
    more = f"<p>Only the first {MAX_POINTS} points are shown.</p>" if len(rows) > MAX_POINTS else ""
    heads = ("Point", "Suite", "Test case", "Configuration", "Outcome", "Run", "Build")
    return f"<h2>Plan {plan['id']} {escape(plan['name'])}</h2>" + table(heads, lines) + more


def _build(request: Request) -> Answer:
    project = request.project()
    number = request.count("buildId", 0)
    row = request.connection.execute(
        "SELECT * FROM builds WHERE id = ? AND project_id = ?", (number, project.id)
    ).fetchone()
    if row is None:
        raise NotEmulatedError
    runs = request.connection.execute(
        "SELECT id, name, state FROM runs WHERE build_id = ?", (number,)
    ).fetchall()
    here = f"{request.base}/{project.name}/_TestManagement/Runs?runId="
    lines = [
        cells(link(f"{here}{run['id']}", f"{run['id']} {run['name']}"), escape(run["state"])) for run in runs
    ]
    body = f"<p>{escape(row['status'])}, branch {escape(row['branch'] or '')}</p><h2>Test runs</h2>"
    return answer(request, f"Build {row['number']}", body + table(("Run", "State"), lines))
