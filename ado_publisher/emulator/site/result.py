"""The page of one test result: message, stack trace, sub-results at every level, attachments."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import orjson

from ado_publisher.emulator import result_rows, run_rows
from ado_publisher.emulator.identity import split
from ado_publisher.emulator.site import files
from ado_publisher.emulator.site.frame import (
    address,
    answer,
    duration,
    facts,
    here,
    link,
    outcome,
    prose,
    standing,
    when,
)
from ado_publisher.emulator.site.run import title
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.web import Answer, Request

GROUPS = {
    "rerun": "Attempts",
    "dataDriven": "Data rows",
    "orderedTest": "Ordered tests",
    "generic": "Results inside",
    "none": "Results inside",
}
Files = Mapping[tuple[int | None, int | None], list[Row]]


def page(request: Request) -> Answer:
    """Return the page of the result that the query names."""
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.count("runId", 0))
    row = result_rows.row(request.connection, run["id"], request.count("resultId", 0))
    data = loads(row["data"])
    attached = files.of_run(request, run["id"])
    body = _facts(request, run, row, data)
    for key, name in (
        ("comment", "Comment"),
        ("errorMessage", "Error message"),
        ("stackTrace", "Stack trace"),
    ):
        if data.get(key):
            text = (
                prose(str(data[key])) if key == "comment" else _message(data[key], bad=key == "errorMessage")
            )
            body += f"<h2>{name}</h2>{text}"
    subs = _sub_results(request, run["id"], row["id"])
    if subs:
        group = GROUPS.get(data.get("resultGroupType", "none"), GROUPS["none"])
        body += f"<h2>{group}</h2>{_tree(request, subs, row['id'], attached)}"
    body += _iterations(data)
    own = attached.get((row["id"], None), [])
    if own:
        body += f"<h2>Attachments</h2>{files.shown(request, own)}"
    here_run = here(request, "_TestManagement", "Runs", runId=run["id"], _a="runCharts")
    way = (
        link(request.base, "Projects"),
        link(here(request), project.name),
        link(here(request, "_TestManagement", "Runs"), "Runs"),
        link(here_run, f"Run {run['id']}: {run['name']}"),
    )
    return answer(request, f"Result {row['id']}: {title(data)}", body, above=way)


def _message(text: object, *, bad: bool = False) -> str:
    return f"<pre{' class=bad' if bad else ''}>{escape(str(text))}</pre>"


def _facts(request: Request, run: Row, row: Row, data: Mapping[str, Any]) -> str:
    pairs: list[tuple[str, object]] = [("Outcome", outcome(standing(row["outcome"], row["state"])))]
    pairs.append(("State", escape(row["state"])))
    if row["case_id"]:
        own = address(request, "_workitems", "edit", row["case_id"])
        pairs.append(("Test case", link(own, f"{row['case_id']} {data.get('testCaseTitle') or ''}")))
    if row["point_id"]:
        own = here(
            request, "_testPlans", "_results", testCaseId=row["case_id"], contextPointId=row["point_id"]
        )
        pairs.append(("Point", link(own, f"{row['point_id']}, its history")))
    plan, suite = data.get("testPlan") or {}, data.get("testSuite") or {}
    if plan and suite:
        own = here(request, "_testPlans", "execute", planId=plan["id"], suiteId=suite["id"])
        pairs.append(("Plan and suite", link(own, f"{plan['name']}, {suite['name']}")))
    pairs.append(("Configuration", escape(str((data.get("configuration") or {}).get("name") or ""))))
    if run["build_id"] is not None:
        build = run_rows.build_reference(request, run["build_id"])
        pairs.append(("Build", link(here(request, "_build", "results", buildId=build["id"]), build["name"])))
    for key, name in (
        ("automatedTestName", "Automated test"),
        ("automatedTestStorage", "Storage"),
        ("automatedTestType", "Type"),
        ("computerName", "Computer"),
    ):
        pairs.append((name, escape(str(data.get(key) or ""))))
    pairs += [
        ("Duration", duration(data.get("durationInMs"))),
        ("Started", when(data.get("startedDate"))),
        ("Completed", when(data.get("completedDate"))),
        ("Run by", escape(split(data["runBy"])[0]) if data.get("runBy") else ""),
        ("Failure type", escape(str(data["failureType"])) if data.get("failureType") != "None" else ""),
        ("Bugs", _bugs(request, data.get("associatedBugs"))),
        ("Written", f"{when(data.get('lastUpdatedDate'))} (revision {data.get('revision', 1)})"),
    ]
    return facts(pairs)


def _bugs(request: Request, bugs: object) -> str:
    if not isinstance(bugs, list):
        return ""
    ids = [str(bug["id"]) for bug in bugs if isinstance(bug, dict) and bug.get("id")]
    return ", ".join(link(address(request, "_workitems", "edit", number), number) for number in ids)


def _sub_results(request: Request, run_id: int, result_id: int) -> list[Json]:
    found = request.connection.execute(
        "SELECT data FROM sub_results WHERE run_id = ? AND result_id = ?", (run_id, result_id)
    ).fetchone()
    items: list[Json] = orjson.loads(found["data"]) if found else []
    return items


def _tree(request: Request, items: list[Json], result_id: int, attached: Files) -> str:
    pieces = []
    for item in items:
        took = duration(item.get("durationInMs"))
        head = f"{outcome(item['outcome'])} {escape(item['displayName'] or 'without a name')}"
        head += f' <span class="q">{took}</span>' if took else ""
        inside = prose(item["comment"]) if item.get("comment") else ""
        for key in ("errorMessage", "stackTrace"):
            if item.get(key):
                inside += _message(item[key], bad=key == "errorMessage")
        inside += files.shown(request, attached.get((result_id, item["id"]), []))
        if item.get("subResults"):
            inside += _tree(request, item["subResults"], result_id, attached)
        pieces.append(f"<details open><summary>{head}</summary>{inside}</details>")
    return "".join(pieces)


def _iterations(data: Mapping[str, Any]) -> str:
    """Return the iterations of a manual result; they are kept as the client sent them."""
    given = data.get("iterationDetails")
    if not isinstance(given, list) or not given:
        return ""
    lines = "".join(
        f"<li>{outcome(str(item.get('outcome') or 'Unspecified'))} iteration {escape(str(item.get('id')))}"
        f" {escape(str(item.get('comment') or item.get('errorMessage') or ''))}</li>"
        for item in given
        if isinstance(item, dict)
    )
    return f"<h2>Iterations</h2><ul>{lines}</ul>"
