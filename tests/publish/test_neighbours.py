"""PublishTestResults in the same job puts the same tests on the build a second time: it is told."""

import requests

from .conftest import case

AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_TEAMPROJECT": "Shop",
    "BUILD_BUILDID": "41",
    "BUILD_BUILDNUMBER": "20261122.1",
    "SYSTEM_STAGENAME": "Test",
    "SYSTEM_PHASENAME": "Web",
    "SYSTEM_JOBNAME": "chrome",
}
TOLD = "its Tests tab shows these tests twice"


def other_run(service, *, job=("Test", "Web", "chrome"), tests=3, **more):
    """A run as PublishTestResults@2 makes it."""
    stage, phase, name = job
    reference = {
        "pipelineId": 41,
        "stageReference": {"stageName": stage, "attempt": 1},
        "phaseReference": {"phaseName": phase, "attempt": 1},
        "jobReference": {"jobName": name, "attempt": 1},
    }
    body = {
        "name": "JUnit_TestResults_41",
        "automated": True,
        "state": "InProgress",
        "build": {"id": "41"},
        "pipelineReference": reference,
        **more,
    }
    url, auth = f"{service.url}/Shop/_apis/test/runs", ("", "demo-pat")
    made = requests.post(f"{url}?api-version=7.1", json=body, auth=auth, timeout=10)
    made.raise_for_status()
    run_id = made.json()["id"]
    results = [{"testCaseTitle": f"t{n}", "outcome": "Passed", "state": "Completed"} for n in range(tests)]
    requests.post(
        f"{url}/{run_id}/results?api-version=7.1", json=results, auth=auth, timeout=10
    ).raise_for_status()
    return run_id


def published(service, publish, junit, *flags):
    env = {**AZURE, "SYSTEM_COLLECTIONURI": f"{service.url}/"}
    done, facts = publish(service, junit(case("TC101")), *flags, env=env)
    assert done.code == 0, done.output
    return done, facts


def test_the_same_jobs_results_without_a_plan_are_told_in_the_log_and_the_summary(
    emulator, shop, junit, publish
):
    service = emulator(shop)
    run_id = other_run(service)
    done, facts = published(service, publish, junit)
    assert f"test run {run_id} 'JUnit_TestResults_41' (3 tests) without a test plan" in done.stderr
    assert TOLD in done.stderr
    assert any(TOLD in notice for notice in facts["notices"])


def test_nothing_is_told_of_another_job_or_of_our_own_runs_or_without_a_link(emulator, shop, junit, publish):
    service = emulator(shop)
    other_run(service, job=("Test", "Web", "firefox"))
    other_run(service, tests=0)
    other_run(service, automated=False)
    published(service, publish, junit)
    done, _ = published(service, publish, junit, "--key", "second", "--unmatched", "publish")
    assert TOLD not in done.output
    other_run(service)
    done, _ = published(service, publish, junit, "--no-build-link", "--key", "third")
    assert TOLD not in done.output


def test_it_is_asked_only_where_the_pipelines_own_build_is_linked(emulator, shop, junit, publish):
    service = emulator(shop)
    other_run(service)
    done, facts = publish(service, junit(case("TC101")), "--build-id", "41")
    assert (done.code, TOLD in done.output) == (0, False)
    # plan, build, points, create, ids, batch, complete
    assert facts["requests"] == 7
    _, planned = published(service, publish, junit, "--key", "2", "--dry-run")
    assert planned["requests"] == 8
