"""Which steps a report tells of, which a test case has, and which is which."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.model import Outcome, Step, TestResult
from ado_publisher.teststeps import CaseStep, case_steps, expanded, paired, steps_of

LOG = """
2018-12-15 00:08:40 - [TEST_CASE][FAILED] - Test Cases/Pay
2018-12-15 00:08:41 - [TEST_STEP][PASSED] - openBrowser(""): Browser is opened
24-04-2024T15:12:50 - [TEST_STEP][FAILED] - click(x): Unable to click
Reason: gone
[[ATTACHMENT|C:\\\\a.png]]
2018-12-15 00:08:42 - [MESSAGE][PASSED] - no step
2018-12-15 00:08:43 - [TEST_STEP][NOT_RUN] - close
2018-12-15 00:08:43 - [TEST_STEP][STRANGE] - nothing
"""


def result(properties=(), **more):
    return TestResult("pay", Outcome.FAILED, properties=tuple(properties), **more)


def step(number, text, expected=""):
    texts = "".join(
        f'<parameterizedString isformatted="true">{html.escape(each)}</parameterizedString>'
        for each in (text, expected)
    )
    return f'<step id="{number}" type="ActionStep">{texts}<description/></step>'


def test_properties_tell_steps_with_a_status():
    told = steps_of(
        result(
            [
                ("testrail_result_step", "passed:Open the shop"),
                ("step", "FAILED: Pay: by card"),
                ("step", "no status"),
                ("Step", "not_run:Leave"),
                ("other", "passed:no step"),
            ]
        )
    )
    assert told == (
        Step("Open the shop", Outcome.PASSED),
        Step("Pay: by card", Outcome.FAILED),
        Step("Leave", Outcome.NOT_EXECUTED),
    )


def test_katalons_log_tells_steps_and_why_one_failed():
    told = steps_of(result(stdout=LOG, test_type="Katalon"))
    assert told == (
        Step('openBrowser(""): Browser is opened', Outcome.PASSED),
        Step("click(x): Unable to click", Outcome.FAILED, "click(x): Unable to click\nReason: gone"),
        Step("close", Outcome.NOT_EXECUTED),
    )
    assert steps_of(result(stdout=LOG)) == ()


def test_what_the_format_itself_knows_comes_first():
    own = (Step("a", Outcome.PASSED),)
    assert steps_of(result([("step", "failed:b")], steps=own)) == own


def test_a_test_case_has_steps_with_html_and_shared_steps_in_their_places():
    field = (
        '<steps id="0" last="4">'
        + step(2, "<P>Open the&nbsp;<B>shop</B></P>", "<P>It opens</P>")
        + f'<compref id="3" ref="77">{step(4, "Pay")}</compref></steps>'
    )
    own = case_steps(field)
    assert own == (
        CaseStep("00000002", "Open the shop", "It opens"),
        CaseStep("00000003", shared=77),
        CaseStep("00000004", "Pay"),
    )
    shared = {77: case_steps(f'<steps id="0">{step(2, "Log in")}{step(10, "Look")}</steps>')}
    assert expanded(own, shared) == (
        CaseStep("00000002", "Open the shop", "It opens"),
        CaseStep("0000000300000002", "Log in"),
        CaseStep("000000030000000a", "Look"),
        CaseStep("00000004", "Pay"),
    )
    assert [each.path for each in expanded(own, {})] == ["00000002", "00000004"]


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "no xml",
        "<steps><step id='x'/><step/></steps>",
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><steps><step id='2'>&e;</step></steps>",
        "<steps>" + "<compref id='1' ref='1'>" * 300 + "</compref>" * 300 + "</steps>",
        "<steps>" + "x" * 5_000_000 + "</steps>",
    ],
)
def test_hostile_steps_are_few_and_hold_nothing_of_the_machine(hostile):
    found = case_steps(hostile)
    assert len(found) < 20
    assert not any("root" in each.text for each in found)


@given(st.text(max_size=300))
def test_no_text_of_a_field_is_an_error(field):
    whole = f"<steps><step id='2'><parameterizedString>{field}</parameterizedString></step></steps>"
    for text in (field, whole):
        assert all(isinstance(step, CaseStep) and len(step.path) % 8 == 0 for step in case_steps(text))


def known(*texts):
    return tuple(CaseStep(f"{number:08x}", text) for number, text in enumerate(texts, 2))


def told(*names):
    return tuple(Step(name, Outcome.PASSED) for name in names)


def test_equal_texts_decide_whatever_stands_between():
    pairs = paired(
        told("start", "Open  the shop.", "noise", "pay: done"), known("Open the shop", "Look", "Pay")
    )
    assert [(path, each.name) for path, each in pairs] == [
        ("00000002", "Open  the shop."),
        ("00000004", "pay: done"),
    ]


def test_without_equal_texts_an_equal_number_decides_and_else_nothing_is_claimed():
    assert [path for path, _ in paired(told("a", "b"), known("x", "y"))] == ["00000002", "00000003"]
    assert paired(told("a", "b"), known("x", "y", "z")) == ()
    assert paired(told(), known("x")) == ()
    assert paired(told("a"), ()) == ()


@given(st.lists(st.text(max_size=5), max_size=6), st.lists(st.text(max_size=5), max_size=6))
def test_no_step_of_a_case_is_claimed_twice_and_their_order_is_kept(said, texts):
    steps = known(*texts)
    paths = [path for path, _ in paired(told(*said), steps)]
    order = [each.path for each in steps]
    assert len(set(paths)) == len(paths)
    assert [order.index(path) for path in paths] == sorted(order.index(path) for path in paths)
