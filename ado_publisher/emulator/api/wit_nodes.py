"""Areas and iterations. https://learn.microsoft.com/rest/api/azure/devops/wit/classification-nodes"""

from __future__ import annotations

from urllib.parse import quote

from ado_publisher.emulator import areas
from ado_publisher.emulator.errors import WIT, ApiError, NotEmulatedError, area_forbidden, invalid_argument
from ado_publisher.emulator.identity import guid
from ado_publisher.emulator.store import Json, Row
from ado_publisher.emulator.web import Answer, Project, Request, Route, listing, text

MAX_STEPS = 14
_GROUPS = {"areas": areas.AREA, "iterations": areas.ITERATION}
_NAMES = {areas.AREA: ("Areas", "Area"), areas.ITERATION: ("Iterations", "Iteration")}


def root_nodes(request: Request) -> Answer:
    """Return the roots of both trees, or the nodes that `ids` names."""
    project = request.project()
    ids = request.ids("ids")
    if ids:
        return listing([_shown(request, project, row, 0) for row in _by_id(request, project, ids)])
    depth = request.count("$depth", 0)
    return listing(
        [_shown(request, project, _need(request, project, kind, ""), depth) for kind in _GROUPS.values()]
    )


def _by_id(request: Request, project: Project, ids: list[int]) -> list[Row]:
    omit = request.query.get("errorpolicy", "fail").lower() == "omit"
    found = []
    for number in ids:
        row = request.connection.execute(
            "SELECT * FROM nodes WHERE id = ? AND project_id = ? AND access < ?",
            (number, project.id, areas.HIDDEN),
        ).fetchone()
        if row is not None:
            found.append(row)
        elif not omit:
            raise _missing(str(number))
    return found


def get_node(request: Request) -> Answer:
    """Return an area or iteration by its path, with `$depth` levels below it."""
    project, kind, path = _target(request)
    return Answer(
        _shown(request, project, _need(request, project, kind, path), request.count("$depth", 0), top=True)
    )


def create_node(request: Request) -> Answer:
    """Make an area or iteration below the one of the path."""
    project, kind, path = _target(request)
    parent = _need(request, project, kind, path)
    if parent["access"] != areas.FULL:
        raise area_forbidden()
    body = request.object_body()
    if body.get("id"):
        raise NotEmulatedError("areas and iterations cannot be moved here")
    name = text(body.get("name"), "name")
    if not name or not name.strip() or set(name) & set('\\/$?*:"&<>#%|+'):
        raise invalid_argument(f"The name '{str(name)[:100]}' of a classification node is not valid.")
    full = f"{parent['path']}\\{name.strip()}"
    if areas.find(request.connection, project.id, kind, full) is not None:
        message = (
            f"VS402371: Classification node name {name} is already in use by a different child of parent "
            f"classification node {parent['path']}. Choose a different name and try again."
        )
        raise ApiError(409, "ClassificationNodeDuplicateNameException", message, assembly=WIT, event_id=3200)
    areas.add(request.connection, project.id, kind, [full])
    row = areas.find(request.connection, project.id, kind, full)
    assert row is not None
    shown = _shown(request, project, row, 0, top=True)
    return Answer(shown, 201, {"Location": shown["url"]})


def _target(request: Request) -> tuple[Project, str, str]:
    project = request.project()
    kind = _GROUPS.get(request.params["group"].lower())
    if kind is None:
        raise invalid_argument(f"The structure group '{request.params['group'][:60]}' is not valid.")
    steps = [request.params[f"step{index}"] for index in range(MAX_STEPS) if f"step{index}" in request.params]
    return project, kind, "\\".join(steps)


def _need(request: Request, project: Project, kind: str, path: str) -> Row:
    full = f"{project.name}\\{path}" if path else project.name
    row = areas.find(request.connection, project.id, kind, full)
    if row is None or row["access"] == areas.HIDDEN:
        raise _missing(path)
    return row


def _missing(name: str) -> ApiError:
    message = (
        f"VS402485: The classification node {name[:200]} does not exist or you do not have permission to "
        "access it."
    )
    key = "WorkItemTrackingTreeNodeNotFoundException"
    return ApiError(404, key, message, assembly=f"{WIT}.Metadata", event_id=3200)


def _shown(request: Request, project: Project, row: Row, depth: int, *, top: bool = False) -> Json:
    kind, steps = row["kind"], row["path"].split("\\")
    group, word = _NAMES[kind]
    here = f"{request.base}/{project.id}/_apis/wit/classificationNodes/{group}"
    own = "/".join([here, *(quote(step, safe="") for step in steps[1:])])
    children = _children(request, row)
    shown: Json = {
        "id": row["id"],
        "identifier": guid(kind, project.id, row["path"]),
        "name": steps[-1],
        "structureType": kind,
        "hasChildren": bool(children),
        "path": "\\" + "\\".join([steps[0], word, *steps[1:]]),
    }
    if depth and children:
        shown["children"] = [_shown(request, project, child, depth - 1) for child in children]
    if top:
        shown["_links"] = {"self": {"href": own}}
        if len(steps) > 1:
            above = "/".join([here, *(quote(step, safe="") for step in steps[1:-1])])
            shown["_links"]["parent"] = {"href": above}
    shown["url"] = own
    return shown


def _children(request: Request, row: Row) -> list[Row]:
    low, high = f"{row['path']}\\", f"{row['path']}]"  # "]" follows the backslash
    found = request.connection.execute(
        "SELECT * FROM nodes WHERE project_id = ? AND kind = ? AND path > ? AND path < ? AND access < ?"
        " ORDER BY path",
        (row["project_id"], row["kind"], low, high, areas.HIDDEN),
    ).fetchall()
    level = row["path"].count("\\") + 1
    return [item for item in found if item["path"].count("\\") == level]


def _routes() -> list[Route]:
    """Return a route for each length of a path: the router knows paths by their length."""
    found = [Route("GET", "wit/classificationNodes", root_nodes, "root-nodes")]
    template = "wit/classificationNodes/{group}"
    for index in range(MAX_STEPS):
        found.append(Route("GET", template, get_node, "nodes"))
        found.append(Route("POST", template, create_node, "nodes"))
        template += f"/{{step{index}}}"
    return found


ROUTES = tuple(_routes())
