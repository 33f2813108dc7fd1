"""Conditions over a result: globs and regexes on its name, its class, its properties.

The rule with more conditions wins; two of equal rank that disagree decide nothing.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ado_publisher.model import TestResult

ANY = "--Any--"
_OS_PROPERTIES = ("os", "os.name", "operating_system", "operatingSystem")
_BROWSER_PROPERTIES = ("browser", "browserName", "browser_name")


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A glob (case ignored, `*` also crosses `/`) or a regex (as written, anywhere in the text)."""

    text: str
    regex: bool = False

    @property
    def is_any(self) -> bool:
        """`--Any--` and `*` take everything, also what is missing."""
        return not self.regex and self.text in (ANY, "*")

    @property
    def is_exact(self) -> bool:
        """A glob without any wildcard."""
        return not self.regex and not re.search(r"[*?\[]", self.text)

    def compiled(self) -> Callable[[str], object]:
        """A test to be called with a text; raises re.error for a bad regex."""
        if self.regex:
            return re.compile(self.text).search
        return re.compile(fnmatch.translate(self.text), re.IGNORECASE).match


@dataclass(frozen=True, slots=True)
class When:
    """All of the conditions must hold; an empty one holds always."""

    name: TextPattern | None = None
    class_name: TextPattern | None = None
    suite: TextPattern | None = None
    file: TextPattern | None = None
    message: TextPattern | None = None
    os: TextPattern | None = None
    browser: TextPattern | None = None
    properties: tuple[tuple[str, TextPattern], ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        """How specific: the number of conditions that are not `any`, then how many are exact."""
        patterns = [
            pattern
            for pattern in (
                *(self.name, self.class_name, self.suite, self.file, self.message),
                *(self.os, self.browser),
            )
            if pattern is not None
        ]
        patterns += [pattern for _, pattern in self.properties]
        named = [pattern for pattern in patterns if not pattern.is_any]
        return len(named), sum(pattern.is_exact for pattern in named)


@dataclass(frozen=True, slots=True)
class CaseRule:
    """Results that fit `when` belong to these test cases. `label` tells a person which rule it was."""

    when: When
    ids: tuple[int, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Binding:
    """The test cases that a test of that name is bound to; `variables` are properties that hold further
    ids, one for each data row. `label` tells where it is written, `problems` what is wrong there.
    """

    ids: tuple[int, ...] = ()
    variables: tuple[str, ...] = ()
    label: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigurationRule:
    """Results that fit `when` ran under this test configuration (an id or a name).

    A `filter` is one of Katalon's rows: all that fit count together, and leave the points of any of theirs.
    """

    when: When
    configuration: str
    label: str
    filter: bool = False


@dataclass(frozen=True, slots=True)
class FailureRule:
    """What is known of failures that fit `when`; `bugs` are ids of work items. Empty texts say nothing."""

    when: When
    failure_type: str
    resolution: str
    owner: str
    bugs: tuple[int, ...]
    label: str


R = TypeVar("R", CaseRule, ConfigurationRule, FailureRule)
Decider = Callable[[TestResult], Sequence[R]]


def decider(rules: Sequence[R]) -> Decider[R]:
    """A function from a result to the rules of highest rank that fit it: none, one, or several."""
    compiled = [(rule.when.rank, _condition(rule.when), rule) for rule in rules]
    compiled.sort(key=lambda entry: entry[0], reverse=True)

    def decide(result: TestResult) -> list[R]:
        found: list[R] = []
        best: tuple[int, int] | None = None
        for rank, fits, rule in compiled:
            if best is not None and rank < best:
                break
            if fits(result):
                best = rank
                found.append(rule)
        return found

    return decide


def every(rules: Sequence[R]) -> Decider[R]:
    """A function from a result to all rules that fit it, in their order."""
    compiled = [(_condition(rule.when), rule) for rule in rules]
    return lambda result: [rule for fits, rule in compiled if fits(result)]


def _condition(when: When) -> Callable[[TestResult], bool]:
    checks: list[Callable[[TestResult], bool]] = []
    if when.name is not None and not when.name.is_any:
        checks.append(_on(when.name, lambda result: (result.name, result.automated_name)))
    if when.class_name is not None and not when.class_name.is_any:
        checks.append(_on(when.class_name, lambda result: (result.class_name,)))
    if when.suite is not None and not when.suite.is_any:
        checks.append(_on(when.suite, lambda result: result.suites))
    if when.file is not None and not when.file.is_any:
        checks.append(_on(when.file, lambda result: (result.file,)))
    if when.message is not None and not when.message.is_any:
        checks.append(_on(when.message, lambda result: (result.message, result.stack_trace)))
    if when.os is not None and not when.os.is_any:
        checks.append(_on(when.os, _values_of(_OS_PROPERTIES)))
    if when.browser is not None and not when.browser.is_any:
        checks.append(_on(when.browser, _values_of(_BROWSER_PROPERTIES)))
    for key, pattern in when.properties:
        if not pattern.is_any:
            checks.append(_on(pattern, _values_of((key,))))
    return lambda result: all(check(result) for check in checks)


def _on(pattern: TextPattern, texts: Callable[[TestResult], Sequence[str]]) -> Callable[[TestResult], bool]:
    test = pattern.compiled()
    return lambda result: any(test(text) for text in texts(result))


def _values_of(names: Sequence[str]) -> Callable[[TestResult], Sequence[str]]:
    # The test's own property overrides its suite's: the first name that says anything decides.
    def values(result: TestResult) -> Sequence[str]:
        for properties in (result.properties, result.suite_properties):
            for name in names:
                wanted = name.casefold()
                found = [value for key, value in properties if key.casefold() == wanted]
                if found:
                    return found
        return ()

    return values
