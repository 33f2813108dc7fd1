"""Plans, suites, points, configurations and what automation says of test cases.

Vendor pages: testplan REST, test-plans, test-suites, test-point, suite-test-case,
configurations; paths and page sizes as azure-devops.md section 1 lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import Json, integer, optional_integer, part, text
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.errors import CredentialError, ServiceError
from ado_publisher.model import TestCase, TestConfiguration, TestPlan, TestPoint, TestSuite

PAGE = 200
# As many as an address holds.
CASES_AT_A_TIME = 100
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
_KINDS = {"requirementtestsuite": "requirement", "dynamictestsuite": "query"}
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


def active_plans(session: AdoSession, project: str) -> list[TestPlan]:
    """Every active plan of the project, with its iteration and dates."""
    query = {"includePlanDetails": "true", "filterActivePlans": "true"}
    return [_plan(item) for item in session.pages(LIST_PLANS, {"project": project}, query)]


def suites(session: AdoSession, project: str, plan: TestPlan) -> list[TestSuite]:
    """Every suite of the plan, the root first, each with its path below the root."""
    items = list(session.pages(LIST_SUITES, {"project": project, "plan": plan.id}))
    by_id = {integer(item): item for item in items}
    return [
        TestSuite(
            id=suite_id,
            name=text(item, "name"),
            path="/".join(_names_below_root(suite_id, by_id, plan.root_suite_id)),
            parent_id=optional_integer(part(item, "parentSuite")),
            kind=_KINDS.get(text(item, "suiteType").casefold(), "static"),
            requirement_id=optional_integer(item, "requirementId"),
        )
        for suite_id, item in by_id.items()
    ]


def points(session: AdoSession, project: str, plan: TestPlan) -> list[TestPoint]:
    """Every test point of the plan, each once."""
    found: dict[int, TestPoint] = {}
    for item in _below_root(session, LIST_POINTS, project, plan, {}):
        point = _point(item, plan.id)
        found[point.id] = point
    return list(found.values())


def points_of_cases(
    session: AdoSession, project: str, plan: TestPlan, cases: Iterable[int]
) -> list[TestPoint]:
    """Every test point of these test cases in the plan, each once."""
    numbers = sorted(set(cases))
    found: dict[int, TestPoint] = {}
    # Server 2020 lists each suite by itself, which is done once for all of them.
    step = CASES_AT_A_TIME if session.version != SERVER_2020 else max(1, len(numbers))
    for begin in range(0, len(numbers), step):
        some = numbers[begin : begin + step]
        named = {} if session.version == SERVER_2020 else {"testCaseId": ",".join(map(str, some))}
        rows = [_point(item, plan.id) for item in _below_root(session, LIST_POINTS, project, plan, named)]
        found.update((point.id, point) for point in rows if point.case_id in some)
    # Whether the filter looks below the root as well is not known of every version.
    if set(numbers) - {point.case_id for point in found.values()} and session.version != SERVER_2020:
        found.update((each.id, each) for each in points(session, project, plan) if each.case_id in numbers)
    return list(found.values())


def points_and_gaps(session: AdoSession, project: str, plan: TestPlan) -> tuple[list[TestPoint], list[str]]:
    """Every test point of the plan that can be read, each once; and which suites' points cannot be, and why.

    Where one page of many fails the suites are read one by one: each wholly or not at all, so that of
    a test case's configurations none is missing unseen. Raises ServiceError when nothing can be read.
    """
    found: dict[int, TestPoint] = {}
    try:
        for item in _below_root(session, LIST_POINTS, project, plan, {}):
            point = _point(item, plan.id)
            found[point.id] = point
    except ServiceError as error:
        if isinstance(error, CredentialError) or not found:
            raise
        found, gaps = _suite_by_suite(session, project, plan)
        if not found:
            raise
        return list(found.values()), gaps
    return list(found.values()), []


def _suite_by_suite(
    session: AdoSession, project: str, plan: TestPlan
) -> tuple[dict[int, TestPoint], list[str]]:
    found: dict[int, TestPoint] = {}
    gaps: list[str] = []
    for suite in suites(session, project, plan):
        try:
            mine = list(_points_of(session, project, plan, suite))
        except CredentialError:
            raise
        except ServiceError as error:
            gaps.append(f"suite {suite.id} '{suite.path or suite.name}': {error}")
        else:
            found.update((point.id, point) for point in mine)
    return found, gaps


def _points_of(session: AdoSession, project: str, plan: TestPlan, suite: TestSuite) -> Iterator[TestPoint]:
    path = {"project": project, "plan": plan.id, "suite": suite.id}
    return (_point(item, plan.id) for item in session.pages(LIST_POINTS, path))


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
        TestConfiguration(integer(item), text(item, "name"))
        for item in session.pages(LIST_CONFIGURATIONS, {"project": project})
    ]


def _below_root(
    session: AdoSession,
    operation: Operation,
    project: str,
    plan: TestPlan,
    query: Mapping[str, object],
) -> Iterator[Json]:
    path = {"project": project, "plan": plan.id, "suite": plan.root_suite_id}
    if session.version != SERVER_2020:
        yield from session.pages(operation, path, {**query, "isRecursive": "true"})
        return
    # Server 2020 does not list recursively: an unknown parameter is ignored there, and
    # what stands below the root would be missing without a word.
    for suite in suites(session, project, plan):
        yield from session.pages(operation, {**path, "suite": suite.id}, query)


def _names_below_root(suite_id: int, by_id: dict[int, Json], root: int) -> list[str]:
    names: list[str] = []
    seen: set[int] = set()
    current: int | None = suite_id
    while current is not None and current != root and current in by_id and current not in seen:
        seen.add(current)
        names.append(text(by_id[current], "name"))
        current = optional_integer(part(by_id[current], "parentSuite"))
    return names[::-1]


def _plan(item: Json) -> TestPlan:
    return TestPlan(
        id=integer(item),
        name=text(item, "name"),
        root_suite_id=integer(part(item, "rootSuite")),
        sync_outcome_across_suites=part(item, "testOutcomeSettings").get("syncOutcomeAcrossSuites") is True,
        state=text(item, "state"),
        iteration=text(item, "iteration"),
        area=text(item, "areaPath"),
        start_date=text(item, "startDate"),
    )


def _point(item: Json, plan_id: int) -> TestPoint:
    suite, case = part(item, "testSuite"), part(item, "testCaseReference")
    configuration = part(item, "configuration")
    return TestPoint(
        id=integer(item),
        suite_id=optional_integer(suite) or 0,
        suite_name=text(suite, "name"),
        case_id=integer(case),
        case_title=text(case, "name"),
        configuration=TestConfiguration(optional_integer(configuration) or 0, text(configuration, "name")),
        tester=text(part(item, "tester"), "uniqueName"),
        plan_id=plan_id,
        active=item.get("isActive") is not False,
        tester_name=text(part(item, "tester"), "displayName"),
    )


def _case(item: Json) -> TestCase:
    work_item = part(item, "workItem")
    fields = _fields(work_item.get("workItemFields") or ())
    return TestCase(
        id=integer(work_item),
        title=text(work_item, "name"),
        automated_test_name=fields.get(_NAME_FIELD, ""),
        automated_test_storage=fields.get(_STORAGE_FIELD, ""),
    )


def _fields(entries: Iterable[Json]) -> dict[str, str]:
    return {
        name: str(value)
        for entry in entries
        if isinstance(entry, dict)
        for name, value in entry.items()
        if value is not None
    }
