"""What work items, plans and suites answer has the recorded shapes; their calls keep to the contract."""

import json
import subprocess
import sys

import pytest
from support.emulator_seed import small_seed
from support.emulator_service import Service
from support.emulator_shapes import E, body_of, shape
from support.emulator_work_tour import everything, nodes

from ado_publisher.emulator import Emulator

# only cloud items of today show it, and the published contract of 7.1 does not know it
FORMATS = {".multilineFieldsFormat"}
_SYSTEM = ".fields.System."

# answer -> recorded file, and the paths in it that are left out on purpose
RECORDED = {
    "create item": ("recorded/workitem-create.json", FORMATS),
    "patch field": (
        "recorded/workitem-patch-field.json",
        {".fields.Microsoft.VSTS.Common.ClosedDate", ".fields.Microsoft.VSTS.Common.ClosedBy"},
    ),
    "patch relation": ("recorded/workitem-patch-relation.json", FORMATS),
    "expand all": (
        "recorded/workitem-get-expand-all.json",
        {
            *FORMATS,
            *(_SYSTEM + name for name in ("AreaId", "IterationId", "AuthorizedAs", "PersonId", "Watermark")),
        },
    ),
    "wiql": ("recorded/wiql-post.json", set()),
    "delete item": (
        "recorded/workitem-delete.json",
        {
            ".resource._links",
            ".resource.fields.Microsoft.VSTS.Common.ClosedDate",
            ".resource.fields.Microsoft.VSTS.Common.ClosedBy",
        },
    ),
    "relation types": ("recorded/workitem-relation-types.json", set()),
    "create node": ("recorded/classification-create-201.json", set()),
    "areas": (E.format("wit", "classificationNodes/GET__wit_classificationNodes_areas"), set()),
    "comments": (
        E.format("wit", "comments/GET__wit_workitems__issueId__comments_1"),
        {".nextPage", ".continuationToken", ".comments[].commentId"},
    ),
    "states": (E.format("wit", "workItemTypeStates/GET__workitem_type_states"), set()),
    "field": (E.format("wit", "fields/GET__wit_fields__fieldName_"), set()),
    "create suite": (E.format("testPlan", "Suites/CreateTestSuite"), set()),
    "requirement suite": (E.format("testPlan", "Suites/GetTestSuiteById"), {".children"}),
    "update suite": (
        E.format("testPlan", "Suites/UpdateTestSuiteProperties"),
        {".lastPopulatedDate", ".requirementId"},
    ),
    "create plan": (
        E.format("testPlan", "Plans/CreateTestPlan"),
        {
            ".rootSuite.plan",
            "._links.build",
            "._links.buildDefinition",
            ".buildDefinition",
            ".releaseEnvironmentDefinition",
        },
    ),
    "create configuration": (E.format("testPlan", "Configurations/CreateTestConfiguration"), set()),
    "create variable": (E.format("testPlan", "Variables/CreateTestVariable"), set()),
    "iterations": (
        E.format("test", "Iterations/GET_testmanagement_iterationresults"),
        {".value[].startedDate", ".value[].completedDate", ".value[].durationInMs"},
    ),
    "detailed result": (
        E.format("test", "results/GET__test_runs_31_results__top-100_detailsToInclude-WorkItems,Iterations"),
        {
            ".value[].area",
            ".value[].startedDate",
            ".value[].completedDate",
            ".value[].durationInMs",
            ".value[].iterationDetails[].startedDate",
            ".value[].iterationDetails[].completedDate",
            ".value[].iterationDetails[].durationInMs",
            ".value[].iterationDetails[].actionResults[].completedDate",
        },
    ),
}


@pytest.fixture(scope="module")
def answers():
    with Emulator(small_seed()) as emulator:
        service = Service(emulator)
        with service.session:
            yield {**everything(service), **nodes(service)}


@pytest.mark.parametrize("name", RECORDED)
def test_an_answer_has_every_key_of_the_recorded_one(shared, answers, name):
    file, left_out = RECORDED[name]
    theirs = shape(body_of(json.loads((shared / "contracts" / "azure-devops" / file).read_text("utf-8-sig"))))
    ours = shape(answers[name])
    assert {
        path
        for path in theirs.keys() - ours.keys()
        if not any(path == gone or path.startswith((f"{gone}.", f"{gone}[")) for gone in left_out)
    } == set()
    kinds = {path: (ours[path], theirs[path]) for path in ours.keys() & theirs.keys()}
    assert {
        path: pair for path, pair in kinds.items() if not pair[0] & pair[1] and pair[1] != {"NoneType"}
    } == {}
    assert {gone for gone in left_out if gone in ours or gone not in theirs} == set()


def test_every_call_keeps_to_the_published_contract(shared, start, tmp_path):
    log = tmp_path / "tour.jsonl"
    everything(start(exchange_log=log))
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
    assert {line["status"] for line in map(json.loads, log.read_text().splitlines())} == {200, 204}
