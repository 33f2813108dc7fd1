"""Test cases of a suite.

https://learn.microsoft.com/rest/api/azure/devops/testplan/suite-test-case
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ado_publisher.emulator.api.core import unchanged_reference
from ado_publisher.emulator.areas import HIDDEN
from ado_publisher.emulator.errors import not_found
from ado_publisher.emulator.identity import USER, identity
from ado_publisher.emulator.pages import next_token, read_token
from ado_publisher.emulator.store import Json, Row, loads, marks
from ado_publisher.emulator.suite_view import plan_row, subtree, suite_row
from ado_publisher.emulator.web import Answer, Request, integer, listing

_SELECT = """
SELECT c.suite_id, c.position, s.name AS suite, w.id, w.title, w.rev, w.fields
FROM suite_cases c JOIN suites s ON s.id = c.suite_id JOIN work_items w ON w.id = c.case_id
"""


def list_cases(request: Request) -> Answer:
    """List the cases of a suite, 200 a page; `isRecursive` takes the suites below it as well."""
    plan = plan_row(request, request.project())
    suite = suite_row(request, plan)
    suites = subtree(request, plan, suite) if request.flag("isRecursive") else [suite["id"]]
    last, size = read_token(request.query.get("continuationtoken"))
    skip = max(last, 0)
    where, values = _narrowed(request)
    if where:
        keys = _searched(request, suites, where, values, size + 1, skip)
    else:
        keys = _counted(request, suites, size + 1, skip)
    rows = [
        request.connection.execute(f"{_SELECT} WHERE c.suite_id = ? AND c.case_id = ?", key).fetchone()
        for key in keys
    ]
    return listing(_entries(request, plan, rows[:size]), next_token(skip + size, size, more=len(rows) > size))


def _narrowed(request: Request) -> tuple[list[str], list[int]]:
    """Return the conditions of a request beside the suites."""
    where: list[str] = []
    values: list[int] = []
    if request.connection.execute("SELECT 1 FROM nodes WHERE access = ?", (HIDDEN,)).fetchone():
        where.append("EXISTS (SELECT 1 FROM work_items w WHERE w.id = c.case_id AND w.access < 2)")
    ids = request.ids("testIds")
    if ids:
        where.append(f"c.case_id IN ({marks(len(ids))})")
        values += ids
    configurations = request.ids("configurationIds")
    if configurations:
        where.append(
            "EXISTS (SELECT 1 FROM points p WHERE p.suite_id = c.suite_id AND p.case_id = c.case_id"  # noqa: S608
            f" AND p.configuration_id IN ({marks(len(configurations))}))"
        )
        values += configurations
    return where, values


def _searched(
    request: Request, suites: Sequence[int], where: Sequence[str], values: Sequence[int], top: int, skip: int
) -> list[tuple[int, int]]:
    """Return the keys of one page where not every case of the suites is wanted."""
    rows = request.connection.execute(
        "SELECT c.suite_id, c.case_id FROM suite_cases c JOIN suites s ON s.id = c.suite_id"  # noqa: S608
        f" WHERE c.suite_id IN ({marks(len(suites))}) AND {' AND '.join(where)}"
        " ORDER BY s.position, c.position LIMIT ? OFFSET ?",
        (*suites, *values, top, skip),
    )
    return [(row["suite_id"], row["case_id"]) for row in rows]


def _counted(request: Request, suites: Sequence[int], top: int, skip: int) -> list[tuple[int, int]]:
    """Return the keys of one page of all cases; suites before the page are only counted."""
    connection = request.connection
    counts = {
        row["suite_id"]: row["n"]
        for row in connection.execute(
            "SELECT suite_id, count(*) AS n FROM suite_cases"  # noqa: S608
            f" WHERE suite_id IN ({marks(len(suites))}) GROUP BY suite_id",
            suites,
        )
    }
    order = connection.execute(
        f"SELECT id FROM suites WHERE id IN ({marks(len(suites))}) ORDER BY position",  # noqa: S608
        suites,
    ).fetchall()
    found: list[tuple[int, int]] = []
    for suite in (row["id"] for row in order):
        count = counts.get(suite, 0)
        if skip >= count:
            skip -= count
            continue
        rows = connection.execute(
            "SELECT case_id FROM suite_cases WHERE suite_id = ? ORDER BY position LIMIT ? OFFSET ?",
            (suite, top - len(found), skip),
        )
        found += [(suite, row["case_id"]) for row in rows]
        skip = 0
        if len(found) >= top:
            break
    return found


def get_cases(request: Request) -> Answer:
    """Return cases of a suite by their ids."""
    plan = plan_row(request, request.project())
    suite = suite_row(request, plan)
    ids = [integer(piece, "testCaseId") for piece in request.params["cases"].split(",")]
    rows = request.connection.execute(
        f"{_SELECT} WHERE c.suite_id = ? AND w.access < 2 AND w.id IN ({marks(len(ids))})"
        " ORDER BY c.position",
        (suite["id"], *ids),
    ).fetchall()
    missing = set(ids) - {row["id"] for row in rows}
    if missing:
        raise not_found(f"Test case {min(missing)}")
    return listing(_entries(request, plan, rows))


def entries_of(request: Request, plan: Row, suite: Row, numbers: Sequence[int]) -> list[Json]:
    """Return the entries of some cases of a suite, in the order they are asked for."""
    found: list[Row] = []
    for number in dict.fromkeys(numbers):
        found += request.connection.execute(
            f"{_SELECT} WHERE c.suite_id = ? AND c.case_id = ?", (suite["id"], number)
        ).fetchall()
    return _entries(request, plan, found)


def _entries(request: Request, plan: Row, rows: list[Row]) -> list[Json]:
    project = request.project()
    wanted = [name.strip().lower() for name in request.query.get("witfields", "").split(",") if name.strip()]
    points = _points(request, rows)
    expand = request.flag("expand", default=True)
    reference = unchanged_reference(request, project)
    here = f"{request.base}/{project.path}/_apis/testplan/Plans/{plan['id']}"
    found: list[Json] = []
    for row in rows:
        suite = f"{here}/Suites/{row['suite_id']}"
        entry: Json = {
            "testPlan": {"id": plan["id"], "name": plan["name"]},
            "project": reference,
            "testSuite": {"id": row["suite_id"], "name": row["suite"]},
            "workItem": {
                "id": row["id"],
                "name": row["title"],
                "workItemFields": _fields(row, wanted) if expand or wanted else [],
            },
            "pointAssignments": points.get((row["suite_id"], row["id"]), []),
        }
        if row["position"]:
            entry["order"] = row["position"]
        if expand:
            entry["links"] = {
                "testPoints": {"href": f"{suite}/TestPoint?testCaseId={row['id']}"},
                "configuration": {"href": f"{request.base}/{project.path}/_apis/testplan/Configurations"},
                "_self": {"href": f"{suite}/TestCase/{row['id']}"},
                "sourcePlan": {"href": here},
                "sourceSuite": {"href": suite},
                "sourceProject": {"href": f"{request.base}/_apis/projects/{project.path}"},
            }
        found.append(entry)
    return found


def _fields(row: Row, wanted: list[str]) -> list[dict[str, Any]]:
    """Return the fields as the area does: a list of mappings with one key each, people as text."""
    fields = {"System.Id": row["id"], "System.Rev": row["rev"], **loads(row["fields"])}
    return [{name: value} for name, value in fields.items() if not wanted or name.lower() in wanted]


def _points(request: Request, rows: list[Row]) -> dict[tuple[int, int], list[Json]]:
    """Return the point assignments of the listed cases."""
    suites = list({row["suite_id"] for row in rows})
    cases = list({row["id"] for row in rows})
    found: dict[tuple[int, int], list[Json]] = {}
    if not rows:
        return found
    for point in request.connection.execute(
        "SELECT p.id, p.suite_id, p.case_id, p.tester, p.configuration_id, c.name FROM points p"  # noqa: S608
        " JOIN plans n ON n.id = p.plan_id"
        " JOIN configurations c ON c.id = p.configuration_id AND c.project_id = n.project_id"
        f" WHERE p.active = 1 AND p.suite_id IN ({marks(len(suites))}) AND p.case_id IN ({marks(len(cases))})"
        " ORDER BY p.id",
        (*suites, *cases),
    ):
        found.setdefault((point["suite_id"], point["case_id"]), []).append(
            {
                "id": point["id"],
                "configurationName": point["name"],
                "tester": identity(request.base, point["tester"] or USER),
                "configurationId": point["configuration_id"],
            }
        )
    return found
