"""Sections and test cases of one suite of a TestRail project, or of all; texts are Markdown there.

Cases carry the twin's id and address in two custom fields of type String; the address is the marker.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ado_publisher.richtext import from_markdown, to_markdown
from ado_publisher.sync.connectors.testrail.checks import TestRailChecks
from ado_publisher.sync.connectors.testrail.fields import TestRailFields
from ado_publisher.sync.connectors.testrail.http import ApiRefused, Json, TestRailHttp, row_of
from ado_publisher.sync.connectors.testrail.places import TestRailPlaces
from ado_publisher.sync.connectors.testrail.results import STEP_RESULTS, TestRailResults
from ado_publisher.sync.connectors.testrail.runs import KINDS, TestRailRuns
from ado_publisher.sync.connectors.testrail.steps import STEPS, read_steps, write_steps
from ado_publisher.sync.connectors.testrail.verdicts import TestRailVerdicts
from ado_publisher.sync.model import (
    CASE,
    CONTAINER,
    RESULT,
    RUN,
    VERDICT,
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

# TestRail writes times in whole seconds, and asks for what is later than a moment.
_CASES = Capabilities(lag=5.0, index_lag=5.0, resolution=1.0)
# Sections have no feed: they are listed now and then.
_SECTIONS = Capabilities(feed=False, listed_every=900.0)
# Fewer are read one by one, so that what is merged is what stands there now.
_FEW = 10
_COLUMNS = ("id", "title", "name", "description", "suite_id", "section_id", "parent_id")
_NAMES = {CONTAINER: "section", CASE: "case"}


class TestRailConnector:
    """`suite` is the suite's id, in a project of one suite the only one; `all`: each suite is a container.
    `id_field` and `url_field` are labels or system names of the custom fields.
    """

    __test__ = False
    name = "TestRail"
    kinds: Mapping[str, Capabilities] = {CONTAINER: _SECTIONS, CASE: _CASES, **KINDS}

    def __init__(
        self,
        http: TestRailHttp,
        project: int,
        suite: int | str | None = None,
        *,
        id_field: str = "Azure DevOps ID",
        url_field: str = "Azure DevOps URL",
        text_field: str = "custom_preconds",
        steps: bool = False,
        step_results: bool = False,
        statuses: Iterable[str | int] = (),
        constants: Mapping[str, str | int] | None = None,
        per_test: bool = True,
    ) -> None:
        self.http = http
        self.project = project
        self.places = TestRailPlaces(http, project, suite)
        labels = {"azure_devops_id": id_field, "azure_devops_url": url_field}
        self.fields = TestRailFields(http, project, labels, constants)
        self.text_field = text_field
        self.statuses = [str(each) for each in statuses]
        self.steps = steps
        self.step_results = step_results
        self.runs = TestRailRuns(http, project, self.places.is_ours, per_test=per_test)
        self.results = TestRailResults(self.runs)
        self.verdicts = TestRailVerdicts(self.runs)
        self._seen: dict[str, Json] = {}
        # What a kind shows, by marker or by name and place, while nothing is written.
        self._index: dict[str, dict[str, str]] = {}
        # Read from a list that may be a while old.
        self._from_list: set[str] = set()

    def now(self) -> float:
        """TestRail's clock, as the Date of its answers tells it."""
        if not self.http.requests:
            self.http.get("get_current_user")
        return time.time() + self.http.offset

    def check(self, *, create: bool = False, prove: bool = False) -> Iterable[Problem]:
        """The project, the suite, the custom fields, values that the config names."""
        with _Refused():
            checks = TestRailChecks(
                self.fields,
                self.places,
                (self.text_field, *([STEPS] if self.steps else ())),
                self.statuses,
                self.runs.statuses,
                STEP_RESULTS if self.step_results else "",
            )
            return list(checks.problems(create=create, prove=prove))

    def schema(self, kind: str) -> Mapping[str, FieldInfo]:
        """The fields that records have; identity is not writable."""
        names = {
            CONTAINER: ("title", "text", "@container"),
            CASE: ("title", "text", *(["steps"] if self.steps else []), "@container"),
            RUN: (),
            RESULT: (
                "status",
                "text",
                "elapsed",
                "defects",
                *(["step_results"] if self.step_results else []),
            ),
            VERDICT: (),
        }[kind]
        found = {name: FieldInfo(name, required=name == "title") for name in names}
        if kind == CASE:
            found |= {name: FieldInfo(name) for name in self.fields.labels}
        return {**found, "id": FieldInfo("id", writable=False), "url": FieldInfo("url", writable=False)}

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """Cases by their time of change; sections have none and are listed. Their content is the revision:
        two changes within a second have the same time.
        """
        self._index.clear()
        with _Refused():
            if kind == RUN:
                yield from self.runs.changed(since)
                return
            if kind in KINDS:
                yield from self.verdicts.changed(since) if kind == VERDICT else self.results.changed()
                return
            if kind == CASE:
                self._need_fields()
            yield from self._changed(kind, since)

    def _need_fields(self) -> None:
        """Without a field for markers all cases would look changed, and new ones could not be known again."""
        missing = [label for name, label in self.fields.labels.items() if name not in self.fields.columns()]
        if missing:
            told = " and ".join(f"'{label}'" for label in missing)
            raise SyncAway(
                f"TestRail project {self.project}: its cases have no custom field {told}. Was it renamed? "
                "Give it its name back, or name it in the config; nothing is written until then"
            )

    def _changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        # What an earlier look has listed and nobody has read is old.
        for known in [each for each in self._seen if each.startswith(f"{kind} ")]:
            del self._seen[known]
        for row in self._list(kind, since):
            self._seen[f"{kind} {row['id']}"] = self._kept(row)
            yield Ref(str(row["id"]), _revision(self._shown(kind, row)))

    def _list(self, kind: str, since: float | None) -> Iterator[Json]:
        if kind == CONTAINER:
            yield from self.places.listed()
            return
        query = {} if since is None else {"updated_after": max(0, int(since) - 1)}
        # A suite that is new has cases that are new; a process may run for weeks.
        for suite in self.places.suites(anew=since is None or self.places.every):
            yield from self.http.pages("get_cases", "cases", self.project, suite_id=suite, **query)

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """A few one by one; many as the list showed them, or shows them now."""
        if kind in KINDS:
            of = {RUN: self.runs.read, RESULT: self.results.read, VERDICT: self.verdicts.read}
            return _unrefused(of[kind](ids))
        if len(ids) > _FEW:
            if any(f"{kind} {number}" not in self._seen for number in ids):
                with _Refused():
                    self._seen.update(
                        (f"{kind} {row['id']}", self._kept(row)) for row in self._list(kind, None)
                    )
            rows = [self._seen.pop(f"{kind} {number}", None) for number in ids]
            self._from_list.update(f"{kind} {number}" for number in ids)
        else:
            rows = [self._one(kind, number) for number in ids]
        return (self._record(kind, row) for row in rows if row is not None)

    def _kept(self, row: Json) -> Json:
        """What a record is made of; of many thousand rows the rest would weigh more."""
        names = (
            *_COLUMNS,
            self.text_field,
            *self.fields.columns().values(),
            *([STEPS] if self.steps else ()),
        )
        return {name: row[name] for name in names if name in row}

    def _one(self, kind: str, number: str) -> Json | None:
        self._seen.pop(f"{kind} {number}", None)
        self._from_list.discard(f"{kind} {number}")
        try:
            if kind == CONTAINER:
                row = self.places.one(number)
            else:
                row = row_of(self.http.get("get_case", number), "get_case")
            known = self.places.is_ours(row.get("suite_id")) and not row.get("is_deleted")
        except ApiRefused as error:
            # 400 means as well that it does not exist.
            if error.status in (400, 404):
                return None
            raise SyncAway(f"TestRail: {_NAMES[kind]} {number}: {error}") from error
        return row if known else None

    def write(self, kind: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One after the other, results together; what TestRail refuses costs only itself."""
        self._index.clear()
        if kind == RESULT:
            with _Refused():
                yield from self.results.write(changes)
            return
        for change in changes:
            self._seen.pop(f"{kind} {change.id}", None)
            if self._is_stale(kind, change):
                yield Outcome(Done.STALE, reason="it was changed meanwhile")
                continue
            try:
                row = (self.places.write if kind == CONTAINER else self._case)(change)
            except ApiRefused as error:
                yield Outcome(Done.REJECT, reason=f"TestRail: {error}")
                continue
            record = self._record(kind, row)
            yield Outcome(Done.OK, record.id, record.rev, record.fields)
            if kind == CASE and change.id is None and change.key and record.key != change.key:
                raise SyncAway(
                    f"TestRail did not keep '{self.fields.labels['azure_devops_url']}' of case {record.id}: "
                    "is the field on the template of this project? Nothing more is created until then"
                )

    def _is_stale(self, kind: str, change: Change) -> bool:
        """Somebody changed it since it was listed: TestRail has no revisions that a write could name."""
        if change.id is None or f"{kind} {change.id}" not in self._from_list:
            return False
        row = self._one(kind, change.id)
        return row is None or _revision(self._shown(kind, row)) != change.rev

    def _case(self, change: Change) -> Json:
        try:
            return self._write_case(change)
        except ApiRefused:
            if not self.places.forget_default(change.fields.get("@container") or ""):
                raise
            return self._write_case(change)

    def _write_case(self, change: Change) -> Json:
        columns = {"title": "title", "text": self.text_field, **self.fields.columns()}
        body: Json = {
            columns.get(name, name): value
            for name, value in change.fields.items()
            if name[0] != "@" and name != "steps"
        }
        if "steps" in change.fields:
            body[STEPS] = write_steps(change.fields["steps"])
        section = self.places.section(change.fields.get("@container") or "")
        if self.text_field in body:
            body[self.text_field] = to_markdown(body[self.text_field] or "")
        if change.id is None:
            if change.key:
                body[columns["azure_devops_url"]] = change.key
            if section is None:
                raise ApiRefused("a test case needs a section", 400)
            return self._wrote("add_case", section, {**self.fields.constant_ids(), **body})
        if section is not None and self.places.every:
            moved = self._move(int(change.id), section)
            if not body:
                return moved
        elif section is not None:
            body["section_id"] = section
        return self._wrote("update_case", int(change.id), body)

    def _move(self, case: int, section: int) -> Json:
        """Into a section that may be of another suite, which an update of the case cannot name."""
        suite = self.places.suite_of_section(section)
        self.http.post("move_cases_to_section", section, body={"suite_id": suite, "case_ids": [case]})
        return row_of(self.http.get("get_case", case), "get_case")

    def _wrote(self, name: str, number: int, body: Json) -> Json:
        """The row as TestRail answers it."""
        return row_of(self.http.post(name, number, body=body), name)

    def find(self, kind: str, change: Change) -> str | None:
        """A case or result by its marker, a section by its name below its parent; of several the newest."""
        with _Refused():
            return self.results.find(change) if kind == RESULT else self._find(kind, change)

    def _find(self, kind: str, change: Change) -> str | None:
        if kind not in self._index:
            # A crash leaves many to be looked for: one list serves them all, until something is written.
            found: dict[str, str] = {}
            for row in self._list(kind, None):
                record = self._record(kind, row)
                name = record.key if kind == CASE else _place(record.fields)
                if name and _number(record.id) > _number(found.get(name, "0")):
                    found[name] = record.id
            self._index[kind] = found
        return self._index[kind].get(change.key if kind == CASE else _place(change.fields))

    def _shown(self, kind: str, row: Json) -> dict[str, Value]:
        if kind == CONTAINER:
            return self.places.shown(row)
        number = str(row["id"])
        columns = self.fields.columns()
        steps = {"steps": read_steps(row.get(STEPS))} if self.steps else {}
        return {
            **steps,
            "id": number,
            "title": _text(row.get("title")),
            "text": from_markdown(_text(row.get(self.text_field)) or "") or None,
            "@container": self.places.of_case(row),
            "url": f"{self.http.url}/index.php?/cases/view/{number}",
            **{name: _text(row.get(column)) for name, column in columns.items()},
        }

    def _record(self, kind: str, row: Json) -> Record:
        fields = self._shown(kind, row)
        key = fields.get("azure_devops_url") or ""
        return Record(str(row["id"]), _revision(fields), fields, key, fields["url"] or "")


class _Refused:
    """A list that is refused is no single record's fault."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ApiRefused):
            raise SyncAway(f"TestRail: {error}") from error


def _unrefused(records: Iterator[Record]) -> Iterator[Record]:
    with _Refused():
        yield from records


def _place(fields: Mapping[str, Value]) -> str:
    """What a container is known by."""
    return f"{fields.get('@container') or ''}\n{fields.get('title') or ''}"


def _number(container: str) -> int:
    return int(container.lstrip("S"))


def _text(value: object) -> Value:
    """A text, without the line ends of another system; an empty one is none."""
    return str(value).replace("\r\n", "\n").strip() or None if value is not None else None


def _revision(fields: Mapping[str, Value]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
