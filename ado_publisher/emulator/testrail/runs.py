"""Runs, plans, tests and results of the embedded TestRail. A result is appended and never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ado_publisher.emulator.testrail.answers import Query, changed, name_of, number_of, paged
from ado_publisher.emulator.testrail.data import ApiError, Data, Json

_UNTESTED = 3


def _add_run(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    project = data.one("projects", ids[0])
    return _make_run(data, project, name_of(body), body, None)


def _make_run(data: Data, project: Json, name: str, body: Mapping[str, Any], plan: Json | None) -> Json:
    own = [row["id"] for row in data.rows("suites", project_id=project["id"])]
    suite = int(body.get("suite_id") or own[0])
    if suite not in own:
        raise ApiError(400, "Field :suite_id is not a valid test suite.")
    everything = bool(body.get("include_all", True))
    run = data.add(
        "runs",
        {
            "name": name,
            "suite_id": suite,
            "project_id": project["id"],
            "description": body.get("description"),
            "include_all": everything,
            "is_completed": False,
            "completed_on": None,
            "config": body.get("config"),
            "created_on": data.stamp(),
            "updated_on": data.stamp(),
            "created_by": 1,
            "refs": body.get("refs"),
            "plan_id": plan["id"] if plan else None,
        },
    )
    _fill(data, run, None if everything else body.get("case_ids", ()))
    return _shown(data, run)


def _fill(data: Data, run: Json, wanted: Iterable[Any] | None) -> None:
    """The run has a test for each of these cases, or for all of its suite."""
    if wanted is None:
        cases = list(data.rows("cases", suite_id=run["suite_id"], is_deleted=0))
    else:
        cases = [data.one("cases", int(number)) for number in wanted]
    known = {test["case_id"]: test for test in data.rows("tests", run_id=run["id"])}
    for case in cases:
        if case["id"] not in known:
            test = {"run_id": run["id"], "case_id": case["id"], "title": case["title"]}
            data.add("tests", {**test, "status_id": _UNTESTED})
    for number, test in known.items():
        if number not in {case["id"] for case in cases}:
            del data.tables["tests"][test["id"]]


def _shown(data: Data, run: Json) -> Json:
    """A run with how many of its tests have which status."""
    counts = {f"{name}_count": 0 for name in ("passed", "blocked", "untested", "retest", "failed")}
    names = {row["id"]: row["name"] for row in data.statuses}
    for test in data.rows("tests", run_id=run["id"]):
        name = f"{names[test['status_id']]}_count"
        counts[name] = counts.get(name, 0) + 1
    return {**run, **counts}


def _update_run(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    run = data.one("runs", ids[0])
    if run["is_completed"]:
        raise ApiError(400, "The test run has been closed and cannot be changed.")
    known = ("name", "description", "include_all", "refs")
    changed(data, "runs", run, {name: body[name] for name in known if name in body})
    if "include_all" in body or "case_ids" in body:
        _fill(data, run, None if run["include_all"] else body.get("case_ids", ()))
    return _shown(data, run)


def _close_run(data: Data, ids: list[int], _: Query, __: object) -> Json:
    run = data.one("runs", ids[0])
    changed(data, "runs", run, {"is_completed": True, "completed_on": data.stamp()})
    return _shown(data, run)


def _wanted(query: Query, rows: list[Json]) -> list[Json]:
    if query.get("is_completed"):
        rows = [row for row in rows if row["is_completed"] is (query["is_completed"] == "1")]
    if query.get("created_after"):
        rows = [row for row in rows if row["created_on"] > number_of(query["created_after"])]
    return rows


def _runs(data: Data, ids: list[int], query: Query, _: object) -> object:
    """Those that stand in no plan."""
    project = data.one("projects", ids[0])
    rows = _wanted(query, list(data.rows("runs", project_id=project["id"], plan_id=None)))
    return paged(data, query, "runs", [_shown(data, row) for row in rows])


def _plans(data: Data, ids: list[int], query: Query, _: object) -> object:
    project = data.one("projects", ids[0])
    rows = _wanted(query, list(data.rows("plans", project_id=project["id"])))
    return paged(data, query, "plans", rows)


def _plan(data: Data, ids: list[int], *_: object) -> Json:
    """The plan with its entries, each with its runs."""
    plan = data.one("plans", ids[0])
    entries: list[Json] = []
    for run in data.rows("runs", plan_id=plan["id"]):
        entry = {"id": f"entry-{run['id']}", "suite_id": run["suite_id"], "name": run["name"]}
        entries.append({**entry, "runs": [_shown(data, run)]})
    return {**plan, "entries": entries}


def _add_plan(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    project = data.one("projects", ids[0])
    plan = data.add(
        "plans",
        {
            "name": name_of(body),
            "description": body.get("description"),
            "project_id": project["id"],
            "is_completed": False,
            "completed_on": None,
            "created_on": data.stamp(),
            "created_by": 1,
        },
    )
    for entry in body.get("entries", ()):
        _add_entry(data, [plan["id"]], {}, entry)
    return _plan(data, [plan["id"]])


def _add_entry(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    plan = data.one("plans", ids[0])
    project = data.one("projects", plan["project_id"])
    suite = data.one("suites", int(body.get("suite_id") or 0))
    run = _make_run(data, project, str(body.get("name") or suite["name"]), body, plan)
    return {"id": f"entry-{run['id']}", "suite_id": suite["id"], "name": run["name"], "runs": [run]}


def _close_plan(data: Data, ids: list[int], _: Query, __: object) -> Json:
    plan = data.one("plans", ids[0])
    for run in data.rows("runs", plan_id=plan["id"]):
        _close_run(data, [run["id"]], {}, None)
    return changed(data, "plans", plan, {"is_completed": True, "completed_on": data.stamp()})


def _tests(data: Data, ids: list[int], query: Query, _: object) -> object:
    return paged(data, query, "tests", data.rows("tests", run_id=data.one("runs", ids[0])["id"]))


def _add(data: Data, test: Json, body: Mapping[str, Any]) -> Json:
    if data.one("runs", test["run_id"])["is_completed"]:
        raise ApiError(400, "The test run has been closed and no results can be added.")
    status = body.get("status_id")
    if status is not None and status not in {each["id"] for each in data.statuses} - {_UNTESTED}:
        raise ApiError(400, "Field :status_id is not a valid status.")
    kept = {name: body.get(name) for name in ("comment", "version", "elapsed", "defects", "assignedto_id")}
    row = {"test_id": test["id"], "status_id": status, "created_by": 1, "created_on": data.stamp(), **kept}
    # A field that is not there takes nothing, and nobody is told.
    custom = {field["system_name"] for field in data.rows("result_fields")}
    row |= {name: value for name, value in body.items() if name in custom}
    if kept["comment"] and (most := int(data.knobs["longest_comment"])):
        row["comment"] = kept["comment"][:most]
    if status is not None:
        test["status_id"] = status
    return data.add("results", row)


def _add_result(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    return _add(data, data.one("tests", ids[0]), body)


def _add_many(by: str) -> Callable[..., list[Json]]:
    """Add results to tests of a run that are named by `by`; all of them or none."""

    def add(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> list[Json]:
        run = data.one("runs", ids[0])
        wanted = body.get("results")
        if not isinstance(wanted, list) or not wanted:
            raise ApiError(400, "Field :results cannot be empty.")
        tests = {
            test["case_id" if by == "case_id" else "id"]: test
            for test in data.rows("tests", run_id=run["id"])
        }
        for each in wanted:
            if each.get(by) not in tests:
                told = (
                    f"Field :results contains one or more invalid results ({by} {each.get(by)} is unknown)."
                )
                raise ApiError(400, told)
            if each.get("status_id") not in {None, *(row["id"] for row in data.statuses)} - {_UNTESTED}:
                raise ApiError(400, "Field :status_id is not a valid status.")
        return [_add(data, tests[each[by]], each) for each in wanted]

    return add


def _results(data: Data, ids: list[int], query: Query, _: object) -> object:
    rows = list(data.rows("results", test_id=data.one("tests", ids[0])["id"]))
    return paged(data, query, "results", reversed(rows))


def _results_of_run(data: Data, ids: list[int], query: Query, _: object) -> object:
    tests = {test["id"] for test in data.rows("tests", run_id=data.one("runs", ids[0])["id"])}
    rows = [row for row in data.rows("results") if row["test_id"] in tests]
    if query.get("created_after"):
        rows = [row for row in rows if row["created_on"] > number_of(query["created_after"])]
    return paged(data, query, "results", reversed(rows))


READS: dict[str, Callable[..., Any]] = {
    "get_runs": _runs,
    "get_run": lambda data, ids, *_: _shown(data, data.one("runs", ids[0])),
    "get_plans": _plans,
    "get_plan": _plan,
    "get_tests": _tests,
    "get_test": lambda data, ids, *_: dict(data.one("tests", ids[0])),
    "get_results": _results,
    "get_results_for_run": _results_of_run,
}
WRITES: dict[str, Callable[..., Any]] = {
    "add_run": _add_run,
    "update_run": _update_run,
    "close_run": _close_run,
    "add_plan": _add_plan,
    "add_plan_entry": _add_entry,
    "close_plan": _close_plan,
    "add_result": _add_result,
    "add_results": _add_many("test_id"),
    "add_results_for_cases": _add_many("case_id"),
}
