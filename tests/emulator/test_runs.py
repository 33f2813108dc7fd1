"""Runs and results: what the service stores, refuses and shows on its points."""

import pytest
from support.emulator_seed import small_seed

DONE = {"state": "Completed"}
LATE = {"startedDate": "2026-01-01T00:00:01Z", "completedDate": "2026-01-01T00:00:03.5Z"}


def test_a_run_with_points_holds_one_pending_result_for_each_duplicates_included(service):
    run = service.post("test/runs", {"name": "r", "plan": {"id": "10"}, "pointIds": [1, 1, 3]})
    assert (run["state"], run["totalTests"], run["incompleteTests"]) == ("InProgress", 3, 3)
    rows = service.get(f"test/runs/{run['id']}/results")["value"]
    assert [(row["id"], row["testPoint"]["id"]) for row in rows] == [
        (100000, "1"),
        (100001, "1"),
        (100002, "3"),
    ]
    assert {(row["outcome"], row["state"]) for row in rows} == {("Unspecified", "Pending")}
    assert rows[0]["testCaseTitle"] == "Valid login"
    assert rows[0]["owner"]["uniqueName"] == "ann@example.com"


def test_a_run_without_points_answers_unspecified_and_shows_its_state_later(service):
    run = service.post(
        "test/runs", {"name": "r", "plan": {"id": "10"}, "state": "InProgress", "iteration": "manual"}
    )
    assert (run["state"], run["totalTests"], run["owner"]["displayName"]) == ("Unspecified", 0, None)
    assert run["iteration"] == "manual"
    assert run["webAccessUrl"].endswith(f"/Shop/_TestManagement/Runs?runId={run['id']}&_a=runCharts")
    assert service.get(f"test/runs/{run['id']}")["state"] == "InProgress"


def test_a_completed_result_reaches_its_point_with_run_result_and_build(service):
    run = service.planned_run(1, build={"id": "41"})
    service.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "Failed", **DONE, **LATE}])
    point = service.get("testplan/Plans/10/Suites/12/TestPoint", testPointIds="1")["value"][0]
    results = point["results"]
    assert (results["outcome"], results["state"], results["lastResultState"]) == (
        "failed",
        "notReady",
        "completed",
    )
    assert (results["lastTestRunId"], results["lastResultId"]) == (run, 100000)
    assert results["lastRunBuildNumber"] == "20261122.1"
    assert results["lastResultDetails"]["duration"] == 2500


def test_a_result_without_state_stays_pending_and_counts_as_incomplete(service):
    run = service.planned_run(1)
    service.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "Passed"}])
    service.patch(f"test/runs/{run}", {"state": "Completed"})
    shown = service.get(f"test/runs/{run}")
    assert (shown["incompleteTests"], shown["passedTests"]) == (1, 0)
    assert shown["runStatistics"] == [{"state": "Pending", "outcome": "Passed", "count": 1}]
    assert service.points()[1]["outcome"] == "Unspecified"


def test_the_outcome_spreads_to_the_same_case_and_configuration_when_the_plan_says_so(start):
    seed = small_seed()
    seed["projects"][0]["plans"][0]["sync_outcome_across_suites"] = True
    service = start(seed)
    run = service.planned_run(1)
    service.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "Passed", **DONE}])
    outcomes = {number: point["outcome"] for number, point in service.points().items()}
    twins = [n for n, p in service.points().items() if p["case_id"] == 101 and p["configuration_id"] == 1]
    assert len(twins) == 2
    assert [number for number, outcome in outcomes.items() if outcome == "Passed"] == twins


