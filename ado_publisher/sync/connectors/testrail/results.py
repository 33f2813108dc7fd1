"""TestRail: results, which are only ever appended.

A result carries the marker at the end of its comment, as a link to the result it was made for.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ado_publisher.richtext import to_markdown
from ado_publisher.sync.connectors.testrail.heard import PASSED, Heard
from ado_publisher.sync.connectors.testrail.http import ApiRefused, Json, row_of
from ado_publisher.sync.connectors.testrail.runs import TestRailRuns
from ado_publisher.sync.model import Change, Done, Outcome, Record, Ref, SyncAway
from ado_publisher.sync.standing import Statement, stands

_KEY = re.compile(r"\[Azure DevOps\]\((\S+)\)\s*\Z")
# TestRail's own name for the field of type Step Results.
STEP_RESULTS = "custom_step_results"
# A comment may be longer; nobody reads more of it.
_LONGEST = 20_000
# How old, in seconds, a list may be that is asked whether something was made; far less than `index_lag`.
_FRESH = 30.0
_INDEX_FRESH = 60.0
# Seconds before a result was made; more than what clocks may differ.
_LOOK_BACK = 60.0


@dataclass(slots=True)
class _Run:
    """An open run and its tests: id by case."""

    id: int
    by_case: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The newest result of a test that says a status, and a digest of all that it says."""

    id: str
    said: str

    def says(self, body: Json) -> bool:
        """The test shows what this result would say, and of the same source."""
        return self.said == _said(body)


def _said(row: Json) -> str:
    """A digest of a result of ours but for the revision in its link, and blanks that a service may change."""
    comment = str(row.get("comment") or "")
    if not _KEY.search(comment):
        return ""
    rest = [str(row.get(name) or "") for name in ("status_id", "elapsed", "defects")]
    return hashlib.sha256("\n".join([*comment.rpartition("#")[0].split(), *rest]).encode()).hexdigest()


