"""A seed becomes records: ids are given, cases joined, points made; every problem is found at once.

Points are numbered from 1 in the file's order: case by case inside a suite, its configurations in the
order the case names them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ado_publisher.emulator import wiql
from ado_publisher.emulator.errors import ApiError
from ado_publisher.emulator.identity import guid
from ado_publisher.emulator.seed_fields import problems
from ado_publisher.emulator.seed_text import Document, Path, SeedError
from ado_publisher.emulator.wit_model import Field

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_TREES = ("areas", "iterations", "read_only_areas", "hidden_areas", "work_item_types")
DEFAULT_CONFIGURATION = {"id": 1, "name": "Windows 10", "values": {"Operating System": "Windows 10"}}


@dataclass(slots=True)
class Records:
    """What a seed holds, flat and with every id given."""

    organization: str = "demo"
    token: str = "demo-pat"  # noqa: S105 - the documented token of the emulator
    server: str = "cloud"
    behaviours: dict[str, str] = field(default_factory=dict)
    projects: list[dict[str, Any]] = field(default_factory=list)
    configurations: list[dict[str, Any]] = field(default_factory=list)
    builds: list[dict[str, Any]] = field(default_factory=list)
    releases: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    suites: list[dict[str, Any]] = field(default_factory=list)
    cases: dict[int, dict[str, Any]] = field(default_factory=dict)
    suite_cases: list[tuple[int, int, int]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)
    work_items: list[dict[str, Any]] = field(default_factory=list)


class _Ids:
    """Gives the lowest id that the file itself does not use."""

    def __init__(self, used: set[int]) -> None:
        self.used = used
        self.last = 0

    def give(self, width: int = 1) -> int:
        candidate = self.last + 1
        while any(candidate + step in self.used for step in range(width)):
            candidate += 1
        self.last = candidate + width - 1
        return candidate


class _Reader:
    """Walks the projects of a document whose keys have been checked."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.records = Records()
        self.found: list[str] = []
        tree = document.value
        self.work_ids = _Ids(_work_item_ids(tree))
        self.build_ids = _Ids(_ids_of(tree, "builds"))
        self.case_paths: dict[int, Path] = {}
        self.seen: dict[str, set[Any]] = {}

    def problem(self, path: Path, text: str) -> None:
        self.found.append(f"{self.document.where(path)}: {text}")

    def once(self, kind: str, value: object, path: Path) -> None:
        """Note a name or id that may occur once."""
        known = self.seen.setdefault(kind, set())
        if value in known:
            self.problem(path, f"{kind} {value!r} is given twice")
        known.add(value)

    def read(self) -> Records:
        tree, records = self.document.value, self.records
        for key in ("organization", "token", "server"):
            if tree.get(key) is not None:
                setattr(records, key, tree[key])
        if not _NAME.fullmatch(records.organization):
            self.problem(("organization",), f"{records.organization!r} cannot stand in an address")
        records.behaviours = {name: str(value) for name, value in (tree.get("behaviours") or {}).items()}
        for index, project in enumerate(tree.get("projects") or []):
            self.project(project, ("projects", index))
        for case_id, case in records.cases.items():
            if not case.get("title"):
                self.problem(self.case_paths[case_id], f"case {case_id} needs a 'title' in one place")
        if self.found:
            raise SeedError(self.found)
        return records

    def project(self, item: Mapping[str, Any], path: Path) -> None:
        name = item["name"]
        self.once("project", name.lower(), (*path, "name"))
        project_id = item.get("id") or guid("project", self.records.organization, name)
        if not _GUID.fullmatch(project_id):
            self.problem((*path, "id"), f"{project_id!r} is not a GUID")
        project = {
            "id": project_id.lower(),
            "name": name,
            "description": item.get("description"),
            **{key: item.get(key) for key in _TREES},
        }
        self.records.projects.append(project)
        names = self.configurations(item, project["id"], path)
        self.builds(item, project["id"], path)
        self.releases(item, project["id"], path)
        for index, plan in enumerate(item.get("plans") or []):
            self.plan(plan, project["id"], names, (*path, "plans", index))
        for index, work_item in enumerate(item.get("work_items") or []):
            work_id = work_item.get("id") or self.work_ids.give()
            self.once("work item id", work_id, (*path, "work_items", index, "id"))
            if work_id in self.records.cases:
                self.problem((*path, "work_items", index, "id"), f"id {work_id} is already a test case's")
            self.records.work_items.append({**work_item, "id": work_id, "project_id": project["id"]})

    def configurations(self, item: Mapping[str, Any], project_id: str, path: Path) -> dict[str, int]:
        given = item.get("configurations") or [DEFAULT_CONFIGURATION]
        ids = _Ids({entry["id"] for entry in given if entry.get("id")})
        names: dict[str, int] = {}
        for index, entry in enumerate(given):
            here = (*path, "configurations", index)
            number = entry.get("id") or ids.give()
            self.once(f"configuration id of {project_id}", number, (*here, "id"))
            if entry["name"] in names:
                self.problem((*here, "name"), f"configuration {entry['name']!r} is given twice")
            names[entry["name"]] = number
            self.records.configurations.append({**entry, "id": number, "project_id": project_id})
        return names

    def builds(self, item: Mapping[str, Any], project_id: str, path: Path) -> None:
        definitions: dict[str, int] = {}
        given = item.get("builds") or []
        named = [entry.get("definition") or {} for entry in given]
        ids = _Ids({entry["id"] for entry in named if entry.get("id")})
        for entry in named:
            if entry.get("id"):
                definitions.setdefault(entry["name"], entry["id"])
        for index, entry in enumerate(given):
            build_id = entry.get("id") or self.build_ids.give()
            self.once("build id", build_id, (*path, "builds", index, "id"))
            definition = entry.get("definition") or {"name": "ci"}
            number = definition.get("id") or definitions.get(definition["name"]) or ids.give()
            definitions.setdefault(definition["name"], number)
            full = {"path": "\\", **definition, "id": number}
            self.records.builds.append(
                {**entry, "id": build_id, "definition": full, "project_id": project_id}
            )

    def releases(self, item: Mapping[str, Any], project_id: str, path: Path) -> None:
        given = item.get("releases") or []
        definitions = _definition_ids(given)
        ids = _Ids({entry["id"] for entry in given if entry.get("id")})
        stages = [stage for entry in given for stage in entry.get("environments") or []]
        stage_ids = _Ids({stage["id"] for stage in stages if stage.get("id")})
        for index, entry in enumerate(given):
            here = (*path, "releases", index)
            number = entry.get("id") or ids.give()
            self.once(f"release id of {project_id}", number, (*here, "id"))
            name = (entry.get("definition") or {"name": "release"})["name"]
            environments = [
                {**stage, "id": stage.get("id") or stage_ids.give()}
                for stage in entry.get("environments") or [{"name": "Stage 1"}]
            ]
            for position, stage in enumerate(environments):
                where = (*here, "environments", position, "id")
                self.once(f"environment id of {project_id}", stage["id"], where)
            self.records.releases.append(
                {
                    **entry,
                    "id": number,
                    "definition": {"id": definitions[name], "name": name},
                    "environments": environments,
                    "project_id": project_id,
                }
            )

    def plan(self, item: Mapping[str, Any], project_id: str, names: dict[str, int], path: Path) -> None:
        plan_id = item.get("id") or self.work_ids.give(2)
        self.once("plan id", plan_id, (*path, "id"))
        self.once("suite id", plan_id + 1, (*path, "id"))
        self.records.plans.append({**item, "id": plan_id, "project_id": project_id})
        root = {"id": plan_id + 1, "name": item["name"], "plan_id": plan_id, "parent_id": None}
        self.records.suites.append({**root, "inherit": False, "configuration_ids": []})
        owner = {"plan_id": plan_id, "project_id": project_id, "names": names, "default": list(names)}
        self.cases(item, plan_id + 1, owner, path)
        self.suites(item, plan_id + 1, owner, path)

    def suites(self, item: Mapping[str, Any], parent: int, owner: Mapping[str, Any], path: Path) -> None:
        for index, entry in enumerate(item.get("suites") or []):
            here = (*path, "suites", index)
            suite_id = entry.get("id") or self.work_ids.give()
            if suite_id == owner["plan_id"] + 1:
                self.problem((*here, "id"), f"{suite_id} is the id of the plan's root suite (plan id + 1)")
            else:
                self.once("suite id", suite_id, (*here, "id"))
            named = self.known(entry.get("configurations") or [], owner["names"], (*here, "configurations"))
            inherit = entry.get("inherit", not named)
            self.records.suites.append(
                {
                    **entry,
                    "id": suite_id,
                    "plan_id": owner["plan_id"],
                    "parent_id": parent,
                    "inherit": inherit,
                    "configuration_ids": [owner["names"][name] for name in named],
                }
            )
            self.query(entry, here)
            below = {**owner, "default": named} if named and not inherit else owner
            self.cases(entry, suite_id, below, here)
            self.suites(entry, suite_id, below, here)

    def known(self, given: Sequence[str], names: Mapping[str, int], path: Path) -> list[str]:
        """Return the configurations that exist, each once; note the others."""
        found = list(dict.fromkeys(given))
        for name in found:
            if name not in names:
                self.problem(path, f"unknown configuration {name!r}; known are {', '.join(names)}")
        return [name for name in found if name in names]

    def query(self, entry: Mapping[str, Any], path: Path) -> None:
        """Note a suite's query that is not understood; its fields may be the seed's own."""
        if entry.get("query"):
            try:
                wiql.parse(entry["query"], lambda name: Field(name, name, "string"))
            except ApiError as error:
                self.problem((*path, "query"), error.message)

    def cases(self, item: Mapping[str, Any], suite_id: int, owner: Mapping[str, Any], path: Path) -> None:
        for index, entry in enumerate(item.get("cases") or []):
            here = (*path, "cases", index)
            case_id = self.case(entry, owner["project_id"], here)
            self.once("case of suite", (suite_id, case_id), here)
            self.records.suite_cases.append((suite_id, index, case_id))
            given = entry.get("configurations") or owner["default"]
            for name in self.known(given, owner["names"], (*here, "configurations")):
                self.records.points.append(
                    {
                        "id": len(self.records.points) + 1,
                        "plan_id": owner["plan_id"],
                        "suite_id": suite_id,
                        "case_id": case_id,
                        "configuration_id": owner["names"][name],
                        "tester": entry.get("tester"),
                        "active": entry.get("active", True),
                    }
                )

    def case(self, entry: Mapping[str, Any], project_id: str, path: Path) -> int:
        """Join what the several entries of one case say; the same id is the same case."""
        case_id: int = entry.get("id") or self.work_ids.give()
        known = self.records.cases.setdefault(case_id, {"id": case_id, "project_id": project_id})
        self.case_paths.setdefault(case_id, path)
        for key, value in entry.items():
            if key in ("id", "configurations", "tester", "active") or value is None:
                continue
            if known.get(key, value) != value:
                self.problem(
                    (*path, key), f"case {case_id} has {key} {value!r:.60} here and {known[key]!r:.60} above"
                )
            known[key] = value
        if known["project_id"] != project_id:
            self.problem(path, f"case {case_id} already belongs to another project")
        return case_id


