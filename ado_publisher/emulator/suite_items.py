"""The work item that every suite is: made when somebody asks for it, named as the suite is."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ado_publisher.emulator import areas, work_item_patch, work_item_rules, work_items
from ado_publisher.emulator.store import dumps, loads, marks, now
from ado_publisher.emulator.web import Project

KIND = "Test Suite"


def refresh(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Make or rename the work items of those of the ids that are suites."""
    found = connection.execute(
        "SELECT s.id, s.name, p.project_id, r.name AS project, w.title FROM suites s"  # noqa: S608
        " JOIN plans p ON p.id = s.plan_id JOIN projects r ON r.id = p.project_id"
        f" LEFT JOIN work_items w ON w.id = s.id WHERE s.id IN ({marks(len(ids))})",
        list(ids),
    ).fetchall()
    for row in found:
        if row["title"] is None:
            _make(connection, row["id"], Project(row["project_id"], row["project"]), row["name"])
        elif row["title"] != row["name"]:
            item = work_items.row(connection, row["id"])
            assert item is not None
            fields = {**loads(item["fields"]), "System.Title": row["name"], "System.ChangedDate": now()}
            work_items.save(connection, item, fields, item["access"])


def _make(connection: sqlite3.Connection, number: int, project: Project, name: str) -> None:
    _, data = work_item_rules.type_data(connection, project, KIND)
    fields = {**work_item_patch.new_fields(project, KIND, data, now()), "System.Title": name}
    connection.execute(
        "INSERT INTO work_items VALUES (?, ?, ?, 1, ?, ?, ?)",
        (number, project.id, KIND, name, dumps(fields), areas.FULL),
    )
