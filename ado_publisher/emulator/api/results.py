"""Test results. https://learn.microsoft.com/rest/api/azure/devops/test/results"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ado_publisher.emulator import result_details, result_rows, rights, run_rows
from ado_publisher.emulator.enums import member
from ado_publisher.emulator.errors import invalid, not_found
from ado_publisher.emulator.identity import USER
from ado_publisher.emulator.point_view import Reached, free, occupy, reach
from ado_publisher.emulator.result_body import Limits, changes, settle, spelled, sub_results
from ado_publisher.emulator.store import Json, Row, dumps, marks, now
from ado_publisher.emulator.web import Answer, Request, Route, integer, listing, reference_id

MAX_RESULTS = 1000
MAX_DETAILED = 200
_CLOSED = ("Completed", "Aborted")


def _open_run(request: Request) -> Row:
    project = request.project()
    return run_rows.row(request.connection, project.id, request.integer("run"))


def _closed(request: Request, run: Row) -> bool:
    """Whether a write must come to nothing because the run is over; raise where that is an error."""
    if run["state"] not in _CLOSED:
        return False
    if request.behaviour("write_to_completed_run") == "empty":
        return True
    raise invalid(
        f"Test results cannot be added or updated for a test run which is in {run['state']} state. "
        f"Test run: {run['id']}."
    )


def _items(request: Request) -> list[Json]:
    items = request.list_body()
    if len(items) > MAX_RESULTS:
        raise invalid(f"Maximum {MAX_RESULTS} test results can be processed in a single call.")
    return [spelled(item) for item in items]


def add_results(request: Request) -> Answer:
    """Add results to a run; on a planned run each must name its point, and the rest is filled in."""
    run = _open_run(request)
    items = _items(request)
    if _closed(request, run):
        return listing([])
    points = _points(request, run, items)
    limits, moment = Limits.of(request), now()
    number = result_rows.next_id(request.connection, run["id"])
    writer = _Writer(request, run)
    for index, item in enumerate(items):
        point = points[index] if points else None
        data: Json = {
            "outcome": "Unspecified",
            "state": "Pending",
            "revision": 1,
            "priority": 0,
            "createdDate": moment,
            "lastUpdatedDate": moment,
            "failureType": "None",
            "customFields": [],
        }
        if point is not None:
            data.update(result_rows.planned_fields(point))
        elif isinstance(item.get("configuration"), dict):
            data["configuration"] = item["configuration"]
        data.update(
            {
                name: value
                for name, value in changes(item, limits, with_title=True).items()
                if value is not None
            }
        )
        settle(data)
        result_details.settle(request, run, number + index, data, item)
        subs = sub_results(item["subResults"], limits, [0]) if item.get("subResults") else []
        writer.put(
            number + index, point["id"] if point else None, point["case_id"] if point else None, data, subs
        )
        writer.answered(number + index, item, data, subs)
    writer.save(new=True)
    return listing(writer.answers)


def _points(request: Request, run: Row, items: Sequence[Json]) -> list[Row]:
    """Return the point of each new result of a planned run, or nothing for an unplanned run."""
    if run["plan_id"] is None:
        return []
    if run["with_points"] and request.behaviour("post_on_pointids_run") == "refused":
        raise invalid("Test results cannot be added to a planned test run that was created with test points.")
    if not run["with_points"] and request.behaviour("post_on_planned_run") == "refused":
        raise invalid("TestPointId, testCaseId must be specified for planned test results.")
    ids = [reference_id(item.get("testPoint"), "testPoint") or 0 for item in items]
    rows = result_rows.points_by_id(request, run["plan_id"], ids)
    rights.need_cases(request, (row["case_id"] for row in rows.values()))
    return [rows[number] for number in ids]


def update_results(request: Request) -> Answer:
    """Change results by id; what is not named stays, sub-results are added to those that are there."""
    run = _open_run(request)
    items = _items(request)
    if _closed(request, run):
        return listing([])
    ids = [integer(item.get("id"), "id") for item in items]
    rows = {
        row["id"]: row
        for row in request.connection.execute(
            f"SELECT * FROM results WHERE run_id = ? AND id IN ({marks(len(ids))})",  # noqa: S608
            (run["id"], *ids),
        )
    }
    rights.need_cases(request, (row["case_id"] for row in rows.values()))
    kept = _kept_sub_results(
        request, run, [number for number, item in zip(ids, items, strict=True) if item.get("subResults")]
    )
    limits, moment = Limits.of(request), now()
    writer = _Writer(request, run)
    current: dict[int, Json] = {}
    for number, item in zip(ids, items, strict=True):
        row = rows.get(number)
        if row is None:
            raise not_found(f"Test result {number} in test run {run['id']}")
        data = current.setdefault(number, {}) or orjson.loads(row["data"])
        for name, value in changes(item, limits, with_title=row["point_id"] is None).items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = value
        data["revision"] += 1
        data["lastUpdatedDate"] = moment
        settle(data)
        result_details.settle(request, run, number, data, item)
        fresh: list[Json] = []
        if item.get("subResults"):
            known = kept.setdefault(number, [])
            fresh = sub_results(item["subResults"], limits, [last_id(known)])
            known += fresh
        current[number] = data
        writer.put(number, row["point_id"], row["case_id"], data, kept.get(number, []))
        writer.answered(number, item, data, fresh)
    writer.save(new=False)
    return listing(writer.answers)


def _kept_sub_results(request: Request, run: Row, ids: Sequence[int]) -> dict[int, list[Json]]:
    if not ids:
        return {}
    sql = f"SELECT * FROM sub_results WHERE run_id = ? AND result_id IN ({marks(len(ids))})"  # noqa: S608
    return {
        row["result_id"]: orjson.loads(row["data"])
        for row in request.connection.execute(sql, (run["id"], *ids))
    }


def last_id(items: Sequence[Mapping[str, Any]]) -> int:
    """Return the highest id among sub-results of every level, or 0."""
    return max((max(item["id"], last_id(item.get("subResults") or [])) for item in items), default=0)


class _Writer:
    """Collects the rows of one batch, so that each table is written once."""

    def __init__(self, request: Request, run: Row) -> None:
        self.request, self.run = request, run
        self.results: list[tuple[object, ...]] = []
        self.subs: list[tuple[object, ...]] = []
        self.answers: list[Json] = []
        self.reached: list[Reached] = []
        self.pending: list[tuple[int, int]] = []

    def put(self, number: int, point: int | None, case: int | None, data: Json, subs: Sequence[Json]) -> None:
        """Take one result as it shall stand."""
        if data["state"] == "Completed" and "runBy" not in data:
            data["runBy"] = USER
        self.results.append(
            (point, case, data["outcome"], data["state"], dumps(data), self.run["id"], number)
        )
        if subs:
            self.subs.append((self.run["id"], number, dumps(subs)))
        if point is None:
            return
        if data["state"] == "Completed":
            self.reached.append(
                Reached(
                    point,
                    number,
                    data["outcome"],
                    USER,
                    data.get("completedDate"),
                    data.get("durationInMs"),
                    data.get("failureType"),
                )
            )
        else:
            self.pending.append((point, number))

    def answered(self, number: int, item: Json, data: Json, subs: Sequence[Json]) -> None:
        """Take the answer for one item: little more than its id, as the service does."""
        shown: Json = {
            "id": number,
            "project": {},
            "testRun": {"id": str(self.run["id"])},
            "priority": 0,
            "url": "",
            "lastUpdatedBy": {"displayName": None, "id": None},
        }
        if item.get("outcome") not in (None, ""):
            shown["outcome"] = data["outcome"]
        if subs and self.request.behaviour("sub_results_in_answer") == "present":
            shown["subResults"] = list(subs)
        self.answers.append(shown)

    def save(self, *, new: bool) -> None:
        """Write everything, and let completed results reach their points."""
        connection, behaviours = self.request.connection, self.request.settings.behaviours
        sql = (
            "INSERT INTO results (point_id, case_id, outcome, state, data, run_id, id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
            if new
            else "UPDATE results SET point_id = ?, case_id = ?, outcome = ?, state = ?, data = ?"
            " WHERE run_id = ? AND id = ?"
        )
        connection.executemany(sql, self.results)
        connection.executemany("INSERT OR REPLACE INTO sub_results VALUES (?, ?, ?)", self.subs)
        occupy(connection, self.run["id"], self.pending)
        if behaviours["point_outcome_when"] == "result_completed":
            reach(connection, behaviours, self.run, self.reached)
        else:
            free(connection, self.run["id"], [item.point_id for item in self.reached])
        connection.execute(
            "UPDATE runs SET updated = ?, "
            "state = CASE state WHEN 'NotStarted' THEN 'InProgress' ELSE state END"
            " WHERE id = ?",
            (now(), self.run["id"]),
        )


def list_results(request: Request) -> Answer:
    """List results: at most 1,000 at once, 200 with details."""
    run = _open_run(request)
    details = _details(request)
    limit = MAX_DETAILED if details - {"none"} else MAX_RESULTS
    top = request.count("$top", limit)
    if top > limit:
        raise invalid(f"Maximum {limit} test results can be processed in a single call.")
    where, values = "", []
    if request.query.get("outcomes"):
        names = [member("TestOutcome", name) for name in request.query["outcomes"].split(",") if name.strip()]
        where = f" AND outcome IN ({marks(len(names))})"
        values = names
    rows = request.connection.execute(
        f"SELECT * FROM results WHERE run_id = ?{where} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608
        (run["id"], *values, top, request.count("$skip", 0)),
    ).fetchall()
    shower = result_rows.Shower(request, request.project(), run)
    # Only the call for one result shows its sub-results.
    return listing([shower.show(row, details - {"subresults"}) for row in rows])


def get_result(request: Request) -> Answer:
    """Return one result; detailsToInclude=subResults shows those as well."""
    run = _open_run(request)
    row = result_rows.row(request.connection, run["id"], request.integer("result"))
    return Answer(result_rows.Shower(request, request.project(), run).show(row, _details(request)))


def list_iterations(request: Request) -> Answer:
    """List the iterations of a result; `includeActionResults` shows their steps as well."""
    return listing(_iterations(request))


def get_iteration(request: Request) -> Answer:
    """Return one iteration of a result."""
    number = request.integer("iteration")
    for item in _iterations(request):
        if item["id"] == number:
            return Answer(item)
    raise not_found(f"Test iteration {number} in test result {request.integer('result')}")


def _iterations(request: Request) -> list[Json]:
    run = _open_run(request)
    row = result_rows.row(request.connection, run["id"], request.integer("result"))
    url = f"{run_rows.url(request, request.project(), run['id'])}/Results/{row['id']}"
    actions = request.flag("includeActionResults")
    kept = orjson.loads(row["data"]).get("iterationDetails") or []
    return [result_details.shown_iteration(item, url, actions=actions) for item in kept]


def _details(request: Request) -> frozenset[str]:
    given = request.query.get("detailstoinclude", "")
    names = frozenset(name.strip().lower() for name in given.split(",") if name.strip())
    unknown = names - {"none", "iterations", "workitems", "subresults", "point"}
    if unknown:
        raise invalid(
            f"Invalid value specified; Parameter name: detailsToInclude. The value was '{given[:60]}'."
        )
    return names


_RUN = "test/runs/{run:int}/results"
ROUTES = (
    Route("POST", _RUN, add_results, "results"),
    Route("PATCH", _RUN, update_results, "results"),
    Route("GET", _RUN, list_results, "results"),
    Route("GET", _RUN + "/{result:int}", get_result, "results"),
    Route("GET", _RUN + "/{result:int}/iterations", list_iterations, "iterations"),
    Route("GET", _RUN + "/{result:int}/iterations/{iteration:int}", get_iteration, "iterations"),
)
