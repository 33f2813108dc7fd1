"""What a sync did, or would do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ado_publisher.sync.model import Side, Value


@dataclass(frozen=True, slots=True)
class Action:
    """One field of one record, or a record as a whole (`field` empty), and what becomes of it.

    `what` is create, update, adopt, conflict, twinless, left, wait or park.
    """

    what: str
    kind: str
    side: Side
    record: str
    title: str = ""
    field: str = ""
    before: Value = None
    after: Value = None
    why: str = ""


@dataclass(slots=True)
class Report:
    """Counts by what and kind; `actions` only where they are wanted: a first sync has many thousands."""

    keep: bool = False
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    actions: list[Action] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def add(self, action: Action) -> None:
        """Count it, and keep it where that is wanted."""
        if not action.field or action.what == "conflict":
            self.counts[action.what, action.kind] += 1
        if self.keep:
            self.actions.append(action)

    def forget(self, *whats: str) -> None:
        """Leave these out again."""
        self.actions = [each for each in self.actions if each.what not in whats]
        for what, kind in [each for each in self.counts if each[0] in whats]:
            del self.counts[what, kind]

    def trouble(self, told: str) -> None:
        """Something that no single record is to blame for, once."""
        if told not in self.troubles:
            self.troubles.append(told)

    def total(self, *whats: str) -> int:
        """How often any of these happened."""
        return sum(count for (what, _), count in self.counts.items() if what in whats)
