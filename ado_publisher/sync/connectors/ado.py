"""Azure DevOps: the static suites of one test plan, and the test cases in them.

A test case carries the twin's id and address in two custom fields of type String; the address is the
marker. A suite has no such fields: it is known by its name below its parent. Suites that fill themselves
(requirement- and query-based ones) are left alone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import orjson

from ado_publisher.ado import suites, testplans, wiql, workitems
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import integer
from ado_publisher.ado.http import AdoSession, LostAnswer
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.ado.workitems import Changed, Patch, WorkItem, refused_alone
from ado_publisher.errors import ServiceError
from ado_publisher.model import TestPlan, TestSuite
from ado_publisher.richtext import from_html, to_html
from ado_publisher.sync.model import (
    CASE,
    CONTAINER,
    Capabilities,
    Change,
    Done,
    FieldInfo,
    Outcome,
    Problem,
    Record,
    Ref,
    SyncAway,
    Value,
)

_SUITE = "/{project}/_apis/testplan/Plans/{plan}/suites/{suite}"
UPDATE_SUITE = Operation("change the suite", "PATCH", _SUITE, {SERVER_2020: "preview.1"})
REMOVE_CASES = Operation(
    "take test cases out of the suite",
    "DELETE",
    "/{project}/_apis/testplan/Plans/{plan}/Suites/{suite}/TestCase",
    {SERVER_2020: "preview.2"},
)
_FIELD = Operation("get the field", "GET", "/{project}/_apis/wit/fields/{field}")
_DESCRIPTION = "System.Description"
# Our clock and the service's may differ: what is known in its revision is not read again.
_CLOCKS = 600.0
_MOST_ROWS = 19_000


class AdoConnector:
    """`id_field` and `url_field` are reference names; an empty area or iteration is the project's."""

    name = "Azure DevOps"
    kinds: Mapping[str, Capabilities] = {
        CONTAINER: Capabilities(feed=False),
        CASE: Capabilities(lag=_CLOCKS, index_lag=30.0),
    }

    def __init__(
        self,
        session: AdoSession,
        project: str,
        plan: TestPlan,
        *,
        id_field: str = "Custom.TestRailID",
        url_field: str = "Custom.TestRailURL",
        area: str = "",
        iteration: str = "",
    ) -> None:
        self.session = session
        self.project = project
        self.plan = plan
        self._columns = {
            "title": workitems.TITLE,
            "text": _DESCRIPTION,
            "twin_id": id_field,
            "twin_url": url_field,
        }
        self._places = {workitems.AREA: area, workitems.ITERATION: iteration}
        self._suites: list[TestSuite] | None = None
        self._homes: dict[int, list[int]] | None = None

    def now(self) -> float:
        """Our own clock; the window is wide enough for the service's to differ."""
        return time.time()

    def check(self) -> Iterable[Problem]:
        """The fields for markers; the plan was found by whoever named it."""
        where = f"Azure DevOps project {self.project}"
        for name in ("twin_id", "twin_url"):
            field = self._columns[name]
            try:
                self.session.call(_FIELD, {"project": self.project, "field": field})
            except NotFound:
                yield Problem(
                    where,
                    f"there is no field {field}",
                    "add it to the work item type Test Case of the process, as a text of one line",
                )

    def schema(self, kind: str) -> Mapping[str, FieldInfo]:
        """The fields that records have; identity is not writable."""
        names = ("title", "@container") if kind == CONTAINER else (*self._columns, "@container")
        found = {name: FieldInfo(name, required=name == "title") for name in names}
        return {**found, "id": FieldInfo("id", writable=False), "url": FieldInfo("url", writable=False)}

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """Test cases of the plan by their time of change; suites are listed."""
        with _Away():
            if kind == CONTAINER:
                self._suites = None
                yield from (Ref(record.id, record.rev) for record in self._containers())
                return
            if since is None:
                self._homes = None
                ids: Iterable[int] = sorted(self._homes_of_all())
            else:
                moment = (
                    datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                )
                found = self._changed_since(moment)
                # Of the project's test cases only those of the plan; which these are may have changed.
                if found:
                    self._homes = self._suites = None
                ids = [number for number in found if number in self._homes_of_all()] if found else []
            for record in self._cases(list(ids)):
                yield Ref(record.id, record.rev)

    def _changed_since(self, moment: str) -> list[int]:
        condition = (
            "[System.WorkItemType] IN GROUP 'Microsoft.TestCaseCategory' AND [System.ChangedDate] >= "
            + wiql.quoted(moment)
        )
        body = orjson.dumps({"query": wiql.query(condition)})
        query = {"timePrecision": "true", "$top": _MOST_ROWS}
        answer = self.session.call(
            workitems.WIQL, {"project": self.project}, query=query, body=body, repeatable=True
        )
        found = answer.json.get("workItems") if isinstance(answer.json, dict) else None
        return [integer(item) for item in found or () if isinstance(item, dict)]

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there; test cases also where they stand in no suite of the plan."""
        with _Away():
            if kind == CASE:
                yield from self._cases([int(number) for number in ids])
                return
            wanted = set(ids)
            if not wanted <= {record.id for record in self._containers()}:
                self._suites = None
            yield from (record for record in self._containers() if record.id in wanted)

    def write(self, kind: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One after the other; what the service refuses costs only itself."""
        for change in changes:
            try:
                record = (self._write_suite if kind == CONTAINER else self._write_case)(change)
            except Changed as error:
                yield Outcome(Done.STALE, reason=str(error).splitlines()[0])
            except LostAnswer as error:
                raise SyncAway(f"Azure DevOps: {error}") from error
            except ServiceError as error:
                why = refused_alone(error)
                if not why:
                    raise SyncAway(f"Azure DevOps: {error}") from error
                yield Outcome(Done.REJECT, reason=f"Azure DevOps: {why}")
            else:
                yield Outcome(Done.OK, record.id, record.rev, record.fields)

    def find(self, kind: str, change: Change) -> str | None:
        """A test case by its marker, put into its suite where that was left; a suite by name and parent."""
        with _Away():
            if kind == CONTAINER:
                self._suites = None
                return self._suite_named(change)
            condition = f"[{self._columns['twin_url']}] = {wiql.quoted(change.key)}"
            found = workitems.find(self.session, self.project, condition)
            if not found:
                return None
            self._put(found[0], change.fields.get("@container"))
            return str(found[0])

    # suites

    def _all_suites(self) -> list[TestSuite]:
        if self._suites is None:
            self._suites = testplans.suites(self.session, self.project, self.plan)
        return self._suites

    def _containers(self) -> Iterator[Record]:
        return (
            self._container(suite)
            for suite in self._all_suites()
            if suite.id != self.plan.root_suite_id and suite.kind == "static"
        )

    def _container(self, suite: TestSuite) -> Record:
        parent = "" if suite.parent_id in (None, self.plan.root_suite_id) else str(suite.parent_id)
        url = f"{self.session.base}/{self.project}/_testPlans/define?planId={self.plan.id}&suiteId={suite.id}"
        fields: dict[str, Value] = {
            "id": str(suite.id),
            "url": url,
            "title": suite.name,
            "@container": parent,
        }
        rev = hashlib.sha256(f"{suite.name}\n{parent}".encode()).hexdigest()[:12]
        return Record(str(suite.id), rev, fields, "", url)

    def _suite_named(self, change: Change) -> str | None:
        parent, title = change.fields.get("@container") or "", change.fields.get("title")
        found = [
            int(record.id)
            for record in self._containers()
            if (record.fields["title"], record.fields["@container"]) == (title, parent)
        ]
        return str(max(found)) if found else None

    def _write_suite(self, change: Change) -> Record:
        above = change.fields.get("@container")
        parent = int(above) if above else self.plan.root_suite_id
        self._suites, number = None, change.id
        if number is None:
            name = change.fields.get("title") or ""
            number = str(suites.create_suite(self.session, self.project, self.plan, parent, name))
        else:
            body: dict[str, object] = {}
            if change.fields.get("title"):
                body["name"] = change.fields["title"]
            if "@container" in change.fields:
                body["parentSuite"] = {"id": parent}
            path = {"project": self.project, "plan": self.plan.id, "suite": number}
            self.session.call(UPDATE_SUITE, path, body=orjson.dumps(body), repeatable=True)
        known = {each.id: each for each in self._all_suites()}
        return self._container(known.get(int(number)) or TestSuite(int(number), "", "", parent))

    # test cases

    def _homes_of_all(self) -> dict[int, list[int]]:
        """The static suites that each test case of the plan stands in."""
        if self._homes is None:
            static = {int(record.id) for record in self._containers()}
            homes: dict[int, set[int]] = {}
            for point in testplans.points(self.session, self.project, self.plan):
                if point.suite_id in static:
                    homes.setdefault(point.case_id, set()).add(point.suite_id)
            self._homes = {case: sorted(found) for case, found in homes.items()}
        return self._homes

    def _cases(self, ids: Sequence[int]) -> Iterator[Record]:
        fields = (*self._columns.values(), "System.Rev")
        items = workitems.read(self.session, ids, fields=fields)
        return (self._case(items[number]) for number in ids if number in items)

    def _case(self, item: WorkItem) -> Record:
        home = self._homes_of_all().get(item.id, [])
        url = f"{self.session.base}/{self.project}/_workitems/edit/{item.id}"
        fields: dict[str, Value] = {
            "id": str(item.id),
            "url": url,
            # Of several suites the one with the lowest id: the other side knows one place only.
            "@container": str(home[0]) if home else "",
            **{name: item.get(column).strip() or None for name, column in self._columns.items()},
        }
        fields["text"] = from_html(fields["text"] or "") or None
        rev = f"{item.rev}:{fields['@container']}"
        return Record(str(item.id), rev, fields, fields["twin_url"] or "", url)

    def _write_case(self, change: Change) -> Record:
        patch = [
            workitems.set_field(self._columns[name], to_html(value or "") if name == "text" else value or "")
            for name, value in change.fields.items()
            if name in self._columns
        ]
        if change.id is None:
            number = self._create_case(change, patch)
        else:
            number = int(change.id)
            self._refuse_to_choose(number, change)
            if patch:
                self._update_case(number, change, patch)
            if "@container" in change.fields:
                self._move(number, change.fields["@container"])
        return next(self._cases([number]), Record(str(number), "", change.fields))

    def _create_case(self, change: Change, patch: list[Patch]) -> int:
        if change.key:
            patch.append(workitems.set_field(self._columns["twin_url"], change.key))
        patch += [workitems.set_field(name, value) for name, value in self._places.items() if value]
        number = workitems.create(
            self.session, self.project, workitems.CASE, patch, lambda: self._marked(change.key)
        ).id
        try:
            self._put(number, change.fields.get("@container"))
        except ServiceError as error:
            # It is made and carries its marker: it is known, and shown where it stands, which is nowhere yet.
            if not refused_alone(error):
                raise
        return number

    def _refuse_to_choose(self, number: int, change: Change) -> None:
        """A test case of several suites is moved by a person: the other side knows one place only."""
        homes = self._homes_of_all().get(number, [])
        if "@container" in change.fields and len(homes) > 1:
            named = ", ".join(map(str, homes))
            raise ServiceError(f"test case {number} stands in suites {named}: move it by hand", status=400)

    def _marked(self, key: str) -> int | None:
        condition = f"[{self._columns['twin_url']}] = {wiql.quoted(key)}"
        return next(iter(workitems.find(self.session, self.project, condition)), None)

    def _update_case(self, number: int, change: Change, patch: list[Patch]) -> None:
        rev = change.rev.partition(":")[0]
        item = WorkItem(number, int(rev) if rev.isdigit() else 0)
        fields = tuple(self._columns.values())
        decided: list[WorkItem] = []

        def decide(now: WorkItem) -> Sequence[Patch]:
            # Somebody was faster, or our own answer was lost: what stands now is merged anew.
            if decided:
                raise Changed("the test case was changed meanwhile")
            decided.append(now)
            return patch

        workitems.change(self.session, self.project, item, decide, fields=fields)

    def _put(self, number: int, suite: Value) -> None:
        if suite:
            refused = suites.add_cases(self.session, self.project, self.plan.id, int(suite), {number: []})
            if refused and number not in suites.cases_in(
                self.session, self.project, self.plan.id, int(suite)
            ):
                raise ServiceError(f"test case {number} stands in no suite: {refused[number]}", status=400)
            if self._homes is not None:
                self._homes[number] = sorted({*self._homes.get(number, []), int(suite)})

    def _move(self, number: int, suite: Value) -> None:
        """Into the new suite first, then out of the one it was known in: it is never nowhere."""
        before = list(self._homes_of_all().get(number, []))
        self._put(number, suite)
        if before and before[0] != (int(suite) if suite else 0):
            path = {"project": self.project, "plan": self.plan.id, "suite": before[0]}
            query = {"testIds": number}
            self.session.call(REMOVE_CASES, path, query=query, repeatable=True)
            self._homes_of_all()[number] = [
                each for each in self._homes_of_all()[number] if each != before[0]
            ]


class _Away:
    """Whatever refuses the whole, or stays away, is told as that."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ServiceError):
            raise SyncAway(f"Azure DevOps: {error}") from error
