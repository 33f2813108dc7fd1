"""Test runs. https://learn.microsoft.com/rest/api/azure/devops/test/runs"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ado_publisher.emulator import releases, result_rows, run_checks, run_rows
from ado_publisher.emulator.enums import member
from ado_publisher.emulator.errors import invalid_argument
from ado_publisher.emulator.identity import as_text
from ado_publisher.emulator.pages import HEADER
from ado_publisher.emulator.point_view import Reached, free, occupy, reach
from ado_publisher.emulator.store import Json, Row, dumps, loads, marks, now
from ado_publisher.emulator.web import (
    Answer,
    Project,
    Request,
    Route,
    date,
    integer,
    listing,
    text,
)

MAX_QUERY_DAYS = 7
MAX_QUERY_TOP = 100
MAX_QUERY_IDS = 10
_KEPT_ON_CREATE = {
    "comment": "comment",
    "startDate": "startedDate",
    "completeDate": "completedDate",
    "dueDate": "dueDate",
    "iteration": "iteration",
    "errorMessage": "errorMessage",
    "controller": "controller",
    "tags": "tags",
    "buildDropLocation": "dropLocation",
    "pipelineReference": "pipelineReference",
    "startedDate": "startedDate",
}
_KEPT_ON_UPDATE = (
    "comment",
    "startedDate",
    "completedDate",
    "dueDate",
    "iteration",
    "errorMessage",
    "controller",
    "tags",
    "substate",
)


def create_run(request: Request) -> Answer:
    """Create a run; with pointIds one pending result is made for each of them."""
    project = request.project()
    body = request.object_body()
    facts = run_checks.read(request, project, body)
    data: Json = {
        ours: body[theirs] for theirs, ours in _KEPT_ON_CREATE.items() if body.get(theirs) is not None
    }
    data |= releases.link(request, project, body)
    if body.get("owner"):
        data["owner"] = as_text(body["owner"])
    state = facts.state
    if facts.points:
        state = "InProgress" if state == "Unspecified" else state
        data.setdefault("startedDate", now())
    run_id = run_rows.insert(
        request.connection,
        project.id,
        plan_id=facts.plan_id,
        build_id=facts.build_id,
        name=facts.name,
        state="NotStarted" if state == "Unspecified" else state,
        automated=facts.automated,
        with_points=bool(facts.points),
        data=data,
    )
    if facts.points:
        pending = "NotExecuted" if request.behaviour("pre_made_outcome") == "not_executed" else "Unspecified"
        made = result_rows.pre_made(request, run_id, facts.points, outcome=pending, state="Pending")
        occupy(request.connection, run_id, made)
    run = run_rows.row(request.connection, project.id, run_id)
    if facts.points:
        return Answer(run_rows.full(request, project, run))
    return Answer(run_rows.fresh(request, project, run))


def get_run(request: Request) -> Answer:
    """Return a run."""
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.integer("run"))
    if not request.flag("includeDetails", default=True):
        return Answer(run_rows.brief(request, project, run))
    return Answer(run_rows.full(request, project, run, with_statistics=True))


def list_runs(request: Request) -> Answer:
    """List runs; with both dates it is a query over what changed in at most 7 days."""
    project = request.project()
    if "minlastupdateddate" in request.query or "maxlastupdateddate" in request.query:
        return _query(request, project)
    where: list[str] = ["project_id = ?"]
    values: list[object] = [project.id]
    build = request.query.get("builduri", "")
    if build:
        where.append("build_id = ?")
        values.append(integer(build.rpartition("/")[2], "buildUri"))
    plans = request.ids("planId")
    if plans:
        where.append(f"plan_id IN ({marks(len(plans))})")
        values += plans
    if "automated" in request.query:
        where.append("automated = ?")
        values.append(request.flag("automated"))
    rows = request.connection.execute(
        f"SELECT * FROM runs WHERE {' AND '.join(where)} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608
        (*values, request.count("$top", 1000), request.count("$skip", 0)),
    ).fetchall()
    show = run_rows.full if request.flag("includeRunDetails") else run_rows.brief
    return listing([show(request, project, row) for row in rows])


def _query(request: Request, project: Project) -> Answer:
    first = date(request.query.get("minlastupdateddate"), "minLastUpdatedDate")
    last = date(request.query.get("maxlastupdateddate"), "maxLastUpdatedDate")
    if first is None or last is None:
        raise invalid_argument("minLastUpdatedDate and maxLastUpdatedDate must both be specified.")
    if last - first > timedelta(days=MAX_QUERY_DAYS):
        raise invalid_argument(f"The date range cannot be greater than {MAX_QUERY_DAYS} days.")
    top = min(request.count("$top", MAX_QUERY_TOP), MAX_QUERY_TOP)
    token = request.query.get("continuationtoken", "")
    skip = integer(token, "continuationToken") if token else 0
    where, values = _query_filters(request)
    rows = request.connection.execute(
        "SELECT * FROM runs WHERE project_id = ? AND julianday(updated) >= julianday(?)"  # noqa: S608
        f" AND julianday(updated) <= julianday(?){where} ORDER BY updated, id LIMIT ? OFFSET ?",
        (project.id, first.isoformat(), last.isoformat(), *values, top + 1, skip),
    ).fetchall()
    headers = {HEADER: str(skip + top)} if len(rows) > top and top else {}
    return listing([run_rows.full(request, project, row) for row in rows[:top]], headers)


def _query_filters(request: Request) -> tuple[str, list[Any]]:
    where = ""
    values: list[Any] = []
    for name, column in (("planIds", "plan_id"), ("buildIds", "build_id")):
        ids = request.ids(name)
        if len(ids) > MAX_QUERY_IDS:
            raise invalid_argument(f"{name} may name at most {MAX_QUERY_IDS} ids.")
        if ids:
            where += f" AND {column} IN ({marks(len(ids))})"
            values += ids
    for name, column in (("releaseIds", "release_id"), ("releaseEnvIds", "release_environment_id")):
        ids = request.ids(name)
        if ids:
            where += f" AND json_extract(data, '$.{column}') IN ({marks(len(ids))})"
            values += ids
    if request.query.get("state"):
        where += " AND state = ?"
        values.append(member("TestRunState", request.query["state"]))
    if "isautomated" in request.query:
        where += " AND automated = ?"
        values.append(request.flag("isAutomated"))
    if request.query.get("runtitle"):
        where += " AND name = ?"
        values.append(request.query["runtitle"])
    return where, values


def update_run(request: Request) -> Answer:
    """Change a run; completing or aborting it frees the points of its unfinished results."""
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.integer("run"))
    body = request.object_body()
    data = loads(run["data"])
    data.update({name: body[name] for name in _KEPT_ON_UPDATE if body.get(name) is not None})
    data.update(releases.link(request, project, body))
    # Only their form is checked: recorded runs were completed before they were started.
    for key in ("startedDate", "completedDate", "dueDate"):
        date(body.get(key), key)
    run_checks.check_tags(body.get("tags"))
    name = text(body.get("name"), "name")
    state = member("TestRunState", body["state"]) if body.get("state") not in (None, "") else "Unspecified"
    state = run["state"] if state == "Unspecified" else state
    build = run["build_id"]
    if body.get("build"):
        build = run_checks.build_id(request, project, body) or build
    if str(body.get("deleteInProgressResults", "")).lower() == "true":
        request.connection.execute(
            "DELETE FROM results WHERE run_id = ? AND state <> 'Completed'", (run["id"],)
        )
    if state in ("Completed", "Aborted") and run["state"] not in ("Completed", "Aborted"):
        data.setdefault("startedDate", data["createdDate"])
        data.setdefault("completedDate", now())
        _finish(request, run, state)
    elif state == "InProgress":
        data.setdefault("startedDate", now())
    request.connection.execute(
        "UPDATE runs SET name = ?, state = ?, build_id = ?, revision = revision + 1, updated = ?, data = ?"
        " WHERE id = ?",
        (
            run_checks.run_name(request, name) if name else run["name"],
            state,
            build,
            now(),
            dumps(data),
            run["id"],
        ),
    )
    run = run_rows.row(request.connection, project.id, run["id"])
    return Answer(run_rows.changed(request, project, run))


def _finish(request: Request, run: Row, state: str) -> None:
    """Let a run's results reach their points where that waits for its end; free the others."""
    behaviours = request.settings.behaviours
    if behaviours["point_outcome_when"] == "run_completed" and state == "Completed":
        rows = request.connection.execute(
            "SELECT * FROM results WHERE run_id = ? AND state = 'Completed' AND point_id IS NOT NULL"
            " ORDER BY id",
            (run["id"],),
        ).fetchall()
        reach(
            request.connection,
            behaviours,
            run,
            [Reached(row["point_id"], row["id"], row["outcome"]) for row in rows],
        )
    if state == "Aborted" and behaviours["point_after_abort"] == "aborted":
        rows = request.connection.execute(
            "SELECT id, busy_result FROM points WHERE busy_run = ?", (run["id"],)
        ).fetchall()
        reach(
            request.connection,
            behaviours,
            run,
            [Reached(row["id"], row["busy_result"], "Aborted") for row in rows],
        )
    free(request.connection, run["id"])


def delete_run(request: Request) -> Answer:
    """Delete a run with its results and attachments."""
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.integer("run"))
    free(request.connection, run["id"])
    for table, column in (
        ("results", "run_id"),
        ("sub_results", "run_id"),
        ("attachments", "run_id"),
        ("runs", "id"),
    ):
        request.connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (run["id"],))  # noqa: S608
    return Answer(status=204)


def run_statistics(request: Request) -> Answer:
    """Return how many results a run has of each kind."""
    project = request.project()
    run = run_rows.row(request.connection, project.id, request.integer("run"))
    reference = {"id": str(run["id"]), "name": run["name"], "url": run_rows.url(request, project, run["id"])}
    return Answer({"run": reference, "runStatistics": run_rows.statistics(request.connection, run["id"])})


ROUTES = (
    Route("POST", "test/runs", create_run, "runs"),
    Route("GET", "test/runs", list_runs, "runs"),
    Route("GET", "test/runs/{run:int}", get_run, "runs"),
    Route("PATCH", "test/runs/{run:int}", update_run, "runs"),
    Route("DELETE", "test/runs/{run:int}", delete_run, "runs"),
    Route("GET", "test/runs/{run:int}/statistics", run_statistics, "run-statistics"),
)
