"""What matching is given: the rules that find ids and points, and the plans as matching sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ado_publisher.model import Exclusion, Outcome, TestCase, TestPoint
from ado_publisher.rules import Binding, CaseRule, ConfigurationRule

DEFAULT_PROPERTIES = ("test_case_id", "TestCaseId", "testcase", "test_id")
DEFAULT_PATTERNS = (r"\bTC[-_ ]?(\d+)\b", r"@tc:(\d+)\b")


@dataclass(frozen=True, slots=True)
class MatchRules:
    """How ids are found and how points are narrowed.

    `bindings` are test case ids by the name of a result, as a Katalon project keeps them.
    `outcomes` maps what a report says to what is published; `published_as` says what becomes of
    an outcome that is not in it. `points` is auto, first, all or error. `titles` lets a result
    belong to the test case that has its name as title. `configuration_properties` are properties
    by which a result names its test configuration, `aliases` other names of those, case folded.
    """

    properties: tuple[str, ...] = DEFAULT_PROPERTIES
    patterns: tuple[str, ...] = DEFAULT_PATTERNS
    cases: tuple[CaseRule, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    titles: bool = False
    configurations: tuple[ConfigurationRule, ...] = ()
    configuration_properties: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[Outcome, Outcome] = field(default_factory=dict)
    points: str = "auto"
    publish_skipped: bool = False


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plans as matching sees them: every point, why some were not chosen, and how to name them.

    `synced` are the plans in which an outcome is shared by all suites that hold the case; `gaps` tell
    which suites' points could not be read, and why.
    """

    label: str
    points: tuple[TestPoint, ...]
    excluded: Mapping[int, Exclusion] = field(default_factory=dict)
    cases: tuple[TestCase, ...] = ()
    synced: frozenset[int] = frozenset()
    gaps: tuple[str, ...] = ()
