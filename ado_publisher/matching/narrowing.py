"""Which points of its test cases a result reaches. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ado_publisher.matching.content import MatchRules, PlanView
from ado_publisher.matching.finding import Found
from ado_publisher.model import Exclusion, Match, Outcome, Status, TestPoint, TestResult
from ado_publisher.rules import ConfigurationRule, decider, every


@dataclass(frozen=True, slots=True)
class Wanted:
    """The test configuration that a result asks for, the ids it has, and who says so.

    `conflict` says why it cannot be told. `ids` is empty for a configuration that no point has.
    """

    name: str = ""
    ids: frozenset[int] = frozenset()
    said_by: str = ""
    conflict: str = ""


class Narrowing:
    """Points of the plans by case, and the rules that choose among several."""

    def __init__(self, plan: PlanView, rules: MatchRules) -> None:
        self.plan = plan
        self.policy = rules.points
        self.all: defaultdict[int, list[TestPoint]] = defaultdict(list)
        self.chosen: defaultdict[int, list[TestPoint]] = defaultdict(list)
        self._rules = decider([rule for rule in rules.configurations if not rule.filter])
        self._filters = every([rule for rule in rules.configurations if rule.filter])
        self._properties = rules.configuration_properties
        self._aliases = rules.aliases
        self._ids: defaultdict[str, set[int]] = defaultdict(set)
        self._folded: defaultdict[str, set[int]] = defaultdict(set)
        for point in plan.points:
            self.all[point.case_id].append(point)
            if point.id not in plan.excluded:
                self.chosen[point.case_id].append(point)
            configuration = point.configuration
            self._ids[configuration.name].add(configuration.id)
            self._folded[configuration.name.casefold()].add(configuration.id)

    def reach(self, result: TestResult, outcome: Outcome, found: Found) -> Match:
        """The points of the result's cases, or the reason why there are none."""
        if found.conflict:
            return Match(result, outcome, Status.AMBIGUOUS, reason=found.conflict, problems=found.problems)
        if not found.ids:
            reason = "; ".join(found.problems) or self._no_id(result)
            return Match(result, outcome, Status.UNMATCHED, reason=reason)
        wanted = self.configuration(result)
        if wanted is not None and wanted.conflict:
            return Match(result, outcome, Status.AMBIGUOUS, rule=found.rule, reason=wanted.conflict)
        return self._reach_ids(result, outcome, found, wanted)

    def configuration(self, result: TestResult) -> Wanted | None:
        """The configuration that the result names itself, or that a rule gives it; None without any."""
        for name in self._properties:
            value = next((text.strip() for text in result.values(name) if text.strip()), "")
            if value:
                return self._wanted(value, f"property {name}")
        rules = self._rules(result)
        if not rules:
            return self._filtered_by(self._filters(result))
        if len({self._meant(rule.configuration).casefold() for rule in rules}) > 1:
            labels = " and ".join(f"{rule.label} ({rule.configuration})" for rule in rules)
            return Wanted(conflict=f"{labels} have equal rank and name different configurations")
        return self._wanted(rules[0].configuration, rules[0].label)

    def _filtered_by(self, rows: Sequence[ConfigurationRule]) -> Wanted | None:
        if not rows:
            return None
        wanted = [self._wanted(row.configuration, row.label) for row in rows]
        return next(
            (each for each in wanted if each.conflict),
            Wanted(
                "' or '".join(dict.fromkeys(each.name for each in wanted)),
                frozenset(number for each in wanted for number in each.ids),
                " and ".join(dict.fromkeys(each.said_by for each in wanted)),
            ),
        )

    def _meant(self, name: str) -> str:
        return self._aliases.get(name.casefold(), name)

    def _wanted(self, said: str, said_by: str) -> Wanted:
        name = self._meant(said)
        ids = self._ids.get(name) or self._folded.get(name.casefold(), set())
        if len(ids) > 1:
            fitting = f"several test configurations that differ in case ({', '.join(map(str, sorted(ids)))})"
            return Wanted(conflict=f"{said_by}: '{name}' fits {fitting}")
        if not ids and name.isascii() and name.isdigit() and len(name) <= 10:
            ids = {int(name)}
        return Wanted(name, frozenset(ids), said_by)

    def _reach_ids(self, result: TestResult, outcome: Outcome, found: Found, wanted: Wanted | None) -> Match:
        reached: dict[int, TestPoint] = {}
        missing: list[str] = []
        ambiguous: list[str] = []
        for case_id in found.ids:
            points, problem, undecided = self.points_of(case_id, wanted)
            reached.update((point.id, point) for point in points)
            if problem:
                (ambiguous if undecided else missing).append(problem)
        if reached:
            told = (*found.problems, *missing, *ambiguous)
            return Match(
                result,
                outcome,
                Status.MATCHED,
                tuple(reached.values()),
                found.rule,
                problems=told,
                lost_ids=self._unknown(found.ids),
            )
        status = Status.AMBIGUOUS if ambiguous else Status.UNMATCHED
        if not ambiguous and all(self._filtered(case_id) for case_id in found.ids):
            status = Status.SKIPPED
        return Match(
            result,
            outcome,
            status,
            rule=found.rule,
            reason="; ".join((*ambiguous, *missing)),
            problems=found.problems,
            lost_ids=self._unknown(found.ids),
        )

    def points_of(self, case_id: int, wanted: Wanted | None) -> tuple[list[TestPoint], str, bool]:
        """The points of one case; else why there are none, and whether it is that nobody can decide."""
        points = self.chosen.get(case_id, [])
        if not points:
            return [], self._why_no_point(case_id), False
        if wanted is not None:
            fitting = [point for point in points if point.configuration.id in wanted.ids]
            if not fitting:
                return (
                    [],
                    f"test case {case_id} has no point with configuration '{wanted.name}' "
                    f"({wanted.said_by}); it has {_configuration_names(points)}",
                    False,
                )
            points = fitting
        if len(points) == 1 or self.policy == "all":
            return points, "", False
        if self.policy == "first":
            return points[:1], "", False
        if self.policy == "error" and not self._one_outcome(points):
            return [], f"test case {case_id} has {len(points)} points: {_point_names(points)}", True
        if len({point.configuration.id for point in points}) > 1:
            return (
                [],
                f"test case {case_id} has points in several configurations "
                f"({_configuration_names(points)}) and no rule chooses one; "
                "add a rule under 'configurations' or choose with --configuration",
                True,
            )
        return points, "", False

    def _one_outcome(self, points: Sequence[TestPoint]) -> bool:
        """The plan itself shows one outcome on all of them: there is nothing to decide."""
        return len({(point.plan_id, point.configuration.id) for point in points}) == 1 and (
            points[0].plan_id in self.plan.synced
        )

    def _unknown(self, ids: Iterable[int]) -> tuple[int, ...]:
        return tuple(case_id for case_id in ids if case_id not in self.all)

    def _filtered(self, case_id: int) -> bool:
        """The plans have points of the case, and a person's choice left out every active one."""
        if case_id not in self.all or case_id in self.chosen:
            return False
        return any(self.plan.excluded[point.id] is not Exclusion.INACTIVE for point in self.all[case_id])

    def _why_no_point(self, case_id: int) -> str:
        elsewhere = self.all.get(case_id)
        if not elsewhere:
            unread = (
                f"; the points of {len(self.plan.gaps)} suites could not be read" if self.plan.gaps else ""
            )
            return f"test case {case_id} has no test point in {self.plan.label}{unread}"
        if not self._filtered(case_id):
            return (
                f"test case {case_id} has only test points that are not active: {_point_names(elsewhere)}; "
                "--inactive-points publish writes to them"
            )
        return (
            f"test case {case_id} is in {self.plan.label}, but not in the chosen "
            f"{_choices(elsewhere, self.plan.excluded)}; it has {_point_names(elsewhere)}"
        )

    def _no_id(self, result: TestResult) -> str:
        return (
            "no test case id: no property, rule or pattern gives one, and no test case of "
            f"{self.plan.label} has the automated test name '{result.automated_name[:200]}'"
        )


def _choices(points: Iterable[TestPoint], excluded: Mapping[int, Exclusion]) -> str:
    nouns = {
        Exclusion.SUITE: "suites",
        Exclusion.CONFIGURATION: "configurations",
        Exclusion.TESTER: "testers",
    }
    named = dict.fromkeys(nouns[excluded[point.id]] for point in points if excluded[point.id] in nouns)
    return " and ".join(sorted(named, key=list(nouns.values()).index))


def _configuration_names(points: Iterable[TestPoint]) -> str:
    return ", ".join(dict.fromkeys(point.configuration.name for point in points))


def _point_names(points: Sequence[TestPoint]) -> str:
    shown = [f"{point.suite_name} / {point.configuration.name}" for point in points[:5]]
    more = f" and {len(points) - 5} more" if len(points) > 5 else ""
    return ", ".join(shown) + more
