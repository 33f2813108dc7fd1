"""The work items of a seed go into the database, with their links, areas, types and fields."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ado_publisher.emulator import areas, suite_fill
from ado_publisher.emulator.identity import USER
from ado_publisher.emulator.seed import Records
from ado_publisher.emulator.store import Row, dumps, loads
from ado_publisher.emulator.wit_model import (
    BY_REFERENCE,
    LINKS_BY_REFERENCE,
    TESTED_BY,
    TESTS,
    TYPES,
    TYPES_BY_NAME,
)

_KEYS = {
    "automated_test_name": "Microsoft.VSTS.TCM.AutomatedTestName",
    "automated_test_storage": "Microsoft.VSTS.TCM.AutomatedTestStorage",
    "automated_test_type": "Microsoft.VSTS.TCM.AutomatedTestType",
    "automated_test_id": "Microsoft.VSTS.TCM.AutomatedTestId",
    "description": "System.Description",
    "steps": "Microsoft.VSTS.TCM.Steps",
    "assigned_to": "System.AssignedTo",
}
_DONE_STATES = frozenset({"closed", "done", "completed", "inactive"})


def load(connection: sqlite3.Connection, seed: Records, moment: str) -> None:
    """Store areas, types, fields, work items and links; the suites and points are there already."""
    items = [(item, "Test Case") for item in seed.cases.values()]
    items += [(item, str(item["type"])) for item in seed.work_items]
    names = {project["id"]: project["name"] for project in seed.projects}
    _nodes(connection, seed, names, items)
    _plan_access(connection, names)
    _types(connection, seed, items)
    rows = [_row(item, kind, names[item["project_id"]], moment) for item, kind in items]
    _custom_fields(connection, items)
    access = {
        (row["project_id"], row["path"].lower()): row["access"]
        for row in connection.execute("SELECT * FROM nodes WHERE kind = 'area' AND access > 0")
    }
    connection.executemany(
        "INSERT INTO work_items VALUES (?, ?, ?, 1, ?, ?, ?)",
        [
            (
                number,
                project,
                kind,
                fields["System.Title"],
                dumps(fields),
                access.get((project, fields["System.AreaPath"].lower()), areas.FULL)
                if access
                else areas.FULL,
            )
            for number, project, kind, fields in rows
        ],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO links (work_item_id, rel, target, url, data) VALUES (?, ?, ?, '', ?)",
        list(_links(seed)),
    )


def fill(connection: sqlite3.Connection, behaviours: Mapping[str, str]) -> None:
    """Fill the suites that fill themselves, and begin all numbering above what the seed uses."""
    highest = max(
        connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]  # noqa: S608
        for table in ("plans", "suites", "work_items")
    )
    point = connection.execute("SELECT coalesce(max(id), 0) FROM points").fetchone()[0]
    connection.executemany(
        "INSERT INTO numbers VALUES (?, ?)", [("work_item", highest), ("point", point), ("version", 0)]
    )
    suites: list[Row] = connection.execute(
        "SELECT s.* FROM suites s WHERE s.requirement_id IS NOT NULL ORDER BY s.position"
    ).fetchall()
    for suite in suites:
        suite_fill.fill_requirement(connection, suite)
    suite_fill.refresh(connection, behaviours)


def _nodes(
    connection: sqlite3.Connection,
    seed: Records,
    names: Mapping[str, str],
    items: Iterable[tuple[Mapping[str, Any], str]],
) -> None:
    """Make the areas and iterations that the seed lists, and those that its work items and plans name."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for project in seed.projects:
        for kind, key in ((areas.AREA, "areas"), (areas.ITERATION, "iterations")):
            paths = found.setdefault((project["id"], kind), {project["name"]: None})
            paths.update({areas.full_path(project["name"], path): None for path in project.get(key) or []})
    for item in (*(item for item, _ in items), *seed.plans):
        for kind, key in ((areas.AREA, "area"), (areas.ITERATION, "iteration")):
            if item.get(key):
                path = areas.full_path(names[item["project_id"]], item[key])
                found[item["project_id"], kind][path] = None
    for (project_id, kind), paths in found.items():
        areas.add(connection, project_id, kind, paths)
    for project in seed.projects:
        for key, level in (("read_only_areas", areas.READ_ONLY), ("hidden_areas", areas.HIDDEN)):
            for path in project.get(key) or []:
                full = areas.full_path(project["name"], path)
                areas.add(connection, project["id"], areas.AREA, [full])
                areas.restrict(connection, project["id"], full, level)


