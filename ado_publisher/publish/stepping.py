"""Results of steps: what reports tell of them, laid beside the steps of the test cases that were reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ado_publisher.ado.casesteps import steps_by_case
from ado_publisher.ado.http import AdoSession
from ado_publisher.drafts import Iteration, StepResult
from ado_publisher.errors import ServiceError, Unreachable
from ado_publisher.model import Match, Step
from ado_publisher.publication import SUB_RESULT_MESSAGE_LIMIT, PointPlan, keep_gravest
from ado_publisher.teststeps import CaseStep, paired, steps_of
from ado_publisher.text import cut

# Nobody looks through more; each way through repeats every step.
_MOST_ITERATIONS = 100
_SHOWN = 3


def with_steps(session: AdoSession, points: Sequence[PointPlan]) -> tuple[list[PointPlan], list[str]]:
    """The same points with the results of steps, where report and test case speak of the same ones.

    Gives as well what a person should know of those where they do not. Raises ServiceError when the service
    stays away.
    """
    told = {plan.point.id: found for plan in points if (found := _told(plan.matches))}
    try:
        known = steps_by_case(session, {plan.point.case_id for plan in points if plan.point.id in told})
    except ServiceError as error:
        if isinstance(error, Unreachable):
            raise
        # Outcomes are worth more than steps.
        return list(points), [f"no results of steps are written: {str(error).splitlines()[0]}"]
    left: dict[int, None] = {}
    filled: list[PointPlan] = []
    for plan in points:
        case_id = plan.point.case_id
        iterations, trouble = _iterations(told.get(plan.point.id, ()), known.get(case_id, ()))
        filled.append(
            replace(
                plan,
                draft=replace(plan.draft, iterations=iterations),
                problems=(*plan.problems, *trouble),
            )
            if iterations
            else plan
        )
        if plan.point.id in told and not iterations and known.get(case_id):
            left[case_id] = None
    return filled, list(_notices(left, [each for each in told if each]))


def _told(matches: Sequence[Match]) -> list[tuple[Match, tuple[Step, ...]]]:
    return [(match, steps) for match in matches if (steps := steps_of(match.result))]


def _iterations(
    told: Sequence[tuple[Match, tuple[Step, ...]]], known: Sequence[CaseStep]
) -> tuple[tuple[Iteration, ...], list[str]]:
    pairs = [(match, found) for match, steps in told if (found := paired(steps, known))]
    kept, problems = keep_gravest(
        pairs, lambda pair: pair[0].outcome, "ways through its steps", most=_MOST_ITERATIONS
    )
    return tuple(_iteration(match, steps) for _, (match, steps) in kept), problems


def _iteration(match: Match, steps: Iterable[tuple[str, Step]]) -> Iteration:
    result = match.result
    return Iteration(
        match.outcome,
        tuple(
            StepResult(path, step.outcome, cut(step.message, SUB_RESULT_MESSAGE_LIMIT, "…"), step.duration)
            for path, step in steps
        ),
        result.duration,
        result.started,
        cut(result.message, SUB_RESULT_MESSAGE_LIMIT, "…"),
    )


def _notices(left: Iterable[int], told: Sequence[int]) -> Iterable[str]:
    cases = list(left)
    if cases:
        named = ", ".join(map(str, cases[:_SHOWN])) + (", …" if len(cases) > _SHOWN else "")
        yield (
            f"the steps of the reports are not those of {len(cases)} test cases ({named}): neither their"
            " texts nor their number agree, and no results of steps are written for these"
        )
    if not told:
        yield "--steps publish: the reports tell of no steps"
