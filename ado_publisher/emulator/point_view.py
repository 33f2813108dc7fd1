"""What a test point shows, and how results reach it.

A point keeps the last outcome that reached it; `busy_run` names a run that holds an unfinished result.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ado_publisher.emulator.enums import camel
from ado_publisher.emulator.identity import USER, identity, short
from ado_publisher.emulator.store import Json, Row, now
from ado_publisher.emulator.web import Project, Request

COLUMNS = """
SELECT p.*, w.title, w.fields, w.rev AS case_rev, c.name AS configuration, s.name AS suite, n.name AS plan
FROM points p JOIN work_items w ON w.id = p.case_id AND w.access < 2 JOIN suites s ON s.id = p.suite_id
JOIN plans n ON n.id = p.plan_id
JOIN configurations c ON c.project_id = n.project_id AND c.id = p.configuration_id
"""
# Seen: Passed -> Completed, Failed -> NotReady. The others follow the nearer of the two.
_DONE = frozenset({"Passed", "NotApplicable", "Warning", "Inconclusive", "NotImpacted"})
_UNTOUCHED = frozenset({"Unspecified", "None", "NotExecuted"})


@dataclass(frozen=True, slots=True)
class Shown:
    """The outcome part of a point as it is shown now."""

    outcome: str
    state: str
    last_state: str
    run_id: int | None
    result_id: int | None


def shown(row: Row, behaviour: str) -> Shown:
    """Return what a point shows, given the switch point_while_in_progress."""
    if row["busy_run"] is not None and behaviour == "in_progress":
        return Shown("InProgress", "InProgress", "Pending", row["busy_run"], row["busy_result"])
    return Shown(row["outcome"], row["state"], row["last_state"], row["run_id"], row["result_id"])


def state_of(outcome: str) -> str:
    """Return the state of a point whose last completed result has this outcome."""
    if outcome in _UNTOUCHED:
        return "Ready"
    return "Completed" if outcome in _DONE else "NotReady"


def planned_point(request: Request, row: Row, *, details: bool) -> Json:
    """Return a point as the testplan area shows it."""
    view = shown(row, request.behaviour("point_while_in_progress"))
    here = f"{request.base}/{request.project().path}/_apis/testplan/Plans/{row['plan_id']}"
    tester = row["tester"] or USER
    item: Json = {
        "id": row["id"],
        "testPlan": {"id": row["plan_id"], "name": row["plan"]},
        "testSuite": {"id": row["suite_id"], "name": row["suite"]},
        "tester": identity(request.base, tester),
        "configuration": {"id": row["configuration_id"], "name": row["configuration"]},
        "isAutomated": '"Microsoft.VSTS.TCM.AutomationStatus":"Automated"' in row["fields"],
        "testCaseReference": {
            "id": row["case_id"],
            "name": row["title"],
            "state": state_field(row["fields"]),
        },
        "isActive": bool(row["active"]),
    }
    if details:
        item["lastUpdatedDate"] = row["updated"]
        item["lastUpdatedBy"] = short(row["run_by"] or USER)
        item["results"] = _results(row, view)
        if row["reset"]:
            item["lastResetToActive"] = row["reset"]
        suite = f"{here}/Suites/{row['suite_id']}"
        item["links"] = {
            "_self": {"href": f"{suite}/TestPoint/{row['id']}"},
            "sourcePlan": {"href": here},
            "sourceSuite": {"href": suite},
            "sourceProject": {"href": f"{request.base}/_apis/projects/{request.project().path}"},
        }
    return item


def _results(row: Row, view: Shown) -> Json:
    results: Json = {
        "state": camel(view.state),
        "lastResultState": camel(view.last_state),
        "outcome": camel(view.outcome),
        "lastTestRunId": view.run_id or 0,
        "lastResultId": view.result_id or 0,
    }
    if row["run_id"] is not None:
        results["lastRunBuildNumber"] = row["build_number"] or "0"
        results["lastResultDetails"] = {
            "duration": int(row["duration"] or 0),
            "dateCompleted": row["completed"] or row["updated"],
            "runBy": short(row["run_by"] or USER),
        }
    return results


def state_field(fields: str) -> str:
    """Return System.State of a work item's stored fields, without reading all of them."""
    start = fields.find('"System.State":"')
    if start < 0:
        return "Design"
    start += len('"System.State":"')
    return fields[start : fields.index('"', start)]


def automation_status(fields: str) -> str:
    """Return the automation status of a test case's stored fields."""
    mark = '"Microsoft.VSTS.TCM.AutomationStatus":"'
    start = fields.find(mark)
    if start < 0:
        return "Not Automated"
    start += len(mark)
    return fields[start : fields.index('"', start)]


