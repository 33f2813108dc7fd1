"""Which test points each result reaches. Pure.

Each result ends in exactly one of matched, unmatched, ambiguous, skipped, and the four
add up to what was read. An explicit property beats a rule, a rule beats a marked pattern
in the name, a pattern beats the automated test name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ado_publisher.model import Match, Outcome, Status, TestCase, TestPoint, TestResult, published_as
from ado_publisher.rules import CaseRule, ConfigurationRule, decider

DEFAULT_PROPERTIES = ("test_case_id", "TestCaseId", "testcase", "test_id")
DEFAULT_PATTERNS = (r"\bTC[-_ ]?(\d+)\b", r"@tc:(\d+)\b")
_TAG_PROPERTIES = ("tag", "tags")
# A work item id is a 32-bit integer in the service's own models (testPlan-7.1 Swagger).
_LARGEST_ID = 2**31 - 1
_EXPLICIT_ID = re.compile(r"\s*(?:#|@tc:|TC[-_ ]?)?(\d+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MatchRules:
    """How ids are found and how points are narrowed.

    `outcomes` maps what a report says to what is published; `published_as` says what becomes of
    an outcome that is not in it. `points` is auto, first, all or error.
    """

    properties: tuple[str, ...] = DEFAULT_PROPERTIES
    patterns: tuple[str, ...] = DEFAULT_PATTERNS
    cases: tuple[CaseRule, ...] = ()
    configurations: tuple[ConfigurationRule, ...] = ()
    outcomes: Mapping[Outcome, Outcome] = field(default_factory=dict)
    points: str = "auto"
    publish_skipped: bool = False


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan as matching sees it: every point, which of them were chosen, and how to name the choice."""

    label: str
    points: tuple[TestPoint, ...]
    chosen: frozenset[int]
    cases: tuple[TestCase, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Some points of the plan were not chosen."""
        return len(self.chosen) < len(self.points)


@dataclass(frozen=True, slots=True)
class _Found:
    ids: tuple[int, ...] = ()
    rule: str = ""
    conflict: str = ""
    problems: tuple[str, ...] = ()


Finder = Callable[[TestResult], _Found]


def needs_automated_names(results: Iterable[TestResult], rules: MatchRules) -> bool:
    """Some result that ran has no id from a property, a rule or a pattern."""
    find = _id_finder(rules)
    return any(
        not found.ids and not found.conflict
        for result in results
        if not _left_alone(result, rules)
        for found in (find(result),)
    )


def match(results: Iterable[TestResult], plan: PlanView, rules: MatchRules) -> list[Match]:
    """One Match for each result, in the order of the results. Time is linear in results and points."""
    find = _id_finder(rules)
    by_name = _cases_by_automated_name(plan.cases)
    narrow = _Narrowing(plan, rules)
    matches = []
    for result in results:
        outcome = published_as(result.outcome, result.test_type, rules.outcomes)
        if _left_alone(result, rules):
            matches.append(Match(result, outcome, Status.SKIPPED, reason=_why_skipped(result)))
            continue
        found = find(result)
        if not found.ids and not found.conflict:
            found = _by_automated_name(result, by_name, found)
        matches.append(narrow.reach(result, outcome, found))
    return matches


def _left_alone(result: TestResult, rules: MatchRules) -> bool:
    if rules.publish_skipped:
        return False
    return Outcome.NOT_EXECUTED in (result.outcome, rules.outcomes.get(result.outcome))


def _why_skipped(result: TestResult) -> str:
    if result.outcome is not Outcome.NOT_EXECUTED:
        return f"{result.outcome} is mapped to NotExecuted; its point is left alone"
    said = f": {result.message.splitlines()[0]}" if result.message.strip() else ""
    return f"the test did not run{said}; its point is left alone"


def _id_finder(rules: MatchRules) -> Finder:
    names = [name.casefold() for name in rules.properties]
    patterns = [re.compile(pattern) for pattern in rules.patterns]
    fitting = decider(rules.cases)

    def find(result: TestResult) -> _Found:
        explicit = _by_property(result, names) or _by_tag(result, patterns)
        if explicit is not None and explicit.ids:
            return explicit
        # What an explicit property got wrong is told, also where something weaker found an id.
        problems = explicit.problems if explicit is not None else ()
        found = _by_rule(fitting(result)) or _by_pattern(result.name, patterns)
        if found is None:
            return _Found(problems=problems)
        return _Found(found.ids, found.rule, found.conflict, (*problems, *found.problems))

    return find


def _by_property(result: TestResult, names: Sequence[str]) -> _Found | None:
    # The test's own property overrides its suites'.
    for properties in (result.properties, result.suite_properties):
        hits = [(key, value) for key, value in properties if key.casefold() in names and value.strip()]
        if hits:
            return _read_ids(hits)
    return None


def _read_ids(hits: Sequence[tuple[str, str]]) -> _Found:
    ids: list[int] = []
    problems: list[str] = []
    for key, value in hits:
        for part in value.split(","):
            if not part.strip():
                continue
            number = _EXPLICIT_ID.fullmatch(part)
            if number is not None and _is_id(number[1]):
                ids.append(int(number[1]))
            else:
                problems.append(f"property {key}: '{part.strip()[:80]}' is not a test case id")
    rule = f"property {hits[0][0]}"
    return _Found(tuple(dict.fromkeys(ids)), rule if ids else "", problems=tuple(problems))


def _by_tag(result: TestResult, patterns: Sequence[re.Pattern[str]]) -> _Found | None:
    for key, value in (*result.properties, *result.suite_properties):
        if key.casefold() in _TAG_PROPERTIES:
            found = _by_pattern(value, patterns)
            if found is not None and found.ids:
                return _Found(found.ids, f"tag {value.strip()[:80]}", problems=found.problems)
    return None


def _by_rule(fitting: Sequence[CaseRule]) -> _Found | None:
    if not fitting:
        return None
    if any(set(rule.ids) != set(fitting[0].ids) for rule in fitting):
        labels = " and ".join(rule.label for rule in fitting)
        return _Found(conflict=f"{labels} have equal rank and name different test cases")
    return _Found(fitting[0].ids, fitting[0].label)


def _by_pattern(text: str, patterns: Sequence[re.Pattern[str]]) -> _Found | None:
    ids: list[int] = []
    problems: list[str] = []
    used = ""
    for pattern in patterns:
        for hit in pattern.finditer(text):
            # Of alternatives (`A(\d+)|B(\d+)`) only one takes part in a hit.
            digits = next(
                (group for group in hit.groups() if group is not None), "" if hit.re.groups else hit[0]
            )
            if digits and _is_id(digits):
                ids.append(int(digits))
                used = used or pattern.pattern
            else:
                problems.append(f"pattern {pattern.pattern}: '{(digits or '')[:80]}' is not a test case id")
    if not ids and not problems:
        return None
    return _Found(tuple(dict.fromkeys(ids)), f"pattern {used}" if ids else "", problems=tuple(problems))


def _is_id(digits: str) -> bool:
    # Length first: int() of thousands of digits is refused by Python, and slow before that.
    return len(digits) <= 10 and digits.isascii() and digits.isdigit() and 0 < int(digits) <= _LARGEST_ID


def _cases_by_automated_name(cases: Iterable[TestCase]) -> dict[str, tuple[int, ...]]:
    by_name: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for case in cases:
        if case.automated_test_name:
            by_name[case.automated_test_name][case.id] = None
    return {name: tuple(ids) for name, ids in by_name.items()}


def _by_automated_name(result: TestResult, by_name: Mapping[str, tuple[int, ...]], found: _Found) -> _Found:
    ids = by_name.get(result.automated_name, ())
    return _Found(ids, "automated test name" if ids else "", problems=found.problems)


class _Narrowing:
    """Points of the plan by case, and the rules that choose among several."""

    def __init__(self, plan: PlanView, rules: MatchRules) -> None:
        self.plan = plan
        self.policy = rules.points
        self.configuration = decider(rules.configurations)
        self.all: defaultdict[int, list[TestPoint]] = defaultdict(list)
        self.chosen: defaultdict[int, list[TestPoint]] = defaultdict(list)
        for point in plan.points:
            self.all[point.case_id].append(point)
            if point.id in plan.chosen:
                self.chosen[point.case_id].append(point)

    def reach(self, result: TestResult, outcome: Outcome, found: _Found) -> Match:
        """The points of the result's cases, or the reason why there are none."""
        if found.conflict:
            return Match(result, outcome, Status.AMBIGUOUS, reason=found.conflict, problems=found.problems)
        if not found.ids:
            reason = "; ".join(found.problems) or self._no_id(result)
            return Match(result, outcome, Status.UNMATCHED, reason=reason)
        rules = self.configuration(result)
        if len({rule.configuration.casefold() for rule in rules}) > 1:
            labels = " and ".join(f"{rule.label} ({rule.configuration})" for rule in rules)
            reason = f"{labels} have equal rank and name different configurations"
            return Match(result, outcome, Status.AMBIGUOUS, rule=found.rule, reason=reason)
        return self._reach_ids(result, outcome, found, rules[0] if rules else None)

    def _reach_ids(
        self, result: TestResult, outcome: Outcome, found: _Found, rule: ConfigurationRule | None
    ) -> Match:
        reached: dict[int, TestPoint] = {}
        missing: list[str] = []
        ambiguous: list[str] = []
        for case_id in found.ids:
            points, problem, undecided = self._points_of(case_id, rule)
            reached.update((point.id, point) for point in points)
            if problem:
                (ambiguous if undecided else missing).append(problem)
        if reached:
            told = (*found.problems, *missing, *ambiguous)
            return Match(result, outcome, Status.MATCHED, tuple(reached.values()), found.rule, problems=told)
        status = Status.AMBIGUOUS if ambiguous else Status.UNMATCHED
        if not ambiguous and all(self._left_out(case_id) for case_id in found.ids):
            status = Status.SKIPPED
        reason = "; ".join((*ambiguous, *missing))
        return Match(result, outcome, status, rule=found.rule, reason=reason, problems=found.problems)

    def _points_of(self, case_id: int, rule: ConfigurationRule | None) -> tuple[list[TestPoint], str, bool]:
        points = self.chosen.get(case_id, [])
        if not points:
            return [], self._why_no_point(case_id), False
        if rule is not None:
            fitting = [point for point in points if _is_configuration(point, rule.configuration)]
            if not fitting:
                has = _configuration_names(points)
                return (
                    [],
                    (
                        f"test case {case_id} has no point with configuration '{rule.configuration}' "
                        f"({rule.label}); it has {has}"
                    ),
                    False,
                )
            points = fitting
        if len(points) == 1 or self.policy == "all":
            return points, "", False
        if self.policy == "first":
            return points[:1], "", False
        if self.policy == "error":
            return [], f"test case {case_id} has {len(points)} points: {_point_names(points)}", True
        if len({point.configuration.id for point in points}) > 1:
            return (
                [],
                (
                    f"test case {case_id} has points in several configurations "
                    f"({_configuration_names(points)}) and no rule chooses one; "
                    "add a rule under 'configurations' or choose with --configuration"
                ),
                True,
            )
        return points, "", False

    def _left_out(self, case_id: int) -> bool:
        """The plan has points of the case, and none of them was chosen."""
        return case_id in self.all and case_id not in self.chosen

    def _why_no_point(self, case_id: int) -> str:
        elsewhere = self.all.get(case_id)
        if elsewhere:
            return (
                f"test case {case_id} is in {self.plan.label}, but not in the chosen suites and "
                f"configurations; it has {_point_names(elsewhere)}"
            )
        return f"test case {case_id} has no test point in {self.plan.label}"

    def _no_id(self, result: TestResult) -> str:
        return (
            "no test case id: no property, rule or pattern gives one, and no test case of "
            f"{self.plan.label} has the automated test name '{result.automated_name[:200]}'"
        )


def _is_configuration(point: TestPoint, wanted: str) -> bool:
    return point.configuration.name.casefold() == wanted.casefold() or str(point.configuration.id) == wanted


def _configuration_names(points: Iterable[TestPoint]) -> str:
    return ", ".join(dict.fromkeys(point.configuration.name for point in points))


def _point_names(points: Sequence[TestPoint]) -> str:
    shown = [f"{point.suite_name} / {point.configuration.name}" for point in points[:5]]
    more = f" and {len(points) - 5} more" if len(points) > 5 else ""
    return ", ".join(shown) + more
