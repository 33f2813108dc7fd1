"""What hangs on a result: bugs, iterations with steps, failure type, history; and outcomes across suites."""

import pytest
from support.emulator_work import made, work_seed

DONE = {"state": "Completed"}


@pytest.fixture
def shop(start):
    return start(work_seed())


def failed(shop, *points, **more):
    run = shop.planned_run(*points)
    body = [{"id": 100000 + index, "outcome": "Failed", **DONE, **more} for index in range(len(points))]
    shop.patch(f"test/runs/{run}/results", body)
    return run


def test_a_bug_of_a_result_is_shown_and_leads_back_to_it(shop):
    bug = made(shop, "Bug", System_Title="Login fails")["id"]
    run = failed(
        shop, 1, associatedBugs=[{"id": bug}], failureType="Known Issue", resolutionState="Test issue"
    )
    path = f"test/runs/{run}/results/100000"
    shown = shop.get(path, detailsToInclude="WorkItems")
    assert [(item["id"], item["name"]) for item in shown["associatedBugs"]] == [(str(bug), "Login fails")]
    assert (shown["failureType"], shown["resolutionState"]) == ("Known Issue", "Test issue")
    assert "associatedBugs" not in shop.get(path)
    item = shop.get(f"wit/workitems/{bug}", **{"$expand": "relations"})
    assert [(link["rel"], link["url"]) for link in item["relations"]] == [
        ("ArtifactLink", f"vstfs:///TestManagement/TcmResult/{run}.100000")
    ]
    shop.patch(f"test/runs/{run}/results", [{"id": 100000, "associatedBugs": [{"id": str(bug)}]}])
    assert len(shop.get(f"wit/workitems/{bug}", **{"$expand": "relations"})["relations"]) == 1
    page = shop.session.get(f"{shop.emulator.url}/_workitems/edit/{bug}").text
    assert f"Result 100000 of run {run}" in page
    assert f"runId={run}&amp;_a=resultSummary&amp;resultId=100000" in page


def test_a_bug_that_does_not_exist_is_kept_or_refused(start):
    for value, status in (("kept", 200), ("refused", 404)):
        shop = start({**work_seed(), "behaviours": {"unknown_associated_bug": value}})
        run = shop.planned_run(1)
        body = [{"id": 100000, "associatedBugs": [{"id": "999"}], **DONE}]
        assert shop.call("PATCH", f"test/runs/{run}/results", body).status_code == status


STEPS = {
    "id": 1,
    "outcome": "Failed",
    "errorMessage": "m",
    "actionResults": [
        {"actionPath": "00000002", "outcome": "Passed"},
        {"actionPath": "0000000a", "outcome": "2"},
    ],
    "parameters": [{"parameterName": "user", "value": "a", "actionPath": "00000002"}],
}


def test_steps_of_an_iteration_are_kept_and_shown_where_asked(shop):
    run = shop.planned_run(1)
    shop.patch(
        f"test/runs/{run}/results", [{"id": 100000, "iterationDetails": [STEPS], "outcome": "Failed", **DONE}]
    )
    path = f"test/runs/{run}/results/100000"
    assert "iterationDetails" not in shop.get(path)
    shown = shop.get(path, detailsToInclude="Iterations")["iterationDetails"][0]
    assert [(item["stepIdentifier"], item["outcome"]) for item in shown["actionResults"]] == [
        ("2", "Passed"),
        ("10", "Passed"),
    ]
    assert shown["parameters"][0]["parameterName"] == "user"
    bare = shop.get(f"{path}/iterations")["value"]
    assert [sorted(item) for item in bare] == [["errorMessage", "id", "outcome", "url"]]
    assert shop.get(f"{path}/iterations/1", includeActionResults="true") == shown
    assert shop.call("GET", f"{path}/iterations/2").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        [1],
        [{"actionResults": [{"actionPath": "2"}]}],
        [{"actionResults": [{}]}],
        {},
        [{"actionResults": [{"actionPath": "zzzzzzzz"}]}],
        [{"outcome": "Bad"}],
    ],
)
def test_iterations_that_are_none_are_refused(shop, wrong):
    run = shop.planned_run(1)
    body = [{"id": 100000, "iterationDetails": wrong}]
    assert shop.call("PATCH", f"test/runs/{run}/results", body).status_code == 400


def test_iterations_on_an_automated_run_are_kept_ignored_or_refused(start):
    for value, status, count in (("kept", 200, 1), ("ignored", 200, 0), ("refused", 400, 0)):
        shop = start({**work_seed(), "behaviours": {"iteration_details_on_automated_run": value}})
        run = shop.planned_run(1, automated=True)
        body = [{"id": 100000, "iterationDetails": [STEPS]}]
        assert shop.call("PATCH", f"test/runs/{run}/results", body).status_code == status
        assert shop.get(f"test/runs/{run}/results/100000/iterations")["count"] == count


