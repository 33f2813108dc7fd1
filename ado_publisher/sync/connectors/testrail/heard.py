"""TestRail: what others than a sync have said of the tests of a run, by the moment.

Asked for before each write, it lists what came since the last time alone. Vendor page: results,
get_results_for_run (`created_after`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ado_publisher.sync.connectors.testrail.http import Json, TestRailHttp
from ado_publisher.sync.standing import Statement

# TestRail's own statuses.
PASSED, UNTESTED = 1, 3
# Seconds that are listed once more: TestRail's clock is known to about a second, its times are whole ones.
_OVERLAP = 3.0


@dataclass(slots=True)
class _Run:
    """From when until when, by TestRail's clock, results are known, and the newest of each test."""

    since: float
    until: float
    newest: dict[int, Json] = field(default_factory=dict)


class Heard:
    """`is_ours` knows a result that a sync has appended."""

    def __init__(self, http: TestRailHttp, is_ours: Callable[[Json], bool]) -> None:
        self._http = http
        self._is_ours = is_ours
        self._runs: dict[int, _Run] = {}

    def since(self, run: int, moment: float) -> Mapping[int, Statement]:
        """By test what was said last, from that moment on, in seconds since 1970 by our own clock. Raises
        ApiRefused, SyncAway.
        """
        begin = moment + self._http.offset
        known = self._runs.get(run)
        if known is None or begin < known.since:
            known = _Run(begin, begin)
        now = time.time() + self._http.offset
        after = max(0, int(known.until - _OVERLAP))
        for row in self._http.pages("get_results_for_run", "results", run, created_after=after):
            test = row.get("test_id")
            if not isinstance(test, int) or row.get("status_id") in (None, UNTESTED) or self._is_ours(row):
                continue
            if test not in known.newest or known.newest[test]["id"] <= row["id"]:
                known.newest[test] = row
        known.until = max(known.until, now)
        self._runs[run] = known
        return {test: self._statement(row) for test, row in known.newest.items()}

    def _statement(self, row: Json) -> Statement:
        at = float(row.get("created_on") or 0) - self._http.offset
        return Statement(row["status_id"] == PASSED, at, at)
