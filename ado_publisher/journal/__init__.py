"""What a publish is about to write and what of it is written, so that `resume` can go on.

A SQLite file: each step is recorded before it is sent and after it was answered. It holds
bodies as they go to the service and attachments, and no secret; it works on another machine.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ado_publisher.errors import SettingsError
from ado_publisher.journal.entries import (
    LARGEST_EMBEDDED,
    LARGEST_EMBEDDED_TOGETHER,
    Deferred,
    FileEntry,
    Publication,
    ResultEntry,
    RunEntry,
    State,
    digest_of,
)
from ado_publisher.journal.rows import SCHEMA, file_from, file_row, publication_from, result_from

__all__ = [
    "LARGEST_EMBEDDED",
    "LARGEST_EMBEDDED_TOGETHER",
    "Deferred",
    "FileEntry",
    "Journal",
    "JournalError",
    "Publication",
    "ResultEntry",
    "RunEntry",
    "State",
    "digest_of",
]

VERSION = 1


class JournalError(SettingsError):
    """The journal cannot be read, written or used; the message says what to do."""


class Journal:
    """The journal's file, or, where none can be written, the same in memory. Safe for several threads."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.begun = False
        self._note: int | None = None
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(
                str(path) if path else ":memory:", check_same_thread=False, isolation_level=None, timeout=30
            )
            with self._told():
                self._open()
        except sqlite3.Error as error:
            raise _unusable(path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin_anew(self, publication: Publication, instead_of: int) -> Publication:
        """Record it once more: what was written of the other is gone from the service."""
        with self._changing():
            self._db.execute(
                "update publication set state='aborted' where id=? and state<>'done'", (instead_of,)
            )
            return replace(publication, id=self._insert(publication))

    @contextmanager
    def started(self) -> Iterator[None]:
        """Note that a publish has begun to look around: one that is killed leaves the note behind.

        Once there is something to write, the publication itself says what is left.
        """
        with self._changing():
            self._note = self._db.execute("insert into started (created) values (?)", (_now(),)).lastrowid
        try:
            yield
        finally:
            with self._changing():
                self._db.execute("delete from started where id=?", (self._note,))

    def broken_off(self) -> list[str]:
        """When publishes began that ended before they had recorded anything; they are told but once."""
        with self._changing():
            rows = self._db.execute("select created from started order by id").fetchall()
            self._db.execute("delete from started")
        return [str(row["created"]) for row in rows]

    def begin(self, publication: Publication, *, again: bool) -> Publication:
        """Record everything that is about to be written, or find that it is recorded.

        Gives the publication as the journal has it: a new one is pending; one with the same key
        and digest comes back with the state it has, unless it is done and `again` is wanted. Only
        the newest of a key counts: with another one in between, the same is not the same.
        """
        self.begun = True
        with self._changing():
            self._db.execute("delete from started where id=?", (self._note,))
            last = self._db.execute(
                "select * from publication where key=? order by id desc limit 1", (publication.key,)
            ).fetchone()
            same = last is not None and last["digest"] == publication.digest
            if same and not (again and last["state"] == State.DONE):
                return publication_from(last)
            return replace(publication, id=self._insert(publication))

    def publication(self, number: int) -> Publication:
        """The publication of that id, without its runs."""
        return next(each for each in self.publications() if each.id == number)

    def unfinished(self, key: str, besides: int) -> list[Publication]:
        """Publications of that key that are not done, but for one."""
        return [
            each
            for each in self.publications()
            if each.key == key and each.id != besides and each.state is State.PENDING
        ]

    @contextmanager
    def claimed(self, publication: int, *, wait: float = 0) -> Iterator[None]:
        """Nobody else writes this publication meanwhile; a process that dies lets go of it.

        Raises JournalError when another one holds it for longer than `wait` seconds.
        """
        if self.path is None:
            yield
            return
        lock = FileLock(f"{self.path}.{publication}.lock")
        try:
            lock.acquire(timeout=wait)
        except Timeout as error:
            raise JournalError(
                f"{self.path}: another ado-publisher is writing this publish; wait for it to end"
            ) from error
        try:
            yield
        finally:
            # The file stays: removed, it would be another file to the next who waits for it.
            lock.release()

    def _insert(self, publication: Publication) -> int:
        cursor = self._db.execute(
            "insert into publication (key, digest, organization_url, project, created, state, facts)"
            " values (?,?,?,?,?,?,?)",
            (
                publication.key,
                publication.digest,
                publication.organization_url,
                publication.project,
                _now(),
                State.PENDING,
                json.dumps(publication.facts),
            ),
        )
        number = int(cursor.lastrowid or 0)
        for run in publication.runs:
            self._insert_run(number, run)
        return number

    def defer(self, organization_url: str, project: str, content: bytes, policy: Mapping[str, Any]) -> int:
        """Keep a publish that another job shall do; gives its number."""
        with self._changing():
            cursor = self._db.execute(
                "insert into deferred (organization_url, project, created, state, policy, content)"
                " values (?,?,?,?,?,?)",
                (organization_url, project, _now(), State.PENDING, json.dumps(policy), content),
            )
        return int(cursor.lastrowid or 0)

    def deferred(self) -> list[Deferred]:
        """What was put off and is still to be published, the oldest first."""
        with self._told():
            rows = self._db.execute("select * from deferred where state<>'done' order by id").fetchall()
            return [
                Deferred(
                    row["id"],
                    row["organization_url"],
                    row["project"],
                    row["created"],
                    json.loads(row["policy"]),
                    row["content"],
                )
                for row in rows
            ]

    def mark_deferred_done(self, number: int) -> None:
        """It is published, or recorded as a publication of its own; what it held is let go."""
        with self._changing():
            self._db.execute("update deferred set state='done', content=x'' where id=?", (number,))

    def give_up_shared(self) -> None:
        """What was to go to a shared run goes another way: nothing of it is left to be resumed."""
        with self._changing():
            self._db.execute(
                "update publication set state='aborted' where state='pending' and id in"
                " (select publication from run where shared)"
            )

    def publications(self) -> list[Publication]:
        """Every publication, the oldest first, without its runs."""
        with self._told():
            rows = self._db.execute("select * from publication order by id").fetchall()
        return [publication_from(row) for row in rows]

    def runs(self, publication: int) -> list[RunEntry]:
        """The publication's runs with everything in them and how far each is."""
        with self._told():
            rows = self._db.execute(
                "select * from run where publication=? order by number", (publication,)
            ).fetchall()
            return [self._run(row) for row in rows]

    def mark_publication(self, publication: int, state: State) -> None:
        """Set the publication's state; of one that is done, the bodies are let go."""
        with self._changing():
            self._db.execute("update publication set state=? where id=?", (state, publication))
            if state is State.DONE:
                self._db.execute("update result set body=x'' where publication=?", (publication,))
                self._db.execute("update file set content=null where publication=?", (publication,))

    def mark_run(
        self, publication: int, run: int, state: State, *, run_id: int | None = None, url: str = ""
    ) -> None:
        """Set the run's state and, once it is known, its id and link."""
        with self._changing():
            self._db.execute(
                "update run set state=?, run_id=coalesce(?, run_id), url=coalesce(nullif(?, ''), url)"
                " where publication=? and number=?",
                (state, run_id, url, publication, run),
            )

    def mark_results(
        self, publication: int, run: int, points: Sequence[int], state: State, error: str = ""
    ) -> None:
        """Set the state of the results of these points."""
        with self._changing():
            self._db.executemany(
                "update result set state=?, error=? where publication=? and run=? and point_id=?",
                [(state, error, publication, run, point) for point in points],
            )

    def mark_result_ids(self, publication: int, run: int, ids: Mapping[int, int]) -> None:
        """Note the result id of each point."""
        with self._changing():
            self._db.executemany(
                "update result set result_id=? where publication=? and run=? and point_id=?",
                [(result_id, publication, run, point) for point, result_id in ids.items()],
            )

    def mark_file(self, publication: int, run: int, number: int, state: State, error: str = "") -> None:
        """Set the state of one file."""
        with self._changing():
            self._db.execute(
                "update file set state=?, error=? where publication=? and run=? and number=?",
                (state, error, publication, run, number),
            )

    def start_over(self, publication: int) -> None:
        """An aborted publication is to be made anew: nothing of it counts as written.

        What went to a shared run stays there, and is not sent again.
        """
        with self._changing():
            self._db.execute("update publication set state='pending' where id=?", (publication,))
            self._db.execute(
                "update run set state='pending', run_id=null, url='' where publication=? and state<>'done'"
                " and not shared",
                (publication,),
            )
            for table in ("result", "file"):
                self._db.execute(
                    f"update {table} set state='pending', error='' where publication=?1 and run in"  # noqa: S608
                    " (select number from run where publication=?1 and state='pending' and not shared)",
                    (publication,),
                )

    def _open(self) -> None:
        with self._changing():
            for statement in SCHEMA.split(";"):
                self._db.execute(statement)
            row = self._db.execute("select version from meta").fetchone()
            if row is None:
                self._db.execute("insert into meta values (?)", (VERSION,))
            elif row[0] != VERSION:
                raise JournalError(
                    f"{self.path}: the journal has version {row[0]}, this program knows {VERSION}; "
                    "finish it with the ado-publisher that wrote it"
                )
        # One file that can be carried elsewhere, so no write-ahead log beside it. Commits survive
        # kill -9; a power cut may cost the journal, and fsync for each of them would cost more.
        self._db.execute("pragma journal_mode=delete").fetchone()
        self._db.execute("pragma synchronous=off")

    def _insert_run(self, publication: int, run: RunEntry) -> None:
        self._db.execute(
            "insert into run (publication, number, name, marker, plan_id, body, release_named, state, shared,"
            " run_id, url) values (?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(publication, run.number, run.name, run.marker),
                *(run.plan_id, run.body, run.release_named, run.state),
                *(run.shared, run.run_id, run.url),
            ),
        )
        self._db.executemany(
            "insert into result (publication, run, point_id, body, nested, state) values (?,?,?,?,?,?)",
            [(publication, run.number, r.point_id, r.body, r.nested, r.state) for r in run.results],
        )
        self._db.executemany(
            "insert into file (publication, run, number, point_id, name, kind, path, size, content, state)"
            " values (?,?,?,?,?,?,?,?,?,?)",
            [file_row(publication, run.number, file) for file in run.files],
        )

    def _run(self, row: sqlite3.Row) -> RunEntry:
        place = (row["publication"], row["number"])
        results = self._db.execute("select * from result where publication=? and run=? order by rowid", place)
        files = self._db.execute("select * from file where publication=? and run=? order by number", place)
        return RunEntry(
            number=row["number"],
            name=row["name"],
            marker=row["marker"],
            plan_id=row["plan_id"],
            body=row["body"],
            release_named=bool(row["release_named"]),
            shared=bool(row["shared"]),
            state=State(row["state"]),
            run_id=row["run_id"],
            url=row["url"],
            results=tuple(result_from(each) for each in results),
            files=tuple(file_from(each) for each in files),
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        with self._lock:
            self._db.row_factory = sqlite3.Row
            try:
                yield
            except (sqlite3.Error, ValueError, KeyError, IndexError, zlib.error) as error:
                raise _unusable(self.path, error) from error

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._told():
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            finally:
                if self._db.in_transaction:
                    self._db.execute("rollback")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _unusable(path: Path | None, error: Exception) -> JournalError:
    text = str(error)
    if "locked" in text:
        return JournalError(f"{path}: the journal is in use by another ado-publisher; wait for it to end")
    if any(sign in text for sign in ("readonly", "unable to open", "disk I/O")):
        return JournalError(f"{path}: the journal cannot be written ({text}); name a place with --journal")
    if "full" in text:
        return JournalError(f"{path}: no space is left for the journal ({text})")
    return JournalError(
        f"{path}: the journal is damaged ({text}). What it knew is lost: look at the test plan's runs "
        "for one in progress, delete this file, and publish the reports again"
    )
