"""Why a result reached its test points, or none. Pure.

Everything is worked out again from the means, one by one, and ends where `match` did; a law in
tests/explaining holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ado_publisher.explaining.content import Asked, CaseTold, Explanation, Part, PointTold
from ado_publisher.explaining.near import NearMisses
from ado_publisher.explaining.suggesting import suggestion
from ado_publisher.matching import MatchRules, PlanView, left_alone
from ado_publisher.matching.asking import Answers, Means, decisive, every_means
from ado_publisher.matching.finding import Found
from ado_publisher.matching.narrowing import Narrowing, Wanted
from ado_publisher.model import Match, Status, TestPoint

SEARCHES = 1_000
_MOST_POINTS = 50
_NO_CASES = "the plan was not asked: every result that ran has an id of its own"


class Explainer:
    """What match went by, made ready to be told of one result after the other.

    `searches` is for how many results that reached nothing near misses are looked for; `left_out` counts
    those that came later.
    """

    def __init__(self, plan: PlanView, rules: MatchRules, searches: int = SEARCHES) -> None:
        self.plan = plan
        self.rules = rules
        self.near = NearMisses(plan, rules)
        self.narrowing = Narrowing(plan, rules)
        self.searches = searches
        self.left_out = 0
        self._searched = 0
        self._ask = every_means(plan, rules)

    def explain(self, match: Match, *, search: bool = True) -> Explanation:
        """Tell of one result; near misses only where it reached nothing, and while `searches` lasts."""
        answers = self._ask(match.result)
        means = decisive(answers)
        found = answers[means] if means is not None else None
        wanted = self.narrowing.configuration(match.result) if found and found.ids else None
        alone = left_alone(match.result, self.rules)
        # A result that has ids is near to nothing else; of an ambiguous one the configuration is missing.
        open_question = means is None or (match.status is Status.AMBIGUOUS and wanted is None)
        searched = search and open_question and not alone and self._may_search()
        told = Explanation(
            match=match,
            asked=tuple(self._asked(match, answers, means, searched=searched)),
            decided=means,
            ids=found.ids if found else (),
            rule=found.rule if found else "",
            wanted=wanted,
            left_alone=alone,
            searched=searched,
        )
        told = self._with_points(told)
        return replace(told, suggestion=suggestion(told, self.plan, self.rules, self.near))

    def _may_search(self) -> bool:
        if self._searched >= self.searches:
            self.left_out += 1
            return False
        self._searched += 1
        return True

    def _asked(self, match: Match, answers: Answers, decided: Means | None, *, searched: bool) -> list[Asked]:
        asked = []
        for means, found in answers.items():
            part = Part.NOTHING
            if means is decided:
                part = Part.DECIDED
            elif found is not None and found.settled:
                part = Part.OVERRULED
            elif means is Means.AUTOMATED_NAME and not self.plan.cases:
                asked.append(Asked(means, Part.NOT_ASKED, notes=(_NO_CASES,)))
                continue
            found = found or Found()
            notes = (*found.problems, *filter(None, (found.conflict,)))
            if searched and decided is None:
                notes += self.near.notes(means, match.result)
            asked.append(Asked(means, part, found.ids, found.rule, notes, wrong=bool(found.problems)))
        return asked

    def _with_points(self, told: Explanation) -> Explanation:
        if not told.ids:
            return told
        wanted = told.wanted
        reached: dict[int, TestPoint] = {}
        cases: list[CaseTold] = []
        points: list[TestPoint]
        for case_id in told.ids:
            if wanted is not None and wanted.conflict:
                points, reason = [], wanted.conflict
            else:
                points, reason, _ = self.narrowing.points_of(case_id, wanted)
            if told.left_alone:
                points, reason = [], told.match.reason
            reached.update((point.id, point) for point in points)
            cases.append(self._case(case_id, points, reason, wanted))
        undecided = (
            told.searched
            and wanted is None
            and any("several configurations" in each.reason for each in cases)
        )
        notes = self.near.configuration_notes(told.match.result) if undecided else ()
        return replace(told, cases=tuple(cases), reached=tuple(reached.values()), configuration_notes=notes)

    def _case(
        self, case_id: int, reached: Sequence[TestPoint], reason: str, wanted: Wanted | None
    ) -> CaseTold:
        everything = self.narrowing.all.get(case_id, [])
        ids = {point.id for point in reached}
        others = [point for point in everything if point.id not in ids]
        others.sort(key=lambda point: point.id in self.plan.excluded)
        shown = [*reached, *others][:_MOST_POINTS]
        points = [
            PointTold(point, point.id in ids, "" if point.id in ids else self._why_not(point, ids, wanted))
            for point in shown
        ]
        policy = self._policy(case_id, len(reached), wanted)
        title = everything[0].case_title if everything else ""
        return CaseTold(case_id, title, tuple(points), len(everything) - len(shown), policy, reason)

    def _why_not(self, point: TestPoint, reached: set[int], wanted: Wanted | None) -> str:
        if point.id in self.plan.excluded:
            return self.plan.excluded[point.id].value
        if wanted is not None and not wanted.conflict and point.configuration.id not in wanted.ids:
            return f"'{wanted.name}' is asked for ({wanted.said_by})"
        return "--points first took another" if reached else ""

    def _policy(self, case_id: int, reached: int, wanted: Wanted | None) -> str:
        """What chose among the points that were left; nothing where one was."""
        fitting = [
            point
            for point in self.narrowing.chosen.get(case_id, [])
            if wanted is None or point.configuration.id in wanted.ids
        ]
        if len(fitting) < 2 or (wanted is not None and wanted.conflict):
            return ""
        return f"--points {self.rules.points} takes {reached} of the {len(fitting)} points that fit"


def explain(match: Match, plan: PlanView, rules: MatchRules) -> Explanation:
    """Why this one result reached its test points, or none."""
    return Explainer(plan, rules).explain(match)
