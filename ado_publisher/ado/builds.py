"""Builds of the project, looked up before a run is linked to one.

Vendor page: build/builds. `buildNumber` matches exactly; a `*` in it would search by prefix
(azure-devops.md section 5).
"""

from __future__ import annotations

from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import Json, integer, optional_integer, part, text
from ado_publisher.ado.http import AdoSession, items_of
from ado_publisher.ado.versions import Operation
from ado_publisher.model import Build

GET_BUILD = Operation("get the build", "GET", "/{project}/_apis/build/builds/{build}")
LIST_BUILDS = Operation("find the build", "GET", "/{project}/_apis/build/builds")
GET_DEFINITION = Operation(
    "get the build definition", "GET", "/{project}/_apis/build/definitions/{definition}"
)
LIST_DEFINITIONS = Operation("find the build definition", "GET", "/{project}/_apis/build/definitions")


def build_by_id(session: AdoSession, project: str, build_id: int) -> Build | None:
    """The build with that id, or None when the project has none (a build of another project included)."""
    try:
        answer = session.call(GET_BUILD, {"project": project, "build": build_id})
    except NotFound:
        return None
    of = part(answer.json, "project")
    if of and project.casefold() not in (text(of, "name").casefold(), text(of, "id").casefold()):
        return None
    return _build(answer.json)


def builds_by_number(session: AdoSession, project: str, number: str) -> list[Build]:
    """Every build of the project with exactly that number: numbers are unique per definition at best."""
    answer = session.call(LIST_BUILDS, {"project": project}, query={"buildNumber": number})
    found = [_build(item) for item in items_of(answer, LIST_BUILDS)]
    return [build for build in found if build.number == number]


def latest_build(session: AdoSession, project: str, definition_id: int) -> Build | None:
    """The build of the definition that was completed last; None when it has none."""
    query = {
        "definitions": definition_id,
        "statusFilter": "completed",
        "queryOrder": "finishTimeDescending",
        "$top": 1,
    }
    answer = session.call(LIST_BUILDS, {"project": project}, query=query)
    found = [_build(item) for item in items_of(answer, LIST_BUILDS)]
    return found[0] if found else None


def definition_by_id(session: AdoSession, project: str, definition_id: int) -> str | None:
    """The name of the build definition with that id, or None when the project has none."""
    try:
        answer = session.call(GET_DEFINITION, {"project": project, "definition": definition_id})
    except NotFound:
        return None
    return text(answer.json, "name")


def look(session: AdoSession, project: str) -> None:
    """Read one build or none: it fails where the credential may not read builds."""
    items_of(session.call(LIST_BUILDS, {"project": project}, query={"$top": 1}), LIST_BUILDS)


def definitions_by_name(session: AdoSession, project: str, name: str) -> list[int]:
    """The ids of the build definitions of that name, case ignored; folders may hold one each."""
    return [
        integer(item)
        for item in session.pages(LIST_DEFINITIONS, {"project": project}, {"name": name})
        if text(item, "name").casefold() == name.casefold()
    ]


def _build(item: Json) -> Build:
    definition = part(item, "definition")
    return Build(
        id=integer(item),
        number=text(item, "buildNumber"),
        definition_id=optional_integer(definition),
        definition_name=text(definition, "name"),
        branch=text(item, "sourceBranch"),
        source_version=text(item, "sourceVersion"),
    )
