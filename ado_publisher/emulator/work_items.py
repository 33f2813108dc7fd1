"""Work items in the database: fields, links of both sides, history, comments.

A change of fields makes a revision; a change of links alone keeps it, as the recorded service does.
The history of an item begins with its first change: until then its present state is all there is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ado_publisher.emulator.errors import BOARDS, WIT, ApiError
from ado_publisher.emulator.store import Json, Row, count_up, dumps, loads, now
from ado_publisher.emulator.wit_model import LINKS_BY_REFERENCE, PARENT, TESTED_BY, TESTS


@dataclass(frozen=True, slots=True)
class Link:
    """One relation of a work item: to another one (`target`), or to something by its address."""

    rel: str
    target: int = 0
    url: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def kept(self) -> Json:
        """Return the relation as the history keeps it."""
        return {"rel": self.rel, "target": self.target, "url": self.url, "data": dict(self.data)}


def row(connection: sqlite3.Connection, number: int) -> Row | None:
    """Return a work item, or None."""
    found: Row | None = connection.execute("SELECT * FROM work_items WHERE id = ?", (number,)).fetchone()
    return found


def links(connection: sqlite3.Connection, number: int) -> list[Row]:
    """Return the relations of a work item in the order they were made."""
    return connection.execute("SELECT * FROM links WHERE work_item_id = ? ORDER BY id", (number,)).fetchall()


def next_id(connection: sqlite3.Connection) -> int:
    """Return the id of the next work item, plan or suite: they share their numbers."""
    return count_up(connection, "work_item")


def touched(connection: sqlite3.Connection) -> None:
    """Note that some work item has changed: query-based suites are filled anew when they are read."""
    count_up(connection, "version")


def version(connection: sqlite3.Connection) -> int:
    """Return a number that grows with every change of any work item."""
    found = connection.execute("SELECT value FROM numbers WHERE name = 'version'").fetchone()
    return int(found["value"]) if found else 0


def insert(
    connection: sqlite3.Connection, project_id: str, kind: str, fields: Mapping[str, Any], access: int
) -> int:
    """Store a new work item and return its id."""
    number = next_id(connection)
    connection.execute(
        "INSERT INTO work_items VALUES (?, ?, ?, 1, ?, ?, ?)",
        (number, project_id, kind, fields["System.Title"], dumps(fields), access),
    )
    touched(connection)
    return number


def save(connection: sqlite3.Connection, item: Row, fields: Json, access: int) -> None:
    """Store the fields of a changed work item as its next revision."""
    connection.execute(
        "UPDATE work_items SET rev = rev + 1, title = ?, fields = ?, access = ? WHERE id = ?",
        (fields["System.Title"], dumps(fields), access, item["id"]),
    )
    touched(connection)


def remember(
    connection: sqlite3.Connection,
    before: Row,
    *,
    fields: Json | None = None,
    added: Iterable[Json] = (),
    removed: Iterable[Json] = (),
) -> None:
    """Write one update of a work item into its history; `before` is what it was."""
    number = connection.execute(
        "SELECT max(number) FROM history WHERE work_item_id = ?", (before["id"],)
    ).fetchone()[0]
    if number is None:
        first = loads(before["fields"])
        entry = (before["id"], 1, before["rev"], first["System.ChangedDate"], before["fields"], None, None)
        connection.execute("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)", entry)
        number = 1
    added, removed = list(added), list(removed)
    connection.execute(
        "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            before["id"],
            number + 1,
            before["rev"] + (fields is not None),
            now(),
            None if fields is None else dumps(fields),
            dumps(added) if added else None,
            dumps(removed) if removed else None,
        ),
    )


def history(connection: sqlite3.Connection, item: Row) -> list[Row]:
    """Return the updates of a work item, oldest first; an item that never changed has one."""
    found = connection.execute(
        "SELECT * FROM history WHERE work_item_id = ? ORDER BY number", (item["id"],)
    ).fetchall()
    if found:
        return found
    return connection.execute(
        "SELECT id AS work_item_id, 1 AS number, rev,"
        " json_extract(fields, '$.\"System.ChangedDate\"') AS moment, fields, NULL AS added, NULL AS removed"
        " FROM work_items WHERE id = ?",
        (item["id"],),
    ).fetchall()


def relation_exists() -> ApiError:
    """Return the recorded 400 of a relation that is already there."""
    return ApiError(400, "RelationAlreadyExistsException", "Relation already exists.", assembly=BOARDS)


def add_link(connection: sqlite3.Connection, owner: Row, link: Link) -> None:
    """Store a relation, and its other end on the work item it leads to."""
    if link.target:
        _check_target(connection, owner, link)
    done = connection.execute(
        "INSERT OR IGNORE INTO links (work_item_id, rel, target, url, data) VALUES (?, ?, ?, ?, ?)",
        (owner["id"], link.rel, link.target, link.url, dumps(dict(link.data))),
    )
    if done.rowcount != 1:
        raise relation_exists()
    if not link.target:
        return
    opposite = Link(LINKS_BY_REFERENCE[link.rel.lower()].opposite, owner["id"], "", link.data)
    connection.execute(
        "INSERT OR IGNORE INTO links (work_item_id, rel, target, url, data) VALUES (?, ?, ?, '', ?)",
        (link.target, opposite.rel, opposite.target, dumps(dict(link.data))),
    )
    other = row(connection, link.target)
    if other is not None:
        remember(connection, other, added=[opposite.kept()])


def _check_target(connection: sqlite3.Connection, owner: Row, link: Link) -> None:
    if link.target == owner["id"]:
        raise _bad_link(f"TF201035: You cannot add a link from work item {owner['id']} to itself.")
    child = owner["id"] if link.rel == PARENT else link.target
    if (
        "Hierarchy" in link.rel
        and connection.execute(
            "SELECT 1 FROM links WHERE work_item_id = ? AND rel = ? AND target <> ?",
            (child, PARENT, link.target if link.rel == PARENT else owner["id"]),
        ).fetchone()
    ):
        raise _bad_link(
            f"TF201036: You cannot add a Parent link to work item {child} because a work item can have only"
            " one Parent link.",
            "WorkItemLinkAddExtraParentException",
        )


def _bad_link(text: str, key: str = "WorkItemLinkInvalidException") -> ApiError:
    return ApiError(400, key, text, assembly=WIT, event_id=3200)


def remove_link(connection: sqlite3.Connection, owner: Row, link: Row) -> Json:
    """Take a relation off both of its ends; return it as the history keeps it."""
    connection.execute("DELETE FROM links WHERE id = ?", (link["id"],))
    kind = LINKS_BY_REFERENCE.get(link["rel"].lower())  # a seed may hold links of other types
    if link["target"] and kind is not None:
        opposite = kind.opposite
        connection.execute(
            "DELETE FROM links WHERE work_item_id = ? AND rel = ? AND target = ?",
            (link["target"], opposite, owner["id"]),
        )
        other = row(connection, link["target"])
        if other is not None:
            remember(connection, other, removed=[Link(opposite, owner["id"]).kept()])
    return Link(link["rel"], link["target"], link["url"], loads(link["data"])).kept()


def tested(owner: int, rel: str, target: int) -> tuple[int, int] | None:
    """Return requirement and test case of a Tested By link seen from either end, or None."""
    if rel == TESTED_BY:
        return owner, target
    return (target, owner) if rel == TESTS else None


def comment(connection: sqlite3.Connection, number: int, text: str, person: str) -> int:
    """Store a comment and return its id."""
    cursor = connection.execute(
        "INSERT INTO comments (work_item_id, text, person, moment) VALUES (?, ?, ?, ?)",
        (number, text, person, now()),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def delete(connection: sqlite3.Connection, item: Row) -> None:
    """Take a work item away, with its links on both ends, its history and its comments."""
    number = item["id"]
    for link in links(connection, number):
        remove_link(connection, item, link)
    for table, column in (("links", "target"), ("history", "work_item_id"), ("comments", "work_item_id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))  # noqa: S608
    connection.execute("DELETE FROM work_items WHERE id = ?", (number,))
    touched(connection)
