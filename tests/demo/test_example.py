"""examples/junit, published as its reader would: what the report says stands on the points afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path("examples/junit")


@pytest.fixture
def published(cli, emulator, root: Path, tmp_path: Path):
    """(facts of --report-json, the emulator's state) after publishing the example."""
    work = tmp_path / "shop"
    shutil.copytree(root / EXAMPLE, work)
    server = emulator(seed_file=work / "seed.yml")
    environment = {"ADO_PUBLISHER_ORGANIZATION_URL": server.url, "ADO_PUBLISHER_TOKEN": server.token}
    arguments = ("--build-number", "20261122.1", "--report-json", "facts.json")
    done = cli("publish", *arguments, cwd=work, env=environment)
    assert done.code == 0, done.output
    return json.loads((work / "facts.json").read_text()), server.state()


def outcomes(state: dict[str, Any]) -> dict[tuple[int, int], str]:
    return {(point["case_id"], point["configuration_id"]): point["outcome"] for point in state["points"]}


def test_the_points_show_what_the_report_says(published):
    _, state = published
    said = outcomes(state)
    assert {case: said[case, 1] for case in (101, 102, 103, 104)} == {
        101: "Passed",
        102: "Passed",
        103: "Failed",
        104: "Passed",
    }
    assert {case: said[case, 1] for case in (201, 202, 203, 204, 205)} == {
        201: "Failed",  # one of its three rows failed
        202: "Passed",
        203: "Failed",  # an <error> is a failure to the service
        204: "Passed",
        205: "Passed",
    }


def test_what_did_not_run_leaves_its_point_alone(published):
    _, state = published
    said = outcomes(state)
    assert said[105, 1] not in {"Passed", "Failed", "NotExecuted"}


def test_two_configurations_of_one_case_each_take_their_own_result(published):
    _, state = published
    said = outcomes(state)
    assert (said[104, 1], said[104, 2]) == ("Passed", "Failed")


def test_every_test_is_accounted_for(published):
    facts, _ = published
    assert facts["counts"] == {"read": 13, "matched": 11, "unmatched": 1, "ambiguous": 0, "skipped": 1}
    assert all(result["targets"] or result["reason"] for result in facts["results"])


def test_the_run_is_completed_and_linked_to_its_build(published):
    _, state = published
    (run,) = state["runs"]
    assert (run["state"], run["build_id"], run["plan_id"]) == ("Completed", 41, 10)
    assert run["name"] == "20261122.1 web shop"


def test_rows_of_data_and_attempts_are_inside_their_result(published):
    _, state = published
    (run,) = state["runs"]
    chrome = [result for result in run["results"] if str(result["configuration"]["id"]) == "1"]
    inside = {r["case_id"]: [s["outcome"] for s in r["sub_results"]] for r in chrome}
    assert sorted(inside[201]) == ["Failed", "Passed", "Passed"]
    assert inside[104] == ["Failed", "Passed"]


def test_the_screenshot_of_the_failure_is_attached(published):
    _, state = published
    (run,) = state["runs"]
    attached = {r["case_id"]: [a["name"] for a in r["attachments"]] for r in run["results"]}
    assert attached[103] == ["locked-account.png"]
