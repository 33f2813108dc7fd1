"""Where a result's test case ids come from, and what is no id."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.matching import MatchRules, PlanView, match
from ado_publisher.model import Outcome, Status, TestCase, TestConfiguration, TestPoint, TestResult
from ado_publisher.rules import CaseRule, TextPattern, When

CHROME = TestConfiguration(1, "Windows 11 + Chrome")


def point(case_id, *, number=None, suite=(12, "Login"), configuration=CHROME):
    return TestPoint(number or case_id * 10, suite[0], suite[1], case_id, f"Case {case_id}", configuration)


def plan(*points, cases=()):
    return PlanView("test plan 10 'Release 1'", points, cases=cases)


def result(name="pays", outcome=Outcome.PASSED, **fields):
    return TestResult(name=name, outcome=outcome, **fields)


def one(tested, *points, rules=None, cases=()):
    (found,) = match([tested], plan(*points, cases=cases), rules or MatchRules())
    return found


def cases_of(found):
    return [p.case_id for p in found.points]


@pytest.mark.parametrize(
    "name", ["test_pay[101]", "[101] 5, 10", "101", "pays 101 times", "test_101", "(101)", "C101", "id=101"]
)
def test_bare_digits_are_no_id(name):
    found = one(result(name), point(101))
    assert found.status is Status.UNMATCHED
    assert "no test case id" in found.reason


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("TC101 pays", [101]),
        ("pays (TC-101)", [101]),
        ("pays TC_101", [101]),
        ("TC 101: pays", [101]),
        ("[TC101][TC102]", [101, 102]),
        ("pays @tc:101 @tc:102", [101, 102]),
        ("TC101 TC101", [101]),
    ],
)
def test_every_marked_id_in_a_name_counts_once(name, ids):
    found = one(result(name), point(101), point(102))
    assert cases_of(found) == ids
    assert found.rule.startswith("pattern ")


@pytest.mark.parametrize("name", ["test_case_id", "TestCaseId", "testcase", "test_id", "TEST_CASE_ID"])
def test_a_property_names_the_case(name):
    found = one(result(properties=((name, "101"),)), point(101))
    assert (cases_of(found), found.rule) == ([101], f"property {name}")


def test_a_property_holds_a_list_separated_by_commas():
    found = one(
        result(properties=(("test_case_id", " 101, TC102 ,#103,"),)), point(101), point(102), point(103)
    )
    assert cases_of(found) == [101, 102, 103]
    assert found.problems == ()


def test_a_tests_own_property_overrides_its_suites():
    tested = result(properties=(("test_case_id", "101"),), suite_properties=(("test_case_id", "102"),))
    assert cases_of(one(tested, point(101), point(102))) == [101]


def test_a_tag_names_the_case():
    found = one(result(properties=(("tags", "smoke @tc:101"),)), point(101))
    assert cases_of(found) == [101]
    assert found.rule.startswith("tag ")


@pytest.mark.parametrize("value", ["abc", "12a", "0", "-5", "9" * 5000, "²", "١٢"])
def test_what_is_no_id_is_told_and_never_guessed(value):
    found = one(result("pays TC102", properties=(("test_case_id", value),)), point(102))
    assert cases_of(found) == [102]
    assert "is not a test case id" in found.problems[0]
    assert len(found.problems[0]) < 200


def test_a_property_beats_a_rule_a_rule_beats_a_pattern_a_pattern_beats_a_name():
    rules = MatchRules(cases=(CaseRule(When(name=TextPattern("*pays*")), (102,), "rule 1"),))
    points = [point(case) for case in (101, 102, 103, 104)]
    cases = [TestCase(104, "t", automated_test_name="shop.Pay.pays")]
    everything = result("TC103 pays", properties=(("test_case_id", "101"),))
    assert one(everything, *points, rules=rules, cases=cases).rule == "property test_case_id"
    assert one(result("TC103 pays"), *points, rules=rules, cases=cases).rule == "rule 1"
    assert cases_of(one(result("TC103"), *points, rules=rules, cases=cases)) == [103]
    named = result("pays", class_name="shop.Pay")
    assert cases_of(one(named, *points, cases=cases)) == [104]
    assert one(named, *points, cases=cases).rule == "automated test name"


def test_of_alternatives_in_a_pattern_the_one_that_took_part_gives_the_id():
    rules = MatchRules(patterns=(r"A(\d+)|B(\d+)",))
    found = one(result("B102 after A101"), point(101), point(102), rules=rules)
    assert sorted(cases_of(found)) == [101, 102]
    assert found.problems == ()


def test_one_automated_name_may_serve_several_cases():
    cases = [TestCase(case, "t", automated_test_name="shop.Pay.pays") for case in (101, 102)]
    found = one(result("pays", class_name="shop.Pay"), point(101), point(102), cases=cases)
    assert cases_of(found) == [101, 102]


def test_two_rules_of_equal_rank_that_disagree_decide_nothing():
    rules = MatchRules(
        cases=(
            CaseRule(When(name=TextPattern("pay*")), (101,), "rule 1"),
            CaseRule(When(name=TextPattern("*s")), (102,), "rule 2"),
        )
    )
    found = one(result("pays"), point(101), point(102), rules=rules)
    assert found.status is Status.AMBIGUOUS
    assert "rule 1" in found.reason
    assert "rule 2" in found.reason


def test_the_more_specific_rule_wins():
    broad = CaseRule(When(name=TextPattern("pay*")), (101,), "rule 1")
    narrow = CaseRule(
        When(name=TextPattern("pay*"), properties=(("browser", TextPattern("Chrome*")),)), (102,), "rule 2"
    )
    tested = result("pays", properties=(("browser", "chrome 120"),))
    for order in ((broad, narrow), (narrow, broad)):
        assert cases_of(one(tested, point(101), point(102), rules=MatchRules(cases=order))) == [102]
    assert cases_of(one(result("pays"), point(101), point(102), rules=MatchRules(cases=(narrow, broad)))) == [
        101
    ]


def test_a_plain_any_adds_no_rank():
    rules = MatchRules(
        cases=(
            CaseRule(When(name=TextPattern("pays"), os=TextPattern("--Any--")), (101,), "rule 1"),
            CaseRule(When(name=TextPattern("pays")), (101,), "rule 2"),
        )
    )
    assert cases_of(one(result("pays"), point(101), rules=rules)) == [101]


def test_ids_that_lead_nowhere_are_problems_of_a_matched_result():
    found = one(result("[TC101][TC999]"), point(101))
    assert found.status is Status.MATCHED
    assert found.problems == ("test case 999 has no test point in test plan 10 'Release 1'",)


def test_a_test_that_did_not_run_is_skipped_with_or_without_an_id():
    for tested in (
        result("TC101", Outcome.NOT_EXECUTED, message="flaky\nsince May"),
        result("x", Outcome.NOT_EXECUTED),
    ):
        found = one(tested, point(101))
        assert found.status is Status.SKIPPED
        assert found.points == ()
    assert "left alone" in found.reason


def test_a_skipped_test_reaches_its_point_when_asked():
    found = one(result("TC101", Outcome.NOT_EXECUTED), point(101), rules=MatchRules(publish_skipped=True))
    assert (found.status, found.outcome) == (Status.MATCHED, Outcome.NOT_EXECUTED)


def test_an_error_is_published_as_failed_unless_the_statuses_say_otherwise():
    assert one(result("TC101", Outcome.ERROR), point(101)).outcome is Outcome.FAILED
    kept = MatchRules(outcomes={Outcome.ERROR: Outcome.ERROR})
    assert one(result("TC101", Outcome.ERROR), point(101), rules=kept).outcome is Outcome.ERROR


names = st.text(alphabet="TC[]-_ 0123456789@tc:abc", max_size=30)


@given(
    st.lists(
        st.tuples(names, st.sampled_from(list(Outcome)), st.sampled_from([(), (("test_case_id", "7,8,x"),)])),
        max_size=20,
    ),
    st.sampled_from(["auto", "first", "all", "error"]),
    st.booleans(),
)
def test_every_result_ends_in_exactly_one_status_with_a_reason_or_a_point(read, policy, skipped):
    results = [result(name, outcome, properties=properties) for name, outcome, properties in read]
    edge = TestConfiguration(2, "Edge")
    points = (point(7), point(8), point(8, number=81, configuration=edge), point(1, number=3))
    matches = match(results, plan(*points), MatchRules(points=policy, publish_skipped=skipped))
    assert [m.result for m in matches] == results
    for found in matches:
        assert (found.status is Status.MATCHED) == bool(found.points)
        assert (found.status is Status.MATCHED) != bool(found.reason)
        assert (found.status is Status.SKIPPED) == (
            not skipped and found.result.outcome is Outcome.NOT_EXECUTED
        )
