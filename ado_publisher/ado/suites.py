"""Suites made and filled. Vendor pages: testplan/test-suites, testplan/suite-test-case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson

from ado_publisher.ado import testplans
from ado_publisher.ado.fields import integer, optional_integer, part
from ado_publisher.ado.http import AdoSession, LostAnswer
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.ado.workitems import refused_alone
from ado_publisher.errors import ServiceError, Unreachable
from ado_publisher.model import TestPlan

CREATE_SUITE = Operation(
    "create the suite",
    "POST",
    "/{project}/_apis/testplan/Plans/{plan}/suites",
    {SERVER_2020: "preview.1"},
)
ADD_CASES = Operation(
    "add test cases to the suite",
    "POST",
    "/{project}/_apis/testplan/Plans/{plan}/Suites/{suite}/TestCase",
    {SERVER_2020: "preview.2"},
)
CASES_AT_ONCE = 100


def create_suite(session: AdoSession, project: str, plan: TestPlan, parent: int, name: str) -> int:
    """The id of the static suite of that name below `parent`, made now.

    Suites made below one parent at the same time are refused with TF26071, which goes away
    (azure-devops-observed.md B10); after a lost answer it is looked for. Raises ServiceError.
    """
    body = {"name": name, "suiteType": "staticTestSuite", "parentSuite": {"id": parent}}
    path = {"project": project, "plan": plan.id}
    told: ServiceError = Unreachable("create the suite: no attempt was allowed")
    for _ in session.looks(slow=True):
        if isinstance(told, LostAnswer) and (found := _child(session, project, plan, parent, name)):
            return found
        try:
            answer = session.call(CREATE_SUITE, path, body=orjson.dumps(body))
            return integer(answer.json)
        except LostAnswer as lost:
            found = _child(session, project, plan, parent, name)
            if found is not None:
                return found
            told = lost
        except ServiceError as error:
            if "TF26071" not in str(error):
                raise
            told = error
    raise told


def add_cases(
    session: AdoSession, project: str, plan_id: int, suite_id: int, cases: Mapping[int, Sequence[int]]
) -> dict[int, str]:
    """Put test cases into a suite, each with its configurations or, where it has none, the suite's own.

    Gives what the service refused, by test case.
    """
    refused: dict[int, str] = {}
    everything = list(cases.items())
    work = [everything[at : at + CASES_AT_ONCE] for at in range(0, len(everything), CASES_AT_ONCE)]
    path = {"project": project, "plan": plan_id, "suite": suite_id}
    while work:
        now = work.pop()
        try:
            session.call(ADD_CASES, path, body=orjson.dumps([_entry(*each) for each in now]))
        except LostAnswer as lost:
            left = now
            for _ in session.looks(lost.slow):
                there = cases_in(session, project, plan_id, suite_id)
                left = [each for each in left if each[0] not in there]
                if not left:
                    break
            if len(left) == len(now):
                raise
            work += [left] if left else []
        except ServiceError as error:
            why = refused_alone(error)
            if not why:
                raise
            if len(now) == 1:
                refused[now[0][0]] = why
            else:
                middle = len(now) // 2
                work += [now[:middle], now[middle:]]
    return refused


def cases_in(session: AdoSession, project: str, plan_id: int, suite_id: int) -> set[int]:
    """The ids of the test cases that stand in the suite itself."""
    path = {"project": project, "plan": plan_id, "suite": suite_id}
    query = {"expand": "false", "witFields": "System.Id"}
    items: Iterable[object] = session.pages(testplans.LIST_CASES, path, query)
    found = (optional_integer(part(item, "workItem")) for item in items)
    return {number for number in found if number is not None}


def _child(session: AdoSession, project: str, plan: TestPlan, parent: int, name: str) -> int | None:
    for suite in testplans.suites(session, project, plan):
        if suite.parent_id == parent and suite.name.casefold() == name.casefold():
            return suite.id
    return None


def _entry(case_id: int, configurations: Sequence[int]) -> dict[str, object]:
    entry: dict[str, object] = {"workItem": {"id": case_id}}
    if configurations:
        entry["pointAssignments"] = [{"configurationId": number} for number in configurations]
    return entry
