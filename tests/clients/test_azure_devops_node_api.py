"""azure-devops-node-api, unchanged, does its whole work against the emulator."""

import pytest

SHOWN = {"unspecified": 0, "passed": 2, "failed": 3}


@pytest.fixture(scope="module")
def plays():
    return {}


@pytest.fixture(params=["cloud", "server2022"])
def played(request, plays, play, node):
    if request.param not in plays:
        plays[request.param] = play(["node", "publish.js"], cwd=node, server=request.param)
    return plays[request.param]


def test_it_publishes_a_planned_run(played):
    seen = played.json()
    assert seen.pop("web") == f"{played.url}/Shop/_TestManagement/Runs?runId=1&_a=runCharts"
    assert seen == {
        "user": "Emulator User",
        "projects": ["Other", "Shop"],
        "plans": ["Release 1"],
        "suites": ["Release 1", "Login", "Deep", "Smoke"],
        "configurations": ["Windows", "Linux"],
        "cases": [101, 102],
        "build": 41,
        "title": "Valid login",
        "before": [SHOWN["unspecified"]] * 3,
        "run": 1,
        "attachments": ["log.txt"],
        "content": "hello",
        "state": "Completed",
        "after": [SHOWN["failed"], SHOWN["passed"], SHOWN["unspecified"]],
    }


def test_its_run_stands_in_the_emulator(played):
    run = played.state["runs"][0]
    assert (run["name"], run["state"], run["build_id"], run["plan_id"]) == (
        "node client",
        "Completed",
        41,
        10,
    )
    assert [(item["point_id"], item["outcome"]) for item in run["results"]] == [(1, "Failed"), (2, "Passed")]
    assert [item["name"] for item in run["attachments"]] == ["log.txt"]


@pytest.mark.off_contract
def test_its_exchanges_break_no_rule_of_the_contract(played, findings):
    # connect() names no version, although the service has only preview versions of the call.
    assert findings(played) == ["missing-api-version GET /demo/_apis/connectionData"]
