"""TestRail: open test runs, alone and in plans, their tests, and the statuses of results.

A test is read-only: what it is follows from its run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ado_publisher.sync.connectors.testrail.http import ApiRefused, Json, TestRailHttp, row_of
from ado_publisher.sync.model import (
    RESULT,
    RUN,
    VERDICT,
    Capabilities,
    Record,
    Ref,
)

KINDS = {
    RUN: Capabilities(creatable=False, updatable=False, partial=True, lag=5.0, resolution=1.0),
    RESULT: Capabilities(updatable=False, append_only=True, partial=True, index_lag=90.0, resolution=1.0),
    VERDICT: Capabilities(creatable=False, updatable=False, partial=True, lag=5.0, resolution=1.0),
}


class TestRailRuns:
    """`per_test`: a RUN is a test, one case in one run; else it is a run of TestRail. `is_ours` tells
    whether a suite, by its id, is synced.
    """

    __test__ = False

    def __init__(
        self, http: TestRailHttp, project: int, is_ours: Callable[[object], bool], *, per_test: bool = True
    ) -> None:
        self.http = http
        self.project = project
        self.per_test = per_test
        self._is_ours = is_ours
        self._seen: dict[str, Record] = {}
        self._statuses: dict[str, int] = {}
        self._names: dict[object, str] = {}

    def open_runs(self) -> Iterator[Json]:
        """Runs of the suite that are not closed, those in plans too."""
        for run in self.http.pages("get_runs", "runs", self.project, is_completed=0):
            if self._is_ours(run.get("suite_id")):
                yield run
        for plan in self.http.pages("get_plans", "plans", self.project, is_completed=0):
            whole = row_of(self.http.get("get_plan", plan["id"]), "get_plan")
            for entry in whole.get("entries") or ():
                for run in entry.get("runs") or () if isinstance(entry, dict) else ():
                    run = row_of(run, "get_plan")
                    if self._is_ours(run.get("suite_id")) and not run.get("is_completed"):
                        yield run

    def closed_runs(self, since: float) -> Iterator[Json]:
        """Runs of the suite, alone and in plans, that were closed since then, among the newest of each."""
        for run in self._first_page("get_runs", "runs", self.project, is_completed=1):
            if self._is_ours(run.get("suite_id")) and _time(run, "completed_on") >= since:
                yield run
        plans = self._first_page("get_plans", "plans", self.project)
        for plan in plans:
            if plan.get("is_completed") and _time(plan, "completed_on") < since:
                continue
            whole = row_of(self.http.get("get_plan", plan["id"]), "get_plan")
            for entry in whole.get("entries") or ():
                for run in entry.get("runs") or () if isinstance(entry, dict) else ():
                    run = row_of(run, "get_plan")
                    ours = self._is_ours(run.get("suite_id")) and run.get("is_completed")
                    if ours and _time(run, "completed_on") >= since:
                        yield run

    def _first_page(self, name: str, key: str, *arguments: object, **query: object) -> Iterator[Json]:
        answer = self.http.get(name, *arguments, **query)
        rows = answer.get(key) if isinstance(answer, dict) else answer
        return (row_of(row, name) for row in rows) if isinstance(rows, list) else iter(())

    def changed(self, since: float | None) -> Iterator[Ref]:
        """Open runs, or the tests of those that changed since then."""
        self._seen.clear()
        for run in self.open_runs():
            if not self.per_test:
                yield self._show(self._run(run))
            elif since is None or not 0 < max(_time(run, "updated_on"), _time(run, "created_on")) < since:
                for test in self.http.pages("get_tests", "tests", run["id"]):
                    yield self._show(self._test(test, run))

    def _show(self, record: Record) -> Ref:
        self._seen[record.id] = record
        return Ref(record.id, record.rev)

    def read(self, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there: as they were just listed, else one by one."""
        for number in ids:
            record = self._seen.pop(number, None) or self._one(int(number))
            if record is not None:
                yield record

    def _one(self, number: int) -> Record | None:
        if not self.per_test:
            run = self.http.one("get_run", number)
            return self._run(run) if run is not None else None
        test = self.http.one("get_test", number)
        run = self.http.one("get_run", test.get("run_id")) if test is not None else None
        return self._test(test, run) if test is not None and run is not None else None

    def _run(self, row: Json) -> Record:
        number = str(row["id"])
        name, config = str(row.get("name") or ""), row.get("config")
        url = f"{self.http.url}/index.php?/runs/view/{number}"
        state = "closed" if row.get("is_completed") else "open"
        title = f"{name} ({config})" if config else name
        fields = {"id": number, "url": url, "title": title, "state": state}
        return Record(number, f"{title}/{state}", fields, "", url)

    def _test(self, row: Json, run: Json) -> Record:
        number, title = str(row["id"]), str(row.get("title") or "")
        url = f"{self.http.url}/index.php?/tests/view/{number}"
        state = "closed" if run.get("is_completed") else "open"
        case = str(row.get("case_id") or "")
        fields = {"id": number, "url": url, "title": title, "state": state, "@case": case}
        return Record(number, f"{title}/{state}", fields, "", url)

    def statuses(self) -> Mapping[str, int]:
        """The ids of the statuses by name, label and number."""
        if not self._statuses:
            for row in self.http.pages("get_statuses", "statuses"):
                names = (row.get("name"), row.get("label"), row["id"])
                self._names[row["id"]] = str(row.get("name") or row["id"]).casefold()
                self._statuses.update((str(name).casefold(), row["id"]) for name in names)
        return self._statuses

    def status_name(self, number: object) -> str:
        """The system name of a status, such as `passed`; its number where there is none."""
        self.statuses()
        return self._names.get(number, str(number))

    def status(self, name: str) -> int:
        """The id of a status. Raises ApiRefused."""
        found = self.statuses().get(name.casefold())
        if found is None:
            raise ApiRefused(f"there is no status '{name}'", 400)
        return found


def _time(row: Json, name: str) -> float:
    value = row.get(name)
    return float(value) if isinstance(value, int) else 0.0
