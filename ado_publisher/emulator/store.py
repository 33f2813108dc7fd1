"""The SQLite database behind the emulator: its tables, and one connection that requests take in turn.

Columns hold what is searched; `data` holds the rest of a record as JSON, spelled as the service does.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]
Row = sqlite3.Row

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE projects (id TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE, data TEXT NOT NULL);
CREATE TABLE configurations (project_id TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (project_id, id));
CREATE TABLE variables (project_id TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (project_id, id));
CREATE TABLE definitions (project_id TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL,
  path TEXT NOT NULL, PRIMARY KEY (project_id, id));
CREATE TABLE builds (id INTEGER PRIMARY KEY, project_id TEXT NOT NULL, number TEXT NOT NULL,
  definition_id INTEGER NOT NULL, status TEXT NOT NULL, finish_time TEXT, branch TEXT, data TEXT NOT NULL);
CREATE INDEX builds_by_number ON builds (project_id, number COLLATE NOCASE);
CREATE TABLE releases (project_id TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (project_id, id));
CREATE TABLE plans (id INTEGER PRIMARY KEY, project_id TEXT NOT NULL, name TEXT NOT NULL,
  root_suite_id INTEGER NOT NULL, sync_outcome INTEGER NOT NULL, data TEXT NOT NULL,
  access INTEGER NOT NULL);
CREATE TABLE suites (id INTEGER PRIMARY KEY, plan_id INTEGER NOT NULL, parent_id INTEGER,
  position INTEGER NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL, requirement_id INTEGER,
  query_version INTEGER);
CREATE INDEX suites_of_plan ON suites (plan_id, parent_id, name COLLATE NOCASE);
CREATE INDEX suites_of_requirement ON suites (requirement_id) WHERE requirement_id IS NOT NULL;
CREATE INDEX suites_of_query ON suites (query_version, plan_id) WHERE query_version IS NOT NULL;
CREATE TABLE work_items (id INTEGER PRIMARY KEY, project_id TEXT NOT NULL, type TEXT NOT NULL,
  rev INTEGER NOT NULL, title TEXT NOT NULL, fields TEXT NOT NULL, access INTEGER NOT NULL);
CREATE TABLE links (id INTEGER PRIMARY KEY, work_item_id INTEGER NOT NULL, rel TEXT NOT NULL,
  target INTEGER NOT NULL, url TEXT NOT NULL, data TEXT NOT NULL, UNIQUE (work_item_id, rel, target, url));
CREATE INDEX links_to ON links (target) WHERE target > 0;
CREATE TABLE history (work_item_id INTEGER NOT NULL, number INTEGER NOT NULL, rev INTEGER NOT NULL,
  moment TEXT NOT NULL, fields TEXT, added TEXT, removed TEXT,
  PRIMARY KEY (work_item_id, number)) WITHOUT ROWID;
CREATE TABLE comments (id INTEGER PRIMARY KEY AUTOINCREMENT, work_item_id INTEGER NOT NULL,
  text TEXT NOT NULL, person TEXT NOT NULL, moment TEXT NOT NULL);
CREATE INDEX comments_of_item ON comments (work_item_id, id);
CREATE TABLE nodes (id INTEGER PRIMARY KEY, project_id TEXT NOT NULL, kind TEXT NOT NULL,
  path TEXT NOT NULL COLLATE NOCASE, access INTEGER NOT NULL, UNIQUE (project_id, kind, path));
CREATE TABLE types (project_id TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, data TEXT NOT NULL,
  PRIMARY KEY (project_id, name)) WITHOUT ROWID;
CREATE TABLE custom_fields (reference TEXT PRIMARY KEY COLLATE NOCASE, type TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE suite_cases (suite_id INTEGER NOT NULL, position INTEGER NOT NULL, case_id INTEGER NOT NULL,
  PRIMARY KEY (suite_id, case_id)) WITHOUT ROWID;
CREATE INDEX suites_of_case ON suite_cases (case_id);
CREATE INDEX cases_in_order ON suite_cases (suite_id, position);
CREATE TABLE points (id INTEGER PRIMARY KEY, plan_id INTEGER NOT NULL, suite_id INTEGER NOT NULL,
  case_id INTEGER NOT NULL, configuration_id INTEGER NOT NULL, tester TEXT, active INTEGER NOT NULL,
  outcome TEXT NOT NULL, state TEXT NOT NULL, last_state TEXT NOT NULL, run_id INTEGER, result_id INTEGER,
  build_number TEXT, run_by TEXT, completed TEXT, duration REAL, failure_type TEXT, revision INTEGER NOT NULL,
  updated TEXT NOT NULL, reset TEXT, busy_run INTEGER, busy_result INTEGER);
CREATE INDEX points_of_suite ON points (suite_id, id);
CREATE INDEX points_of_plan ON points (plan_id, id);
CREATE INDEX points_of_case ON points (plan_id, case_id, configuration_id);
CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL, plan_id INTEGER,
  build_id INTEGER, name TEXT NOT NULL, state TEXT NOT NULL, automated INTEGER NOT NULL,
  with_points INTEGER NOT NULL, revision INTEGER NOT NULL, updated TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX runs_of_project ON runs (project_id, updated);
CREATE TABLE results (run_id INTEGER NOT NULL, id INTEGER NOT NULL, point_id INTEGER, case_id INTEGER,
  outcome TEXT NOT NULL, state TEXT NOT NULL, data TEXT NOT NULL, UNIQUE (run_id, id));
CREATE INDEX results_by_outcome ON results (run_id, state, outcome);
CREATE INDEX results_of_point ON results (point_id) WHERE point_id IS NOT NULL;
CREATE TABLE sub_results (run_id INTEGER NOT NULL, result_id INTEGER NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (run_id, result_id)) WITHOUT ROWID;
CREATE TABLE attachments (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id INTEGER NOT NULL, result_id INTEGER,
  sub_result_id INTEGER, name TEXT NOT NULL, type TEXT NOT NULL, comment TEXT NOT NULL, size INTEGER NOT NULL,
  created TEXT NOT NULL, content BLOB NOT NULL);
CREATE INDEX attachments_of_run ON attachments (run_id, result_id);
"""

