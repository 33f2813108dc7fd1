"""The pages of the organization and of a project: what there is, and the way to it."""

from __future__ import annotations

from html import escape

from ado_publisher.emulator.site import figures, run
from ado_publisher.emulator.site.frame import address, answer, chips, here, link, table, when
from ado_publisher.emulator.store import Row
from ado_publisher.emulator.web import Answer, Request

LATEST = 10
MAX_ROWS = 200


def home(request: Request) -> Answer:
    """Return the page that lists the projects."""
    rows = request.connection.execute(
        "SELECT p.name, (SELECT count(*) FROM plans n WHERE n.project_id = p.id) AS plans,"
        " (SELECT count(*) FROM points t JOIN plans n ON n.id = t.plan_id WHERE n.project_id = p.id)"
        " AS points,"
        " (SELECT count(*) FROM runs r WHERE r.project_id = p.id) AS runs FROM projects p ORDER BY p.name"
    ).fetchall()
    lines = [
        (
            link(address(request, row["name"]), row["name"]),
            str(row["plans"]),
            str(row["points"]),
            str(row["runs"]),
        )
        for row in rows
    ]
    about = (
        f'<p class="q">Base address of the API: <code>{escape(request.base)}</code>, behaving as '
        f"<code>{escape(request.settings.server)}</code>.</p>"
    )
    return answer(request, "Projects", table(("Project", "Plans", "Points", "Runs"), lines) + about)


def plans(request: Request) -> str:
    """Return the table of a project's plans with the outcomes of their points."""
    outcomes = figures.of_plans(request)
    rows = request.connection.execute(
        "SELECT id, name FROM plans WHERE project_id = ? ORDER BY id LIMIT ?",
        (request.project().id, MAX_ROWS),
    ).fetchall()
    kinds = _suite_kinds(request)
    return table(
        ("Plan", "Name", "Suites", "Points"),
        [
            (
                str(row["id"]),
                link(here(request, "_testPlans", "execute", planId=row["id"]), row["name"]),
                escape(kinds.get(row["id"], "")),
                f'<span class="t">{chips(outcomes.get(row["id"], {}))}</span>',
            )
            for row in rows
        ],
    )


def _suite_kinds(request: Request) -> dict[int, str]:
    """Return how many suites of each type a plan has, without its root."""
    found: dict[int, list[str]] = {}
    for row in request.connection.execute(
        "SELECT s.plan_id, json_extract(s.data, '$.type') AS type, count(*) AS n FROM suites s"
        " JOIN plans p ON p.id = s.plan_id WHERE p.project_id = ? AND s.parent_id IS NOT NULL"
        " GROUP BY 1, 2 ORDER BY 2 DESC",
        (request.project().id,),
    ):
        word = {"requirementTestSuite": "requirement-based", "dynamicTestSuite": "query-based"}
        found.setdefault(row["plan_id"], []).append(f"{row['n']} {word.get(row['type'], 'static')}")
    return {number: ", ".join(words) for number, words in found.items()}


def page(request: Request) -> Answer:
    """Return the page of a project: plans, latest runs, builds, releases."""
    project = request.project()
    latest = request.connection.execute(
        "SELECT * FROM runs WHERE project_id = ? ORDER BY id DESC LIMIT ?", (project.id, LATEST)
    ).fetchall()
    body = f"<h2>Test plans</h2>{plans(request)}<h2>Latest runs</h2>{run.rows(request, latest)}"
    if len(latest) == LATEST:
        body += f"<p>{link(here(request, '_TestManagement', 'Runs'), 'All runs')}</p>"
    body += f"<h2>Builds</h2>{builds(request, LATEST)}"
    releases = request.connection.execute(
        "SELECT id, name FROM releases WHERE project_id = ? ORDER BY id DESC LIMIT ?", (project.id, LATEST)
    ).fetchall()
    if releases:
        lines = [
            (str(row["id"]), link(here(request, "_releaseProgress", releaseId=row["id"]), row["name"]))
            for row in releases
        ]
        body += f"<h2>Releases</h2>{table(('Release', 'Name'), lines)}"
    return answer(request, project.name, body, above=(link(request.base, "Projects"),))


def builds(request: Request, limit: int) -> str:
    """Return the table of the newest builds."""
    rows: list[Row] = request.connection.execute(
        "SELECT * FROM builds WHERE project_id = ? ORDER BY id DESC LIMIT ?", (request.project().id, limit)
    ).fetchall()
    return table(
        ("Build", "Number", "Status", "Branch", "Finished"),
        [
            (
                str(row["id"]),
                link(here(request, "_build", "results", buildId=row["id"]), row["number"]),
                escape(row["status"]),
                escape(row["branch"] or ""),
                when(row["finish_time"]),
            )
            for row in rows
        ],
    )
