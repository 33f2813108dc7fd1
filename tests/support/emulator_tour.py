"""One call of every kind, so that answers and exchanges can be compared with the service's contract."""

from __future__ import annotations

from typing import Any

LATE = {"startedDate": "2026-01-01T00:00:01Z", "completedDate": "2026-01-01T00:00:03Z"}
FILE = {"stream": "aGk=", "fileName": "log.txt", "attachmentType": "GeneralAttachment", "comment": "c"}


def read_everything(service: Any) -> dict[str, Any]:
    """Return the answers of every call that only reads."""
    plan, deep = "testplan/Plans/10", {"isRecursive": "true"}
    return {
        "projects": service.get("/_apis/projects"),
        "project": service.get("/_apis/projects/Shop", includeCapabilities="true"),
        "connection": service.call("GET", "/_apis/connectionData", version="7.1-preview.1").json(),
        "areas": service.call("GET", "/_apis/resourceAreas", version="7.1-preview.1").json(),
        "builds": service.get("build/builds", buildNumber="20261122*"),
        "build": service.get("build/builds/41"),
        "definitions": service.get("build/definitions", name="web-ci"),
        "definition": service.get("build/definitions/3"),
        "plans": service.get("testplan/plans", includePlanDetails="true"),
        "plan": service.get(plan),
        "suites": service.get(f"{plan}/suites", expand="children"),
        "suite tree": service.get(f"{plan}/suites", asTreeView="true"),
        "suite": service.get(f"{plan}/suites/12"),
        "suites of case": service.get("/_apis/testplan/suites", testCaseId=101),
        "points": service.get(f"{plan}/Suites/11/TestPoint", **deep),
        "points by id": service.get(f"{plan}/Suites/12/TestPoint", pointId="1"),
        "cases": service.get(f"{plan}/Suites/11/TestCase", witFields="System.Title", **deep),
        "case": service.get(f"{plan}/Suites/12/TestCase/101"),
        "configurations": service.get("testplan/configurations"),
        "configuration": service.get("testplan/configurations/1"),
        "old points": service.get("test/Plans/10/Suites/12/points"),
        "old point": service.get("test/Plans/10/Suites/12/points/1"),
        "point query": service.post("test/points", {"pointsFilter": {"testcaseIds": [101]}}),
        "work item": service.get("wit/workitems/101"),
        "work items": service.get("/_apis/wit/workitems", ids="101,102", fields="System.Id,System.Title"),
        "work item batch": service.post("wit/workitemsbatch", {"ids": [101], "fields": ["System.Title"]}),
    }


def publish(service: Any) -> dict[str, Any]:
    """Return the answers of a planned publish with everything that can hang on it."""
    found: dict[str, Any] = {}
    found["create with points"] = service.post(
        "test/runs",
        {
            "name": "planned",
            "plan": {"id": "10"},
            "pointIds": [1, 2, 3],
            "build": {"id": "41"},
            "automated": True,
            "state": "InProgress",
            "comment": "key",
            "tags": [{"name": "nightly"}],
            "pipelineReference": {"pipelineId": 41, "stageReference": {"stageName": "test", "attempt": 1}},
        },
    )
    run = f"test/runs/{found['create with points']['id']}"
    found["pending"] = service.get(f"{run}/results")
    found["update results"] = service.patch(
        f"{run}/results",
        [
            {
                "id": 100000,
                "outcome": "Failed",
                "state": "Completed",
                "errorMessage": "boo",
                "durationInMs": 3.5,
                **LATE,
                "resultGroupType": "rerun",
                "associatedBugs": [{"id": "7"}],
                "computerName": "agent",
                "automatedTestName": "a.b",
                "automatedTestStorage": "a",
                "automatedTestType": "JUnit",
                "subResults": [
                    {
                        "displayName": "Attempt# 0 - a",
                        "outcome": "Failed",
                        "durationInMs": 3,
                        "subResults": [{"displayName": "step", "outcome": "Passed"}],
                    }
                ],
            },
            {"id": 100001, "outcome": "Passed", "state": "Completed", "comment": "fine"},
        ],
    )
    result = f"{run}/Results/100000"
    found["add attachment"] = service.post(f"{result}/attachments", FILE)
    service.post(f"{result}/attachments?testSubResultId=1", FILE)
    found["attachments"] = service.get(f"{result}/attachments")
    service.get(f"{result}/attachments", testSubResultId=1)
    found["complete"] = service.patch(run, {"state": "Completed", "completedDate": "2036-01-01T00:00:00Z"})
    found["add run attachment"] = service.post(f"{run}/attachments", FILE)
    found["run attachments"] = service.get(f"{run}/attachments")
    found["run"] = service.get(run)
    found["statistics"] = service.get(f"{run}/Statistics")
    found["runs"] = service.get("test/runs")
    found["detailed runs"] = service.get("test/runs", includeRunDetails="true")
    found["results"] = service.get(f"{run}/results", detailsToInclude="workItems,iterations")
    found["result"] = service.get(result, detailsToInclude="subResults")
    found["iterations"] = service.get(f"{result}/iterations")
    found["live point"] = service.get("testplan/Plans/10/Suites/12/TestPoint", testPointIds="1")
    found["old points after"] = service.get("test/Plans/10/Suites/12/points", testPointIds="1")
    return found


def publish_shared(service: Any) -> dict[str, Any]:
    """Return the answers of a run without points, and of points set by hand."""
    found: dict[str, Any] = {}
    found["create"] = service.post("test/runs", {"name": "shared", "plan": {"id": "10"}, "automated": True})
    run = f"test/runs/{found['create']['id']}"
    item = {
        "testPoint": {"id": "5"},
        "testCase": {"id": "103"},
        "testCaseTitle": "Deep",
        "testCaseRevision": 1,
        "outcome": "Passed",
        "state": "Completed",
    }
    found["add results"] = service.post(f"{run}/results", [item])
    found["set point"] = service.patch(
        "testplan/Plans/10/Suites/12/TestPoint", [{"id": 3, "results": {"outcome": "passed"}}]
    )
    found["set old point"] = service.patch("test/Plans/10/Suites/12/points/3", {"outcome": "Passed"})
    found["reset old point"] = service.patch("test/Plans/10/Suites/12/points/3", {"resetToActive": True})
    unplanned = service.post("test/runs", {"name": "unplanned"})["id"]
    service.post(
        f"test/runs/{unplanned}/results",
        [
            {
                "testCaseTitle": "test_simple",
                "outcome": "Failed",
                "state": "Completed",
                "automatedTestStorage": "s",
                "automatedTestType": "JUnit",
                "errorMessage": "m",
                "stackTrace": "t",
                "durationInMs": 2.0,
                **LATE,
            }
        ],
    )
    found["unplanned"] = service.get(f"test/runs/{unplanned}/results")
    assert service.call("DELETE", run).status_code == 204
    return found
