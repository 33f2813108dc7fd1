"""The page of a test point: what it shows now, and every result that was written to it."""

from __future__ import annotations

from html import escape

from ado_publisher.emulator.errors import not_found
from ado_publisher.emulator.identity import split
from ado_publisher.emulator.point_view import COLUMNS, shown
from ado_publisher.emulator.site.frame import (
    address,
    answer,
    duration,
    facts,
    first_line,
    here,
    link,
    outcome,
    standing,
    table,
    when,
)
from ado_publisher.emulator.store import Row, loads
from ado_publisher.emulator.web import Answer, Request

MAX_RESULTS = 500
_HEADS = ("Result", "Outcome", "Run", "Build", "Written", "Duration", "Message")


def page(request: Request) -> Answer:
    """Return the history of the point that `contextPointId` names, or a list of a case's points."""
    number = request.count("contextPointId", 0)
    if not number:
        return _of_case(request)
    row = request.connection.execute(
        f"{COLUMNS} WHERE p.id = ? AND n.project_id = ?", (number, request.project().id)
    ).fetchone()
    if row is None:
        raise not_found(f"Test point {number}")
    results, twins = _results(request, row)
    body = _now(request, row)
    lines = [_line(request, item, row) for item in results[:MAX_RESULTS]]
    body += (
        f"<h2>History</h2>{table(_HEADS, lines, whole=('Result', 'Outcome', 'Build', 'Written', 'Duration'))}"
    )
    if twins:
        body += (
            '<p class="q">The plan shows one outcome across its suites: results of the same case and '
            "configuration in other suites are listed as well.</p>"
        )
    if len(results) > MAX_RESULTS:
        body += f'<p class="q">Only the newest {MAX_RESULTS} results are shown.</p>'
    plan = link(here(request, "_testPlans", "execute", planId=row["plan_id"]), row["plan"])
    suite = link(
        here(request, "_testPlans", "execute", planId=row["plan_id"], suiteId=row["suite_id"]), row["suite"]
    )
    way = (link(request.base, "Projects"), link(here(request), request.project().name), plan, suite)
    return answer(request, f"{row['case_id']} {row['title']}", body, above=way)


def _now(request: Request, row: Row) -> str:
    view = shown(row, request.behaviour("point_while_in_progress"))
    state = escape(view.state) + ("" if row["active"] else ", inactive")
    return facts(
        (
            ("Outcome", outcome(view.outcome)),
            ("State", state),
            ("Point", str(row["id"])),
            ("Test case", link(address(request, "_workitems", "edit", row["case_id"]), str(row["case_id"]))),
            ("Configuration", escape(row["configuration"])),
            ("Tester", escape(split(row["tester"])[0]) if row["tester"] else ""),
            ("Last build", escape(row["build_number"] or "")),
            ("Reset to active", when(row["reset"])),
        )
    )


def _results(request: Request, row: Row) -> tuple[list[Row], bool]:
    """Return the results that reached a point, newest first, and whether some are of its twins."""
    plan = request.connection.execute(
        "SELECT sync_outcome FROM plans WHERE id = ?", (row["plan_id"],)
    ).fetchone()
    points = [row["id"]]
    if plan["sync_outcome"]:
        points = [
            item["id"]
            for item in request.connection.execute(
                "SELECT id FROM points WHERE plan_id = ? AND case_id = ? AND configuration_id = ?",
                (row["plan_id"], row["case_id"], row["configuration_id"]),
            )
        ]
    found = request.connection.execute(
        "SELECT r.*, n.name AS run, n.build_id, b.number AS build FROM results r"  # noqa: S608
        " JOIN runs n ON n.id = r.run_id LEFT JOIN builds b ON b.id = n.build_id"
        f" WHERE r.point_id IN ({','.join('?' * len(points))})"
        " ORDER BY json_extract(r.data, '$.lastUpdatedDate') DESC, r.run_id DESC, r.id DESC LIMIT ?",
        (*points, MAX_RESULTS + 1),
    ).fetchall()
    return found, any(item["point_id"] != row["id"] for item in found)


def _line(request: Request, item: Row, point: Row) -> tuple[str, ...]:
    data = loads(item["data"])
    own = here(
        request, "_TestManagement", "Runs", runId=item["run_id"], _a="resultSummary", resultId=item["id"]
    )
    run = here(request, "_TestManagement", "Runs", runId=item["run_id"], _a="runCharts")
    build = (
        link(here(request, "_build", "results", buildId=item["build_id"]), item["build"] or "")
        if item["build_id"]
        else ""
    )
    last = (item["run_id"], item["id"]) == (point["run_id"], point["result_id"])
    return (
        link(own, str(item["id"])) + (' <span class="q">shown on the point</span>' if last else ""),
        outcome(standing(item["outcome"], item["state"])),
        link(run, f"{item['run_id']} {item['run']}"),
        build,
        when(data.get("lastUpdatedDate")),
        duration(data.get("durationInMs")),
        first_line(data.get("errorMessage") or data.get("comment")),
    )


def _of_case(request: Request) -> Answer:
    case = request.count("testCaseId", 0)
    rows = request.connection.execute(
        f"{COLUMNS} WHERE p.case_id = ? AND n.project_id = ? ORDER BY p.id", (case, request.project().id)
    ).fetchall()
    if not rows:
        raise not_found(f"Test case {case}")
    way = (link(request.base, "Projects"), link(here(request), request.project().name))
    return answer(request, f"{case} {rows[0]['title']}", points(request, rows), above=way)


def points(request: Request, rows: list[Row]) -> str:
    """Return the table of a case's points, wherever it stands."""
    lines = [
        (
            link(
                here(request, "_testPlans", "_results", testCaseId=row["case_id"], contextPointId=row["id"]),
                f"Point {row['id']}",
            ),
            outcome(shown(row, request.behaviour("point_while_in_progress")).outcome),
            link(here(request, "_testPlans", "execute", planId=row["plan_id"]), row["plan"]),
            escape(row["suite"]),
            escape(row["configuration"]),
        )
        for row in rows
    ]
    return table(("Point", "Outcome", "Plan", "Suite", "Configuration"), lines)
