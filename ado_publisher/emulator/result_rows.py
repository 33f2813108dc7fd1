"""Test results in the database, and how the service shows them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson

from ado_publisher.emulator.api.core import project_reference
from ado_publisher.emulator.errors import not_found
from ado_publisher.emulator.identity import USER, identity
from ado_publisher.emulator.point_view import COLUMNS
from ado_publisher.emulator.result_details import shown_iteration
from ado_publisher.emulator.run_rows import build_reference, url
from ado_publisher.emulator.store import Json, Row, dumps, marks, now
from ado_publisher.emulator.web import Project, Request

FIRST_ID = 100_000
CHUNK = 10_000


def next_id(connection: sqlite3.Connection, run_id: int) -> int:
    """Return the id of the next result of a run; every run starts at 100000."""
    last = connection.execute("SELECT max(id) FROM results WHERE run_id = ?", (run_id,)).fetchone()[0]
    return FIRST_ID if last is None else int(last) + 1


def planned_fields(row: Row) -> Json:
    """Return what the service takes from the point into a result that names it."""
    return {
        "configuration": {"id": str(row["configuration_id"]), "name": row["configuration"]},
        "testCase": {"id": str(row["case_id"]), "name": row["title"]},
        "testPoint": {"id": str(row["id"])},
        "testPlan": {"id": str(row["plan_id"]), "name": row["plan"]},
        "testSuite": {"id": str(row["suite_id"]), "name": row["suite"]},
        "testCaseTitle": row["title"],
        "testCaseRevision": row["case_rev"],
        "testCaseReferenceId": 1_000_000 + row["case_id"],
        "priority": orjson.loads(row["fields"]).get("Microsoft.VSTS.Common.Priority", 2),
        "owner": row["tester"] or USER,
    }


def points_by_id(request: Request, plan_id: int, ids: Sequence[int]) -> dict[int, Row]:
    """Return points of a plan, or raise 404 for the first id that is none of its points."""
    found: dict[int, Row] = {}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        sql = f"{COLUMNS} WHERE p.plan_id = ? AND p.id IN ({marks(len(part))})"
        found.update((row["id"], row) for row in request.connection.execute(sql, (plan_id, *part)))
    for number in ids:
        if number not in found:
            raise not_found(f"Test point {number}")
    return found


def pre_made(
    request: Request, run_id: int, points: Sequence[int], *, outcome: str, state: str
) -> list[tuple[int, int]]:
    """Make one result for each point, duplicates included; return pairs of point and result id."""
    rows = points_by_id(request, request_plan(request, run_id), points)
    moment = now()
    common: Json = {
        "outcome": outcome,
        "state": state,
        "revision": 1,
        "createdDate": moment,
        "lastUpdatedDate": moment,
        "failureType": "None",
        "customFields": [],
    }
    number = next_id(request.connection, run_id)
    made = [(point, number + index) for index, point in enumerate(points)]
    ready = {point: dumps({**common, **planned_fields(row)}) for point, row in rows.items()}
    request.connection.executemany(
        "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (run_id, result, point, rows[point]["case_id"], outcome, state, ready[point])
            for point, result in made
        ],
    )
    return made


def request_plan(request: Request, run_id: int) -> int:
    """Return the plan of a run."""
    found = request.connection.execute("SELECT plan_id FROM runs WHERE id = ?", (run_id,)).fetchone()
    return int(found["plan_id"])


class Shower:
    """Shows the results of one run; what all of them share is made once."""

    def __init__(self, request: Request, project: Project, run: Row) -> None:
        self.request = request
        self.url = url(request, project, run["id"])
        self.common: Json = {
            "project": project_reference(request, project),
            "testRun": {"id": str(run["id"]), "name": run["name"], "url": self.url},
            "lastUpdatedBy": identity(request.base, USER),
        }
        if run["build_id"] is not None:
            self.common["build"] = build_reference(request, run["build_id"])
        self.always_point = request.behaviour("test_point_in_rows") == "always"

    def show(self, row: Row, details: frozenset[str]) -> Json:
        """Return one result; `details` holds the lower-case names of detailsToInclude."""
        data: dict[str, Any] = orjson.loads(row["data"])
        if not (self.always_point or "point" in details):
            for name in ("testPoint", "testPlan"):
                data.pop(name, None)
        self._iterations(row, data, shown="iterations" in details)
        if "workitems" not in details:
            data.pop("associatedBugs", None)
        for name in ("owner", "runBy"):
            if name in data:
                data[name] = identity(self.request.base, data[name])
        shown: Json = {"id": row["id"], **self.common, **data, "url": f"{self.url}/Results/{row['id']}"}
        if "testCase" not in data and data.get("testCaseTitle"):
            shown["testCase"] = {"name": data["testCaseTitle"]}
        if "subresults" in details:
            subs = self.request.connection.execute(
                "SELECT data FROM sub_results WHERE run_id = ? AND result_id = ?", (row["run_id"], row["id"])
            ).fetchone()
            if subs is not None:
                shown["subResults"] = orjson.loads(subs["data"])
        return shown

    def _iterations(self, row: Row, data: Json, *, shown: bool) -> None:
        kept = data.pop("iterationDetails", None)
        if shown and kept:
            own = f"{self.url}/Results/{row['id']}"
            data["iterationDetails"] = [shown_iteration(item, own, actions=True) for item in kept]


def row(connection: sqlite3.Connection, run_id: int, result_id: int) -> Row:
    """Return a result of a run, or raise 404."""
    found: Row | None = connection.execute(
        "SELECT * FROM results WHERE run_id = ? AND id = ?", (run_id, result_id)
    ).fetchone()
    if found is None:
        raise not_found(f"Test result {result_id} in test run {run_id}")
    return found
