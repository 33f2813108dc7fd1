"""The answers have the shapes the service was recorded with, and its published contract holds for them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from support import emulator_tour as tour
from support.emulator_seed import small_seed
from support.emulator_service import Service
from support.emulator_shapes import E, body_of, shape

from ado_publisher.emulator import Emulator

# answer -> recorded file, and the paths in it that are left out on purpose
RECORDED = {
    "projects": ("recorded/projects-list-page.json", set()),
    "project": ("recorded/project-get.json", set()),
    "connection": ("recorded/connectiondata.json", set()),
    "areas": ("recorded/resourceareas.json", set()),
    # the contract of 7.1 does not know drafts and keepForever in a build
    "build": (
        "recorded/build-get.json",
        {".definition.drafts", ".keepForever", "._links.sourceVersionDisplayUri"},
    ),
    "definitions": ("recorded/definitions-list.json", {".value[]._links.editor", ".value[].queue"}),
    "create": ("recorded/createRunValidResponse.json", set()),
    "complete": ("recorded/completeRunValidResponse.json", set()),
    "add results": ("recorded/testRunResults3-7ValidResponse.json", set()),
    "add attachment": ("recorded/runResultsAttachmentsResponse.json", set()),
    "point query": ("recorded/points3Response.json", set()),
    "live point": ("recorded/testplan-testpoint-live-2023.json", set()),
    "results by query": (
        "recorded/getTestResultsByQueryResponse.json",
        set(),
    ),
    "unplanned": ("recorded/results-list-unplanned-2020.json", set()),
    "work items": (
        "recorded/workitems-batch-get.json",
        {".value[].fields.System.WorkItemType", ".value[].fields.System.State"},
    ),
    "plan": (
        E.format("testPlan", "Plans/GetTestPlanById"),
        {
            # only what a plan with a build, dates and a release has
            ".previousBuildId",
            "._links.build",
            "._links.previousBuild",
            "._links.buildDefinition",
            ".buildId",
            ".buildDefinition",
            ".releaseEnvironmentDefinition",
            ".startDate",
            ".endDate",
            ".description",
            ".rootSuite.plan",
        },
    ),
    "suites": (
        E.format("testPlan", "Suites/GetTestSuitesForPlan"),
        {
            ".value[].defaultTesters",
            ".value[].lastPopulatedDate",
            ".value[].queryString",
            ".value[].requirementId",
        },
    ),
    "suite tree": (
        E.format("testPlan", "Suites/GetTestSuitesAsTreeView"),
        {
            ".value[].children[].lastPopulatedDate",
            ".value[].children[].queryString",
            ".value[].children[].requirementId",
        },
    ),
    "configuration": (E.format("testPlan", "Configurations/GetTestConfigurationById"), set()),
    "create with points": (E.format("test", "runs/POST__test__projectName__runs"), {".iteration"}),
    "run": (E.format("test", "runs/GET_test_run_id"), {".iteration"}),
    "runs": (E.format("test", "runs/GET__test__projectName__runs_top-3"), {".value[].iteration"}),
    "statistics": (E.format("test", "runs/GET_run_statistics"), set()),
    "attachments": (
        E.format("test", "attachments/GET__test_runs__newRunId__results__result1__attachments"),
        set(),
    ),
    "run attachments": (E.format("test", "attachments/GET__test_runs__newRunId__attachments"), set()),
    "add run attachment": (E.format("test", "attachments/POST__test_runs__newRunId__attachments"), set()),
    "result": (
        E.format("test", "results/GET__test_runs__runId__results_100000_3_0"),
        {
            # only what a result of an installed test assembly has
            ".automatedTestTypeId",
            ".automatedTestId",
            ".area",
        },
    ),
    "update results": (E.format("test", "results/PATCH__test_runs__newRunId__results_3_0"), set()),
    "old points after": (
        E.format(
            "test",
            "points/GET__test__projectName__plans__planId__suites__suiteId__points_includePointDetails-true",
        ),
        {".value[].lastTestRun.name", ".value[].testCase.webUrl"},
    ),
    "reset old point": (
        E.format("test", "points/PATCH__test__projectName__plans__planId__suites__suiteId__points__pointId_"),
        {".value[].testCase.webUrl"},
    ),
}


@pytest.fixture(scope="module")
def answers():
    with Emulator(small_seed()) as emulator:
        service = Service(emulator)
        with service.session:
            found = {**tour.read_everything(service), **tour.publish(service), **tour.publish_shared(service)}
            named = [{"id": 100000, "testRun": {"id": str(found["create with points"]["id"])}}]
            # Not part of the tour: the published contract describes it only for the testresults area.
            found["results by query"] = service.post("test/results", {"fields": [""], "results": named})
            yield found


@pytest.mark.parametrize("name", RECORDED)
def test_an_answer_has_every_key_of_the_recorded_one_and_the_same_kinds(shared, answers, name):
    file, left_out = RECORDED[name]
    text = (shared / "contracts" / "azure-devops" / file).read_text("utf-8-sig")
    ours, theirs = shape(answers[name]), shape(body_of(json.loads(text)))
    missing = {
        path
        for path in theirs.keys() - ours.keys()
        if not any(path == gone or path.startswith((f"{gone}.", f"{gone}[")) for gone in left_out)
        # identities and build references were shown longer or shorter over the years
        and not path.endswith((".type", ".webUrl"))
    }
    assert missing == set()
    different = {
        path: (kinds, theirs[path])
        for path, kinds in ours.items()
        if path in theirs
        and not kinds & theirs[path]
        and theirs[path] != {"NoneType"}
        and kinds != {"NoneType"}
    }
    assert different == {}
    stale = {gone for gone in left_out if gone in ours or gone not in theirs}
    assert stale == set()


def test_the_errors_have_the_recorded_bodies(shared, service):
    folder = shared / "contracts" / "azure-devops" / "recorded"
    missing = service.call("GET", "/_apis/wit/workItems/191")
    assert missing.json() == body_of(json.loads((folder / "404-workitem-tf401232-get.json").read_text()))
    service.project = "SampleSample"
    refused = service.call("POST", "test/runs", {"name": "x"})
    assert refused.json() == json.loads((folder / "createRunInvalidResponse.json").read_text())
    bodies = [item["body"] for item in json.loads((folder / "error-bodies-from-threads.json").read_text())]
    service.project = "Shop"
    run = service.post("test/runs", {"name": "r", "plan": {"id": "10"}})["id"]
    assert service.call("POST", f"test/runs/{run}/results", [{"outcome": "Passed"}]).json() in bodies
    assert service.call("POST", "test/runs", {"name": "r"}, version=None).json() in bodies


def test_the_options_answer_says_of_each_resource_what_the_service_said(shared, service):
    folder = shared / "contracts" / "azure-devops" / "recorded"
    recorded = {
        item["id"].lower(): item
        for item in body_of(json.loads((folder / "options-apis.json").read_text()))["value"]
    }
    ours = service.session.options(f"{service.emulator.url}/_apis", auth=("", "demo-pat")).json()["value"]
    assert [item for item in ours if item != recorded[item["id"]]] == []


def test_a_broad_tour_breaks_no_rule_of_the_published_contract(shared, start, tmp_path):
    log = tmp_path / "tour.jsonl"
    service = start(exchange_log=log)
    tour.read_everything(service)
    tour.publish(service)
    tour.publish_shared(service)
    contracts = shared / "contracts" / "azure-devops"
    command = [
        sys.executable,
        contracts / "contract_check.py",
        log,
        "--swagger",
        contracts,
        "--responses",
        "--json",
    ]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert report["exchanges"] > 50
    assert report["findings"] == []
