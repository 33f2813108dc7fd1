"""Work item types, their states and fields, fields, relation types, tags.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-types
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from ado_publisher.emulator import field_values, work_item_rules
from ado_publisher.emulator.areas import HIDDEN
from ado_publisher.emulator.errors import WIT, ApiError, field_missing, invalid_argument
from ado_publisher.emulator.identity import guid
from ado_publisher.emulator.store import Json, loads, now
from ado_publisher.emulator.web import Answer, Project, Request, Route, listing, text
from ado_publisher.emulator.wit_model import (
    AUTOMATION_STATUSES,
    CASE_FIELDS,
    LINK_TYPES,
    RESOURCE_LINKS,
    TYPES_BY_NAME,
    Field,
)

_COLORS = {
    "Proposed": "b2b2b2",
    "InProgress": "007acc",
    "Resolved": "ff9d00",
    "Completed": "339933",
    "Removed": "ffffff",
}
_OPERATORS = {
    "string": ("Equals", "NotEquals", "Contains", "NotContains", "In"),
    "treePath": ("Under", "NotUnder", "Equals", "NotEquals", "In"),
    "html": ("ContainsWords", "NotContainsWords", "IsEmpty", "IsNotEmpty"),
    "plainText": ("Contains", "NotContains"),
    "history": ("ContainsWords", "NotContainsWords"),
}
_NUMERIC = ("Equals", "NotEquals", "GreaterThan", "LessThan", "GreaterThanEquals", "LessThanEquals", "In")
_REQUIRED = frozenset({"System.Title", "System.State", "System.AreaId", "System.IterationId"})
_BUG_FIELDS = frozenset(
    {
        "Microsoft.VSTS.TCM.ReproSteps",
        "Microsoft.VSTS.TCM.SystemInfo",
        "Microsoft.VSTS.Build.FoundIn",
        "Microsoft.VSTS.Build.IntegrationBuild",
        "Microsoft.VSTS.Common.Severity",
    }
)
_SUITE_FIELDS = frozenset({"Microsoft.VSTS.TCM.TestSuiteType", "Microsoft.VSTS.TCM.TestSuiteTypeId"})


def list_types(request: Request) -> Answer:
    """List the work item types of a project."""
    project = request.project()
    rows = request.connection.execute(
        "SELECT name, data FROM types WHERE project_id = ? ORDER BY name", (project.id,)
    ).fetchall()
    return listing([_type(request, project, row["name"], loads(row["data"])) for row in rows])


def get_type(request: Request) -> Answer:
    """Return one work item type."""
    project = request.project()
    name, data = work_item_rules.type_data(request.connection, project, request.params["type"])
    return Answer(_type(request, project, name, data))


def _type(request: Request, project: Project, name: str, data: Json) -> Json:
    stock = TYPES_BY_NAME.get(name.lower())
    color = stock.color if stock else "009CCC"
    here = f"{request.base}/{project.id}/_apis/wit/workItemTypes/{quote(name, safe='')}"
    return {
        "name": name,
        "referenceName": stock.reference if stock else f"Custom.{name.replace(' ', '')}",
        "description": "",
        "color": color,
        "icon": {"id": "icon_clipboard", "url": f"{request.base}/_apis/wit/workItemIcons/icon_clipboard"},
        "isDisabled": False,
        "states": _states(data),
        "fieldInstances": [_type_field(request, field) for field in _fields_of(request, name)],
        "url": here,
    }


def _states(data: Json) -> list[Json]:
    return [
        {"name": name, "color": _COLORS[category], "category": category} for name, category in data["states"]
    ]


def list_states(request: Request) -> Answer:
    """List the states of a work item type."""
    _, data = work_item_rules.type_data(request.connection, request.project(), request.params["type"])
    return listing(_states(data))


def _fields_of(request: Request, name: str) -> Iterator[Field]:
    for field in field_values.every(request.connection):
        if field.reference in CASE_FIELDS and name != "Test Case":
            continue
        if field.reference in _BUG_FIELDS and name != "Bug":
            continue
        if field.reference in _SUITE_FIELDS and name != "Test Suite":
            continue
        yield field


def _type_field(request: Request, field: Field, values: list[str] | None = None) -> Json:
    shown: Json = {
        "alwaysRequired": field.reference in _REQUIRED,
        "defaultValue": None,
        "referenceName": field.reference,
        "name": field.name,
        "url": f"{request.base}/_apis/wit/fields/{field.reference}",
    }
    if values is not None:
        shown["allowedValues"] = values
    return shown


def _allowed(field: Field, data: Json) -> list[str]:
    if field.reference == "System.State":
        return [name for name, _ in data["states"]]
    if field.reference == "Microsoft.VSTS.TCM.AutomationStatus":
        return list(AUTOMATION_STATUSES)
    return ["1", "2", "3", "4"] if field.reference == "Microsoft.VSTS.Common.Priority" else []


def list_type_fields(request: Request) -> Answer:
    """List the fields of a work item type; `$expand` shows the values they take."""
    name, data = work_item_rules.type_data(request.connection, request.project(), request.params["type"])
    expand = request.query.get("$expand", "none").lower() in ("all", "allowedvalues", "3", "1")
    return listing(
        [
            _type_field(request, field, _allowed(field, data) if expand else None)
            for field in _fields_of(request, name)
        ]
    )


def get_type_field(request: Request) -> Answer:
    """Return one field of a work item type."""
    name, data = work_item_rules.type_data(request.connection, request.project(), request.params["type"])
    wanted = field_values.find(request.connection, request.params["field"])
    if wanted is None or wanted not in list(_fields_of(request, name)):
        raise field_missing(request.params["field"], 404)
    return Answer(_type_field(request, wanted, _allowed(wanted, data)))


def list_fields(request: Request) -> Answer:
    """List all fields."""
    return listing([_field(request, field) for field in field_values.every(request.connection)])


def get_field(request: Request) -> Answer:
    """Return one field by either of its names."""
    found = field_values.find(request.connection, request.params["field"])
    if found is None:
        raise field_missing(request.params["field"], 404)
    return Answer(_field(request, found))


def create_field(request: Request) -> Answer:
    """Make a field of one's own; here it is on every work item type at once."""
    body = request.object_body()
    reference = text(body.get("referenceName"), "referenceName") or ""
    kind = text(body.get("type"), "type") or "string"
    if not re.fullmatch(r"Custom\.[A-Za-z][A-Za-z0-9_]{0,60}", reference) or kind not in _OPERATORS:
        raise invalid_argument("TF51508: The reference name or the type of the field is not valid.")
    if field_values.find(request.connection, reference) is not None:
        told = f"TF51514: A field with the reference name {reference} already exists."
        raise ApiError(409, "FieldAlreadyExistsException", told, assembly=WIT, event_id=3200)
    request.connection.execute("INSERT INTO custom_fields VALUES (?, ?)", (reference, kind))
    return Answer(_field(request, field_values.need(request.connection, reference)))


