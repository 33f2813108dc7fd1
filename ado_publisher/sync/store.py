"""What a sync knows between runs, in SQLite: pairs, shadows, what is dirty, intents, audit.

Every step is committed before the next request, so that a process that is killed at any moment goes
on where it was. The file holds what records say, and no secret.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ado_publisher.errors import SettingsError
from ado_publisher.sync.model import Fields, Side
from ado_publisher.sync.rows import (
    MOVE,
    NEWEST,
    NOT_SEEN,
    PAIR_OF,
    REVISION,
    SCHEMA,
    VERSION,
    Dirty,
    Intent,
    Pair,
    intent_from,
    pair_from,
)


class Store:
    """The file, or the same in memory. One process at a time writes a partition."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None, timeout=30)
            self.db.row_factory = sqlite3.Row
            self.db.execute("pragma journal_mode=wal")
            found = self.db.execute("pragma user_version").fetchone()[0]
            if found > VERSION:
                raise SettingsError(
                    f"{path}: made by a newer ado-publisher (version {found}, this one knows {VERSION})"
                )
            self.db.executescript(SCHEMA)
            self.db.execute(f"pragma user_version={VERSION}")
        except (sqlite3.Error, OSError) as error:
            raise SettingsError(f"{path}: the sync's database cannot be used: {error}") from error

    def copy(self) -> Store:
        """The same in memory: for looking at what would happen."""
        other = Store(None)
        self.db.backup(other.db)
        return other

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All of it, or nothing."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.db.execute("rollback")
            raise
        self.db.execute("commit")

    # partitions and cursors

    def digest(self, partition: str) -> str:
        """What told the config apart when the partition was last synced; empty for a new one."""
        row = self.db.execute("select digest from partition where id=?", (partition,)).fetchone()
        return row["digest"] if row else ""

    def set_digest(self, partition: str, digest: str) -> None:
        """Note the config that the partition is synced with."""
        self.db.execute(
            "insert into partition (id, digest) values (?, ?) "
            "on conflict (id) do update set digest=excluded.digest",
            (partition, digest),
        )

    def cursor(self, partition: str, kind: str, side: Side) -> tuple[float | None, float | None]:
        """The watermark and when everything was last looked at; None for never."""
        row = self.db.execute(
            "select watermark, swept from cursor where partition=? and kind=? and side=?",
            (partition, kind, side),
        ).fetchone()
        return (row["watermark"], row["swept"]) if row else (None, None)

    def set_cursor(
        self, partition: str, kind: str, side: Side, watermark: float, swept: float | None
    ) -> None:
        """Note how far was looked; `swept` None leaves that moment as it is."""
        self.db.execute(
            "insert into cursor values (?, ?, ?, ?, ?) on conflict (partition, kind, side) do update set "
            "watermark=excluded.watermark, swept=coalesce(excluded.swept, swept)",
            (partition, kind, side, watermark, swept),
        )

    # pairs and shadows

    def pair(self, partition: str, kind: str, side: Side, number: str) -> Pair | None:
        """The pair of a record."""
        row = self.db.execute(PAIR_OF[side], (partition, kind, number)).fetchone()
        return pair_from(row) if row else None

    def pairs(self, partition: str, kind: str | None = None) -> Iterator[Pair]:
        """Every pair, in order."""
        rows = self.db.execute(
            "select * from pair where partition=? and kind=coalesce(?, kind) order by id", (partition, kind)
        )
        return map(pair_from, rows)

    def newest(self, partition: str, kind: str, side: Side) -> int:
        """The greatest number that ids of paired records begin with."""
        return int(self.db.execute(NEWEST[side], (partition, kind)).fetchone()[0] or 0)

    def count_pairs(self, partition: str, kind: str) -> int:
        """How many there are."""
        row = self.db.execute("select count(*) from pair where partition=? and kind=?", (partition, kind))
        return int(row.fetchone()[0])

    def add_pair(self, partition: str, kind: str, ado: str, remote: str) -> Pair:
        """Note that the two are the same. Raises ValueError when one of them has another twin."""
        try:
            number = self.db.execute(
                "insert into pair (partition, kind, ado, remote) values (?, ?, ?, ?)",
                (partition, kind, ado, remote),
            ).lastrowid
        except sqlite3.IntegrityError as error:
            raise ValueError(f"{kind} {ado} or {remote} is paired with another already") from error
        return Pair(int(number or 0), kind, {Side.ADO: ado, Side.REMOTE: remote})

    def set_pair(self, pair: Pair, state: str, note: str = "") -> None:
        """Note what state the pair is in, and why."""
        self.db.execute("update pair set state=?, note=? where id=?", (state, note, pair.number))

    def move_pair(self, pair: Pair, side: Side, number: str) -> None:
        """The record of that side is another one now: a newer one that was appended."""
        self.db.execute(MOVE[side], (number, pair.number))

    def shadow(self, pair: Pair, side: Side) -> tuple[dict[str, str | None], str]:
        """What that side showed when both last agreed, and its revision."""
        row = self.db.execute("select * from shadow where pair=? and side=?", (pair.number, side)).fetchone()
        return (json.loads(row["fields"]), row["rev"]) if row else ({}, "")

    def set_shadow(self, pair: Pair, side: Side, fields: Fields, rev: str) -> None:
        """Note what that side shows."""
        self.db.execute(
            "insert into shadow values (?, ?, ?, ?) on conflict (pair, side) do update set "
            "rev=excluded.rev, fields=excluded.fields",
            (pair.number, side, rev, json.dumps(dict(fields))),
        )

    def begin_writes(self, wanted: Iterable[tuple[Pair, Side, Fields, Fields]]) -> None:
        """Note changes before they are sent: what a side shall show, and what the other has of the same."""
        self.db.executemany(
            "insert or replace into writing values (?, ?, ?, ?)",
            [(pair.number, side, json.dumps(dict(w)), json.dumps(dict(c))) for pair, side, w, c in wanted],
        )

    def unsure_write(self, pair: Pair, side: Side) -> tuple[Fields, Fields] | None:
        """A change of that side that may have been carried out, as it was noted."""
        row = self.db.execute("select * from writing where pair=? and side=?", (pair.number, side)).fetchone()
        return (json.loads(row["writes"]), json.loads(row["carried"])) if row else None

    def end_write(self, pair: Pair, side: Side) -> None:
        """It is known what became of the change."""
        self.db.execute("delete from writing where pair=? and side=?", (pair.number, side))

    def revision(self, partition: str, kind: str, side: Side, number: str) -> str | None:
        """The revision that is known of a paired record; None for one without a pair."""
        row = self.db.execute(REVISION[side], (side, partition, kind, number)).fetchone()
        return (row["rev"] or "") if row else None

    # what was seen while everything was looked at

    def forget_seen(self) -> None:
        """Nothing was seen yet."""
        self.db.execute("create temp table if not exists seen (id text primary key)")
        self.db.execute("delete from seen")

    def see(self, numbers: Iterable[str]) -> None:
        """These are there."""
        self.db.executemany("insert or ignore into seen values (?)", [(number,) for number in numbers])

    def not_seen(self, partition: str, kind: str, side: Side) -> list[str]:
        """The paired records of a side that were not seen."""
        return [row[0] for row in self.db.execute(NOT_SEEN[side], (partition, kind))]

    # what is dirty

    def mark(self, partition: str, kind: str, side: Side, numbers: Iterable[str], now: float) -> None:
        """These are to be looked at; one that is parked is worth another try."""
        self.db.executemany(
            "insert into dirty (partition, kind, side, id, first_seen) values (?, ?, ?, ?, ?) "
            "on conflict (partition, kind, side, id) do update set not_before=0",
            [(partition, kind, side, number, now) for number in numbers],
        )

    def clean(self, partition: str, kind: str, side: Side, numbers: Iterable[str]) -> None:
        """There is nothing more to be done for these."""
        self.db.executemany(
            "delete from dirty where partition=? and kind=? and side=? and id=?",
            [(partition, kind, side, number) for number in numbers],
        )

    def postpone(self, partition: str, dirty: Dirty, until: float, error: str, waits: str = "") -> None:
        """Not now: `until` is when another try makes sense, FAR for one that waits for a person."""
        self.db.execute(
            "update dirty set attempts=attempts+1, not_before=?, error=?, waits=?, title=? "
            "where partition=? and kind=? and side=? and id=?",
            (until, error, waits, dirty.title, partition, dirty.kind, dirty.side, dirty.id),
        )

    def dirty(self, partition: str, kind: str | None = None) -> list[Dirty]:
        """Everything that is to be looked at, the longest waiting first."""
        rows = self.db.execute(
            "select * from dirty where partition=? and kind=coalesce(?, kind) order by first_seen, rowid",
            (partition, kind),
        )
        return [
            Dirty(
                row["kind"],
                Side(row["side"]),
                row["id"],
                row["first_seen"],
                row["attempts"],
                row["not_before"],
                row["error"],
                row["waits"],
                row["title"],
            )
            for row in rows
        ]

    def is_dirty(self, partition: str, kind: str, side: Side, number: str) -> bool:
        """It is to be looked at."""
        row = self.db.execute(
            "select 1 from dirty where partition=? and kind=? and side=? and id=?",
            (partition, kind, side, number),
        )
        return row.fetchone() is not None

    def try_again(self, partition: str, ids: Sequence[str] = ()) -> int:
        """Whatever is parked is tried again, or only these ids; how many."""
        parked = "update dirty set not_before=0, attempts=0 where partition=? and not_before>0"
        if not ids:
            return self.db.execute(parked, (partition,)).rowcount
        return self.db.executemany(f"{parked} and id=?", [(partition, each) for each in ids]).rowcount

    # intents

    def intend(self, partition: str, intents: Iterable[Intent]) -> None:
        """Note creations before they are sent."""
        self.db.executemany(
            "insert or replace into intent values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    each.key,
                    partition,
                    each.kind,
                    each.side,
                    each.source,
                    json.dumps({"fields": dict(each.change.fields), "key": each.change.key}),
                    json.dumps(dict(each.source_fields)),
                    each.source_rev,
                    each.at,
                )
                for each in intents
            ],
        )

    def intents(self, partition: str, kind: str | None = None) -> list[Intent]:
        """The creations that may have been carried out."""
        rows = self.db.execute(
            "select * from intent where partition=? and kind=coalesce(?, kind) order by at", (partition, kind)
        )
        return [intent_from(row) for row in rows]

    def forget_intent(self, partition: str, kind: str, key: str) -> None:
        """It was carried out and is known, or it never was."""
        self.db.execute("delete from intent where partition=? and kind=? and key=?", (partition, kind, key))

    # audit

    def note(self, partition: str, kind: str, pair: int | None, entries: Iterable[tuple[Any, ...]]) -> None:
        """Append to the audit: side, record, field, before, after, why."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.db.executemany(
            "insert into audit (at, partition, kind, pair, side, record, field, before, after, why) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(at, partition, kind, pair, *entry) for entry in entries],
        )

    def audit(
        self, partition: str, kind: str | None = None, record: str | None = None
    ) -> list[dict[str, Any]]:
        """The audit, oldest first."""
        rows = self.db.execute(
            "select * from audit where partition=? and kind=coalesce(?, kind) and record=coalesce(?, record) "
            "order by id",
            (partition, kind, record),
        )
        return [dict(row) for row in rows]
