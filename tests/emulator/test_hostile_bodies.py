"""Whatever a body holds, the answer is one of the service's, never a broken connection."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.emulator_seed import small_seed

from ado_publisher.emulator import Emulator
from ado_publisher.emulator.dispatch import Call, answer

SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**31, 2**63 - 1, -(2**40), 0.5, "1", "x", "", "10"]),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "name", "x", "jobName", "jobReference", "outcome"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
RUN = [
    "state",
    "plan",
    "pointIds",
    "build",
    "automated",
    "tags",
    "pipelineReference",
    "startDate",
    "completeDate",
    "owner",
    "comment",
    "startedDate",
    "completedDate",
    "iteration",
    "deleteInProgressResults",
    "buildReference",
    "name",
    "Name",
]
RESULT = [
    "outcome",
    "testPoint",
    "subResults",
    "durationInMs",
    "startedDate",
    "completedDate",
    "priority",
    "runBy",
    "state",
    "customFields",
    "resultGroupType",
    "testCaseTitle",
    "errorMessage",
    "configuration",
    "iterationDetails",
    "id",
    "associatedBugs",
    "owner",
    "failureType",
    "testCase",
]
FILE = ["stream", "fileName", "attachmentType", "comment"]
FILTER = ["testcaseIds", "configurationNames", "testers"]
CALLS = [
    ("POST", "test/runs", RUN, {"name": "n"}, False),
    ("PATCH", "test/runs/1", RUN, {}, False),
    ("POST", "test/runs/2/results", RESULT, {"testPoint": {"id": 1}}, True),
    ("PATCH", "test/runs/1/results", RESULT, {"id": 100000}, True),
    ("POST", "test/runs/1/attachments", FILE, {"fileName": "a", "stream": ""}, False),
    ("POST", "test/points", ["pointsFilter", "PointsFilter"], {}, False),
    ("PATCH", "test/Plans/10/Suites/12/points/1", ["outcome", "resetToActive", "tester"], {}, False),
    ("PATCH", "testplan/Plans/10/Suites/12/TestPoint", ["results", "isActive", "tester"], {"id": 1}, True),
    ("POST", "wit/workitemsbatch", ["ids", "fields", "errorPolicy", "$expand"], {"ids": [101]}, False),
]
INNER = st.dictionaries(st.sampled_from([*FILTER, "outcome", "id"]), VALUES, max_size=3)


@st.composite
def calls(draw):
    """Draw a call: mostly a body that is nearly right, at times any JSON at all."""
    method, path, keys, needed, many = draw(st.sampled_from(CALLS))
    if draw(st.integers(0, 9)) == 0:
        return method, path, draw(VALUES)
    wrong = draw(st.dictionaries(st.sampled_from(keys), st.one_of(VALUES, INNER), min_size=1, max_size=3))
    body = {**needed, **wrong}
    return method, path, [body] if many else body


READS = [
    "test/runs",
    "test/runs/1/results",
    "build/builds",
    "build/definitions",
    "testplan/plans",
    "test/runs/1",
    "testplan/Plans/10/suites",
    "testplan/Plans/10/Suites/11/TestPoint",
    "testplan/Plans/10/Suites/11/TestCase",
    "testplan/configurations",
    "test/Plans/10/Suites/12/points",
    "wit/workitems",
    "test/runs/1/results/100000/attachments",
    "testplan/suites",
    "projects",
    "test/runs/1/results/100000",
]
NAMES = st.sampled_from(
    [
        "$top",
        "$skip",
        "continuationToken",
        "ids",
        "planId",
        "buildUri",
        "automated",
        "minLastUpdatedDate",
        "planIds",
        "maxLastUpdatedDate",
        "testCaseId",
        "testPointIds",
        "isRecursive",
        "pointId",
        "detailsToInclude",
        "outcomes",
        "name",
        "buildNumber",
        "buildIds",
        "definitions",
        "statusFilter",
        "testSubResultId",
        "witFields",
        "state",
        "fields",
        "expand",
    ]
)
TEXTS = st.one_of(
    st.sampled_from(["", "1", "-1", "1,2", ",", "99999999999", "2026-01-01", "true", ";", "0;", "*", "1;5"]),
    st.text("0123456789;,-a*%_", max_size=6),
)


@pytest.fixture(scope="module")
def service():
    emulator = Emulator(small_seed())
    call(emulator, "POST", "test/runs", orjson.dumps({"name": "a", "plan": {"id": 10}, "pointIds": [1, 2]}))
    call(emulator, "POST", "test/runs", orjson.dumps({"name": "b", "plan": {"id": 10}}))
    yield emulator
    emulator.stop()


def call(emulator, method, path, body=b"", query="api-version=7.1"):
    sent = Call(
        method,
        emulator.root_url,
        f"/demo/Shop/_apis/{path}",
        query,
        {"authorization": "Bearer demo-pat"},
        body,
    )
    return answer(sent, emulator.store, emulator.settings)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=calls())
def test_any_json_body_is_answered(service, sent):
    method, path, body = sent
    result = call(service, method, path, orjson.dumps(body))
    assert result.status in (200, 204, 400, 404)
    orjson.dumps(result.body)
    orjson.dumps(service.state())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(READS), query=st.dictionaries(NAMES, TEXTS, max_size=3))
def test_any_query_is_answered(service, path, query):
    from urllib.parse import urlencode

    result = call(service, "GET", path, query=urlencode(query))
    assert result.status in (200, 400, 404)
    orjson.dumps(result.body)
