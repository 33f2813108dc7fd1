"""The nouns of the field, as the rest of the program speaks of them.

Readers make `TestResult`, `ado` makes points, plans and builds; neither XML nor JSON
comes this far. Names are the service's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self


class Outcome(StrEnum):
    """What became of a test, in the service's words, gravest first."""

    FAILED = "Failed"
    ERROR = "Error"
    TIMEOUT = "Timeout"
    ABORTED = "Aborted"
    BLOCKED = "Blocked"
    INCONCLUSIVE = "Inconclusive"
    WARNING = "Warning"
    PASSED = "Passed"
    NOT_APPLICABLE = "NotApplicable"
    NOT_EXECUTED = "NotExecuted"

    @property
    def severity(self) -> int:
        """0 is the gravest."""
        return _SEVERITY[self]

    @property
    def counts_as_failed(self) -> bool:
        """Failed, Error, Timeout and Aborted: what a failure threshold counts."""
        return self in _FAILURES


_SEVERITY = {outcome: rank for rank, outcome in enumerate(Outcome)}
_FAILURES = frozenset({Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.ABORTED})


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The gravest of them; NotExecuted never hides another. NotExecuted when there are none."""
    return min(outcomes, key=_SEVERITY.__getitem__, default=Outcome.NOT_EXECUTED)


def published_as(outcome: Outcome, test_type: str, mapping: Mapping[Outcome, Outcome]) -> Outcome:
    """What is published of an outcome: what `mapping` says, else Error as Failed, and any other as it is.

    Microsoft's agent publishes errors as failures; Katalon publishes its own ERROR as Error.
    """
    if outcome in mapping:
        return mapping[outcome]
    return Outcome.FAILED if outcome is Outcome.ERROR and test_type != "Katalon" else outcome


Properties = tuple[tuple[str, str], ...]

# The property of a result whose report was damaged behind it; its value says how.
SALVAGED = "salvaged"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a test that the report itself marks as rerun."""

    outcome: Outcome
    message: str = ""
    stack_trace: str = ""
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test as a report tells of it; `duration` is in seconds."""

    name: str
    outcome: Outcome
    message: str = ""
    duration: float | None = None


# Note: a named tuple, not a frozen dataclass like the others: a hundred thousand of them are
# made for one report, and a frozen dataclass of this width takes five times as long (4.0 to 0.8 us).
class _ResultFields(NamedTuple):
    name: str
    outcome: Outcome
    class_name: str = ""
    suites: tuple[str, ...] = ()
    file: str = ""
    line: int | None = None
    duration: float | None = None
    started: datetime | None = None
    message: str = ""
    stack_trace: str = ""
    properties: Properties = ()
    suite_properties: Properties = ()
    attachments: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    stdout: str = ""
    stderr: str = ""
    host: str = ""
    test_type: str = "JUnit"
    steps: tuple[Step, ...] = ()


class TestResult(_ResultFields):
    """One test of a report, read in full. Changed copies come from `replaced`.

    `duration` is in seconds. `suites` are the names of the enclosing suites, outermost
    first. `attempts` holds every try in the order they ran, the final one last, and is
    empty when the test ran once. `attachments` are paths as the report gives them.
    `file` is the report, as the user named it, and `line` the place in it where it is known.
    `test_type` names the framework, as the service's automatedTestType does. `steps` are those that the
    format itself knows; `teststeps` finds those that stand in properties and output.
    """

    __slots__ = ()
    __test__ = False  # pytest: not a test class

    @property
    def automated_name(self) -> str:
        """JUnit's automated test name: classname + "." + name."""
        return f"{self.class_name}.{self.name}" if self.class_name else self.name

    @property
    def flaky(self) -> bool:
        """The attempts did not agree, and the last word was a pass."""
        return self.outcome is Outcome.PASSED and any(a.outcome.counts_as_failed for a in self.attempts)

    def replaced(self, **changes: Any) -> Self:  # noqa: ANN401  # every field has its own type
        """The same result with the named fields changed."""
        return self._replace(**changes)

    def values(self, name: str) -> Iterator[str]:
        """What the test's own properties, then its suites', say under that name (case ignored)."""
        wanted = name.casefold()
        for key, value in (*self.properties, *self.suite_properties):
            if key.casefold() == wanted:
                yield value


@dataclass(frozen=True, slots=True)
class TestConfiguration:
    """A test configuration of the project, such as `Windows 11 + Chrome`."""

    __test__ = False

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TestPoint:
    """A test case in a suite under one configuration: the thing that shows an outcome."""

    __test__ = False

    id: int
    suite_id: int
    suite_name: str
    case_id: int
    case_title: str
    configuration: TestConfiguration
    tester: str = ""
    plan_id: int = 0
    active: bool = True
    tester_name: str = ""


class Exclusion(StrEnum):
    """Why a point of the plan was not chosen."""

    SUITE = "its suite is not chosen"
    CONFIGURATION = "its configuration is not chosen"
    TESTER = "it is assigned to another tester"
    INACTIVE = "it is not active"


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test case work item, with what automation says of itself."""

    __test__ = False

    id: int
    title: str
    automated_test_name: str = ""
    automated_test_storage: str = ""


@dataclass(frozen=True, slots=True)
class TestSuite:
    """A suite of a plan. `path` is its names below the root suite joined by `/`; the root's is empty.

    `kind` is static, requirement or query.
    """

    __test__ = False

    id: int
    name: str
    path: str
    parent_id: int | None = None
    kind: str = "static"
    requirement_id: int | None = None


@dataclass(frozen=True, slots=True)
class TestPlan:
    """A test plan and whether an outcome is shared by all suites that hold the case.

    `start_date` is ISO 8601 in UTC as the service writes it, or empty; `iteration` and `area` are paths.
    """

    __test__ = False

    id: int
    name: str
    root_suite_id: int
    sync_outcome_across_suites: bool = False
    state: str = ""
    iteration: str = ""
    start_date: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Build:
    """A build that the service confirmed to exist in the project of the run."""

    id: int
    number: str
    definition_id: int | None = None
    definition_name: str = ""
    branch: str = ""
    source_version: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A classic release and its stage, by their ids; `named` by a person, or detected."""

    id: int
    environment_id: int | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class PipelineJob:
    """Where in the pipeline the run was made; names may be empty, attempts count from 1."""

    stage: str = ""
    stage_attempt: int = 1
    phase: str = ""
    phase_attempt: int = 1
    job: str = ""
    job_attempt: int = 1


@dataclass(frozen=True, slots=True)
class TestRun:
    """A test run of the service; `url` leads a person to it."""

    __test__ = False

    id: int
    url: str
    state: str = ""
    total: int = 0
    plan_id: int | None = None
    name: str = ""


class Status(StrEnum):
    """Where a result of a report ended; each in exactly one."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    AMBIGUOUS = "ambiguous"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one result. `outcome` is what is published; `rule` names what found its
    ids; `reason` says why it reached no point; `problems` what else was wrong with it;
    `lost_ids` are those of its test case ids that have no point in any plan.
    """

    result: TestResult
    outcome: Outcome
    status: Status
    points: tuple[TestPoint, ...] = ()
    rule: str = ""
    reason: str = ""
    problems: tuple[str, ...] = ()
    lost_ids: tuple[int, ...] = ()