def _field(request: Request, field: Field) -> Json:
    operators = _OPERATORS.get(field.type, _NUMERIC)
    return {
        "name": field.name,
        "referenceName": field.reference,
        "type": field.type,
        "usage": "workItem",
        "readOnly": field.read_only,
        "canSortBy": field.type not in ("html", "history"),
        "isQueryable": True,
        "isIdentity": field.identity,
        "isPicklist": False,
        "isPicklistSuggested": False,
        "supportedOperations": [
            {"referenceName": f"SupportedOperations.{name}", "name": name} for name in operators
        ],
        "url": f"{request.base}/_apis/wit/fields/{field.reference}",
    }


def _relation_types(request: Request) -> list[Json]:
    here = f"{request.base}/_apis/wit/workItemRelationTypes"
    found: list[Json] = []
    for item in LINK_TYPES:
        directional = item.topology != "network"
        attributes: Json = {
            "usage": "workItemLink",
            "editable": item.reference.startswith("Microsoft."),
            "enabled": True,
            "acyclic": directional,
            "directional": directional,
            "singleTarget": item.topology != "tree",
            "topology": item.topology,
            "remote": False,
        }
        if directional:
            attributes["isForward"] = item.reference.endswith("-Forward")
            attributes["oppositeEndReferenceName"] = item.opposite
        found.append(
            {
                "attributes": attributes,
                "referenceName": item.reference,
                "name": item.name,
                "url": f"{here}/{item.reference}",
            }
        )
    for reference, name in RESOURCE_LINKS.values():
        attributes = {"usage": "resourceLink", "editable": False, "enabled": True}
        found.append(
            {"attributes": attributes, "referenceName": reference, "name": name, "url": f"{here}/{reference}"}
        )
    return found


def list_relation_types(request: Request) -> Answer:
    """List the types of relations."""
    return listing(_relation_types(request))


def get_relation_type(request: Request) -> Answer:
    """Return one type of relations."""
    wanted = request.params["relation"].lower()
    for item in _relation_types(request):
        if item["referenceName"].lower() == wanted:
            return Answer(item)
    text = f"The relation type {request.params['relation'][:100]} does not exist."
    raise ApiError(404, "WitResourceNotFoundException", text, assembly=WIT, event_id=3200)


def list_tags(request: Request) -> Answer:
    """List the tags that work items of a project have."""
    project = request.project()
    names: dict[str, str] = {}
    for row in request.connection.execute(
        "SELECT json_extract(fields, '$.\"System.Tags\"') AS tags FROM work_items"
        " WHERE project_id = ? AND access < ?",
        (project.id, HIDDEN),
    ):
        for tag in (row["tags"] or "").split(";"):
            if tag.strip():
                names.setdefault(tag.strip().lower(), tag.strip())
    here = f"{request.base}/{project.path}/_apis/wit/tags"
    moment = now()
    return listing(
        [
            {
                "id": guid("tag", project.id, low),
                "name": name,
                "url": f"{here}/{guid('tag', project.id, low)}",
                "lastUpdated": moment,
            }
            for low, name in sorted(names.items())
        ]
    )


_TYPE = "wit/workItemTypes/{type}"
ROUTES = (
    Route("GET", "wit/workItemTypes", list_types, "types"),
    Route("GET", _TYPE, get_type, "types"),
    Route("GET", _TYPE + "/states", list_states, "type-states"),
    Route("GET", _TYPE + "/fields", list_type_fields, "type-fields"),
    Route("GET", _TYPE + "/fields/{field}", get_type_field, "type-fields"),
    Route("GET", "wit/fields", list_fields, "fields", organization_level=True),
    Route("POST", "wit/fields", create_field, "fields", organization_level=True),
    Route("GET", "wit/fields/{field}", get_field, "fields", organization_level=True),
    Route("GET", "wit/workItemRelationTypes", list_relation_types, "relation-types", organization_level=True),
    Route(
        "GET",
        "wit/workItemRelationTypes/{relation}",
        get_relation_type,
        "relation-types",
        organization_level=True,
    ),
    Route("GET", "wit/tags", list_tags, "tags"),
)
