"""Which test case ids a result has, and what gave them. Pure.

An explicit property beats a rule, a rule beats a binding, that beats a marked pattern in the name, a
pattern beats the automated test name, and that the title.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ado_publisher.matching.content import MatchRules, PlanView
from ado_publisher.model import TestCase, TestPoint, TestResult
from ado_publisher.rules import Binding, CaseRule, decider

_TAG_PROPERTIES = ("tag", "tags")
# A work item id is a 32-bit integer in the service's own models (testPlan-7.1 Swagger).
_LARGEST_ID = 2**31 - 1
_EXPLICIT_ID = re.compile(r"\s*(?:#|@tc:|TC[-_ ]?)?(\d+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """The ids, the rule that gave them, why it cannot be said, and what was wrong on the way."""

    ids: tuple[int, ...] = ()
    rule: str = ""
    conflict: str = ""
    problems: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """There are ids, or a reason why nothing weaker may be asked."""
        return bool(self.ids or self.conflict)


Finder = Callable[[TestResult], Found]


def own_ids(rules: MatchRules) -> Finder:
    """A function that finds the ids a result has by itself: by property, rule, binding or pattern."""
    names = [name.casefold() for name in rules.properties]
    patterns = [re.compile(pattern) for pattern in rules.patterns]
    fitting = decider(rules.cases)

    def find(result: TestResult) -> Found:
        explicit = _by_property(result, names) or _by_tag(result, patterns)
        if explicit is not None and explicit.ids:
            return explicit
        # What an explicit property got wrong is told, also where something weaker found an id.
        problems = explicit.problems if explicit is not None else ()
        found = (
            _by_rule(fitting(result))
            or _by_binding(result, rules.bindings)
            or _by_pattern(result.name, patterns)
        )
        if found is None:
            return Found(problems=problems)
        return Found(found.ids, found.rule, found.conflict, (*problems, *found.problems))

    return find


def ids_by_names(plan: PlanView, rules: MatchRules) -> Callable[[TestResult, Found], Found]:
    """A function that asks the plan's test cases for a result that has no id of its own."""
    by_name = _cases_by_automated_name(plan.cases)
    by_title = _cases_by_title(plan.points) if rules.titles else {}

    def find(result: TestResult, found: Found) -> Found:
        if ids := by_name.get(result.automated_name):
            return Found(ids, "automated test name", problems=found.problems)
        titled = by_title.get(folded_title(result.name), ())
        if len(titled) > 1:
            told = ", ".join(map(str, titled[:8]))
            return Found(
                conflict=f"the title '{result.name[:200]}' fits test cases {told}", problems=found.problems
            )
        return Found(titled, "title" if titled else "", problems=found.problems)

    return find


def folded_title(text: str) -> str:
    """A title as it is compared: case and spacing do not count."""
    return " ".join(text.split()).casefold()


def _by_property(result: TestResult, names: Sequence[str]) -> Found | None:
    # The test's own property overrides its suites'.
    for properties in (result.properties, result.suite_properties):
        hits = [(key, value) for key, value in properties if key.casefold() in names and value.strip()]
        if hits:
            return _read_ids(hits)
    return None


def _read_ids(hits: Sequence[tuple[str, str]]) -> Found:
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
    return Found(tuple(dict.fromkeys(ids)), rule if ids else "", problems=tuple(problems))


def _by_tag(result: TestResult, patterns: Sequence[re.Pattern[str]]) -> Found | None:
    for key, value in (*result.properties, *result.suite_properties):
        if key.casefold() in _TAG_PROPERTIES:
            found = _by_pattern(value, patterns)
            if found is not None and found.ids:
                return Found(found.ids, f"tag {value.strip()[:80]}", problems=found.problems)
    return None


def _by_rule(fitting: Sequence[CaseRule]) -> Found | None:
    if not fitting:
        return None
    if any(set(rule.ids) != set(fitting[0].ids) for rule in fitting):
        labels = " and ".join(rule.label for rule in fitting)
        return Found(conflict=f"{labels} have equal rank and name different test cases")
    return Found(fitting[0].ids, fitting[0].label)


def _by_binding(result: TestResult, bindings: Mapping[str, Binding]) -> Found | None:
    binding = bindings.get(result.name)
    if binding is None:
        return None
    ids, problems = list(binding.ids), list(binding.problems)
    for variable in binding.variables:
        value = next(result.values(variable), None)
        name = f"${{{variable.removeprefix('variable.')}}}"
        if value is None:
            problems.append(f"{binding.label}: the report tells no value of {name}")
        elif (number := _EXPLICIT_ID.fullmatch(value)) is not None and _is_id(number[1]):
            ids.append(int(number[1]))
        else:
            problems.append(f"{binding.label}: {name} is '{value[:80]}', not a test case id")
    return Found(tuple(dict.fromkeys(ids)), binding.label if ids else "", problems=tuple(problems))


def _by_pattern(text: str, patterns: Sequence[re.Pattern[str]]) -> Found | None:
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
    return Found(tuple(dict.fromkeys(ids)), f"pattern {used}" if ids else "", problems=tuple(problems))


def _is_id(digits: str) -> bool:
    # Length first: int() of thousands of digits is refused by Python, and slow before that.
    return len(digits) <= 10 and digits.isascii() and digits.isdigit() and 0 < int(digits) <= _LARGEST_ID


def _cases_by_automated_name(cases: Iterable[TestCase]) -> dict[str, tuple[int, ...]]:
    by_name: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for case in cases:
        if case.automated_test_name:
            by_name[case.automated_test_name][case.id] = None
    return {name: tuple(ids) for name, ids in by_name.items()}


def _cases_by_title(points: Iterable[TestPoint]) -> dict[str, tuple[int, ...]]:
    by_title: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for point in points:
        by_title[folded_title(point.case_title)][point.case_id] = None
    by_title.pop("", None)
    return {title: tuple(ids) for title, ids in by_title.items()}
