"""Test case ids that are found without configuration, and what is none."""

from __future__ import annotations

import pytest

from ado_publisher.reports._ids import of_pair, of_tags, with_ids


@pytest.mark.parametrize(
    "tag",
    ["TC101", "tc:101", "@TC-101", "TestCase=101", "test_case_id(101)", "TestCaseId: 101", "case-id:101",
     "azure_test_case:101", "ado-id-101", "tms:101", "AS_ID=101"],
)  # fmt: skip
def test_a_tag_that_names_itself_a_test_case_is_an_id(tag):
    assert list(of_tags([tag])) == ["101"]


@pytest.mark.parametrize(
    "tag",
    [
        "101",
        "smoke",
        "azure2024",
        "ado-5",
        "release:101",
        "TC",
        "TC101x",
        "xTC101",
        "sprint-101",
        "TC:99999999999",
    ],
)
def test_another_tag_is_none(tag):
    assert list(of_tags([tag])) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TestCaseId", "101"),
        ("test_case", "TC-101"),
        ("tms", "https://dev.azure.com/o/p/_workitems/edit/101"),
        ("TC", "#101"),
    ],
)
def test_a_named_value_is_an_id(name, value):
    assert of_pair(name, value) == "101"


@pytest.mark.parametrize(
    ("name", "value"),
    [("issue", "101"), ("azure", "101"), ("line", "101"), ("TestCaseId", "one"), ("owner", "TC101")],
)
def test_another_value_is_none(name, value):
    assert of_pair(name, value) is None


def test_a_link_to_a_bug_or_story_is_no_test_case():
    address = "https://dev.azure.com/o/p/_workitems/edit/555"
    assert with_ids([("issue", address)], ["TC101"], [address]) == (
        ("issue", address),
        ("tag", "TC101"),
        ("link", address),
        ("test_case_id", "101"),
    )
