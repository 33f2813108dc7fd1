"""The pages of test runs: the list of them, and one run with its figures, results and attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ado_publisher.emulator import releases, run_rows
from ado_publisher.emulator.enums import OUTCOMES
from ado_publisher.emulator.site import files
from ado_publisher.emulator.site.frame import (
    ORDER,
    answer,
    chips,
    counted,
    duration,
    facts,
    first_line,
    here,
    link,
    outcome,
    prose,
    standing,
    table,
    when,
)
from ado_publisher.emulator.store import Row, loads
from ado_publisher.emulator.web import Answer, Request

PAGE = 50
RESULTS = 500
_HEADS = ("Test", "Outcome", "Configuration", "Duration", "Message")


def page(request: Request) -> Answer:
    """Return the page of the run that the query names, or the list of runs."""
    if not request.query.get("runid"):
        return _list(request)
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.count("runId", 0))
    data = loads(run["data"])
    found = counted(run_rows.statistics(request.connection, run["id"]))
    body = _tabs(request, run["id"])
    if request.query.get("_a", "").lower() != "resultquery":
        body += (
            f'<p class="t">{chips(found) or "No results yet."}</p>{_bar(found)}{_facts(request, run, data)}'
        )
        attached = files.of_run(request, run["id"]).get((None, None), [])
        if attached:
            body += f"<h2>Attachments</h2>{files.shown(request, attached)}"
        body += "<h2>Results</h2>"
    body += _results(request, run, found)
    way = (
        link(request.base, "Projects"),
        link(here(request), project.name),
        link(here(request, "_TestManagement", "Runs"), "Runs"),
    )
    return answer(request, f"Run {run['id']}: {run['name']}", body, above=way)


def _list(request: Request) -> Answer:
    number = max(request.count("page", 1), 1)
    found = request.connection.execute(
        "SELECT * FROM runs WHERE project_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",
        (request.project().id, PAGE + 1, (number - 1) * PAGE),
    ).fetchall()
    body = rows(request, found[:PAGE])
    turns = []
    if number > 1:
        turns.append(link(here(request, "_TestManagement", "Runs", page=number - 1), "Newer runs"))
    if len(found) > PAGE:
        turns.append(link(here(request, "_TestManagement", "Runs", page=number + 1), "Older runs"))
    if turns:
        body += f"<p>{' · '.join(turns)}</p>"
    way = (link(request.base, "Projects"), link(here(request), request.project().name))
    return answer(request, "Test runs", body, above=way)


def rows(request: Request, runs: Sequence[Row]) -> str:
    """Return the table of some runs of the project."""
    lines = []
    for run in runs:
        data = loads(run["data"])
        build = run_rows.build_reference(request, run["build_id"]) if run["build_id"] else None
        plan = run["plan_id"]
        found = counted(run_rows.statistics(request.connection, run["id"]))
        lines.append(
            (
                link(
                    here(request, "_TestManagement", "Runs", runId=run["id"], _a="runCharts"),
                    f"{run['id']} {run['name']}",
                ),
                escape(run["state"]),
                f'<span class="t">{chips(found)}</span>',
                link(here(request, "_testPlans", "execute", planId=plan), str(plan)) if plan else "",
                link(here(request, "_build", "results", buildId=build["id"]), build["name"]) if build else "",
                when(data.get("completedDate") or run["updated"]),
            )
        )
    return table(
        ("Run", "State", "Results", "Plan", "Build", "Last change"), lines, whole=("Build", "Last change")
    )


def _tabs(request: Request, run_id: int) -> str:
    now = "resultquery" if request.query.get("_a", "").lower() == "resultquery" else "runcharts"
    pieces = []
    for name, text in (("runCharts", "Run summary"), ("resultQuery", "Test results")):
        own = escape(here(request, "_TestManagement", "Runs", runId=run_id, _a=name))
        mark = ' class="here" aria-current="page"' if name.lower() == now else ""
        pieces.append(f'<a href="{own}"{mark}>{text}</a>')
    return f'<div class="tabs">{"".join(pieces)}</div>'


def _bar(counts: Mapping[str, int]) -> str:
    """Return the outcomes as one bar; SVG attributes carry the widths, as styles inside are refused."""
    total = sum(counts.values())
    if not total:
        return ""
    pieces, left = [], 0.0
    for name in (*ORDER, *sorted(set(counts) - set(ORDER))):
        width = 100 * counts.get(name, 0) / total
        if width:
            pieces.append(f'<rect x="{left:.2f}" width="{width:.2f}" height="10" class="{escape(name)}"/>')
        left += width
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(pieces)}</svg>"
    )


def _facts(request: Request, run: Row, data: dict[str, Any]) -> str:
    project = request.project()
    pairs: list[tuple[str, object]] = [("State", escape(run["state"]))]
    pairs.append(("Kind", "automated" if run["automated"] else "manual"))
    if run["plan_id"] is not None:
        row = request.connection.execute("SELECT name FROM plans WHERE id = ?", (run["plan_id"],)).fetchone()
        own = here(request, "_testPlans", "execute", planId=run["plan_id"])
        pairs.append(("Plan", link(own, f"{run['plan_id']} {row['name'] if row else ''}")))
    if run["build_id"] is not None:
        build = run_rows.build_reference(request, run["build_id"])
        pairs.append(("Build", link(here(request, "_build", "results", buildId=build["id"]), build["name"])))
    release = releases.reference(request, project, data)
    if release is not None:
        text = f"{release['name']} {release.get('environmentName', '')}".strip()
        pairs.append(("Release", link(here(request, "_releaseProgress", releaseId=release["id"]), text)))
    pairs += [
        (name, when(data.get(key)))
        for key, name in (("startedDate", "Started"), ("completedDate", "Completed"))
    ]
    for key, name in (("errorMessage", "Error"), ("comment", "Comment")):
        if data.get(key):
            pairs.append((name, prose(str(data[key]))))
    if data.get("tags"):
        pairs.append(("Tags", escape(", ".join(str(tag.get("name")) for tag in data["tags"]))))
    stage = data.get("pipelineReference")
    if isinstance(stage, dict):
        pairs.append(("Pipeline", escape(_pipeline(stage))))
    return facts(pairs)


def _pipeline(reference: dict[str, Any]) -> str:
    """Return stage, phase and job of a pipeline reference."""
    names = []
    for part, key in (
        ("stageReference", "stageName"),
        ("phaseReference", "phaseName"),
        ("jobReference", "jobName"),
    ):
        item = reference.get(part)
        if isinstance(item, dict) and item.get(key):
            names.append(f"{part.removesuffix('Reference')} {item[key]}")
    return ", ".join(names)


def _results(request: Request, run: Row, counts: Mapping[str, int]) -> str:
    wanted, number = request.query.get("outcome", ""), max(request.count("page", 1), 1)
    where, values = ("", [])
    if wanted:
        where, values = " AND outcome = ? COLLATE NOCASE", [wanted]
    found = request.connection.execute(
        f"SELECT * FROM results WHERE run_id = ?{where} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608
        (run["id"], *values, RESULTS + 1, (number - 1) * RESULTS),
    ).fetchall()
    attached = files.of_run(request, run["id"])
    have = {result for result, _ in attached}
    lines = [_line(request, row, attached=row["id"] in have) for row in found[:RESULTS]]
    choice = _choice(request, run["id"], counts, wanted) if len(counts) > 1 else ""
    turns = []
    more: dict[str, object] = {"outcome": wanted} if wanted else {}
    own = ("_TestManagement", "Runs")
    if number > 1:
        turns.append(
            link(here(request, *own, runId=run["id"], _a="resultQuery", page=number - 1, **more), "Previous")
        )
    if len(found) > RESULTS:
        turns.append(
            link(here(request, *own, runId=run["id"], _a="resultQuery", page=number + 1, **more), "Next")
        )
    return (
        choice
        + table(_HEADS, lines, whole=("Outcome", "Duration"))
        + (f"<p>{' · '.join(turns)}</p>" if turns else "")
    )


def _choice(request: Request, run_id: int, counts: Mapping[str, int], wanted: str) -> str:
    own = ("_TestManagement", "Runs")
    items = [link(here(request, *own, runId=run_id, _a="resultQuery"), "all") if wanted else "all"]
    for name in counts:
        if name not in OUTCOMES:
            continue
        chosen = name.lower() == wanted.lower()
        text = f"{name} ({counts[name]})"
        own_link = link(here(request, *own, runId=run_id, _a="resultQuery", outcome=name), text)
        items.append(escape(text) if chosen else own_link)
    return f'<p class="q">Show: {" · ".join(items)}</p>'


def title(data: Mapping[str, Any]) -> str:
    """Return what a result is called."""
    return str(data.get("testCaseTitle") or data.get("automatedTestName") or "without a title")


def _line(request: Request, row: Row, *, attached: bool) -> tuple[str, ...]:
    data = loads(row["data"])
    own = here(
        request, "_TestManagement", "Runs", runId=row["run_id"], _a="resultSummary", resultId=row["id"]
    )
    case = f"{row['case_id']} " if row["case_id"] else ""
    test = f'{link(own, f"{case}{title(data)}")} <span class="q">result {row["id"]}</span>'
    name = data.get("automatedTestName")
    if name and name != title(data):
        test += f'<br><span class="q">{escape(name)}</span>'
    message = first_line(data.get("errorMessage") or data.get("comment"))
    if attached:
        message += f'{" " if message else ""}<span class="q">has attachments</span>'
    return (
        test,
        outcome(standing(row["outcome"], row["state"])),
        escape(str((data.get("configuration") or {}).get("name") or "")),
        duration(data.get("durationInMs")),
        message,
    )
