"""Everything the emulator holds, in one JSON object, for tests to look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import orjson

from ado_publisher.emulator import result_rows, run_rows, suite_fill, suite_items, wit_view
from ado_publisher.emulator.point_view import shown
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.web import Project, Request, Settings


def state(connection: sqlite3.Connection, settings: Settings, root: str) -> dict[str, Any]:
    """Return projects, plans, points, runs with results and attachments, and work items."""
    request = Request("GET", root, settings, connection, {})
    suite_fill.refresh(connection, settings.behaviours)
    projects = connection.execute("SELECT * FROM projects ORDER BY name").fetchall()
    by_id = {row["id"]: Project(row["id"], row["name"]) for row in projects}
    return {
        "schema_version": 1,
        "projects": [_project(connection, row) for row in projects],
        "plans": [_plan(connection, row) for row in connection.execute("SELECT * FROM plans ORDER BY id")],
        "points": _points(connection, settings.behaviours),
        "runs": [
            _run(request, by_id[row["project_id"]], row)
            for row in connection.execute("SELECT * FROM runs ORDER BY id").fetchall()
        ],
        "work_items": [
            wit_view.work_item(request, row, expand="relations")
            for row in connection.execute("SELECT * FROM work_items ORDER BY id").fetchall()
            # A suite's own work item is made when somebody looks at it, which changes nothing.
            if row["type"] != suite_items.KIND or row["rev"] > 1
        ],
    }


def _project(connection: sqlite3.Connection, row: Row) -> Json:
    return {
        "id": row["id"],
        "name": row["name"],
        "configurations": [
            {"id": item["id"], "name": item["name"]}
            for item in connection.execute(
                "SELECT id, name FROM configurations WHERE project_id = ? ORDER BY id", (row["id"],)
            )
        ],
        "builds": [
            {"id": item["id"], "number": item["number"], "status": item["status"]}
            for item in connection.execute(
                "SELECT id, number, status FROM builds WHERE project_id = ? ORDER BY id", (row["id"],)
            )
        ],
        "releases": [
            {key: loads(item["data"])[key] for key in ("id", "name", "environments")}
            for item in connection.execute(
                "SELECT data FROM releases WHERE project_id = ? ORDER BY id", (row["id"],)
            )
        ],
    }


def _plan(connection: sqlite3.Connection, row: Row) -> Json:
    return {
        "id": row["id"],
        "name": row["name"],
        "project_id": row["project_id"],
        "root_suite_id": row["root_suite_id"],
        "sync_outcome_across_suites": bool(row["sync_outcome"]),
        "suites": [
            _suite(item)
            for item in connection.execute(
                "SELECT * FROM suites WHERE plan_id = ? ORDER BY position, id", (row["id"],)
            )
        ],
    }


def _suite(row: Row) -> Json:
    data = loads(row["data"])
    return {
        "id": row["id"],
        "name": row["name"],
        "parent_id": row["parent_id"],
        "type": data["type"],
        "requirement_id": row["requirement_id"],
        "query": data.get("query"),
    }


def _points(connection: sqlite3.Connection, behaviours: Mapping[str, str]) -> list[Json]:
    found: list[Json] = []
    for row in connection.execute("SELECT * FROM points ORDER BY id"):
        view = shown(row, behaviours["point_while_in_progress"])
        found.append(
            {
                "id": row["id"],
                "plan_id": row["plan_id"],
                "suite_id": row["suite_id"],
                "case_id": row["case_id"],
                "configuration_id": row["configuration_id"],
                "outcome": view.outcome,
                "state": view.state,
                "last_run_id": view.run_id,
                "last_result_id": view.result_id,
                "last_run_build_number": row["build_number"],
                "active": bool(row["active"]),
                "tester": row["tester"],
            }
        )
    return found


def _run(request: Request, project: Project, run: Row) -> Json:
    connection = request.connection
    data = loads(run["data"])
    attachments: dict[int | None, list[Json]] = {}
    for item in connection.execute(
        "SELECT id, result_id, sub_result_id, name, type, size, comment FROM attachments WHERE run_id = ?"
        " ORDER BY id",
        (run["id"],),
    ):
        attachments.setdefault(item["result_id"], []).append(
            {
                "id": item["id"],
                "name": item["name"],
                "size": item["size"],
                "type": item["type"],
                "comment": item["comment"],
                "sub_result_id": item["sub_result_id"],
            }
        )
    subs = {
        row["result_id"]: orjson.loads(row["data"])
        for row in connection.execute("SELECT * FROM sub_results WHERE run_id = ?", (run["id"],))
    }
    shower = result_rows.Shower(request, project, run)
    details = frozenset({"point", "iterations", "workitems"})
    return {
        **run_rows.full(request, project, run, with_statistics=True),
        "plan_id": run["plan_id"],
        "build_id": run["build_id"],
        "release_id": data.get("release_id"),
        "release_environment_id": data.get("release_environment_id"),
        "is_automated": bool(run["automated"]),
        "comment": data.get("comment"),
        "project_id": run["project_id"],
        "results": [
            {
                **shower.show(row, details),
                "point_id": row["point_id"],
                "case_id": row["case_id"],
                "sub_results": [_sub_result(item) for item in subs.get(row["id"], [])],
                "attachments": attachments.get(row["id"], []),
            }
            for row in connection.execute("SELECT * FROM results WHERE run_id = ? ORDER BY id", (run["id"],))
        ],
        "attachments": attachments.get(None, []),
    }


def _sub_result(item: Json) -> Json:
    shown_item = {**item, "display_name": item["displayName"]}
    if item.get("subResults"):
        shown_item["sub_results"] = [_sub_result(child) for child in item["subResults"]]
    return shown_item
