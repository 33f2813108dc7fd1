"""Results without a test point, where the user wants them: in a run that belongs to no plan."""

import pytest
from support.sampling import sample

from .conftest import FAILURE, case, outcomes
from .machine import FAULTS, Machine

LOST = (case("TC101", FAILURE), case("nobody knows me", FAILURE), case("TC104"), case("nor me"))


def unplanned(service):
    return [run for run in service.state()["runs"] if run["plan_id"] is None and run["state"] != "Aborted"]


def test_results_without_a_point_go_to_a_run_without_a_plan_and_stay_what_they_were(
    emulator, shop, junit, publish
):
    service = emulator(shop)
    report = junit(*LOST, case("skipped", "<skipped/>"), suite="Nightly")
    done, facts = publish(service, report, "--unmatched", "publish", "--build-id", "41")
    assert done.code == 0, done.output
    (run,) = unplanned(service)
    assert (run["state"], run["build_id"], run["name"]) == ("Completed", 41, "20261122.1 Nightly")
    shown = {result["testCaseTitle"]: result["outcome"].lower() for result in run["results"]}
    assert shown == {"nobody knows me": "failed", "TC104": "passed", "nor me": "passed"}
    assert all(result["state"] == "Completed" for result in run["results"])
    assert facts["counts"] == {"read": 5, "matched": 1, "unmatched": 2, "ambiguous": 1, "skipped": 1}
    assert facts["points_updated"] == 2
    assert [(each["planned"], each["plan_id"]) for each in facts["runs"]] == [(True, 10), (False, None)]
    told = [result["unplanned"] and result["unplanned"]["run_id"] for result in facts["results"]]
    assert told == [None, run["id"], run["id"], run["id"], None]
    ids = {result["unplanned"]["result_id"] for result in facts["results"] if result["unplanned"]}
    assert ids == {result["id"] for result in run["results"]}


def test_only_results_without_a_point_are_no_failure_when_they_are_published(emulator, shop, junit, publish):
    service = emulator(shop)
    report = junit(case("nobody knows me"))
    assert publish(service, report)[0].code == 1
    done, facts = publish(service, report, "--unmatched", "publish")
    assert (done.code, facts["points_updated"], len(unplanned(service))) == (0, 0, 1), done.output


def test_a_dry_run_shows_what_would_go_to_a_run_without_a_plan(emulator, shop, junit, publish):
    service = emulator(shop)
    done, planned = publish(service, junit(*LOST), "--unmatched", "publish", "--dry-run")
    assert "would write Failed of nobody knows me to a run without a plan" in done.stdout
    assert service.state()["runs"] == []
    done, facts = publish(service, junit(*LOST), "--unmatched", "publish")
    assert planned["requests"] == facts["requests"]
    assert {"method": "POST", "path": "/Shop/_apis/test/runs/{run}/results", "count": 1} in planned["writes"]


def test_more_results_than_a_request_takes_all_arrive_with_attempts_inside(emulator, shop, junit, publish):
    service = emulator(shop)
    flaky = '<flakyFailure message="first try">trace</flakyFailure>'
    report = junit(*(case(f"loose {n}", flaky if n % 100 == 0 else "") for n in range(1_150)))
    done, facts = publish(service, report, "--unmatched", "publish")
    assert done.code == 0, done.output
    (run,) = unplanned(service)
    assert len(run["results"]) == len({result["testCaseTitle"] for result in run["results"]}) == 1_150
    with_attempts = [result for result in run["results"] if result["sub_results"]]
    assert len(with_attempts) == 12
    assert all(result["unplanned"]["result_id"] for result in facts["results"])


REQUESTS = {
    "create planned": ("POST", r"/test/runs\?"),
    "create": ("POST", r"/test/runs\?", 1),
    "results": ("POST", r"/Runs/\d+/results\?"),
    "complete": ("PATCH", r"/test/runs/\d+\?", 1),
}


@pytest.mark.off_contract  # faults answer what no service would
@pytest.mark.parametrize(
    ("request_", "fault"), sample([(name, fault) for name in REQUESTS for fault in FAULTS], 8)
)
def test_every_result_without_a_point_stands_once_whatever_happens(emulator, shop, tmp_path, request_, fault):
    service = emulator(shop)
    machine = Machine(tmp_path, service, LOST)
    method, path, *skip = REQUESTS[request_]
    skipped = skip[0] if skip else 0
    service.faults([{"method": method, "path": path, "skip": skipped, "times": 1, **FAULTS[fault]}])
    done = machine.publish("--unmatched", "publish")
    service.faults([])
    if done.code == 4:
        done = machine.resume()
    assert done.code == 0, done.output
    (run,) = unplanned(service)
    assert run["state"] == "Completed"
    assert sorted(result["testCaseTitle"] for result in run["results"]) == [
        "TC104",
        "nobody knows me",
        "nor me",
    ]
    assert outcomes(service)[1] == "failed"
    assert "nothing is left to do" in machine.resume().stdout


def test_a_run_of_many_jobs_takes_no_results_without_a_point(emulator, shop, junit, publish):
    done, _ = publish(emulator(shop), junit(*LOST), "--unmatched", "publish", "--run", "1")
    assert done.code == 2
    assert "--unmatched: a run of many jobs takes no results without a test point" in done.stderr