def records(document: Document) -> Records:
    """Return the records of a seed, or raise SeedError with every problem and its line."""
    found = problems(document)
    if found:
        raise SeedError(found)
    return _Reader(document).read()


def _definition_ids(releases: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the id of each release definition by name; those without one are given the next free."""
    named = [entry.get("definition") or {"name": "release"} for entry in releases]
    ids = _Ids({item["id"] for item in named if item.get("id")})
    found = {item["name"]: item["id"] for item in named if item.get("id")}
    for item in named:
        if item["name"] not in found:
            found[item["name"]] = ids.give()
    return found


def _ids_of(tree: Mapping[str, Any], key: str) -> set[int]:
    return {
        entry["id"]
        for project in tree.get("projects") or []
        for entry in project.get(key) or []
        if entry.get("id")
    }


def _work_item_ids(tree: Mapping[str, Any]) -> set[int]:
    """Return every id of plans, suites, cases and work items that the file gives, root suites included."""
    used = _ids_of(tree, "work_items")
    pending = [plan for project in tree.get("projects") or [] for plan in project.get("plans") or []]
    used.update(plan["id"] + 1 for plan in pending if plan.get("id"))
    while pending:
        item = pending.pop()
        if item.get("id"):
            used.add(item["id"])
        used.update(case["id"] for case in item.get("cases") or [] if case.get("id"))
        pending.extend(item.get("suites") or [])
    return used
