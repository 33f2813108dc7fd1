"""Test runs and their results, through `_apis/test/runs`.

A planned run is created with its points, which makes one pending result for each; the
results are then patched by id and the run is completed (azure-devops.md section 0.1).
Vendor pages: test/runs, test/results.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

import orjson

from ado_publisher.ado.bodies import not_automated
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import Json, integer, optional_integer, part, text
from ado_publisher.ado.http import AdoSession, LostAnswer, items_of
from ado_publisher.ado.versions import Operation
from ado_publisher.errors import ServiceError
from ado_publisher.model import TestRun

READ_PAGE = 1000
READ_PAGE_WITH_DETAILS = 200
READERS = 8
# How often a request is sent whose answer is lost each time, with a look at what arrived in between.
TRIES = 4

_RUNS = "/{project}/_apis/test/runs"
_RESULTS = "/{project}/_apis/test/Runs/{run}/results"
CREATE_RUN = Operation("create the test run", "POST", _RUNS)
QUERY_RUNS = Operation("look for the test run", "GET", _RUNS)
LIST_RUNS = Operation("look for other test runs of the build", "GET", _RUNS)
GET_RUN = Operation("get the test run", "GET", _RUNS + "/{run}")
UPDATE_RUN = Operation("update the test run", "PATCH", _RUNS + "/{run}")
LIST_RESULTS = Operation("list the run's results", "GET", _RESULTS)
UPDATE_RESULTS = Operation("update test results", "PATCH", _RESULTS)


class ReleaseNotFound(ServiceError):
    """The service does not know the release, or its stage, that the run shall be linked to."""


@dataclass(frozen=True, slots=True)
class Row:
    """A result as the run has it: its id, and whether it is written."""

    result_id: int
    completed: bool


@dataclass(frozen=True, slots=True)
class BuildRun:
    """A run of a build; `job` is stage, phase and job that made it, empty where it does not say."""

    id: int
    name: str
    comment: str
    automated: bool
    total: int
    plan_id: int | None
    job: tuple[str, ...]


def create_run(session: AdoSession, project: str, body: bytes) -> TestRun:
    """Create the run, InProgress; a planned one with one pending result for each point.

    Older servers refuse an automated run with test cases that are not automated; it is then
    created once more as a manual one (azure-devops-observed.md B1). Raises ReleaseNotFound,
    and LostAnswer when the run may have been made: look for it with `find_run`.
    """
    path = {"project": project}
    try:
        answer = session.call(CREATE_RUN, path, body=body)
    except LostAnswer:
        raise
    except ServiceError as error:
        if error.status in (400, 404) and b'"releaseUri"' in body and "release" in str(error).lower():
            raise ReleaseNotFound(str(error), status=error.status, type_key=error.type_key) from error
        if "mismatch in automation status" not in str(error).lower():
            raise
        answer = session.call(CREATE_RUN, path, body=not_automated(body))
    return _run(answer.json, session.base, project)


def find_run(
    session: AdoSession, project: str, plan_id: int, name: str, marker: str, since: datetime | None = None
) -> TestRun | None:
    """The run of that plan (0: of any or none) whose comment holds the marker, of those changed `since` then.

    By default the last two days are searched, ours and the server's clock may differ by one more.
    """
    now = datetime.now(UTC)
    begin = min(since or now, now - timedelta(days=1)) - timedelta(days=1)
    while begin < now + timedelta(days=1):
        # The service allows seven days between the two.
        end = begin + timedelta(days=6)
        query = {
            "minLastUpdatedDate": begin.isoformat(),
            "maxLastUpdatedDate": end.isoformat(),
            **({"planIds": plan_id} if plan_id else {}),
            "$top": 100,
        }
        for item in session.pages(QUERY_RUNS, {"project": project}, query):
            if text(item, "name") == name:
                # The comment is not among what a list is known to show.
                found = session.call(GET_RUN, {"project": project, "run": integer(item)}).json
                if marker in text(found, "comment"):
                    return _run(found, session.base, project)
        begin = end
    return None


def runs_of_build(session: AdoSession, project: str, build_id: int) -> list[BuildRun]:
    """The runs that are linked to the build, as far as one page shows them."""
    query = {"buildUri": f"vstfs:///Build/Build/{build_id}", "includeRunDetails": "true", "$top": 100}
    answer = session.call(LIST_RUNS, {"project": project}, query=query)
    return [_build_run(item) for item in items_of(answer, LIST_RUNS)]


def _build_run(item: Json) -> BuildRun:
    made_by = part(item, "pipelineReference")
    names = (text(part(made_by, f"{level}Reference"), f"{level}Name") for level in ("stage", "phase", "job"))
    return BuildRun(
        integer(item),
        text(item, "name"),
        text(item, "comment"),
        item.get("isAutomated") is True,
        optional_integer(item, "totalTests") or 0,
        optional_integer(part(item, "plan")),
        tuple(names) if made_by else (),
    )


def get_run(session: AdoSession, project: str, run_id: int) -> TestRun | None:
    """The run, or None when somebody deleted it."""
    try:
        return _run(session.call(GET_RUN, {"project": project, "run": run_id}).json, session.base, project)
    except NotFound:
        return None


def is_marked(session: AdoSession, project: str, run_id: int, marker: str) -> bool:
    """The run is there and its comment holds the marker; False also when somebody deleted it."""
    try:
        return marker in comment_of(session, project, run_id)
    except NotFound:
        return False


def comment_of(session: AdoSession, project: str, run_id: int) -> str:
    """The run's comment; raises NotFound."""
    return text(session.call(GET_RUN, {"project": project, "run": run_id}).json, "comment")