def test_the_history_of_a_test_shows_its_results_newest_first(shop):
    first = failed(shop, 1, automatedTestName="a.b")
    second = failed(shop, 1, 2, automatedTestName="a.b")
    answer = shop.post(
        "test/Results/testhistory", {"automatedTestName": "a.b", "trendDays": 7, "groupBy": "branch"}
    )
    assert [(item["testRun"]["id"], item["id"]) for item in answer["resultsForGroup"][0]["results"]] == [
        (str(second), 100001),
        (str(second), 100000),
        (str(first), 100000),
    ]
    assert answer["automatedTestName"] == "a.b"
    of_case = shop.post("test/Results/testhistory", {"testCaseId": 101})["resultsForGroup"][0]["results"]
    assert len(of_case) == 3
    old = {"testCaseId": 101, "maxCompleteDate": "2020-01-01T00:00:00Z"}
    assert shop.post("test/Results/testhistory", old)["resultsForGroup"] == []
    for wrong in ({}, {"testCaseId": 1, "trendDays": 8}, {"testCaseId": 1, "groupBy": "moon"}):
        assert shop.call("POST", "test/Results/testhistory", wrong).status_code == 400


def test_failure_types_are_listed(shop):
    answer = shop.call("GET", "testresults/testfailuretype", version="7.1-preview.1").json()
    assert {"Known Issue", "New Issue", "Regression"} <= {item["name"] for item in answer["value"]}


def test_the_runs_of_a_build_tell_what_they_are(start):
    seed = work_seed(builds=[{"id": 41, "number": "1"}, {"id": 42, "number": "2"}])
    shop = start(seed)
    shop.planned_run(1, 2, name="ours", automated=True, build={"id": "41"}, comment="key")
    shop.post("test/runs", {"name": "other", "automated": True, "build": {"id": "42"}})
    found = shop.get("test/runs", buildUri="vstfs:///Build/Build/41", includeRunDetails="true")["value"]
    assert [
        (item["name"], item["isAutomated"], item["plan"]["id"], item["comment"], item["totalTests"])
        for item in found
    ] == [("ours", True, "10", "key", 2)]


def twins(**plan):
    seed = work_seed()
    plan = seed["projects"][0]["plans"][0] | plan
    plan["suites"].append(
        {"id": 13, "name": "Smoke", "cases": [{"id": 101, "configurations": ["Windows"], "active": False}]}
    )
    seed["projects"][0]["plans"] = [plan]
    return seed


def test_an_outcome_is_shown_in_every_suite_of_a_synced_plan_and_leaves_inactive_points_so(start):
    shop = start(twins(sync_outcome_across_suites=True))
    failed(shop, 1)
    points = shop.points()
    assert (points[1]["outcome"], points[10]["outcome"]) == ("Failed", "Failed")
    assert (points[1]["active"], points[10]["active"]) == (True, False)
    assert points[2]["outcome"] == "Unspecified"


def test_switching_sync_on_may_show_past_outcomes_as_well(start):
    for value, outcome in (("no", "Unspecified"), ("yes", "Failed")):
        shop = start({**twins(), "behaviours": {"sync_of_past_outcomes": value}})
        failed(shop, 1)
        assert shop.points()[10]["outcome"] == "Unspecified"
        shop.patch("testplan/plans/10", {"testOutcomeSettings": {"syncOutcomeAcrossSuites": True}})
        assert shop.points()[10]["outcome"] == outcome
        failed(shop, 10)
        assert shop.points()[1]["last_run_id"] == 2


def test_inactive_points_are_listed_so_and_can_be_made_active(start):
    shop = start(twins())
    path = "testplan/Plans/10/Suites/13/TestPoint"
    assert [item["isActive"] for item in shop.get(path)["value"]] == [False]
    shop.patch(path, [{"id": 10, "isActive": True}])
    assert [item["isActive"] for item in shop.get(path)["value"]] == [True]


def test_pages_tell_kinds_of_suites_and_history_of_work_items(shop):
    query = {
        "suiteType": "dynamicTestSuite",
        "name": "Q",
        "parentSuite": {"id": 11},
        "queryString": "SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 103",
    }
    shop.post("testplan/Plans/10/suites", query)
    project = shop.session.get(f"{shop.emulator.url}/Shop").text
    assert "1 static, 1 query-based" in project
    plan = shop.session.get(f"{shop.emulator.url}/Shop/_testPlans/execute?planId=10").text
    assert "query-based suite" in plan
    assert "Pay by card" in plan
    shop.call("POST", "wit/workitems/302/comments", {"text": "<b>why</b>"}, version="7.1-preview.4")
    item = shop.session.get(f"{shop.emulator.url}/_workitems/edit/302").text
    assert "System.History: nothing → &lt;b&gt;why&lt;/b&gt;" in item
