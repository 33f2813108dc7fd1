"""One call of every kind that changes work items, plans, suites and configurations, or asks about them."""

from __future__ import annotations

from typing import Any

from support.emulator_work import TESTED_BY, TESTS, change, fields, linked, made

COMMENTS = "7.1-preview.4"


def work_items(service: Any) -> dict[str, Any]:
    """Return the answers of calls on work items and what describes them."""
    found: dict[str, Any] = {}
    found["create item"] = made(service, "Task", System_Title="Task_0")
    story = made(service, "User Story", System_Title="us1", System_IterationPath="Shop")["id"]
    found["story"] = story
    link = linked(service, TESTED_BY, 101, comment="why")
    found["patch relation"] = change(service, f"/_apis/wit/workitems/{story}", [link]).json()
    task = found["create item"]["id"]
    patch = [{"op": "test", "path": "/rev", "value": 1}, *fields(System_State="Closed", System_Tags="a; b")]
    found["patch field"] = change(service, f"wit/workitems/{task}", patch, bypassRules="false").json()
    found["expand all"] = service.get(f"/_apis/wit/workitems/{story}", **{"$expand": "all"})
    path = f"wit/workItems/{task}"
    found["add comment"] = service.call("POST", f"{path}/comments", {"text": "hm"}, version=COMMENTS).json()
    found["comments"] = service.call("GET", f"{path}/comments", version=COMMENTS).json()
    found["revisions"] = service.get(f"{path}/revisions")
    service.get(f"{path}/revisions/1")
    found["updates"] = service.get(f"{path}/updates")
    service.get(f"{path}/updates/2")
    query = "SELECT [System.Id] FROM WorkItems WHERE [System.Id] IN (101, 102)"
    found["wiql"] = service.post("/_apis/wit/wiql", {"query": query})
    service.call("POST", "wit/wiql", {"query": f"{query} ORDER BY [System.Id]"}, params={"$top": 1})
    found["delete item"] = service.call("DELETE", f"wit/workitems/{task}").json()
    service.get("wit/classificationnodes", **{"$depth": 1})
    found["type"] = service.get("wit/workitemtypes/Bug")
    service.get("wit/workitemtypes")
    found["states"] = service.get("wit/workitemtypes/Bug/states")
    found["type fields"] = service.get("wit/workitemtypes/Bug/fields")
    service.get("wit/workitemtypes/Bug/fields/System.State")
    found["fields"] = service.get("wit/fields")
    found["field"] = service.get("wit/fields/System.IterationPath")
    found["relation types"] = service.get("/_apis/wit/workitemrelationtypes")
    service.get("/_apis/wit/workitemrelationtypes/Hyperlink")
    service.get("wit/tags")
    return found


def nodes(service: Any) -> dict[str, Any]:
    """Return the answers of calls on a tree's root, whose address the published contract leaves out."""
    return {
        "areas": service.get("wit/classificationnodes/areas", **{"$depth": 2}),
        "create node": service.call("POST", "wit/classificationnodes/iterations", {"name": "n"}).json(),
    }


