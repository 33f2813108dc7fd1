"""Whatever names a project has: the config that is written is valid, says what was chosen, and every
example in its comments is valid once it is no comment.
"""

from __future__ import annotations

import re
import string

import yaml
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.config.build import build
from ado_publisher.config.starter import (
    Offer,
    OfferedConfiguration,
    configuration_text,
    plan_text,
    shown,
    starter,
    suite_text,
)
from ado_publisher.matching import DEFAULT_PATTERNS
from ado_publisher.model import TestConfiguration, TestPlan, TestSuite
from ado_publisher.publish.choosing import configurations_named, suites_below

HOSTILE = st.sampled_from(
    [
        "a: b",
        "# x",
        "x #y",
        "- z",
        "{a}",
        "[1, 2]",
        "*alias",
        "&anchor",
        "!!python/object:x",
        "%YAML",
        "@latest",
        "`x`",
        "'",
        '"',
        "null",
        "yes",
        "~",
        "1e3",
        "0x1F",
        "2026-11-22",
        "12",
        "a\nb: c",
        "a\r\nversion: 2",
        "\u2028version: 2",
        "\x85token: x",
        "${env:HOME}",
        "$(token)",
        " x ",
        "",
        "?",
        "a/b",
        "**",
        "requirement:12",
        "\x00",
        "\x1b[31m",
        "\ufeff",
        "\u202e",
        "<<",
        "=",
        "|",
        ">",
        "---",
        "...",
        "x" * 300,
        "password",
    ]
)
NAMES = st.one_of(
    HOSTILE, st.text(st.characters(codec="utf-8"), max_size=20), st.text(string.printable, max_size=8)
)
PLANS = st.lists(st.builds(TestPlan, st.integers(1, 30), NAMES, st.just(1), state=NAMES), max_size=5)
SUITES = st.lists(
    st.builds(lambda n, path: TestSuite(n, path, path, 1), st.integers(1, 30), NAMES), max_size=5
)
CONFIGURATIONS = st.lists(
    st.builds(
        OfferedConfiguration,
        st.integers(1, 30),
        NAMES,
        st.lists(
            st.tuples(st.one_of(st.sampled_from(["Browser", "Operating System"]), NAMES), NAMES), max_size=3
        ).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


def _by_id(items):
    return list({item.id: item for item in items}.values())


@st.composite
def offers(draw):
    plans, suites, configurations = (_by_id(draw(each)) for each in (PLANS, SUITES, CONFIGURATIONS))
    plans = plans or [TestPlan(10, "Release 1", 11)]
    return Offer(
        "https://dev.azure.com/acme",
        draw(NAMES) or "Shop",
        project_id="6a1f2f5e-6f52-4b7b-9f6d-0f3f6f1d8f10",
        plans=tuple(plans[: draw(st.integers(1, len(plans)))]),
        all_plans=tuple(plans),
        suites=tuple(suites[: draw(st.integers(0, len(suites)))]),
        all_suites=tuple(suites),
        configurations=tuple(configurations[: draw(st.integers(0, len(configurations)))]),
        all_configurations=tuple(configurations),
        katalon_project=draw(st.sampled_from(["", "katalon"])),
        katalon_said=tuple(draw(st.lists(NAMES, max_size=2))),
    )


@given(offers())
def test_it_is_valid_and_says_what_was_chosen(offer):
    config = build(starter(offer), "x.yml", {})
    said = {name: given.value for name, given in config.options.items()}
    plans = [plan_text(plan, offer.all_plans) for plan in offer.plans]
    assert said.pop("project") in (offer.project, offer.project_id)
    assert said.pop("organization-url") == offer.organization_url
    assert said.pop("plan") == (plans[0] if len(plans) == 1 else tuple(plans))
    suites = tuple(suite_text(suite, offer.all_suites) for suite in offer.suites)
    assert said.pop("suite", ()) == suites
    configurations = tuple(
        configuration_text(each, offer.all_configurations) for each in offer.configurations
    )
    assert said.pop("configuration", ()) == configurations
    assert said.pop("katalon-project", "") == offer.katalon_project
    assert not said
    assert not config.configurations


@given(offers())
def test_what_is_written_leads_to_what_was_chosen_and_to_nothing_else(offer):
    for suite in offer.suites:
        found = suites_below(offer.all_suites, suite_text(suite, offer.all_suites))
        below = {each.id for each in offer.all_suites if each.parent_id == suite.id}
        assert found == {suite.id} | below
    plain = [TestConfiguration(each.id, each.name) for each in offer.all_configurations]
    for each in offer.configurations:
        problems: list[str] = []
        text = configuration_text(each, offer.all_configurations)
        assert configurations_named(plain, [(text, "x")], {}, problems) == {each.id}
        assert not problems


@given(offers())
def test_every_example_in_its_comments_is_valid_once_it_is_none(offer):
    lines = []
    for line in starter(offer).splitlines():
        key = re.match(r"(  )?# (\w+):(?: [^ ].*)?$", line)
        inside = re.match(r"#   (- |  |rules:|patterns:)", line)
        lines.append(
            re.sub(r"# ", "", line, count=1) if (key and _is_key(key, offer, line)) or inside else line
        )
    config = build("\n".join(lines) + "\n", "x.yml", {})
    assert len(config.configurations) == len(offer.configurations or offer.all_configurations)
    assert config.reports
    assert config.test_cases.patterns == DEFAULT_PATTERNS
    assert {"run-name", "points", "several", "unmatched", "max-failed"} <= config.options.keys()


def _is_key(found, offer, line):
    taken = {"suites": offer.suites, "configurations": offer.configurations} if line.startswith("  ") else {}
    top = {"reports", "test_cases", "configurations", "statuses", "attachments"}
    known = {
        "run_name",
        "build_definition",
        "points",
        "several",
        "unmatched",
        "unknown_id",
        "inactive_points",
    }
    known |= {"skipped", "fail_on_failed_tests", "max_failed", "suites", "configurations"}
    return not taken.get(found[2]) and found[2] in (known if found[1] else top)


@given(NAMES)
def test_a_name_in_a_comment_stays_in_its_line(name):
    assert yaml.safe_load(f"# {shown(name)}\n") is None
    assert len(f"# {shown(name)}".splitlines()) == 1
