"""The project of the example gives every result of the example's reports its test case and configuration."""

import pytest
import yaml

from ado_publisher import reports
from ado_publisher.katalon import (
    CaseState,
    bindings_of,
    configuration_rules_of,
    obeyed,
    options_of,
    read_project,
    warnings_of,
)
from ado_publisher.matching import MatchRules
from ado_publisher.matching.finding import own_ids
from ado_publisher.rules import decider


@pytest.fixture(scope="module")
def project(root):
    return read_project(root / "examples/katalon-project")


@pytest.fixture(scope="module")
def seeded(root):
    (found,) = yaml.safe_load((root / "examples/katalon/seed.yml").read_text())["projects"]
    return found


def test_every_result_of_the_reports_finds_its_test_case(project, root, seeded):
    places = sorted((root / "examples/katalon/Reports").rglob("JUnit_Report.xml"))
    results = [result for place in places for result in reports.read(str(place))]
    in_plan = {case["id"] for suite in seeded["plans"][0]["suites"] for case in suite["cases"]}
    find = own_ids(MatchRules(bindings=bindings_of(project)))
    decide = decider(configuration_rules_of(project))
    assert len(results) > 10
    for result in results:
        found = find(result)
        assert found.rule.startswith(str(root / "examples/katalon-project"))
        assert (set(found.ids) <= in_plan, len(found.ids), found.problems) == (True, 1, ()), result.name
        assert [rule.configuration for rule in decide(result)] == ["1"]


def test_its_settings_are_those_of_the_seed(project, seeded):
    options = {name: given.value for name, given in options_of(project).items()}
    plan, build = seeded["plans"][0], seeded["builds"][0]
    assert options["plan"] == str(plan["id"])
    assert options["project"] == seeded["name"]
    assert options["build-definition"] == str(build["definition"]["id"])
    assert {each["id"] for each in seeded["configurations"]} == {
        int(rule.configuration) for rule in configuration_rules_of(project)
    }
    assert (obeyed(project), warnings_of(project)) == ("", ())


def test_it_shows_every_kind_of_test_case(project):
    assert {state: len(list(project.cases(state))) for state in CaseState} == {
        CaseState.BOUND: 9,
        CaseState.UNBOUND: 2,
        CaseState.INVALID: 1,
    }
    assert project.bindings["Test Cases/Checkout/Pay with a voucher"].ids == (201, 202)
    assert project.bindings["Test Cases/Checkout/Currencies"].variables == ("caseId",)
    assert [problem.rpartition("/")[2] for problem in project.problems] == [
        "Close account.tc:11: 'A-17' is no id of a test case",
        "Close account.tc:11: '0' is no id of a test case",
    ]
