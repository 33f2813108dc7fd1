"""Laws of what is told: nothing is lost by folding, and the gravest stays to be seen."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.ado.testcases import AT_ONCE, CaseFacts, batches
from ado_publisher.cli.checks import MOST, as_json, folded, plain
from ado_publisher.errors import ExitCode
from ado_publisher.model import Exclusion, TestConfiguration, TestPlan, TestPoint
from ado_publisher.verifying import Check, State, Verified
from ado_publisher.verifying.cases import CASE, verdict
from ado_publisher.verifying.content import Seen

RANK = {state: rank for rank, state in enumerate(State)}
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
CHECKS = st.lists(
    st.builds(Check, st.sampled_from(["case", "plan"]), TEXT, st.sampled_from(State), TEXT, TEXT),
    max_size=120,
)


@given(CHECKS)
def test_folding_shows_at_most_20_of_a_kind_the_gravest_first_and_counts_the_rest(checks):
    shown = [check for check, _ in folded(checks)]
    left = sum(
        int(word) for _, more in folded(checks) for word in more.replace(",", "").split() if word.isdigit()
    )
    assert len(shown) + left == len(checks)
    runs: list[list[Check]] = []
    for check in checks:
        if runs and runs[-1][0].check == check.check:
            runs[-1].append(check)
        else:
            runs.append([check])
    at = 0
    for run in runs:
        part = shown[at : at + min(len(run), MOST)]
        at += len(part)
        worst = sorted(RANK[check.state] for check in run)[: len(part)]
        assert sorted(RANK[check.state] for check in part) == worst


@given(CHECKS)
def test_a_log_gets_no_line_that_is_not_ours(checks):
    for line in plain(checks):
        assert "\n" not in line
        assert "##vso[" not in line
        assert "\x1b" not in line


@given(CHECKS)
def test_json_gives_every_text_back_and_no_agent_a_command(checks):
    text = as_json(Verified(tuple(checks)), None)
    assert "##" not in text
    told = json.loads(text)["checks"]
    assert [(row["check"], row["subject"], row["told"], row["advice"]) for row in told] == [
        (check.check, check.subject, check.told, check.advice) for check in checks
    ]


@given(st.lists(st.integers(1, 2000)))
def test_ids_are_asked_for_once_and_at_most_200_at_a_time(ids):
    found = list(batches(ids))
    assert all(0 < len(batch) <= AT_ONCE for batch in found)
    assert [number for batch in found for number in batch] == list(dict.fromkeys(ids))


POINTS = st.lists(st.one_of(st.none(), st.sampled_from(Exclusion)), max_size=4)
FACTS = st.one_of(
    st.none(),
    st.builds(
        CaseFacts,
        st.just(7),
        TEXT,
        st.sampled_from([CASE, "Bug", ""]),
        TEXT,
        st.sampled_from(["Shop", "shop", "Other"]),
        TEXT,
        TEXT,
    ),
)


@given(POINTS, FACTS, st.booleans(), st.booleans())
def test_only_a_case_with_a_chosen_point_is_ok_and_what_is_sure_is_no_guess(
    marks, facts, looked_up, complete
):
    points = [
        TestPoint(n, 12, "Login", 7, "x", TestConfiguration(1, "C")) for n, _ in enumerate(marks, start=1)
    ]
    excluded = {n: why for n, why in enumerate(marks, start=1) if why is not None}
    seen = Seen([TestPlan(10, "R", 11)], points, {}, excluded, complete)
    state, told, _ = verdict(points, seen, facts, "Shop", looked_up=looked_up)
    assert told
    assert (state is State.OK) == (None in marks)
    if not points and facts is None:
        assert state is (State.PROBLEM if looked_up or complete else State.UNCHECKED)
    if not points and facts is not None and (facts.kind != CASE or facts.project == "Other"):
        assert state is State.PROBLEM


def test_a_problem_has_an_exit_code_and_nothing_else_has_one():
    assert Check("a", "b", State.OK, "c").code is ExitCode.OK
