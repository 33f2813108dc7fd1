"""What came close to naming a result's test case, means by means. Pure.

The indexes are made when the first result asks for them: most publishes never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from ado_publisher.explaining.digits import bare_numbers
from ado_publisher.explaining.nearness import Nearest, difference, plain
from ado_publisher.explaining.rules import NearRules
from ado_publisher.matching import MatchRules, PlanView
from ado_publisher.matching.asking import Means
from ado_publisher.matching.finding import cases_by_title, folded_title
from ado_publisher.model import TestResult

_LONGEST = 200
_MOST_PROPERTIES = 100


class NearMisses:
    """What of the plan and the rules resembles a result without being it."""

    def __init__(self, plan: PlanView, rules: MatchRules) -> None:
        self._plan = plan
        self._rules = rules
        self._property_names = {plain(name): name for name in rules.properties}
        self._patterns = [re.compile(pattern) for pattern in rules.patterns]

    def notes(self, means: Means, result: TestResult) -> tuple[str, ...]:
        """What came close by that means."""
        search = {
            Means.PROPERTY: self._properties,
            Means.TAG: self._tags,
            Means.RULE: lambda each: self._case_rules.misfits(each),
            Means.BINDING: self._bindings,
            Means.PATTERN: self._numbers,
            Means.AUTOMATED_NAME: self._automated,
            Means.TITLE: self._titles,
        }
        return tuple(search[means](result))

    def configuration_notes(self, result: TestResult) -> tuple[str, ...]:
        """Which rules for configurations came close, and what they miss."""
        return tuple(self._configuration_rules.misfits(result))

    def likely(self, result: TestResult) -> tuple[Means, int] | None:
        """The one test case that the result most probably means, and by what; None where nothing says."""
        for number in bare_numbers(result.name):
            if number.pattern and number.id in self.titles:
                return Means.PATTERN, number.id
        for name in self._names.closest(result.automated_name, 1):
            ids = self._ids_by_name[name]
            return (Means.AUTOMATED_NAME, ids[0]) if len(ids) == 1 else None
        for title in self._titled.closest(result.name, 1):
            titled = self._ids_by_title.get(folded_title(title), ())
            return (Means.TITLE, titled[0]) if len(titled) == 1 else None
        return None

    def has_title(self, result: TestResult) -> bool:
        """One test case of the plans has the result's name as its title."""
        return len(self._ids_by_title.get(folded_title(result.name), ())) == 1

    def other_property(self, result: TestResult) -> tuple[str, str] | None:
        """A property that is spelled almost like one that is asked, and that one."""
        asked = {name.casefold() for name in self._rules.properties}
        for key, value in (*result.properties, *result.suite_properties)[:_MOST_PROPERTIES]:
            wanted = self._property_names.get(plain(key))
            if wanted is not None and key.casefold() not in asked and value.strip():
                return key, wanted
        return None

    @cached_property
    def titles(self) -> Mapping[int, str]:
        """The title of each test case of the plans."""
        return {point.case_id: point.case_title for point in self._plan.points}

    @cached_property
    def _case_rules(self) -> NearRules:
        return NearRules(self._rules.cases)

    @cached_property
    def _configuration_rules(self) -> NearRules:
        return NearRules(self._rules.configurations)

    @cached_property
    def _bound(self) -> Nearest:
        return Nearest(self._rules.bindings)

    @cached_property
    def _ids_by_name(self) -> Mapping[str, list[int]]:
        ids: dict[str, list[int]] = {}
        for case in self._plan.cases:
            if case.automated_test_name:
                ids.setdefault(case.automated_test_name, []).append(case.id)
        return ids

    @cached_property
    def _names(self) -> Nearest:
        return Nearest(self._ids_by_name)

    @cached_property
    def _ids_by_title(self) -> Mapping[str, tuple[int, ...]]:
        return cases_by_title(self._plan.points)

    @cached_property
    def _titled(self) -> Nearest:
        return Nearest(point.case_title for point in self._plan.points)

    def _properties(self, result: TestResult) -> Iterator[str]:
        if other := self.other_property(result):
            value = next(result.values(other[0]), "")
            yield f"property {_short(other[0])} is '{_short(value)}', but {other[1]} is what is asked"

    def _tags(self, result: TestResult) -> Iterator[str]:
        for name in ("tag", "tags"):
            for value in result.values(name):
                if not any(pattern.search(value) for pattern in self._patterns):
                    yield f"{name} '{_short(value)}' fits no pattern"

    def _bindings(self, result: TestResult) -> Iterator[str]:
        for name in self._bound.closest(result.name):
            binding = self._rules.bindings[name]
            ids = ", ".join(map(str, binding.ids)) or "no test case"
            yield f"{binding.label}: '{_short(name)}' is bound to {ids}; {difference(result.name, name)}"

    def _numbers(self, result: TestResult) -> Iterator[str]:
        for number in bare_numbers(result.name):
            known = f"test case {number.id} is in" if number.id in self.titles else "no such test case is in"
            taken = f"; the pattern '{number.pattern}' would take it" if number.pattern else ""
            yield f"'{number.shown}' is no id by itself{taken}; {known} {self._plan.label}"

    def _automated(self, result: TestResult) -> Iterator[str]:
        for name in self._names.closest(result.automated_name):
            ids = ", ".join(map(str, self._ids_by_name[name][:3]))
            yield f"test case {ids} has '{_short(name)}': {difference(result.automated_name, name)}"

    def _titles(self, result: TestResult) -> Iterator[str]:
        exact = self._ids_by_title.get(folded_title(result.name), ())
        if exact and not self._rules.titles:
            ids = ", ".join(map(str, exact[:3]))
            yield f"test case {ids} has this title, and test_cases.titles is not on"
            return
        for title in self._titled.closest(result.name):
            ids = ", ".join(map(str, self._ids_by_title.get(folded_title(title), ())[:3]))
            yield f"test case {ids} has the title '{_short(title)}'"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
