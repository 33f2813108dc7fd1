"""The cases of a suite and the points they make there.

A case that is added gets one point for each of the suite's default configurations: its own, or those
of the nearest suite above that has any, or at the root all default configurations of the project.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from ado_publisher.emulator.store import Json, Row, count_up, loads, now

_POINT = (
    "INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, 1, 'Unspecified', 'Ready', 'Unspecified', NULL, NULL, NULL,"
    " NULL, NULL, NULL, NULL, 1, ?, NULL, NULL, NULL)"
)


def configurations_of(connection: sqlite3.Connection, suite: Row) -> list[int]:
    """Return the ids of the default configurations that are in force in a suite."""
    seen: set[int] = set()
    while suite["id"] not in seen:
        seen.add(suite["id"])
        data = loads(suite["data"])
        if not data.get("inherit", suite["parent_id"] is not None) and data.get("configurations"):
            return [int(number) for number in data["configurations"]]
        if suite["parent_id"] is None:
            break
        suite = connection.execute("SELECT * FROM suites WHERE id = ?", (suite["parent_id"],)).fetchone()
    return project_defaults(connection, suite["plan_id"])


def named(connection: sqlite3.Connection, suite: Row) -> list[Json]:
    """Return the default configurations a suite names itself; a plan's root shows those in force."""
    data = loads(suite["data"])
    numbers = data.get("configurations") or []
    if data.get("inherit", suite["parent_id"] is not None):
        return []
    if not numbers and suite["parent_id"] is None:
        numbers = project_defaults(connection, suite["plan_id"])
    found = []
    for number in numbers:
        row = connection.execute(
            "SELECT c.name FROM configurations c JOIN plans n ON n.project_id = c.project_id"
            " WHERE n.id = ? AND c.id = ?",
            (suite["plan_id"], number),
        ).fetchone()
        if row is not None:
            found.append({"id": number, "name": row["name"]})
    return found


def project_defaults(connection: sqlite3.Connection, plan_id: int) -> list[int]:
    """Return the default configurations of a plan's project, all of them when none is marked."""
    rows = connection.execute(
        "SELECT c.id, c.data FROM configurations c JOIN plans n ON n.project_id = c.project_id WHERE n.id = ?"
        " ORDER BY c.id",
        (plan_id,),
    ).fetchall()
    marked = [row["id"] for row in rows if is_default(row["id"], loads(row["data"]))]
    return marked or [row["id"] for row in rows]


def is_default(number: int, data: Mapping[str, object]) -> bool:
    """Whether a configuration is a default of its project; without a word the first one is."""
    return bool(data.get("default", number == 1))


def add(
    connection: sqlite3.Connection,
    suite: Row,
    case_id: int,
    configurations: Sequence[int],
    testers: Mapping[int, str] | None = None,
) -> bool:
    """Put a case into a suite with one point for each configuration; say whether it was not there before."""
    position = connection.execute(
        "SELECT max(position) FROM suite_cases WHERE suite_id = ?", (suite["id"],)
    ).fetchone()[0]
    done = connection.execute(
        "INSERT OR IGNORE INTO suite_cases VALUES (?, ?, ?)",
        (suite["id"], 0 if position is None else position + 1, case_id),
    )
    assign(connection, suite, case_id, configurations, testers, wipe=False)
    return done.rowcount == 1


def points(connection: sqlite3.Connection, suite: Row, case_id: int) -> list[Row]:
    """Return the points of a case in a suite, those that are no longer active included."""
    # The plus keeps the database from reading all points of the suite.
    return connection.execute(
        "SELECT * FROM points WHERE plan_id = ? AND case_id = ? AND +suite_id = ? ORDER BY +id",
        (suite["plan_id"], case_id, suite["id"]),
    ).fetchall()


def assign(
    connection: sqlite3.Connection,
    suite: Row,
    case_id: int,
    configurations: Sequence[int],
    testers: Mapping[int, str] | None = None,
    *,
    wipe: bool,
    keep_inactive: bool = False,
) -> None:
    """Give a case points for configurations; `wipe` takes away those of all others."""
    there = {row["configuration_id"]: row for row in points(connection, suite, case_id)}
    testers = testers or {}
    for number in dict.fromkeys(configurations):
        tester = testers.get(number)
        if number not in there:
            values = (
                count_up(connection, "point"),
                suite["plan_id"],
                suite["id"],
                case_id,
                number,
                tester,
                now(),
            )
            connection.execute(_POINT, values)
        else:
            connection.execute(
                "UPDATE points SET active = 1, tester = coalesce(?, tester) WHERE id = ?",
                (tester, there[number]["id"]),
            )
    if wipe:
        others = [row["id"] for number, row in there.items() if number not in configurations]
        drop_points(connection, others, keep_inactive=keep_inactive)


def drop_points(connection: sqlite3.Connection, numbers: Iterable[int], *, keep_inactive: bool) -> None:
    """Take points away, or leave them inactive."""
    sql = "UPDATE points SET active = 0 WHERE id = ?" if keep_inactive else "DELETE FROM points WHERE id = ?"
    connection.executemany(sql, [(number,) for number in numbers])


def remove(connection: sqlite3.Connection, suite: Row, case_id: int, *, keep_inactive: bool) -> bool:
    """Take a case out of a suite together with its points; say whether it was there."""
    done = connection.execute(
        "DELETE FROM suite_cases WHERE suite_id = ? AND case_id = ?", (suite["id"], case_id)
    )
    drop_points(
        connection, [row["id"] for row in points(connection, suite, case_id)], keep_inactive=keep_inactive
    )
    return done.rowcount == 1
