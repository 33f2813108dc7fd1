"""What holds of fingerprints, titles, paths and texts whatever the reports say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.drafts import ResultDraft
from ado_publisher.model import Build, Outcome, TestResult, TestRun
from ado_publisher.publish.request import BugPolicy
from ado_publisher.publish.workitems.bugtext import Failure, fields_of, title_of
from ado_publisher.publish.workitems.fingerprint import fingerprint
from ado_publisher.publish.workitems.knowing import ids_of
from ado_publisher.publish.workitems.naming import area_path, titles
from ado_publisher.publish.workitems.paths import path_of

WORDS = st.lists(st.sampled_from(["button", "not", "found", "in", "cart", "after"]), min_size=1, max_size=6)
CHANGING = st.one_of(
    st.integers(0, 10**9).map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes().map(lambda moment: moment.strftime("%H:%M:%S")),
    st.uuids().map(str),
    st.sampled_from(["/home/ann/x.py", r"C:\agent\7\s\pay.cs", "https://shop.example.com/cart?id=1"]),
)


@given(WORDS, CHANGING, CHANGING)
def test_what_changes_from_run_to_run_is_no_other_failure(words, first, second):
    text = " ".join(words)

    def one(value):
        return fingerprint("shop.Test", f"{text} {_kind(value)} {value} end", "")

    if _kind(first) == _kind(second):
        assert one(first) == one(second)


def _kind(value):
    return "at" if "/" in value or "\\" in value else "value"


@given(WORDS, WORDS)
def test_another_message_or_another_test_is_another_failure(first, second):
    mine = fingerprint("shop.Test", " ".join(first), "")
    assert (mine == fingerprint("shop.Test", " ".join(second), "")) is (first == second)
    assert mine != fingerprint("shop.Other", " ".join(first), "")


@given(st.text(max_size=500), st.text(max_size=500))
def test_a_fingerprint_is_twelve_digits_of_anything(message, trace):
    assert re.fullmatch(r"[0-9a-f]{12}", fingerprint("t", message, trace))


def draft(**fields):
    names = {"automated_test_name": "shop.T", "automated_test_storage": "shop"}
    return ResultDraft(None, Outcome.FAILED, **{"automated_test_type": "JUnit", **names, **fields})


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_no_text_of_a_report_is_markup_in_a_bug(name, message, trace):
    marked = f"<script>{message}</script>"
    failed = draft(automated_test_name=f"<img src=x>{name}", message=marked, stack_trace=f"<b>{trace}")
    run = TestRun(7, "https://dev.azure.com/a?x=1&y='\"<")
    fields = fields_of(Failure(failed, run, Build(1, "<i>1")), BugPolicy(), "tag", "Shop", "Shop")
    shown = str(fields["Microsoft.VSTS.TCM.ReproSteps"]) + str(fields["Microsoft.VSTS.TCM.SystemInfo"])
    tags = set(re.findall(r"<(/?\w+)", shown))
    assert tags <= {"p", "/p", "b", "/b", "a", "/a", "pre", "/pre", "div", "/div"}
    assert shown.count("<b>") == 1
    title = str(fields["System.Title"])
    assert len(title) <= 255
    assert "\n" not in title


@given(st.text(max_size=600))
def test_a_title_is_one_line_that_fits_and_is_never_empty(message):
    title = title_of(draft(message=message, automated_test_name="x" * 300))
    assert 0 < len(title) <= 255
    assert len(title.splitlines()) == 1


def test_a_type_without_repro_steps_gets_a_description():
    fields = fields_of(Failure(draft(message="m"), None, None), BugPolicy(type="Issue"), "tag", "Shop", "")
    assert "m" in str(fields["System.Description"])
    assert "Microsoft.VSTS.TCM.ReproSteps" not in fields


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Web/Login", "Shop\\Web\\Login"),
        ("Shop\\Web", "Shop\\Web"),
        ("shop/Web", "shop\\Web"),
        (" Web \\ Login ", "Shop\\Web\\Login"),
        ("", "Shop"),
    ],
)
def test_an_area_is_spelled_as_the_service_does(path, expected):
    assert area_path(path, "Shop") == expected


def test_a_project_given_by_its_id_is_not_put_in_front():
    assert area_path("Shop/Web", "6a1f2f5e-6f52-4b7b-9f6d-0f3f6f1d8f10") == "Shop\\Web"


def test_equal_titles_get_their_class_in_front():
    tests = [TestResult(name, Outcome.PASSED, of) for name, of in (("a", "X"), ("A", "Y"), ("b", "X"))]
    assert titles(tests) == ["X.a", "Y.A", "b"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_name_of_a_report_is_one_suite(suite, class_name):
    result = TestResult("t", Outcome.PASSED, class_name, (suite,))
    path = path_of("Auto/{suite}/{class}", result)
    assert path[0] == "Auto"
    assert len(path) <= 3
    assert all(name.strip() and "/" not in name for name in path)


@given(st.text(max_size=30))
def test_ids_are_numbers_and_everything_else_is_told(value):
    result = TestResult("t", Outcome.FAILED, properties=(("bug", value),))
    ids, wrong = ids_of(result, ["bug"])
    pieces = [piece for piece in value.split(",") if piece.strip()]
    assert len(ids) + len(wrong) <= len(pieces)
    assert all(0 < number < 2**31 for number in ids)
    assert not pieces or ids or wrong
