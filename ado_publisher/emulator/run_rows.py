"""Test runs in the database, and how the service shows them."""

from __future__ import annotations

import sqlite3
from typing import Any

from ado_publisher.emulator import releases
from ado_publisher.emulator.api.core import project_reference
from ado_publisher.emulator.errors import not_found
from ado_publisher.emulator.identity import NOBODY, USER, identity, short
from ado_publisher.emulator.store import Json, Row, dumps, loads, now
from ado_publisher.emulator.web import Project, Request

_FAILING = ("Failed", "Error", "Timeout", "Aborted")
# What a body may carry that is only kept and shown again.
_SHOWN = (
    "startedDate",
    "completedDate",
    "dueDate",
    "comment",
    "errorMessage",
    "iteration",
    "controller",
    "releaseUri",
    "releaseEnvironmentUri",
    "dropLocation",
    "substate",
    "tags",
    "pipelineReference",
    "buildConfiguration",
)


def insert(
    connection: sqlite3.Connection,
    project_id: str,
    *,
    plan_id: int | None,
    build_id: int | None,
    name: str,
    state: str,
    automated: bool,
    with_points: bool,
    data: Json,
) -> int:
    """Store a new run and return its id."""
    moment = now()
    cursor = connection.execute(
        "INSERT INTO runs (project_id, plan_id, build_id, name, state, automated, with_points, revision,"
        " updated, data) VALUES (?, ?, ?, ?, ?, ?, ?, 2, ?, ?)",
        (
            project_id,
            plan_id,
            build_id,
            name,
            state,
            automated,
            with_points,
            moment,
            dumps({"createdDate": moment, **data}),
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def row(connection: sqlite3.Connection, project_id: str, run_id: int) -> Row:
    """Return a run of a project, or raise 404."""
    found: Row | None = connection.execute(
        "SELECT * FROM runs WHERE id = ? AND project_id = ?", (run_id, project_id)
    ).fetchone()
    if found is None:
        raise not_found(f"Test run {run_id}")
    return found


def statistics(connection: sqlite3.Connection, run_id: int) -> list[Json]:
    """Return how many results a run has of each state and outcome."""
    return [
        {"state": item["state"], "outcome": item["outcome"], "count": item["n"]}
        for item in connection.execute(
            "SELECT state, outcome, count(*) AS n FROM results WHERE run_id = ? GROUP BY state, outcome",
            (run_id,),
        )
    ]


def counts(found: list[Json]) -> dict[str, int]:
    """Return the counters of a run from its statistics."""

    def total(*outcomes: str) -> int:
        return sum(
            item["count"] for item in found if item["state"] == "Completed" and item["outcome"] in outcomes
        )

    return {
        "totalTests": sum(item["count"] for item in found),
        "incompleteTests": sum(item["count"] for item in found if item["state"] != "Completed"),
        "notApplicableTests": total("NotApplicable"),
        "passedTests": total("Passed"),
        "unanalyzedTests": total(*_FAILING),
    }


def url(request: Request, project: Project, run_id: int) -> str:
    """Return the address of a run's resource."""
    return f"{request.base}/{project.path}/_apis/test/Runs/{run_id}"


def web_url(request: Request, project: Project, run_id: int) -> str:
    """Return the address of a run's page."""
    return f"{request.base}/{project.path}/_TestManagement/Runs?runId={run_id}&_a=runCharts"


def fresh(request: Request, project: Project, run: Row) -> Json:
    """Return the answer to the creation of a run without points: nothing is known of it yet."""
    data = loads(run["data"])
    shown: Json = {
        "id": run["id"],
        "name": run["name"],
        "url": url(request, project, run["id"]),
        "isAutomated": bool(run["automated"]),
        "owner": dict(NOBODY),
        "project": {"id": project.id, "name": project.name},
        "state": "Unspecified",
    }
    if data.get("iteration"):
        shown["iteration"] = data["iteration"]
    if run["build_id"] is not None:
        shown["build"] = {"id": str(run["build_id"])}
    if run["plan_id"] is not None:
        shown["plan"] = {"id": str(run["plan_id"])}
    return {
        **shown,
        **counts([]),
        "revision": run["revision"],
        "webAccessUrl": web_url(request, project, run["id"]),
    }


def full(request: Request, project: Project, run: Row, *, with_statistics: bool = False) -> Json:
    """Return a run with everything that is known of it."""
    data = loads(run["data"])
    found = statistics(request.connection, run["id"])
    shown: Json = {
        "id": run["id"],
        "name": run["name"],
        "url": url(request, project, run["id"]),
        "isAutomated": bool(run["automated"]),
        "owner": identity(request.base, data.get("owner", USER)),
        "project": project_reference(request, project),
        "state": run["state"],
        "postProcessState": "Complete" if run["state"] == "Completed" else "InProgress",
        **counts(found),
        "createdDate": data["createdDate"],
        "lastUpdatedDate": run["updated"],
        "lastUpdatedBy": identity(request.base, USER),
        "revision": run["revision"],
        "webAccessUrl": web_url(request, project, run["id"]),
    }
    shown.update({name: data[name] for name in _SHOWN if data.get(name) is not None})
    if run["plan_id"] is not None:
        shown["plan"] = _plan(request, project, run["plan_id"])
    if run["build_id"] is not None:
        shown["build"] = build_reference(request, run["build_id"])
        shown["buildConfiguration"] = _build_configuration(request, project, run["build_id"])
    release = releases.reference(request, project, data)
    if release is not None:
        shown["release"] = release
    if with_statistics:
        shown["runStatistics"] = found
    return shown


def brief(request: Request, project: Project, run: Row) -> Json:
    """Return a run as a list without details shows it."""
    data = loads(run["data"])
    shown: Json = {
        "id": run["id"],
        "name": run["name"],
        "url": url(request, project, run["id"]),
        "isAutomated": bool(run["automated"]),
        "owner": short(data.get("owner", USER)),
        "state": run["state"],
        "revision": run["revision"],
    }
    shown.update(
        {name: data[name] for name in ("iteration", "startedDate", "completedDate") if data.get(name)}
    )
    if run["plan_id"] is not None:
        shown["plan"] = {"id": str(run["plan_id"])}
    return {**shown, "webAccessUrl": web_url(request, project, run["id"])}


def changed(request: Request, project: Project, run: Row) -> Json:
    """Return the answer to the change of a run: its own state, a short owner, no statistics."""
    shown = full(request, project, run)
    for name in ("postProcessState", "createdDate", "lastUpdatedDate", "lastUpdatedBy", "buildConfiguration"):
        shown.pop(name, None)
    shown["owner"] = short(loads(run["data"]).get("owner", USER))
    shown["project"] = {"id": project.id, "name": project.name}
    if "plan" in shown:
        shown["plan"] = {"id": shown["plan"]["id"]}
    return shown


def _plan(request: Request, project: Project, plan_id: int) -> Json:
    found = request.connection.execute("SELECT name FROM plans WHERE id = ?", (plan_id,)).fetchone()
    return {
        "id": str(plan_id),
        "name": found["name"] if found else "",
        "url": f"{request.base}/{project.path}/_apis/test/Plans/{plan_id}",
    }


def build_reference(request: Request, build_id: int) -> Json:
    """Return the reference of a run's or result's build."""
    found = request.connection.execute("SELECT number FROM builds WHERE id = ?", (build_id,)).fetchone()
    return {
        "id": str(build_id),
        "name": found["number"] if found else "",
        "url": f"{request.base}/_apis/build/Builds/{build_id}",
    }


def _build_configuration(request: Request, project: Project, build_id: int) -> Json:
    found = request.connection.execute("SELECT * FROM builds WHERE id = ?", (build_id,)).fetchone()
    data: dict[str, Any] = loads(found["data"])
    shown: Json = {
        "id": build_id,
        "number": found["number"],
        "uri": f"vstfs:///Build/Build/{build_id}",
        "buildDefinitionId": found["definition_id"],
        "branchName": found["branch"],
        "project": {"id": project.id, "name": project.name},
    }
    if data.get("commit"):
        shown["sourceVersion"] = data["commit"]
    return shown
