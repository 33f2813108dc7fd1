"""What nobody has seen the service do is a switch of the emulator; a publish is true under every value."""

import re
import signal
import subprocess
import sys
import time

import pytest
from support.process import clean_environment

from ado_publisher.emulator.behaviours import BEHAVIOURS

from .conftest import FAILURE, case, outcomes

EVERY = [(name, value) for name, values in BEHAVIOURS.items() for value in values]


@pytest.mark.parametrize(("switch", "value"), EVERY, ids=lambda part: part)
def test_points_show_the_truth_under_every_behaviour(emulator, shop, junit, publish, switch, value):
    service = emulator({**shop, "behaviours": {switch: value}})
    long = "x" * 5_000
    report = junit(
        case("TC102", FAILURE),
        case("TC101 " + "long name " * 60),
        case("TC103 row", f'<failure message="{long}">{long}</failure>'),
        case("TC103 row"),
        case("TC104 never ran", "<skipped/>"),
    )
    done, facts = publish(service, report, "--build-number", "20261122.1", "--run-name", "n" * 300)
    assert done.code == 0, done.output
    (run,) = [run for run in service.state()["runs"] if run["state"] != "Aborted"]
    assert run["state"] == "Completed"
    assert facts["points_updated"] == 4
    shown = outcomes(service)
    assert [shown[point] for point in (1, 2, 3, 6)] == ["passed", "failed", "failed", "passed"]
    assert shown[4] == "unspecified"
    by_point = {int(result["point_id"]): result for result in run["results"]}
    assert [sub["outcome"].lower() for sub in by_point[3]["sub_results"]] == ["failed", "passed"]
    assert all(result["state"] == "Completed" for result in run["results"])


def test_an_older_server_that_refuses_manual_cases_gets_a_manual_run(emulator, shop, junit, publish):
    service = emulator({**shop, "behaviours": {"automated_run_with_manual_cases": "refused"}})
    done, _ = publish(service, junit(case("TC102")))
    assert done.code == 0, done.output
    assert [run["is_automated"] for run in service.state()["runs"]] == [False]


WHILE_RESULTS_ARE_SENT = [{"method": "PATCH", "path": "/results", "times": 0, "delay_ms": 3_000}]
# The answer to the run's creation is lost, and the look for it takes long.
WHILE_THE_RUN_IS_MADE = [
    {"method": "POST", "path": "/test/runs", "times": 1, "drop": "after"},
    {"method": "GET", "path": "/test/runs", "times": 0, "delay_ms": 2_000},
]


@pytest.mark.off_contract
@pytest.mark.parametrize(
    ("number", "faults"),
    [
        (signal.SIGTERM, WHILE_RESULTS_ARE_SENT),
        (signal.SIGINT, WHILE_RESULTS_ARE_SENT),
        (signal.SIGINT, WHILE_THE_RUN_IS_MADE),
    ],
)
def test_a_cancelled_pipeline_leaves_no_open_run(emulator, shop, junit, tmp_path, number, faults):
    service = emulator(shop)
    service.faults(faults)
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    command = [sys.executable, "-m", "ado_publisher", "publish", str(junit(case("TC102")))]
    process = subprocess.Popen(
        [*command, "--project", "Shop", "--plan", "10"],
        cwd=tmp_path,
        env=clean_environment(tmp_path, settings),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not service.state()["runs"] and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert re.search(r"Test run 1 was aborted.*http://127", told)
    assert service.state()["runs"][0]["state"] == "Aborted"


GITHUB = {
    "INPUT_PROJECT": "Shop",
    "INPUT_PLAN": "10",
    "INPUT_FILES": "*.xml",
    "INPUT_BUILD-NUMBER": "20261122.1",
    "INPUT_FAIL-ON-FAILED-TESTS": "true",
    "INPUT_SUITE": "",
}
AZURE = {
    "INPUT_PROJECT": "Shop",
    "INPUT_PLAN": "Release 1",
    "INPUT_FILES": "*.xml",
    "INPUT_BUILDNUMBER": "20261122.1",
    "INPUT_FAILONFAILEDTESTS": "true",
    "INPUT_SUITE": "",
}


@pytest.mark.parametrize(
    ("inputs", "url"), [(GITHUB, "INPUT_ORGANIZATION-URL"), (AZURE, "INPUT_ORGANIZATIONURL")]
)
def test_the_entrypoint_reads_the_inputs_of_both_hosts(emulator, shop, junit, root, tmp_path, inputs, url):
    service = emulator(shop)
    junit(case("TC101"), case("TC102", FAILURE))
    environment = {**inputs, url: service.url, "INPUT_TOKEN": "demo-pat"}
    done = subprocess.run(
        [sys.executable, str(root / "entrypoint.py")],
        cwd=tmp_path,
        env=clean_environment(tmp_path, environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    (run,) = service.state()["runs"]
    assert (run["state"], run["build_id"]) == ("Completed", 41)
    assert "demo-pat" not in done.stdout + done.stderr
