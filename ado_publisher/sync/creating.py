"""Twins that are made: noted before they are sent, known again by the key inside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ado_publisher.sync.context import Context
from ado_publisher.sync.model import Capabilities, Change, Done, Fields, Outcome, Record, Side
from ado_publisher.sync.report import Action
from ado_publisher.sync.rows import FAR, Dirty, Intent, Pair
from ado_publisher.sync.rules import Integration


def recover(ctx: Context, kind: str) -> None:
    """Creations whose end is unknown: found by their key they are adopted; once the side must show them and
    does not, they never were. Raises SyncAway.
    """
    # Whatever is looked for now is seen as it stands now, or later.
    now = ctx.clock()
    for intent in ctx.store.intents(ctx.id, kind):
        connector, capabilities = ctx.connector(intent.side), ctx.capabilities(kind, intent.side)
        found = connector.find(kind, intent.change)
        # What has a twin already was not made for this one, whatever it is called.
        if found is not None and ctx.store.pair(ctx.id, kind, intent.side, found) is None:
            adopt(ctx, intent, found)
        elif now - intent.at > _shown_after(capabilities):
            ctx.store.forget_intent(ctx.id, kind, intent.key)


def _shown_after(capabilities: Capabilities) -> float:
    """After how many seconds a search by key shows what was made."""
    return capabilities.index_lag + capabilities.resolution


def adopt(ctx: Context, intent: Intent, number: str) -> None:
    """The record is what the intent has made. What was sent is what is known of it, not what it shows now:
    both are looked at once more, since either may have been changed since.
    """
    pair = _paired(ctx, intent, number, intent.change.fields, "")
    if pair is not None:
        for side, each in pair.ids.items():
            ctx.store.mark(ctx.id, intent.kind, side, [each], ctx.clock())
        ctx.report.add(
            Action("adopt", intent.kind, intent.side, number, intent.change.fields.get("title") or "")
        )


def make(
    ctx: Context,
    integration: Integration,
    side: Side,
    wanted: Sequence[tuple[Dirty, Record, Fields]],
    *,
    again: bool = False,
) -> None:
    """Make a twin on that side for each record, `again` a newer one. Raises SyncAway; the intents tell what
    was sent then.
    """
    intents = [_intent(ctx, integration.kind, side, record, fields) for _, record, fields in wanted]
    with ctx.store.together():
        ctx.store.intend(ctx.id, intents)
    changes = [replace(each.change, again=again) for each in intents]
    if ctx.capabilities(integration.kind, side).append_only:
        changes = _in_order(ctx, integration.kind, side, [record for _, record, _ in wanted], changes)
    outcomes = ctx.connector(side).write(integration.kind, changes)
    for (dirty, record, _), intent, outcome in zip(wanted, intents, outcomes, strict=True):
        _made(ctx, integration, dirty, record, intent, outcome)


def _in_order(
    ctx: Context, kind: str, side: Side, sources: Sequence[Record], changes: Sequence[Change]
) -> list[Change]:
    """The same, and which of them come after something newer was told."""
    newest, found = ctx.store.newest(ctx.id, kind, side.other), []
    for source, change in zip(sources, changes, strict=True):
        number = source.id.partition("/")[0]
        order = int(number) if number.isdigit() else newest
        found.append(replace(change, late=order < newest))
        newest = max(newest, order)
    return found


def key_of(side: Side, kind: str, record: Record) -> str:
    """What the twin of a record carries: its address, which is its own in all the world."""
    return record.url or f"{side}:{kind}:{record.id}"


def _intent(ctx: Context, kind: str, side: Side, record: Record, fields: Fields) -> Intent:
    key = key_of(side.other, kind, record)
    if ctx.capabilities(kind, side).append_only:
        # Each state of the source is a record of its own there.
        key = f"{key}#{record.rev}"
    change = Change(None, fields, key, twin=record)
    return Intent(key, kind, side, record.id, change, record.fields, record.rev, ctx.clock())


def _made(
    ctx: Context, integration: Integration, dirty: Dirty, record: Record, intent: Intent, outcome: Outcome
) -> None:
    kind = integration.kind
    if outcome.state is Done.OK:
        sent = {name: outcome.fields.get(name, value) for name, value in intent.change.fields.items()}
        pair = _paired(ctx, intent, outcome.id, sent, outcome.rev)
        if pair is not None:
            ctx.report.add(
                Action("create", kind, intent.side, outcome.id, record.title, why=f"for {record.id}")
            )
            _report_fields(ctx, kind, intent, outcome.id, record.title)
            _place_again(ctx, integration, pair, intent, outcome)
            _look_back(ctx, integration, pair, intent.side, outcome)
    elif outcome.state is Done.LEFT:
        with ctx.store.together():
            ctx.store.forget_intent(ctx.id, kind, intent.key)
            ctx.store.clean(ctx.id, kind, dirty.side, [dirty.id])
        ctx.report.add(Action("left", kind, dirty.side, dirty.id, record.title, why=outcome.reason))
    elif outcome.state is Done.REJECT:
        with ctx.store.together():
            ctx.store.forget_intent(ctx.id, kind, intent.key)
            ctx.store.postpone(ctx.id, titled(dirty, record), FAR, outcome.reason)
        ctx.report.add(Action("park", kind, dirty.side, dirty.id, record.title, why=outcome.reason))
    else:
        # It may have been carried out: the intent stays, and is looked for.
        ctx.store.postpone(ctx.id, titled(dirty, record), ctx.backoff(dirty, outcome.after), outcome.reason)


def _paired(ctx: Context, intent: Intent, number: str, sent: Fields, rev: str) -> Pair | None:
    store, kind = ctx.store, intent.kind
    source = intent.side.other
    with store.together():
        store.forget_intent(ctx.id, kind, intent.key)
        known = store.pair(ctx.id, kind, source, intent.source)
        if known is not None:
            store.move_pair(known, intent.side, number)
            pair = Pair(known.number, kind, {**known.ids, intent.side: number})
        else:
            ids = {source: intent.source, intent.side: number}
            try:
                pair = store.add_pair(ctx.id, kind, ids[Side.ADO], ids[Side.REMOTE])
            except ValueError as error:
                ctx.report.trouble(str(error))
                return None
        store.set_shadow(pair, intent.side, sent, rev)
        store.set_shadow(pair, source, intent.source_fields, intent.source_rev)
        store.set_pair(pair, "active")
        store.note(
            ctx.id, kind, pair.number, [(intent.side, number, "", None, None, f"created for {intent.source}")]
        )
        ctx.settle(pair)
        release(ctx, kind, pair.ids)
    return pair


def release(ctx: Context, kind: str, ids: dict[Side, str]) -> None:
    """What waited for these records goes on."""
    ctx.store.db.executemany(
        "update dirty set not_before=0, waits='', error='' where partition=? and waits=?",
        [(ctx.id, waiting_name(kind, side, number)) for side, number in ids.items()],
    )


def waiting_name(kind: str, side: Side, number: str) -> str:
    """What a record waits for, as the store holds it."""
    return f"{kind} {side} {number}"


def _place_again(
    ctx: Context, integration: Integration, pair: Pair, intent: Intent, outcome: Outcome
) -> None:
    """A record that was made, but not where it belongs, or not in its state, is changed by the next look: its
    source counts as changed in what was not taken.
    """
    source = intent.side.other
    missed = {
        rule.name(source)
        for rule in integration.rules
        if (rule.link or rule.later)
        and outcome.fields.get(name := rule.name(intent.side)) != intent.change.fields.get(name)
        and name in outcome.fields
    }
    if missed:
        fields, _ = ctx.store.shadow(pair, source)
        kept = {name: value for name, value in fields.items() if name not in missed}
        ctx.store.set_shadow(pair, source, kept, "")
        ctx.store.mark(ctx.id, pair.kind, source, [pair.ids[source]], ctx.clock())


def _look_back(ctx: Context, integration: Integration, pair: Pair, side: Side, outcome: Outcome) -> None:
    """What the new record has beside that was not sent, such as its id, may flow back."""
    shadow, _ = ctx.store.shadow(pair, side)
    flows = (rule.name(side) for rule in integration.rules if side.other in rule.into)
    if any(outcome.fields.get(name) is not None and name not in shadow for name in flows):
        ctx.store.mark(ctx.id, pair.kind, side, [pair.ids[side]], ctx.clock())


def _report_fields(ctx: Context, kind: str, intent: Intent, number: str, title: str) -> None:
    if ctx.report.keep:
        for name, value in intent.change.fields.items():
            if not value:
                continue
            ctx.report.add(Action("create", kind, intent.side, number, title, name, None, value))


def titled(dirty: Dirty, record: Record) -> Dirty:
    """The same with what a person calls the record."""
    return replace(dirty, title=record.title[:200])


def waiting_for(intents: Iterable[Intent]) -> set[tuple[Side, str]]:
    """The records whose twin may be made already: nothing is done for them until that is known."""
    return {(each.side.other, each.source) for each in intents}