def classic_point(request: Request, project: Project, row: Row, *, details: bool = True) -> Json:
    """Return a point as the older test area shows it; ids are text there."""
    view = shown(row, request.behaviour("point_while_in_progress"))
    here = f"{request.base}/{project.path}/_apis/test"
    plan = f"{here}/Plans/{row['plan_id']}"
    suite = f"{plan}/Suites/{row['suite_id']}"
    item: Json = {
        "id": row["id"],
        "url": f"{suite}/Points/{row['id']}",
        "assignedTo": identity(request.base, row["tester"] or USER),
        "automated": automation_status(row["fields"]) == "Automated",
        "configuration": {"id": str(row["configuration_id"]), "name": row["configuration"]},
        "lastTestRun": {"id": "0"},
        "lastResult": {"id": "0"},
        "outcome": view.outcome,
        "state": view.state,
        "lastResultState": view.last_state,
        "suite": {"id": str(row["suite_id"]), "name": row["suite"], "url": suite},
        "testCase": {
            "id": str(row["case_id"]),
            "name": row["title"],
            "url": f"{request.base}/_apis/wit/workItems/{row['case_id']}",
        },
        "testPlan": {"id": str(row["plan_id"]), "name": row["plan"], "url": plan},
        "workItemProperties": [
            {
                "workItem": {
                    "key": "Microsoft.VSTS.TCM.AutomationStatus",
                    "value": automation_status(row["fields"]),
                }
            }
        ],
    }
    if view.run_id is not None:
        run = f"{here}/Runs/{view.run_id}"
        item["lastTestRun"] = {"id": str(view.run_id), "url": run}
        item["lastResult"] = {"id": str(view.result_id), "url": f"{run}/Results/{view.result_id}"}
    if details:
        item["failureType"] = row["failure_type"] or "None"
        item["lastUpdatedDate"] = row["updated"]
        item["lastUpdatedBy"] = identity(request.base, row["run_by"] or USER)
        item["revision"] = row["revision"]
        if row["run_id"] is not None:
            item["lastRunBuildNumber"] = row["build_number"] or "0"
            item["lastResultDetails"] = _results(row, view)["lastResultDetails"]
    return item


@dataclass(frozen=True, slots=True)
class Reached:
    """A completed result on its way to its point."""

    point_id: int
    result_id: int
    outcome: str
    run_by: str | None = None
    completed: str | None = None
    duration: float | None = None
    failure_type: str | None = None


def reach(
    connection: sqlite3.Connection,
    behaviours: Mapping[str, str],
    run: Row,
    results: Sequence[Reached],
) -> None:
    """Let completed results become the outcome of their points, and of their twins in synced plans."""
    if behaviours["not_executed_on_point"] == "ignored":
        free(connection, run["id"], [item.point_id for item in results if item.outcome == "NotExecuted"])
        results = [item for item in results if item.outcome != "NotExecuted"]
    if not results:
        return
    build = None
    if run["build_id"] is not None:
        found = connection.execute("SELECT number FROM builds WHERE id = ?", (run["build_id"],)).fetchone()
        build = found["number"] if found else None
    moment = now()
    changes = (
        "outcome = ?, state = ?, last_state = 'Completed', run_id = ?, result_id = ?, build_number = ?,"
        " run_by = ?, completed = ?, duration = ?, failure_type = ?, revision = revision + 1, updated = ?,"
        " busy_run = NULL, busy_result = NULL"
    )
    rows = [
        (
            item.outcome,
            state_of(item.outcome),
            run["id"],
            item.result_id,
            build,
            item.run_by,
            item.completed or moment,
            item.duration,
            item.failure_type,
            moment,
            item.point_id,
        )
        for item in results
    ]
    synced = connection.execute("SELECT sync_outcome FROM plans WHERE id = ?", (run["plan_id"],)).fetchone()
    if synced and synced["sync_outcome"]:
        connection.executemany(
            f"UPDATE points SET {changes}, active = max(active, id = ?) WHERE plan_id = ?"  # noqa: S608
            " AND (case_id, configuration_id) = (SELECT case_id, configuration_id FROM points WHERE id = ?)",
            [(*row, run["plan_id"], row[-1]) for row in rows],
        )
    else:
        connection.executemany(f"UPDATE points SET {changes}, active = 1 WHERE id = ?", rows)  # noqa: S608


def sync_past(connection: sqlite3.Connection, plan_id: int) -> None:
    """Show the newest outcome of each case and configuration on all of its points in a plan."""
    names = (
        "outcome, state, last_state, run_id, result_id, build_number, run_by, completed, duration,"
        " failure_type, updated"
    )
    connection.execute(
        f"UPDATE points SET ({names}) = (SELECT {names} FROM points o WHERE o.plan_id = points.plan_id"  # noqa: S608
        " AND o.case_id = points.case_id AND o.configuration_id = points.configuration_id"
        " AND o.run_id IS NOT NULL ORDER BY o.run_id DESC, o.result_id DESC LIMIT 1)"
        " WHERE plan_id = ? AND EXISTS (SELECT 1 FROM points o WHERE o.plan_id = points.plan_id"
        " AND o.case_id = points.case_id AND o.configuration_id = points.configuration_id"
        " AND o.id <> points.id AND o.run_id IS NOT NULL)",
        (plan_id,),
    )


def occupy(connection: sqlite3.Connection, run_id: int, pairs: Iterable[tuple[int, int]]) -> None:
    """Mark points as held by an unfinished result: pairs of point id and result id."""
    connection.executemany(
        f"UPDATE points SET busy_run = {int(run_id)}, busy_result = ?2 WHERE id = ?1",  # noqa: S608 - a number
        [(point, result) for point, result in pairs],
    )


def free(connection: sqlite3.Connection, run_id: int, points: Sequence[int] | None = None) -> None:
    """Take the mark of an unfinished result off some points, or off all of a run."""
    if points is None:
        connection.execute(
            "UPDATE points SET busy_run = NULL, busy_result = NULL WHERE busy_run = ?", (run_id,)
        )
    else:
        connection.executemany(
            "UPDATE points SET busy_run = NULL, busy_result = NULL WHERE id = ? AND busy_run = ?",
            [(point, run_id) for point in points],
        )
