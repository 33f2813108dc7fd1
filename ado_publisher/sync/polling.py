"""What may have changed: an overlapping window behind the watermark, and everything once a day."""

from __future__ import annotations

from ado_publisher.sync.context import Context, chunks
from ado_publisher.sync.model import NOUNS, Capabilities, Side


def poll(ctx: Context, kind: str, side: Side) -> None:
    """Mark what changed on a side. Raises SyncAway.

    The window begins at the start of the last poll by the service's own clock, less what its feed may lag
    behind and the resolution of its times; a revision that is known is not looked at again.
    """
    connector, capabilities = ctx.connector(side), ctx.capabilities(kind, side)
    watermark, swept = ctx.store.cursor(ctx.id, kind, side)
    now = connector.now()
    sweeping = ctx.sweep or watermark is None or swept is None or now - swept >= ctx.sweep_every
    listed = now - (watermark or 0.0) >= capabilities.listed_every
    if not sweeping and not capabilities.feed and not listed:
        return
    since = begin(watermark or 0.0, capabilities) if capabilities.feed and not sweeping else None
    seen = _mark(ctx, kind, side, since, sweeping=sweeping)
    if sweeping:
        _mark_missing(ctx, kind, side, seen)
    ctx.store.set_cursor(ctx.id, kind, side, now, now if sweeping else None)


def begin(watermark: float, capabilities: Capabilities) -> float:
    """Where the window behind a watermark begins."""
    return watermark - capabilities.lag - capabilities.resolution


def _mark(ctx: Context, kind: str, side: Side, since: float | None, *, sweeping: bool) -> int:
    """Mark as dirty what is not known in that revision; how many there are."""
    store, count = ctx.store, 0
    if sweeping:
        store.forget_seen()
    for refs in chunks(ctx.connector(side).changed(kind, since)):
        count += len(refs)
        with store.together():
            # After a change of the config known revisions say nothing of fields that are new in it.
            wanted = [
                ref.id
                for ref in refs
                if not ref.rev or ctx.sweep or store.revision(ctx.id, kind, side, ref.id) != ref.rev
            ]
            store.mark(ctx.id, kind, side, wanted, ctx.clock())
            if sweeping:
                store.see(ref.id for ref in refs)
    return count


def _mark_missing(ctx: Context, kind: str, side: Side, seen: int) -> None:
    """Paired records that were not seen: they may be gone. A side that shows nothing proves nothing."""
    if ctx.capabilities(kind, side.other).append_only:
        # What was told stays told, also when its source is too old to be listed, or gone.
        return
    known = ctx.store.count_pairs(ctx.id, kind)
    if known and not seen and not ctx.capabilities(kind, side).partial:
        name = ctx.connector(side).name
        ctx.report.trouble(
            f"{name} shows no {NOUNS[kind][0]} at all, though {known} are paired: "
            "nothing is taken for deleted"
        )
        return
    ctx.store.mark(ctx.id, kind, side, ctx.store.not_seen(ctx.id, kind, side), ctx.clock())
