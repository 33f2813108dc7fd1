"""Whatever a patch, a query or a plan's body holds, the answer is one of the service's."""

from urllib.parse import quote, urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.emulator_work import PATCH, TESTED_BY, TESTS, work_seed

from ado_publisher.emulator import Emulator
from ado_publisher.emulator.dispatch import Call, answer

SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(
        [2**31, 2**63 - 1, -(2**70), 0.5, 1e300, "1", "x", "", "10", "2026-01-01", "Shop\\Web", "Closed"]
    ),
    st.text(max_size=5),
)
KEYS = [
    "id",
    "name",
    "op",
    "path",
    "value",
    "rel",
    "url",
    "outcome",
    "configurationId",
    "syncOutcomeAcrossSuites",
]
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = [
    "System.Title",
    "System.State",
    "System.AreaPath",
    "System.IterationPath",
    "System.Tags",
    "System.History",
    "System.AssignedTo",
    "System.Id",
    "System.CreatedDate",
    "Microsoft.VSTS.Common.Priority",
    "Custom.Nothing",
    "Microsoft.VSTS.TCM.AutomationStatus",
    "Microsoft.VSTS.Scheduling.StoryPoints",
    "Microsoft.VSTS.Scheduling.StartDate",
    "System.WorkItemType",
]
PATHS = [
    *(f"/fields/{name}" for name in NAMES),
    "/rev",
    "/relations/-",
    "/relations/0",
    "/relations/99",
    "/relations/0/attributes/comment",
    "/fields/",
    "/",
    "",
    "relations",
    "/id",
]
URLS = [
    "x",
    "/_apis/wit/workItems/101",
    "http://h/_apis/wit/workItems/9999999999",
    "http://h/_apis/wit/workItems/301",
]
LINKS = st.builds(
    lambda rel, url, attributes: {"rel": rel, "url": url, "attributes": attributes},
    st.sampled_from([TESTED_BY, TESTS, "Hyperlink", "System.LinkTypes.Hierarchy-Reverse", "Nope", ""]),
    st.sampled_from(URLS),
    VALUES,
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "test", "move", "copy", 0, 5, 9, "x", None])},
    optional={"path": st.sampled_from(PATHS), "value": st.one_of(VALUES, LINKS), "from": SIMPLE},
)
PATCHED = [
    "wit/workitems/301",
    "wit/workitems/101",
    "wit/workitems/$Bug",
    "wit/workitems/$Test%20Case",
    "wit/workitems/$",
]
BODIES = [
    ("POST", "wit/wiql", ["query"], {}, False),
    ("POST", "wit/workItems/302/comments", ["text"], {}, False),
    ("POST", "wit/classificationnodes/areas", ["name", "id", "attributes"], {}, False),
    (
        "POST",
        "testplan/plans",
        [
            "name",
            "areaPath",
            "iteration",
            "state",
            "startDate",
            "endDate",
            "owner",
            "buildId",
            "testOutcomeSettings",
            "description",
        ],
        {"name": "p"},
        False,
    ),
    (
        "PATCH",
        "testplan/plans/10",
        ["name", "areaPath", "state", "startDate", "testOutcomeSettings"],
        {},
        False,
    ),
    (
        "POST",
        "testplan/Plans/10/suites",
        [
            "name",
            "suiteType",
            "parentSuite",
            "requirementId",
            "queryString",
            "defaultConfigurations",
            "inheritDefaultConfigurations",
            "defaultTesters",
        ],
        {"name": "s", "parentSuite": {"id": 11}},
        False,
    ),
    (
        "PATCH",
        "testplan/Plans/10/suites/13",
        [
            "name",
            "parentSuite",
            "queryString",
            "defaultConfigurations",
            "defaultTesters",
            "inheritDefaultConfigurations",
        ],
        {},
        False,
    ),
    (
        "POST",
        "testplan/Plans/10/Suites/12/TestCase",
        ["workItem", "pointAssignments"],
        {"workItem": {"id": 101}},
        True,
    ),
    (
        "PATCH",
        "testplan/Plans/10/Suites/12/TestCase",
        ["workItem", "pointAssignments"],
        {"workItem": {"id": 101}},
        True,
    ),
    (
        "POST",
        "testplan/configurations",
        ["name", "description", "isDefault", "values", "state"],
        {"name": "c"},
        False,
    ),
    ("PATCH", "testplan/configurations", ["name", "description", "isDefault", "values", "state"], {}, False),
    ("POST", "testplan/variables", ["name", "description", "values"], {"name": "v"}, False),
    (
        "POST",
        "test/Results/testhistory",
        [
            "automatedTestName",
            "testCaseId",
            "trendDays",
            "groupBy",
            "maxCompleteDate",
            "buildDefinitionId",
            "branch",
        ],
        {"testCaseId": 101},
        False,
    ),
    ("PATCH", "test/runs/1/results", ["associatedBugs", "iterationDetails"], {"id": 100000}, True),
]
READS = [
    "wit/workitems/301",
    "wit/workitems",
    "wit/workItems/301/revisions",
    "wit/workItems/301/updates",
    "wit/workItems/301/comments",
    "wit/classificationnodes",
    "wit/classificationnodes/areas/Web",
    "wit/workitemtypes/Bug/fields",
    "wit/fields/Title",
    "wit/tags",
    "testplan/suiteentry/11",
    "testplan/variables",
    "test/runs/1/results/100000/iterations",
]
QUERIES = st.sampled_from(
    [
        "$top",
        "$skip",
        "$depth",
        "$expand",
        "ids",
        "fields",
        "errorPolicy",
        "continuationToken",
        "order",
        "suiteEntryType",
        "includeActionResults",
        "bypassRules",
    ]
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "1", "-1", "1,2", ",", "99999999999", "true", "all", "relations", "System.Title", "0;5"]
    ),
    st.text("0123456789;,-a*%_", max_size=6),
)


