"""What there is to tell of one result, and of one test case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ado_publisher.matching.asking import Means
from ado_publisher.matching.narrowing import Wanted
from ado_publisher.model import Match, TestPoint


class Part(StrEnum):
    """What a means had to do with the match."""

    DECIDED = "decided"
    OVERRULED = "overruled"
    NOTHING = "nothing"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """One means: what it gave and where that stands, or notes on why it gave nothing.

    `wrong` says that something stood there that is no id.
    """

    means: Means
    part: Part
    ids: tuple[int, ...] = ()
    said_by: str = ""
    notes: tuple[str, ...] = ()
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class PointTold:
    """One point of a test case; `why` says why it was not reached."""

    point: TestPoint
    reached: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class CaseTold:
    """One test case that a result names: its points (the first of many, `more` are left out), which policy
    chose among them, and why none was reached.
    """

    id: int
    title: str
    points: tuple[PointTold, ...] = ()
    more: int = 0
    policy: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a result ended where it did.

    `decided` is the means that gave `ids`, `rule` what it calls itself; `reached` are the points that
    follow from them. A test that did not run and is left alone reaches none: `ids` are then those
    that it would have. `wanted` is the configuration it asks for, `configuration_notes` which rules came
    close to giving one. `searched` says whether near misses were looked for.
    """

    match: Match
    asked: tuple[Asked, ...] = ()
    decided: Means | None = None
    ids: tuple[int, ...] = ()
    rule: str = ""
    wanted: Wanted | None = None
    configuration_notes: tuple[str, ...] = ()
    cases: tuple[CaseTold, ...] = ()
    reached: tuple[TestPoint, ...] = ()
    left_alone: bool = False
    searched: bool = False
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """A result that names a test case, and what became of it there; `reached` are points of that case."""

    match: Match
    rule: str
    reached: tuple[int, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class CaseExplanation:
    """Why a test case was reached or not: its points, the results that name it, and notes.

    `namings` are the first of `named` results.
    """

    id: int
    title: str
    automated_test_name: str
    points: tuple[PointTold, ...]
    namings: tuple[Naming, ...]
    named: int
    notes: tuple[str, ...] = ()
    suggestion: str = ""
