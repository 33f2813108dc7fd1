"""The mapping of a whole publish: every result's explanation, one at a time, and what none reached. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ado_publisher.explaining.content import Explanation, Part
from ado_publisher.explaining.explainer import Explainer
from ado_publisher.matching import PlanView
from ado_publisher.model import Match, Status, TestConfiguration, TestPlan, TestPoint


@dataclass(frozen=True, slots=True)
class NotReached:
    """A chosen point that no result reached; `why` tells of the first result that names its case."""

    point: TestPoint
    why: str = ""


@dataclass(frozen=True, slots=True)
class ConfigurationFacts:
    """How many points of the plans are under a configuration, how many of them chosen and reached."""

    configuration: TestConfiguration
    points: int
    chosen: int
    reached: int


class Mapping:
    """What became of every result of a publish, told lazily: nothing is kept but who named which case."""

    def __init__(self, plans: Sequence[TestPlan], matches: Sequence[Match], explainer: Explainer) -> None:
        self.plans = plans
        self.matches = matches
        self.explainer = explainer
        self.plan = explainer.plan
        self._reached = {point.id for match in matches for point in match.points}
        self._named: dict[int, Match] = {}

    def counts(self) -> dict[str, int]:
        """Results by where they ended, and points by whether they were chosen and reached."""
        statuses = Counter(match.status for match in self.matches)
        chosen = sum(point.id not in self.plan.excluded for point in self.plan.points)
        return {
            "read": len(self.matches),
            **{status.value: statuses[status] for status in Status},
            "points": len(self.plan.points),
            "points_chosen": chosen,
            "points_reached": len(self._reached),
            "points_not_reached": points_not_reached(self.plan, self.matches),
        }

    def explanations(self) -> Iterator[Explanation]:
        """Every result in the order in which it was read."""
        return map(self._told, self.matches)

    def of(self, status: Status) -> Iterator[Explanation]:
        """The results that ended there; those first that have near misses."""
        waiting: list[Explanation] = []
        later: list[Match] = []
        for match in self.matches:
            if match.status is not status:
                continue
            told = self._told(match)
            if has_near_misses(told) or not told.searched:
                # Beyond the limit nothing was looked for: those stand last, without being kept.
                if _open(told) and not told.searched:
                    later.append(match)
                else:
                    yield told
            else:
                waiting.append(told)
        yield from waiting
        for match in later:
            yield self.explainer.explain(match, search=False)

    def not_reached(self) -> Iterator[NotReached]:
        """The chosen points that no result reached; to be asked when every result has been told."""
        for point in self.plan.points:
            if point.id not in self._reached and point.id not in self.plan.excluded:
                yield NotReached(point, _why(self._named.get(point.case_id)))

    def configurations(self) -> list[ConfigurationFacts]:
        """The configurations of the plans' points, by name."""
        known = {point.configuration.id: point.configuration for point in self.plan.points}
        counts: Counter[tuple[int, str]] = Counter()
        for point in self.plan.points:
            own = point.configuration.id
            counts[own, "points"] += 1
            counts[own, "chosen"] += point.id not in self.plan.excluded
            counts[own, "reached"] += point.id in self._reached
        return [
            ConfigurationFacts(
                each, counts[each.id, "points"], counts[each.id, "chosen"], counts[each.id, "reached"]
            )
            for each in sorted(known.values(), key=lambda each: (each.name, each.id))
        ]

    def _told(self, match: Match) -> Explanation:
        told = self.explainer.explain(match)
        for case_id in told.ids:
            self._named.setdefault(case_id, match)
        return told


def points_not_reached(plan: PlanView, matches: Sequence[Match]) -> int:
    """How many chosen points no result reached."""
    reached = {point.id for match in matches for point in match.points}
    return sum(point.id not in reached and point.id not in plan.excluded for point in plan.points)


def has_near_misses(told: Explanation) -> bool:
    """Something came close without deciding."""
    return any(each.notes for each in told.asked if each.part is Part.NOTHING)


def _open(told: Explanation) -> bool:
    return told.decided is None and not told.left_alone


def _why(match: Match | None) -> str:
    if match is None:
        return "no result names its test case"
    name = match.result.name[:200]
    if match.status is Status.MATCHED:
        return f"'{name}' names its test case and reached others of its points"
    return f"'{name}' names its test case and is {match.status}: {match.reason[:300]}"
