"""Two systems in memory with everything that makes the real ones hard, and a sync between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ado_publisher.sync.connectors.memory import MemoryConnector
from ado_publisher.sync.context import Context, Partition
from ado_publisher.sync.engine import sync_partition
from ado_publisher.sync.model import CASE, CONTAINER, Capabilities, Policy, Side, SyncAway, Value
from ado_publisher.sync.rows import FAR
from ado_publisher.sync.rules import FieldRule, Integration
from ado_publisher.sync.store import Store

LAG, INDEX_LAG = 2.0, 5.0


class Killed(BaseException):
    """The process is gone."""


def squeezed(value: Value) -> Value:
    """What the other side makes of a text: blanks together, and none at the ends."""
    return None if value is None else re.sub(r"\s+", " ", value).strip()


def integrations(policy: Policy = Policy.ERROR) -> tuple[Integration, ...]:
    """Containers with a title, cases with a title, a text, a state with a lossy map, and their container."""
    states = {"design": "new", "ready": "active", "closed": "active"}
    back = {"new": "design", "active": "ready"}
    return (
        Integration(CONTAINER, (FieldRule("title", "name", policy=policy),)),
        Integration(
            CASE,
            (
                FieldRule("title", "title", policy=policy, to_remote=squeezed),
                FieldRule("text", "preconditions", policy=policy, to_remote=squeezed),
                FieldRule(
                    "state",
                    "status",
                    policy=policy,
                    to_remote=lambda value: states.get(value or "", value),
                    to_ado=lambda value: back.get(value or "", value),
                ),
                FieldRule("@container", "@section", link=CONTAINER, policy=policy),
            ),
        ),
    )


@dataclass
class World:
    """Time passes only when it is told to; `countdown` is after how many calls something happens."""

    policy: Policy = Policy.ERROR
    revisions: bool = True
    time: float = 1_000_000.0
    countdown: int = -1
    kill: bool = False
    cut: str = ""
    store: Store = field(default_factory=lambda: Store(None))
    sides: dict[Side, MemoryConnector] = field(init=False)

    def __post_init__(self) -> None:
        coarse = Capabilities(lag=LAG, index_lag=INDEX_LAG, resolution=1.0)
        self.sides = {
            Side.ADO: self._connector("ado", Capabilities(lag=LAG, index_lag=INDEX_LAG), True),
            Side.REMOTE: self._connector("remote", coarse, self.revisions),
        }
        self.sides[Side.REMOTE].normalise = squeezed
        self.partition = Partition("p", self.sides, integrations(self.policy), "v1")

    def _connector(self, name: str, limits: Capabilities, revisions: bool) -> MemoryConnector:
        kinds = {CONTAINER: limits, CASE: limits}
        return MemoryConnector(name, kinds, lambda: self.time, fault=self._fault, revisions=revisions)

    def _fault(self, moment: str) -> None:
        if self.countdown == 0 or moment == self.cut:
            self.cut = ""
            self.countdown = -1
            raise Killed if self.kill else SyncAway("lost")
        self.countdown -= self.countdown > 0

    def sync(self, **more: Any) -> Any:
        """One run; gives its report, or None when it was cut short."""
        ctx = Context(self.partition, self.store, clock=lambda: self.time, **more)
        try:
            return sync_partition(ctx)
        except (SyncAway, Killed):
            # What a process that is killed leaves behind is what was committed.
            if self.store.db.in_transaction:
                self.store.db.execute("rollback")
            return None
        finally:
            self.countdown, self.cut = -1, ""

    def calm(self) -> Any:
        """Nobody edits, nothing fails, time passes: until a run finds nothing to do."""
        self.countdown = -1
        for _ in range(12):
            self.time += 4 * LAG + 4000
            before = self.writes
            report = self.sync()
            if (
                report is not None
                and self.writes == before
                and not report.total("adopt")
                and not self.store.intents("p")
            ):
                return report
        raise AssertionError(f"it never ends: {self.store.dirty('p')}")

    @property
    def writes(self) -> int:
        return sum(side.writes for side in self.sides.values())

    def rows(self, side: Side, kind: str) -> Mapping[str, Any]:
        return {number: row for (of, number), row in self.sides[side].rows.items() if of == kind}

    def parked(self) -> list[Any]:
        return [each for each in self.store.dirty("p") if each.not_before >= FAR]
