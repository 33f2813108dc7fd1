"""The records of a seed go into the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from ado_publisher.emulator import seed_items
from ado_publisher.emulator.behaviours import effective
from ado_publisher.emulator.seed import Records
from ado_publisher.emulator.store import Store, dumps, now, write_meta

SUITE_TYPES = {
    "static": "staticTestSuite",
    "requirement": "requirementTestSuite",
    "query": "dynamicTestSuite",
}


def load(store: Store, seed: Records) -> None:
    """Replace everything in the database by the records of a seed."""
    moment = now()
    with store.transaction() as connection:
        store.clear(connection)
        settings = {"organization": seed.organization, "token": seed.token, "server": seed.server}
        write_meta(connection, {**settings, "behaviours": dumps(seed.behaviours)})
        _projects(connection, seed, moment)
        _releases(connection, seed, moment)
        _plans(connection, seed, moment)
        seed_items.load(connection, seed, moment)
        connection.executemany(
            "INSERT INTO points VALUES (:id, :plan_id, :suite_id, :case_id, :configuration_id, :tester,"
            " :active,"
            " 'Unspecified', 'Ready', 'Unspecified', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1,"
            " :updated, NULL,"
            " NULL, NULL)",
            [{**point, "updated": moment} for point in seed.points],
        )
        seed_items.fill(connection, effective(seed.server, seed.behaviours))


def _projects(connection: sqlite3.Connection, seed: Records, moment: str) -> None:
    connection.executemany(
        "INSERT INTO projects VALUES (?, ?, ?)",
        [
            (item["id"], item["name"], dumps({"description": item["description"], "updated": moment}))
            for item in seed.projects
        ],
    )
    connection.executemany(
        "INSERT INTO configurations VALUES (?, ?, ?, ?)",
        [(item["project_id"], item["id"], item["name"], dumps(item)) for item in seed.configurations],
    )
    _variables(connection, seed)
    connection.executemany(
        "INSERT OR IGNORE INTO definitions VALUES (?, ?, ?, ?)",
        [
            (
                item["project_id"],
                item["definition"]["id"],
                item["definition"]["name"],
                item["definition"]["path"],
            )
            for item in seed.builds
        ],
    )
    connection.executemany(
        "INSERT INTO builds VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [_build(item, moment) for item in seed.builds]
    )


def _variables(connection: sqlite3.Connection, seed: Records) -> None:
    """Make a variable of every name that configurations have values for."""
    found: dict[str, dict[str, list[str]]] = {}
    for item in seed.configurations:
        for name, value in (item.get("values") or {}).items():
            values = found.setdefault(item["project_id"], {}).setdefault(name, [])
            if value not in values:
                values.append(value)
    connection.executemany(
        "INSERT INTO variables VALUES (?, ?, ?, ?)",
        [
            (project, number, name, dumps({"values": values}))
            for project, names in found.items()
            for number, (name, values) in enumerate(names.items(), 1)
        ],
    )


def _releases(connection: sqlite3.Connection, seed: Records, moment: str) -> None:
    connection.executemany(
        "INSERT INTO releases VALUES (?, ?, ?, ?)",
        [
            (item["project_id"], item["id"], item["name"], dumps({**item, "created": moment}))
            for item in seed.releases
        ],
    )


def _build(item: Mapping[str, Any], moment: str) -> tuple[object, ...]:
    status = item.get("status", "completed")
    finished = item.get("finish_time") or (moment if status == "completed" else None)
    return (
        item["id"],
        item["project_id"],
        item["number"],
        item["definition"]["id"],
        status,
        finished,
        item.get("branch", "refs/heads/main"),
        dumps({**item, "queue_time": item.get("queue_time", moment)}),
    )


def _plans(connection: sqlite3.Connection, seed: Records, moment: str) -> None:
    connection.executemany(
        "INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?, 0)",
        [
            (
                plan["id"],
                plan["project_id"],
                plan["name"],
                plan["id"] + 1,
                bool(plan.get("sync_outcome_across_suites")),
                dumps(
                    {key: value for key, value in plan.items() if key not in ("suites", "cases")}
                    | {"updated": moment}
                ),
            )
            for plan in seed.plans
        ],
    )
    connection.executemany(
        "INSERT INTO suites VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                suite["id"],
                suite["plan_id"],
                suite["parent_id"],
                position,
                suite["name"],
                dumps(
                    {
                        "type": SUITE_TYPES[suite.get("type", "static")],
                        "updated": moment,
                        "query": suite.get("query"),
                        "inherit": suite["inherit"],
                        "configurations": suite["configuration_ids"],
                    }
                ),
                suite.get("requirement_id"),
                -1 if suite.get("query") else None,
            )
            for position, suite in enumerate(seed.suites)
        ],
    )
    connection.executemany("INSERT INTO suite_cases VALUES (?, ?, ?)", seed.suite_cases)
