"""Azure DevOps: the suites of one plan.

A suite has no field for a marker: it is known by its name below its parent. Its description is one of the
work item that it also is. Suites that fill themselves (requirement- and query-based ones) are named by what
fills them; the service refuses what cannot be put into them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import orjson

from ado_publisher.ado import suites, testplans, workitems
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.ado.workitems import Patch, WorkItem
from ado_publisher.errors import ServiceError
from ado_publisher.model import TestPlan, TestSuite
from ado_publisher.richtext import from_html, to_html
from ado_publisher.sync.model import Change, Record, Value

UPDATE_SUITE = Operation(
    "change the suite",
    "PATCH",
    "/{project}/_apis/testplan/Plans/{plan}/suites/{suite}",
    {SERVER_2020: "preview.1"},
)
DESCRIPTION = "System.Description"
# The nearest first: where a test case stands in several, the other side sees it in the first.
KINDS_OF_SUITES = ("static", "requirement", "query")
_FIELDS = (DESCRIPTION, "System.Rev")


class AdoSuites:
    """The suites as they were last listed; `forget` has them listed again."""

    def __init__(
        self, session: AdoSession, project: str, plan: TestPlan, kinds: Sequence[str] = KINDS_OF_SUITES
    ) -> None:
        self.session = session
        self.project = project
        self.plan = plan
        self._kinds = frozenset(kinds)
        self._known: list[TestSuite] | None = None

    def forget(self) -> None:
        """What is listed next is what stands there then."""
        self._known = None

    def _all(self) -> list[TestSuite]:
        if self._known is None:
            self._known = testplans.suites(self.session, self.project, self.plan)
        return self._known

    def synced(self) -> list[TestSuite]:
        """Those of the wanted kinds below the root."""
        root = self.plan.root_suite_id
        return [each for each in self._all() if each.id != root and each.kind in self._kinds]

    def ranks(self) -> dict[int, int]:
        """How near each of them is to a place that people gave a test case: static ones are nearest."""
        return {each.id: KINDS_OF_SUITES.index(each.kind) for each in self.synced()}

    def records(self, ids: Sequence[str] | None = None) -> Iterator[Record]:
        """These, or all of them, with their descriptions."""
        wanted = None if ids is None else set(ids)
        found = [each for each in self.synced() if wanted is None or str(each.id) in wanted]
        items = workitems.read(self.session, [each.id for each in found], fields=_FIELDS)
        return (self._record(each, items.get(each.id)) for each in found)

    def _parent(self, suite: TestSuite) -> str:
        return "" if suite.parent_id in (None, self.plan.root_suite_id) else str(suite.parent_id)

    def _record(self, suite: TestSuite, item: WorkItem | None) -> Record:
        url = f"{self.session.base}/{self.project}/_testPlans/define?planId={self.plan.id}&suiteId={suite.id}"
        text = (from_html(item.get(DESCRIPTION)) or None) if item else None
        parent = self._parent(suite)
        fields: dict[str, Value] = {
            "id": str(suite.id),
            "url": url,
            "title": suite.name,
            "text": text,
            "@container": parent,
        }
        rev = hashlib.sha256(f"{suite.name}\n{parent}\n{text}".encode()).hexdigest()[:12]
        return Record(str(suite.id), rev, fields, "", url)

    def named(self, change: Change) -> str | None:
        """The newest suite of that name below that parent, as they were last listed."""
        parent, title = change.fields.get("@container") or "", change.fields.get("title")
        found = [
            each.id
            for each in self.synced()
            if each.kind == "static" and (each.name, self._parent(each)) == (title, parent)
        ]
        return str(max(found)) if found else None

    def write(self, change: Change) -> Record:
        """Make a suite, or change its name, place or description. Raises ServiceError."""
        above = change.fields.get("@container")
        parent = int(above) if above else self.plan.root_suite_id
        self.forget()
        if change.id is None:
            name = change.fields.get("title") or ""
            number = suites.create_suite(self.session, self.project, self.plan, parent, name)
        else:
            number = int(change.id)
            self._update(number, change, parent)
        if "text" in change.fields and (change.id or change.fields["text"]):
            self._describe(number, change.fields["text"])
        made = next(self.records([str(number)]), None)
        return made or self._record(TestSuite(number, "", "", parent), None)

    def _update(self, number: int, change: Change, parent: int) -> None:
        body: dict[str, object] = {}
        kind = next((each.kind for each in self._all() if each.id == number), "static")
        if change.fields.get("title") and kind != "static":
            by = "its requirement" if kind == "requirement" else "hand, as its query is"
            raise ServiceError(f"suite {number} is named by {by}: change it in Azure DevOps", status=400)
        if change.fields.get("title"):
            body["name"] = change.fields["title"]
        if "@container" in change.fields:
            body["parentSuite"] = {"id": parent}
        if body:
            path = {"project": self.project, "plan": self.plan.id, "suite": number}
            self.session.call(UPDATE_SUITE, path, body=orjson.dumps(body), repeatable=True)

    def _describe(self, number: int, text: Value) -> None:
        item = workitems.read(self.session, [number], fields=_FIELDS).get(number)
        if item is None:
            return

        def decide(now: WorkItem) -> Sequence[Patch]:
            wanted = to_html(text or "")
            return [] if now.get(DESCRIPTION) == wanted else [workitems.set_field(DESCRIPTION, wanted)]

        workitems.change(self.session, self.project, item, decide, fields=_FIELDS)
