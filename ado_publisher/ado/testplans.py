"""Plans, suites, points, configurations and what automation says of test cases.

Vendor pages: testplan REST, test-plans, test-suites, test-point, suite-test-case,
configurations; paths and page sizes as azure-devops.md section 1 lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.errors import ServiceError
from ado_publisher.model import TestCase, TestConfiguration, TestPlan, TestPoint, TestSuite

PAGE = 200
_PREVIEW_1, _PREVIEW_2 = {SERVER_2020: "preview.1"}, {SERVER_2020: "preview.2"}
_PLAN = "/{project}/_apis/testplan/plans"
LIST_PLANS = Operation("list test plans", "GET", _PLAN, _PREVIEW_1)
GET_PLAN = Operation("get the test plan", "GET", _PLAN + "/{plan}", _PREVIEW_1)
LIST_SUITES = Operation("list suites", "GET", "/{project}/_apis/testplan/Plans/{plan}/suites", _PREVIEW_1)
_SUITE = "/{project}/_apis/testplan/Plans/{plan}/Suites/{suite}"
LIST_POINTS = Operation("list test points", "GET", _SUITE + "/TestPoint", _PREVIEW_2)
LIST_CASES = Operation("list test cases", "GET", _SUITE + "/TestCase", _PREVIEW_2)
LIST_CONFIGURATIONS = Operation(
    "list test configurations", "GET", "/{project}/_apis/testplan/configurations", _PREVIEW_1
)
_NAME_FIELD = "Microsoft.VSTS.TCM.AutomatedTestName"
_STORAGE_FIELD = "Microsoft.VSTS.TCM.AutomatedTestStorage"


def plan_by_id(session: AdoSession, project: str, plan_id: int) -> TestPlan | None:
    """The plan with that id, or None when the project has none."""
    try:
        answer = session.call(GET_PLAN, {"project": project, "plan": plan_id})
    except NotFound:
        return None
    return _plan(answer.json)


def plans(session: AdoSession, project: str) -> list[TestPlan]:
    """Every plan of the project."""
    return [_plan(item) for item in session.pages(LIST_PLANS, {"project": project})]


def suites(session: AdoSession, project: str, plan: TestPlan) -> list[TestSuite]:
    """Every suite of the plan, the root first, each with its path below the root."""
    items = list(session.pages(LIST_SUITES, {"project": project, "plan": plan.id}))
    by_id = {_integer(item, "id"): item for item in items}
    return [
        TestSuite(
            id=suite_id,
            name=str(item.get("name") or ""),
            path="/".join(_names_below_root(suite_id, by_id, plan.root_suite_id)),
            parent_id=_reference(item.get("parentSuite")),
        )
        for suite_id, item in by_id.items()
    ]


def points(session: AdoSession, project: str, plan: TestPlan) -> list[TestPoint]:
    """Every test point of the plan, each once."""
    found: dict[int, TestPoint] = {}
    for item in _below_root(session, LIST_POINTS, project, plan, {}):
        point = _point(item)
        found[point.id] = point
    return list(found.values())


def cases(session: AdoSession, project: str, plan: TestPlan) -> list[TestCase]:
    """Every test case of the plan, with its automated test name and storage."""
    fields = {"witFields": f"{_NAME_FIELD},{_STORAGE_FIELD}", "expand": "false"}
    found: dict[int, TestCase] = {}
    for item in _below_root(session, LIST_CASES, project, plan, fields):
        case = _case(item)
        found[case.id] = case
    return list(found.values())


def configurations(session: AdoSession, project: str) -> list[TestConfiguration]:
    """Every test configuration of the project."""
    return [
        TestConfiguration(_integer(item, "id"), str(item.get("name") or ""))
        for item in session.pages(LIST_CONFIGURATIONS, {"project": project})
    ]


def _below_root(
    session: AdoSession,
    operation: Operation,
    project: str,
    plan: TestPlan,
    query: dict[str, object],
) -> Iterator[Any]:
    path = {"project": project, "plan": plan.id, "suite": plan.root_suite_id}
    if session.version != SERVER_2020:
        yield from session.pages(operation, path, {**query, "isRecursive": "true"})
        return
    # Server 2020 does not list recursively: an unknown parameter is ignored there, and
    # what stands below the root would be missing without a word.
    for suite in suites(session, project, plan):
        yield from session.pages(operation, {**path, "suite": suite.id}, query)


def _names_below_root(suite_id: int, by_id: dict[int, Any], root: int) -> list[str]:
    names: list[str] = []
    seen: set[int] = set()
    current: int | None = suite_id
    while current is not None and current != root and current in by_id and current not in seen:
        seen.add(current)
        names.append(str(by_id[current].get("name") or ""))
        current = _reference(by_id[current].get("parentSuite"))
    return names[::-1]


def _plan(item: Any) -> TestPlan:
    settings = item.get("testOutcomeSettings") or {}
    root = _reference(item.get("rootSuite"))
    plan_id = _integer(item, "id")
    if root is None:
        raise ServiceError(f"test plan {plan_id}: the server's answer names no root suite")
    return TestPlan(
        id=plan_id,
        name=str(item.get("name") or ""),
        root_suite_id=root,
        sync_outcome_across_suites=bool(settings.get("syncOutcomeAcrossSuites")),
    )


def _point(item: Any) -> TestPoint:
    suite, case = item.get("testSuite") or {}, item.get("testCaseReference") or {}
    configuration = item.get("configuration") or {}
    return TestPoint(
        id=_integer(item, "id"),
        suite_id=_reference(suite) or 0,
        suite_name=str(suite.get("name") or ""),
        case_id=_integer(case, "id"),
        case_title=str(case.get("name") or ""),
        configuration=TestConfiguration(
            _reference(configuration) or 0, str(configuration.get("name") or "")
        ),
        tester=str((item.get("tester") or {}).get("uniqueName") or ""),
    )


def _case(item: Any) -> TestCase:
    work_item = item.get("workItem") or {}
    fields = _fields(work_item.get("workItemFields") or ())
    return TestCase(
        id=_integer(work_item, "id"),
        title=str(work_item.get("name") or ""),
        automated_test_name=fields.get(_NAME_FIELD, ""),
        automated_test_storage=fields.get(_STORAGE_FIELD, ""),
    )


def _fields(entries: Iterable[Any]) -> dict[str, str]:
    return {
        name: str(value)
        for entry in entries
        if isinstance(entry, dict)
        for name, value in entry.items()
        if value is not None
    }


def _integer(item: Any, key: str) -> int:
    try:
        return int(item[key])
    except (KeyError, TypeError, ValueError) as error:
        raise ServiceError(f"the server's answer has no whole number '{key}': {str(item)[:200]}") from error


def _reference(item: Any) -> int | None:
    return _integer(item, "id") if isinstance(item, dict) and item.get("id") is not None else None
