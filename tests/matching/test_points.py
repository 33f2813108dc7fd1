"""Which of several points a result reaches."""

import pytest

from ado_publisher.matching import MatchRules, PlanView, match, needs_automated_names
from ado_publisher.model import Exclusion, Outcome, Status, TestConfiguration, TestPoint, TestResult
from ado_publisher.rules import ConfigurationRule, TextPattern, When

CHROME, FIREFOX = TestConfiguration(1, "Windows 11 + Chrome"), TestConfiguration(2, "Windows 11 + Firefox")
LOGIN, SMOKE = (12, "Login"), (13, "Smoke")


def point(number, suite=LOGIN, configuration=CHROME, case_id=101):
    return TestPoint(number, *suite, case_id, "Case", configuration)


def one(points, *, rules=None, chosen=None, **fields):
    excluded = {p.id: Exclusion.SUITE for p in points if chosen is not None and p.id not in chosen}
    view = PlanView("test plan 10 'Release 1'", tuple(points), excluded)
    tested = TestResult(name="TC101", outcome=Outcome.FAILED, **fields)
    (found,) = match([tested], view, rules or MatchRules())
    return found


def ids(found):
    return [p.id for p in found.points]


def chrome_or_firefox():
    return tuple(
        ConfigurationRule(
            When(browser=TextPattern(f"{name}*")), configuration.name, f"configurations[{index}]"
        )
        for index, (name, configuration) in enumerate((("Chrome", CHROME), ("Firefox", FIREFOX)))
    )


def test_auto_writes_every_suite_that_holds_the_case_in_one_configuration():
    assert ids(one([point(1), point(2, SMOKE)])) == [1, 2]


def test_several_configurations_without_a_rule_are_ambiguous_and_nothing_is_guessed():
    found = one([point(1), point(2, configuration=FIREFOX)])
    assert found.status is Status.AMBIGUOUS
    assert "Windows 11 + Chrome, Windows 11 + Firefox" in found.reason


@pytest.mark.parametrize(("browser", "expected"), [("Chrome 120", [1]), ("Firefox", [2])])
def test_each_configuration_takes_its_own_result(browser, expected):
    rules = MatchRules(configurations=chrome_or_firefox())
    found = one(
        [point(1), point(2, configuration=FIREFOX)], rules=rules, suite_properties=(("browser", browser),)
    )
    assert ids(found) == expected


def test_a_rule_whose_configuration_the_case_lacks_reaches_nothing():
    rules = MatchRules(configurations=chrome_or_firefox())
    found = one([point(1)], rules=rules, properties=(("browser", "Firefox"),))
    assert found.status is Status.UNMATCHED
    assert "no point with configuration 'Windows 11 + Firefox'" in found.reason


def test_two_configuration_rules_of_equal_rank_that_disagree_are_ambiguous():
    rules = MatchRules(
        configurations=(
            *chrome_or_firefox(),
            ConfigurationRule(When(os=TextPattern("Windows*")), FIREFOX.name, "configurations[2]"),
        )
    )
    found = one(
        [point(1), point(2, configuration=FIREFOX)],
        rules=rules,
        properties=(("browser", "Chrome"), ("os", "Windows 11")),
    )
    assert found.status is Status.AMBIGUOUS
    assert "configurations[0]" in found.reason
    assert "configurations[2]" in found.reason


@pytest.mark.parametrize(("policy", "expected"), [("first", [1]), ("all", [1, 2])])
def test_a_policy_chooses_among_configurations(policy, expected):
    assert ids(one([point(1), point(2, configuration=FIREFOX)], rules=MatchRules(points=policy))) == expected


def test_under_error_several_points_are_ambiguous():
    found = one([point(1), point(2, SMOKE)], rules=MatchRules(points="error"))
    assert (found.status, ids(found)) == (Status.AMBIGUOUS, [])


def test_a_point_that_a_filter_left_out_is_skipped_and_told():
    found = one([point(1), point(2, SMOKE, case_id=102)], chosen=[2])
    assert found.status is Status.SKIPPED
    assert "not in the chosen suites" in found.reason
    assert "Login / Windows 11 + Chrome" in found.reason


def test_automated_names_are_needed_only_where_a_result_that_ran_has_no_other_id():
    named = TestResult(name="TC101", outcome=Outcome.PASSED)
    skipped = TestResult(name="x", outcome=Outcome.NOT_EXECUTED)
    bare = TestResult(name="x", outcome=Outcome.PASSED)
    assert not needs_automated_names([named, skipped], MatchRules())
    assert needs_automated_names([named, bare], MatchRules())
