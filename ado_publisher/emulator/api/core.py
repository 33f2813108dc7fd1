"""Projects. https://learn.microsoft.com/rest/api/azure/devops/core/projects"""

from __future__ import annotations

from ado_publisher.emulator.errors import project_missing
from ado_publisher.emulator.identity import guid
from ado_publisher.emulator.pages import HEADER
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.web import Answer, Project, Request, Route, integer, listing


def project_reference(request: Request, project: Project) -> Json:
    """Return the reference that test management shows of a project."""
    return {
        "id": project.id,
        "name": project.name,
        "url": f"{request.base}/_apis/projects/{project.path}",
    }


def unchanged_reference(request: Request, project: Project) -> Json:
    """Return the reference of the testplan area, whose state is always "unchanged"."""
    return {**project_reference(request, project), "state": "unchanged", "visibility": "unchanged"}


def team_project(request: Request, row: Row) -> Json:
    """Return a project as lists and builds show it."""
    data = loads(row["data"])
    shown = {
        "id": row["id"],
        "name": row["name"],
        "url": f"{request.base}/_apis/projects/{row['id']}",
        "state": "wellFormed",
        "revision": 11,
        "visibility": "private",
        "lastUpdateTime": data["updated"],
    }
    if data.get("description"):
        shown["description"] = data["description"]
    return shown


def list_projects(request: Request) -> Answer:
    """List projects; the continuation token is the number to skip."""
    top = request.count("$top", 100)
    skip = request.count("$skip", 0)
    token = request.query.get("continuationtoken")
    if token:
        skip = max(integer(token, "continuationToken"), 0)
    rows = request.connection.execute("SELECT * FROM projects ORDER BY name").fetchall()
    page = [team_project(request, row) for row in rows[skip : skip + top]]
    more = len(rows) > skip + top
    return listing(page, {HEADER: str(skip + top)} if more and top else {})


def get_project(request: Request) -> Answer:
    """Return one project by name or id."""
    name = request.params["project"]
    row = request.connection.execute(
        "SELECT * FROM projects WHERE name = ? OR id = ?", (name, name.lower())
    ).fetchone()
    if row is None:
        raise project_missing(name)
    shown = team_project(request, row)
    team = guid("team", row["id"])
    if request.flag("includeCapabilities"):
        shown["capabilities"] = {
            "processTemplate": {"templateName": "Agile", "templateTypeId": guid("process", "Agile")},
            "versioncontrol": {"sourceControlType": "Git", "gitEnabled": "True", "tfvcEnabled": "False"},
        }
    shown["_links"] = {
        "self": {"href": shown["url"]},
        "collection": {"href": f"{request.base}/_apis/projectCollections/{guid('instance')}"},
        "web": {"href": f"{request.base}/{Project(row['id'], row['name']).path}"},
    }
    shown["defaultTeam"] = {
        "id": team,
        "name": f"{row['name']} Team",
        "url": f"{shown['url']}/teams/{team}",
    }
    return Answer(shown)


ROUTES = (
    Route("GET", "projects", list_projects, "projects", organization_level=True),
    Route("GET", "projects/{project}", get_project, "projects", organization_level=True),
)
