"""The results that test points show. Vendor page: testplan/test-point; azure-devops.md, TestPoint.results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from ado_publisher.ado.fields import optional_integer, part, seconds, text
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.testplans import LIST_POINTS
from ado_publisher.model import TestPoint

# As many ids as an address holds.
_MOST = 200


@dataclass(frozen=True, slots=True)
class LastResult:
    """What a point shows, and the result that says so. `completed` and `updated`, of the point, are in
    seconds since 1970 by the service's clock.
    """

    run: int
    result: int
    outcome: str
    completed: float | None
    updated: float | None


def last_results(
    session: AdoSession, project: str, plan: int, points: Iterable[TestPoint]
) -> Mapping[int, LastResult]:
    """By point, of those that have one. Raises ServiceError."""
    by_suite: dict[int, list[int]] = {}
    for point in points:
        by_suite.setdefault(point.suite_id, []).append(point.id)
    found: dict[int, LastResult] = {}
    for suite, numbers in by_suite.items():
        waiting = iter(dict.fromkeys(numbers))
        while some := list(islice(waiting, _MOST)):
            path = {"project": project, "plan": plan, "suite": suite}
            query = {"testPointIds": ",".join(map(str, some)), "includePointDetails": "true"}
            for item in session.pages(LIST_POINTS, path, query):
                results = part(item, "results")
                run, result = (optional_integer(results, name) for name in ("lastTestRunId", "lastResultId"))
                if run and result:
                    found[optional_integer(item) or 0] = LastResult(
                        run,
                        result,
                        text(results, "outcome"),
                        seconds(part(results, "lastResultDetails"), "dateCompleted"),
                        seconds(item, "lastUpdatedDate"),
                    )
    return found
