"""How many points stand at which outcome, counted in the database."""

from __future__ import annotations

from ado_publisher.emulator.web import Request

Figures = dict[int, dict[str, int]]


def of_plans(request: Request) -> Figures:
    """Return the outcomes of the points of each plan of the project."""
    return _counted(request, "t.plan_id", "p.project_id = ?", request.project().id)


def of_suites(request: Request, plan_id: int) -> Figures:
    """Return the outcomes of the points of each suite of a plan, without those of the suites below."""
    return _counted(request, "t.suite_id", "t.plan_id = ?", plan_id)


def _counted(request: Request, column: str, where: str, value: object) -> Figures:
    busy = "'InProgress'" if request.behaviour("point_while_in_progress") == "in_progress" else "t.outcome"
    found: Figures = {}
    for row in request.connection.execute(
        f"SELECT {column} AS number, CASE WHEN t.busy_run IS NULL THEN t.outcome ELSE {busy} END AS word,"  # noqa: S608
        f" count(*) AS n FROM points t JOIN plans p ON p.id = t.plan_id WHERE {where} GROUP BY number, word",
        (value,),
    ):
        word = "Active" if row["word"] in ("Unspecified", "None") else row["word"]
        counts = found.setdefault(row["number"], {})
        counts[word] = counts.get(word, 0) + row["n"]
    return found
