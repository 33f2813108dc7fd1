"""One partition made equal: look at what changed, merge, write, and know afterwards what was written.

Safe to be killed anywhere and started again (facts/sync.md section 4.3): what is dirty stays so until the
pair's row is committed; a creation is noted before it is sent and carries a key by which it is found again;
a shadow holds what a write itself proved, never a later read.
"""

from __future__ import annotations

from ado_publisher.errors import SettingsError
from ado_publisher.sync.adopting import adopt
from ado_publisher.sync.context import Context
from ado_publisher.sync.creating import recover
from ado_publisher.sync.model import NOUNS, ORDER, Side
from ado_publisher.sync.polling import poll
from ado_publisher.sync.report import Action, Report
from ado_publisher.sync.rules import Integration
from ado_publisher.sync.working import work

# What was waited for may be made in the first pass, and what was made may flow back in the next.
_PASSES = 6


def sync_partition(ctx: Context) -> Report:
    """Make both sides equal as far as it goes now.

    Raises SyncAway when a side is away, SettingsError where only a person can go on.

    Kinds come in the order in which they hold each other: containers, cases, runs, results.
    """
    kinds = sorted(ctx.partition.integrations, key=lambda each: ORDER.index(each.kind))
    _refuse_a_second_start(ctx)
    changed = ctx.store.digest(ctx.id) not in ("", ctx.partition.digest)
    if changed:
        ctx.report.trouble("the config has changed since the last sync: everything is looked at again")
    ctx.sweep = ctx.sweep or changed
    for integration in kinds:
        recover(ctx, integration.kind)
        for side in Side:
            if integration.flows_from(side):
                poll(ctx, integration.kind, side)
        work(ctx, integration)
    for _ in range(_PASSES):
        if not _again(ctx, kinds):
            break
    ctx.store.set_digest(ctx.id, ctx.partition.digest)
    _tell_what_is_left(ctx)
    return ctx.report


def _tell_what_is_left(ctx: Context) -> None:
    """What waits or is parked now, whenever that came about; what waited for another pass is done."""
    left = [each for each in ctx.store.dirty(ctx.id) if each.parked]
    ctx.report.forget("wait", "park")
    for each in left:
        what = "wait" if each.waits else "park"
        ctx.report.add(Action(what, each.kind, each.side, each.id, each.title, why=each.error))


def _refuse_a_second_start(ctx: Context) -> None:
    """A database that knows nothing, beside records that belong together: everything would be doubled."""
    if any(True for _ in ctx.store.pairs(ctx.id)) or ctx.store.intents(ctx.id):
        return
    found = adopt(Context(ctx.partition, ctx.store.copy(), clock=ctx.clock)).matches
    if found:
        first = found[0]
        named = f"{NOUNS[first.kind][0]} '{first.ado.title}'"
        raise SettingsError(
            f"{len(found)} records stand on both sides already, such as {named} "
            f"({first.ado.id} and {first.remote.id}, {first.why}), but this database knows of none.\n"
            "  Put the database back, or look at what belongs together with `ado-publisher sync adopt` and "
            "keep it with --write."
        )


def _again(ctx: Context, kinds: list[Integration]) -> bool:
    """Whatever is due now; whether anything was."""
    # Each kind gets its turn, also where an earlier one had something.
    worked = [work(ctx, integration) for integration in kinds]
    return any(worked)