def finish_run(
    session: AdoSession, project: str, run_id: int, *, state: str = "Completed", comment: str = ""
) -> TestRun:
    """Set the run Completed or Aborted; on an abort, results that are not finished are dropped."""
    body: dict[str, object] = {"state": state}
    if state == "Aborted":
        body["deleteInProgressResults"] = True
    if comment:
        body["errorMessage"] = comment
    answer = session.call(UPDATE_RUN, {"project": project, "run": run_id}, body=orjson.dumps(body))
    return _run(answer.json, session.base, project)


def rows_by_point(session: AdoSession, project: str, run_id: int, expected: int) -> dict[int, Row]:
    """The result that the service made for each of the `expected` points of the run.

    Whether rows name their point without being asked for it is unverified; asking makes pages smaller.
    """
    rows = _pre_made(session, project, run_id, expected)
    if any(_point_of(row) is None for row in rows):
        rows = _pre_made(session, project, run_id, expected, details="point")
    return {
        point: Row(integer(row), is_completed(row)) for row in rows if (point := _point_of(row)) is not None
    }


def _pre_made(
    session: AdoSession, project: str, run_id: int, expected: int, *, details: str = ""
) -> list[Json]:
    """The first `expected` results of the run; where it is known how many there are, pages need not wait."""
    page = partial(_page, session, project, run_id, details=details)
    rows = page(0)
    if rows:
        with ThreadPoolExecutor(READERS) as pool:
            for more in pool.map(page, range(len(rows), expected, len(rows))):
                rows += more
    # A page that was shorter than the first one is no reason to take the rest for missing.
    while len(rows) < expected and (more := page(len(rows))):
        rows += more
    return rows[:expected]


def rows_of(session: AdoSession, project: str, run_id: int, *, details: str = "") -> Iterator[Json]:
    """Every result of the run as the service lists it, page by page; `details` are point or iterations."""
    skip = 0
    while rows := _page(session, project, run_id, skip, details=details):
        yield from rows
        if len(rows) < _page_size(details):
            return
        skip += len(rows)


def _page(session: AdoSession, project: str, run_id: int, skip: int, *, details: str = "") -> list[Json]:
    wanted = {"detailsToInclude": details} if details else {}
    query = {**wanted, "$top": _page_size(details), "$skip": skip}
    return items_of(
        session.call(LIST_RESULTS, {"project": project, "run": run_id}, query=query), LIST_RESULTS
    )


def _page_size(details: str) -> int:
    return READ_PAGE_WITH_DETAILS if details else READ_PAGE


def _point_of(row: Json) -> int | None:
    return optional_integer(part(row, "testPoint"))


def is_completed(row: Json) -> bool:
    """The row of a result that is written."""
    return text(row, "state").lower() == "completed"


def _run(item: Json, base: str, project: str) -> TestRun:
    run_id = integer(item)
    made = f"{base}/{quote(project)}/_TestManagement/Runs?runId={run_id}&_a=runCharts"
    return TestRun(
        run_id,
        text(item, "webAccessUrl") or made,
        text(item, "state"),
        optional_integer(item, "totalTests") or 0,
        optional_integer(part(item, "plan")),
        text(item, "name"),
    )
