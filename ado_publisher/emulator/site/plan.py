"""The page of a test plan: its suites as a tree, their points with outcome, tester and last run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ado_publisher.emulator.identity import split
from ado_publisher.emulator.point_view import COLUMNS, shown
from ado_publisher.emulator.site import figures, project
from ado_publisher.emulator.site.frame import answer, chips, first_line, here, link, outcome, table, when
from ado_publisher.emulator.store import Row, loads, marks
from ado_publisher.emulator.suite_view import children_of, plan_row, subtree, suite_row, suite_rows
from ado_publisher.emulator.web import Answer, Request

MAX_POINTS = 2000
_KINDS = {"requirementTestSuite": "requirement-based suite", "dynamicTestSuite": "query-based suite"}
_HEADS = ("Test case", "Outcome", "Configuration", "Tester", "Last run", "Build", "When")


def page(request: Request) -> Answer:
    """Return the tree of a plan or of one of its suites; without a plan, the list of plans."""
    plan_id, suite_id = request.count("planId", 0), request.count("suiteId", 0)
    way = [link(request.base, "Projects"), link(here(request), request.project().name)]
    if not plan_id:
        return answer(request, "Test plans", project.plans(request), above=way)
    request.params = {"plan": str(plan_id), "suite": str(suite_id)}
    plan = plan_row(request, request.project())
    rows = suite_rows(request, plan["id"])
    top = suite_row(request, plan) if suite_id else rows[0]
    chosen = subtree(request, plan, top)
    points, more = _points(request, plan, top, chosen)
    tree = _Tree(request, children_of(rows), points, figures.of_suites(request, plan["id"]))
    below = tree.below(top["id"])
    body = f'<p class="t">{tree.counts(top["id"])}</p>'
    if more:
        body += f'<p class="q">Only the first {MAX_POINTS} points are shown; open a suite for its own.</p>'
    if points.get(top["id"]) or not below:
        body += _table(request, points.get(top["id"], []))
    way.append(link(here(request, "_testPlans"), "Test plans"))
    if suite_id and suite_id != plan["root_suite_id"]:
        way.append(link(here(request, "_testPlans", "execute", planId=plan_id), plan["name"]))
        return answer(request, f"Suite {top['id']}: {top['name']}", body + below, above=way)
    return answer(request, f"Plan {plan['id']}: {plan['name']}", body + below, above=way)


def _points(
    request: Request, plan: Row, top: Row, suites: Sequence[int]
) -> tuple[dict[int, list[Row]], bool]:
    """Return the points of the suites by suite, and whether there are more than are shown."""
    where, values = f"p.suite_id IN ({marks(len(suites))})", list(suites)
    if top["parent_id"] is None:
        where, values = "p.plan_id = ?", [plan["id"]]
    rows = request.connection.execute(
        f"{COLUMNS} WHERE {where} ORDER BY p.id LIMIT ?", (*values, MAX_POINTS + 1)
    ).fetchall()
    found: dict[int, list[Row]] = {}
    for row in rows[:MAX_POINTS]:
        found.setdefault(row["suite_id"], []).append(row)
    return found, len(rows) > MAX_POINTS


def _counts(found: figures.Figures, suite_id: int, children: Mapping[int, Sequence[Row]]) -> dict[str, int]:
    """Return the outcomes of a suite's points, those of the suites below it included."""
    total: dict[str, int] = {}
    pending = [suite_id]
    while pending:
        number = pending.pop()
        pending.extend(child["id"] for child in children.get(number, ()))
        for word, count in found.get(number, {}).items():
            total[word] = total.get(word, 0) + count
    return total


@dataclass(frozen=True, slots=True)
class _Tree:
    """What the suites of a plan show."""

    request: Request
    children: Mapping[int, Sequence[Row]]
    points: Mapping[int, list[Row]]
    figures: figures.Figures

    def below(self, suite_id: int) -> str:
        """Return the suites below a suite, each with its points and the suites below it."""
        return "".join(self._suite(child) for child in self.children.get(suite_id, ()))

    def _suite(self, suite: Row) -> str:
        number = suite["id"]
        own = here(self.request, "_testPlans", "execute", planId=suite["plan_id"], suiteId=number)
        counts = self.counts(number)
        inside = _table(self.request, self.points[number]) if number in self.points else ""
        if not inside and self.figures.get(number):
            inside = f"<p>{link(own, 'Show its points')}</p>"
        inside += self.below(number)
        name = f'{link(own, suite["name"])} <span class="q">{_kind(suite)} {number}</span>'
        empty = '<p class="q">No test cases.</p>'
        return f"<details open><summary>{name} {counts}</summary>{inside or empty}</details>"

    def counts(self, suite_id: int) -> str:
        """Return the chips of a suite and of everything below it."""
        return chips(_counts(self.figures, suite_id, self.children))


def _kind(suite: Row) -> str:
    """Return what a suite is, as people call it."""
    return _KINDS.get(loads(suite["data"])["type"], "suite")


def history(request: Request, row: Row) -> str:
    """Return the address of a point's history."""
    return here(request, "_testPlans", "_results", testCaseId=row["case_id"], contextPointId=row["id"])


def _table(request: Request, rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        view = shown(row, request.behaviour("point_while_in_progress"))
        run = (
            link(
                here(
                    request,
                    "_TestManagement",
                    "Runs",
                    runId=view.run_id,
                    _a="resultSummary",
                    resultId=view.result_id,
                ),
                f"Run {view.run_id}",
            )
            if view.run_id
            else ""
        )
        tester = escape(split(row["tester"])[0]) if row["tester"] else ""
        title = f"{row['case_id']} {first_line(row['title'])}"
        own = f'<a href="{escape(history(request, row))}">{title}</a>'
        if not row["active"]:
            own += ' <span class="q">inactive</span>'
        lines.append(
            (
                f'{own} <span class="q">point {row["id"]}</span>',
                outcome(view.outcome),
                escape(row["configuration"]),
                tester,
                run,
                escape(row["build_number"] or "") if view.run_id else "",
                when(row["completed"]) if view.run_id == row["run_id"] else "",
            )
        )
    return table(_HEADS, lines, whole=("Outcome", "Last run", "When"))
