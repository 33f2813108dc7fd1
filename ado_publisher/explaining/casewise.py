"""Why a test case was reached or not: the question asked from the other end. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ado_publisher.explaining.content import CaseExplanation, Explanation, Naming, PointTold
from ado_publisher.explaining.explainer import Explainer
from ado_publisher.explaining.suggesting import choose_points
from ado_publisher.model import Match

_MOST = 20


def explain_case(case_id: int, matches: Sequence[Match], explainer: Explainer) -> CaseExplanation:
    """The case's points in the plans, and every result that names it (the first 20 in full)."""
    points = explainer.narrowing.all.get(case_id, [])
    namings: list[Naming] = []
    reached: set[int] = set()
    named = 0
    for match in matches:
        told = explainer.explain(match, search=False)
        if case_id not in told.ids:
            continue
        named += 1
        mine = tuple(point.id for point in told.reached if point.case_id == case_id)
        reached.update(mine)
        if len(namings) < _MOST:
            namings.append(Naming(match, told.rule, mine, "" if mine else _why(told, case_id)))
    case = next((each for each in explainer.plan.cases if each.id == case_id), None)
    return CaseExplanation(
        id=case_id,
        title=points[0].case_title if points else "",
        automated_test_name=case.automated_test_name if case else "",
        points=tuple(
            PointTold(point, point.id in reached, explainer.plan.excluded.get(point.id, ""))
            for point in points
        ),
        namings=tuple(namings),
        named=named,
        notes=tuple(_notes(case_id, explainer, bool(points), named)),
        suggestion=choose_points(points, explainer.plan) if not reached else "",
    )


def _why(told: Explanation, case_id: int) -> str:
    own = next((case.reason for case in told.cases if case.id == case_id and case.reason), "")
    return own or told.match.reason


def _notes(case_id: int, explainer: Explainer, has_points: bool, named: int) -> list[str]:
    notes = list(explainer.plan.gaps)
    if not has_points:
        notes.append(
            f"test case {case_id} has no test point in {explainer.plan.label}: it is in no suite of it, or "
            "no test case at all (`ado-publisher verify` tells which)"
        )
    if not named:
        notes.append(f"no result names test case {case_id}")
    return notes
