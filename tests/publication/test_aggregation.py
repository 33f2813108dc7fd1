"""Several results on one point become one, and it is never greener than the worst of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.model import (
    Attempt,
    Match,
    Outcome,
    Status,
    TestConfiguration,
    TestPoint,
    TestResult,
    worst,
)
from ado_publisher.publication import Aggregation, plan_points

POINT = TestPoint(7, 12, "Login", 101, "Valid login", TestConfiguration(1, "Windows 11"))


def matched(name="pays", outcome=Outcome.PASSED, *, shown=None, point=POINT, **fields):
    result = TestResult(name=name, outcome=outcome, class_name="shop.Pay", file="r/junit.xml", **fields)
    return Match(result, shown or outcome, Status.MATCHED, (point,), rule="pattern")


def one(*matches, several="worst", limit=32_000):
    (planned,) = plan_points(matches, Aggregation(several, limit), lambda *_: ())
    return planned


def test_pass_fail_pass_on_one_point_is_failed_with_three_sub_results():
    outcomes = [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
    planned = one(*(matched(f"pays[{n}]", o, message=f"m{n}") for n, o in enumerate(outcomes)))
    assert planned.draft.outcome is Outcome.FAILED
    assert [child.outcome for child in planned.draft.children] == outcomes
    assert planned.draft.group_type == "dataDriven"
    assert planned.draft.message == "m1"
    assert not planned.greener


def test_different_tests_on_one_point_are_a_generic_group():
    assert one(matched("pays"), matched("refunds")).draft.group_type == "generic"


def test_equal_names_prove_no_rerun():
    planned = one(matched("pays", Outcome.FAILED), matched("pays", Outcome.PASSED))
    assert planned.draft.outcome is Outcome.FAILED
    assert planned.draft.group_type == "dataDriven"


def test_attempts_the_report_marks_are_a_rerun_and_a_turn_is_flaky():
    attempts = (Attempt(Outcome.ERROR, "first"), Attempt(Outcome.PASSED))
    draft = one(matched(attempts=attempts)).draft
    assert (draft.outcome, draft.group_type, draft.flaky) == (Outcome.PASSED, "rerun", True)
    assert [c.display_name for c in draft.children] == ["Attempt# 0 - pays", "Attempt# 1 - pays"]
    # Attempts go through the status mapping as results do.
    assert [c.outcome for c in draft.children] == [Outcome.FAILED, Outcome.PASSED]


def test_a_row_keeps_its_attempts_inside():
    attempts = (Attempt(Outcome.FAILED), Attempt(Outcome.PASSED))
    draft = one(matched("pays[0]", attempts=attempts), matched("pays[1]")).draft
    assert [len(child.children) for child in draft.children] == [2, 0]
    assert draft.children[0].group_type == "rerun"


@pytest.mark.parametrize(
    ("several", "expected"),
    [("worst", Outcome.FAILED), ("last", Outcome.PASSED), ("first", Outcome.FAILED)],
)
def test_a_policy_decides_and_a_greener_one_is_known_as_such(several, expected):
    planned = one(matched("a", Outcome.FAILED), matched("b", Outcome.PASSED), several=several)
    assert planned.draft.outcome is expected
    assert planned.greener == (expected is Outcome.PASSED)
    assert len(planned.draft.children) == 2


def test_best_of_retries_takes_the_best_of_one_name_and_the_worst_of_all_names():
    twice = (matched("a", Outcome.FAILED), matched("a", Outcome.PASSED))
    assert one(*twice, several="best-of-retries").draft.outcome is Outcome.PASSED
    assert (
        one(*twice, matched("b", Outcome.FAILED), several="best-of-retries").draft.outcome is Outcome.FAILED
    )


def test_not_executed_hides_nothing_whatever_came_last():
    for several in ("worst", "last", "first", "best-of-retries"):
        planned = one(
            matched("a", Outcome.NOT_EXECUTED),
            matched("a", Outcome.FAILED),
            matched("a", Outcome.NOT_EXECUTED),
            several=several,
        )
        assert planned.draft.outcome is Outcome.FAILED


def test_beyond_a_thousand_rows_the_failing_ones_are_kept_and_the_cut_is_said():
    rows = [matched(f"pays[{n}]") for n in range(1_500)]
    rows[1_400] = matched("pays[1400]", Outcome.FAILED)
    planned = one(*rows)
    assert len(planned.draft.children) == 1_000
    assert [c.display_name for c in planned.draft.children if c.outcome is Outcome.FAILED] == ["pays[1400]"]
    assert "500 are left out" in planned.problems[0]
    assert "500 are left out" in planned.draft.comment


def test_a_long_message_is_cut_visibly_and_attached_in_full():
    text = "x" * 5_000
    draft = one(matched(outcome=Outcome.FAILED, message=text), limit=4_000).draft
    assert len(draft.message) == 4_000
    assert draft.message.endswith("the full text is attached as full-messages.txt]")
    (file,) = draft.files
    assert text in file.content.decode()


def test_two_names_that_are_too_long_stay_two():
    points = [TestPoint(n, 12, "Login", n, "", TestConfiguration(1, "W")) for n in (1, 2)]
    pair = [matched("x" * 300 + str(n), point=p) for n, p in enumerate(points)]
    names = [p.draft.automated_test_name for p in plan_points(pair, Aggregation(), lambda *_: ())]
    assert names[0] != names[1]
    assert {len(name) for name in names} == {256}


def test_control_characters_and_terminal_escapes_are_not_sent():
    draft = one(matched(outcome=Outcome.FAILED, message="a\x00b\x1b[31mred\x1b[0m\tc\nd\ud800")).draft
    assert draft.message == "abred\tc\nd"


outcomes = st.sampled_from(list(Outcome))


@given(st.lists(st.tuples(st.sampled_from("abc"), outcomes), min_size=1, max_size=30))
def test_no_point_is_greener_than_its_worst_result(read):
    planned = one(*(matched(name, outcome) for name, outcome in read))
    assert planned.draft.outcome is worst(outcome for _, outcome in read)
    assert not planned.greener
    assert len(planned.draft.children) == (0 if len(read) == 1 else len(read))


@given(
    st.lists(st.tuples(st.sampled_from("ab"), outcomes), min_size=1, max_size=12),
    st.sampled_from(["last", "first", "best-of-retries"]),
)
def test_a_policy_that_shows_green_over_red_always_says_so(read, several):
    planned = one(*(matched(name, outcome) for name, outcome in read), several=several)
    gravest = worst(outcome for _, outcome in read)
    assert planned.greener == (planned.draft.outcome.severity > gravest.severity)
    assert planned.draft.outcome in [outcome for _, outcome in read]
