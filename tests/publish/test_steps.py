"""Steps of a report as results of the test case's steps; suites as groups inside a result."""

from __future__ import annotations

import html

import pytest
import requests

from .conftest import CHROME, FAILURE, case, outcomes


def steps_field(*steps):
    """The field of a test case: texts with their ids, or the id of shared steps."""
    parts = []
    for number, text in steps:
        if isinstance(text, int):
            parts.append(f'<compref id="{number}" ref="{text}"/>')
        else:
            shown = html.escape(f"<P>{text}</P>")
            parts.append(
                f'<step id="{number}" type="ActionStep"><parameterizedString isformatted="true">{shown}'
                '</parameterizedString><parameterizedString isformatted="true"/><description/></step>'
            )
    return f'<steps id="0" last="{len(steps)}">{"".join(parts)}</steps>'


def told(*steps):
    """The properties of a testcase that tells its steps."""
    rows = "".join(f'<property name="testrail_result_step" value="{html.escape(each)}"/>' for each in steps)
    return f"<properties>{rows}</properties>"


@pytest.fixture
def stepped(shop):
    """Case 101 has two steps and shared ones between them; 102 has three of its own."""
    suite = shop["projects"][0]["plans"][0]["suites"][0]
    suite["cases"][0]["steps"] = steps_field((2, "Open the shop"), (3, 500), (4, "Pay"))
    suite["cases"][1]["steps"] = steps_field((2, "One"), (3, "Two"), (4, "Three"))
    fields = {"Microsoft.VSTS.TCM.Steps": steps_field((2, "Log in"))}
    shared = {"id": 500, "type": "Shared Steps", "title": "Login", "fields": fields}
    shop["projects"][0]["work_items"] = [shared]
    return shop


def iterations(service, run=1):
    """The iterations of each result of the run, by test case."""
    base = f"{service.url}/Shop/_apis/test/runs/{run}/results"
    known = {"auth": ("", "demo-pat"), "timeout": 10}
    rows = requests.get(base, params={"detailsToInclude": "iterations", "api-version": "7.1"}, **known).json()
    found = {}
    for row in rows["value"]:
        shown = requests.get(
            f"{base}/{row['id']}/iterations",
            params={"includeActionResults": "true", "api-version": "7.1"},
            **known,
        ).json()
        found[int(row["testCase"]["id"])] = shown["value"]
    return found


def actions(iteration):
    return [(each["actionPath"], each["outcome"]) for each in iteration["actionResults"]]


def test_steps_of_a_report_stand_at_the_steps_of_the_test_case(emulator, stepped, junit, publish):
    service = emulator(stepped)
    report = junit(
        case("TC101", told("passed:Open the shop", "passed:log in", "failed:Pay") + FAILURE, time="2"),
        case("TC102", told("passed:a", "passed:b", "passed:c")),
        case("TC103", told("passed:a")),
    )
    done, facts = publish(service, report, "--steps", "publish")
    assert done.code == 0, done.output
    found = iterations(service)
    ((first,), (second,)) = found[101], found[102]
    assert first["outcome"] == "Failed"
    assert first["durationInMs"] == 2000
    assert first["errorMessage"] == "expected 1, got 2"
    assert actions(first) == [
        ("00000002", "Passed"),
        ("0000000300000002", "Passed"),
        ("00000004", "Failed"),
    ]
    assert actions(second) == [("00000002", "Passed"), ("00000003", "Passed"), ("00000004", "Passed")]
    assert found[103] == []
    # One request more for the cases' steps, one for the shared ones.
    assert facts["requests"] == 9, done.output


def test_steps_are_left_alone_unless_asked_for_and_where_they_are_others(emulator, stepped, junit, publish):
    service = emulator(stepped)
    report = junit(case("TC102", told("passed:a", "failed:b") + FAILURE))
    publish(service, report)
    assert iterations(service)[102] == []
    done, _ = publish(service, report, "--steps", "publish", "--key", "again")
    assert done.code == 0
    assert iterations(service, 2)[102] == []
    assert "the steps of the reports are not those of 1 test cases (102)" in done.output
    assert outcomes(service)[2] == "failed"


