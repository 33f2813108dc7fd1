"""What a run is called: each field's value, and a template that keeps what it says."""

import pytest

from ado_publisher.model import Outcome, TestResult
from ado_publisher.publish.linking import BuildLink
from ado_publisher.publish.naming import collection_of, run_name, suite_of, values_of

NIGHTLY, LOGIN, PAY = "Test Suites/Nightly", "Test Suites/Web/Login", "Test Suites/Web/Pay"


def result(*suites, test_type="Katalon"):
    return TestResult("t", Outcome.PASSED, suites=suites, test_type=test_type)


@pytest.mark.parametrize(
    ("tested", "collection", "suite"),
    [
        (result(NIGHTLY, LOGIN), NIGHTLY, LOGIN),
        (result(LOGIN), "", LOGIN),
        (result(), "", ""),
        (result("Web", "Login", test_type="JUnit"), "", "Web"),
    ],
)
def test_a_suite_of_katalons_is_the_one_within_its_collection(tested, collection, suite):
    assert (collection_of(tested), suite_of(tested)) == (collection, suite)


def test_collection_and_suite_are_two_fields():
    results = [result(NIGHTLY, LOGIN), result(NIGHTLY, PAY), result(NIGHTLY, LOGIN)]
    values = values_of(results, BuildLink(), branch="", job="", build_number="")
    assert (values["collection"], values["suite"]) == (NIGHTLY, f"{LOGIN} and 1 more")
    values = values_of([result("Web", test_type="JUnit")], BuildLink(), branch="", job="", build_number="")
    assert (values["collection"], values["suite"]) == ("", "Web")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("# {suite}", "# Web"),
        ("## {suite} ##", "## Web ##"),
        ("#{build_number} {suite}", "#7 Web"),
        ("- {suite}:", "- Web:"),
        ("{sharp} / {suite}", "# C# / Web"),
        ("{suite} - {none}", "Web"),
        ("{none} - {suite}", "Web"),
        ("#{none} {suite}", "Web"),
        ("Nightly #{none}", "Nightly"),
        ("{suite} - {none} - {build_number}", "Web - 7"),
        ("{suite} {none}{build_number}", "Web 7"),
        ("{sharp} - {none}", "# C#"),
        ("{none} / {none}", "Plan"),
        ("# {none}", "Plan"),
        ("##", "##"),
        ("", "Plan"),
    ],
)
def test_a_run_name_keeps_its_ends_and_loses_what_joined_empty_fields(template, name):
    values = {"suite": "Web", "build_number": "7", "sharp": "# C#", "none": " "}
    assert run_name(template, values, "Plan") == name
