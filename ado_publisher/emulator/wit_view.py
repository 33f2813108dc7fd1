"""How the service shows work items, their relations, updates and comments."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ado_publisher.emulator import work_items
from ado_publisher.emulator.identity import USER, guid, identity
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.web import Request
from ado_publisher.emulator.wit_model import IDENTITIES, LINKS_BY_REFERENCE, RESOURCE_LINKS


def url(request: Request, number: int) -> str:
    """Return the address of a work item's resource."""
    return f"{request.base}/_apis/wit/workItems/{number}"


def people(request: Request, fields: Json) -> Json:
    """Show people in fields as the service does; the values are changed in place."""
    for name in IDENTITIES & fields.keys():
        if isinstance(fields[name], str):
            fields[name] = identity(request.base, fields[name])
    return fields


def work_item(
    request: Request,
    row: Row,
    names: Sequence[str] | None = None,
    *,
    expand: str = "none",
    single: bool = False,
) -> Json:
    """Return a work item with all of its fields, or with those that are named."""
    fields: Json = {"System.Id": row["id"], "System.Rev": row["rev"], **loads(row["fields"])}
    people(request, fields)
    if names:
        wanted = {name.lower() for name in names}
        fields = {name: value for name, value in fields.items() if name.lower() in wanted}
    elif expand == "all":
        fields.update(_more(fields))
    else:
        del fields["System.Id"], fields["System.Rev"]
    shown: Json = {"id": row["id"], "rev": row["rev"], "fields": fields}
    if expand in ("all", "relations"):
        found = relations(request, request.connection, row["id"])
        if found:
            shown["relations"] = found
    if single or expand in ("all", "links"):
        shown["_links"] = _links(request, row)
    shown["url"] = url(request, row["id"])
    return shown


def _more(fields: Json) -> Json:
    area, iteration = fields.get("System.AreaPath", ""), fields.get("System.IterationPath", "")
    return {
        "System.NodeName": area.rpartition("\\")[2],
        "System.AreaLevel1": area.partition("\\")[0],
        "System.IterationLevel1": iteration.partition("\\")[0],
        "System.AuthorizedDate": fields.get("System.ChangedDate"),
        "System.RevisedDate": "9999-01-01T00:00:00Z",
    }


def _links(request: Request, row: Row) -> Json:
    own = url(request, row["id"])
    kind = quote(row["type"], safe="")
    return {
        "self": {"href": own},
        "workItemUpdates": {"href": f"{own}/updates"},
        "workItemRevisions": {"href": f"{own}/revisions"},
        "workItemComments": {"href": f"{own}/comments"},
        "html": {"href": f"{request.base}/_workitems/edit/{row['id']}"},
        "workItemType": {"href": f"{request.base}/{row['project_id']}/_apis/wit/workItemTypes/{kind}"},
        "fields": {"href": f"{request.base}/_apis/wit/fields"},
    }


def relations(request: Request, connection: sqlite3.Connection, number: int) -> list[Json]:
    """Return the relations of a work item."""
    return [
        relation(request, {**dict(row), "data": loads(row["data"])})
        for row in work_items.links(connection, number)
    ]


def relation(request: Request, kept: Json) -> Json:
    """Return one relation."""
    known = LINKS_BY_REFERENCE.get(kept["rel"].lower())
    attributes: Json = {"isLocked": False} if known else {}
    attributes["name"] = (
        known.name if known else RESOURCE_LINKS.get(kept["rel"].lower(), ("", kept["rel"]))[1]
    )
    attributes.update(kept["data"])
    return {
        "rel": kept["rel"],
        "url": url(request, kept["target"]) if kept["target"] else kept["url"],
        "attributes": attributes,
    }


def revisions(request: Request, item: Row) -> list[Json]:
    """Return every revision of a work item, oldest first."""
    return [
        {
            "id": item["id"],
            "rev": entry["rev"],
            "fields": people(request, loads(entry["fields"])),
            "url": f"{url(request, item['id'])}/revisions/{entry['rev']}",
        }
        for entry in work_items.history(request.connection, item)
        if entry["fields"] is not None
    ]


def updates(request: Request, item: Row) -> list[Json]:
    """Return every update of a work item, oldest first: fields that changed, relations that came and went."""
    found: list[Json] = []
    last: Json = {}
    for entry in work_items.history(request.connection, item):
        shown: Json = {
            "id": entry["number"],
            "workItemId": item["id"],
            "rev": entry["rev"],
            "revisedBy": identity(request.base, USER),
            "revisedDate": entry["moment"],
        }
        if entry["fields"] is not None:
            fields = {"System.Rev": entry["rev"], **people(request, loads(entry["fields"]))}
            shown["fields"] = _changes(last, fields)
            last = fields
        lines = {key: loads_list(entry[key]) for key in ("added", "removed") if entry[key]}
        if lines:
            shown["relations"] = {
                key: [relation(request, line) for line in value] for key, value in lines.items()
            }
        shown["url"] = f"{url(request, item['id'])}/updates/{entry['number']}"
        found.append(shown)
    return found


def loads_list(text: str) -> list[Json]:
    """Return a stored list."""
    found: Any = loads(text)
    return list(found)


def _changes(old: Json, new: Json) -> Json:
    found: Json = {}
    for name in [*new, *(name for name in old if name not in new)]:
        before, after = old.get(name), new.get(name)
        if before != after:
            found[name] = {
                key: value for key, value in (("oldValue", before), ("newValue", after)) if value is not None
            }
    return found


def comment(request: Request, row: Row) -> Json:
    """Return a comment."""
    person = identity(request.base, row["person"])
    return {
        "workItemId": row["work_item_id"],
        "id": row["id"],
        "version": 1,
        "text": row["text"],
        "createdBy": person,
        "createdDate": row["moment"],
        "modifiedBy": person,
        "modifiedDate": row["moment"],
        "isDeleted": False,
        "url": f"{url(request, row['work_item_id'])}/comments/{row['id']}",
    }


def deleted(request: Request, item: Row, project: str) -> Json:
    """Return the recorded answer to the deletion of a work item."""
    own = f"{request.base}/_apis/wit/recyclebin/{item['id']}"
    fields = loads(item["fields"])
    return {
        "id": item["id"],
        "type": item["type"],
        "name": item["title"],
        "project": project,
        "deletedDate": fields["System.ChangedDate"],
        "deletedBy": USER,
        "code": 200,
        "url": own,
        "resource": {"id": item["id"], "rev": item["rev"] + 1, "fields": fields, "url": own},
    }


def node_identifier(project_id: str, kind: str, path: str) -> str:
    """Return the GUID of an area or iteration."""
    return guid(kind, project_id, path)
