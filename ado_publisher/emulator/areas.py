"""Area and iteration paths of a project, and the rights on an area."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from ado_publisher.emulator.store import Row

AREA, ITERATION = "area", "iteration"
FULL, READ_ONLY, HIDDEN = 0, 1, 2


def full_path(project: str, path: str) -> str:
    """Return a path with the project as its first step, with one backslash between steps."""
    steps = [step for step in path.replace("/", "\\").split("\\") if step]
    if not steps or steps[0].lower() != project.lower():
        steps.insert(0, project)
    return "\\".join([project, *steps[1:]])


def add(connection: sqlite3.Connection, project_id: str, kind: str, paths: Iterable[str]) -> None:
    """Make nodes with all that stand above them; those that exist stay as they are."""
    for path in paths:
        steps = path.split("\\")
        for length in range(1, len(steps) + 1):
            connection.execute(
                "INSERT OR IGNORE INTO nodes (project_id, kind, path, access) VALUES (?, ?, ?, 0)",
                (project_id, kind, "\\".join(steps[:length])),
            )


def restrict(connection: sqlite3.Connection, project_id: str, path: str, access: int) -> None:
    """Limit the rights on an area and everything below it."""
    connection.execute(
        "UPDATE nodes SET access = max(access, ?) WHERE project_id = ? AND kind = 'area'"
        " AND (path = ? OR substr(path, 1, length(?) + 1) = ? || '\\' COLLATE NOCASE)",
        (access, project_id, path, path, path),
    )


def find(connection: sqlite3.Connection, project_id: str, kind: str, path: str) -> Row | None:
    """Return the node of a full path, found without case, or None."""
    row: Row | None = connection.execute(
        "SELECT * FROM nodes WHERE project_id = ? AND kind = ? AND path = ?",
        (project_id, kind, path.strip("\\")),
    ).fetchone()
    return row


def under(path: str, top: str) -> bool:
    """Whether a path is another one or stands below it."""
    path, top = path.lower().strip("\\"), top.lower().strip("\\")
    return path == top or path.startswith(f"{top}\\")
