"""Which test points each result reaches. Pure.

Each result ends in exactly one of matched, unmatched, ambiguous, skipped, and the four
add up to what was read. An explicit property beats a rule, a rule beats a marked pattern
in the name, a pattern beats the automated test name.
"""

from __future__ import annotations

from collections.abc import Iterable

from ado_publisher.matching.content import DEFAULT_PATTERNS, DEFAULT_PROPERTIES, MatchRules, PlanView
from ado_publisher.matching.finding import ids_by_names, own_ids
from ado_publisher.matching.narrowing import Narrowing
from ado_publisher.model import Match, Outcome, Status, TestResult, published_as

__all__ = [
    "DEFAULT_PATTERNS",
    "DEFAULT_PROPERTIES",
    "MatchRules",
    "PlanView",
    "match",
    "needs_automated_names",
]


def needs_automated_names(results: Iterable[TestResult], rules: MatchRules) -> bool:
    """Some result that ran has no id from a property, a rule, a binding or a pattern."""
    find = own_ids(rules)
    return any(not left_alone(result, rules) and not find(result).settled for result in results)


def match(results: Iterable[TestResult], plan: PlanView, rules: MatchRules) -> list[Match]:
    """One Match for each result, in the order of the results. Time is linear in results and points."""
    find = own_ids(rules)
    ask_the_plan = ids_by_names(plan, rules)
    narrow = Narrowing(plan, rules)
    matches = []
    for result in results:
        outcome = published_as(result.outcome, result.test_type, rules.outcomes)
        if left_alone(result, rules):
            matches.append(Match(result, outcome, Status.SKIPPED, reason=_why_skipped(result)))
            continue
        found = find(result)
        if not found.settled:
            found = ask_the_plan(result, found)
        matches.append(narrow.reach(result, outcome, found))
    return matches


def left_alone(result: TestResult, rules: MatchRules) -> bool:
    """The test did not run, and nobody asked to publish that."""
    if rules.publish_skipped:
        return False
    return Outcome.NOT_EXECUTED in (result.outcome, rules.outcomes.get(result.outcome))


def _why_skipped(result: TestResult) -> str:
    if result.outcome is not Outcome.NOT_EXECUTED:
        return f"{result.outcome} is mapped to NotExecuted; its point is left alone"
    said = f": {result.message.splitlines()[0]}" if result.message.strip() else ""
    return f"the test did not run{said}; its point is left alone"
