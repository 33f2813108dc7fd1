"""Results of Katalon's reports and the ids that the project gives them."""

import json

import pytest
from katalon.build import cases
from reports.katalon.build import case, suite, write

from ado_publisher import reports
from ado_publisher.katalon import bindings_of, read_project
from ado_publisher.matching import MatchRules
from ado_publisher.matching.finding import own_ids
from ado_publisher.model import Outcome, TestResult


def result(name, **bound):
    """A result of that test case, whose data row bound these values."""
    values = tuple((f"variable.{name}", value) for name, value in bound.items())
    return TestResult(f"Test Cases/{name}", Outcome.PASSED, properties=values)


def case_ids(project, result):
    """What matching finds with the project's bindings."""
    return own_ids(MatchRules(bindings=bindings_of(project)))(result)


@pytest.fixture
def project(tmp_path):
    cases(
        tmp_path,
        one="101",
        two="101,102",
        row="${caseId}",
        mixed="${caseId}, 7, ${other}",
        bad="8,x",
        none=None,
    )
    return read_project(tmp_path)


def test_a_result_has_the_ids_of_its_test_case(project, tmp_path):
    found = case_ids(project, result("two"))
    assert (found.ids, found.problems) == ((101, 102), ())
    assert found.rule == f"{tmp_path}/Test Cases/two.tc:11"
    for name in ("none", "no such case"):
        assert case_ids(project, result(name)).ids == ()


def test_a_test_case_that_names_nothing_leaves_it_to_the_pattern_in_its_name(tmp_path):
    cases(tmp_path, TC7=None, TC8="9")
    project = read_project(tmp_path)
    assert [case_ids(project, result(name)).ids for name in ("TC7", "TC8")] == [(7,), (9,)]


def test_each_data_row_goes_to_the_test_case_that_its_variable_names(project):
    assert case_ids(project, result("row", caseId="5")).ids == (5,)
    assert set(case_ids(project, result("mixed", caseId="5", other="7")).ids) == {5, 7}


def test_a_variable_that_the_report_does_not_tell_gives_no_id_and_says_so(project, tmp_path):
    found = case_ids(project, result("row", other="5"))
    assert (found.ids, found.rule) == ((), "")
    place = f"{tmp_path}/Test Cases/row.tc:11"
    (problem,) = found.problems
    assert problem.startswith(f"{place}: ")
    assert "caseId" in problem
    half = case_ids(project, result("mixed", caseId="0"))
    assert half.ids == (7,)
    assert [("caseId" in problem, "other" in problem) for problem in half.problems] == [
        (True, False),
        (False, True),
    ]


def test_what_is_wrong_in_the_test_case_stands_with_its_result(project):
    found = case_ids(project, result("bad"))
    assert found.ids == (8,)
    assert "'x' is no id of a test case" in found.problems[0]


def test_accents_meet_however_they_are_written(tmp_path):
    cases(tmp_path, Prüfung="9")
    project = read_project(tmp_path)
    assert case_ids(project, result("Pru\N{COMBINING DIAERESIS}fung")).ids == (9,)


def test_the_values_that_a_report_tells_reach_the_lookup(tmp_path, project):
    rows = [{"caseId": "501"}, {"caseId": "502"}, {}]
    told = [
        {
            "testCaseName": f"Test Cases/row - Iteration {number}",
            "testCaseId": "Test Cases/row",
            "bindedValues": row,
        }
        for number, row in enumerate(rows, 1)
    ]
    folder = tmp_path / "report"
    report = write(folder, suite("S", *(case("row") for _ in rows)))
    (folder / "testCaseBinding").write_text("\n".join(map(json.dumps, told)))
    read = list(reports.read(str(report)))
    assert [case_ids(project, each).ids for each in read] == [(501,), (502,), ()]
