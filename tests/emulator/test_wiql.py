"""Queries find what the language says, and what is not understood is refused, never guessed."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.emulator_work import change, fields, found, made, work_seed

from ado_publisher.emulator import Emulator
from ado_publisher.emulator.errors import ApiError
from ado_publisher.emulator.wiql import parse
from ado_publisher.emulator.wit_model import BY_NAME, BY_REFERENCE


@pytest.fixture
def shop(start):
    return start(work_seed())


CASES = "[System.WorkItemType] = 'Test Case'"


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("[System.Id] = 101 OR [System.Id] = 302", [101, 302]),
        ("[System.Id] IN (103, 101)", [101, 103]),
        (f"{CASES} AND NOT [System.Id] IN (103, 101)", [102]),
        (f"{CASES} AND [System.Id] NOT IN (103)", [101, 102]),
        (f"{CASES} AND [System.Id] <> 101 AND ([State] = 'ready' OR [Title] = 'It''s locked')", [102, 103]),
        (f"{CASES} AND [System.Id] > 101 and [ID] <= 102", [102]),
        ("[Title] CONTAINS 'LOGIN'", [101]),
        ("[System.Title] NOT CONTAINS 'log' AND [System.WorkItemType] = 'User Story'", []),
        ("[System.Tags] CONTAINS 'smoke'", [101]),
        ("[System.Tags] CONTAINS 'smo'", []),
        ("[System.Tags] CONTAINS 'slow login'", [101]),
        ("[Microsoft.VSTS.TCM.Steps] CONTAINS WORDS 'bill pay'", [103]),
        ("[Microsoft.VSTS.TCM.Steps] CONTAINS WORDS 'bil*'", [103]),
        ("[Microsoft.VSTS.TCM.Steps] CONTAINS WORDS 'bil'", []),
        ("[System.AreaPath] UNDER 'Shop\\Web'", [101, 102, 301]),
        ("[System.AreaPath] = 'shop\\web'", [101, 301]),
        (f"{CASES} AND [System.AreaPath] NOT UNDER 'Shop\\Web'", [103]),
        ("[System.WorkItemType] IN GROUP 'Microsoft.TestCaseCategory'", [101, 102, 103]),
        ("[System.TeamProject] = @project AND [System.WorkItemType] = 'Bug'", [302]),
        ("[System.WorkItemType] = 'Bug'", [302, 401]),
        ("[Microsoft.VSTS.Common.Priority] = 1", [101]),
        ("[Microsoft.VSTS.Common.Priority] < 2 OR System.Id = 401", [101, 401]),
        (f"{CASES} AND [Microsoft.VSTS.TCM.AutomatedTestName] = ''", [101, 102, 103]),
        ("[Microsoft.VSTS.TCM.Steps] IS NOT EMPTY", [103]),
        (f"{CASES} AND [Microsoft.VSTS.TCM.Steps] IS EMPTY", [101, 102]),
        (
            f"{CASES} AND [System.CreatedDate] >= @today AND [System.ChangedDate] < @Today + 1",
            [101, 102, 103],
        ),
        ("[System.CreatedDate] < @today - 1", []),
        ("[System.CreatedDate] = '2020-01-01' OR [System.Id] = 101", [101]),
        ("[System.CreatedBy] = @me AND [System.Id] = 101", [101]),
        ("[System.AssignedTo] = '' AND [System.Id] = \"101\"", [101]),
    ],
)
def test_a_condition_finds(shop, where, ids):
    assert found(shop, where) == ids


def test_the_order_is_the_one_that_is_asked_for(shop):
    assert found(shop, CASES, "[System.Title] DESC") == [101, 103, 102]
    assert found(shop, CASES, "[System.State], [System.Id] desc") == [102, 101, 103]
    assert found(shop, CASES, "[System.Id]", **{"$top": 2}) == [101, 102]


def test_a_query_follows_what_is_written(shop):
    name = {"Microsoft.VSTS.TCM.AutomatedTestName": "a.b"}
    assert found(shop, "[Microsoft.VSTS.TCM.AutomatedTestName] = 'A.B'") == []
    change(shop, "wit/workitems/101", fields(**name))
    new = made(shop, "Test Case", System_Title="x", **name)
    assert found(shop, "[Microsoft.VSTS.TCM.AutomatedTestName] = 'A.B'") == [101, new["id"]]


def test_it_works_without_a_project_and_with_a_team(shop):
    body = {
        "query": "SELECT [System.Id], [Title] FROM workitems WHERE [System.Id] = 101 ORDER BY [System.Id]"
    }
    answer = shop.call("POST", "/_apis/wit/wiql", body).json()
    assert answer["workItems"] == [{"id": 101, "url": f"{shop.emulator.url}/_apis/wit/workItems/101"}]
    assert [item["referenceName"] for item in answer["columns"]] == ["System.Id", "System.Title"]
    assert answer["sortColumns"][0]["descending"] is False
    shop.project = "Shop/Shop%20Team"
    assert shop.post("wit/wiql", body)["workItems"] == answer["workItems"]


def test_tags_may_be_found_by_a_part(start):
    shop = start({**work_seed(), "behaviours": {"tags_contain": "part"}})
    assert found(shop, "[System.Tags] CONTAINS 'smo'") == [101]


def test_hidden_work_items_are_not_found(start):
    shop = start(work_seed(hidden_areas=["Web"]))
    assert found(shop, CASES) == [103]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "SELECT [System.Id] WHERE [System.Id] = 1",
            "TF51006: The query statement is missing a FROM clause.",
        ),
        (
            "SELECT [System.Nope] FROM WorkItems",
            "TF51005: The query references a field that does not exist. The error "
            "is caused by «[System.Nope]».",
        ),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Id] = @TeamProject", "«@TeamProject»"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.IterationPath] = @CurrentIteration", "TF20037"),
        (
            "SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 1 [System.Id]",
            "Expecting end of string. The error is",
        ),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 'a'", "is no number"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Id] == 1", "Expecting"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'a", "not understood"),
        ("SELECT [System.Id] FROM WorkItems WHERE ([System.Id] = 1", "right parenthesis"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Title] UNDER 'a'", "UNDER cannot be used"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Id] CONTAINS '1'", "CONTAINS cannot be used"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Description] = 'a'", "cannot be used"),
        (
            "SELECT [System.Id] FROM WorkItems WHERE [System.ChangedDate] > '2026-01-01T10:00:00Z'",
            "date precision",
        ),
        ("SELECT [System.Id] FROM WorkItems WHERE EVER [System.State] = 'x'", "EVER is not emulated"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Title] = [System.State]", "not emulated"),
        (
            "SELECT [System.Id] FROM WorkItemLinks WHERE [Source].[System.Id] = 1",
            "WorkItemLinks is not emulated",
        ),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 1 ASOF '2020-01-01'", "ASOF is not emulated"),
        ("SELECT [System.Id] FROM WorkItems WHERE " + "(" * 90 + "[System.Id] = 1" + ")" * 90, "too deeply"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '" + "x" * 32_000 + "'", "at most 32000"),
        ("", "missing or empty"),
    ],
)
def test_what_is_not_understood_is_refused(shop, text, words):
    answer = shop.call("POST", "wit/wiql", {"query": text})
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_project_needs_a_project(shop):
    body = {"query": "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project"}
    assert shop.call("POST", "/_apis/wit/wiql", body).status_code == 400


def test_times_count_with_time_precision(shop):
    where = "[System.ChangedDate] > '2026-01-01T10:00:00Z' AND [System.Id] = 101"
    assert found(shop, where, timePrecision="true") == [101]
    assert found(shop, "[System.ChangedDate] > '2999-01-01T10:00:00Z'", timePrecision="true") == []


def test_too_many_rows_are_refused_unless_fewer_are_asked_for(start):
    items = [{"type": "Task", "title": f"t{number}"} for number in range(20_001)]
    shop = start({"projects": [{"name": "Shop", "work_items": items}]})
    body = {"query": "SELECT [System.Id] FROM WorkItems"}
    answer = shop.call("POST", "wit/wiql", body)
    assert (answer.status_code, answer.json()["typeKey"]) == (
        400,
        "WorkItemTrackingQueryResultSizeLimitExceededException",
    )
    assert answer.json()["message"].startswith("VS402337: ")
    assert len(shop.call("POST", "wit/wiql", body, params={"$top": 20_000}).json()["workItems"]) == 20_000
    assert len(found(shop, "[System.Title] = 't7' OR [System.Id] > 19999")) == 3


def find(name):
    return BY_REFERENCE.get(name.lower()) or BY_NAME.get(name.lower())


PIECES = [
    "SELECT",
    "[System.Id]",
    "FROM",
    "WorkItems",
    "WHERE",
    "(",
    ")",
    "=",
    "<>",
    "IN",
    "NOT",
    "AND",
    "OR",
    "'x'",
    "1",
    "@today",
    "-",
    "@project",
    "CONTAINS",
    "WORDS",
    "UNDER",
    "ORDER BY",
    "[System.Title]",
    ",",
    "IS",
    "EMPTY",
    "[System.ChangedDate]",
    "'2026-01-01'",
    "GROUP",
    "EVER",
    '"',
    "[",
    "@",
    "[System.Tags]",
    "-1",
    "99999999999",
]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join), st.text(max_size=40)))
def test_any_text_is_parsed_or_refused(text):
    for full in (text, f"SELECT [System.Id] FROM WorkItems WHERE {text}"):
        with contextlib.suppress(ApiError):
            parse(full, find)


NUMBERS = st.integers(0, 8)
SIMPLE = st.one_of(
    st.builds(
        lambda op, n: (f"[System.Id] {op} {n}", lambda i: OPS[op](i, n)),
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        NUMBERS,
    ),
    st.builds(
        lambda ns: (f"[System.Id] IN ({', '.join(map(str, ns))})", lambda i: i in ns),
        st.lists(NUMBERS, min_size=1, max_size=3),
    ),
)
OPS = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
TREES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(lambda a, b: (f"({a[0]} AND {b[0]})", lambda i: a[1](i) and b[1](i)), inner, inner),
        st.builds(lambda a, b: (f"({a[0]} or {b[0]})", lambda i: a[1](i) or b[1](i)), inner, inner),
        st.builds(lambda a: (f"NOT {a[0]}", lambda i: not a[1](i)), inner),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def eight():
    emulator = Emulator({"projects": [{"name": "P", "work_items": [{"type": "Task", "title": "t"}] * 8}]})
    yield emulator
    emulator.stop()


@settings(max_examples=150, deadline=None)
@given(tree=TREES)
def test_conditions_nest_as_logic_does(eight, tree):
    from ado_publisher.emulator import wiql_run

    query = parse(f"SELECT [System.Id] FROM WorkItems WHERE {tree[0]}", find)
    context = wiql_run.Context("P", eight.settings.behaviours)
    assert wiql_run.select(eight.store.connection, query, context) == [i for i in range(1, 9) if tree[1](i)]
