"""TestRail: where cases stand. Sections of one suite, or all suites of a project with theirs.

In the second form a suite is a container too, with the id `S2` as TestRail's pages show it, and sections
stand below it. A case has to stand in a section: those of a suite itself are kept in its section `Test
Cases`, as TestRail calls its own first one, which is no container. Neither has fields for a marker: they are
known by their names below their parents. Vendor pages: suites, sections.
"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.richtext import from_markdown, to_markdown
from ado_publisher.sync.connectors.testrail.http import ApiRefused, Json, TestRailHttp, row_of
from ado_publisher.sync.model import Change, SyncAway, Value

EVERY = "all"
DEFAULT_SECTION = "Test Cases"


class TestRailPlaces:
    """`named` is the suite's id; None, of a project of one suite, the only one; or `all`."""

    __test__ = False

    def __init__(self, http: TestRailHttp, project: int, named: int | str | None) -> None:
        self.http = http
        self.project = project
        self.every = named == EVERY
        self.named = named if isinstance(named, int) else None
        self._suites: list[Json] = []
        # By section: its suite, and the sections that are no containers.
        self._suite_of: dict[int, int] = {}
        self._defaults: dict[int, int] = {}

    def suites(self, *, anew: bool = False) -> list[int]:
        """The ids of the suites that are synced. Raises ApiRefused, SyncAway."""
        if self.named is not None:
            return [self.named]
        if anew or not self._suites:
            self._suites = list(self.http.pages("get_suites", "suites", self.project))
            if not self._suites:
                raise SyncAway(f"TestRail project {self.project} shows no suite")
        ids = [int(each["id"]) for each in self._suites]
        return ids if self.every else ids[:1]

    def is_ours(self, suite: object) -> bool:
        """The suite, by its id, is synced."""
        return suite in self.suites() or (self.every and suite in self.suites(anew=True))

    def listed(self) -> Iterator[Json]:
        """Every container."""
        for suite in self.suites(anew=True):
            if self.every:
                yield from (self._as_container(each) for each in self._suites if each["id"] == suite)
            yield from (row for row in self._sections(suite) if row["id"] not in self._defaults)

    def _sections(self, suite: int) -> Iterator[Json]:
        seen: set[int] = set()
        for row in self.http.pages("get_sections", "sections", self.project, suite_id=suite):
            self._learn(row)
            seen.add(row["id"])
            yield row
        for number in [each for each, of in self._defaults.items() if of == suite and each not in seen]:
            del self._defaults[number]

    def _learn(self, row: Json) -> None:
        suite = row.get("suite_id")
        if isinstance(suite, int):
            self._suite_of[row["id"]] = suite
            if self.every and row.get("name") == DEFAULT_SECTION and not row.get("parent_id"):
                self._defaults[row["id"]] = suite
            else:
                self._defaults.pop(row["id"], None)

    def forget_default(self, place: str) -> bool:
        """The section of a suite's own cases may be gone; whether one was known."""
        known = [number for number, of in self._defaults.items() if place == f"S{of}"]
        for number in known:
            del self._defaults[number]
        return bool(known)

    @staticmethod
    def _as_container(suite: Json) -> Json:
        return {**suite, "id": f"S{suite['id']}", "suite_id": suite["id"]}

    def one(self, number: str) -> Json:
        """The container as it is now. Raises ApiRefused."""
        if number.startswith("S"):
            return self._as_container(row_of(self.http.get("get_suite", number[1:]), "get_suite"))
        row = row_of(self.http.get("get_section", number), "get_section")
        self._learn(row)
        return row

    def of_case(self, row: Json) -> str:
        """The container that a case stands in."""
        section = row.get("section_id")
        if not isinstance(section, int):
            return ""
        if self.every and section not in self._suite_of:
            self.one(str(section))
        return f"S{self._defaults[section]}" if section in self._defaults else str(section)

    def shown(self, row: Json) -> dict[str, Value]:
        """A container's fields."""
        number, suite = str(row["id"]), row.get("suite_id")
        page = f"{self.http.url}/index.php?/suites/view/{suite}"
        whole = number.startswith("S")
        above = str(row.get("parent_id") or "") or (f"S{suite}" if self.every and not whole else "")
        text = str(row.get("description") or "").replace("\r\n", "\n").strip()
        return {
            "id": number,
            "title": str(row.get("name") or "").replace("\r\n", "\n").strip() or None,
            "text": from_markdown(text) or None,
            "@container": above,
            "url": page if whole else f"{page}&group_id={number}",
        }

    def write(self, change: Change) -> Json:
        """Make a suite or section, or change one. Raises ApiRefused."""
        names = {"title": "name", "text": "description"}
        body: Json = {names[name]: value for name, value in change.fields.items() if name in names}
        if "description" in body:
            body["description"] = to_markdown(body["description"] or "")
        above = change.fields.get("@container") or ""
        if change.id is None:
            return self._make(body, above)
        if change.id.startswith("S"):
            if above:
                raise ApiRefused(
                    f"suite {change.id} cannot stand in another one: move it back, or by hand", 400
                )
            answer = self.http.post("update_suite", change.id[1:], body=body)
            return self._as_container(row_of(answer, "update_suite"))
        moved = self._move(int(change.id), above) if "@container" in change.fields else None
        if moved is not None and not body:
            return moved
        return row_of(self.http.post("update_section", change.id, body=body), "update_section")

    def _make(self, body: Json, above: str) -> Json:
        if self.every and not above:
            made = row_of(self.http.post("add_suite", self.project, body=body), "add_suite")
            self._suites.append(made)
            return self._as_container(made)
        suite = self._suite(above)
        if above.startswith("S") and body.get("name") == DEFAULT_SECTION:
            raise ApiRefused(
                f"'{DEFAULT_SECTION}' is the section of a suite's own cases: name it otherwise", 400
            )
        whole = {**body, "suite_id": suite, "parent_id": int(above) if above.isdigit() else None}
        row = row_of(self.http.post("add_section", self.project, body=whole), "add_section")
        self._suite_of[row["id"]] = suite
        return row

    def _move(self, section: int, above: str) -> Json:
        if self.every and not above:
            raise ApiRefused(f"section {section} cannot become a suite: move it by hand", 400)
        if self.every and self._suite(above) != self._suite(str(section)):
            raise ApiRefused(
                f"section {section} cannot be moved into another suite here: move it by hand", 400
            )
        body = {"parent_id": int(above) if above.isdigit() else None}
        return row_of(self.http.post("move_section", section, body=body), "move_section")

    def _suite(self, place: str) -> int:
        """The suite of a container, or the only one."""
        if place.startswith("S"):
            return int(place[1:])
        if not self.every:
            return self.suites()[0]
        if int(place) not in self._suite_of:
            self.one(place)
        return self._suite_of[int(place)]

    def section(self, place: str) -> int | None:
        """The section for a case of that container; a suite's own is made where it is missing."""
        if not place.startswith("S"):
            return int(place) if place.isdigit() else None
        suite = int(place[1:])
        known = next((number for number, of in self._defaults.items() if of == suite), None)
        if known is None:
            list(self._sections(suite))
            known = next((number for number, of in self._defaults.items() if of == suite), None)
        if known is None:
            body = {"name": DEFAULT_SECTION, "suite_id": suite}
            row = row_of(self.http.post("add_section", self.project, body=body), "add_section")
            self._learn({**row, "suite_id": suite})
            known = row["id"]
        return known

    def suite_of_section(self, section: int) -> int:
        """The suite that a section is of."""
        return self._suite(str(section))
