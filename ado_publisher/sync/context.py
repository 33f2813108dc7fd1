"""What every step of a sync has at hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from ado_publisher.sync.model import Capabilities, Connector, Side
from ado_publisher.sync.report import Report
from ado_publisher.sync.rows import Dirty, Pair
from ado_publisher.sync.rules import Integration
from ado_publisher.sync.store import Store

T = TypeVar("T")

DAY = 86_400.0
# How many records are read and merged at a time: what a bulk request of either side takes.
CHUNK = 200
# Seconds until a record that met a fault of its own is tried again; twice as long each time.
BACKOFF, LONGEST_BACKOFF = 30.0, 3600.0


@dataclass(frozen=True, slots=True)
class Partition:
    """What is synced by itself: one container of each side, and the kinds in it."""

    id: str
    sides: Mapping[Side, Connector]
    integrations: Sequence[Integration]
    digest: str = ""


@dataclass(slots=True)
class Context:
    """One run over one partition. `sweep` looks at everything, whatever the watermarks say."""

    partition: Partition
    store: Store
    report: Report = field(default_factory=Report)
    clock: Callable[[], float] = time.time
    sweep_every: float = DAY
    sweep: bool = False

    @property
    def id(self) -> str:
        """The partition's."""
        return self.partition.id

    def connector(self, side: Side) -> Connector:
        """The system of a side."""
        return self.partition.sides[side]

    def capabilities(self, kind: str, side: Side) -> Capabilities:
        """What the kind can do there."""
        return self.connector(side).kinds[kind]

    def twin(self, kind: str, side: Side, number: str) -> str | None:
        """The twin's id of a record; None where it has none."""
        pair = self.store.pair(self.id, kind, side, number)
        return pair.ids.get(side.other) if pair else None

    def due(self, kind: str) -> list[Dirty]:
        """What is to be looked at now."""
        now = self.clock()
        return [each for each in self.store.dirty(self.id, kind) if each.not_before <= now]

    def settle(self, pair: Pair) -> None:
        """Nothing more is to be done for either record of the pair."""
        for side, number in pair.ids.items():
            self.store.clean(self.id, pair.kind, side, [number])

    def backoff(self, dirty: Dirty, after: float = 0.0) -> float:
        """When a record is tried again that met a fault of its own."""
        return self.clock() + (after or min(BACKOFF * 2**dirty.attempts, LONGEST_BACKOFF))


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items, so many at a time."""
    waiting = iter(items)
    while chunk := list(islice(waiting, size)):
        yield chunk
