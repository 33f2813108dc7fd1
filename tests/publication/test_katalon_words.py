"""What Katalon's own integration publishes stays so: an ERROR is an Error, everywhere it is shown."""

import pytest

from ado_publisher.matching import MatchRules, PlanView, match
from ado_publisher.model import (
    Attempt,
    Match,
    Outcome,
    Status,
    TestConfiguration,
    TestPoint,
    TestResult,
    published_as,
)
from ado_publisher.publication import Aggregation, plan_points

POINT = TestPoint(7, 12, "Desk", 101, "Borrow", TestConfiguration(1, "Windows 11"))


def result(outcome, test_type="Katalon", **fields):
    return TestResult("Test Cases/TC101", outcome, test_type=test_type, **fields)


@pytest.mark.parametrize(
    ("test_type", "statuses", "shown"),
    [
        ("Katalon", {}, Outcome.ERROR),
        ("JUnit", {}, Outcome.FAILED),
        ("Katalon", {Outcome.ERROR: Outcome.BLOCKED}, Outcome.BLOCKED),
        ("JUnit", {Outcome.ERROR: Outcome.ERROR}, Outcome.ERROR),
    ],
)
def test_an_error_is_shown_as_its_framework_shows_it_unless_the_config_says_otherwise(
    test_type, statuses, shown
):
    plan = PlanView("plan", (POINT,))
    (found,) = match([result(Outcome.ERROR, test_type)], plan, MatchRules(outcomes=statuses))
    assert found.outcome is shown
    tried = result(Outcome.ERROR, test_type, attempts=(Attempt(Outcome.ERROR), Attempt(Outcome.ERROR)))
    (planned,) = plan_points(
        [Match(tried, shown, Status.MATCHED, (POINT,))], Aggregation(outcomes=statuses), lambda *_: ()
    )
    assert [child.outcome for child in planned.draft.children] == [shown, shown]


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.ERROR])
@pytest.mark.parametrize("test_type", ["Katalon", "JUnit", ""])
def test_every_other_outcome_is_published_as_it_is(outcome, test_type):
    assert published_as(outcome, test_type, {}) is outcome


def test_iterations_are_rows_that_a_person_can_tell_apart():
    rows = [result(Outcome.PASSED, properties=(("iteration", f"Iteration {n}"),)) for n in (1, 2)]
    matches = [Match(row, row.outcome, Status.MATCHED, (POINT,)) for row in rows]
    (planned,) = plan_points(matches, Aggregation(), lambda *_: ())
    assert planned.draft.group_type == "dataDriven"
    assert [child.display_name for child in planned.draft.children] == [
        "Test Cases/TC101 [Iteration 1]",
        "Test Cases/TC101 [Iteration 2]",
    ]
