"""What a publish did, as facts, as JSON and as Markdown. Nothing that was read is missing here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ado_publisher.errors import ReportError
from ado_publisher.itemfacts import ItemFacts
from ado_publisher.model import Build, Match, Outcome, Status, TestPlan, TestRun
from ado_publisher.text import clean

SCHEMA_VERSION = 1
_MOST_ROWS = 200
# C1, and what turns the direction of writing around: a reader would see another text than stands there.
_INVISIBLE = re.compile(r"[\x80-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Write:
    """One kind of request that a publish sends, and how often."""

    method: str
    path: str
    count: int


@dataclass(frozen=True, slots=True)
class Target:
    """A point that a result was written to; None and no configuration for a result without one.

    Ids of runs and results are None as long as they do not exist.
    """

    test_case_id: int | None
    point_id: int | None
    configuration: str
    outcome: Outcome
    run_id: int | None = None
    result_id: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run with so many results; `run` is None as long as it does not exist.

    `slots` are the points of its results or, in a run without a plan, their numbers in `Published.unplanned`.
    """

    name: str
    results: int
    run: TestRun | None = None
    plan_id: int | None = None
    slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """Everything a publish read, decided, wrote and failed to write.

    `targets` are by point; those of results without a point have numbers below 0, which `unplanned`
    gives for the place of a match among the matches.
    """

    matches: tuple[Match, ...]
    targets: Mapping[int, Target] = field(default_factory=dict)
    unplanned: Mapping[int, int] = field(default_factory=dict)
    plans: tuple[TestPlan, ...] = ()
    runs: tuple[RunFacts, ...] = ()
    build: Build | None = None
    points_updated: int = 0
    points_not_reached: int = 0
    requests: int = 0
    attachments_uploaded: int = 0
    attachments_failed: int = 0
    attachments_skipped: int = 0
    report_errors: tuple[ReportError, ...] = ()
    problems: tuple[str, ...] = ()
    refused: int = 0
    notices: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()
    reads: tuple[tuple[str, int], ...] = ()
    dry_run: bool = False
    items: ItemFacts = field(default_factory=ItemFacts)

    def count(self, status: Status) -> int:
        """How many results ended there."""
        return sum(match.status is status for match in self.matches)

    @property
    def planned(self) -> int:
        """How many test points have a result to be written."""
        return sum(facts.results for facts in self.runs if facts.plan_id is not None)

    @property
    def made(self) -> tuple[TestRun, ...]:
        """The runs that exist."""
        return tuple(facts.run for facts in self.runs if facts.run is not None)

    @property
    def outcomes(self) -> Counter[Outcome]:
        """How often the reports said each outcome."""
        return Counter(match.result.outcome for match in self.matches)

    @property
    def failed(self) -> int:
        """Failed, Error, Timeout and Aborted, as the reports say."""
        return sum(match.result.outcome.counts_as_failed for match in self.matches)

    @property
    def passed(self) -> int:
        """Passed, as the reports say."""
        return self.outcomes[Outcome.PASSED]


def with_report_errors(published: Published, errors: Iterable[ReportError]) -> Published:
    """The same facts with the reports that could not be read."""
    return replace(published, report_errors=tuple(errors))


def as_json(published: Published) -> dict[str, object]:
    """The report of `--report-json`; every key is always there."""
    counts: dict[str, int] = {"read": len(published.matches)}
    counts |= {status.value: published.count(status) for status in Status}
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "runs": [_run(facts) for facts in published.runs],
        "counts": counts,
        "points_updated": published.points_updated,
        "points_not_reached": published.points_not_reached,
        "requests": published.requests,
        "results": [
            _result(match, published.targets, published.targets.get(published.unplanned.get(place, 0)))
            for place, match in enumerate(published.matches)
        ],
        "attachments": {
            "uploaded": published.attachments_uploaded,
            "failed": published.attachments_failed,
            "skipped": published.attachments_skipped,
        },
        "problems": [*(str(error) for error in published.report_errors), *published.problems],
        "notices": list(published.notices),
        "work_items": published.items.as_json(),
    }
    if published.dry_run:
        document["writes"] = [
            {"method": write.method, "path": write.path, "count": write.count} for write in published.writes
        ]
    return document


def _run(facts: RunFacts) -> dict[str, object]:
    run = facts.run
    return {
        "id": run.id if run else None,
        "name": facts.name,
        "url": run.url if run else None,
        "state": run.state if run else None,
        "planned": facts.plan_id is not None,
        "plan_id": facts.plan_id,
    }


