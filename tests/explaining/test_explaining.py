"""What is told of a result is what match did with it, and what came close is named."""

from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.explaining import Explainer, Part, explain
from ado_publisher.explaining.as_text import result_lines
from ado_publisher.explaining.casewise import explain_case
from ado_publisher.matching import DEFAULT_PATTERNS, MatchRules, PlanView, match
from ado_publisher.model import Exclusion, Outcome, Status, TestCase, TestConfiguration, TestPoint, TestResult
from ado_publisher.rules import Binding, CaseRule, ConfigurationRule, TextPattern, When

CHROME, FIREFOX = TestConfiguration(1, "Chrome"), TestConfiguration(2, "Firefox")
POINTS = (
    TestPoint(1, 12, "Login", 101, "Valid login", CHROME),
    TestPoint(2, 12, "Login", 101, "Valid login", FIREFOX),
    TestPoint(3, 12, "Login", 102, "Wrong password", CHROME),
    TestPoint(4, 13, "Smoke", 103, "Locked account", CHROME),
)
CASES = (
    TestCase(101, "Valid login", "shop.login.LoginTest.test_valid"),
    TestCase(102, "Wrong password", "shop.login.LoginTest.test_wrong"),
    TestCase(103, "Locked account"),
)
PLAN = PlanView("test plan 10 'Release 1'", POINTS, cases=CASES)


def told(name, *, plan=PLAN, rules=None, **fields):
    rules = rules or MatchRules()
    result = TestResult(name, fields.pop("outcome", Outcome.FAILED), **fields)
    (found,) = match([result], plan, rules)
    return explain(found, plan, rules)


def lines(*arguments, **more):
    return "\n".join(result_lines(told(*arguments, **more)))


names = st.sampled_from(
    ["TC101", "TC102 x", "TC101 TC103", "TC999", "test_valid", "Valid login", "[101]", "anything", "TC0"]
)
properties = st.lists(
    st.tuples(
        st.sampled_from(["test_case_id", "browser", "tag", "TestCase-Id"]),
        st.sampled_from(["101", "102,103", "x", "Chrome", "Firefox", "@tc:103"]),
    ),
    max_size=3,
)
case_rules = st.lists(
    st.builds(
        CaseRule,
        st.builds(When, name=st.builds(TextPattern, st.sampled_from(["TC*", "*", "any*", "nothing"]))),
        st.sampled_from([(101,), (102, 103), (999,)]),
        st.sampled_from(["rules[0]", "rules[1]"]),
    ),
    max_size=3,
).map(tuple)
configuration_rules = st.lists(
    st.builds(
        ConfigurationRule,
        st.builds(When, browser=st.builds(TextPattern, st.sampled_from(["Chrome", "Fire*", "*"]))),
        st.sampled_from(["Chrome", "Firefox", "Edge"]),
        st.just("configurations[0]"),
    ),
    max_size=2,
).map(tuple)
rules_of = st.builds(
    MatchRules,
    cases=case_rules,
    configurations=configuration_rules,
    titles=st.booleans(),
    points=st.sampled_from(["auto", "first", "all", "error"]),
    publish_skipped=st.booleans(),
    bindings=st.sampled_from([{}, {"anything": Binding((102,), label="a.tc:3")}]),
)
results = st.builds(
    TestResult,
    name=names,
    outcome=st.sampled_from([Outcome.PASSED, Outcome.FAILED, Outcome.NOT_EXECUTED]),
    class_name=st.sampled_from(["", "shop.login.LoginTest"]),
    properties=properties.map(tuple),
)
excluded_ones = st.dictionaries(st.sampled_from([1, 2, 3, 4]), st.sampled_from(list(Exclusion)), max_size=3)


