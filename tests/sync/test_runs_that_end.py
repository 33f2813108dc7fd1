"""Test runs that are deleted, or are over before anybody looked, and databases that are lost long after."""

from __future__ import annotations

import requests

from ado_publisher.sync.adopting import adopt
from ado_publisher.sync.context import Context, Partition
from ado_publisher.sync.store import Store

from .test_results_from_testrail import BOTH_WAYS, rows, say, shown
from .test_runs_and_results import both  # noqa: F401 - a fixture


def started(both, **more):  # noqa: F811
    """Two tests of an open run whose results went over."""
    pair = both(kinds=BOTH_WAYS, per_test=False, **more)
    pair.finish()
    for title in ("pays by card", "pays by bill"):
        say(pair, title, "Failed")
    pair.sync()
    assert len(rows(pair)) == 2
    return pair


def test_results_of_a_test_run_that_was_deleted_in_azure_devops_are_told_as_twinless(both):  # noqa: F811
    pair = started(both)
    address = f"{pair.ado.url}/Shop/_apis/test/runs/{pair.runs()[0]['id']}?api-version=7.1"
    assert requests.delete(address, auth=("", "demo-pat"), timeout=10).ok
    for title in ("pays by card", "pays by bill"):
        say(pair, title, "Passed")
    report = pair.sync()
    assert report.total("twinless") >= 2
    assert pair.sync(sweep=True).total("create", "update") == 0


def test_a_testrail_run_that_was_deleted_does_not_stop_the_sync_of_everything_else(both):  # noqa: F811
    pair = started(both)
    tables = pair.testrail.data.tables
    for name in ("runs", "tests", "results"):
        tables[name].clear()
    assert pair.sync(sweep=True).total("twinless") >= 2
    pair.http.post("update_case", pair.case("pays by card")["id"], body={"title": "pays by a card"})
    pair.sync()
    titles = {item["fields"]["System.Title"] for item in pair.ado.state()["work_items"]}
    assert "pays by a card" in titles


def test_a_testrail_run_that_is_closed_before_anybody_looked_becomes_a_completed_test_run(both):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=False, run=False)
    pair.sync(sweep=True)
    run = pair.http.post("add_run", 1, body={"name": "Quick"})["id"]
    say(pair, "pays by card", "Failed", comment="no card")
    pair.http.post("close_run", run, body={})
    pair.sync()
    pair.finish()
    assert rows(pair) == [("Quick", 101, "Failed", "no card")]
    assert [each["state"] for each in pair.runs()] == ["Completed"]
    assert shown(pair) == "Failed"


def test_a_lost_database_pairs_results_that_went_over_weeks_ago(both, passes):  # noqa: F811
    pair = started(both)
    passes(15 * 86_400)
    pair.store = Store(None)
    pair.connect()
    adopt(Context(Partition("p", pair.sides, pair.integrations, "v1"), pair.store))
    pair.finish()
    assert len(rows(pair)) == 2