@pytest.fixture(scope="module")
def emulator():
    seed = work_seed()
    seed["projects"][0]["plans"][0]["suites"].append(
        {
            "id": 13,
            "name": "Q",
            "type": "query",
            "query": "SELECT [System.Id] FROM WorkItems WHERE [System.State] <> 'Closed'",
        }
    )
    emulator = Emulator(seed)
    call(emulator, "POST", "test/runs", {"name": "a", "plan": {"id": 10}, "pointIds": [1]})
    yield emulator
    emulator.stop()


def call(emulator, method, path, body=None, query=None, kind="application/json"):
    sent = Call(
        method,
        emulator.root_url,
        f"/demo/Shop/_apis/{quote(path, safe='/%$')}",
        query or "api-version=7.1&testConfiguartionId=3" + ("-preview" if "comments" in path else ""),
        {"authorization": "Bearer demo-pat", "content-type": kind},
        b"" if body is None else orjson.dumps(body),
    )
    if "comments" in path:
        sent = Call(
            *[
                *[getattr(sent, name) for name in ("method", "root", "path")],
                "api-version=7.1-preview",
                sent.headers,
                sent.body,
            ]
        )
    return answer(sent, emulator.store, emulator.settings)


def json(value):
    """Return a value as JSON can hold it: numbers beyond 64 bits are none of orjson's."""
    try:
        orjson.dumps(value)
    except TypeError:
        return None
    return value


HOSTILE = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@HOSTILE
@given(
    path=st.sampled_from(PATCHED), patch=st.lists(OPERATIONS, max_size=4).map(json), validate=st.booleans()
)
def test_any_patch_is_answered(emulator, path, patch, validate):
    method = "POST" if "$" in path else "PATCH"
    query = f"api-version=7.1&validateOnly={str(validate).lower()}"
    result = call(emulator, method, path, patch, query, PATCH)
    assert result.status in (200, 400, 403, 404, 412)
    orjson.dumps(result.body)
    orjson.dumps(emulator.state())


@st.composite
def bodies(draw):
    method, path, keys, needed, many = draw(st.sampled_from(BODIES))
    if draw(st.integers(0, 9)) == 0:
        return method, path, draw(VALUES)
    body = {**needed, **draw(st.dictionaries(st.sampled_from(keys), VALUES, min_size=1, max_size=3))}
    return method, path, [body] if many else body


@HOSTILE
@given(sent=bodies())
def test_any_body_is_answered(emulator, sent):
    method, path, body = sent
    result = call(emulator, method, path, json(body))
    assert result.status in (200, 201, 204, 400, 403, 404, 409)
    orjson.dumps(result.body)
    orjson.dumps(emulator.state())


@HOSTILE
@given(path=st.sampled_from(READS), query=st.dictionaries(QUERIES, TEXTS, max_size=3))
def test_any_question_is_answered(emulator, path, query):
    result = call(emulator, "GET", path, query=urlencode({"api-version": "7.1", **query}))
    assert result.status in (200, 400, 404)
    orjson.dumps(result.body)
