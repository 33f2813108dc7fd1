"""Test runs made for TestRail's tests, and results that are appended there, over HTTP on both sides."""

from __future__ import annotations

import contextlib
import time

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.sampling import slow_run

from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.retry import RetryPolicy
from ado_publisher.sync.connectors.ado import AdoConnector
from ado_publisher.sync.connectors.testrail import TestRailConnector, TestRailHttp
from ado_publisher.sync.context import Context, Partition
from ado_publisher.sync.engine import sync_partition
from ado_publisher.sync.model import CASE, CONTAINER, RESULT, RUN, Policy, Side, SyncAway
from ado_publisher.sync.preset import Choices, integrations
from ado_publisher.sync.store import Store

from .test_ado_testrail import ADO
from .test_ado_testrail import Both as Sides
from .test_testrail import SEED as TESTRAIL

EVERY = frozenset({CONTAINER, CASE, RUN, RESULT})


class Both(Sides):
    """Two services whose suites and test cases are equal already; `ado` and `theirs` are clients."""

    def __init__(self, ado, testrail, *, per_test=True, every_run=False, kinds=EVERY, **ado_options):
        self.ado, self.testrail = ado, testrail
        self.later = 0.0
        self.session = AdoSession(ado.url, "demo-pat", retry=RetryPolicy(budget=1.0), sleep=lambda _: None)
        self.plan = testplans.plan_by_id(self.session, "Shop", 10)
        self.http = TestRailHttp(testrail.url, "user@example.com", "demo-key", sleep=lambda _: None)
        self.options = {"all_runs": every_run, **ado_options}
        self.per_test = per_test
        choices = Choices({"": Policy.ERROR}, kinds=kinds, every_run=every_run)
        self.integrations = integrations("ado-testrail", choices)
        self.store = Store(None)
        self.connect()

    def connect(self):
        """As a process that is started anew."""
        self.sides = {
            Side.ADO: AdoConnector(self.session, "Shop", self.plan, **self.options),
            Side.REMOTE: TestRailConnector(self.http, 1, per_test=self.per_test),
        }

    def sync(self, **more):
        self.connect()
        partition = Partition("p", self.sides, self.integrations, "v1")
        return sync_partition(Context(partition, self.store, clock=lambda: time.time() + self.later, **more))

    def case(self, title):
        return next(row for row in self.testrail.state()["cases"] if row["title"] == title)

    def runs(self):
        return [run for run in self.ado.state()["runs"] if run["comment"].startswith("[ado-publisher sync")]

    def results(self):
        return self.testrail.state()["results"]

    def call(self, method, path, body=None):
        answer = requests.request(
            method,
            f"{self.ado.url}/Shop/_apis/{path}",
            params={"api-version": "7.1"},
            json=body,
            auth=("", "demo-pat"),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def point(self, case):
        return next(point["id"] for point in self.ado.state()["points"] if point["case_id"] == case)

    def post(self, run, case, outcome, **more):
        """A result in a run that was made without points."""
        body = {
            "testPoint": {"id": str(self.point(case))},
            "testCase": {"id": str(case)},
            "testCaseTitle": "any",
            "testCaseRevision": 1,
            "outcome": outcome,
            "state": "Completed",
            **more,
        }
        return self.call("POST", f"test/Runs/{run}/results", [body])["value"][0]["id"]

    def planned(self, **outcomes):
        """A pipeline's run with points, as `publish` makes it; its id and result ids by case."""
        cases = {int(name[1:]): outcome for name, outcome in outcomes.items()}
        body = {
            "name": "nightly",
            "automated": True,
            "plan": {"id": "10"},
            "pointIds": [self.point(case) for case in cases],
        }
        run = self.call("POST", "test/runs", body)["id"]
        rows = self.call("GET", f"test/Runs/{run}/results")["value"]
        ids = {int(row["testCase"]["id"]): row["id"] for row in rows}
        self.patch(run, {ids[case]: outcome for case, outcome in cases.items()})
        return run, ids

    def patch(self, run, outcomes, **more):
        rows = [
            {"id": number, "outcome": outcome, "state": "Completed", **more}
            for number, outcome in outcomes.items()
        ]
        self.call("PATCH", f"test/Runs/{run}/results", rows)


@pytest.fixture
def both(emulator, testrail_service):
    """`both(**options)`: equal suites and test cases, and an open run of TestRail with all of them."""

    def start(seed=ADO, *, run=True, **options):
        testrail = testrail_service(TESTRAIL)
        found = Both(emulator(seed), testrail, **options)
        found.finish()
        if run:
            found.run = found.http.post("add_run", 1, body={"name": "Release 1"})["id"]
        return found

    return start


def test_each_test_of_an_open_run_gets_a_test_run_that_takes_its_results(both):
    pair = both()
    pair.finish()
    assert sorted(run["name"] for run in pair.runs()) == ["logs in", "pays by bill", "pays by card"]
    assert {(run["plan_id"], run["state"]) for run in pair.runs()} == {(10, "InProgress")}
    run = next(run["id"] for run in pair.runs() if run["name"] == "pays by card")
    pair.post(run, 101, "Failed", errorMessage="no *card*", durationInMs=61_000.0)
    pair.sync()
    (result,) = pair.results()
    card = pair.case("pays by card")["id"]
    test = next(test for test in pair.testrail.state()["tests"] if test["id"] == result["test_id"])
    assert (test["case_id"], test["status_id"]) == (card, 5)
    assert result["elapsed"] == "1m 1s"
    assert result["comment"].startswith("```\nno *card*\n```\n\n[Azure DevOps](http://127.0.0.1:")
    assert pair.sync().total("create", "update", "park") == 0


def test_one_run_for_a_run_of_testrail_takes_results_of_all_its_cases(both):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    assert run["name"] == "Release 1"
    pair.post(run["id"], 101, "Passed")
    pair.post(run["id"], 102, "Timeout")
    pair.sync()
    shown = {test["title"]: test["status_id"] for test in pair.testrail.state()["tests"]}
    assert shown == {"pays by card": 1, "pays by bill": 5, "logs in": 3}
    assert any("Outcome: Timeout" in result["comment"] for result in pair.results())


def test_runs_in_plans_count_and_are_named_with_their_configuration(both):
    pair = both(run=False, per_test=False)
    entry = {"suite_id": 1, "name": "Smoke", "config": "Chrome"}
    pair.http.post("add_plan", 1, body={"name": "Release", "entries": [entry]})
    pair.finish()
    assert [run["name"] for run in pair.runs()] == ["Smoke (Chrome)"]


def test_a_run_that_is_closed_in_testrail_is_completed(both):
    pair = both(per_test=False)
    pair.finish()
    pair.http.post("close_run", pair.run, body={})
    pair.finish()
    assert [run["state"] for run in pair.runs()] == ["Completed"]
    before = len(pair.testrail.requests)
    pair.sync(sweep=True)
    assert not any("get_run " in f"{each} " for each in pair.testrail.requests[before:])


def test_a_test_that_fails_once_more_shows_it_although_a_person_passed_it_in_between(both):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    pair.post(run["id"], 101, "Failed", errorMessage="no card")
    pair.sync()
    test = next(row for row in pair.testrail.state()["tests"] if row["title"] == "pays by card")
    pair.http.post("add_result", test["id"], body={"status_id": 1, "comment": "looks fine"})
    pair.sync(sweep=True)
    shown = {row["title"]: row["status_id"] for row in pair.testrail.state()["tests"]}
    assert shown["pays by card"] == 1
    pair.post(run["id"], 101, "Failed", errorMessage="no card")
    pair.sync()
    shown = {row["title"]: row["status_id"] for row in pair.testrail.state()["tests"]}
    assert shown["pays by card"] == 5
    assert [row["status_id"] for row in pair.results()] == [5, 1, 5]
    assert pair.sync(sweep=True).total("create", "update", "park") == 0


def test_a_result_that_is_there_again_is_not_told_again_while_testrail_shows_it(both):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    for _ in range(3):
        pair.post(run["id"], 101, "Failed", errorMessage="no card")
        pair.sync()
    assert [row["status_id"] for row in pair.results()] == [5]
    pair.post(run["id"], 101, "Failed", errorMessage="another card")
    pair.sync()
    # The gravest of a run is its first one: what it says stays what is told.
    assert [row["status_id"] for row in pair.results()] == [5]


def test_a_bug_that_is_linked_later_is_told(both):
    items = [*ADO["projects"][0]["work_items"], {"id": 700, "type": "Bug", "title": "broken"}]
    pair = both({**ADO, "projects": [{**ADO["projects"][0], "work_items": items}]}, per_test=False)
    pair.finish()
    (run,) = pair.runs()
    number = pair.post(run["id"], 101, "Failed")
    pair.sync()
    pair.patch(run["id"], {number: "Failed"}, associatedBugs=[{"id": "700"}])
    pair.sync(sweep=True)
    assert [row["defects"] for row in pair.results()] == [None, "700"]


def test_an_analysis_of_an_older_result_takes_back_nothing_that_a_person_said_in_testrail(both):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    number = pair.post(run["id"], 101, "Passed")
    pair.sync()
    test = next(row for row in pair.testrail.state()["tests"] if row["title"] == "pays by card")
    pair.http.post("add_result", test["id"], body={"status_id": 5, "comment": "it did not"})
    pair.patch(run["id"], {number: "Passed"}, resolutionState="none")
    pair.sync(sweep=True)
    shown = {row["title"]: row["status_id"] for row in pair.testrail.state()["tests"]}
    assert shown["pays by card"] == 5


def test_results_of_other_runs_are_left_alone_unless_every_run_counts(both):
    pair = both()
    pair.planned(c101="Failed")
    pair.finish()
    assert pair.results() == []


def test_results_of_every_run_go_to_the_newest_open_run_that_has_the_case(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    card = pair.case("pays by card")["id"]
    newer = pair.http.post("add_run", 1, body={"name": "newer", "include_all": False, "case_ids": [card]})[
        "id"
    ]
    pair.planned(c101="Failed", c102="Passed")
    pair.sync()
    tests = {test["id"]: test for test in pair.testrail.state()["tests"]}
    told = {(tests[row["test_id"]]["run_id"], tests[row["test_id"]]["title"]) for row in pair.results()}
    assert told == {(newer, "pays by card"), (pair.run, "pays by bill")}
    assert pair.sync(sweep=True).total("create", "update", "park") == 0


def test_a_result_that_is_changed_is_appended_once_more(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    run, ids = pair.planned(c101="Failed")
    pair.sync()
    pair.patch(run, {ids[101]: "Passed"})
    pair.sync()
    pair.sync(sweep=True)
    assert [row["status_id"] for row in pair.results()] == [5, 1]


def test_the_newest_run_is_told_last_whatever_the_order_of_the_list(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    older, ids = pair.planned(c101="Passed")
    pair.planned(c101="Failed")
    # The older one is touched: it stands last in a list by time of change.
    pair.patch(older, {ids[101]: "Passed"}, comment="looked at")
    pair.sync()
    assert [row["status_id"] for row in pair.results()] == [1, 5]


def test_an_older_result_that_is_told_late_hides_no_newer_one(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    older, ids = pair.planned(c101="Failed")
    pair.sync()
    pair.planned(c101="Failed")
    pair.sync()
    pair.patch(older, {ids[101]: "Passed"}, comment="it was the network")
    pair.sync()
    shown = {test["title"]: test["status_id"] for test in pair.testrail.state()["tests"]}
    assert shown["pays by card"] == 5
    assert [row["status_id"] for row in pair.results()] == [5, 5, None]
    assert pair.results()[-1]["comment"].startswith(
        "An older result, told after a newer one: passed\n\nit was the network"
    )
    assert pair.sync(sweep=True).total("create", "update", "park", "twinless") == 0


def test_a_failure_counts_again_when_a_graver_one_of_the_run_is_gone(both):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    pair.post(run["id"], 101, "Error")
    pair.sync()
    graver = pair.post(run["id"], 101, "Failed")
    pair.sync()
    pair.patch(run["id"], {graver: "Passed"})
    pair.sync()
    shown = {test["title"]: test["status_id"] for test in pair.testrail.state()["tests"]}
    assert shown["pays by card"] == 5
    assert "Outcome: Error" in pair.results()[-1]["comment"]


def test_results_that_are_too_old_to_be_listed_stay_told_and_are_not_looked_for(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    pair.planned(c101="Failed")
    pair.sync()
    pair.options["since"] = time.time() + 3600
    pair.session.sent.clear()
    report = pair.sync(sweep=True)
    assert report.troubles == []
    assert report.counts == {}
    assert pair.session.sent["list the run's results"] == 0


OUTCOMES = {"Failed": 5, "Timeout": 5, "Blocked": 2, "Passed": 1}
GRAVEST = list(OUTCOMES)
CASES = st.sampled_from([101, 101, 102])
CHANGES = st.one_of(
    st.tuples(st.just("publish"), CASES, st.sampled_from(GRAVEST)),
    st.tuples(st.just("again"), CASES, st.sampled_from(GRAVEST)),
    st.tuples(st.just("edit"), st.integers(0, 3), st.sampled_from(GRAVEST)),
    st.tuples(st.just("open")),
)
# What happens, and the sync after it: none, one, or one whose request or answer is lost.
STEPS = st.lists(
    st.tuples(CHANGES, st.sampled_from([None, "", "", "before", "after"])), min_size=2, max_size=9
)
LATE = [
    (("open",), None),
    (("publish", 101, "Failed"), ""),
    (("publish", 101, "Failed"), ""),
    (("edit", 0, "Passed"), ""),
]


@pytest.mark.off_contract
def test_what_testrail_shows_is_the_gravest_result_of_the_newest_run(both):
    @settings(
        max_examples=80 if slow_run() else 8,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(early=st.booleans(), steps=STEPS)
    @example(early=True, steps=LATE)
    def law(early, steps):
        pair = both(run=False, every_run=True, kinds=EVERY - {RUN})
        rows = []  # run, id, case, outcome
        for change, sync in [*([(("open",), None)] if early else []), *steps, (("open",), "")]:
            act(pair, rows, change)
            if sync is not None:
                act(pair, rows, ("sync", sync))
        for _ in range(2):
            pair.store.try_again("p")
            pair.finish()
        shown = {test["title"]: test["status_id"] for test in pair.testrail.state()["tests"]}
        for case, title in ((101, "pays by card"), (102, "pays by bill")):
            newest = max((row[0] for row in rows if row[2] == case), default=0)
            told = [row[3] for row in rows if (row[0], row[2]) == (newest, case)]
            wanted = OUTCOMES[min(told, key=GRAVEST.index)] if told else 3
            assert shown[title] == wanted, (rows, pair.results())

    law()


def act(pair, rows, step):
    """One step of a user, a pipeline or the sync."""
    what = step[0]
    if what == "publish":
        body = {"name": "job", "automated": True, "state": "InProgress", "plan": {"id": "10"}}
        run = pair.call("POST", "test/runs", body)["id"]
        rows.append([run, pair.post(run, step[1], step[2]), step[1], step[2]])
    elif what == "again" and rows:
        run = rows[-1][0]
        rows.append([run, pair.post(run, step[1], step[2]), step[1], step[2]])
    elif what == "edit" and rows:
        row = rows[step[1] % len(rows)]
        row[3] = step[2]
        pair.patch(row[0], {row[1]: step[2]})
    elif what == "open" and not pair.testrail.state()["runs"]:
        pair.http.post("add_run", 1, body={"name": "Release 1"})
    elif what == "sync":
        if step[1]:
            pair.testrail.faults([{"method": "POST", "path": "add_results/", "times": 1, "drop": step[1]}])
        pair.later += 5000
        with contextlib.suppress(SyncAway):
            pair.sync()
        pair.testrail.faults([])


def test_what_did_not_run_is_not_told(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    pair.planned(c101="NotExecuted", c102="Passed")
    report = pair.sync()
    assert len(pair.results()) == 1
    assert report.total("park", "wait") == 0


@pytest.mark.parametrize("outcomes", [("Failed", "Passed"), ("Passed", "Failed")])
def test_a_failure_is_not_hidden_by_another_result_of_the_case_in_the_run(both, outcomes):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    for outcome in outcomes:
        pair.post(run["id"], 101, outcome)
        pair.sync()
    shown = {test["title"]: test["status_id"] for test in pair.testrail.state()["tests"]}
    assert shown["pays by card"] == 5


TWO = {
    **ADO,
    "projects": [
        {
            **ADO["projects"][0],
            "configurations": [
                {"id": 1, "name": "Windows", "default": True},
                {"id": 2, "name": "Linux", "default": True},
            ],
        }
    ],
}


def test_a_case_of_several_configurations_is_told_rather_than_shown_by_its_last_result(both):
    pair = both(TWO, every_run=True, kinds=EVERY - {RUN})
    pair.planned(c101="Passed")
    pair.sync()
    assert pair.results() == []
    (parked,) = [each for each in pair.store.dirty("p") if each.parked]
    assert "is run in several configurations (Linux, Windows)" in parked.error
    assert "results.configuration" in parked.error


def test_results_of_the_configuration_that_counts_are_told(both):
    pair = both(TWO, every_run=True, kinds=EVERY - {RUN}, configuration="Windows")
    points = [point for point in pair.ado.state()["points"] if point["case_id"] == 101]
    body = {"name": "n", "automated": True, "plan": {"id": "10"}, "pointIds": [p["id"] for p in points]}
    run = pair.call("POST", "test/runs", body)["id"]
    rows = pair.call("GET", f"test/Runs/{run}/results")["value"]
    pair.patch(
        run,
        {row["id"]: "Passed" if row["configuration"]["name"] == "Windows" else "Failed" for row in rows},
    )
    pair.sync()
    assert [row["status_id"] for row in pair.results()] == [1]


def test_a_result_of_another_case_is_not_told_of_the_test_that_the_run_was_made_for(both):
    pair = both()
    pair.finish()
    run = next(run["id"] for run in pair.runs() if run["name"] == "pays by card")
    pair.post(run, 102, "Failed")
    pair.sync()
    assert pair.results() == []
    (parked,) = [each for each in pair.store.dirty("p") if each.parked]
    assert "and this result of case" in parked.error


def test_a_result_without_an_open_run_is_told_and_goes_over_when_there_is_one(both):
    pair = both(run=False, every_run=True, kinds=EVERY - {RUN})
    pair.planned(c101="Failed")
    pair.sync()
    (parked,) = [each for each in pair.store.dirty("p") if each.parked]
    assert "no open test run has case" in parked.error
    pair.http.post("add_run", 1, body={"name": "late"})
    pair.store.try_again("p")
    pair.sync()
    assert [row["status_id"] for row in pair.results()] == [5]


def test_bugs_that_are_linked_to_a_result_are_named_as_defects(both):
    seed = {
        **ADO,
        "projects": [
            {
                **ADO["projects"][0],
                "work_items": [
                    *ADO["projects"][0]["work_items"],
                    {"id": 700, "type": "Bug", "title": "broken"},
                ],
            }
        ],
    }
    pair = both(seed, every_run=True, kinds=EVERY - {RUN})
    run, ids = pair.planned(c101="Failed")
    pair.patch(run, {ids[101]: "Failed"}, associatedBugs=[{"id": "700"}])
    pair.sync()
    assert [row["defects"] for row in pair.results()] == ["700"]


@pytest.mark.off_contract
@pytest.mark.parametrize("drop", ["before", "after"])
def test_lost_requests_and_answers_double_no_run_and_no_result(both, drop):
    pair = both(per_test=False)
    pair.ado.faults([{"method": "POST", "path": r"test/runs\?", "times": 2, "drop": drop}])
    pair.finish()
    (run,) = pair.runs()
    for case in (101, 102):
        pair.post(run["id"], case, "Failed")
    pair.testrail.faults([{"method": "POST", "path": "add_results/", "times": 2, "drop": drop}])
    pair.finish()
    assert len(pair.runs()) == 1
    assert len(pair.results()) == 2


def test_what_testrail_refuses_of_a_batch_costs_only_itself(both):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    card = pair.case("pays by card")["id"]
    rest = [row["id"] for row in pair.testrail.state()["cases"] if row["id"] != card]
    pair.http.post("update_run", pair.run, body={"include_all": False, "case_ids": rest})
    for case in (101, 102):
        pair.post(run["id"], case, "Failed")
    pair.sync()
    assert len(pair.results()) == 1
    (parked,) = [each for each in pair.store.dirty("p") if each.parked]
    assert f"no test run {pair.run} has case {card}" in parked.error


def test_a_lost_database_finds_runs_and_results_by_their_markers_and_doubles_none(both):
    from ado_publisher.sync.adopting import adopt

    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    first = pair.post(run["id"], 101, "Failed")
    pair.post(run["id"], 102, "Passed")
    pair.sync()
    pair.call("PATCH", f"test/Runs/{run['id']}/results", [{"id": first, "outcome": "Passed"}])
    pair.store = Store(None)
    pair.connect()
    found = adopt(Context(Partition("p", pair.sides, pair.integrations, "v1"), pair.store))
    assert {match.kind for match in found.matches} == EVERY
    pair.finish()
    assert len(pair.runs()) == 1
    # The one that was changed since it was told of is told once more.
    assert [row["status_id"] for row in pair.results()] == [5, 1, 1]


def test_what_is_published_stands_in_testrail_after_a_sync(emulator, cli, tmp_path, testrail_service):
    import yaml

    from .test_command import KEYS

    report = """<testsuite name="pay">
    <testcase name="TC101 pays by card"><failure message="declined"/></testcase>
    <testcase name="TC102 pays by bill"/></testsuite>"""
    (tmp_path / "report.xml").write_text(report, encoding="utf-8")
    testrail = testrail_service(TESTRAIL)
    ado = emulator(ADO)
    config = {
        "version": 1,
        "azure_devops": {"organization_url": ado.url, "project": "Shop", "plan": 10},
        "testrail": {"url": testrail.url, "project": 1},
        "runs": "none",
        "results": {"of": "all_runs"},
    }
    (tmp_path / "ado-publisher-sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert cli("sync", "run", env=KEYS).code == 0
    http = TestRailHttp(testrail.url, "user@example.com", "demo-key")
    http.post("add_run", 1, body={"name": "Release 1"})
    options = ("--organization-url", ado.url, "--project", "Shop", "--plan", "10", "--no-build-link")
    published = cli("publish", "report.xml", *options, env=KEYS)
    assert published.code == 0, published.output
    done = cli("sync", "run", env=KEYS)
    assert done.code == 0, done.output
    assert "2 test results created" in done.stdout
    shown = {test["title"]: test["status_id"] for test in testrail.state()["tests"]}
    assert shown == {"pays by card": 5, "pays by bill": 1, "logs in": 3}
    failed = next(row for row in testrail.state()["results"] if row["status_id"] == 5)
    assert "declined" in failed["comment"]
    assert "nothing to do" in cli("sync", "run", env=KEYS).stdout


def test_a_run_that_the_sync_made_takes_what_is_published_into_it(both, cli, tmp_path):
    pair = both(per_test=False)
    pair.finish()
    (run,) = pair.runs()
    report = '<testsuite><testcase name="TC101 pays"><failure message="no"/></testcase></testsuite>'
    (tmp_path / "report.xml").write_text(report, encoding="utf-8")
    options = ("--organization-url", pair.ado.url, "--project", "Shop", "--plan", "10")
    published = cli(
        "publish", "report.xml", *options, "--run", str(run["id"]), env={"ADO_PUBLISHER_TOKEN": "demo-pat"}
    )
    assert published.code == 0, published.output
    pair.sync()
    (result,) = pair.results()
    assert result["status_id"] == 5
    # What a publish notes for itself in comments is nothing that a person has to read.
    assert "[ado-publisher" not in result["comment"]


@pytest.mark.off_contract
def test_tests_that_may_not_be_listed_end_the_sync_with_a_message_and_lose_nothing(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    pair.planned(c101="Failed")
    fault = {"method": "GET", "path": "get_tests/", "times": 0, "status": 403, "body": {"error": "no access"}}
    pair.testrail.faults([fault])
    with pytest.raises(SyncAway, match="TestRail: no access"):
        pair.sync()
    pair.testrail.faults([])
    pair.finish()
    assert [row["status_id"] for row in pair.results()] == [5]


def test_a_testrail_that_changes_comments_is_told_and_gets_nothing_twice(both):
    pair = both(every_run=True, kinds=EVERY - {RUN})
    pair.planned(c101="Failed", c102="Passed")
    pair.testrail.data.knobs["longest_comment"] = 20
    with pytest.raises(SyncAway, match="did not keep the link at the end of the comment of result 2"):
        pair.sync()
    pair.later += 5000
    assert pair.sync(sweep=True).total("create", "adopt") == 0
    assert [row["status_id"] for row in pair.results()] == [5, 1]


@pytest.mark.off_contract
def test_many_runs_whose_making_is_unknown_are_looked_for_by_one_list(both):
    pair = both(run=False)
    section = pair.case("pays by card")["section_id"]
    for number in range(20):
        pair.http.post("add_case", section, body={"title": f"new {number}"})
    pair.finish()
    pair.http.post("add_run", 1, body={"name": "Release 1"})
    pair.ado.faults([{"method": "POST", "path": r"test/runs\?", "times": 1, "drop": "after"}])
    with pytest.raises(SyncAway):
        pair.sync(sweep=True)
    pair.ado.faults([])
    pair.session.sent.clear()
    pair.later += 5000
    pair.sync(sweep=True)
    # To look for them all, and to see what is there.
    assert pair.session.sent["look for other test runs of the build"] <= 3
    pair.finish()
    assert len(pair.runs()) == len(pair.testrail.state()["tests"]) == 23
