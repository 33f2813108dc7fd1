"""Katalon's settings in our own terms, held against the code that takes them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from katalon.build import java, settings

from ado_publisher.katalon import (
    KatalonProject,
    configuration_rules_of,
    obeyed,
    options_of,
    read_project,
    statuses_of,
    warnings_of,
)
from ado_publisher.katalon.settings import _KEYS, FILE, settings_in
from ado_publisher.katalon.values import cut
from ado_publisher.model import Outcome, TestResult
from ado_publisher.options import BY_NAME
from ado_publisher.publish.naming import check_template
from ado_publisher.rules import decider
from ado_publisher.values import parse


@pytest.fixture
def project(tmp_path):
    """`project(serverUrl="…")`: a project with these settings."""

    def build(**values):
        settings(tmp_path, **values)
        return read_project(tmp_path)

    return build


def plain(project):
    return {name: given.value for name, given in options_of(project).items()}


def test_every_setting_becomes_an_option_that_names_its_line(project, tmp_path):
    read = project(
        enableIntegration=True,
        token="x",
        serverUrl="https://dev.azure.com/acme",
        integratedProject={"id": "6ce954b1", "name": "Shop, web"},
        submitOptions__testPlan={"id": 5, "name": "Release 1"},
        submitOptions__testRunName="Nightly {x}",
        submitOptions__enableSubmitMultiTestPoints=False,
        submitOptions__buildDefinitionId=12,
        submitOptions__releaseDefinitionId=3,
        submitOptions__enableIncludeAttachment=True,
        submitOptions__attachmentSendingType="SEND_ALL",
        submitOptions__attachFileTypes=["LOG", "PNG", "HTML", "PDF", "CSV"],
    )
    assert read.problems == ()
    assert plain(read) == {
        "organization-url": "https://dev.azure.com/acme",
        "project": "Shop, web",
        "plan": "5",
        "run-name": "Nightly (x)",
        "points": "error",
        "build-definition": "12",
        "attach": "always",
        "attach-types": ("log", "png", "html", "pdf", "csv"),
    }
    sources = {name: given.source for name, given in options_of(read).items()}
    assert sources["organization-url"] == f"{tmp_path}/{FILE}:4"
    assert [int(source.rpartition(":")[2]) for source in sources.values()] == [4, 5, 6, 7, 8, 9, 12, 13]


def test_what_the_table_of_options_has_it_takes(project):
    read = project(
        serverUrl="https://dev.azure.com/acme/Shop",
        submitOptions__testPlan={"id": 5, "name": "x"},
        submitOptions__testRunName=" {braces} and\nlines ",
        submitOptions__enableSubmitMultiTestPoints=True,
        submitOptions__attachmentSendingType="SEND_IF_FAILS",
        submitOptions__attachFileTypes=["PNG"],
    )
    for name, said in options_of(read).items():
        if name in BY_NAME:
            assert parse(BY_NAME[name], said.value)
    check_template(plain(read)["run-name"])
    assert plain(read)["run-name"] == "(braces) and lines"
    assert any("braces in testRunName" in warning for warning in warnings_of(read))


@pytest.mark.parametrize("name", ["[Nightly] web", "{1}", "[1]", "7", '"x" y'])
def test_a_run_s_name_is_a_text_whatever_it_looks_like(project, tmp_path, name):
    wanted = name.translate({ord("{"): "(", ord("}"): ")"})
    assert plain(project(submitOptions__testRunName=name)) == {"run-name": wanted}
    settings(tmp_path).write_text(f"testRunName={name}")
    written = plain(read_project(tmp_path)).get("run-name")
    assert written == (None if name[0] == '"' or name == "[1]" else wanted)


def test_settings_that_say_nothing_give_no_option(project, tmp_path):
    empty = project(
        serverUrl="", integratedProject="", submitOptions__testPlan="", submitOptions__testRunName=""
    )
    assert plain(empty) == {}
    assert (warnings_of(empty), empty.problems) == ((), ())
    (tmp_path / FILE).unlink()
    (tmp_path / "Test Cases").mkdir()
    without = read_project(tmp_path)
    assert (options_of(without), statuses_of(without), configuration_rules_of(without)) == ({}, {}, ())
    assert (obeyed(without), warnings_of(without)) == ("", ())


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"attachmentSendingType": "SEND_IF_FAILS"}, "failed"),
        ({"attachmentSendingType": "send_all"}, "always"),
        ({"attachmentSendingType": "ALWAYS_SEND"}, "always"),
        ({"attachmentSendingType": "SEND_IF_PASSES"}, "always"),
        ({"attachmentSendingType": "NOT_SEND"}, "never"),
        ({"attachmentSendingType": "SEND_ALL", "enableIncludeAttachment": False}, "never"),
        ({"enableIncludeAttachment": True}, None),
    ],
)
def test_when_attachments_are_sent(project, given, wanted):
    read = project(**{f"submitOptions__{key}": value for key, value in given.items()})
    assert plain(read).get("attach") == wanted
    warned = given.get("attachmentSendingType") == "SEND_IF_PASSES"
    assert [("SEND_IF_PASSES" in warning) for warning in warnings_of(read)] == [True] * warned


def test_several_points_are_written_or_refused(project):
    assert plain(project(submitOptions__enableSubmitMultiTestPoints=True)) == {"points": "all"}
    assert plain(project(submitOptions__enableSubmitMultiTestPoints=False)) == {"points": "error"}


def test_the_older_name_of_the_build_definition_counts_where_the_newer_is_missing(project):
    assert plain(project(submitOptions__definitionId=7)) == {"build-definition": "7"}
    assert plain(project(submitOptions__definitionId=7, submitOptions__buildDefinitionId=8)) == {
        "build-definition": "8"
    }
    assert plain(project(submitOptions__definitionId=7, submitOptions__buildDefinitionId=-1)) == {}


@pytest.mark.parametrize(
    ("address", "project_name", "wanted"),
    [
        ("https://dev.azure.com/acme", "", ("https://dev.azure.com/acme", "")),
        ("https://dev.azure.com/acme/", "Shop", ("https://dev.azure.com/acme", "")),
        (
            "https://dev.azure.com/acme/Shop%20web/_testPlans?x=1",
            "",
            ("https://dev.azure.com/acme", "Shop web"),
        ),
        ("https://acme.visualstudio.com/Shop", "", ("https://acme.visualstudio.com", "Shop")),
        (
            "https://acme.visualstudio.com/DefaultCollection/Shop",
            "",
            ("https://acme.visualstudio.com/DefaultCollection", "Shop"),
        ),
        ("http://tfs:8080/tfs/Main", "Shop", ("http://tfs:8080/tfs/Main", "")),
        ("http://tfs:8080/tfs/Main/shop%20web", "Shop web", ("http://tfs:8080/tfs/Main", "shop web")),
        ("http://tfs/Main/Shop/_git/x", "", ("http://tfs/Main", "Shop")),
    ],
)
def test_a_project_behind_the_organization_is_cut_off(address, project_name, wanted):
    assert cut(address, project_name) == wanted


def test_a_project_in_the_address_stands_in_for_one_that_is_not_named(project):
    read = project(serverUrl="https://pat@dev.azure.com/acme/Shop")
    assert plain(read) == {"organization-url": "https://dev.azure.com/acme", "project": "Shop"}
    (warning,) = warnings_of(read)
    assert "serverUrl goes on into project 'Shop'; https://dev.azure.com/acme is used" in warning
    named = project(serverUrl="https://dev.azure.com/acme/Shop", integratedProject={"id": "6ce9", "name": ""})
    assert plain(named)["project"] == "6ce9"


def test_statuses_are_mapped_between_the_reader_s_outcomes_and_the_service_s(project):
    defaults = {
        "PASSED": "Passed",
        "FAILED": "Failed",
        "INCOMPLETE": "Aborted",
        "ERROR": "Error",
        "SKIPPED": "NotExecuted",
    }
    rows = [{"katalonStatus": status, "azureStatus": outcome} for status, outcome in defaults.items()]
    read = project(executionStatusMappings=rows)
    assert statuses_of(read) == {outcome: outcome for outcome in statuses_of(read)}
    assert set(statuses_of(read)) == {
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.ABORTED,
        Outcome.ERROR,
        Outcome.NOT_EXECUTED,
    }
    assert (read.problems, warnings_of(read)) == ((), ())


def test_a_mapping_that_shows_failures_greener_is_honoured_and_warned(project):
    rows = [
        {"katalonStatus": "FAILED", "azureStatus": "passed"},
        {"katalonStatus": "INCOMPLETE", "azureStatus": "Blocked"},
        {"katalonStatus": "SKIPPED", "azureStatus": "Passed"},
        {"katalonStatus": "ERROR", "azureStatus": "Failed"},
    ]
    read = project(executionStatusMappings=rows)
    assert statuses_of(read)[Outcome.FAILED] is Outcome.PASSED
    assert [warning.partition(": ")[2] for warning in warnings_of(read)] == [
        "executionStatusMappings show results that are FAILED as Passed",
        "executionStatusMappings show results that are INCOMPLETE as Blocked",
    ]


def test_what_is_wrong_is_told_all_at_once_and_the_rest_is_used(project, tmp_path):
    read = project(
        enableIntegration="perhaps",
        serverUrl="acme",
        integratedProject="Shop",
        executionStatusMappings=[
            {"katalonStatus": "FAILED", "azureStatus": "Passed"},
            {"katalonStatus": "FAILED", "azureStatus": "Failed"},
            {"katalonStatus": "Failde", "azureStatus": "Failed"},
            {"katalonStatus": "ERROR", "azureStatus": "Paused"},
            {"katalonStatus": {}, "azureStatus": []},
            "text",
            {"katalonStatus": "SKIPPED", "azureStatus": "Blocked"},
        ],
        testConfigurationMappings=[
            {"os": "Windows", "platform": "Chrome", "azureTestConfigurationId": 0},
            {"os": "Windows", "platform": "Chrome", "azureTestConfigurationId": "4"},
        ],
        submitOptions__testPlan={"id": "five"},
        submitOptions__buildDefinitionId=1.5,
        submitOptions__attachmentSendingType="SEND_SOMETIMES",
        submitOptions__attachFileTypes=["P N G"],
        submitOptions__testRunName={"a": 1},
    )
    file = f"{tmp_path}/{FILE}"
    assert [problem.removeprefix(file) for problem in read.problems] == [
        ":2: enableIntegration 'perhaps' is neither true nor false".replace("'perhaps'", "'\"perhaps\"'"),
        ":3: serverUrl is not a web address; give the organization's yourself",
        ":5: executionStatusMappings row 2: FAILED is both Passed and Failed; Failed is used",
        ":5: executionStatusMappings row 3: katalonStatus 'FAILDE' is none of PASSED, FAILED, ERROR,"
        " INCOMPLETE, SKIPPED - did you mean 'FAILED'?",
        ":5: executionStatusMappings row 4: azureStatus 'Paused' is none of Failed, Error, Timeout, Aborted,"
        " Blocked, Inconclusive, Warning, Passed, NotApplicable, NotExecuted - did you mean 'Passed'?",
        ":5: executionStatusMappings row 5: katalonStatus '' is none of PASSED, FAILED, ERROR,"
        " INCOMPLETE, SKIPPED",
        ":5: executionStatusMappings row 6: katalonStatus '' is none of PASSED, FAILED, ERROR,"
        " INCOMPLETE, SKIPPED",
        ":6: testConfigurationMappings row 1: azureTestConfigurationId '0' is no id of a test configuration",
        ':7: testPlan \'{"id":"five"}\' holds no id, which is a whole number above 0',
        ":8: buildDefinitionId '1.5' holds no id, which is a whole number above 0",
        ":9: attachmentSendingType '\"SEND_SOMETIMES\"' is none of SEND_IF_FAILS, SEND_IF_PASSES, SEND_ALL,"
        " ALWAYS_SEND, NOT_SEND",
        ":10: attachFileTypes '[\"P N G\"]' holds 'p n g', which is no ending of a file such as PNG",
        ":11: testRunName '{\"a\":1}' is no text",
    ]
    assert plain(read) == {"project": "Shop"}
    assert statuses_of(read) == {Outcome.FAILED: Outcome.FAILED, Outcome.NOT_EXECUTED: Outcome.BLOCKED}
    assert [rule.configuration for rule in configuration_rules_of(read)] == ["4"]


@pytest.mark.parametrize(
    "text",
    [
        'executionStatusMappings=[{"katalonStatus"\\:"ERROR","azureStatus"\\:"Failed"}]',
        'executionStatusMappings="[{\\\\"katalonStatus\\\\"\\:\\\\"ERROR\\\\",\\\\"azureStatus\\\\"\\:\\\\"Failed\\\\"}]"',
        'submitOptions.executionStatusMappings = [{"azureStatus":"failed",\\\r\n  "katalonStatus":"error"}]',
    ],
)
def test_lists_are_read_as_json_also_inside_a_text(tmp_path, text):
    path = settings(tmp_path)
    path.write_text(text)
    assert statuses_of(read_project(tmp_path)) == {Outcome.ERROR: Outcome.FAILED}


@pytest.mark.parametrize("text", ["[1", "{", '"x', "[" * 100_000, "9" * 5000])
@pytest.mark.parametrize("key", ["executionStatusMappings", "testPlan", "integratedProject", "serverUrl"])
def test_broken_values_are_problems(tmp_path, key, text):
    settings(tmp_path).write_text(f"{key}={text}\nsubmitOptions.definitionId=5\n")
    read = read_project(tmp_path)
    assert plain(read)["build-definition"] == "5"
    assert all(len(problem) < len(str(tmp_path)) + 400 for problem in read.problems)
    if text != "9" * 5000 or key != "integratedProject":
        (problem,) = read.problems
        assert f"{FILE}:1: {key}" in problem


WINDOWS_CHROME = {"os": "Windows 10 64bit", "browser": "Chrome 101.0.4951.64"}


@pytest.mark.parametrize(
    ("os", "platform", "said", "fits"),
    [
        ("Windows", "Chrome", WINDOWS_CHROME, True),
        ("Windows", "--Any--", WINDOWS_CHROME, True),
        ("--Any--", "Chrome", WINDOWS_CHROME, True),
        ("--Any--", "--Any--", {}, True),
        ("", "chrome", WINDOWS_CHROME, True),
        ("windows", "Chrome (headless)", WINDOWS_CHROME, True),
        ("Windows", "Firefox", WINDOWS_CHROME, False),
        ("macOS", "Chrome", WINDOWS_CHROME, False),
        ("macOS", "Firefox", {"os": "Mac OS X 64bit", "browser": "Firefox 139.0"}, True),
        ("macOS", "Safari", {"os": "macOS 15", "browser": "Safari"}, True),
        ("Linux", "--Any--", {"os": "Linux 64bit"}, True),
        ("Linux", "--Any--", {"os": "Linuxoid"}, False),
        ("Windows 1", "--Any--", WINDOWS_CHROME, False),
        ("Windows", "Edge Chromium", {"os": "Windows 11 64bit", "browser": "Edge Chromium 130"}, True),
        ("Windows", "Edge Chromium", {"os": "Windows 11", "browser": "Microsoft Edge 130.0"}, True),
        ("Windows", "Edge", {"os": "Windows 11 64bit", "browser": "Edge Chromium 130"}, False),
        ("Windows", "Edge Chromium", {"os": "Windows 11 64bit", "browser": "Edge 18.1"}, False),
        ("Windows", "Chrome", {"os": "Windows 11 64bit"}, False),
        ("Android", "--Any--", {"os": "Windows 11 64bit", "devicePlatform": "Android"}, True),
        ("--Any--", "iOS", {"os": "Mac OS X 64bit", "devicePlatform": "iOS"}, True),
        ("iOS", "--Any--", {"os": "Windows 11 64bit", "devicePlatform": "Android"}, False),
        ("Windows", "C++ (x)", {"os": "Windows", "browser": "c++ (x) 1.0"}, True),
    ],
)
def test_a_row_of_the_configuration_mapping_fits_what_reports_say(project, os, platform, said, fits):
    read = project(
        testConfigurationMappings=[{"os": os, "platform": platform, "azureTestConfigurationId": 4}]
    )
    result = TestResult("Test Cases/x", Outcome.PASSED, suite_properties=tuple(said.items()))
    rules = decider(configuration_rules_of(read))(result)
    assert [rule.configuration for rule in rules] == ["4"] * fits


def test_the_row_that_says_more_decides_and_several_may_name_one_configuration(project):
    rows = [
        ("--Any--", "--Any--", 1),
        ("Windows", "--Any--", 2),
        ("Windows", "Chrome", 3),
        ("macOS", "Chrome", 3),
    ]
    read = project(
        testConfigurationMappings=[
            {"os": os, "platform": platform, "azureTestConfigurationId": number}
            for os, platform, number in rows
        ]
    )
    decide = decider(configuration_rules_of(read))

    def chosen(**said):
        found = decide(TestResult("x", Outcome.PASSED, suite_properties=tuple(said.items())))
        return [(rule.configuration, rule.label.rpartition(" row ")[2]) for rule in found]

    assert chosen(**WINDOWS_CHROME) == [("3", "3")]
    assert chosen(os="Windows 11", browser="Firefox 1") == [("2", "2")]
    assert chosen(os="Mac OS X 64bit", browser="Chrome 1") == [("3", "4")]
    assert chosen(os="Linux 64bit") == [("1", "1")]
    assert warnings_of(read) == ()


def test_rows_are_filters_that_all_count_and_a_release_definition_is_warned(project):
    row = {"os": "Windows", "platform": "Chrome"}
    read = project(
        testConfigurationMappings=[row | {"azureTestConfigurationId": each} for each in (3, 4, 4)],
        submitOptions__releaseDefinitionId=7,
    )
    assert [(rule.configuration, rule.filter) for rule in configuration_rules_of(read)] == [
        ("3", True),
        ("4", True),
        ("4", True),
    ]
    (warning,) = warnings_of(read)
    assert "the latest release of definition 7" in warning


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"enableIntegration": True, "submitOptions__autoSubmitTestRun": True}, ""),
        ({"serverUrl": ""}, ""),
        ({"enableIntegration": False}, "enableIntegration"),
        ({"enableIntegration": True, "submitOptions__autoSubmitTestRun": False}, "autoSubmitTestRun"),
    ],
)
def test_a_project_that_would_not_submit_says_why(project, given, word):
    reason = obeyed(project(**given))
    assert word in reason
    assert bool(reason) == bool(word)
    assert not reason or f"{FILE}:{1 + len(given)}: " in reason


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ADDRESSES = st.text("htps:/@.?#[]%_ acmeDv0", max_size=24).map(lambda text: f"https://{text}")
KNOWN = ["os", "platform", "azureTestConfigurationId", "katalonStatus", "azureStatus", "id", "name"]
WORDS = st.sampled_from(["FAILED", "Passed", "Windows", "Chrome", "--Any--", "Android", "5", "SEND_ALL"])
VALUES = st.recursive(
    SCALARS | ADDRESSES | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KNOWN), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(_KEYS)), VALUES | st.text(max_size=8)), st.booleans())
def test_whatever_stands_in_the_settings_what_comes_out_is_usable(values, raw):
    lines = [f"{key}={value if raw else java(json.dumps(value))}" for key, value in values.items()]
    said, problems = settings_in("\n".join(lines).encode("utf-8", "replace"), "f")
    read = KatalonProject("", said, problems=tuple(problems))
    options = options_of(read)
    for name in {*options} & {*BY_NAME}:
        parse(BY_NAME[name], options[name].value)
    if "run-name" in options:
        check_template(str(options["run-name"].value))
    decider(configuration_rules_of(read))(TestResult("x", Outcome.PASSED))
    told = [*problems, *warnings_of(read), obeyed(read), *statuses_of(read).values()]
    "".join(told).encode()
