"""One line of what a person can do about a result that reached nothing. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable

from ado_publisher.explaining.content import CaseTold, Explanation
from ado_publisher.explaining.digits import bare_numbers
from ado_publisher.explaining.near import NearMisses
from ado_publisher.matching import MatchRules, PlanView
from ado_publisher.matching.asking import Means
from ado_publisher.matching.narrowing import Wanted
from ado_publisher.model import Exclusion, Outcome, Status, TestPoint, TestResult
from ado_publisher.text import clean

_LONGEST = 200
_CHOOSING: dict[Exclusion, tuple[str, Callable[[TestPoint], str]]] = {
    Exclusion.SUITE: ("--suite", lambda point: str(point.suite_id)),
    Exclusion.CONFIGURATION: ("--configuration", lambda point: point.configuration.name),
    Exclusion.TESTER: ("--tester", lambda point: point.tester or point.tester_name),
}


def suggestion(told: Explanation, plan: PlanView, rules: MatchRules, near: NearMisses) -> str:
    """What would give the result its test points; empty where it has them."""
    match = told.match
    if match.status is Status.MATCHED:
        return ""
    if told.left_alone:
        mapped = match.result.outcome is not Outcome.NOT_EXECUTED
        return "--skipped publish writes NotExecuted to its point" + (
            ", or change the config's statuses" if mapped else ""
        )
    if told.decided is None:
        return _name_it(told, rules, near)
    if not told.ids:
        return _settle(told)
    if told.wanted is not None and told.wanted.conflict:
        return (
            f"correct {told.wanted.said_by or 'those rules'}: one configuration, written as the project does"
        )
    return _reach(told, plan, rules)


def choose_points(points: Iterable[TestPoint], plan: PlanView) -> str:
    """The option that takes points which a choice left out; empty where they were all chosen."""
    for point in points:
        why = plan.excluded.get(point.id)
        if why is Exclusion.INACTIVE:
            return "--inactive-points publish writes to points that are not active"
        if why is not None:
            flag, value = _CHOOSING[why]
            return f"choose its point as well: {flag} {shlex.quote(clean(value(point)))}"
    return ""


def rule_line(result: TestResult, case_id: int | None) -> str:
    """A rule for the config that gives this result a test case, as one line of YAML."""
    return f"- {{when: {{name: {glob_of(result)}}}, ids: [{case_id or 'ID'}]}}"


def glob_of(result: TestResult) -> str:
    """A glob that takes this name and no other, as YAML text."""
    name = clean(result.automated_name)
    if len(name) <= _LONGEST:
        return json.dumps("".join(f"[{each}]" if each in "*?[" else each for each in name))
    start = "".join(f"[{each}]" if each in "*?[" else each for each in name[:_LONGEST])
    return json.dumps(f"{start}*")


def _name_it(told: Explanation, rules: MatchRules, near: NearMisses) -> str:
    result = told.match.result
    wrong = [each.means for each in told.asked if each.wrong]
    if wrong:
        return f"write the number of the test case into its {wrong[0]}, as in 101 or 101, 102"
    if not told.searched:
        return ""
    if other := near.other_property(result):
        own = json.dumps(other[0])
        return f"call the property {other[1]}, or add {own} to the config's test_cases.properties"
    means, case_id = near.likely(result) or (None, None)
    line = f"add to the config under test_cases.rules: {rule_line(result, case_id)}"
    if means is Means.PATTERN:
        number = next(each for each in bare_numbers(result.name) if each.id == case_id)
        patterns = json.dumps([*rules.patterns, number.pattern])
        return (
            f"mark it as [TC{case_id}], or, if all numbers like '{number.shown}' are ids, set in the config "
            f"test_cases: {{patterns: {patterns}}}"
        )
    if means is Means.TITLE and not rules.titles and near.has_title(result):
        return f"set in the config test_cases: {{titles: true}}, or {line}"
    if means is Means.AUTOMATED_NAME:
        name = result.automated_name[:_LONGEST]
        return f"if it is test case {case_id}, set its automated test name to '{name}', or {line}"
    marked = f"give the test the property {rules.properties[0]}, or " if rules.properties else ""
    return f"{marked}{line}" + ("" if case_id else ", with the id of its test case for ID")


def _settle(told: Explanation) -> str:
    if told.decided is Means.TITLE:
        return "give the test an id of its own: a property, or [TC…] in its name"
    return "make one of these rules more specific by one more condition, or give both the same ids"


def _reach(told: Explanation, plan: PlanView, rules: MatchRules) -> str:
    for case in told.cases:
        if not case.points:
            return (
                f"add test case {case.id} to a suite of {plan.label}, "
                "or name the plan that has it with --plan"
            )
        chosen = [each.point for each in case.points if each.point.id not in plan.excluded]
        if not chosen:
            return choose_points((each.point for each in case.points), plan)
        if told.wanted is not None and not any(point.configuration.id in told.wanted.ids for point in chosen):
            return _configure(case, told.wanted, chosen[0])
        if told.match.status is Status.AMBIGUOUS:
            return _narrow(told, chosen, rules)
    return ""


def _configure(case: CaseTold, wanted: Wanted, point: TestPoint) -> str:
    return (
        f"give test case {case.id} the configuration '{wanted.name}' in suite '{point.suite_name}', "
        f"or correct {wanted.said_by}"
    )


def _narrow(told: Explanation, points: list[TestPoint], rules: MatchRules) -> str:
    name = clean(points[0].configuration.name)
    flag = f"--configuration {shlex.quote(name)}"
    if rules.points == "error":
        return f"--suite {points[0].suite_id} or {flag} takes one of them, --points all every one"
    rule = f"{{when: {{name: {glob_of(told.match.result)}}}, configuration: {json.dumps(name)}}}"
    return f"{flag}, or in the config under configurations: - {rule}; --points all writes to every one"
