"""A side that is looked at and never written to: what would be written is answered as if it were done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ado_publisher.sync.model import (
    Capabilities,
    Change,
    Connector,
    Done,
    FieldInfo,
    Outcome,
    Problem,
    Record,
    Ref,
)


class Planned:
    """Reads as the connector does. A record that would be made has an id of its own, such as `new 3`."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._made = 0
        self.name = connector.name
        self.kinds: Mapping[str, Capabilities] = connector.kinds

    def now(self) -> float:
        """The service's clock."""
        return self._connector.now()

    def check(self, *, create: bool = False, prove: bool = False) -> Iterable[Problem]:
        """What is missing; nothing is made or written for it."""
        del create, prove
        return self._connector.check()

    def schema(self, kind: str) -> Mapping[str, FieldInfo]:
        """The fields of a kind."""
        return self._connector.schema(kind)

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """What changed."""
        return self._connector.changed(kind, since)

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there."""
        return self._connector.read(kind, ids)

    def write(self, kind: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Nothing is sent."""
        del kind
        for change in changes:
            self._made += change.id is None
            yield Outcome(Done.OK, change.id or f"new {self._made}", "", change.fields)

    def find(self, kind: str, change: Change) -> str | None:
        """What an earlier run has made."""
        return self._connector.find(kind, change)
