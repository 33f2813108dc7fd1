"""The records of a seed go into the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from ado_publisher.emulator.seed import Records
from ado_publisher.emulator.store import Store, dumps, now, write_meta

SUITE_TYPES = {
    "static": "staticTestSuite",
    "requirement": "requirementTestSuite",
    "query": "dynamicTestSuite",
}
_CASE_FIELDS = {
    "automated_test_name": "Microsoft.VSTS.TCM.AutomatedTestName",
    "automated_test_storage": "Microsoft.VSTS.TCM.AutomatedTestStorage",
    "automated_test_type": "Microsoft.VSTS.TCM.AutomatedTestType",
    "automated_test_id": "Microsoft.VSTS.TCM.AutomatedTestId",
    "description": "System.Description",
    "steps": "Microsoft.VSTS.TCM.Steps",
    "assigned_to": "System.AssignedTo",
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
        _work_items(connection, seed, moment)
        connection.executemany(
            "INSERT INTO points VALUES (:id, :plan_id, :suite_id, :case_id, :configuration_id, :tester,"
            " :active,"
            " 'Unspecified', 'Ready', 'Unspecified', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1,"
            " :updated, NULL,"
            " NULL, NULL)",
            [{**point, "updated": moment} for point in seed.points],
        )


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
        "INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?)",
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
        "INSERT INTO suites VALUES (?, ?, ?, ?, ?, ?)",
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
                        "requirement_id": suite.get("requirement_id"),
                        "query": suite.get("query"),
                    }
                ),
            )
            for position, suite in enumerate(seed.suites)
        ],
    )
    connection.executemany("INSERT INTO suite_cases VALUES (?, ?, ?)", seed.suite_cases)


def _work_items(connection: sqlite3.Connection, seed: Records, moment: str) -> None:
    names = {project["id"]: project["name"] for project in seed.projects}
    rows = [_work_item(item, "Test Case", names, moment) for item in seed.cases.values()]
    rows += [_work_item(item, item["type"], names, moment) for item in seed.work_items]
    connection.executemany("INSERT INTO work_items VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _work_item(
    item: Mapping[str, Any], kind: str, names: Mapping[str, str], moment: str
) -> tuple[object, ...]:
    project = names[item["project_id"]]
    fields: dict[str, Any] = {
        "System.AreaPath": item.get("area", project),
        "System.TeamProject": project,
        "System.IterationPath": item.get("iteration", project),
        "System.WorkItemType": kind,
        "System.State": item.get("state", "Design" if kind == "Test Case" else "New"),
        "System.Reason": "New",
        "System.CreatedDate": moment,
        "System.ChangedDate": moment,
        "System.Title": item["title"],
        "Microsoft.VSTS.Common.Priority": item.get("priority", 2),
    }
    if kind == "Test Case":
        fields["Microsoft.VSTS.TCM.AutomationStatus"] = item.get("automation_status", "Not Automated")
    fields.update({name: item[key] for key, name in _CASE_FIELDS.items() if item.get(key) is not None})
    if item.get("tags"):
        fields["System.Tags"] = "; ".join(item["tags"])
    fields.update(item.get("fields") or {})
    links = [
        {"rel": link["type"], "target": link["target"], "comment": link.get("comment")}
        for link in item.get("links") or []
    ]
    return (item["id"], item["project_id"], kind, 1, fields["System.Title"], dumps(fields), dumps(links))
