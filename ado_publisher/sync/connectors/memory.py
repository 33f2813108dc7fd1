"""A system in memory, with everything that makes the real ones hard: for the engine's own tests.

Times are coarse, the feed and the search by key lag behind, texts come back changed, answers and requests are
lost, and users edit whenever they like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ado_publisher.sync.model import (
    Capabilities,
    Change,
    Done,
    FieldInfo,
    Outcome,
    Problem,
    Record,
    Ref,
    SyncAway,
    Value,
)


@dataclass(slots=True)
class Row:
    """One record; `at` is when it changed."""

    id: str
    fields: dict[str, Value]
    rev: int
    at: float
    key: str = ""
    made: float = 0.0


@dataclass(slots=True)
class MemoryConnector:
    """`fault` is called before and after each write with what is about to happen and may raise SyncAway."""

    name: str
    kinds: Mapping[str, Capabilities]
    clock: Callable[[], float]
    normalise: Callable[[Value], Value] = lambda value: value
    fault: Callable[[str], None] = lambda _: None
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    writes: int = 0
    revisions: bool = True
    _last: int = 0

    def now(self) -> float:
        """The service's clock."""
        return self.clock()

    def check(self, *, create: bool = False, prove: bool = False) -> Iterable[Problem]:
        """Nothing is ever missing."""
        del create, prove
        return ()

    def schema(self, kind: str) -> Mapping[str, FieldInfo]:
        """Those that records have."""
        names = {name for (of, _), row in self.rows.items() if of == kind for name in row.fields}
        return {name: FieldInfo(name) for name in names}

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """What changed, as coarse and as late as the kind says."""
        self.fault("changed")
        limits = self.kinds[kind]
        for (of, number), row in list(self.rows.items()):
            if of != kind or (since is not None and row.at + limits.lag > self.clock()):
                continue
            coarse = row.at if not limits.resolution else row.at // limits.resolution * limits.resolution
            if since is None or coarse >= since:
                yield Ref(number, str(row.rev))

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there."""
        self.fault("read")
        for number in ids:
            row = self.rows.get((kind, number))
            if row is not None:
                yield self._record(kind, row)

    def write(self, kind: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One after the other; a fault may come before, or after, any of them."""
        for change in changes:
            self.fault("before")
            outcome = self._one(kind, change)
            self.fault("after")
            yield outcome

    def find(self, kind: str, change: Change) -> str | None:
        """By key; a search sees a record only when it has stood for as long as the index lags."""
        self.fault("find")
        for (of, number), row in self.rows.items():
            if of == kind and row.key == change.key and row.made + self.kinds[kind].index_lag <= self.clock():
                return number
        return None

    def put(self, kind: str, fields: Mapping[str, Value], key: str = "") -> str:
        """A record made by a user, or by a sync (`key`)."""
        self._last += 1
        number = f"{self.name[0]}{self._last}"
        kept = {name: self.normalise(value) for name, value in fields.items()}
        self.rows[kind, number] = Row(number, kept, 1, self.clock(), key, self.clock())
        return number

    def edit(self, kind: str, number: str, fields: Mapping[str, Value]) -> None:
        """A user changes a record."""
        row = self.rows[kind, number]
        row.fields.update({name: self.normalise(value) for name, value in fields.items()})
        row.rev += 1
        row.at = self.clock()

    def _one(self, kind: str, change: Change) -> Outcome:
        if change.id is None:
            self.writes += 1
            number = self.put(kind, change.fields, change.key)
            return self._ok(kind, self.rows[kind, number])
        row = self.rows.get((kind, change.id))
        if row is None:
            return Outcome(Done.REJECT, reason="it is gone")
        if self.revisions and change.rev and change.rev != str(row.rev):
            return Outcome(Done.STALE, reason="it was changed meanwhile")
        self.writes += 1
        self.edit(kind, change.id, change.fields)
        return self._ok(kind, row)

    def _ok(self, kind: str, row: Row) -> Outcome:
        record = self._record(kind, row)
        return Outcome(Done.OK, row.id, str(row.rev), dict(record.fields))

    def _record(self, kind: str, row: Row) -> Record:
        url = f"memory://{self.name}/{kind}/{row.id}"
        return Record(row.id, str(row.rev), {"id": row.id, "url": url, **row.fields}, row.key, url)


def lost(_: str) -> None:
    """The fault of a service that is away."""
    raise SyncAway("the connection was lost")