def test_posted_results_need_their_point_and_get_the_rest_from_it(service):
    run = service.post("test/runs", {"name": "shared", "plan": {"id": "10"}})["id"]
    refused = service.call("POST", f"test/runs/{run}/results", [{"testCaseTitle": "x", "outcome": "Passed"}])
    assert (refused.status_code, refused.json()["typeKey"]) == (404, "TestObjectNotFoundException")
    assert refused.json()["message"] == "Test point 0 not found."
    answer = service.post(f"test/runs/{run}/results", [{"testPoint": {"id": "3"}, "outcome": "2", **DONE}])
    assert answer["value"][0] == {
        "id": 100000,
        "project": {},
        "testRun": {"id": str(run)},
        "priority": 0,
        "url": "",
        "lastUpdatedBy": {"displayName": None, "id": None},
        "outcome": "Passed",
    }
    row = service.get(f"test/runs/{run}/results/100000")
    assert (row["testCase"]["id"], row["testCaseTitle"], row["testCaseRevision"]) == (
        "102",
        "Wrong password",
        1,
    )
    assert row["configuration"] == {"id": "1", "name": "Windows"}
    assert service.points()[3]["outcome"] == "Passed"


def test_an_unplanned_run_takes_results_without_points(service):
    run = service.post("test/runs", {"name": "r"})["id"]
    service.post(f"test/runs/{run}/results", [{"testCaseTitle": "t", "outcome": "Passed", **DONE}])
    row = service.get(f"test/runs/{run}/results")["value"][0]
    assert row["testCase"] == {"name": "t"}
    assert "testPoint" not in row


def test_sub_results_get_ids_and_a_second_patch_appends(service):
    run = service.planned_run(1)
    attempt = {"displayName": "Attempt 1", "outcome": "Failed", "subResults": [{"displayName": "step"}]}
    body = [{"id": 100000, "outcome": "Failed", **DONE, "resultGroupType": "rerun", "subResults": [attempt]}]
    first = service.patch(f"test/runs/{run}/results", body)["value"][0]["subResults"]
    second = service.patch(f"test/runs/{run}/results", body)["value"][0]["subResults"]
    assert [first[0]["id"], first[0]["subResults"][0]["id"], second[0]["id"]] == [1, 2, 3]
    stored = service.get(f"test/runs/{run}/results/100000", detailsToInclude="subResults")
    assert [item["displayName"] for item in stored["subResults"]] == ["Attempt 1", "Attempt 1"]
    assert stored["resultGroupType"] == "rerun"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"outcome": "Great"}, "Parameter name: TestOutcome"),
        (
            {
                "outcome": "Passed",
                "startedDate": "2026-01-02T00:00:00Z",
                "completedDate": "2026-01-01T00:00:00Z",
            },
            "CompletedDate",
        ),
        ({"subResults": [{"subResults": [{"subResults": [{"subResults": [{}]}]}]}]}, "3 levels"),
        ({"subResults": [{}] * 1001}, "1001 sub-results"),
        ({"durationInMs": "long"}, "durationInMs"),
        ({"errorMessage": 7}, "errorMessage"),
    ],
)
def test_a_result_that_breaks_a_rule_is_refused_and_nothing_is_stored(service, item, words):
    run = service.planned_run(1, 2)
    answer = service.call(
        "PATCH",
        f"test/runs/{run}/results",
        [{"id": 100001, "outcome": "Passed", **DONE}, {"id": 100000, **item}],
    )
    assert (answer.status_code, answer.json()["typeKey"]) == (400, "InvalidPropertyException")
    assert words in answer.json()["message"]
    assert service.get(f"test/runs/{run}/results")["value"][1]["state"] == "Pending"


def test_more_than_a_thousand_results_in_one_call_are_refused(service):
    run = service.post("test/runs", {"name": "r"})["id"]
    body = [{"testCaseTitle": "t"}] * 1001
    answer = service.call("POST", f"test/runs/{run}/results", body)
    assert (answer.status_code, answer.json()["typeKey"]) == (400, "InvalidPropertyException")
    assert service.call("POST", f"test/runs/{run}/results", body[1:]).json()["count"] == 1000
    assert service.get(f"test/runs/{run}/results", **{"$top": 1000})["count"] == 1000
    assert service.call("GET", f"test/runs/{run}/results", params={"$top": 1001}).status_code == 400
    detailed = {"$top": 201, "detailsToInclude": "Point"}
    assert service.call("GET", f"test/runs/{run}/results", params=detailed).status_code == 400
    assert service.get(f"test/runs/{run}/results", detailsToInclude="Point")["count"] == 200


