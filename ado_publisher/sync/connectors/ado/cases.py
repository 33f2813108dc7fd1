"""Azure DevOps: the test cases in the static suites of one plan.

A test case carries the twin's id and address in two custom fields of type String; the address is the marker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ado_publisher.ado import suites, testplans, wiql, workitems
from ado_publisher.ado.fields import integer
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.ado.workitems import Patch, WorkItem, refused_alone
from ado_publisher.errors import ServiceError
from ado_publisher.model import TestPlan
from ado_publisher.richtext import from_html, to_html
from ado_publisher.sync.connectors.ado.steps import read_steps, write_steps
from ado_publisher.sync.connectors.ado.suites import DESCRIPTION, KINDS_OF_SUITES, AdoSuites
from ado_publisher.sync.context import chunks
from ado_publisher.sync.model import Change, Record, Value

REMOVE_CASES = Operation(
    "take test cases out of the suite",
    "DELETE",
    "/{project}/_apis/testplan/Plans/{plan}/Suites/{suite}/TestCase",
    {SERVER_2020: "preview.2"},
)
# The feed of what changed, whatever its number (azure-devops.md, change detection).
REVISIONS = Operation("list changed test cases", "GET", "/{project}/_apis/wit/reporting/workitemrevisions")
STEPS = "Microsoft.VSTS.TCM.Steps"


class AdoCases:
    """`columns` are the reference names of `twin_id` and `twin_url`; `constants` what a new test case has
    beside, by reference name.
    """

    def __init__(
        self,
        session: AdoSession,
        project: str,
        plan: TestPlan,
        known_suites: AdoSuites,
        columns: Mapping[str, str],
        *,
        constants: Mapping[str, str] | None = None,
        steps: bool = False,
    ) -> None:
        self.session = session
        self.project = project
        self.plan = plan
        self._suites = known_suites
        self._columns = {"title": workitems.TITLE, "text": DESCRIPTION, "state": "System.State", **columns}
        if steps:
            self._columns["steps"] = STEPS
        self._constants = dict(constants or {})
        self._homes: dict[int, list[int]] | None = None
        self._configurations: dict[int, set[str]] = {}
        self._ranks: Mapping[int, int] = {}

    def changed(self, since: float | None) -> Iterator[Record]:
        """Test cases of the plan by their time of change, or all of them."""
        if since is None:
            self._homes = None
            ids = sorted(self.homes())
        else:
            found = self._changed_since(since)
            # Of the project's test cases only those of the plan; which these are may have changed.
            if found:
                self._homes = None
                self._suites.forget()
            ids = [number for number in found if number in self.homes()] if found else []
        return self.records(ids)

    def unmarked(self) -> int | None:
        """A test case of the plan that carries no marker, if there is one."""
        some = self.records(sorted(self.homes())[:200])
        return next((int(each.id) for each in some if not each.key), None)

    def find(self, change: Change) -> str | None:
        """A test case by its marker, put into its suite where that was left."""
        number = self._marked(change.key)
        if number is None:
            return None
        suite = change.fields.get("@container")
        if suite and int(suite) not in self.homes().get(number, ()):
            self._put(number, suite)
        return str(number)

    def _changed_since(self, since: float) -> list[int]:
        """Test cases of the project that changed since then, in the order of their changes."""
        moment = datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        query: dict[str, object] = {
            "types": workitems.CASE,
            "fields": "System.Id,System.Rev",
            "includeLatestOnly": "true",
            "startDateTime": moment,
        }
        found: dict[int, None] = {}
        while True:
            answer = self.session.call(REVISIONS, {"project": self.project}, query=query).json
            batch = answer if isinstance(answer, dict) else {}
            for item in batch.get("values") or ():
                if isinstance(item, dict):
                    found[integer(item)] = None
            token = batch.get("continuationToken")
            if batch.get("isLastBatch") is not False or not token or token == query.get("continuationToken"):
                return list(found)
            query["continuationToken"] = token

    def homes(self) -> dict[int, list[int]]:
        """The suites that each test case of the plan stands in, static ones first."""
        if self._homes is None:
            ranks = self._ranks = self._suites.ranks()
            homes: dict[int, set[int]] = {}
            self._configurations.clear()
            for point in testplans.points(self.session, self.project, self.plan):
                self._configurations.setdefault(point.case_id, set()).add(point.configuration.name)
                if point.suite_id in ranks:
                    homes.setdefault(point.case_id, set()).add(point.suite_id)
            self._homes = {case: self._in_order(found) for case, found in homes.items()}
        return self._homes

    def _in_order(self, suites: Iterable[int]) -> list[int]:
        return sorted(suites, key=lambda suite: (self._ranks.get(suite, 0), suite))

    def configurations(self, case: int) -> list[str]:
        """The names of the configurations that the test case has in the plan."""
        self.homes()
        return sorted(self._configurations.get(case, ()))

    def home(self, case: int) -> int | None:
        """The suite that the test case is synced by."""
        return next(iter(self.homes().get(case, ())), None)

    def records(self, ids: Sequence[int]) -> Iterator[Record]:
        """Those that are there, also where they stand in no suite of the plan."""
        fields = (*self._columns.values(), "System.Rev")
        for some in chunks(ids):
            items = workitems.read(self.session, some, fields=fields)
            yield from (self._record(items[number]) for number in some if number in items)

    def _record(self, item: WorkItem) -> Record:
        home = self.homes().get(item.id, [])
        url = f"{self.session.base}/{self.project}/_workitems/edit/{item.id}"
        fields: dict[str, Value] = {
            "id": str(item.id),
            "url": url,
            # Of several suites the static one with the lowest id: the other side knows one place only.
            "@container": str(home[0]) if home else "",
            **{name: item.get(column).strip() or None for name, column in self._columns.items()},
        }
        fields["text"] = from_html(fields["text"] or "") or None
        if "steps" in fields:
            fields["steps"] = read_steps(item.get(self._columns["steps"]))
        rev = f"{item.rev}:{fields['@container']}"
        return Record(str(item.id), rev, fields, fields["twin_url"] or "", url)

    def write(self, change: Change) -> Record:
        """Make a test case and put it into its suite, or change one. Raises ServiceError, Changed."""
        patch = [
            workitems.set_field(self._columns[name], _sent(name, value))
            for name, value in change.fields.items()
            if name in self._columns
        ]
        item: WorkItem | None = None
        if change.id is None:
            item = self._create_case(change, patch)
        else:
            number = int(change.id)
            self._refuse_to_choose(number, change)
            if patch:
                item = self._update_case(number, change, patch)
            if "@container" in change.fields:
                self._move(number, change.fields["@container"])
        if item is not None and item.get(workitems.TITLE):
            # What a write answers is what it proved; nothing more has to be read.
            return self._record(item)
        number = item.id if item is not None else int(change.id or 0)
        return next(self.records([number]), Record(str(number), "", change.fields))

    def _create_case(self, change: Change, patch: list[Patch]) -> WorkItem:
        if change.key:
            patch.append(workitems.set_field(self._columns["twin_url"], change.key))
        patch += [workitems.set_field(name, value) for name, value in self._constants.items() if value]
        item = workitems.create(
            self.session, self.project, workitems.CASE, patch, lambda: self._marked(change.key)
        )
        try:
            self._put(item.id, change.fields.get("@container"))
        except ServiceError as error:
            # It is made and carries its marker: it is known, and shown where it stands, which is nowhere yet.
            if not refused_alone(error):
                raise
        return item

    def _refuse_to_choose(self, number: int, change: Change) -> None:
        """A test case of several suites is moved by a person: the other side knows one place only."""
        homes = self.homes().get(number, [])
        homes = [suite for suite in homes if self._ranks.get(suite) == self._ranks.get(homes[0])]
        if "@container" in change.fields and len(homes) > 1:
            named = ", ".join(map(str, homes))
            raise ServiceError(f"test case {number} stands in suites {named}: move it by hand", status=400)

    def _marked(self, key: str) -> int | None:
        condition = f"[{self._columns['twin_url']}] = {wiql.quoted(key)}"
        return next(iter(workitems.find(self.session, self.project, condition)), None)

    def _update_case(self, number: int, change: Change, patch: list[Patch]) -> WorkItem:
        """Only the revision that was decided on: what stands when somebody was faster is merged anew."""
        rev = change.rev.partition(":")[0]
        test = workitems.at_revision(int(rev) if rev.isdigit() else 0)
        return workitems.update(self.session, self.project, number, [test, *patch])

    def _put(self, number: int, suite: Value) -> None:
        if suite:
            refused = suites.add_cases(self.session, self.project, self.plan.id, int(suite), {number: []})
            if refused and number not in suites.cases_in(
                self.session, self.project, self.plan.id, int(suite)
            ):
                raise ServiceError(f"test case {number} stands in no suite: {refused[number]}", status=400)
            if self._homes is not None:
                known = {*self._homes.get(number, []), int(suite)}
                self._homes[number] = self._in_order(known)

    def _move(self, number: int, suite: Value) -> None:
        """Into the new suite first, then out of the one it was known in: it is never nowhere."""
        before = list(self.homes().get(number, []))
        self._put(number, suite)
        # A query fills its suite anew, whatever is taken out of it.
        takes = bool(before) and KINDS_OF_SUITES[self._ranks.get(before[0], 0)] != "query"
        if takes and before[0] != (int(suite) if suite else 0):
            path = {"project": self.project, "plan": self.plan.id, "suite": before[0]}
            query = {"testIds": number}
            self.session.call(REMOVE_CASES, path, query=query, repeatable=True)
            self.homes()[number] = [each for each in self.homes()[number] if each != before[0]]


def _sent(name: str, value: Value) -> str:
    if name == "steps":
        return write_steps(value)
    return to_html(value or "") if name == "text" else value or ""
