"""Test cases are put into suites, given configurations there, and taken out again.

https://learn.microsoft.com/rest/api/azure/devops/testplan/suite-test-case
"""

from __future__ import annotations

from collections.abc import Sequence

from ado_publisher.emulator import rights, suite_fill, suite_members, work_items
from ado_publisher.emulator.api.suite_cases import entries_of
from ado_publisher.emulator.api.suite_write import QUERY, REQUIREMENT
from ado_publisher.emulator.errors import ApiError, invalid, not_found
from ado_publisher.emulator.identity import as_text
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.suite_view import plan_row, suite_row
from ado_publisher.emulator.web import (
    Answer,
    Request,
    Route,
    canonical,
    integer,
    items,
    listing,
    reference_id,
)
from ado_publisher.emulator.wit_model import TESTED_BY

MAX_CASES = 1000


def _suite(request: Request) -> tuple[Row, Row, str]:
    plan = plan_row(request, request.project())
    rights.need_plan(plan)
    suite = suite_row(request, plan)
    kind = loads(suite["data"])["type"]
    if kind == QUERY:
        raise invalid(f"Test suite {suite['id']} is query-based; its query says which test cases it has.")
    return plan, suite, kind


def _assignments(request: Request, item: Json) -> tuple[list[int], dict[int, str]]:
    """Return the configurations a body assigns and the testers beside them."""
    numbers: list[int] = []
    testers: dict[int, str] = {}
    for entry in items(item.get("pointAssignments"), "pointAssignments"):
        if not isinstance(entry, dict):
            raise invalid("The value specified for pointAssignments is not valid.")
        given = canonical(entry)
        number = integer(given.get("configurationId"), "configurationId")
        if not request.connection.execute(
            "SELECT 1 FROM configurations WHERE project_id = ? AND id = ?", (request.project().id, number)
        ).fetchone():
            raise not_found(f"Test configuration {number}")
        numbers.append(number)
        if given.get("tester"):
            testers[number] = as_text(given["tester"])
    return numbers, testers


def _case(request: Request, number: int) -> Row:
    row = work_items.row(request.connection, number)
    if row is None or row["access"] > 1 or row["project_id"] != request.project().id:
        raise not_found(f"Test case {number}")
    if row["type"] != "Test Case":
        raise invalid(f"Work item {number} is not a test case.")
    return row


def _read(request: Request) -> list[tuple[int, list[int], dict[int, str]]]:
    given = [canonical(item) for item in request.list_body()]
    if not given or len(given) > MAX_CASES:
        raise invalid(f"Between 1 and {MAX_CASES} test cases can be given in a single call.")
    found = []
    for item in given:
        number = reference_id(item.get("workItem"), "workItem")
        if number is None:
            raise invalid("Each test case must be given as workItem with its id.")
        found.append((_case(request, number)["id"], *_assignments(request, item)))
    return found


def add(request: Request) -> Answer:
    """Put test cases into a suite; without assignments they get the suite's default configurations."""
    plan, suite, kind = _suite(request)
    found = _read(request)
    defaults = suite_members.configurations_of(request.connection, suite)
    for number, configurations, testers in found:
        _link(request, suite, kind, number)
        fresh = suite_members.add(request.connection, suite, number, configurations or defaults, testers)
        if not fresh and kind != REQUIREMENT and request.behaviour("case_already_in_suite") == "refused":
            message = f"Test case {number} is already in test suite {suite['id']}."
            raise ApiError(400, "InvalidPropertyException", message)
    return _answer(request, plan, suite, [number for number, _, _ in found])


