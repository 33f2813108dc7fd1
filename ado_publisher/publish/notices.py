"""What a person should know of a publish beside its results: how the run is linked, and every policy
that can show a point greener than it would be without.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ado_publisher.matching import PlanView
from ado_publisher.publication import PointPlan
from ado_publisher.publish.linking import BuildLink
from ado_publisher.publish.request import PublishRequest

_MOST = 20


def notices(
    request: PublishRequest, link: BuildLink, view: PlanView, points: Sequence[PointPlan]
) -> Iterator[str]:
    """Every notice of the publish, the link first."""
    if link.warning:
        yield link.warning
    elif link.build is None and not request.shared_run:
        yield "The run is made without a link to a build."
    yield from _shared_outcomes(view, points)
    yield from _greener(request, points)


def _shared_outcomes(view: PlanView, points: Sequence[PointPlan]) -> Iterator[str]:
    """A plan that shares outcomes shows them on points that nobody chose as well."""
    written = {each.point.id for each in points}
    shared = {
        (each.point.plan_id, each.point.case_id, each.point.configuration.id)
        for each in points
        if each.point.plan_id in view.synced
    }
    others = sum(
        (point.plan_id, point.case_id, point.configuration.id) in shared and point.id not in written
        for point in view.points
    )
    if others:
        yield (
            f"The test plan shares outcomes across suites: {others} test points in other suites show "
            "these outcomes, too"
        )


def _greener(request: PublishRequest, points: Sequence[PointPlan]) -> Iterator[str]:
    if request.several != "worst":
        greener = [str(each.point.id) for each in points if each.greener]
        named = ", ".join(greener[:_MOST]) + (f" and {len(greener) - _MOST} more" if greener[_MOST:] else "")
        yield (
            f"--several {request.several} shows {len(greener)} test points greener than their worst result"
            + (f": {named}" if greener else "")
        )
    if request.rules.publish_skipped:
        yield "--skipped publish shows NotExecuted on points whose tests did not run, whatever stood there"
    for said, shown in request.rules.outcomes.items():
        if shown.severity > said.severity and said.counts_as_failed and not shown.counts_as_failed:
            yield f"The config's statuses show {said} as {shown}."
