"""Builds and their definitions. https://learn.microsoft.com/rest/api/azure/devops/build/builds"""

from __future__ import annotations

from typing import Any

from ado_publisher.emulator.api.core import team_project
from ado_publisher.emulator.errors import ApiError, build_missing
from ado_publisher.emulator.identity import USER, guid, identity
from ado_publisher.emulator.pages import HEADER
from ado_publisher.emulator.store import Json, Row, loads, marks
from ado_publisher.emulator.web import Answer, Project, Request, Route, listing


def _project_row(request: Request, project: Project) -> Row:
    row: Row = request.connection.execute("SELECT * FROM projects WHERE id = ?", (project.id,)).fetchone()
    return row


def build_json(request: Request, row: Row, project: Json) -> Json:
    """Return a build as the service shows it."""
    data = loads(row["data"])
    here = f"{request.base}/{project['id']}"
    url = f"{here}/_apis/build/Builds/{row['id']}"
    person = identity(request.base, data.get("requested_for", USER))
    shown: Json = {
        "_links": {
            "self": {"href": url},
            "web": {"href": f"{here}/_build/results?buildId={row['id']}"},
            "timeline": {"href": f"{here}/_apis/build/builds/{row['id']}/Timeline"},
            "badge": {"href": f"{here}/_apis/build/status/{row['definition_id']}"},
        },
        "properties": {},
        "tags": data.get("tags") or [],
        "validationResults": [],
        "plans": [{"planId": guid("orchestration", str(row["id"]))}],
        "triggerInfo": {},
        "id": row["id"],
        "buildNumber": row["number"],
        "status": row["status"],
        "queueTime": data["queue_time"],
        "url": url,
        "definition": definition_json(request, data["definition"], project),
        "buildNumberRevision": 1,
        "project": project,
        "uri": f"vstfs:///Build/Build/{row['id']}",
        "sourceBranch": row["branch"],
        "sourceVersion": data.get("commit")
        or guid("commit", str(row["id"])).replace("-", "")[:32] + "00000000",
        "queue": {
            "id": 1,
            "name": "Azure Pipelines",
            "pool": {"id": 1, "name": "Azure Pipelines", "isHosted": True},
        },
        "priority": "normal",
        "reason": data.get("reason", "individualCI"),
        "requestedFor": person,
        "requestedBy": person,
        "lastChangedDate": row["finish_time"] or data["queue_time"],
        "lastChangedBy": person,
        "orchestrationPlan": {"planId": guid("orchestration", str(row["id"]))},
        "logs": {"id": 0, "type": "Container", "url": f"{here}/_apis/build/builds/{row['id']}/logs"},
        "repository": {
            "id": guid("repository", project["id"]),
            "type": "TfsGit",
            "name": project["name"],
            "url": f"{here}/_git/{project['name']}",
            "clean": None,
            "checkoutSubmodules": False,
            **(data.get("repository") or {}),
        },
        "retainedByRelease": False,
        "triggeredByBuild": None,
        "appendCommitMessageToRunName": True,
    }
    if row["status"] == "completed":
        shown["result"] = data.get("result", "succeeded")
        shown["startTime"] = data.get("start_time") or row["finish_time"]
        shown["finishTime"] = row["finish_time"]
    elif row["status"] == "inProgress":
        shown["startTime"] = data.get("start_time") or data["queue_time"]
    return shown


def definition_json(request: Request, definition: Json, project: Json) -> Json:
    """Return the reference of a definition."""
    number = definition["id"]
    return {
        "id": number,
        "name": definition["name"],
        "url": f"{request.base}/{project['id']}/_apis/build/Definitions/{number}?revision=1",
        "uri": f"vstfs:///Build/Definition/{number}",
        "path": definition.get("path", "\\"),
        "type": "build",
        "queueStatus": "enabled",
        "revision": 1,
        "project": project,
    }


def list_builds(request: Request) -> Answer:
    """List builds, newest first among the finished, narrowed by the query."""
    row = _project_row(request, request.project())
    where, values = _filters(request)
    top = request.count("$top", 1000)
    skip = 0
    token = request.query.get("continuationtoken", "")
    if token.isdigit():
        skip = int(token)
    sql = (
        f"SELECT * FROM builds WHERE {' AND '.join(['project_id = ?', *where])}"  # noqa: S608 - fixed texts
        " ORDER BY finish_time IS NULL, finish_time DESC, id DESC LIMIT ? OFFSET ?"
    )
    rows = request.connection.execute(sql, (row["id"], *values, top + 1, skip)).fetchall()
    project = team_project(request, row)
    found = [build_json(request, build, project) for build in rows[:top]]
    return listing(found, {HEADER: str(skip + top)} if len(rows) > top and top else {})