def test_each_data_row_is_a_way_through_the_steps(emulator, stepped, junit, publish):
    service = emulator(stepped)
    rows = [
        case("TC102 pay[1]", told("passed:one", "passed:two", "passed:three")),
        case("TC102 pay[2]", told("passed:one", "failed:two") + FAILURE),
    ]
    done, _ = publish(service, junit(*rows), "--steps", "publish")
    assert done.code == 0, done.output
    first, second = iterations(service)[102]
    assert (first["id"], first["outcome"], second["id"], second["outcome"]) == (1, "Passed", 2, "Failed")
    assert actions(second) == [("00000002", "Passed"), ("00000003", "Failed")]


def test_a_service_that_takes_no_steps_loses_no_result(emulator, stepped, junit, publish):
    service = emulator({**stepped, "behaviours": {"iteration_details_on_automated_run": "refused"}})
    rows = [
        case("TC101", told("passed:Open the shop", "passed:log in", "failed:Pay") + FAILURE),
        case("TC102", told("passed:one", "passed:two", "passed:three")),
        case("TC103"),
    ]
    done, facts = publish(service, junit(*rows), "--steps", "publish")
    assert done.code == 0, done.output
    assert facts["points_updated"] == 4
    assert "takes no results of steps on an automated run: 3 results stand without them" in done.output
    assert (outcomes(service)[1], outcomes(service)[2]) == ("failed", "passed")


def test_suites_are_groups_inside_a_result_that_several_tests_make(emulator, shop, tmp_path, publish):
    service = emulator(shop)
    (tmp_path / "nested.xml").write_text(
        '<testsuites><testsuite name="Web"><testsuite name="Login">'
        + case("TC101 by mail")
        + case("TC101 by phone", FAILURE)
        + '</testsuite></testsuite><testsuite name="App">'
        + case("TC101 by mail in the app")
        + "</testsuite></testsuites>"
    )
    done, _ = publish(service, tmp_path / "nested.xml")
    assert done.code == 0, done.output
    state = service.state()["runs"][0]["results"][0]
    result = requests.get(
        f"{service.url}/Shop/_apis/test/runs/1/results/{state['id']}",
        params={"detailsToInclude": "subResults", "api-version": "7.1"},
        auth=("", "demo-pat"),
        timeout=10,
    ).json()
    assert (result["outcome"], result["resultGroupType"]) == ("Failed", "generic")
    assert [
        (each["displayName"], each["outcome"], each["resultGroupType"]) for each in result["subResults"]
    ] == [
        ("Web / Login", "Failed", "generic"),
        ("App", "Passed", "generic"),
    ]
    inside = result["subResults"][0]["subResults"]
    assert [(each["displayName"], each["outcome"]) for each in inside] == [
        ("TC101 by mail", "Passed"),
        ("TC101 by phone", "Failed"),
    ]


@pytest.mark.off_contract
def test_steps_that_may_not_be_read_cost_no_outcome(emulator, stepped, junit, publish):
    service = emulator(stepped)
    service.faults([{"method": "POST", "path": "workitemsbatch", "times": 0, "status": 403}])
    done, facts = publish(service, junit(case("TC101", told("passed:x") + FAILURE)), "--steps", "publish")
    assert done.code == 0, done.output
    assert facts["points_updated"] == 2
    assert outcomes(service)[1] == "failed"
    assert "no results of steps are written: " in done.output


@pytest.mark.parametrize("field", ["<steps", CHROME])
def test_a_test_case_whose_steps_cannot_be_read_is_published_without(
    emulator, stepped, junit, publish, field
):
    stepped["projects"][0]["plans"][0]["suites"][0]["cases"][0]["steps"] = field
    service = emulator(stepped)
    done, _ = publish(service, junit(case("TC101", told("passed:x"))), "--steps", "publish")
    assert done.code == 0, done.output
    assert outcomes(service)[1] == "passed"
