"""What the sync engine and its connectors say to each other.

A kind is container, case, run, result or verdict (what a test of the other side shows). Every value of a
field is a text or None; a connector gives the same text for what means the same, so that values compare
equal. Names of fields that begin with `@` hold ids of other records on the same side, such as `@container`:
they are translated by the pairs that are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

CONTAINER, CASE, RUN, RESULT, VERDICT = "container", "case", "run", "result", "verdict"
# Results come before verdicts: a test shows what was appended last. Both come before runs, since nothing can
# be written into one that is completed; what waits for a run has its turn when that is made.
ORDER = (CONTAINER, CASE, RESULT, VERDICT, RUN)
# What people call them: one, and several.
NOUNS = {
    CONTAINER: ("suite or section", "suites and sections"),
    CASE: ("test case", "test cases"),
    RUN: ("test run", "test runs"),
    RESULT: ("test result", "test results"),
    VERDICT: ("result of a TestRail test", "results of TestRail tests"),
}

Value = str | None
Fields = Mapping[str, Value]


class Side(StrEnum):
    """The side of Azure DevOps, or the other one."""

    ADO = "ado"
    REMOTE = "remote"

    @property
    def other(self) -> Side:
        """The side across."""
        return Side.REMOTE if self is Side.ADO else Side.ADO


class Policy(StrEnum):
    """Whose value stands when both sides changed a field; with `error` a person decides."""

    ADO = "ado"
    REMOTE = "remote"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Ref:
    """A record that may have changed; `rev` is another one after each change, empty where nothing tells."""

    id: str
    rev: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was read. `key` is the marker that a sync left in it: the address of its twin."""

    id: str
    rev: str
    fields: Fields
    key: str = ""
    url: str = ""

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.fields.get("title") or f"#{self.id}"


@dataclass(frozen=True, slots=True)
class Change:
    """A record to be made (`id` None; `key` goes inside it) or fields of one to be changed.

    `rev` is the revision that the change was decided on; `fields` are only those that change. `late`: of a
    record that came after its source something was told already, which must not look older than this.
    `again`: the same source was told before.
    """

    id: str | None
    fields: Fields
    key: str = ""
    rev: str = ""
    twin: Record | None = None
    late: bool = False
    again: bool = False


class Done(StrEnum):
    """What became of a change."""

    OK = "ok"
    RETRY = "retry"
    STALE = "stale"
    REJECT = "reject"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one change: with `ok` the record's id, revision and the fields that were written, as they
    read now; with `retry` after how many seconds; with `reject` why. `left`: something newer stands there,
    which is to stay, and nothing was written.
    """

    state: Done
    id: str = ""
    rev: str = ""
    fields: Fields = field(default_factory=dict)
    reason: str = ""
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind can do on a side.

    `feed` tells that changes can be asked for since a moment, `lag` and `resolution` (seconds) how late and
    how coarse that is, `index_lag` how late a search by key shows what was made. An `append_only` record is
    never changed, a newer one takes its place, and no more can be known of it than what was written; ids of
    its sources are `ORDER/…`, and their revisions `ORDER.…`. Of a `partial` kind only what is open is listed.
    A kind without a feed is listed whole after `listed_every` seconds, and by each sweep.
    """

    creatable: bool = True
    updatable: bool = True
    append_only: bool = False
    partial: bool = False
    feed: bool = True
    listed_every: float = float("inf")
    lag: float = 0.0
    index_lag: float = 0.0
    resolution: float = 0.0


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field as the service describes it."""

    name: str
    writable: bool = True
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person has to mend before a sync can run."""

    where: str
    told: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.told}" + (f"; {self.advice}" if self.advice else "")


class SyncAway(Exception):
    """The whole service refuses or stays away; nothing of it can be synced now."""

    def __init__(self, told: str, after: float = 0.0) -> None:
        self.after = after
        super().__init__(told)


class Connector(Protocol):
    """One system. Nothing is ever deleted. Every method raises SyncAway when the whole service is away."""

    name: str
    kinds: Mapping[str, Capabilities]

    def now(self) -> float:
        """The service's clock, in seconds since 1970."""

    def check(self, *, create: bool = False, prove: bool = False) -> Iterable[Problem]:
        """What is missing: rights, containers, fields, values.

        `create` makes fields for markers where that is allowed; `prove` writes markers into some record,
        reads them back and takes them out again.
        """

    def schema(self, kind: str) -> Mapping[str, FieldInfo]:
        """The fields of a kind, by the names that records use."""

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """What changed since then, inclusive; everything where None."""

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there."""

    def write(self, kind: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One outcome for each change, in order."""

    def find(self, kind: str, change: Change) -> str | None:
        """The record that this creation has made, if it has: looked up by the key inside it."""
