"""Each unverified fact is a switch; every value of every switch does what it says."""

import pytest
from support.emulator_seed import small_seed

from ado_publisher.emulator import BEHAVIOURS

DONE = {"state": "Completed"}


def served(start, **behaviours):
    return start(small_seed(behaviours=behaviours))


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BEHAVIOURS.items() for v in values])
def test_a_planned_publish_works_under_every_value(start, name, value):
    service = served(start, **{name: value})
    created = service.call(
        "POST",
        "test/runs",
        {"name": "r", "plan": {"id": "10"}, "pointIds": [1, 2], "automated": True, "state": "InProgress"},
    )
    if (name, value) == ("automated_run_with_manual_cases", "refused"):
        assert created.status_code == 400
        assert "Mismatch in automation status of test case and test run" in created.json()["message"]
        return
    run = created.json()["id"]
    service.patch(
        f"test/runs/{run}/results",
        [{"id": 100000, "outcome": "Passed", **DONE}, {"id": 100001, "outcome": "Failed", **DONE}],
    )
    service.patch(f"test/runs/{run}", DONE)
    points = service.points()
    assert (points[1]["outcome"], points[2]["outcome"]) == ("Passed", "Failed")


def test_not_executed_is_shown_or_ignored(start):
    for value, outcome in (("shown", "NotExecuted"), ("ignored", "Unspecified")):
        service = served(start, not_executed_on_point=value)
        run = service.planned_run(1)
        service.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "NotExecuted", **DONE}])
        assert service.points()[1]["outcome"] == outcome


def test_a_point_shows_in_progress_or_what_it_was(start):
    for value, outcome in (("in_progress", "InProgress"), ("unchanged", "Unspecified")):
        service = served(start, point_while_in_progress=value)
        run = service.planned_run(1)
        assert service.points()[1]["outcome"] == outcome
        service.patch(f"test/runs/{run}", {"state": "Aborted"})
        assert service.points()[1]["outcome"] == "Unspecified"


def test_an_outcome_reaches_its_point_at_once_or_with_the_end_of_the_run(start):
    for value, early in (("result_completed", "Passed"), ("run_completed", "Unspecified")):
        service = served(start, point_outcome_when=value)
        run = service.planned_run(1)
        service.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "Passed", **DONE}])
        assert service.points()[1]["outcome"] == early
        service.patch(f"test/runs/{run}", DONE)
        assert service.points()[1]["outcome"] == "Passed"


def test_an_aborted_run_leaves_its_open_points_or_marks_them(start):
    for value, outcome in (("unchanged", "Unspecified"), ("aborted", "Aborted")):
        service = served(start, point_after_abort=value)
        run = service.planned_run(1)
        service.patch(f"test/runs/{run}", {"state": "Aborted"})
        assert service.points()[1]["outcome"] == outcome


def test_a_post_onto_a_run_with_points_doubles_or_is_refused(start):
    item = [{"testPoint": {"id": "1"}, "outcome": "Passed", **DONE}]
    service = served(start, post_on_pointids_run="duplicate")
    run = service.planned_run(1)
    service.post(f"test/runs/{run}/results", item)
    assert service.get(f"test/runs/{run}/results")["count"] == 2
    service = served(start, post_on_pointids_run="refused")
    assert service.call("POST", f"test/runs/{service.planned_run(1)}/results", item).status_code == 400


def test_a_post_onto_a_planned_run_may_be_refused(start):
    service = served(start, post_on_planned_run="refused")
    run = service.post("test/runs", {"name": "r", "plan": {"id": "10"}})["id"]
    answer = service.call("POST", f"test/runs/{run}/results", [{"testPoint": {"id": "1"}}])
    assert "TestPointId, testCaseId must be specified for planned test results" in answer.json()["message"]


def test_rows_name_their_point_always_or_only_with_details(start):
    service = served(start, test_point_in_rows="point_details")
    run = service.planned_run(1)
    assert "testPoint" not in service.get(f"test/runs/{run}/results")["value"][0]
    assert (
        service.get(f"test/runs/{run}/results", detailsToInclude="Point")["value"][0]["testPoint"]["id"]
        == "1"
    )


@pytest.mark.parametrize(
    ("switch", "field", "length", "kept"),
    [
        ({"error_message_limit": "32000"}, "errorMessage", 40000, 32000),
        ({"error_message_limit": "4000"}, "errorMessage", 40000, 4000),
        ({"stack_trace_limit": "none"}, "stackTrace", 40000, 40000),
        ({"stack_trace_limit": "1000"}, "stackTrace", 40000, 1000),
        ({"long_comment": "cut"}, "comment", 1001, 1000),
        ({"long_comment": "refused"}, "comment", 1001, None),
        ({"long_test_name": "kept"}, "automatedTestName", 300, 300),
        ({"long_test_name": "refused"}, "automatedTestName", 300, None),
    ],
)
def test_long_texts_are_cut_kept_or_refused(start, switch, field, length, kept):
    service = served(start, **switch)
    run = service.planned_run(1)
    answer = service.call("PATCH", f"test/runs/{run}/results", [{"id": 100000, field: "x" * length}])
    assert answer.status_code == (200 if kept else 400)
    if kept:
        assert len(service.get(f"test/runs/{run}/results/100000")[field]) == kept


def test_a_server_of_2020_refuses_automated_runs_of_manual_cases_and_cuts_at_4000(start):
    service = start(small_seed(server="server2020"))
    answer = service.call(
        "POST",
        "test/runs",
        {"name": "r", "plan": {"id": "10"}, "pointIds": [1], "automated": True},
        version="6.0",
    )
    assert "Mismatch in automation status" in answer.json()["message"]
    assert service.emulator.settings.behaviours["error_message_limit"] == "4000"


def test_the_other_switches_do_what_they_say(start):
    service = served(
        start,
        sub_results_in_answer="absent",
        unknown_build_status="404",
        build_number_case="sensitive",
        write_to_completed_run="empty",
        pre_made_outcome="not_executed",
        long_run_name="refused",
    )
    run = service.planned_run(1)
    assert service.get(f"test/runs/{run}/results")["value"][0]["outcome"] == "NotExecuted"
    body = [{"id": 100000, "outcome": "Passed", "subResults": [{"displayName": "a"}]}]
    assert "subResults" not in service.patch(f"test/runs/{run}/results", body)["value"][0]
    assert service.call("POST", "test/runs", {"name": "r", "build": {"id": "7"}}).status_code == 404
    assert service.call("POST", "test/runs", {"name": "r" * 257}).status_code == 400
    service.patch(f"test/runs/{run}", DONE)
    assert service.patch(f"test/runs/{run}/results", body) == {"count": 0, "value": []}
