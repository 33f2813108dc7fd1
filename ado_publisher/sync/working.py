"""What is dirty is read, merged and written; what has no twin gets one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ado_publisher.errors import SettingsError
from ado_publisher.sync.context import Context, chunks
from ado_publisher.sync.creating import adopt, make, titled, waiting_for, waiting_name
from ado_publisher.sync.model import (
    CASE,
    CONTAINER,
    NOUNS,
    Change,
    Done,
    Fields,
    Outcome,
    Policy,
    Record,
    Side,
    Value,
)
from ado_publisher.sync.report import Action
from ado_publisher.sync.rows import CLOSED, DECIDED, FAR, Dirty, Pair
from ado_publisher.sync.rules import Integration, Merge, Untranslatable, Unwanted, Waiting, created, merge

Wanted = list[tuple[Dirty, Record, Fields]]

_GONE = "is gone, or was moved out of what is synced"


def work(ctx: Context, integration: Integration) -> bool:
    """Everything of a kind that is due; whether there was anything. Raises SyncAway."""
    due = ctx.due(integration.kind)
    for some in chunks(due):
        _Work(ctx, integration).some(some)
    return bool(due)


@dataclass(slots=True)
class _Work:
    ctx: Context
    integration: Integration
    records: dict[Side, dict[str, Record]] = field(default_factory=dict)
    creations: dict[Side, Wanted] = field(default_factory=lambda: {side: [] for side in Side})
    changes: dict[Side, list[_Change]] = field(default_factory=lambda: {side: [] for side in Side})
    # How many sides of a pair are yet to be written.
    open: dict[int, int] = field(default_factory=dict)

    def some(self, due: Sequence[Dirty]) -> None:
        ctx, kind = self.ctx, self.integration.kind
        pending = waiting_for(ctx.store.intents(ctx.id, kind))
        found: dict[int, tuple[Pair, Dirty]] = {}
        alone: list[Dirty] = []
        for dirty in due:
            pair = ctx.store.pair(ctx.id, kind, dirty.side, dirty.id)
            if pair is not None:
                found.setdefault(pair.number, (pair, dirty))
            elif (dirty.side, dirty.id) not in pending:
                alone.append(dirty)
        self._read([pair for pair, _ in found.values()], alone)
        for pair, dirty in found.values():
            self._pair(pair, dirty)
        for dirty in alone:
            self._alone(dirty)
        for side in Side:
            if self.creations[side]:
                make(ctx, self.integration, side, self.creations[side])
        for side in Side:
            if self.changes[side]:
                self._write(side, self.changes[side])

    def _read(self, pairs: Iterable[Pair], alone: Iterable[Dirty]) -> None:
        kind = self.integration.kind
        for side in Side:
            if self.ctx.capabilities(kind, side).append_only:
                self.records[side] = {pair.ids[side]: self._written_once(pair, side) for pair in pairs}
                continue
            ids = dict.fromkeys(
                [pair.ids[side] for pair in pairs if side in pair.ids]
                + [dirty.id for dirty in alone if dirty.side is side]
            )
            read = self.ctx.connector(side).read(kind, list(ids)) if ids else ()
            self.records[side] = {record.id: record for record in read}
            if len(ids) > 1 and not self.records[side]:
                self._prove_there(side, len(ids))

    def _written_once(self, pair: Pair, side: Side) -> Record:
        """What nobody can change is what was written."""
        fields, rev = self.ctx.store.shadow(pair, side)
        return Record(pair.ids[side], rev, fields)

    def _prove_there(self, side: Side, count: int) -> None:
        """A side that shows none of many is no proof of deletion unless it shows something else."""
        connector, kind = self.ctx.connector(side), self.integration.kind
        # Of runs and what is in them the last one may be gone while everything else is there.
        proofs = (kind,) if kind in (CONTAINER, CASE) else (kind, CONTAINER, CASE)
        if all(next(iter(connector.changed(each, None)), None) is None for each in proofs):
            raise SettingsError(
                f"{connector.name} shows none of {count} records and no other "
                f"{NOUNS[self.integration.kind][0]}: nothing is taken for deleted; look at its rights and at "
                "the container in the config"
            )

    def _alone(self, dirty: Dirty) -> None:
        ctx, kind = self.ctx, self.integration.kind
        record = self.records[dirty.side].get(dirty.id)
        target = dirty.side.other
        if record is None or ctx.store.pair(ctx.id, kind, dirty.side, dirty.id) is not None:
            ctx.store.clean(ctx.id, kind, dirty.side, [dirty.id])
        elif record.key:
            self._marked(dirty, record)
        elif target not in self.integration.create:
            ctx.store.clean(ctx.id, kind, dirty.side, [dirty.id])
        else:
            try:
                fields = created(self.integration, record.fields, dirty.side, ctx.twin)
            except Waiting as waiting:
                self._wait(dirty, record, waiting)
            except Untranslatable as why:
                self._park(dirty, record, str(why))
            except Unwanted:
                ctx.store.clean(ctx.id, kind, dirty.side, [dirty.id])
            else:
                self.creations[target].append((dirty, record, fields))

    def _marked(self, dirty: Dirty, record: Record) -> None:
        """It carries the marker of a sync: a twin of ours that was not known yet, or a copy of one."""
        ctx, kind = self.ctx, self.integration.kind
        for intent in ctx.store.intents(ctx.id, kind):
            if intent.key == record.key and intent.side is dirty.side:
                adopt(ctx, intent, record.id)
                return
        if not ctx.store.count_pairs(ctx.id, kind):
            raise SettingsError(
                f"{ctx.connector(dirty.side).name}: {NOUNS[kind][0]} {record.id} '{record.title}' carries "
                f"the marker of a sync ({record.key}), but this database knows of none.\n"
                "  Put the database back, or pair what is there with `ado-publisher sync adopt`."
            )
        self._park(
            dirty,
            record,
            f"it carries the marker of {record.key}, which has another twin or none: a copy? Clear the "
            "marker to have it synced by itself, or pair it with `ado-publisher sync adopt`",
        )

    def _pair(self, pair: Pair, dirty: Dirty) -> None:
        ctx = self.ctx
        now = {side: self.records[side].get(pair.ids[side]) for side in Side}
        missing = [side for side in Side if now[side] is None]
        ado, remote = now[Side.ADO], now[Side.REMOTE]
        if ado is None or remote is None:
            self._twinless(pair, missing)
            return
        records = {Side.ADO: ado, Side.REMOTE: remote}
        shadow = {side: ctx.store.shadow(pair, side)[0] for side in Side}
        nowhere = [side for side in Side if self._has_left(side, records[side], shadow[side])]
        if nowhere:
            self._twinless(pair, nowhere, "stands in nothing that is synced")
            return
        self._know_own_writes(pair, records, shadow)
        decided = Side(pair.note) if pair.state == DECIDED else None
        fields = {side: records[side].fields for side in Side}
        found = merge(self.integration, fields, shadow, ctx.twin, decided)
        state, note = self._state(found)
        with ctx.store.together():
            for side in Side:
                rev = "" if any(found.writes.values()) else records[side].rev
                ctx.store.set_shadow(pair, side, {**shadow[side], **found.settled[side]}, rev)
                ctx.store.end_write(pair, side)
            self._audit_conflicts(pair, found, note)
            ctx.store.set_pair(pair, state, note)
            if state == "active" and self._is_over(records, found):
                ctx.store.set_pair(pair, CLOSED)
            if found.waits:
                self._wait(dirty, records[dirty.side], found.waits[0])
            elif state != "active":
                self._park_pair(pair, dirty, records[dirty.side], note)
            elif not any(found.writes.values()):
                ctx.settle(pair)
        for side in Side:
            if found.writes[side]:
                self.open[pair.number] = self.open.get(pair.number, 0) + 1
                both = all(found.writes.values())
                left = bool(found.waits) or state != "active"
                change = _Change(pair, dirty, records, found.writes[side], found.carried[side], both, left)
                self.changes[side].append(change)

    def _has_left(self, side: Side, record: Record, shadow: Mapping[str, Value]) -> bool:
        """It stood in a suite, and stands in none now: the other side has no such place."""
        names = [rule.name(side) for rule in self.integration.rules if rule.placed]
        return any(shadow.get(name) and not record.fields.get(name) for name in names)

    def _know_own_writes(
        self, pair: Pair, records: Mapping[Side, Record], shadow: Mapping[Side, dict[str, Value]]
    ) -> None:
        """A change whose answer was lost and that shows is ours, and nobody's edit: the shadows take it."""
        names = [{side: rule.name(side) for side in Side} for rule in self.integration.rules]
        for side in Side:
            unsure = self.ctx.store.unsure_write(pair, side)
            if unsure is None:
                continue
            writes, carried = unsure
            for name in names:
                own, other = name[side], name[side.other]
                if own in writes and other in carried and records[side].fields.get(own) == writes[own]:
                    shadow[side][own] = writes[own]
                    shadow[side.other][other] = carried[other]

    def _is_over(self, records: Mapping[Side, Record], found: Merge) -> bool:
        """A record that is closed is not listed any more: it need not be looked for."""
        return not any(found.writes.values()) and any(
            self.ctx.capabilities(self.integration.kind, side).partial
            and records[side].fields.get("state") == CLOSED
            for side in Side
        )

    def _state(self, found: Merge) -> tuple[str, str]:
        """The state of a pair after a merge, and why it is not simply active."""
        undecided = [each for each in found.conflicts if each.policy is Policy.ERROR]
        if undecided:
            ado, remote = (self.ctx.connector(side).name for side in Side)
            told = "; ".join(
                f"{each.rule.ado}: {each.ado!r} in {ado}, {each.remote!r} in {remote}" for each in undecided
            )
            return "conflict", f"both sides changed {told}"
        if found.troubles:
            return "error", "; ".join(found.troubles)
        return "active", ""

    def _audit_conflicts(self, pair: Pair, found: Merge, note: str) -> None:
        ctx = self.ctx
        for conflict in found.conflicts:
            stands = "a person decides" if conflict.policy is Policy.ERROR else f"{conflict.policy} stands"
            if conflict.policy is not Policy.ERROR or pair.note != note:
                entry = (Side.ADO, pair.ids[Side.ADO], conflict.rule.ado, conflict.ado, conflict.remote)
                ctx.store.note(ctx.id, pair.kind, pair.number, [(*entry, f"both sides changed it: {stands}")])
            ctx.report.add(
                Action(
                    "conflict",
                    pair.kind,
                    Side.ADO,
                    pair.ids[Side.ADO],
                    "",
                    conflict.rule.ado,
                    conflict.ado,
                    conflict.remote,
                    stands,
                )
            )

    def _twinless(self, pair: Pair, missing: Sequence[Side], how: str = _GONE) -> None:
        ctx = self.ctx
        gone = " and ".join(f"{ctx.connector(side).name} {pair.ids[side]}" for side in missing)
        with ctx.store.together():
            if pair.state != "twinless":
                note = f"{gone} {how}; nothing is deleted for it"
                ctx.store.set_pair(pair, "twinless", note)
                side = missing[0]
                ctx.store.note(ctx.id, pair.kind, pair.number, [(side, pair.ids[side], "", None, None, note)])
                ctx.report.add(Action("twinless", pair.kind, side, pair.ids[side], why=note))
            ctx.settle(pair)

    def _wait(self, dirty: Dirty, record: Record, waiting: Waiting) -> None:
        """Until its parent has a twin; one that nobody looked at is looked at."""
        ctx = self.ctx
        name = waiting_name(waiting.kind, waiting.side, waiting.number)
        # Once is enough: what nobody makes a twin for would be read again and again.
        if dirty.waits != name and not ctx.store.is_dirty(ctx.id, waiting.kind, waiting.side, waiting.number):
            ctx.store.mark(ctx.id, waiting.kind, waiting.side, [waiting.number], ctx.clock())
        ctx.store.postpone(ctx.id, titled(dirty, record), FAR, str(waiting), name)
        ctx.report.add(Action("wait", dirty.kind, dirty.side, dirty.id, record.title, why=str(waiting)))

    def _park(self, dirty: Dirty, record: Record, why: str) -> None:
        self.ctx.store.postpone(self.ctx.id, titled(dirty, record), FAR, why)
        self.ctx.report.add(Action("park", dirty.kind, dirty.side, dirty.id, record.title, why=why))

    def _park_pair(self, pair: Pair, dirty: Dirty, record: Record, why: str) -> None:
        """One of its records stands for both: a person has one thing to look at."""
        self.ctx.settle(pair)
        self.ctx.store.mark(self.ctx.id, pair.kind, dirty.side, [dirty.id], self.ctx.clock())
        self._park(dirty, record, why)

    def _write(self, side: Side, changes: Sequence[_Change]) -> None:
        """Change records, or, where they are only appended, put newer ones in their place."""
        ctx, kind = self.ctx, self.integration.kind
        if ctx.capabilities(kind, side).append_only:
            whole: Wanted = []
            for each in changes:
                source = each.records[side.other]
                try:
                    fields = created(self.integration, source.fields, side.other, ctx.twin)
                except (Waiting, Untranslatable, Unwanted):
                    # The merge has told of it; a newer record with half of it would be worse than none.
                    continue
                whole.append((each.dirty, source, fields))
            make(ctx, self.integration, side, whole, again=True)
            return
        wanted = [
            Change(each.pair.ids[side], each.writes, "", each.records[side].rev, each.records[side.other])
            for each in changes
        ]
        with ctx.store.together():
            ctx.store.begin_writes((each.pair, side, each.writes, each.carried) for each in changes)
        for change, outcome in zip(changes, ctx.connector(side).write(kind, wanted), strict=True):
            self._written(side, change, outcome)
            if outcome.state is not Done.RETRY:
                ctx.store.end_write(change.pair, side)

    def _written(self, side: Side, change: _Change, outcome: Outcome) -> None:
        ctx, pair, kind = self.ctx, change.pair, self.integration.kind
        record = change.records[side]
        if outcome.state in (Done.OK, Done.LEFT):
            left = outcome.state is Done.LEFT
            shadow, _ = ctx.store.shadow(pair, side)
            proven = {
                name: outcome.fields.get(name, value) for name, value in change.writes.items() if not left
            }
            # Somebody else's change that came in between is in the answer: it is looked at again.
            others = [
                name
                for rule in self.integration.rules
                if (name := rule.name(side)) not in change.writes
                and name in outcome.fields
                and outcome.fields[name] != record.fields.get(name)
            ]
            self.open[pair.number] -= 1
            other, _ = ctx.store.shadow(pair, side.other)
            with ctx.store.together():
                ctx.store.set_shadow(pair, side, {**shadow, **proven}, "" if others else outcome.rev)
                rev = "" if change.both else change.records[side.other].rev
                ctx.store.set_shadow(pair, side.other, {**other, **change.carried}, rev)
                # What waits, or is for a person to decide, stays on the list although the rest is written.
                if not self.open[pair.number] and not change.left:
                    ctx.settle(pair)
                if others:
                    ctx.store.mark(ctx.id, kind, side, [pair.ids[side]], ctx.clock())
                source = ctx.connector(side.other).name
                noted = _audited(side, record, change.writes, source)
                if left:
                    noted = [(side, record.id, "", None, None, outcome.reason)]
                ctx.store.note(ctx.id, kind, pair.number, noted)
            what = "left" if left else "update"
            ctx.report.add(Action(what, kind, side, record.id, record.title, why=outcome.reason))
            for name, value in change.writes.items() if not left else ():
                before = record.fields.get(name)
                ctx.report.add(Action("update", kind, side, record.id, record.title, name, before, value))
        elif outcome.state is Done.REJECT:
            with ctx.store.together():
                ctx.store.set_pair(pair, "error", outcome.reason)
                self._park_pair(pair, change.dirty, record, outcome.reason)
        else:
            stale = outcome.state is Done.STALE
            until = (
                ctx.clock()
                if stale and change.dirty.attempts < 3
                else ctx.backoff(change.dirty, outcome.after)
            )
            ctx.store.postpone(ctx.id, titled(change.dirty, record), until, outcome.reason)


@dataclass(frozen=True, slots=True)
class _Change:
    """Fields of one record of a pair that are to be written. `both`: the other one's as well; `left`:
    something else of the pair cannot be settled now.
    """

    pair: Pair
    dirty: Dirty
    records: Mapping[Side, Record]
    writes: Fields
    carried: Fields
    both: bool
    left: bool


def _audited(side: Side, record: Record, writes: Fields, source: str) -> list[tuple[object, ...]]:
    why = f"changed in {source}"
    return [(side, record.id, name, record.fields.get(name), value, why) for name, value in writes.items()]
