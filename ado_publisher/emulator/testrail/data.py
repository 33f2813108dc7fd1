"""What the embedded TestRail holds, and the knobs that make it as hard as the real one.

Facts: sync.md section 2.4; shapes of answers: the contract's live responses.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]
TABLES = (
    "projects",
    "suites",
    "sections",
    "cases",
    "plans",
    "runs",
    "tests",
    "results",
    "users",
    "case_fields",
    "result_fields",
)
_STATUSES = (("passed", 1), ("blocked", 2), ("untested", 3), ("retest", 4), ("failed", 5))
_KNOBS: dict[str, Any] = {
    "page_size": 250,
    "list_shape": "paged",
    "lag": 0.0,
    "clock_offset": 0.0,
    "resolution": 1,
    "rate_limit": 0,
    "maintenance": False,
    "drop_fields": [],
    "administrator": True,
    "longest_comment": 0,
}


class ApiError(Exception):
    """An answer other than 200; TestRail says why in `error`."""

    def __init__(self, status: int, told: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.told, self.headers = status, told, dict(headers or {})
        super().__init__(told)


class Data:
    """Rows by table and id. `lock` is held while a request is answered."""

    def __init__(self, seed: Mapping[str, Any] | None = None) -> None:
        self.lock = threading.RLock()
        self.reset(seed or {})

    def reset(self, seed: Mapping[str, Any]) -> None:
        """Hold what the seed says, and nothing else. Raises ValueError for a knob that does not exist."""
        unknown = set(seed.get("behaviours", {})) - set(_KNOBS)
        if unknown:
            raise ValueError(
                f"no such behaviours: {', '.join(sorted(unknown))}; known are {', '.join(_KNOBS)}"
            )
        self.knobs = {**_KNOBS, **seed.get("behaviours", {})}
        self.user = str(seed.get("user", "user@example.com"))
        self.key = str(seed.get("key", "demo-key"))
        self.tables: dict[str, dict[int, Json]] = {name: {} for name in TABLES}
        self.statuses = [
            {
                "id": number,
                "name": name,
                "label": name.title(),
                "is_system": True,
                "is_untested": number == 3,
                "is_final": number not in (3, 4),
            }
            for name, number in _STATUSES
        ]
        self._ids: dict[str, itertools.count[int]] = {name: itertools.count(1) for name in TABLES}
        self.shown: dict[tuple[str, int], float] = {}
        self.add("users", {"name": "Emulator User", "email": self.user, "is_active": True})
        for field in seed.get("case_fields", ()):
            self.add_field(field)
        for field in seed.get("result_fields", ()):
            self.add_field(field, "result_fields")
        for project in seed.get("projects", ()):
            self._seed_project(project)

    def now(self) -> float:
        """This service's clock, which may be wrong."""
        return time.time() + float(self.knobs["clock_offset"])

    def stamp(self) -> int:
        """The clock as TestRail writes times: in whole seconds, or coarser."""
        coarse = max(1, int(self.knobs["resolution"]))
        return int(self.now()) // coarse * coarse

    def add(self, table: str, row: Json) -> Json:
        """A new row with the next id, or the one that it brings."""
        number: int = row.get("id") or next(self._ids[table])
        while number in self.tables[table]:
            number = next(self._ids[table])
        self.tables[table][number] = row
        row["id"] = number
        self.touch(table, row)
        return row

    def touch(self, table: str, row: Json) -> None:
        """The row changed now; feeds show it when they have caught up."""
        self.shown[table, row["id"]] = time.monotonic() + float(self.knobs["lag"])

    def visible(self, table: str, row: Json) -> bool:
        """A feed shows the change."""
        return self.shown.get((table, row["id"]), 0.0) <= time.monotonic()

    def one(self, table: str, number: int) -> Json:
        """The row of that id. Raises ApiError."""
        row = self.tables[table].get(number)
        if row is None:
            name = table.removesuffix("s")
            raise ApiError(400, f"Field :{name}_id is not a valid or accessible {name}.")
        return row

    def rows(self, table: str, **wanted: object) -> Iterator[Json]:
        """The rows that have these values."""
        for row in list(self.tables[table].values()):
            if all(row.get(name) == value for name, value in wanted.items()):
                yield row

    def add_field(self, field: Mapping[str, Any], table: str = "case_fields") -> Json:
        """A custom field of cases, or of results."""
        name = str(field["name"])
        options = {"is_required": bool(field.get("required")), "default_value": "", "format": "markdown"}
        return self.add(
            table,
            {
                "is_active": True,
                "type_id": int(field.get("type_id", 1)),
                "name": name,
                "system_name": f"custom_{name}",
                "label": str(field.get("label", name)),
                "description": None,
                "configs": [
                    {
                        "context": {
                            "is_global": not field.get("project_ids"),
                            "project_ids": list(field.get("project_ids", ())),
                        },
                        "options": options,
                        "id": f"config-{name}",
                    }
                ],
                "display_order": 1,
                "include_all": True,
                "template_ids": [],
            },
        )

    def _seed_project(self, seed: Mapping[str, Any]) -> None:
        mode = int(seed.get("suite_mode", 1))
        project = self.add(
            "projects",
            {
                "id": seed.get("id"),
                "name": str(seed["name"]),
                "announcement": None,
                "suite_mode": mode,
                "is_completed": False,
                "completed_on": None,
            },
        )
        suites = seed.get("suites") or [{"name": "Master", "sections": seed.get("sections", ())}]
        for each in suites:
            suite = self.add_suite(project["id"], str(each["name"]), None, each.get("id"))
            self._seed_sections(suite, each.get("sections", ()), None)

    def _seed_sections(self, suite: Json, sections: Iterable[Any] | None, parent: int | None) -> None:
        for each in sections or ():
            section = self.add_section(
                suite["id"], str(each["name"]), each.get("description"), parent, each.get("id")
            )
            for case in each.get("cases", ()):
                self.add_case(section, dict(case))
            self._seed_sections(suite, each.get("sections"), section["id"])

    def add_suite(self, project: int, name: str, description: object, number: object = None) -> Json:
        """A new suite."""
        return self.add(
            "suites",
            {
                "id": number,
                "name": name,
                "description": description,
                "project_id": project,
                "is_master": False,
                "is_baseline": False,
                "is_completed": False,
                "completed_on": None,
            },
        )

    def add_section(
        self, suite: int, name: str, description: object, parent: int | None, number: object = None
    ) -> Json:
        """A new section."""
        depth = self.tables["sections"][parent]["depth"] + 1 if parent else 0
        return self.add(
            "sections",
            {
                "id": number,
                "suite_id": suite,
                "name": name,
                "description": description,
                "parent_id": parent,
                "display_order": 1,
                "depth": depth,
            },
        )

    def add_case(self, section: Json, given: Json) -> Json:
        """A new case with every field that a case has."""
        now = self.stamp()
        case: Json = {
            "id": given.get("id"),
            "title": "",
            "section_id": section["id"],
            "suite_id": section["suite_id"],
            "template_id": 1,
            "type_id": 7,
            "priority_id": 2,
            "milestone_id": None,
            "refs": None,
            "created_by": 1,
            "created_on": now,
            "updated_by": 1,
            "updated_on": now,
            "estimate": None,
            "is_deleted": 0,
            "custom_preconds": None,
        }
        case |= {field["system_name"]: None for field in self.tables["case_fields"].values()}
        return self.add("cases", {**case, **{name: value for name, value in given.items() if name != "id"}})
