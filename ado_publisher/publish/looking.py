"""What the service has of what was named: plans, points, and test cases where their names are needed."""

from __future__ import annotations

from collections.abc import Sequence

from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import SettingsError
from ado_publisher.matching import PlanView, needs_automated_names
from ado_publisher.model import TestPlan, TestPoint, TestResult, TestRun
from ado_publisher.publish.choosing import excluded_points
from ado_publisher.publish.plans import choose_plans
from ado_publisher.publish.request import PublishRequest
from ado_publisher.summary import named_plans


def plans_of(request: PublishRequest, session: AdoSession, shared: TestRun | None) -> list[TestPlan]:
    """The plans that were named, or that of the run of many jobs. Raises SettingsError."""
    if shared is None:
        return choose_plans(session, request.project, request.plans)
    if shared.plan_id is None:
        raise SettingsError(f"--run: test run {shared.id} belongs to no test plan; open one with `run open`")
    plans = choose_plans(session, request.project, request.plans or (str(shared.plan_id),))
    if [plan.id for plan in plans] != [shared.plan_id]:
        named = ", ".join(str(plan.id) for plan in plans)
        raise SettingsError(
            f"--run: test run {shared.id} belongs to test plan {shared.plan_id}, not to {named}"
        )
    return plans


def view_of(
    request: PublishRequest, session: AdoSession, plans: Sequence[TestPlan], results: Sequence[TestResult]
) -> PlanView:
    """The plans' points and why some are not chosen; their cases, where a result has no other id."""
    project = request.project
    points: list[TestPoint] = []
    gaps: list[str] = []
    for plan in plans:
        read, unread = testplans.points_and_gaps(session, project, plan)
        points += read
        gaps += [f"test plan {plan.id}: the test points of {gap}" for gap in unread]
    excluded = excluded_points(session, project, plans, points, request.points)
    wanted = plans if points and needs_automated_names(results, request.rules) else ()
    cases = [case for plan in wanted for case in testplans.cases(session, project, plan)]
    synced = frozenset(plan.id for plan in plans if plan.sync_outcome_across_suites)
    return PlanView(named_plans(plans), tuple(points), excluded, tuple(cases), synced, tuple(gaps))
