"""What a report says before it can be told: it waits, in memory at first, on disk beyond a few megabytes.

Some formats say things about a test far behind it. SQLite's own temporary database holds them; it is gone
when the report is read.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ado_publisher.errors import ReportError

if TYPE_CHECKING:
    import sqlite3

_TABLES = """
create table waiting (key text, value blob);
create table said (name text, key text, value blob);
create index by_key on said (name, key);
"""


class Held:
    """Things that wait in their order, each with a key, and things that are said of a key."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def wait(self, key: str, thing: object) -> None:
        """One more that waits."""
        self._db.execute("insert into waiting values (?, ?)", (key, pickle.dumps(thing, 5)))

    def waiting(self) -> Iterator[tuple[str, Any]]:
        """Keys and things, in the order in which they came."""
        for key, value in self._db.execute("select key, value from waiting order by rowid"):
            yield key, pickle.loads(value)  # noqa: S301 - ours, from a file that nobody else can open

    def say(self, name: str, key: str, thing: object = None) -> None:
        """Something of that name is said of a key."""
        self._db.execute("insert into said values (?, ?, ?)", (name, key, pickle.dumps(thing, 5)))

    def last_said(self, name: str, key: str) -> Any:  # noqa: ANN401 - whatever was said
        """What was said last of the key; None for nothing."""
        row = self._db.execute(
            "select value from said where name=? and key=? order by rowid desc limit 1", (name, key)
        ).fetchone()
        return pickle.loads(row[0]) if row else None  # noqa: S301

    def all_said(self, name: str) -> Iterator[Any]:
        """Everything that was said under a name, in its order."""
        for (value,) in self._db.execute("select value from said where name=? order by rowid", (name,)):
            yield pickle.loads(value)  # noqa: S301

    def take(self, name: str, key: str) -> bool:
        """Whether something of the name is said of the key; what is taken is said no more."""
        row = self._db.execute(
            "select rowid from said where name=? and key=? limit 1", (name, key)
        ).fetchone()
        if row:
            self._db.execute("delete from said where rowid=?", row)
        return bool(row)


@contextmanager
def held(path: str) -> Iterator[Held]:
    """A place to wait in. Raises ReportError, of the report, when there is no room for it."""
    # Most reports need none of it.
    import sqlite3

    db = sqlite3.connect("", isolation_level=None)
    try:
        # Nothing of it is kept: no journal, no waiting for the disk.
        db.executescript(f"pragma journal_mode=off; pragma synchronous=off; begin; {_TABLES}")
        yield Held(db)
    except sqlite3.Error as error:
        raise ReportError(
            path, f"its results found no room to wait in: {error}. Is there a folder for temporary files?"
        ) from error
    finally:
        db.close()
