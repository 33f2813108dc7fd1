"""The azure-devops package for Python, unchanged, does its whole work against the emulator."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "python" / "publish.py"


@pytest.fixture(scope="module", params=["cloud", "server2022"])
def played(request, play):
    if importlib.util.find_spec("azure") is None or importlib.util.find_spec("azure.devops") is None:
        pytest.skip("needs the azure-devops package")
    return play([sys.executable, "-W", "error", str(SCRIPT)], cwd=SCRIPT.parent, server=request.param)


def test_it_publishes_a_planned_run(played):
    seen = played.json()
    assert seen.pop("web") == f"{played.url}/Shop/_TestManagement/Runs?runId=1&_a=runCharts"
    assert seen == {
        "projects": ["Other", "Shop"],
        "plans": ["Release 1"],
        "suites": ["Release 1", "Login", "Deep", "Smoke"],
        "configurations": ["Windows", "Linux"],
        "cases": [101, 102],
        "build": 41,
        "title": "Valid login",
        "before": ["unspecified"] * 3,
        "run": 1,
        "attachments": ["log.txt"],
        "content": "hello",
        "state": "Completed",
        "after": ["failed", "passed", "unspecified"],
    }


def test_its_run_stands_in_the_emulator(played):
    run = played.state["runs"][0]
    assert (run["name"], run["state"], run["build_id"], run["plan_id"]) == (
        "python client",
        "Completed",
        41,
        10,
    )
    assert [(item["point_id"], item["outcome"]) for item in run["results"]] == [(1, "Failed"), (2, "Passed")]
    assert [item["name"] for item in run["attachments"]] == ["log.txt"]


def test_its_exchanges_break_no_rule_of_the_contract(played, findings):
    assert findings(played) == []
