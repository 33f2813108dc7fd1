"""What is asked of a verification, and what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ado_publisher.errors import ExitCode
from ado_publisher.model import Exclusion, TestCase, TestPlan, TestPoint, TestResult
from ado_publisher.publish import PublishRequest


class State(StrEnum):
    """How a check ended, gravest first."""

    PROBLEM = "problem"
    WARNING = "warning"
    UNCHECKED = "not checked"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Check:
    """One row: what was checked, of what, how it ended, what was found, and what to do.

    `code` is what a problem makes the process end with.
    """

    check: str
    subject: str
    state: State
    told: str
    advice: str = ""
    code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True)
class NamedCase:
    """Who names a test case. `firmly`: a report or a rule of the config, which are about this plan;
    a Katalon project may be bound to the cases of several plans.
    """

    by: str
    firmly: bool = True


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A test case that is named or that stands in a plan. `points` are all it has there, `chosen` those
    that a publish would reach; `named_by` is empty for a case that nobody names.
    """

    id: int
    title: str = ""
    state: str = ""
    automation_status: str = ""
    automated_test_name: str = ""
    points: int = 0
    chosen: int = 0
    named_by: tuple[str, ...] = ()
    verdict: State | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class BoundCase:
    """A test case of a Katalon project and the ids it is bound to; `variables` give further ones."""

    name: str
    place: str
    ids: tuple[int, ...] = ()
    variables: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KatalonFacts:
    """A Katalon project as far as a verification is about it.

    `off` says why Katalon itself would publish nothing, `settings` what its settings file gives, by
    option; `problems` are those of the whole project, its test cases included.
    """

    folder: str
    file: str = ""
    off: str = ""
    off_is_ignored: bool = False
    enabled: bool | None = None
    auto_submit: bool | None = None
    settings: tuple[tuple[str, str], ...] = ()
    bound: tuple[BoundCase, ...] = ()
    unbound: tuple[BoundCase, ...] = ()
    invalid: tuple[BoundCase, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[int]:
        """Every id that some test case of it is bound to."""
        return frozenset(number for each in (*self.bound, *self.invalid) for number in each.ids)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a publish would be asked, and what only a verification wants to know.

    `kind` says what the credential is, `writes` which options need Work items (write).
    """

    request: PublishRequest
    kind: str = "a credential"
    results: Sequence[TestResult] = ()
    katalon: KatalonFacts | None = None
    writes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """Every check in the order of a publish, and what the project has of the test cases.

    `without_automation` are test cases of the plans that no Katalon test case is bound to.
    """

    checks: tuple[Check, ...]
    cases: tuple[CaseRow, ...] = ()
    without_automation: tuple[int, ...] = ()


@dataclass(slots=True)
class Seen:
    """What the service has of the plans that were named. `complete`: every point of them was read."""

    plans: list[TestPlan] = field(default_factory=list)
    points: list[TestPoint] = field(default_factory=list)
    cases: dict[int, TestCase] = field(default_factory=dict)
    excluded: Mapping[int, Exclusion] = field(default_factory=dict)
    complete: bool = True
