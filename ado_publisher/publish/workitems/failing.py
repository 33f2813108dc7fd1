"""The failed results of a publish, where they stand, and the bugs that they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ado_publisher.itemfacts import BugState
from ado_publisher.model import Build, TestRun
from ado_publisher.publication import PointPlan
from ado_publisher.publish.workitems.bugtext import title_of
from ado_publisher.publish.workitems.fingerprint import tag_of
from ado_publisher.summary import Target


@dataclass(frozen=True, slots=True)
class Where:
    """Where failed results stand: by point, the target and its run; the build and branch of all of them."""

    targets: Mapping[int, Target]
    runs: Mapping[int, TestRun]
    build: Build | None = None
    branch: str = ""


@dataclass(slots=True)
class Case:
    """One failed result and what becomes of its bugs."""

    plan: PointPlan
    known: tuple[int, ...]
    tag: str
    title: str
    target: Target | None
    bugs: list[tuple[int | None, BugState, bool]] = field(default_factory=list)


def failures_of(
    points: Iterable[PointPlan], known: Mapping[int, tuple[int, ...]], where: Where
) -> list[Case]:
    """The failed results among the points, as far as they are written; `known` are bugs by point."""
    found = []
    for plan in points:
        target = where.targets.get(plan.point.id)
        if not plan.draft.outcome.counts_as_failed or (target is not None and target.error):
            continue
        draft = plan.draft
        tag = tag_of(draft.automated_test_name, draft.message, draft.stack_trace)
        found.append(Case(plan, known.get(plan.point.id, ()), tag, title_of(draft), target))
    return found
