"""A JSON patch is carried out on a work item: new, or as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ado_publisher.emulator import areas, field_values, json_patch, work_item_rules, work_items
from ado_publisher.emulator.errors import WIT, ApiError, area_forbidden, work_item_missing
from ado_publisher.emulator.identity import USER
from ado_publisher.emulator.json_patch import Operation
from ado_publisher.emulator.store import Json, Row, dumps, loads, now
from ado_publisher.emulator.suite_fill import linked, unlinked
from ado_publisher.emulator.web import Project, Request, canonical
from ado_publisher.emulator.wit_model import LINKS_BY_REFERENCE, RESOURCE_LINKS

_ITEM_URL = re.compile(r".*/_apis/wit/workitems/(\d{1,10})/?", re.IGNORECASE)
_TAGS = "System.Tags"
_HISTORY = "System.History"


@dataclass(slots=True)
class Draft:
    """A work item while a patch is carried out on it."""

    number: int
    rev: int
    fields: Json
    links: Sequence[Row] = ()
    touched: set[str] = field(default_factory=set)
    added: list[work_items.Link] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    comments: dict[int, str] = field(default_factory=dict)
    history: str = ""


def create(request: Request, project: Project, kind: str, items: Sequence[Operation]) -> Row:
    """Make a work item and return it."""
    name, data = work_item_rules.type_data(request.connection, project, kind)
    moment = now()
    draft = Draft(-1, 0, new_fields(project, name, data, moment))
    _carry_out(request, draft, items)
    if not _bypassed(request):
        work_item_rules.check(draft.fields, data, frozenset(draft.touched), request)
    access = work_item_rules.settle_paths(request, project, -1, draft.fields)
    _count_comments(draft)
    number = work_items.insert(request.connection, project.id, name, draft.fields, access)
    item = work_items.row(request.connection, number)
    assert item is not None
    _links(request, item, draft)
    _comment(request, item, draft)
    return item


def new_fields(project: Project, kind: str, data: Json, moment: str) -> Json:
    """Return what a new work item of a type has before anybody says anything of it."""
    fields: Json = {
        "System.AreaPath": project.name,
        "System.TeamProject": project.name,
        "System.IterationPath": project.name,
        "System.WorkItemType": kind,
        "System.State": work_item_rules.first_state(data),
        "System.Reason": "New",
        "System.CreatedDate": moment,
        "System.CreatedBy": USER,
        "System.ChangedDate": moment,
        "System.ChangedBy": USER,
        "System.CommentCount": 0,
        "Microsoft.VSTS.Common.StateChangeDate": moment,
        "Microsoft.VSTS.Common.Priority": 2,
    }
    if kind == "Bug":
        fields["Microsoft.VSTS.Common.Severity"] = "3 - Medium"
    if kind == "Test Case":
        fields["Microsoft.VSTS.TCM.AutomationStatus"] = "Not Automated"
    return fields


def update(request: Request, project: Project, item: Row, items: Sequence[Operation]) -> None:
    """Change a work item; a change of links alone keeps its revision."""
    if item["access"] == areas.READ_ONLY:
        raise area_forbidden()
    _, data = work_item_rules.type_data(request.connection, project, item["type"])
    draft = Draft(item["id"], item["rev"], loads(item["fields"]))
    if any(operation.on_relations and operation.relation is not None for operation in items):
        draft.links = work_items.links(request.connection, item["id"])
    _carry_out(request, draft, items)
    if draft.touched or draft.history:
        _save(request, project, item, data, draft)
    _links(request, item, draft)
    _comment(request, item, draft)


def _save(request: Request, project: Project, item: Row, data: Json, draft: Draft) -> None:
    fields, moment = draft.fields, now()
    if not _bypassed(request):
        work_item_rules.check(fields, data, frozenset(draft.touched), request)
    access = item["access"]
    if draft.touched & {"System.AreaPath", "System.IterationPath"}:
        for name in ("System.AreaPath", "System.IterationPath"):
            fields.setdefault(name, project.name)
        access = work_item_rules.settle_paths(request, project, item["id"], fields)
    fields.update({"System.ChangedDate": moment, "System.ChangedBy": USER})
    if fields["System.State"] != loads(item["fields"])["System.State"]:
        fields["Microsoft.VSTS.Common.StateChangeDate"] = moment
        if "System.Reason" not in draft.touched:
            fields["System.Reason"] = f"Moved to state {fields['System.State']}"
    _count_comments(draft)
    shown = {**fields, _HISTORY: draft.history} if draft.history else fields
    work_items.remember(request.connection, item, fields=shown)
    work_items.save(request.connection, item, fields, access)


def _carry_out(request: Request, draft: Draft, items: Iterable[Operation]) -> None:
    for operation in items:
        if operation.on_relations:
            _relation(draft, operation)
        elif operation.field is None:
            if str(operation.value) != str(draft.rev):
                raise json_patch.test_failed("/rev", draft.rev, operation.value)
        else:
            _field(request, draft, operation)


def _field(request: Request, draft: Draft, operation: Operation) -> None:
    found = field_values.need(request.connection, operation.field or "")
    name = found.reference
    if operation.kind == "test":
        if draft.fields.get(name) != operation.value:
            raise json_patch.test_failed(operation.path, draft.fields.get(name), operation.value)
        return
    value = None if operation.kind == "remove" else operation.value
    if found.read_only and _bypassed(request) and name in ("System.CreatedDate", "System.ChangedDate"):
        draft.fields[name] = str(value)
        return
    value = field_values.checked(found, value)
    if name == _HISTORY:
        draft.history = str(value or "")
        return
    if name == _TAGS and isinstance(value, str):
        # Seen in the published samples: add joins the tags to those that are there, replace does not.
        value = tags(str(draft.fields.get(_TAGS, "")) if operation.kind == "add" else "", value)
    draft.touched.add(name)
    if value is None:
        draft.fields.pop(name, None)
    else:
        draft.fields[name] = value


def tags(present: str, more: str) -> str:
    """Return two lists of tags as one, each tag once without regard to case."""
    pieces = [piece.strip() for piece in f"{present};{more}".replace(",", ";").split(";")]
    once: dict[str, str] = {}
    for piece in pieces:
        if piece:
            once.setdefault(piece.lower(), piece)
    return "; ".join(once.values())


def _relation(draft: Draft, operation: Operation) -> None:
    if operation.relation is None:
        draft.added.append(_new_link(operation.value))
        return
    if operation.relation >= len(draft.links):
        raise json_patch.refused(f"Index out of range for path {operation.path}.")
    link = draft.links[operation.relation]
    if operation.on_comment:
        draft.comments[link["id"]] = str(operation.value or "")[:255]
    elif operation.kind == "remove":
        draft.removed.append(link)
    else:
        raise json_patch.refused(
            f"The operation {operation.kind} is not supported for the path {operation.path}."
        )


def _new_link(value: object) -> work_items.Link:
    given = canonical(value) if isinstance(value, dict) else {}
    rel, url = given.get("rel"), given.get("url")
    if not isinstance(rel, str) or not isinstance(url, str) or not url:
        raise json_patch.no_patch()
    attributes = given.get("attributes")
    data: dict[str, Any] = {}
    for name in ("name", "comment"):
        text = attributes.get(name) if isinstance(attributes, dict) else None
        if isinstance(text, str) and text:
            data[name] = text[:255]
    known = LINKS_BY_REFERENCE.get(rel.lower())
    if known is not None:
        found = _ITEM_URL.fullmatch(url.partition("?")[0])
        if found is None:
            raise _bad_relation(f"The url '{url[:200]}' of the relation {rel} does not lead to a work item.")
        data.pop("name", None)
        return work_items.Link(known.reference, int(found[1]), "", data)
    resource = RESOURCE_LINKS.get(rel.lower())
    if resource is None:
        raise _bad_relation(f"Unrecognized relation type {rel[:100]}.")
    return work_items.Link(resource[0], 0, url, data)


def _bad_relation(text: str) -> ApiError:
    return ApiError(400, "WorkItemLinkInvalidException", text, assembly=WIT, event_id=3200)


def _links(request: Request, item: Row, draft: Draft) -> None:
    connection = request.connection
    gone = []
    for row in {link["id"]: link for link in draft.removed}.values():
        gone.append(work_items.remove_link(connection, item, row))
        pair = work_items.tested(item["id"], row["rel"], row["target"])
        if pair:
            unlinked(request, *pair)
    for link in draft.added:
        if link.target:
            _need_target(request, link.target)
        work_items.add_link(connection, item, link)
        pair = work_items.tested(item["id"], link.rel, link.target)
        if pair:
            linked(request, *pair)
    for number, text in draft.comments.items():
        row = connection.execute("SELECT data FROM links WHERE id = ?", (number,)).fetchone()
        if row is not None:
            data = dumps({**loads(row["data"]), "comment": text})
            connection.execute("UPDATE links SET data = ? WHERE id = ?", (data, number))
    if gone or draft.added:
        fresh = work_items.row(connection, item["id"])
        assert fresh is not None
        if draft.rev:  # the links a work item is made with are part of its first revision
            work_items.remember(connection, fresh, added=[link.kept() for link in draft.added], removed=gone)


def _need_target(request: Request, number: int) -> None:
    target = work_items.row(request.connection, number)
    if target is None or target["access"] == areas.HIDDEN:
        raise work_item_missing(number)


def _count_comments(draft: Draft) -> None:
    if draft.history:
        draft.fields["System.CommentCount"] = draft.fields.get("System.CommentCount", 0) + 1


def _comment(request: Request, item: Row, draft: Draft) -> None:
    if draft.history:
        work_items.comment(request.connection, item["id"], draft.history, USER)


def _bypassed(request: Request) -> bool:
    return request.flag("bypassRules")