def _link(request: Request, suite: Row, kind: str, case_id: int) -> None:
    """Link a case that is put into a requirement-based suite to the requirement."""
    if kind != REQUIREMENT or not suite["requirement_id"]:
        return
    owner = work_items.row(request.connection, suite["requirement_id"])
    if (
        owner is None
        or request.connection.execute(
            "SELECT 1 FROM links WHERE work_item_id = ? AND rel = ? AND target = ?",
            (owner["id"], TESTED_BY, case_id),
        ).fetchone()
    ):
        return
    link = work_items.Link(TESTED_BY, case_id)
    work_items.add_link(request.connection, owner, link)
    work_items.remember(request.connection, owner, added=[link.kept()])
    suite_fill.linked(request, owner["id"], case_id)


def _answer(request: Request, plan: Row, suite: Row, numbers: Sequence[int]) -> Answer:
    return listing(entries_of(request, plan, suite, numbers))


def update(request: Request) -> Answer:
    """Give test cases of a suite exactly the configurations of the body."""
    plan, suite, _ = _suite(request)
    found = _read(request)
    defaults = suite_members.configurations_of(request.connection, suite)
    inactive = request.behaviour("points_of_removed_case") == "inactive"
    for number, configurations, testers in found:
        if not request.connection.execute(
            "SELECT 1 FROM suite_cases WHERE suite_id = ? AND case_id = ?", (suite["id"], number)
        ).fetchone():
            raise not_found(f"Test case {number}")
        wanted = configurations or defaults
        suite_members.assign(
            request.connection, suite, number, wanted, testers, wipe=True, keep_inactive=inactive
        )
    return _answer(request, plan, suite, [number for number, _, _ in found])


def remove(request: Request) -> Answer:
    """Take test cases out of a suite; those of a requirement-based one lose their link as well."""
    _, suite, kind = _suite(request)
    numbers = request.ids("testIds")
    if not numbers:
        raise invalid("The test cases to remove must be given as testIds.")
    inactive = request.behaviour("points_of_removed_case") == "inactive"
    for number in numbers:
        if not suite_members.remove(request.connection, suite, number, keep_inactive=inactive):
            raise not_found(f"Test case {number}")
        if kind == REQUIREMENT and suite["requirement_id"]:
            _unlink(request, suite["requirement_id"], number)
    return Answer(None, 204)


def _unlink(request: Request, requirement: int, case_id: int) -> None:
    owner = work_items.row(request.connection, requirement)
    link = request.connection.execute(
        "SELECT * FROM links WHERE work_item_id = ? AND rel = ? AND target = ?",
        (requirement, TESTED_BY, case_id),
    ).fetchone()
    if owner is not None and link is not None:
        gone = work_items.remove_link(request.connection, owner, link)
        work_items.remember(request.connection, owner, removed=[gone])
        suite_fill.unlinked(request, requirement, case_id)


def add_old(request: Request) -> Answer:
    """Put test cases into a suite by the older call, which names them in its path."""
    _, suite, kind = _suite(request)
    numbers = [integer(piece, "testCaseIds") for piece in request.params["cases"].split(",")]
    defaults = suite_members.configurations_of(request.connection, suite)
    project = request.project()
    shown = []
    for number in numbers:
        case = _case(request, number)
        _link(request, suite, kind, number)
        suite_members.add(request.connection, suite, number, defaults)
        here = f"{request.base}/_apis/wit/workItems/{number}"
        points = suite_members.points(request.connection, suite, number)
        shown.append(
            {
                "testCase": {"id": str(case["id"]), "url": here, "webUrl": f"{request.base}/{project.path}"},
                "pointAssignments": [
                    {"configuration": {"id": str(point["configuration_id"])}} for point in points
                ],
            }
        )
    return listing(shown)


_SUITE = "testplan/plans/{plan:int}/suites/{suite:int}"
ROUTES = (
    Route("POST", _SUITE + "/TestCase", add, "suite-test-cases"),
    Route("PATCH", _SUITE + "/TestCase", update, "suite-test-cases"),
    Route("DELETE", _SUITE + "/TestCase", remove, "suite-test-cases"),
    Route("POST", "test/plans/{plan:int}/suites/{suite:int}/testcases/{cases}", add_old, "old-suite-cases"),
)
