"""Planned points, and results without one, become the runs that are written. Pure but for the date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ado_publisher.drafts import FileDraft, ResultDraft, RunDraft
from ado_publisher.model import TestPlan, TestResult
from ado_publisher.publication import PointPlan
from ado_publisher.publish.linking import BuildLink
from ado_publisher.publish.naming import run_comment, run_name, suite_of, values_of
from ado_publisher.publish.request import PublishRequest


@dataclass(frozen=True, slots=True)
class Part:
    """One result of a run: what it was made of, the plan it is for, and the number it is known by.

    That is its point's id or, without a point, a number below 0.
    """

    draft: ResultDraft
    results: tuple[TestResult, ...]
    plan_id: int | None
    slot: int


@dataclass(frozen=True, slots=True)
class RunPart:
    """A run to be made, and the numbers by which its results are known, in the run's order."""

    draft: RunDraft
    slots: tuple[int, ...]


def planned_parts(points: Sequence[PointPlan]) -> list[Part]:
    """The results for test points."""
    return [
        Part(each.draft, tuple(match.result for match in each.matches), each.point.plan_id, each.point.id)
        for each in points
    ]


def unplanned_parts(results: Sequence[tuple[TestResult, ResultDraft]]) -> list[Part]:
    """The results without a point, numbered -1, -2, …"""
    return [Part(draft, (result,), None, -place) for place, (result, draft) in enumerate(results, 1)]


def run_parts(
    request: PublishRequest,
    plans: Sequence[TestPlan],
    link: BuildLink,
    parts: Sequence[Part],
    files: Sequence[FileDraft],
) -> list[RunPart]:
    """One run for each plan, or one for each plan and suite of the reports, and one without a plan.

    A point belongs to one run only, that of the suite which reached it first: two runs on one
    point would leave the last as its outcome, not the worst. `files` go to the first run.
    """
    groups: dict[tuple[int | None, str], list[Part]] = {}
    for part in parts:
        suite = suite_of(part.results[0]) if request.run_per == "suite" else ""
        groups.setdefault((part.plan_id, suite), []).append(part)
    names = {plan.id: plan.name or f"Test plan {plan.id}" for plan in plans}
    made = [
        RunPart(
            _run_draft(request, names.get(plan_id or 0, ""), plan_id, link, group, suite),
            tuple(part.slot for part in group),
        )
        for (plan_id, suite), group in groups.items()
    ]
    return [replace(each, draft=replace(each.draft, files=tuple(files))) for each in made[:1]] + made[1:]


def _run_draft(
    request: PublishRequest,
    plan_name: str,
    plan_id: int | None,
    link: BuildLink,
    parts: Sequence[Part],
    suite: str,
) -> RunDraft:
    values = values_of(
        (result for part in parts for result in part.results),
        link,
        branch=request.branch,
        job=request.job.job if request.job else request.job_name,
        build_number=request.build_number,
    )
    values["suite"] = suite or values["suite"]
    return RunDraft(
        name=run_name(request.run_name, values, fallback=plan_name or "Tests without a test point"),
        plan_id=plan_id,
        results=tuple(part.draft for part in parts),
        build_id=link.build.id if link.build else None,
        release=request.release,
        job=request.job if link.build else None,
        comment=run_comment(link, request.context),
    )