def _filters(request: Request) -> tuple[list[str], list[Any]]:
    """Return the conditions of a build query; what the emulator does not know to filter is refused."""
    where: list[str] = []
    values: list[Any] = []
    query = request.query
    number = query.get("buildnumber")
    collate = "" if request.behaviour("build_number_case") == "sensitive" else " COLLATE NOCASE"
    if number and number.endswith("*"):
        where.append(f"substr(number, 1, ?) = ?{collate}")
        values += [len(number) - 1, number[:-1]]
    elif number:
        where.append(f"number = ?{collate}")
        values.append(number)
    for name, column in (("buildIds", "id"), ("definitions", "definition_id")):
        ids = request.ids(name)
        if ids:
            where.append(f"{column} IN ({marks(len(ids))})")
            values += ids
    if query.get("branchname"):
        where.append("branch = ?")
        values.append(query["branchname"])
    status = query.get("statusfilter", "")
    if status and status.lower() != "all":
        wanted = [piece.strip().lower() for piece in status.split(",")]
        where.append(f"lower(status) IN ({marks(len(wanted))})")
        values += wanted
    if query.get("resultfilter"):
        wanted = [piece.strip().lower() for piece in query["resultfilter"].split(",")]
        where.append(
            "status = 'completed' AND lower(coalesce(json_extract(data, '$.result'), 'succeeded'))"
            f" IN ({marks(len(wanted))})"
        )
        values += wanted
    if bool(query.get("repositoryid")) != bool(query.get("repositorytype")):
        raise ApiError(
            400, "InvalidRequestException", "repositoryId and repositoryType must be specified together."
        )
    return where, values


def get_build(request: Request) -> Answer:
    """Return one build of the project."""
    row = _project_row(request, request.project())
    build = request.connection.execute(
        "SELECT * FROM builds WHERE id = ? AND project_id = ?", (request.integer("build"), row["id"])
    ).fetchone()
    if build is None:
        raise build_missing(request.integer("build"))
    return Answer(build_json(request, build, team_project(request, row)))


def list_definitions(request: Request) -> Answer:
    """List definitions, narrowed by name or ids."""
    row = _project_row(request, request.project())
    name = request.query.get("name", "")
    pattern = name.replace("*", "%") if name else "%"
    ids = request.ids("definitionIds")
    found = request.connection.execute(
        "SELECT * FROM definitions WHERE project_id = ? AND name LIKE ? ORDER BY id", (row["id"], pattern)
    ).fetchall()
    project = team_project(request, row)
    return listing([_full(request, item, project) for item in found if not ids or item["id"] in ids])


def get_definition(request: Request) -> Answer:
    """Return one definition."""
    row = _project_row(request, request.project())
    found = request.connection.execute(
        "SELECT * FROM definitions WHERE project_id = ? AND id = ?",
        (row["id"], request.integer("definition")),
    ).fetchone()
    if found is None:
        text = f"VS402881: The definition {request.integer('definition')} could not be found."
        raise ApiError(404, "DefinitionNotFoundException", text)
    return Answer(_full(request, found, team_project(request, row)))


def _full(request: Request, row: Row, project: Json) -> Json:
    shown = definition_json(request, {"id": row["id"], "name": row["name"], "path": row["path"]}, project)
    here = f"{request.base}/{project['id']}"
    return {
        "_links": {
            "self": {"href": shown["url"]},
            "web": {"href": f"{here}/_build/definition?definitionId={row['id']}"},
            "badge": {"href": f"{here}/_apis/build/status/{row['id']}"},
        },
        "quality": "definition",
        "drafts": [],
        "authoredBy": identity(request.base, USER),
        **shown,
        "createdDate": project["lastUpdateTime"],
    }


ROUTES = (
    Route("GET", "build/builds", list_builds, "builds"),
    Route("GET", "build/builds/{build:int}", get_build, "builds"),
    Route("GET", "build/definitions", list_definitions, "definitions"),
    Route("GET", "build/definitions/{definition:int}", get_definition, "definitions"),
)
