"""Pairs of records that are there already: by the markers they carry, else by title and container.

For the first start beside what people made by hand, for a lost database, and for leaving another sync.
Nothing is created, and no record is changed: what differs is merged by the next run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ado_publisher.sync.context import Context, chunks
from ado_publisher.sync.model import CASE, CONTAINER, NOUNS, ORDER, Record, Side


@dataclass(frozen=True, slots=True)
class Match:
    """Two records that are the same, and what says so."""

    kind: str
    ado: Record
    remote: Record
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What can be paired, and what cannot be because several fit."""

    matches: tuple[Match, ...]
    ambiguous: tuple[str, ...]


def adopt(ctx: Context) -> Found:
    """Pair in the context's store what belongs together. Raises SyncAway."""
    matches: list[Match] = []
    ambiguous: list[str] = []
    for integration in sorted(ctx.partition.integrations, key=lambda each: ORDER.index(each.kind)):
        kind = integration.kind
        appended = [side for side in Side if ctx.capabilities(kind, side).append_only]
        if appended:
            matches += _appended(ctx, kind, appended[0])
            continue
        # A container is found below one that is paired: so many rounds as there are levels.
        while found := _round(ctx, kind, ambiguous):
            matches += found
    return Found(tuple(matches), tuple(dict.fromkeys(ambiguous)))


def _round(ctx: Context, kind: str, ambiguous: list[str]) -> list[Match]:
    if kind in (CONTAINER, CASE):
        records = {side: list(map(_slim, _unpaired(ctx, kind, side))) for side in Side}
    else:
        # Two runs of the same name are two runs: only a marker tells.
        marked = [record for record in _unpaired(ctx, kind, Side.ADO) if record.key]
        records = {Side.ADO: marked, Side.REMOTE: list(_unpaired(ctx, kind, Side.REMOTE)) if marked else []}
    found = list(_by_marker(kind, records[Side.ADO], records[Side.REMOTE]))
    if not found and kind in (CONTAINER, CASE):
        found = list(_by_title(ctx, kind, records[Side.ADO], records[Side.REMOTE], ambiguous))
    with ctx.store.together():
        for match in found:
            pair = ctx.store.add_pair(ctx.id, kind, match.ado.id, match.remote.id)
            for side, record in ((Side.ADO, match.ado), (Side.REMOTE, match.remote)):
                # Nothing is known of when they agreed: every field that differs is a conflict.
                ctx.store.set_shadow(pair, side, {}, "")
                ctx.store.mark(ctx.id, kind, side, [record.id], ctx.clock())
            note = (Side.ADO, match.ado.id, "", None, None, f"adopted with {match.remote.id}: {match.why}")
            ctx.store.note(ctx.id, kind, pair.number, [note])
    return found


def _slim(record: Record) -> Record:
    """Only what tells which records belong together: all of both sides are held at once."""
    kept = ("title", "@container")
    return replace(record, fields={name: record.fields[name] for name in kept if name in record.fields})


def _appended(ctx: Context, kind: str, side: Side) -> list[Match]:
    """Records that were appended for others: the newest one of each says which revision it tells of."""
    newest: dict[str, Record] = {}
    for record in _unpaired(ctx, kind, side):
        url = record.key.rpartition("#")[0]
        if url and (url not in newest or int(newest[url].id) < int(record.id)):
            newest[url] = record
    found: list[Match] = []
    for source in _unpaired(ctx, kind, side.other) if newest else ():
        twin = newest.get(source.url)
        if twin is None:
            continue
        ids = {side: twin.id, side.other: source.id}
        told = twin.key.rpartition("#")[2] == source.rev
        with ctx.store.together():
            pair = ctx.store.add_pair(ctx.id, kind, ids[Side.ADO], ids[Side.REMOTE])
            ctx.store.set_shadow(pair, side, twin.fields, twin.rev)
            # What was changed since it was told of differs from an empty shadow, and is appended.
            ctx.store.set_shadow(pair, side.other, source.fields if told else {}, source.rev if told else "")
            if not told:
                ctx.store.mark(ctx.id, kind, side.other, [source.id], ctx.clock())
        pairs = {side: twin, side.other: source}
        found.append(Match(kind, pairs[Side.ADO], pairs[Side.REMOTE], "by its marker"))
    return found


def _unpaired(ctx: Context, kind: str, side: Side) -> Iterator[Record]:
    connector = ctx.connector(side)
    for refs in chunks(connector.changed(kind, None)):
        ids = [ref.id for ref in refs if ctx.store.pair(ctx.id, kind, side, ref.id) is None]
        if ids:
            yield from connector.read(kind, ids)


def _by_marker(kind: str, ado: Iterable[Record], remote: list[Record]) -> Iterator[Match]:
    """The address of one stands in the other, and in no third."""
    by_url = {record.url: record for record in remote if record.url}
    by_key = defaultdict(list)
    for record in remote:
        if record.key:
            by_key[record.key].append(record)
    taken: set[str] = set()
    for record in ado:
        candidates = by_key.get(record.url, [])
        twin = by_url.get(record.key) if record.key else None
        twin = twin or (candidates[0] if len(candidates) == 1 else None)
        if twin is not None and twin.id not in taken:
            taken.add(twin.id)
            yield Match(kind, record, twin, "by its marker")


def _by_title(
    ctx: Context, kind: str, ado: Iterable[Record], remote: Iterable[Record], ambiguous: list[str]
) -> Iterator[Match]:
    """The same title in containers that are the same, once on each side."""
    ours: dict[tuple[str, str], list[Record]] = defaultdict(list)
    theirs: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in ado:
        place = record.fields.get("@container") or ""
        twin = ctx.twin("container", Side.ADO, place) if place else ""
        if twin is not None:
            ours[record.title, twin].append(record)
    for record in remote:
        theirs[record.title, record.fields.get("@container") or ""].append(record)
    for at, mine in ours.items():
        others = theirs.get(at, [])
        if len(mine) == len(others) == 1:
            yield Match(kind, mine[0], others[0], "by its title and container")
        elif others:
            ids = ", ".join(record.id for record in (*mine, *others))
            ambiguous.append(f"{NOUNS[kind][0]} '{at[0]}': several have this title in this container ({ids})")