@given(results=st.lists(results, min_size=1, max_size=5), rules=rules_of, excluded=excluded_ones)
def test_what_is_told_ends_where_match_did(results, rules, excluded):
    plan = PlanView(PLAN.label, POINTS, excluded, CASES)
    explainer = Explainer(plan, rules)
    for found in match(results, plan, rules):
        why = explainer.explain(found)
        if why.left_alone:
            assert found.status is Status.SKIPPED
            continue
        assert [point.id for point in why.reached] == [point.id for point in found.points]
        if found.rule:
            assert why.rule == found.rule
        assert sum(asked.part is Part.DECIDED for asked in why.asked) == (why.decided is not None)
        if found.status is Status.MATCHED:
            assert why.suggestion == ""
        assert list(result_lines(why))


def test_a_property_that_is_no_id_is_told_with_what_would_be():
    text = lines("x", properties=(("test_case_id", "PROJ-7"),))
    assert "property test_case_id: 'PROJ-7' is not a test case id" in text
    assert "write the number of the test case into its property" in text


def test_a_property_that_is_almost_the_one_is_named():
    assert "property Test-Case-Id is '101', but TestCaseId is what is asked" in lines(
        "x", properties=(("Test-Case-Id", "101"),)
    )


def test_a_rule_that_does_not_fit_tells_its_first_condition_and_the_value():
    when = When(name=TextPattern("Login/*"), browser=TextPattern("Chrome*"))
    rules = MatchRules(cases=(CaseRule(when, (101,), "ado-publisher.yml:9"),))
    assert "ado-publisher.yml:9: name 'Log in/a' does not fit 'Login/*'" in lines("Log in/a", rules=rules)
    assert "ado-publisher.yml:9: browser is missing" in lines("Login/a", rules=rules)
    firefox = (("browser", "Firefox 120"),)
    assert "browser 'Firefox 120' does not fit 'Chrome*'" in lines("Login/a", rules=rules, properties=firefox)


def test_bare_digits_are_told_with_the_pattern_that_would_take_them():
    text = lines("test_pay[101]")
    assert r"'[101]' is no id by itself; the pattern '\[(\d+)\]' would take it; test case 101 is in" in text
    assert "mark it as [TC101]" in text


def test_the_nearest_automated_test_names_are_named_with_what_differs():
    text = lines("test_valid", class_name="shop.account.LoginTest")
    assert "test case 101 has 'shop.login.LoginTest.test_valid'" in text
    assert "if it is test case 101, set its automated test name" in text


def test_a_title_that_would_fit_is_told_where_titles_are_off():
    assert "test case 102 has this title, and test_cases.titles is not on" in lines("wrong  password")


def test_points_that_were_left_out_say_why_and_how_to_choose_them():
    plan = PlanView(PLAN.label, POINTS, {4: Exclusion.SUITE}, CASES)
    text = lines("TC103", plan=plan)
    assert "point 4 (Smoke / Chrome): not reached: its suite is not chosen" in text
    assert "--suite 13" in text


def test_what_decided_and_what_it_overruled_are_told_apart():
    why = told("TC102", properties=(("test_case_id", "103"),))
    parts = {asked.means.value: asked.part for asked in why.asked}
    assert parts["property"] is Part.DECIDED
    assert parts["pattern"] is Part.OVERRULED


def test_a_case_is_told_from_the_other_end():
    rules = MatchRules(patterns=DEFAULT_PATTERNS)
    results = [TestResult("TC101 a", Outcome.PASSED), TestResult("TC102", Outcome.PASSED)]
    matches = match(results, PLAN, rules)
    case = explain_case(101, matches, Explainer(PLAN, rules))
    assert (case.named, case.namings[0].reached) == (1, ())
    assert "several configurations" in case.namings[0].why
    nothing = explain_case(777, matches, Explainer(PLAN, rules))
    assert "no result names test case 777" in nothing.notes
    assert any("no test point" in note for note in nothing.notes)


def test_near_misses_end_at_the_limit_and_what_was_left_out_is_counted():
    explainer = Explainer(PLAN, MatchRules(), searches=2)
    matches = match([TestResult(f"x{n}", Outcome.PASSED) for n in range(5)], PLAN, MatchRules())
    assert [explainer.explain(each).searched for each in matches] == [True, True, False, False, False]
    assert explainer.left_out == 3
