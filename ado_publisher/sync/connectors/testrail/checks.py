"""What a TestRail lacks for a sync: fields for markers, values that the config names; tried where asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ado_publisher.sync.connectors.testrail.fields import TestRailFields
from ado_publisher.sync.connectors.testrail.http import ApiRefused, Json, row_of
from ado_publisher.sync.connectors.testrail.places import TestRailPlaces
from ado_publisher.sync.model import Problem

_PROOF = "ado-publisher check"
# A clock that is off by more is told; the sync goes by TestRail's own.
_CLOCKS = 300.0
_NEEDS = "type String, for this project and the template of its cases"


@dataclass(frozen=True)
class TestRailChecks:
    """Looks at one TestRail. `sent` are fields that a new case has; `wanted` the statuses that the config
    names; `result_field` is one that results need, if any.
    """

    __test__ = False

    fields: TestRailFields
    places: TestRailPlaces
    sent: Sequence[str]
    wanted: Sequence[str]
    statuses: Callable[[], Mapping[str, int]]
    result_field: str = ""

    @property
    def _where(self) -> str:
        return f"TestRail project {self.fields.project}"

    def problems(self, *, create: bool, prove: bool) -> Iterator[Problem]:
        """Everything that is missing. Raises ApiRefused and SyncAway."""
        of = self.fields
        try:
            project = row_of(of.http.get("get_project", of.project), "get_project")
            suites = list(of.http.pages("get_suites", "suites", of.project))
        except ApiRefused as error:
            yield Problem(self._where, str(error), "look at the id and at the rights of the user")
            return
        yield from self._suite(project, suites)
        yield from self._markers(create=create)
        yield from self._fields()
        yield from self._values()
        if abs(of.http.offset) > _CLOCKS:
            ahead = f"{abs(of.http.offset) / 60:.0f} minutes {'ahead of' if of.http.offset > 0 else 'behind'}"
            yield Problem(self._where, f"its clock is {ahead} this machine's", "set the one that is wrong")
        if prove and not [label for name, label in of.labels.items() if name not in of.columns()]:
            yield from self._proof()

    def _suite(self, project: Json, suites: list[Json]) -> Iterator[Problem]:
        of = self.places
        if of.every:
            if project.get("suite_mode") != 3:
                told = "it has no suites of its own making, and the config says `suite: all`"
                yield Problem(self._where, told, "leave `suite` out, or name one")
        elif of.named is None and project.get("suite_mode") != 1:
            known = ", ".join(f"{each.get('id')} '{each.get('name')}'" for each in suites[:10])
            yield Problem(self._where, "it has several suites", f"name one of {known}, or `all`")
        elif of.named is not None and of.named not in {each["id"] for each in suites}:
            yield Problem(self._where, f"it has no suite {of.named}")

    def _markers(self, *, create: bool) -> Iterator[Problem]:
        of = self.fields
        for name, label in of.labels.items():
            if name in of.columns():
                continue
            advice = f"an administrator adds it: Administration, Customizations, Case Fields, {_NEEDS}"
            why = self._refused(name, label) if create else ""
            if not create:
                advice += ", or use --create-fields"
            if why:
                yield Problem(self._where, f"the field '{label}' could not be created: {why}", advice)
            elif not create or name not in of.columns(anew=True):
                yield Problem(self._where, f"its cases have no custom field '{label}'", advice)

    def _refused(self, name: str, label: str) -> str:
        """Add the field for this project; why it cannot be, if so."""
        context = {"is_global": False, "project_ids": [self.fields.project]}
        body = {
            "type": "String",
            "name": name,
            "label": label,
            "include_all": True,
            "configs": [{"context": context, "options": {"is_required": False, "default_value": ""}}],
        }
        try:
            self.fields.http.post("add_case_field", body=body)
        except ApiRefused as error:
            return str(error)
        return ""

    def _fields(self) -> Iterator[Problem]:
        of = self.fields
        # The one for preconditions is TestRail's own, and on some versions not in this list.
        sent = {*of.columns().values(), *self.sent}
        for row in of.http.pages("get_case_fields", "case_fields"):
            name = str(row.get("system_name"))
            if name not in sent and of.is_ours(row) and _required(row, of.project):
                told = f"the field '{row.get('label')}' of its cases is required"
                yield Problem(self._where, told, "give it a default, or new cases are refused")

    def _values(self) -> Iterator[Problem]:
        try:
            self.fields.constant_ids()
        except ApiRefused as error:
            yield Problem(self._where, str(error), "name another one in the config")
        known = self.statuses() if self.wanted else {}
        for status in dict.fromkeys(self.wanted):
            if status.casefold() not in known:
                names = ", ".join(name for name in known if not name.isdigit())
                told = f"there is no status '{status}', which results.outcomes names"
                yield Problem(self._where, told, f"known are {names}")
        if self.result_field:
            yield from self._has_result_field()

    def _has_result_field(self) -> Iterator[Problem]:
        of = self.fields
        rows = of.http.pages("get_result_fields", "result_fields")
        if not any(row.get("system_name") == self.result_field and of.is_ours(row) for row in rows):
            told = f"its results have no field {self.result_field}, which results.steps needs"
            advice = "an administrator adds it: Result Fields, type Step Results, for this project"
            yield Problem(self._where, told, advice)

    def _proof(self) -> Iterator[Problem]:
        """Write both markers into a case that has none, read them back, and take them out again."""
        of, columns = self.fields, self.fields.columns()
        rows = of.http.pages("get_cases", "cases", of.project, suite_id=self.places.suites()[0])
        case = next((row for row in rows if not any(row.get(name) for name in columns.values())), None)
        if case is None:
            return
        try:
            of.http.post("update_case", case["id"], body=dict.fromkeys(columns.values(), _PROOF))
            now = row_of(of.http.get("get_case", case["id"]), "get_case")
            of.http.post("update_case", case["id"], body=dict.fromkeys(columns.values()))
        except ApiRefused as error:
            yield Problem(self._where, f"the markers cannot be written to case {case['id']}: {error}")
            return
        for name, label in of.labels.items():
            if now.get(columns[name]) != _PROOF:
                told = f"the field '{label}' did not keep what was written to case {case['id']}"
                yield Problem(self._where, told, "is it on the template of this project?")


def _required(field: Json, project: int) -> bool:
    """The field is required in the project and has no default."""
    configs = field.get("configs")
    for each in configs if isinstance(configs, list) else ():
        options = each.get("options") if isinstance(each, dict) else None
        context = each.get("context") if isinstance(each, dict) else None
        if not isinstance(options, dict) or not isinstance(context, dict):
            continue
        here = context.get("is_global") or project in (context.get("project_ids") or ())
        if here and options.get("is_required") and not options.get("default_value"):
            return True
    return False
