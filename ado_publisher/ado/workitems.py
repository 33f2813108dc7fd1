"""Work items: read, looked for, made and changed.

A change names the revision it was decided on; a creation whose answer was lost is looked for
before it is sent again. Vendor pages: wit/work-items, wit/wiql, wit/work-item-type-states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ado_publisher.ado import wiql
from ado_publisher.ado.fields import Json, integer, optional_integer, part, record, text
from ado_publisher.ado.http import AdoSession, LostAnswer, items_of
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.errors import ServiceError, Unreachable

CASE = "Test Case"
TITLE = "System.Title"
STATE = "System.State"
TYPE = "System.WorkItemType"
TAGS = "System.Tags"
AREA = "System.AreaPath"
ITERATION = "System.IterationPath"
TEST_NAME = "Microsoft.VSTS.TCM.AutomatedTestName"
TEST_STORAGE = "Microsoft.VSTS.TCM.AutomatedTestStorage"
TEST_TYPE = "Microsoft.VSTS.TCM.AutomatedTestType"
TEST_ID = "Microsoft.VSTS.TCM.AutomatedTestId"
AUTOMATION = "Microsoft.VSTS.TCM.AutomationStatus"
STEPS = "Microsoft.VSTS.TCM.Steps"
TESTED_BY = "Microsoft.VSTS.Common.TestedBy-Forward"
TESTS = "Microsoft.VSTS.Common.TestedBy-Reverse"
# A field of one line of text holds no more (azure-devops.md section 1, test case fields).
LINE_LIMIT = 255
AT_ONCE = 200
_ROUNDS = 4
_DENIED = frozenset({"PermissionDeniedException", "AccessDeniedException"})

_PATCH = "application/json-patch+json"
_ITEM = "/{project}/_apis/wit/workitems/{id}"
CREATE = Operation(
    "create the work item", "POST", "/{project}/_apis/wit/workitems/${type}", content_type=_PATCH
)
UPDATE = Operation("change the work item", "PATCH", _ITEM, content_type=_PATCH)
# Without a project: requirements and bugs may be those of another one.
BATCH = Operation("get work items", "POST", "/_apis/wit/workitemsbatch")
WIQL = Operation("look for work items", "POST", "/{project}/_apis/wit/wiql")
STATES = Operation(
    "list the states of a work item type",
    "GET",
    "/{project}/_apis/wit/workitemtypes/{type}/states",
    {SERVER_2020: "preview.1"},
)
Patch = dict[str, Any]
_TARGET = re.compile(r".*/workitems/([0-9]{1,10})", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A work item as it was read; `fields` are texts by reference name, `relations` pairs of link type
    and the id it leads to. What was not asked for is empty.
    """

    id: int
    rev: int = 0
    type: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    relations: tuple[tuple[str, int], ...] = ()

    def get(self, name: str) -> str:
        """The field's text; empty where there is none."""
        return self.fields.get(name, "")

    @property
    def tags(self) -> frozenset[str]:
        """The tags, case folded."""
        return frozenset(tag.strip().casefold() for tag in self.get(TAGS).split(";") if tag.strip())


class Changed(ServiceError):
    """Somebody else changed the work item since it was read."""


def refused_alone(error: ServiceError) -> str:
    """Why the service refused this one work item; empty where the error says more than that."""
    told = str(error).splitlines()[0]
    if isinstance(error, Unreachable):
        return ""
    if error.status == 403:
        # A right that is missing on one area says nothing of the others.
        return told if error.type_key in _DENIED or "TF237111" in told else ""
    return told if error.status in (400, 404, 409, 412, 413) else ""


def set_field(name: str, value: object) -> Patch:
    """The operation that gives a field a value."""
    return {"op": "add", "path": f"/fields/{name}", "value": value}


def at_revision(rev: int) -> Patch:
    """The operation that holds only as long as nobody changed the work item."""
    return {"op": "test", "path": "/rev", "value": rev}


def link_to(session: AdoSession, relation: str, target: int) -> Patch:
    """The operation that links to another work item."""
    value = {"rel": relation, "url": f"{session.base}/_apis/wit/workItems/{target}"}
    return {"op": "add", "path": "/relations/-", "value": value}