def test_null_clears_a_text_and_what_is_left_out_stays(service):
    run = service.planned_run(1)
    service.patch(f"test/runs/{run}/results", [{"id": 100000, "errorMessage": "boo", "comment": "kept"}])
    service.patch(f"test/runs/{run}/results", [{"id": 100000, "errorMessage": None}])
    row = service.get(f"test/runs/{run}/results/100000")
    assert "errorMessage" not in row
    assert row["comment"] == "kept"


def test_a_row_read_from_the_service_can_be_sent_back_whole(service):
    run = service.planned_run(1)
    row = service.get(f"test/runs/{run}/results")["value"][0]
    service.patch(f"test/runs/{run}/results", [{**row, "outcome": "Passed", "state": "5"}])
    assert service.points()[1]["outcome"] == "Passed"


def test_a_completed_run_takes_no_more_results(service):
    run = service.planned_run(1)
    service.patch(f"test/runs/{run}", {"state": "Completed"})
    answer = service.call("PATCH", f"test/runs/{run}/results", [{"id": 100000, "outcome": "Passed"}])
    assert answer.status_code == 400
    assert "cannot be added or updated for a test run which is in Completed state" in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"name": ""}, 400, "name"),
        ({"plan": {"id": "77"}}, 404, "Test plan 77 not found."),
        ({"plan": {"id": "10"}, "pointIds": [1, 999]}, 404, "Test point 999 not found."),
        ({"pointIds": [1]}, 400, "test plan must be specified"),
        ({"build": {"id": "4711"}}, 400, "Build 4711 cannot be found."),
        ({"build": {"id": "90"}}, 400, "Build 90 cannot be found."),
        ({"build": {"id": "x"}}, 400, "build.id"),
        ({"build": {"id": "41"}, "pipelineReference": {"pipelineId": 41}}, 400, "must name a stage"),
        (
            {
                "build": {"id": "41"},
                "pipelineReference": {"pipelineId": 42, "jobReference": {"jobName": "j"}},
            },
            400,
            "equal",
        ),
        ({"state": "Completed"}, 400, "Completed"),
        ({"tags": [{"name": "a-b"}]}, 400, "alphanumeric"),
        ({"tags": [{"name": "a"}] * 6}, 400, "at most 5 tags"),
        ({"startDate": "yesterday"}, 400, "not a valid date"),
    ],
)
def test_a_run_that_breaks_a_rule_is_refused(service, body, status, words):
    answer = service.call("POST", "test/runs", {"name": "r", **body})
    assert answer.status_code == status
    assert words in answer.json()["message"]
    assert service.get("test/runs")["count"] == 0


def test_a_deleted_run_is_gone_with_everything_in_it(service):
    run = service.planned_run(1)
    answer = service.call("DELETE", f"test/runs/{run}")
    assert (answer.status_code, answer.content, answer.headers.get("content-type")) == (204, b"", None)
    assert service.call("GET", f"test/runs/{run}").status_code == 404
    assert service.points()[1]["outcome"] == "Unspecified"


def test_unfinished_results_can_be_dropped_when_a_run_is_aborted(service):
    run = service.planned_run(1, 2)
    service.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "Passed", **DONE}])
    service.patch(f"test/runs/{run}", {"state": "Aborted", "deleteInProgressResults": True})
    shown = service.get(f"test/runs/{run}")
    assert (shown["state"], shown["totalTests"]) == ("Aborted", 1)


