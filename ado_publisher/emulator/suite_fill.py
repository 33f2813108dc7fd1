"""Suites that fill themselves: by the Tested By links of a requirement, or by a query.

Requirement-based suites follow a link when it is made; query-based ones are filled when they are read
and a work item has changed since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ado_publisher.emulator import field_values, suite_members, wiql, wiql_run, work_items
from ado_publisher.emulator.errors import ApiError
from ado_publisher.emulator.store import Row, dumps, loads, now
from ado_publisher.emulator.web import Request
from ado_publisher.emulator.wit_model import TESTED_BY


def linked(request: Request, requirement: int, case_id: int) -> None:
    """Put a case into the suites of a requirement it has been linked to."""
    kind = request.connection.execute("SELECT type FROM work_items WHERE id = ?", (case_id,)).fetchone()
    if kind is None or kind["type"] != "Test Case":
        return
    for suite in _suites_of(request.connection, requirement):
        configurations = suite_members.configurations_of(request.connection, suite)
        suite_members.add(request.connection, suite, case_id, configurations)
        _populated(request.connection, suite)


def unlinked(request: Request, requirement: int, case_id: int) -> None:
    """Take a case out of the suites of a requirement it is no longer linked to."""
    inactive = request.behaviour("points_of_removed_case") == "inactive"
    for suite in _suites_of(request.connection, requirement):
        suite_members.remove(request.connection, suite, case_id, keep_inactive=inactive)
        _populated(request.connection, suite)


def _suites_of(connection: sqlite3.Connection, requirement: int) -> list[Row]:
    return connection.execute("SELECT * FROM suites WHERE requirement_id = ?", (requirement,)).fetchall()


def fill_requirement(connection: sqlite3.Connection, suite: Row) -> None:
    """Put every case that is linked to a suite's requirement into it."""
    configurations = suite_members.configurations_of(connection, suite)
    for row in connection.execute(
        "SELECT l.target FROM links l JOIN work_items w ON w.id = l.target"
        " WHERE l.work_item_id = ? AND l.rel = ?"
        " AND w.type = 'Test Case' AND w.access < 2"
        " AND NOT EXISTS (SELECT 1 FROM suite_cases c WHERE c.suite_id = ? AND c.case_id = l.target)"
        " ORDER BY l.id",
        (suite["requirement_id"], TESTED_BY, suite["id"]),
    ).fetchall():
        suite_members.add(connection, suite, row["target"], configurations)


def _populated(connection: sqlite3.Connection, suite: Row) -> None:
    connection.execute(
        "UPDATE suites SET data = ? WHERE id = ?",
        (dumps({**loads(suite["data"]), "populated": now()}), suite["id"]),
    )


def refresh(
    connection: sqlite3.Connection, behaviours: Mapping[str, str], plan_id: int | None = None
) -> None:
    """Fill the query-based suites of a plan (or of all plans) that are behind the work items."""
    version = work_items.version(connection)
    sql = (
        "SELECT s.*, p.name AS project, p.id AS project_id FROM suites s JOIN plans n ON n.id = s.plan_id"
        " JOIN projects p ON p.id = n.project_id WHERE s.query_version < ?"
    )
    values: list[int] = [version]
    if plan_id is not None:
        sql += " AND s.plan_id = ?"
        values.append(plan_id)
    for suite in connection.execute(sql, values).fetchall():
        _fill_query(connection, behaviours, suite)
        connection.execute("UPDATE suites SET query_version = ? WHERE id = ?", (version, suite["id"]))


def _fill_query(connection: sqlite3.Connection, behaviours: Mapping[str, str], suite: Row) -> None:
    data = loads(suite["data"])
    try:
        query = wiql.parse(data.get("query") or "", lambda name: field_values.find(connection, name))
        context = wiql_run.Context(suite["project"], behaviours)
        wanted = wiql_run.select(connection, query, context, test_cases_of=suite["project_id"])
    except ApiError:  # a query that is not understood finds nothing new
        return
    rows = connection.execute("SELECT case_id FROM suite_cases WHERE suite_id = ?", (suite["id"],))
    there = {row["case_id"] for row in rows}
    if there == set(wanted):
        return
    configurations = suite_members.configurations_of(connection, suite)
    for number in wanted:
        if number not in there:
            suite_members.add(connection, suite, number, configurations)
    inactive = behaviours["points_of_removed_case"] == "inactive"
    for number in there - set(wanted):
        suite_members.remove(connection, suite, number, keep_inactive=inactive)
    _populated(connection, suite)