class TestRailResults:
    """Results of the tests that `runs` knows."""

    __test__ = False

    def __init__(self, runs: TestRailRuns) -> None:
        self.runs = runs
        self.http = runs.http
        self._seen: dict[str, Record] = {}
        self._index: tuple[float, list[_Run]] = (-1e9, [])
        self._tests: dict[int, tuple[int, int]] = {}
        self._written: dict[int, tuple[float, dict[str, int]]] = {}
        self._newest: dict[int, dict[int, int]] = {}
        self._shown: dict[int, dict[int, _Shown]] = {}
        self._heard = Heard(self.http, is_ours)
        self._others: Mapping[int, Statement] = {}

    def changed(self) -> Iterator[Ref]:
        """Results of open runs that carry a marker."""
        self._seen.clear()
        for run in self.runs.open_runs():
            for row in self._results(run["id"]):
                if (record := _written(row)) is not None:
                    self._seen[record.id] = record
                    yield Ref(record.id, record.rev)

    def read(self, ids: Sequence[str]) -> Iterator[Record]:
        """Those that were just listed."""
        found = (self._seen.pop(number, None) for number in ids)
        return (record for record in found if record is not None)

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Append results, those of one run together; what TestRail refuses costs only itself."""
        placed = [(change, self._place(change)) for change in changes]
        for run, group in groupby(placed, key=lambda each: each[1][0] if not isinstance(each[1], str) else 0):
            if run == 0:
                yield from (Outcome(Done.REJECT, reason=f"TestRail: {why}") for _, why in group)
                continue
            together = [(change, place[1]) for change, place in group if not isinstance(place, str)]
            yield from self._tell(run, together)

    def _tell(self, run: int, wanted: Sequence[tuple[Change, int]]) -> Iterator[Outcome]:
        """Append what the tests do not show already: a result that came to the same once more is no news, but
        where a person said something else meanwhile.
        """
        told: dict[str, str] = {}
        self._others = {}
        if any(change.again for change, _ in wanted):
            self._written.pop(run, None)
            self._written_in(run)
            for change, test in wanted:
                shown = self._shown[run].get(test)
                if change.again and shown is not None and shown.says(self._body(run, change, test)):
                    told[change.key] = shown.id
        news = [(change, test) for change, test in wanted if change.key not in told]
        outcomes = self._append(run, news) if news else iter(())
        for change, _ in wanted:
            number = told.get(change.key)
            yield Outcome(Done.OK, number, number, change.fields) if number else next(outcomes)
        yield from outcomes

    def _append(self, run: int, wanted: Sequence[tuple[Change, int]]) -> Iterator[Outcome]:
        try:
            begin = min(_time(change, "earliest") for change, _ in wanted)
            self._others = self._heard.since(run, begin - _LOOK_BACK)
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
        status = self.runs.status(fields.get("status") or "")
        text = to_markdown(fields.get("text") or "")
        older = change.late and self._newest_in(run).get(test, 0) > _order(change.key)
        older = older or self._is_overruled(change, test, status)
        if older:
            # A result without a status is a comment: the test goes on showing what the newer run said.
            names = {number: name for name, number in self.runs.statuses().items() if not name.isdigit()}
            text = f"An older result, told after a newer one: {names.get(status, status)}\n\n{text}".strip()
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}…\n```" if text[:_LONGEST].count("```") % 2 else f"{text[:_LONGEST]}…"
        comment = "\n\n".join(each for each in (text, f"[Azure DevOps]({change.key})") if each)
        body: Json = {
            "test_id": test,
            "status_id": None if older else status,
            "comment": comment,
            "elapsed": fields.get("elapsed"),
            "defects": fields.get("defects"),
        }
        if fields.get("step_results") and not older:
            body[STEP_RESULTS] = self._steps(fields["step_results"] or "[]")
        return {name: value for name, value in body.items() if value is not None}

    def _is_overruled(self, change: Change, test: int, status: int) -> bool:
        """Somebody said something else of the test in TestRail after this result was made."""
        said = self._others.get(test)
        told = Statement(status == PASSED, _time(change, "earliest"), _time(change, "latest"))
        return said is not None and stands(said, told)

    def _steps(self, told: str) -> list[Json]:
        return [
            {
                "content": to_markdown(content),
                "expected": to_markdown(expected),
                "actual": to_markdown(actual),
                "status_id": self.runs.status(status),
            }
            for content, expected, status, actual in json.loads(told)
        ]

    def _place(self, change: Change) -> tuple[int, int] | str:
        """The run and the test that the result belongs to, or why there is none."""
        run, case = _id(change.fields.get("@run")), _id(change.fields.get("@case"))
        if run and self.runs.per_test:
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
            for run in sorted(self.runs.open_runs(), key=lambda row: -int(row["id"])):
                tests = self.http.pages("get_tests", "tests", run["id"])
                found.append(_Run(run["id"], {int(test["case_id"]): test["id"] for test in tests}))
            self._index = at, found
        return found

    def find(self, change: Change) -> str | None:
        """The result that carries the marker, in the run it belongs to."""
        run, case = _id(change.fields.get("@run")), _id(change.fields.get("@case"))
        if run and self.runs.per_test:
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
            rows = list(self._results(run))
            self._shown[run] = _shown_by(rows)
            records = list(filter(None, map(_written, rows)))
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


def _shown_by(rows: Sequence[Json]) -> dict[int, _Shown]:
    """By test the result that it shows."""
    newest: dict[int, Json] = {}
    for row in rows:
        test = row.get("test_id")
        if not isinstance(test, int) or row.get("status_id") is None:
            continue
        if test not in newest or newest[test]["id"] < row["id"]:
            newest[test] = row
    return {test: _Shown(str(row["id"]), _said(row)) for test, row in newest.items()}


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


def _time(change: Change, name: str) -> float:
    """When the result was made, by our own clock; at any time where it does not say so."""
    told = change.twin.fields.get(name) if change.twin is not None else None
    return float(told) if told else {"earliest": 0.0, "latest": time.time()}[name]


def address_of(row: Json) -> str:
    """Of the result of Azure DevOps that this one of ours tells of."""
    found = _KEY.search(str(row.get("comment") or ""))
    return found[1].rpartition("#")[0] if found is not None else ""


def _order(key: str) -> int:
    """The number that the revision in a marker begins with."""
    return _id(key.rpartition("#")[2].partition(".")[0])


def _id(value: str | None) -> int:
    return int(value) if value and value.isdigit() else 0