def _result(match: Match, targets: Mapping[int, Target], unplanned: Target | None) -> dict[str, object]:
    result = match.result
    return {
        "name": clean(result.name),
        "class_name": clean(result.class_name),
        "file": result.file,
        "outcome": result.outcome.value,
        "status": match.status.value,
        "reason": match.reason,
        "rule": match.rule,
        "targets": [
            {
                "test_case_id": target.test_case_id,
                "point_id": target.point_id,
                "configuration": target.configuration,
                "run_id": target.run_id,
                "result_id": target.result_id,
                "outcome": target.outcome.value,
                "error": target.error or None,
            }
            for point in match.points
            if (target := targets.get(point.id)) is not None
        ],
        "unplanned": unplanned
        and {
            "run_id": unplanned.run_id,
            "result_id": unplanned.result_id,
            "outcome": unplanned.outcome.value,
            "error": unplanned.error or None,
        },
        "problems": list(match.problems),
    }


def as_markdown(published: Published) -> str:
    """A job summary: what was written, what was not and why. Every text from outside is escaped."""
    lines = [f"## {headline(published)}", ""]
    for run in published.made:
        lines += [f"[Test run {run.id}]({_link(run.url)}) · {_build(published)}", ""]
    counts = {status.value: published.count(status) for status in Status}
    lines += _table(("read", *counts), [(len(published.matches), *counts.values())])
    if published.points_not_reached:
        lines += [f"{published.points_not_reached} chosen test points have no result.", ""]
    tally = {outcome.value: count for outcome, count in sorted(published.outcomes.items(), key=_gravity)}
    if tally:
        lines += _table(tuple(tally), [tuple(tally.values())])
    for title, status in (("Ambiguous", Status.AMBIGUOUS), ("Unmatched", Status.UNMATCHED)):
        rows = [(m.result.name, m.result.outcome, m.reason) for m in published.matches if m.status is status]
        lines += _section(title, ("test", "outcome", "why"), rows)
    failed = [
        (m.result.name, m.outcome, (m.result.message.strip().splitlines() or [""])[0])
        for m in published.matches
        if m.status is Status.MATCHED and m.result.outcome.counts_as_failed
    ]
    lines += _section("Failed", ("test", "outcome", "message"), failed)
    skipped = [(m.result.name, m.reason) for m in published.matches if m.status is Status.SKIPPED]
    lines += _section("Left alone", ("test", "why"), skipped)
    lines += _section("Work items", ("kind", "id", "what was done"), list(published.items.rows()))
    told = [*(str(error) for error in published.report_errors), *published.problems, *published.notices]
    told += [f"{m.result.name}: {problem}" for m in published.matches for problem in m.problems]
    if told:
        lines += ["### Problems", "", *(f"- {escaped(problem)}" for problem in told[:_MOST_ROWS]), ""]
        lines += _more(len(told))
    return "\n".join(lines)


def headline(published: Published) -> str:
    """One sentence: what now stands in Azure DevOps."""
    plan = f" of {named_plans(published.plans)}" if published.plans else ""
    if published.dry_run:
        return escaped(f"Dry run: {published.planned} test points{plan} would be updated, none was")
    if not published.made:
        return "Nothing was published: no result reached a test point"
    noun = "test point" if published.points_updated == 1 else "test points"
    return escaped(f"{published.points_updated} {noun}{plan} updated by {named_runs(published)}")


def named_plans(plans: Sequence[TestPlan], *, names: bool = True) -> str:
    """`test plan 10 'Release 1'`, or `test plans …` where there are several."""
    told = ", ".join(f"{plan.id} '{plan.name}'" if names else str(plan.id) for plan in plans)
    return f"test plan {told}" if len(plans) == 1 else f"test plans {told}"


def named_runs(published: Published) -> str:
    """`test run 7`, or `test runs 7, 8` where there are several."""
    numbers = ", ".join(str(run.id) for run in published.made)
    return f"test run {numbers}" if len(published.made) == 1 else f"test runs {numbers}"


def escaped(text: object) -> str:
    """On one line, with nothing that Markdown or HTML would take for its own."""
    line = _INVISIBLE.sub("", " ".join(clean(str(text)).split()))[:500]
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~@$:])", lambda hit: f"&#{ord(hit[1])};", line)


def _gravity(entry: tuple[Outcome, int]) -> int:
    return entry[0].severity


def _build(published: Published) -> str:
    if published.build is None:
        return "no build link"
    return f"build {escaped(published.build.number)}"


def _link(url: str) -> str:
    return re.sub(r"[()\s<>]", lambda hit: f"%{ord(hit[0]):02X}", url)


def _table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [_row(head), _row(["---"] * len(head))]
    lines += [_row([escaped(cell) for cell in row]) for row in rows]
    return [*lines, ""]


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    if not rows:
        return []
    return [f"### {title} ({len(rows)})", "", *_table(head, rows[:_MOST_ROWS]), *_more(len(rows))]


def _more(count: int) -> list[str]:
    left = count - _MOST_ROWS
    return [f"{left} more are in the JSON report (`--report-json`).", ""] if left > 0 else []