def plans(service: Any, story: int) -> dict[str, Any]:
    """Return the answers of calls that change plans, suites, their cases and configurations."""
    found: dict[str, Any] = {}
    body = {
        "name": "newCreatedPlan2",
        "areaPath": "Shop",
        "description": "d",
        "startDate": "2018-08-19T20:49:15+05:30",
        "endDate": "2018-08-26T20:49:15+05:30",
        "iteration": "Shop",
        "state": "Inactive",
        "buildId": 41,
        "testOutcomeSettings": {"syncOutcomeAcrossSuites": True},
    }
    found["create plan"] = service.post("testplan/plans", body)
    plan = f"testplan/plans/{found['create plan']['id']}"
    root = {"id": found["create plan"]["rootSuite"]["id"]}
    found["update plan"] = service.patch(plan, {**body, "state": "Active"})
    own = {"inheritDefaultConfigurations": False, "defaultConfigurations": [{"id": 1}, {"id": 2}]}
    static = {"suiteType": "staticTestSuite", "name": "SubSuite", "parentSuite": root}
    found["create suite"] = service.post(f"{plan}/suites", {**static, **own})
    suite = f"{plan}/suites/{found['create suite']['id']}"
    found["requirement suite"] = service.post(
        f"{plan}/suites", {"suiteType": "requirementTestSuite", "requirementId": story, "parentSuite": root}
    )
    query = "SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 101"
    dynamic = {"suiteType": "dynamicTestSuite", "name": "Q", "queryString": query, "parentSuite": root}
    service.post(f"{plan}/suites", dynamic)
    tester = {"defaultTesters": [{"displayName": "Ann", "id": "9b6bee0e-28b2-42b6-ab5b-5122b63d473c"}]}
    found["update suite"] = service.patch(suite, {"name": "Sub", **tester})
    entry = {"workItem": {"id": 101}, "pointAssignments": [{"configurationId": 1}]}
    found["add cases"] = service.post(f"{suite}/TestCase", [entry, {"workItem": {"id": 102}}])
    found["update cases"] = service.patch(f"{suite}/TestCase", [{**entry, "pointAssignments": []}])
    service.get("testplan/suiteentry/" + suite.rpartition("/")[2])
    service.call("DELETE", f"{suite}/TestCase", params={"testIds": "101"})
    service.call("POST", f"{suite.replace('testplan/plans', 'test/Plans')}/testcases/101,103")
    configuration = {
        "name": "SampleTestConfiguration",
        "description": "Sample",
        "isDefault": True,
        "values": [{"name": "Operating System", "value": "Windows 8"}],
        "state": "active",
    }
    found["create configuration"] = service.post("testplan/configurations", configuration)
    asked = {"testConfiguartionId": found["create configuration"]["id"]}
    service.call("PATCH", "testplan/configurations", configuration, params=asked)
    service.call("DELETE", "testplan/configurations", params=asked)
    variable = {"name": "SampleTestVariable", "description": "d", "values": ["1", "2"]}
    found["create variable"] = service.post("testplan/variables", variable)
    one = f"testplan/variables/{found['create variable']['id']}"
    service.patch(one, variable)
    service.get(one)
    service.get("testplan/variables")
    service.call("DELETE", one)
    service.call("DELETE", suite)
    service.call("DELETE", plan)
    return found


def results(service: Any) -> dict[str, Any]:
    """Return the answers of calls on what hangs on a result."""
    bug = made(service, "Bug", System_Title="This step should pass.")["id"]
    run = service.planned_run(1)
    steps = [{"actionPath": "00000002", "outcome": "Failed", "startedDate": "2016-07-26T04:22:54Z"}]
    item = {
        "id": 100000,
        "outcome": "Failed",
        "state": "Completed",
        "failureType": "Known Issue",
        "associatedBugs": [{"id": str(bug)}],
        "iterationDetails": [{"id": 1, "outcome": "Failed", "errorMessage": "", "actionResults": steps}],
    }
    service.patch(f"test/runs/{run}/results", [item])
    path = f"test/runs/{run}/results/100000/iterations"
    found = {
        "iterations": service.get(path),
        "iteration": service.get(f"{path}/1", includeActionResults="true"),
    }
    found["detailed result"] = service.get(
        f"test/runs/{run}/results", detailsToInclude="WorkItems,Iterations", **{"$top": 100}
    )
    service.post("test/Results/testhistory", {"testCaseId": 101, "trendDays": 7})
    service.call("GET", "testresults/testfailuretype", version="7.1-preview.1")
    case = made(service, "Test Case", linked(service, TESTS, bug), System_Title="x")["id"]
    service.call("DELETE", f"testplan/testcases/{case}")
    return found


def everything(service: Any) -> dict[str, Any]:
    """Return the answers of all of these calls."""
    found = work_items(service)
    return {**found, **plans(service, found["story"]), **results(service)}
