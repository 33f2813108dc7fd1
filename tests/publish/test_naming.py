"""What a run is called: each field's value, and a template that keeps what it says."""

import pytest

from ado_publisher.model import Outcome, TestResult
from ado_publisher.publish.choosing import BuildLink
from ado_publisher.publish.naming import collection_of, suite_of, values_of

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
