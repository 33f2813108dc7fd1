"""The tables of a sync's database, and their rows as values."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from ado_publisher.sync.model import Change, Fields, Side

VERSION = 1
FAR = 1e18
# A pair of what is over, such as the tests of a run that was closed.
CLOSED = "closed"
# A person has said whose values stand; the note says whose.
DECIDED = "decided"
SCHEMA = """
create table if not exists partition (id text primary key, digest text not null);
create table if not exists cursor (
  partition text, kind text, side text, watermark real, swept real, primary key (partition, kind, side));
create table if not exists pair (
  id integer primary key, partition text not null, kind text not null, ado text, remote text,
  state text not null default 'active', note text not null default '',
  unique (partition, kind, ado), unique (partition, kind, remote));
create table if not exists shadow (
  pair integer not null, side text not null, rev text not null default '', fields text not null,
  primary key (pair, side));
create table if not exists writing (
  pair integer not null, side text not null, writes text not null, carried text not null,
  primary key (pair, side));
create table if not exists dirty (
  partition text, kind text, side text, id text, first_seen real not null,
  attempts integer not null default 0,
  not_before real not null default 0, error text not null default '', waits text not null default '',
  title text not null default '', primary key (partition, kind, side, id));
create index if not exists waiting on dirty (partition, waits);
create table if not exists intent (
  key text, partition text, kind text, side text, source text not null, change text not null,
  source_fields text not null, source_rev text not null, at real not null,
  primary key (partition, kind, key));
create table if not exists audit (
  id integer primary key, at text not null, partition text, kind text, pair integer, side text, record text,
  field text, before text, after text, why text);
"""

PAIR_OF = {
    Side.ADO: "select * from pair where partition=? and kind=? and ado=?",
    Side.REMOTE: "select * from pair where partition=? and kind=? and remote=?",
}
MOVE = {Side.ADO: "update pair set ado=? where id=?", Side.REMOTE: "update pair set remote=? where id=?"}
NEWEST = {
    Side.ADO: "select max(cast(ado as integer)) from pair where partition=? and kind=?",
    Side.REMOTE: "select max(cast(remote as integer)) from pair where partition=? and kind=?",
}
_WITH_SHADOW = "select shadow.rev from pair left join shadow on shadow.pair=pair.id and shadow.side=? "
REVISION = {
    Side.ADO: _WITH_SHADOW + "where partition=? and kind=? and ado=?",
    Side.REMOTE: _WITH_SHADOW + "where partition=? and kind=? and remote=?",
}
NOT_SEEN = {
    Side.ADO: "select ado from pair where partition=? and kind=? and state<>'closed' "
    "and state<>'twinless' and ado not in (select id from seen)",
    Side.REMOTE: "select remote from pair where partition=? and kind=? and state<>'closed' "
    "and state<>'twinless' and remote not in (select id from seen)",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that are the same. `state`: active, twinless, closed, conflict, error; `note` says why."""

    number: int
    kind: str
    ids: dict[Side, str]
    state: str = "active"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dirty:
    """A record to be looked at; with `error` it is parked until a person or a change calls for it again."""

    kind: str
    side: Side
    id: str
    first_seen: float
    attempts: int = 0
    not_before: float = 0.0
    error: str = ""
    waits: str = ""
    title: str = ""

    @property
    def parked(self) -> bool:
        """Nothing but a change or a person makes it worth another try."""
        return self.not_before >= FAR


@dataclass(frozen=True, slots=True)
class Intent:
    """A creation that may have been carried out: `side` is where, `source` the record it is made for."""

    key: str
    kind: str
    side: Side
    source: str
    change: Change
    source_fields: Fields
    source_rev: str
    at: float


def pair_from(row: sqlite3.Row) -> Pair:
    """The pair of a row."""
    ids = {side: row[side.value] for side in Side if row[side.value] is not None}
    return Pair(row["id"], row["kind"], ids, row["state"], row["note"])


def intent_from(row: sqlite3.Row) -> Intent:
    """The intent of a row."""
    change = json.loads(row["change"])
    return Intent(
        row["key"],
        row["kind"],
        Side(row["side"]),
        row["source"],
        Change(None, change["fields"], change["key"]),
        json.loads(row["source_fields"]),
        row["source_rev"],
        row["at"],
    )