def test_runs_are_found_by_build_plan_and_time(service):
    run = service.planned_run(1, build={"id": "41"}, comment="key=1")
    service.post("test/runs", {"name": "other"})
    uri = {"buildUri": "vstfs:///Build/Build/41", "includeRunDetails": "true"}
    found = service.get("test/runs", **uri)["value"]
    assert [(item["id"], item["comment"]) for item in found] == [(run, "key=1")]
    assert [item["id"] for item in service.get("test/runs", planId=10)["value"]] == [run]
    changed = service.get(f"test/runs/{run}")["lastUpdatedDate"]
    around = {"minLastUpdatedDate": changed, "maxLastUpdatedDate": changed, "planIds": 10}
    assert [item["id"] for item in service.get("test/runs", **around)["value"]] == [run]
    far = {"minLastUpdatedDate": "2026-01-01", "maxLastUpdatedDate": "2026-01-09"}
    assert service.call("GET", "test/runs", params=far).status_code == 400


def test_attachments_of_run_result_and_sub_result_are_kept_apart(service):
    run = service.planned_run(1)
    body = [{"id": 100000, "outcome": "Failed", **DONE, "subResults": [{"displayName": "a"}]}]
    service.patch(f"test/runs/{run}/results", body)
    file = {"stream": "aGk=", "fileName": "log.txt", "attachmentType": "ConsoleLog", "comment": "c"}
    for owner in (
        "attachments",
        "results/100000/attachments",
        "results/100000/attachments?testSubResultId=1",
    ):
        service.post(f"test/runs/{run}/{owner}", file)
    shown = service.get(f"test/runs/{run}/results/100000/attachments", testSubResultId=1)["value"]
    assert [(item["id"], item["fileName"], item["size"]) for item in shown] == [(3, "log.txt", 2)]
    assert service.call("GET", f"test/runs/{run}/attachments/1").content == b"hi"
    wrong = service.call("POST", f"test/runs/{run}/results/100000/attachments?testSubResultId=7", file)
    assert wrong.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"stream": "aGk=", "fileName": "a:b.txt"},
        {"stream": "not base64!", "fileName": "a.txt"},
        {"stream": "aGk=", "fileName": ""},
        {"stream": "aGk=", "fileName": "a", "attachmentType": "Poem"},
    ],
)
def test_an_attachment_that_breaks_a_rule_is_refused(service, body):
    run = service.planned_run(1)
    assert service.call("POST", f"test/runs/{run}/attachments", body).status_code == 400


def test_a_point_set_by_hand_gets_a_manual_run_and_a_reset_takes_it_away(service):
    point = service.patch("testplan/Plans/10/Suites/12/TestPoint", [{"id": 1, "results": {"outcome": 2}}])
    assert point["value"][0]["results"]["outcome"] == "passed"
    assert service.get("test/runs/1")["name"] == "Release 1 (Manual)"
    reset = service.patch("test/Plans/10/Suites/12/points/1", {"resetToActive": "true"})["value"][0]
    assert (reset["outcome"], reset["state"], reset["lastTestRun"], reset["lastResult"]) == (
        "Unspecified",
        "Ready",
        {"id": "0"},
        {"id": "0"},
    )


def test_a_run_may_be_completed_before_the_service_says_it_started(service):
    run = service.planned_run(1)
    done = {"state": "Completed", "completedDate": "2020-01-01T00:00:00Z"}
    assert service.patch(f"test/runs/{run}", done)["completedDate"] == "2020-01-01T00:00:00Z"


def test_the_result_written_last_is_what_its_point_shows(service):
    run = service.post("test/runs", {"name": "shared", "plan": {"id": "10"}})["id"]
    for outcome in ("Failed", "Passed"):
        service.post(f"test/runs/{run}/results", [{"testPoint": {"id": "1"}, "outcome": outcome, **DONE}])
    assert service.points()[1]["outcome"] == "Passed"
    service.patch(f"test/runs/{run}/results", [{"id": 100000, **DONE}])
    point = service.points()[1]
    assert (point["outcome"], point["last_result_id"]) == ("Failed", 100000)
