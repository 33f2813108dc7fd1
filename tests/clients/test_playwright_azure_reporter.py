"""playwright-azure-reporter, unchanged, publishes a Playwright suite to the emulator in both of its modes."""

import pytest

MODES = ("testResult", "testRun")


@pytest.fixture(scope="module")
def plays():
    return {}


@pytest.fixture(params=MODES)
def played(request, plays, play, node):
    if request.param not in plays:
        command = ["node", "node_modules/@playwright/test/cli.js", "test"]
        plays[request.param] = play(command, cwd=node, PUBLISH_MODE=request.param)
    return plays[request.param]


def test_its_results_reach_the_points_of_the_plan(played):
    assert played.code == 1, played.stdout + played.stderr  # one test of the suite fails
    run = played.state["runs"][0]
    assert (run["name"].strip(), run["state"], run["plan_id"]) == ("Playwright suite", "Completed", 10)
    assert run["comment"] == "by playwright"
    found = sorted((item["point_id"], item["outcome"]) for item in run["results"])
    # Every attempt is a result of its own; a skipped one is sent as not applicable or not executed.
    assert [item for item in found if item[0] == 3] == [(3, "Failed"), (3, "Failed")]
    assert {item for item in found if item[0] in (1, 6)} == {(1, "Passed"), (6, "Passed")}
    outcomes = {point["id"]: point["outcome"] for point in played.state["points"]}
    assert (outcomes[1], outcomes[3], outcomes[6]) == ("Passed", "Failed", "Passed")


def test_its_attachments_hang_on_their_results(played):
    names = {
        result["point_id"]: [item["name"] for item in result["attachments"]]
        for result in played.state["runs"][0]["results"]
        if result["attachments"]
    }
    assert names
    assert all(name.startswith("log_") for files in names.values() for name in files)


def test_no_call_is_left_without_an_answer(played):
    assert [call for call, status in played.exchanges() if status != 200] == []


# The published contract describes the query of results by ids only for the testresults area.
OFF_CONTRACT = {"testResult": [], "testRun": ["unknown-path POST /demo/Shop/_apis/test/Results"]}


@pytest.mark.off_contract
def test_its_exchanges_break_no_rule_of_the_contract(played, findings, request):
    assert findings(played) == OFF_CONTRACT[request.node.callspec.params["played"]]
