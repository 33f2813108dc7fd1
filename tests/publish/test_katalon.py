"""A Katalon collection with a retry, through the command line: what stands on each point afterwards."""

import shutil

import pytest

from .conftest import outcomes

UNTOUCHED = "unspecified"


@pytest.fixture
def published(root, emulator, cli, tmp_path):
    """The example of examples/katalon, published; gives the process, the run and what the points show."""
    folder = tmp_path / "shop"
    shutil.copytree(root / "examples" / "katalon", folder)
    service = emulator(seed_file=folder / "seed.yml")
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    done = cli(
        "publish", "--config", "ado-publisher.yml", "--build-number", "20261122.1", cwd=folder, env=env
    )
    assert done.code == 0, done.output
    (run,) = service.state()["runs"]
    return done, run, service


def test_each_test_of_the_collection_is_counted_once(published):
    done, run, _ = published
    assert "7 tests read: 6 matched, 0 unmatched, 0 ambiguous, 1 skipped" in done.stdout
    assert "outcomes: 2 Failed, 1 Error, 3 Passed, 1 NotExecuted" in done.stdout
    assert done.stdout.count("counted once") == 3
    assert run["name"] == "20261122.1 Test Suites/Nightly"


def test_the_points_show_katalons_verdicts_on_the_browser_that_ran(published):
    _, _, service = published
    points = {(p["case_id"], p["configuration_id"]): p["id"] for p in service.state()["points"]}
    shown = outcomes(service)
    assert {key: shown[number] for key, number in points.items()} == {
        (101, 1): "passed",
        (101, 2): UNTOUCHED,
        (102, 1): "failed",
        (102, 2): UNTOUCHED,
        (103, 1): "passed",
        (201, 1): "failed",
        (202, 1): "error",
        (203, 1): UNTOUCHED,
    }


def test_each_suite_of_a_collection_gets_its_own_run_when_asked(root, emulator, cli, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(root / "examples" / "katalon", folder)
    service = emulator(seed_file=folder / "seed.yml")
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    template = "{collection}: {suite}"
    done = cli("publish", "--run-per", "suite", "--run-name", template, cwd=folder, env=env)
    assert done.code == 0, done.output
    assert {run["name"] for run in service.state()["runs"]} == {
        "Test Suites/Nightly: Test Suites/Web/Login",
        "Test Suites/Nightly: Test Suites/Web/Checkout",
    }


def test_a_retry_decides_and_both_attempts_are_inside(published):
    done, run, _ = published
    by_case = {result["case_id"]: result for result in run["results"]}
    inside = {case: [sub["outcome"].lower() for sub in by_case[case]["sub_results"]] for case in by_case}
    assert inside == {
        101: [],
        102: ["failed", "failed"],
        103: ["failed", "passed"],
        201: ["passed", "failed"],
        202: [],
    }
    assert [sub["display_name"] for sub in by_case[201]["sub_results"]] == [
        "Test Cases/Checkout/TC201 Pay [Iteration 1]",
        "Test Cases/Checkout/TC201 Pay [Iteration 2]",
    ]
    assert "merged as retries" in done.stdout


def test_the_screenshots_of_every_try_go_with_what_failed(published):
    _, run, _ = published
    attached = {result["case_id"]: len(result["attachments"]) for result in run["results"]}
    assert attached == {101: 0, 102: 2, 103: 0, 201: 1, 202: 0}


def test_a_screenshot_that_is_a_link_out_of_the_folder_is_refused(root, emulator, cli, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(root / "examples" / "katalon", folder)
    for shot in folder.rglob("*.png"):
        shot.unlink()
        shot.symlink_to("/etc/passwd")
    service = emulator(seed_file=folder / "seed.yml")
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    done = cli("publish", "--config", "ado-publisher.yml", "--no-build-link", cwd=folder, env=env)
    assert "outside the allowed folders" in done.output
    (run,) = service.state()["runs"]
    assert all(not result["attachments"] for result in run["results"])
