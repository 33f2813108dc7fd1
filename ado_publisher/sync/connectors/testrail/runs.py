"""TestRail: open test runs, alone and in plans, their tests, and results, which are only ever appended.

A test is read-only: what it is follows from its run. A result carries the marker at the end of its comment,
as a link to the result it was made for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ado_publisher.richtext import to_markdown
from ado_publisher.sync.connectors.testrail.http import ApiRefused, Json, TestRailHttp, row_of
from ado_publisher.sync.model import (
    RESULT,
    RUN,
    VERDICT,
    Capabilities,
    Change,
    Done,
    Outcome,
    Record,
    Ref,
    SyncAway,
)

KINDS = {
    RUN: Capabilities(creatable=False, updatable=False, partial=True, lag=5.0, resolution=1.0),
    RESULT: Capabilities(updatable=False, append_only=True, partial=True, index_lag=90.0, resolution=1.0),
    VERDICT: Capabilities(creatable=False, updatable=False, partial=True, lag=5.0, resolution=1.0),
}
_KEY = re.compile(r"\[Azure DevOps\]\((\S+)\)\s*\Z")
# A comment may be longer; nobody reads more of it.
_LONGEST = 20_000
# How old, in seconds, a list may be that is asked whether something was made; far less than `index_lag`.
_FRESH = 30.0
_INDEX_FRESH = 60.0


@dataclass(slots=True)
class _Run:
    """An open run and its tests: id by case."""

    id: int
    by_case: dict[int, int] = field(default_factory=dict)


class TestRailRuns:
    """`per_test`: a RUN is a test, one case in one run; else it is a run of TestRail. `suite` gives the id of
    the suite when it is needed.
    """

    __test__ = False

    def __init__(
        self, http: TestRailHttp, project: int, suite: Callable[[], int], *, per_test: bool = True
    ) -> None:
        self.http = http
        self.project = project
        self.per_test = per_test
        self._suite = suite
        self._seen: dict[str, Record] = {}
        self._index: tuple[float, list[_Run]] = (-1e9, [])
        self._tests: dict[int, tuple[int, int]] = {}
        self._written: dict[int, tuple[float, dict[str, int]]] = {}
        self._newest: dict[int, dict[int, int]] = {}
        self._statuses: dict[str, int] = {}
        self._names: dict[object, str] = {}

    # runs and tests

    def open_runs(self) -> Iterator[Json]:
        """Runs of the suite that are not closed, those in plans too."""
        for run in self.http.pages("get_runs", "runs", self.project, is_completed=0):
            if run.get("suite_id") == self._suite():
                yield run
        for plan in self.http.pages("get_plans", "plans", self.project, is_completed=0):
            whole = row_of(self.http.get("get_plan", plan["id"]), "get_plan")
            for entry in whole.get("entries") or ():
                for run in entry.get("runs") or () if isinstance(entry, dict) else ():
                    run = row_of(run, "get_plan")
                    if run.get("suite_id") == self._suite() and not run.get("is_completed"):
                        yield run

    def closed_runs(self, since: float) -> Iterator[Json]:
        """Runs of the suite, alone and in plans, that were closed since then, among the newest of each."""
        for run in self._first_page("get_runs", "runs", self.project, is_completed=1):
            if run.get("suite_id") == self._suite() and _time(run, "completed_on") >= since:
                yield run
        plans = self._first_page("get_plans", "plans", self.project)
        for plan in plans:
            if plan.get("is_completed") and _time(plan, "completed_on") < since:
                continue
            whole = row_of(self.http.get("get_plan", plan["id"]), "get_plan")
            for entry in whole.get("entries") or ():
                for run in entry.get("runs") or () if isinstance(entry, dict) else ():
                    run = row_of(run, "get_plan")
                    ours = run.get("suite_id") == self._suite() and run.get("is_completed")
                    if ours and _time(run, "completed_on") >= since:
                        yield run

    def _first_page(self, name: str, key: str, *arguments: object, **query: object) -> Iterator[Json]:
        answer = self.http.get(name, *arguments, **query)
        rows = answer.get(key) if isinstance(answer, dict) else answer
        return (row_of(row, name) for row in rows) if isinstance(rows, list) else iter(())

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """Open runs, or the tests of those that changed since then; results that carry a marker."""
        self._seen.clear()
        if kind == RESULT:
            for run in self.open_runs():
                for row in self._results(run["id"]):
                    if (record := _written(row)) is not None:
                        self._seen[record.id] = record
                        yield Ref(record.id, record.rev)
            return
        for run in self.open_runs():
            if not self.per_test:
                yield self._show(self._run(run))
            elif since is None or not 0 < max(_time(run, "updated_on"), _time(run, "created_on")) < since:
                for test in self.http.pages("get_tests", "tests", run["id"]):
                    yield self._show(self._test(test, run))

    def _show(self, record: Record) -> Ref:
        self._seen[record.id] = record
        return Ref(record.id, record.rev)

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there: as they were just listed, else one by one."""
        for number in ids:
            record = self._seen.pop(number, None)
            if record is None and kind == RUN:
                record = self._one(int(number))
            if record is not None:
                yield record

    def _one(self, number: int) -> Record | None:
        try:
            if not self.per_test:
                return self._run(row_of(self.http.get("get_run", number), "get_run"))
            test = row_of(self.http.get("get_test", number), "get_test")
            return self._test(test, row_of(self.http.get("get_run", test.get("run_id")), "get_run"))
        except ApiRefused as error:
            # 400 means as well that it does not exist.
            if error.status in (400, 404):
                return None
            raise SyncAway(f"TestRail: {error}") from error

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

    # results

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Append results, those of one run together; what TestRail refuses costs only itself."""
        placed = [(change, self._place(change)) for change in changes]
        for run, group in groupby(placed, key=lambda each: each[1][0] if not isinstance(each[1], str) else 0):
            if run == 0:
                yield from (Outcome(Done.REJECT, reason=f"TestRail: {why}") for _, why in group)
                continue
            together = [(change, place[1]) for change, place in group if not isinstance(place, str)]
            yield from self._append(run, together)

    def _append(self, run: int, wanted: Sequence[tuple[Change, int]]) -> Iterator[Outcome]:
        try:
            body = {"results": [self._body(run, change, test) for change, test in wanted]}
            self._written.pop(run, None)
            answer = self.http.post("add_results", run, body=body)
        except ApiRefused as error:
            if len(wanted) == 1:
                yield Outcome(Done.REJECT, reason=f"TestRail: {error}")
                return
            for part in (wanted[: len(wanted) // 2], wanted[len(wanted) // 2 :]):
                yield from self._append(run, part)
            return
        yield from self._appended(answer, wanted)

    def _appended(self, answer: object, wanted: Sequence[tuple[Change, int]]) -> Iterator[Outcome]:
        """What became of each, by its marker.

        One that came back without it is known, but nothing more is sent: after a lost answer it would be sent
        again and again.
        """
        listed = answer.get("results") if isinstance(answer, dict) else answer
        rows = [row_of(row, "add_results") for row in listed] if isinstance(listed, list) else []
        by_key = {record.key: record.id for row in rows if (record := _written(row)) is not None}
        by_test = {row.get("test_id"): str(row["id"]) for row in rows}
        unmarked = ""
        for change, test in wanted:
            number = by_key.get(change.key) or by_test.get(test)
            if number is None:
                yield Outcome(Done.RETRY, reason="TestRail: it is not among what was answered")
                continue
            if change.key not in by_key:
                unmarked = number
            yield Outcome(Done.OK, number, number, change.fields)
        if unmarked:
            raise SyncAway(
                f"TestRail did not keep the link at the end of the comment of result {unmarked}, by which it "
                "is known again: is something changing comments there? No more results are told until then"
            )

    def _body(self, run: int, change: Change, test: int) -> Json:
        fields = change.fields
        status = self._status(fields.get("status") or "")
        text = to_markdown(fields.get("text") or "")
        older = change.late and self._newest_in(run).get(test, 0) > _order(change.key)
        if older:
            # A result without a status is a comment: the test goes on showing what the newer run said.
            names = {number: name for name, number in self.statuses().items() if not name.isdigit()}
            text = f"An older result, told after a newer one: {names.get(status, status)}\n\n{text}".strip()
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}…\n```" if text[:_LONGEST].count("```") % 2 else f"{text[:_LONGEST]}…"
        comment = "\n\n".join(each for each in (text, f"[Azure DevOps]({change.key})") if each)
        body = {
            "test_id": test,
            "status_id": None if older else status,
            "comment": comment,
            "elapsed": fields.get("elapsed"),
            "defects": fields.get("defects"),
        }
        return {name: value for name, value in body.items() if value is not None}

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

    def _status(self, name: str) -> int:
        found = self.statuses().get(name.casefold())
        if found is None:
            raise ApiRefused(f"there is no status '{name}'", 400)
        return found

    def _place(self, change: Change) -> tuple[int, int] | str:
        """The run and the test that the result belongs to, or why there is none."""
        run, case = _id(change.fields.get("@run")), _id(change.fields.get("@case"))
        if run and self.per_test:
            return self._test_place(run, case)
        for known in self._runs():
            if (not run or known.id == run) and case in known.by_case:
                return known.id, known.by_case[case]
        where = f"test run {run}" if run else "open test run"
        return f"no {where} has case {case}: add it to one, then `sync retry`"

    def _test_place(self, test: int, case: int) -> tuple[int, int] | str:
        if test not in self._tests:
            try:
                row = row_of(self.http.get("get_test", test), "get_test")
            except ApiRefused as error:
                return str(error)
            self._tests[test] = (int(row["run_id"]), int(row["case_id"]))
        run, known = self._tests[test]
        if case != known:
            # Somebody published a whole suite into the run that was made for one test.
            return f"test {test} is of case {known}, and this result of case {case}"
        return run, test

    def _runs(self) -> list[_Run]:
        """Open runs with their tests, the newest first."""
        at, found = self._index
        if time.monotonic() - at > _INDEX_FRESH:
            at, found = time.monotonic(), []
            for run in sorted(self.open_runs(), key=lambda row: -int(row["id"])):
                tests = self.http.pages("get_tests", "tests", run["id"])
                found.append(_Run(run["id"], {int(test["case_id"]): test["id"] for test in tests}))
            self._index = at, found
        return found

    def find(self, change: Change) -> str | None:
        """The result that carries the marker, in the run it belongs to."""
        run, case = _id(change.fields.get("@run")), _id(change.fields.get("@case"))
        if run and self.per_test:
            place = self._test_place(run, case)
            runs = [] if isinstance(place, str) else [place[0]]
        else:
            # Without a run of its own it went to the newest one at that time.
            runs = [each.id for each in self._runs() if case in each.by_case and (not run or each.id == run)]
        found = [number for each in runs if (number := self._written_in(each).get(change.key))]
        return str(max(found)) if found else None

    def _written_in(self, run: int) -> dict[str, int]:
        at, found = self._written.get(run, (-1e9, {}))
        if time.monotonic() - at > _FRESH:
            at = time.monotonic()
            records = list(filter(None, map(_written, self._results(run))))
            found = {record.key: int(record.id) for record in records}
            self._written[run] = at, found
            newest: dict[int, int] = {}
            self._newest[run] = newest
            for record in records:
                test = _id(record.fields.get("@test"))
                newest[test] = max(newest.get(test, 0), _order(record.key))
        return found

    def _newest_in(self, run: int) -> Mapping[int, int]:
        """By test the order of the newest result that was told."""
        self._written_in(run)
        return self._newest[run]

    def _results(self, run: int) -> Iterator[Json]:
        return self.http.pages("get_results_for_run", "results", run)


def _written(row: Json) -> Record | None:
    """A result that a sync has appended."""
    found = _KEY.search(str(row.get("comment") or ""))
    if found is None:
        return None
    number = str(row["id"])
    fields = {"id": number, "@test": str(row.get("test_id") or "")}
    return Record(number, number, fields, found[1], "")


def is_ours(row: Json) -> bool:
    """A sync has appended this result."""
    return _KEY.search(str(row.get("comment") or "")) is not None


def _order(key: str) -> int:
    """The number that the revision in a marker begins with."""
    return _id(key.rpartition("#")[2].partition(".")[0])


def _id(value: str | None) -> int:
    return int(value) if value and value.isdigit() else 0


def _time(row: Json, name: str) -> float:
    value = row.get(name)
    return float(value) if isinstance(value, int) else 0.0
