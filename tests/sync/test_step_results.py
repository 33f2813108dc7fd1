"""What each step of a result came to, where the config asks for it."""

from __future__ import annotations

import copy

import pytest
import requests

from .test_ado_testrail import ADO
from .test_command import KEYS
from .test_steps import STEPS
from .test_testrail import SEED as TESTRAIL

FIELD = {"name": "step_results", "label": "Steps", "type_id": 11}
ITERATIONS = [
    {
        "id": 1,
        "outcome": "Failed",
        "actionResults": [
            {"actionPath": "00000002", "iterationId": 1, "stepIdentifier": "2", "outcome": "Passed"},
            {
                "actionPath": "00000003",
                "iterationId": 1,
                "stepIdentifier": "3",
                "outcome": "Failed",
                "errorMessage": "no *card* <b>",
            },
            {"actionPath": "00000004", "iterationId": 1, "stepIdentifier": "4", "outcome": "NotExecuted"},
        ],
    }
]
TWO = STEPS.replace(
    "</steps>",
    '<step id="3" type="ActionStep"><parameterizedString isformatted="true">pay_it</parameterizedString>'
    '<parameterizedString isformatted="true"/><description/></step></steps>',
)


@pytest.fixture
def world(emulator, testrail_service, cli, tmp_path):
    """`world(field=…)` gives both services and `sync(…)`."""
    import yaml

    def start(field=FIELD, **results):
        seed = copy.deepcopy(ADO)
        seed["projects"][0]["plans"][0]["suites"][0]["cases"][0]["fields"] = {"Microsoft.VSTS.TCM.Steps": TWO}
        ado = emulator(seed)
        testrail = testrail_service({**TESTRAIL, "result_fields": [field] if field else []})
        config = {
            "version": 1,
            "azure_devops": {"organization_url": ado.url, "project": "Shop", "plan": 10},
            "testrail": {"url": testrail.url, "project": 1},
            "runs": "per_testrail_run",
            "results": results,
        }
        (tmp_path / "ado-publisher-sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        return ado, testrail, lambda *arguments: cli("sync", *arguments, env=KEYS)

    return start


def publish(ado, run, iterations):
    point = next(point for point in ado.state()["points"] if point["case_id"] == 101)
    body = {
        "testPoint": {"id": str(point["id"])},
        "testCase": {"id": "101"},
        "testCaseTitle": "any",
        "testCaseRevision": 1,
        "outcome": "Failed",
        "state": "Completed",
        "iterationDetails": iterations,
    }
    answer = requests.post(
        f"{ado.url}/Shop/_apis/test/Runs/{run}/results?api-version=7.1",
        json=[body],
        auth=("", "demo-pat"),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def told(world, iterations=ITERATIONS, **options):
    """The result in TestRail after a failed one of the case was published."""
    ado, testrail, sync = world(**options)
    assert sync("run").code == 0
    call = f"{testrail.url}/index.php?/api/v2/add_run/1"
    requests.post(
        call, json={"name": "R"}, auth=("user@example.com", "demo-key"), timeout=10
    ).raise_for_status()
    assert sync("run", "--sweep").code == 0
    publish(ado, ado.state()["runs"][0]["id"], iterations)
    done = sync("run")
    assert done.code == 0, done.output
    (result,) = testrail.state()["results"]
    return result


def test_steps_are_told_with_their_texts_and_statuses(world):
    assert told(world, steps=True)["custom_step_results"] == [
        {"content": "open it", "expected": "it is open", "actual": "", "status_id": 1},
        {"content": "pay\\_it", "expected": "", "actual": "```\nno *card* <b>\n```", "status_id": 5},
        {"content": "Step 4", "expected": "", "actual": "", "status_id": 3},
    ]


def test_steps_are_not_told_where_nobody_asks_for_them(world):
    assert "custom_step_results" not in told(world)


def test_a_result_without_steps_is_told_as_it_is(world):
    assert "custom_step_results" not in told(world, iterations=[], steps=True)


def test_a_field_for_steps_that_is_missing_is_told_by_the_check(world):
    _, _, sync = world(field=None, steps=True)
    done = sync("check")
    assert done.code != 0
    assert "its results have no field custom_step_results, which results.steps needs" in done.output
    assert "type Step Results" in done.output