def _plan_access(connection: sqlite3.Connection, names: Mapping[str, str]) -> None:
    """Give each plan the rights on its area, when any area is restricted."""
    if not connection.execute("SELECT 1 FROM nodes WHERE access > 0").fetchone():
        return
    for row in connection.execute("SELECT id, project_id, data FROM plans").fetchall():
        path = areas.full_path(names[row["project_id"]], loads(row["data"]).get("area") or "")
        node = areas.find(connection, row["project_id"], areas.AREA, path)
        if node is not None:
            connection.execute("UPDATE plans SET access = ? WHERE id = ?", (node["access"], row["id"]))


def _types(
    connection: sqlite3.Connection, seed: Records, items: Iterable[tuple[Mapping[str, Any], str]]
) -> None:
    """Give each project its types, with the states that its work items are in as well."""
    found: dict[tuple[str, str], list[list[str]]] = {}
    spelled: dict[tuple[str, str], str] = {}
    for project in seed.projects:
        wanted = {name.lower() for name in project.get("work_item_types") or []}
        for known in TYPES:
            if not wanted or known.name.lower() in wanted or known.category.startswith("Microsoft.Test"):
                key = (project["id"], known.name.lower())
                found[key], spelled[key] = [list(state) for state in known.states], known.name
    for item, kind in items:
        key = (item["project_id"], kind.lower())
        stock = TYPES_BY_NAME.get(kind.lower())
        states = found.setdefault(key, [list(state) for state in stock.states] if stock else [])
        spelled.setdefault(key, kind)
        state = item.get("state") or ("Design" if kind == "Test Case" else "New")
        if state.lower() not in {name.lower() for name, _ in states}:
            states.append([state, "Completed" if state.lower() in _DONE_STATES else "InProgress"])
    connection.executemany(
        "INSERT INTO types VALUES (?, ?, ?)",
        [(key[0], spelled[key], dumps({"states": states})) for key, states in found.items()],
    )


def _custom_fields(connection: sqlite3.Connection, items: Iterable[tuple[Mapping[str, Any], str]]) -> None:
    found: dict[str, str] = {}
    for item, _ in items:
        for name, value in (item.get("fields") or {}).items():
            if name.lower() not in BY_REFERENCE:
                found.setdefault(name, _type(value))
    connection.executemany("INSERT OR IGNORE INTO custom_fields VALUES (?, ?)", list(found.items()))


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "double" if isinstance(value, float) else "string"


def _row(
    item: Mapping[str, Any], kind: str, project: str, moment: str
) -> tuple[int, str, str, dict[str, Any]]:
    fields: dict[str, Any] = {
        "System.AreaPath": areas.full_path(project, item.get("area") or ""),
        "System.TeamProject": project,
        "System.IterationPath": areas.full_path(project, item.get("iteration") or ""),
        "System.WorkItemType": kind,
        "System.State": item.get("state", "Design" if kind == "Test Case" else "New"),
        "System.Reason": "New",
        "System.CreatedDate": moment,
        "System.CreatedBy": USER,
        "System.ChangedDate": moment,
        "System.ChangedBy": USER,
        "System.CommentCount": 0,
        "System.Title": item["title"],
        "Microsoft.VSTS.Common.Priority": item.get("priority", 2),
    }
    if kind == "Test Case":
        fields["Microsoft.VSTS.TCM.AutomationStatus"] = item.get("automation_status", "Not Automated")
    fields.update({name: item[key] for key, name in _KEYS.items() if item.get(key) is not None})
    if item.get("tags"):
        fields["System.Tags"] = "; ".join(item["tags"])
    fields.update(item.get("fields") or {})
    return item["id"], item["project_id"], kind, fields


def _links(seed: Records) -> Iterator[tuple[int, str, int, str]]:
    """Yield both ends of every link, and those that a requirement-based suite's own cases stand for."""
    known = {item["id"] for item in seed.work_items} | seed.cases.keys()
    for item in seed.work_items:
        for link in item.get("links") or []:
            kind = LINKS_BY_REFERENCE.get(link["type"].lower())
            data = dumps({"comment": link["comment"]} if link.get("comment") else {})
            yield item["id"], kind.reference if kind else link["type"], link["target"], data
            if kind is not None and link["target"] in known:
                yield link["target"], kind.opposite, item["id"], data
    requirements = {
        suite["id"]: suite["requirement_id"] for suite in seed.suites if suite.get("requirement_id") in known
    }
    for suite_id, _, case_id in seed.suite_cases:
        if suite_id in requirements:
            yield requirements[suite_id], TESTED_BY, case_id, "{}"
            yield case_id, TESTS, requirements[suite_id], "{}"
