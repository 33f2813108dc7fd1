"""What docs/katalon.md says holds."""

import re

import pytest
import yaml

from ado_publisher.katalon import translate_arguments
from ado_publisher.katalon.settings import _KEYS
from ado_publisher.matching import MatchRules
from ado_publisher.matching.finding import own_ids
from ado_publisher.model import Outcome, TestResult


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs/katalon.md").read_text(encoding="utf-8")


def test_every_key_that_is_read_stands_in_the_table(page):
    named = set(re.findall(r"`(?:submitOptions\.)?(\w+)`", page))
    assert set(_KEYS) <= named


def test_the_arguments_become_what_the_page_says(page):
    rows = re.findall(r"^\| (`-ado.*?) \| `(--.*?)` \|$", page, re.MULTILINE)
    assert len(rows) == 4
    for katalon, ours in rows:
        for argument in re.findall(r"`(.*?)`", katalon):
            assert translate_arguments([argument])[0] == [ours]


def test_links_lead_somewhere(root, page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page)
    assert links
    assert [link for link in links if not (root / "docs" / link).exists()] == []
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= headings


def test_the_pattern_finds_the_id_that_a_name_begins_with(page):
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    patterns = tuple(yaml.safe_load(block)["test_cases"]["patterns"])
    result = TestResult("Test Cases/Flow/259560_CheckWorkFlow", Outcome.PASSED)
    assert own_ids(MatchRules())(result).ids == ()
    assert own_ids(MatchRules(patterns=patterns))(result).ids == (259560,)
