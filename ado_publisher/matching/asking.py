"""Every means by which a result may name its test cases, asked one by one. Pure.

`match` stops at the first that answers; here the weaker ones are asked as well, for a person who wants
to know what a match rests on, what it overruled, and what came to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from ado_publisher.matching.content import MatchRules, PlanView
from ado_publisher.matching.finding import (
    Found,
    by_automated_name,
    by_binding,
    by_pattern,
    by_property,
    by_rule,
    by_tag,
    by_title,
    cases_by_automated_name,
    cases_by_title,
)
from ado_publisher.model import TestResult
from ado_publisher.rules import decider


class Means(StrEnum):
    """What may name the test cases of a result, strongest first."""

    PROPERTY = "property"
    TAG = "tag"
    RULE = "rule"
    BINDING = "binding"
    PATTERN = "pattern"
    AUTOMATED_NAME = "automated test name"
    TITLE = "title"


Answers = Mapping[Means, Found | None]
_OWN = (Means.RULE, Means.BINDING, Means.PATTERN)


def every_means(plan: PlanView, rules: MatchRules) -> Callable[[TestResult], Answers]:
    """A function that asks all of them; None for one that has nothing to say of the result."""
    names = [name.casefold() for name in rules.properties]
    patterns = [re.compile(pattern) for pattern in rules.patterns]
    fitting = decider(rules.cases)
    automated = cases_by_automated_name(plan.cases)
    titles = cases_by_title(plan.points) if rules.titles else {}

    def ask(result: TestResult) -> Answers:
        return {
            Means.PROPERTY: by_property(result, names),
            Means.TAG: by_tag(result, patterns),
            Means.RULE: by_rule(fitting(result)),
            Means.BINDING: by_binding(result, rules.bindings),
            Means.PATTERN: by_pattern(result.name, patterns),
            Means.AUTOMATED_NAME: by_automated_name(result, automated),
            Means.TITLE: by_title(result, titles),
        }

    return ask


def decisive(answers: Answers) -> Means | None:
    """The means that `match` goes by; None where none of them settles it.

    A property that gives no id stands before a tag all the same, as a rule, a binding and a pattern
    stand before each other.
    """
    explicit = Means.TAG if answers[Means.PROPERTY] is None else Means.PROPERTY
    own = next((means for means in _OWN if answers[means] is not None), Means.PATTERN)
    order = (explicit, own, Means.AUTOMATED_NAME, Means.TITLE)
    return next((means for means in order if (found := answers[means]) is not None and found.settled), None)
