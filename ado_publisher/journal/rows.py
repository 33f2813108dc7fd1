"""The journal's tables, and its rows as entries."""

from __future__ import annotations

import json
import sqlite3
import zlib

from ado_publisher.journal.entries import FileEntry, Publication, ResultEntry, State

SCHEMA = """
create table if not exists meta (version integer not null);
create table if not exists publication (
  id integer primary key, key text not null, digest text not null, organization_url text not null,
  project text not null, created text not null, state text not null, facts text not null);
create table if not exists started (id integer primary key, created text not null);
create table if not exists deferred (
  id integer primary key, organization_url text not null, project text not null, created text not null,
  state text not null, policy text not null, content blob not null);
create table if not exists run (
  publication integer not null, number integer not null, name text not null, marker text not null,
  plan_id integer not null, body blob not null, release_named integer not null, shared integer not null,
  state text not null,
  run_id integer, url text not null default '', primary key (publication, number));
create table if not exists result (
  publication integer not null, run integer not null, point_id integer not null, body blob not null,
  nested integer not null, state text not null, result_id integer, error text not null default '',
  primary key (publication, run, point_id));
create table if not exists file (
  publication integer not null, run integer not null, number integer not null, point_id integer,
  name text not null, kind text not null, path text not null, size integer not null, content blob,
  state text not null, error text not null default '', primary key (publication, run, number));
"""


def publication_from(row: sqlite3.Row) -> Publication:
    """A publication as its row says, without its runs."""
    return Publication(
        key=row["key"],
        digest=row["digest"],
        organization_url=row["organization_url"],
        project=row["project"],
        runs=(),
        facts=json.loads(row["facts"]),
        state=State(row["state"]),
        id=row["id"],
        created=row["created"],
    )


def result_from(row: sqlite3.Row) -> ResultEntry:
    """A result as its row says."""
    return ResultEntry(
        row["point_id"], row["body"], bool(row["nested"]), State(row["state"]), row["result_id"], row["error"]
    )


def file_row(publication: int, run: int, file: FileEntry) -> tuple[object, ...]:
    """A file as a row: its content compressed."""
    content = None if file.content is None else zlib.compress(file.content, 1)
    place = (publication, run, file.number, file.point_id)
    return (*place, file.name, file.kind, file.path, file.size, content, file.state)


def file_from(row: sqlite3.Row) -> FileEntry:
    """A file as its row says."""
    return FileEntry(
        number=row["number"],
        point_id=row["point_id"],
        name=row["name"],
        kind=row["kind"],
        path=row["path"],
        # At most the size that was noted: a journal from elsewhere is not to be trusted with memory.
        content=row["content"] and zlib.decompressobj().decompress(row["content"], max(row["size"], 1)),
        size=row["size"],
        state=State(row["state"]),
        error=row["error"],
    )
