"""What Azure DevOps lacks for a sync: fields for markers, paths, the configuration; tried where asked.

Vendor pages: wit/work-item-types-field, wit/fields, wit/classification-nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from ado_publisher.ado import testplans, workitems
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import Json, text
from ado_publisher.ado.http import AdoSession, Answer, items_of
from ado_publisher.ado.versions import Operation
from ado_publisher.ado.workitems import AREA, ITERATION, Patch, WorkItem, refused_alone
from ado_publisher.errors import ServiceError
from ado_publisher.sync.model import Problem

_TYPE_FIELDS = Operation(
    "list the fields of test cases", "GET", "/{project}/_apis/wit/workitemtypes/{type}/fields"
)
_FIELD = Operation("get the field", "GET", "/{project}/_apis/wit/fields/{field}")
_CREATE_FIELD = Operation("create the field", "POST", "/{project}/_apis/wit/fields")
_NODES = "/{project}/_apis/wit/classificationnodes/{tree}"
_TREES = {AREA: ("Areas", "area"), ITERATION: ("Iterations", "iteration")}
_PROOF = "ado-publisher check"


class AdoChecks:
    """`markers` are reference names of fields; `constants` paths by the reference name of their field."""

    def __init__(
        self,
        session: AdoSession,
        project: str,
        markers: Sequence[str],
        constants: Mapping[str, str],
        configuration: str,
    ) -> None:
        self.session = session
        self.project = project
        self._markers = markers
        self._constants = constants
        self._configuration = configuration
        self._where = f"Azure DevOps project {project}"

    def problems(self, *, create: bool) -> Iterator[Problem]:
        """Everything that is missing; with `create` the fields are made where that is allowed."""
        rows = items_of(self._call(_TYPE_FIELDS, type=workitems.CASE), _TYPE_FIELDS)
        known = {text(row, "referenceName").lower(): row for row in rows if isinstance(row, dict)}
        for name in self._markers:
            yield from self._marker(name, name.lower() in known, create=create)
        yield from self._required(known)
        for name, path in self._constants.items():
            yield from self._path(name, path)
        if self._configuration:
            yield from self._has_configuration()

    def _call(self, operation: Operation, **path: object) -> Answer:
        return self.session.call(operation, {"project": self.project, **path})

    def _marker(self, name: str, on_type: bool, *, create: bool) -> Iterator[Problem]:
        advice = "add it to the work item type Test Case of the process, as a text of one line"
        try:
            found = self.session.call(_FIELD, {"project": self.project, "field": name}).json
        except NotFound:
            if not create:
                yield Problem(self._where, f"there is no field {name}", f"{advice}, or use --create-fields")
            elif why := self._refused(name):
                yield Problem(self._where, f"the field {name} could not be created: {why}", advice)
            return
        kind = text(found, "type")
        if kind.lower() != "string":
            yield Problem(self._where, f"the field {name} is of type {kind}", "use one of type String")
        elif not on_type:
            yield Problem(self._where, f"the field {name} is not on the work item type Test Case", advice)

    def _refused(self, name: str) -> str:
        """Make the field; why it cannot be, if so."""
        body: Json = {
            "name": name.rpartition(".")[2],
            "referenceName": name,
            "type": "string",
            "usage": "workItem",
            "readOnly": False,
        }
        try:
            self.session.call(_CREATE_FIELD, {"project": self.project}, body=orjson.dumps(body))
        except ServiceError as error:
            return str(error).splitlines()[0]
        return ""

    def _required(self, known: Mapping[str, Json]) -> Iterator[Problem]:
        for row in known.values():
            name = text(row, "referenceName")
            ours = name.startswith("System.") or name in self._markers
            if row.get("alwaysRequired") is True and row.get("defaultValue") is None and not ours:
                told = f"the field {name} of test cases is required and has no default"
                yield Problem(self._where, told, "give it a default, or new test cases are refused")

    def _path(self, name: str, path: str) -> Iterator[Problem]:
        tree, noun = _TREES[name]
        below = path.replace("/", "\\").strip("\\").split("\\")[1:]
        if not below:
            return
        # Each node below the root is a part of the request's own path.
        steps = {f"step{number}": step for number, step in enumerate(below)}
        template = "/".join([_NODES, *(f"{{{name}}}" for name in steps)])
        try:
            self._call(Operation("get the path", "GET", template), tree=tree, **steps)
        except NotFound:
            yield Problem(self._where, f"there is no {noun} {path}", f"name another {noun} in the config")

    def _has_configuration(self) -> Iterator[Problem]:
        found = testplans.configurations(self.session, self.project)
        wanted = self._configuration.casefold()
        if not any(wanted in (each.name.casefold(), str(each.id)) for each in found):
            known = ", ".join(each.name for each in found[:10])
            told = f"there is no configuration '{self._configuration}'"
            yield Problem(self._where, told, f"name another in results.configuration; known are {known}")

    def proof(self, case: int) -> Iterator[Problem]:
        """Write both markers into a test case that has none, read them back, and take them out again."""
        before = workitems.read(self.session, [case], fields=[*self._markers, "System.Rev"])[case]
        try:
            self._set(before, dict.fromkeys(self._markers, _PROOF))
        except ServiceError as error:
            if not (why := refused_alone(error)):
                raise
            yield Problem(self._where, f"the markers cannot be written to test case {case}: {why}")
            return
        now = workitems.read(self.session, [case], fields=[*self._markers, "System.Rev"])[case]
        self._set(now, {name: before.get(name) for name in self._markers})
        for name in self._markers:
            if now.get(name) != _PROOF:
                told = f"the field {name} did not keep what was written to test case {case}"
                yield Problem(self._where, told, "is it on the work item type Test Case, without a rule?")

    def _set(self, item: WorkItem, values: Mapping[str, str]) -> None:
        def decide(now: WorkItem) -> Sequence[Patch]:
            return [
                workitems.set_field(name, value) for name, value in values.items() if now.get(name) != value
            ]

        fields = [*values, "System.Rev"]
        workitems.change(self.session, self.project, item, decide, fields=fields)
