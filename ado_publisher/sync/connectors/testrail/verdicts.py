"""TestRail: what its tests show, where a person or another tool said so and no sync.

A record is a test with the newest result that says a status and carries no marker of ours; it is `covered`
where one of ours is newer. Runs that were closed are listed once more when that happened, so that their last
results are not lost.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ado_publisher.sync.connectors.testrail.heard import UNTESTED
from ado_publisher.sync.connectors.testrail.http import Json
from ado_publisher.sync.connectors.testrail.results import address_of, is_ours
from ado_publisher.sync.connectors.testrail.runs import TestRailRuns
from ado_publisher.sync.model import Record, Ref, Value

# Runs that were closed longer ago are no news to a first look.
_LATELY = 8 * 86_400.0


class TestRailVerdicts:
    """Of the runs that `runs` knows."""

    __test__ = False

    def __init__(self, runs: TestRailRuns) -> None:
        self.runs = runs
        self.http = runs.http
        self._seen: dict[str, Record] = {}

    def changed(self, since: float | None) -> Iterator[Ref]:
        """Tests with results that were made since then; all of those of runs that were closed since then."""
        self._seen.clear()
        closed = self.runs.closed_runs(time.time() + self.http.offset - _LATELY if since is None else since)
        for run in chain(self.runs.open_runs(), closed):
            begin = None if run.get("is_completed") else since
            newest = _newest(self._results(run["id"], begin))
            if not newest:
                continue
            for test in self.http.pages("get_tests", "tests", run["id"]):
                if test["id"] in newest:
                    record = self._record(test, run, newest[test["id"]])
                    self._seen[record.id] = record
                    yield Ref(record.id, record.rev)

    def read(self, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there: as they were just listed, else one by one."""
        for number in ids:
            record = self._seen.pop(number, None) or self._one(int(number))
            if record is not None:
                yield record

    def _one(self, number: int) -> Record | None:
        test = self.http.one("get_test", number)
        run = self.http.one("get_run", test.get("run_id")) if test is not None else None
        if test is None or run is None:
            return None
        found = _newest(self.http.pages("get_results", "results", number))
        return self._record(test, run, found[number]) if number in found else None

    def _results(self, run: int, since: float | None) -> Iterator[Json]:
        query = {} if since is None else {"created_after": max(0, int(since) - 1)}
        return self.http.pages("get_results_for_run", "results", run, **query)

    def _record(self, test: Json, run: Json, newest: _Newest) -> Record:
        number, row = str(test["id"]), newest.row
        url = f"{self.http.url}/index.php?/tests/view/{number}"
        fields: dict[str, Value] = {
            "id": number,
            "url": url,
            "title": str(test.get("title") or "") or None,
            "state": "closed" if run.get("is_completed") else "open",
            "@run": number if self.runs.per_test else str(run["id"]),
            "@case": str(test.get("case_id") or ""),
            "status": self.runs.status_name(row.get("status_id")),
            "text": str(row.get("comment") or "").replace("\r\n", "\n").strip() or None,
            "elapsed": str(row.get("elapsed") or "") or None,
            "defects": str(row.get("defects") or "").strip() or None,
        }
        # Who says the same once more says it anew: it stands above what came in between.
        fields["said"] = f"{fields['status']}#{row['id']}"
        digest = hashlib.sha256(
            repr([row["id"], newest.covered, sorted(fields.items())]).encode()
        ).hexdigest()[:12]
        # Another value after each change: nothing of a covered result is told.
        fields["covered"] = digest if newest.covered else None
        # What says when it was said is no change of it: our clock and TestRail's differ a little each time.
        fields["at"] = str(float(row.get("created_on") or 0) - self.http.offset)
        fields["after"] = newest.after
        return Record(number, digest, fields, "", url)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest result of a test that says a status and is none of ours, whether one of ours is newer, and
    the address of what was told before it.
    """

    row: Json
    covered: bool
    after: str | None


def _newest(rows: Iterator[Json]) -> dict[int, _Newest]:
    """By test."""
    theirs: dict[int, Json] = {}
    ours: dict[int, list[Json]] = {}
    for row in rows:
        test, status = row.get("test_id"), row.get("status_id")
        if not isinstance(test, int) or status in (None, UNTESTED):
            continue
        if is_ours(row):
            ours.setdefault(test, []).append(row)
        elif test not in theirs or theirs[test]["id"] < row["id"]:
            theirs[test] = row
    found: dict[int, _Newest] = {}
    for test, row in theirs.items():
        told = sorted(ours.get(test, ()), key=lambda each: int(each["id"]))
        before = [each for each in told if each["id"] < row["id"]]
        after = address_of(before[-1]) if before else None
        found[test] = _Newest(row, len(before) < len(told), after)
    return found
