"""How many requests a TestRail gets in a minute."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.sync.connectors.testrail.http import Budget, TestRailHttp


class Clock:
    """Time that passes while somebody waits."""

    def __init__(self):
        self.now = 0.0
        self.waited = 0.0

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds
        self.waited += seconds


@given(
    most=st.integers(1, 6), pauses=st.lists(st.sampled_from([0.0, 0.0, 0.5, 10.0, 59.0, 61.0]), max_size=40)
)
def test_no_minute_sees_more_requests_than_the_budget_and_nobody_waits_without_need(most, pauses):
    clock = Clock()
    Budget._sent.pop("a.host", None)
    sessions = [Budget("a.host", most, sleep=clock.sleep, clock=lambda: clock.now) for _ in range(2)]
    sent = []
    for number, pause in enumerate(pauses):
        clock.now += pause
        before = clock.now
        sessions[number % 2].take()
        if clock.now > before:
            assert len([each for each in sent if each > before - 60]) >= most
        sent.append(clock.now)
    for end in sent:
        assert len([each for each in sent if end - 60 < each <= end]) <= most


def test_a_budget_of_none_never_waits():
    clock = Clock()
    budget = Budget("b.host", 0, sleep=clock.sleep, clock=lambda: clock.now)
    for _ in range(1000):
        budget.take()
    assert clock.waited == 0


@pytest.mark.parametrize(
    ("url", "given", "most"),
    [
        ("https://acme.testrail.io", None, 150),
        ("https://acme.testrail.io", 0, 0),
        ("https://testrail.acme.example/tr", None, 0),
        ("https://testrail.acme.example/tr", 90, 90),
        ("https://nottestrail.io.example", None, 0),
    ],
)
def test_testrails_own_cloud_has_a_budget_and_a_config_may_say_another(url, given, most):
    assert TestRailHttp(url, "u", "k", per_minute=given)._budget._per_minute == most


def test_the_config_takes_a_budget_and_refuses_one_below_none(sync, services):
    _, testrail = services
    config = {"url": testrail.url, "project": 1, "requests_per_minute": 1000}
    sync.write(testrail=config)
    assert sync("check").code == 0
    sync.write(testrail={**config, "requests_per_minute": -1})
    assert "testrail.requests_per_minute" in sync("check").stderr