TABLES = (
    "meta",
    "projects",
    "configurations",
    "variables",
    "definitions",
    "builds",
    "releases",
    "plans",
    "suites",
    "work_items",
    "links",
    "history",
    "comments",
    "nodes",
    "types",
    "custom_fields",
    "numbers",
    "suite_cases",
    "points",
    "runs",
    "results",
    "sub_results",
    "attachments",
)


class Store:
    """One database; `transaction` gives a request the connection for itself."""

    def __init__(self, path: Path | None = None) -> None:
        # The empty name is SQLite's own temporary database: it disappears with the connection.
        self.connection = sqlite3.connect("" if path is None else str(path), check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        self.connection.isolation_level = None
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=OFF")
        self._lock = threading.RLock()
        self._lay_out()

    def _lay_out(self) -> None:
        """Make the tables; those that another version of the emulator made are dropped with all they hold."""
        wanted = zlib.crc32(SCHEMA.encode()) & 0x7FFFFFFF
        if self.connection.execute("PRAGMA user_version").fetchone()[0] == wanted:
            return
        for table in TABLES:
            self.connection.execute(f"DROP TABLE IF EXISTS {table}")
        self.connection.executescript(SCHEMA)
        self.connection.execute(f"PRAGMA user_version = {wanted}")

    def close(self) -> None:
        """Close the database; a temporary one is gone afterwards."""
        with self._lock:
            self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to one request: all of its writes are kept, or none."""
        with self._lock:
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def clear(self, connection: sqlite3.Connection) -> None:
        """Empty every table, and start all numbering afresh."""
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names are the constants above
        connection.execute("DELETE FROM sqlite_sequence")


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the settings the seed left: organization, token, server, behaviours."""
    return {row["name"]: row["value"] for row in connection.execute("SELECT name, value FROM meta")}


def write_meta(connection: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Keep settings beside the data, so that a database file can be served again."""
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))


def count_up(connection: sqlite3.Connection, name: str, least: int = 0) -> int:
    """Return the next number of a kind: one above the last one given, and above `least`."""
    row = connection.execute(
        "INSERT INTO numbers VALUES (?1, ?2 + 1) ON CONFLICT (name)"
        " DO UPDATE SET value = max(value, ?2) + 1 RETURNING value",
        (name, least),
    ).fetchone()
    return int(row[0])


def loads(text: str) -> Json:
    """Return a stored JSON object."""
    value: Json = orjson.loads(text)
    return value


def dumps(value: object) -> str:
    """Return a value as the JSON text that is stored."""
    return orjson.dumps(value).decode()


def now() -> str:
    """Return the present time as the service writes it: UTC, milliseconds, Z."""
    moment = datetime.fromtimestamp(time.time(), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def marks(count: int) -> str:
    """Return `?,?,?` for an SQL list of that length."""
    return ",".join("?" * count)
