"""Results of Katalon's reports and the ids that the project gives them."""

import json
import time

import pytest
from katalon.build import case_text, cases
from reports.katalon.build import case, suite, write

from ado_publisher import reports
from ado_publisher.katalon import KatalonProject, case_ids, read_project
from ado_publisher.katalon.cases import binding_in
from ado_publisher.model import Outcome, TestResult


def result(name, **bound):
    """A result of that test case, whose data row bound these values."""
    values = tuple((f"variable.{name}", value) for name, value in bound.items())
    return TestResult(f"Test Cases/{name}", Outcome.PASSED, properties=values)


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
        assert case_ids(project, result(name)) == case_ids(KatalonProject(""), result(name))


def test_each_data_row_goes_to_the_test_case_that_its_variable_names(project):
    assert case_ids(project, result("row", caseId="5")).ids == (5,)
    assert case_ids(project, result("row", caseId="6, 5")).ids == (6, 5)
    assert case_ids(project, result("mixed", caseId="5", other="7")).ids == (7, 5)


def test_a_variable_that_the_report_does_not_tell_gives_no_id_and_says_so(project, tmp_path):
    found = case_ids(project, result("row", CASEID="5"))
    assert (found.ids, found.rule) == ((), "")
    place = f"{tmp_path}/Test Cases/row.tc:11"
    assert found.problems == (
        f"{place}: the report tells no test case id for the variable 'caseId' of this row",
    )
    half = case_ids(project, result("mixed", caseId="0"))
    assert half.ids == (7,)
    assert [problem.partition(": ")[2] for problem in half.problems] == [
        "'caseId' is '0', no id of a test case",
        "the report tells no test case id for the variable 'other' of this row",
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


def test_looking_up_costs_the_same_in_a_large_project():
    def seconds(size: int) -> float:
        bindings = {f"Test Cases/{n}": binding_in(case_text(str(n + 1)).encode(), "f") for n in range(size)}
        project, wanted = KatalonProject("", bindings=bindings), [result(str(n % size)) for n in range(2000)]
        return min(_timed(lambda: [case_ids(project, each) for each in wanted]) for _ in range(5))

    assert seconds(5000) < 12 * seconds(50)


def _timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