def read(
    session: AdoSession, ids: Iterable[int], *, fields: Sequence[str] = (), relations: bool = False
) -> dict[int, WorkItem]:
    """The work items of the organization with those ids, 200 a request; one that is not there is left out.

    Without `fields` every one of them. With `relations` the service shows all fields.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[int, WorkItem] = {}
    for start in range(0, len(wanted), AT_ONCE):
        body: dict[str, object] = {"ids": wanted[start : start + AT_ONCE], "errorPolicy": "omit"}
        body |= {"$expand": "relations"} if relations else {"fields": list(fields)} if fields else {}
        answer = session.call(BATCH, {}, body=orjson.dumps(body), repeatable=True)
        items = [_item(item) for item in items_of(answer, BATCH) if isinstance(item, dict)]
        found |= {item.id: item for item in items}
    return found


def find(session: AdoSession, project: str, where: str) -> list[int]:
    """The ids of the project's work items that fit the condition, in their order."""
    body = orjson.dumps({"query": wiql.query(where)})
    answer = session.call(WIQL, {"project": project}, body=body, repeatable=True)
    items = record(answer.json).get("workItems")
    return [integer(item) for item in items or () if isinstance(item, dict)]


def create(
    session: AdoSession,
    project: str,
    kind: str,
    patch: Sequence[Patch],
    made: Callable[[], int | None],
) -> WorkItem:
    """Make a work item of that type.

    `made` looks for it: it is asked after an answer was lost, and only what is not there is sent
    again. Raises ServiceError where it is refused, LostAnswer where nothing can be told.
    """
    for last in (False, True):
        try:
            answer = session.call(CREATE, {"project": project, "type": kind}, body=orjson.dumps(patch))
            return _item(answer.json)
        except LostAnswer as lost:
            for _ in session.looks(lost.slow):
                number = made()
                if number is not None:
                    return read(session, [number]).get(number, WorkItem(number))
            if last:
                raise
    raise Unreachable("create the work item: no attempt was allowed")


def change(
    session: AdoSession,
    project: str,
    item: WorkItem,
    decide: Callable[[WorkItem], Sequence[Patch]],
    *,
    fields: Sequence[str],
) -> bool:
    """Change a work item as `decide` says of what it is now; whether there was something to change.

    Where somebody else was faster its `fields` are read and it is decided anew, which is also how a
    change is known whose answer was lost. Raises ServiceError, Changed at last.
    """
    now = item
    for round_ in range(_ROUNDS):
        patch = decide(now)
        if not patch:
            return round_ > 0
        try:
            update(session, project, now.id, [at_revision(now.rev), *patch])
        except Changed:
            if round_ == _ROUNDS - 1:
                raise
            now = read(session, [item.id], fields=fields).get(item.id, now)
        else:
            return True
    return False


def link(session: AdoSession, project: str, number: int, patch: Sequence[Patch]) -> None:
    """Add relations to a work item; one that exists already is as good as a new one."""
    try:
        update(session, project, number, patch)
    except ServiceError as error:
        if not _exists(error) and not isinstance(error, Changed):
            raise
        # Of several in one request nobody knows which one it was.
        for one in patch:
            _link_one(session, project, number, one)


def _link_one(session: AdoSession, project: str, number: int, one: Patch) -> None:
    for round_ in range(_ROUNDS):
        try:
            update(session, project, number, [one])
        except Changed:
            if round_ == _ROUNDS - 1:
                raise
        except ServiceError as error:
            if not _exists(error):
                raise
            return
        else:
            return


def states(session: AdoSession, project: str, kind: str) -> dict[str, str]:
    """The category of each state of a work item type, in the type's order. Raises NotFound."""
    answer = session.call(STATES, {"project": project, "type": kind})
    return {text(item, "name"): text(item, "category") for item in items_of(answer, STATES)}


def update(session: AdoSession, project: str, number: int, patch: Sequence[Patch]) -> WorkItem:
    """Change a work item once, and give it as it is then.

    Raises Changed where the patch tests a revision that is over, LostAnswer, ServiceError.
    """
    try:
        answer = session.call(UPDATE, {"project": project, "id": number}, body=orjson.dumps(patch))
    except ServiceError as error:
        # 412 on /rev (azure-devops-observed.md A11); TF26071 where two changes met.
        if error.status == 412 or "TF26071" in str(error):
            raise Changed(str(error), status=error.status, type_key=error.type_key) from error
        raise
    return _item(answer.json) if isinstance(answer.json, dict) else WorkItem(number)


def _exists(error: ServiceError) -> bool:
    return error.type_key == "RelationAlreadyExistsException"


def _item(item: Json) -> WorkItem:
    fields = part(item, "fields")
    relations = item.get("relations")
    return WorkItem(
        id=integer(item),
        rev=optional_integer(item, "rev") or 0,
        type=text(fields, TYPE),
        fields={name: str(value) for name, value in fields.items() if value is not None},
        relations=tuple(
            (text(each, "rel"), int(hit[1]))
            for each in (relations if isinstance(relations, list) else ())
            if isinstance(each, dict) and (hit := _TARGET.fullmatch(text(each, "url")))
        ),
    )
