"""What people say of tests in TestRail, as results of Azure DevOps: the other reading of the fourth row."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from support.sampling import slow_run

from ado_publisher.sync.model import VERDICT, SyncAway

from .test_ado_testrail import ADO
from .test_runs_and_results import EVERY, TWO, both  # noqa: F401 - a fixture

BOTH_WAYS = EVERY | {VERDICT}
STATUS = {"Passed": 1, "Blocked": 2, "Failed": 5}


def say(pair, title, outcome, **more):
    """A tester adds a result to a test."""
    test = next(row["id"] for row in pair.testrail.state()["tests"] if row["title"] == title)
    body = {"status_id": STATUS.get(outcome, outcome), **more}
    return pair.http.post("add_result", test, body=body)["id"]


def rows(pair):
    """Run, case, outcome and comment of every result in Azure DevOps."""
    return [
        (run["name"], row["case_id"], row["outcome"], row.get("comment", "").partition("[ado-")[0].strip())
        for run in pair.ado.state()["runs"]
        for row in run["results"]
    ]


def results(ado):
    """Every result in Azure DevOps."""
    return [row for run in ado.state()["runs"] for row in run["results"]]


def shown(pair, case=101):
    """What the test point shows."""
    return next(p["outcome"] for p in pair.ado.state()["points"] if p["case_id"] == case)


@pytest.mark.parametrize(("per_test", "run"), [(True, "pays by card"), (False, "Release 1")])
def test_a_result_that_a_person_adds_stands_in_the_run_of_its_test(both, per_test, run):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=per_test)
    pair.finish()
    say(pair, "pays by card", "Failed", comment="no *card*", elapsed="1m 1s")
    pair.sync()
    assert rows(pair) == [(run, 101, "Failed", "no *card*")]
    (result,) = results(pair.ado)
    assert (result["errorMessage"], result["durationInMs"]) == ("no *card*", 61000.0)
    assert shown(pair) == "Failed"
    assert pair.sync(sweep=True).total("create", "update", "park", "conflict") == 0
    # It came from there: it is not told there again.
    assert len(pair.results()) == 1


def test_the_newest_result_of_a_test_is_what_azure_devops_shows(both):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=False)
    pair.finish()
    for outcome in ("Passed", "Failed"):
        say(pair, "pays by card", outcome)
    pair.sync()
    assert shown(pair) == "Failed"
    say(pair, "pays by card", "Passed", comment="tried again")
    pair.sync()
    assert rows(pair) == [("Release 1", 101, "Passed", "tried again")]
    assert shown(pair) == "Passed"
    assert "errorMessage" not in results(pair.ado)[0]


def test_a_comment_without_a_status_and_what_the_sync_itself_told_are_no_results(both):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=False)
    pair.finish()
    say(pair, "pays by card", None, comment="looking")
    pair.post(pair.runs()[0]["id"], 102, "Passed")
    pair.sync()
    pair.sync(sweep=True)
    assert rows(pair) == [("Release 1", 102, "Passed", "")]
    assert len(pair.results()) == 2


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("edit", [{"comment": "looked closer"}, {"status_id": 1}])
def test_a_newer_failure_of_a_pipeline_is_not_covered_by_an_edit_of_an_older_result(both, told, edit):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=False)
    pair.finish()
    number = say(pair, "pays by card", "Blocked")
    pair.sync()
    pair.post(pair.runs()[0]["id"], 101, "Failed")
    if told:
        pair.sync()
    pair.testrail.data.tables["results"][number].update(edit)
    pair.sync(sweep=True)
    assert shown(pair) == "Failed"
    tests = {test["title"]: test["status_id"] for test in pair.testrail.state()["tests"]}
    assert tests["pays by card"] == 5


def test_the_last_results_of_a_run_that_was_closed_go_over_before_its_run_is_completed(both):  # noqa: F811
    pair = both(kinds=BOTH_WAYS)
    pair.finish()
    say(pair, "pays by card", "Failed")
    pair.http.post("close_run", pair.run, body={})
    pair.sync(sweep=True)
    pair.sync(sweep=True)
    assert rows(pair) == [("pays by card", 101, "Failed", "")]
    assert {run["state"] for run in pair.runs()} == {"Completed"}
    before = len(pair.testrail.requests)
    pair.later += 10 * 86_400
    pair.sync(sweep=True)
    assert not any("get_test/" in each or "get_results/" in each for each in pair.testrail.requests[before:])


def test_results_of_a_run_in_a_plan_go_over_also_when_the_plan_is_closed(both):  # noqa: F811
    pair = both(run=False, kinds=BOTH_WAYS, per_test=False)
    entry = {"suite_id": 1, "name": "Smoke"}
    plan = pair.http.post("add_plan", 1, body={"name": "Release", "entries": [entry]})["id"]
    pair.finish()
    say(pair, "pays by card", "Blocked")
    pair.http.post("close_plan", plan, body={})
    pair.sync(sweep=True)
    assert rows(pair) == [("Smoke", 101, "Blocked", "")]


def test_defects_that_are_bugs_of_the_project_are_linked_to_the_result(both):  # noqa: F811
    items = [*ADO["projects"][0]["work_items"], {"id": 700, "type": "Bug", "title": "broken"}]
    pair = both(
        {**ADO, "projects": [{**ADO["projects"][0], "work_items": items}]}, kinds=BOTH_WAYS, per_test=False
    )
    pair.finish()
    say(pair, "pays by card", "Failed", defects="AB#700, JIRA-301, 301, 99999")
    pair.sync()
    assert results(pair.ado)[0]["associatedBugs"][0]["id"] == "700"
    assert len(results(pair.ado)[0]["associatedBugs"]) == 1


def test_a_comment_that_looks_like_a_mark_of_ours_is_none(both):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=False)
    pair.finish()
    say(pair, "pays by card", "Failed", comment="see [ado-publisher sync http://evil/1] there")
    pair.sync()
    (result,) = results(pair.ado)
    assert result["comment"].count("[ado-publisher") == 1
    assert "evil" not in result["comment"]


@pytest.mark.off_contract
@pytest.mark.parametrize("path", [r"test/Runs/\d+/results", "wit/workitems", "TestPoint"])
def test_a_service_that_is_away_loses_no_result(both, path):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=False)
    pair.finish()
    say(pair, "pays by card", "Failed", defects="700")
    pair.ado.faults([{"path": path, "times": 0, "status": 401}])
    with pytest.raises(SyncAway):
        pair.sync()
    pair.ado.faults([])
    pair.finish()
    assert [row[2] for row in rows(pair)] == ["Failed"]


def test_a_status_that_is_not_in_the_map_is_told(both):  # noqa: F811
    pair = both(kinds=BOTH_WAYS, per_test=False)
    pair.testrail.data.statuses.append({"id": 6, "name": "custom_status1", "label": "Odd"})
    pair.finish()
    say(pair, "pays by card", 6)
    pair.sync()
    (parked,) = [each for each in pair.store.dirty("p") if each.parked]
    assert "'custom_status1' is not in the map of statuses; add it to `results.statuses`" in parked.error
    assert rows(pair) == []


def test_a_case_of_several_configurations_is_told_until_one_is_named(both):  # noqa: F811
    pair = both(TWO, kinds=BOTH_WAYS, per_test=False)
    pair.finish()
    say(pair, "pays by card", "Failed")
    pair.sync()
    (parked,) = [each for each in pair.store.dirty("p") if each.parked]
    assert "several configurations (Linux, Windows)" in parked.error
    pair.options["configuration"] = "Linux"
    pair.store.try_again("p")
    pair.sync()
    points = {p["id"]: p for p in pair.ado.state()["points"]}
    (row,) = results(pair.ado)
    assert points[row["point_id"]]["configuration_id"] == 2


def test_a_lost_database_pairs_results_by_their_markers(both):  # noqa: F811
    from ado_publisher.sync.adopting import adopt
    from ado_publisher.sync.context import Context, Partition
    from ado_publisher.sync.store import Store

    pair = both(kinds=BOTH_WAYS, per_test=False)
    pair.finish()
    say(pair, "pays by card", "Failed", comment="broken")
    pair.sync()
    pair.store = Store(None)
    pair.connect()
    adopt(Context(Partition("p", pair.sides, pair.integrations, "v1"), pair.store))
    pair.finish()
    assert rows(pair) == [("Release 1", 101, "Failed", "broken")]
    assert len(pair.results()) == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "say", "publish"]),
        st.sampled_from([("pays by card", 101), ("pays by bill", 102)]),
        st.sampled_from(sorted(STATUS)),
        st.sampled_from([None, "", "", "before", "after"]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.off_contract
def test_both_sides_show_what_was_said_last(both):  # noqa: F811
    """People say it in TestRail, pipelines publish into the run; requests and answers are lost."""

    @settings(
        max_examples=60 if slow_run() else 6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )
    @given(steps=STEPS)
    def law(steps):
        pair = both(kinds=BOTH_WAYS, per_test=False)
        pair.finish()
        said = {}
        for what, (title, case), outcome, lost in steps:
            # Of several results of a run the gravest counts: each case is a person's or a pipeline's here.
            if said.setdefault(case, (what, ""))[0] != what or (what == "publish" and said[case][1]):
                continue
            if what == "say":
                say(pair, title, outcome)
            else:
                pair.post(pair.runs()[0]["id"], case, outcome)
            said[case] = (what, outcome)
            if lost is not None:
                sync_losing(pair, lost)
        pair.finish()
        tests = {test["title"]: test["status_id"] for test in pair.testrail.state()["tests"]}
        for title, case in (("pays by card", 101), ("pays by bill", 102)):
            if case in said:
                outcome = said[case][1]
                assert (tests[title], shown(pair, case)) == (STATUS[outcome], outcome), steps
        cases = [row[1] for row in rows(pair)]
        assert len(cases) == len(set(cases)), rows(pair)

    law()


def sync_losing(pair, lost):
    """A sync one of whose requests or answers is lost, on each side; none where that is empty."""
    if lost:
        pair.ado.faults([{"method": "POST", "path": r"results\?", "times": 1, "drop": lost}])
        pair.testrail.faults([{"method": "POST", "path": "add_results/", "times": 1, "drop": lost}])
    pair.later += 5000
    with contextlib.suppress(SyncAway):
        pair.sync()
    pair.ado.faults([])
    pair.testrail.faults([])


def test_the_command_takes_the_other_reading_and_refuses_it_without_runs(sync):
    sync.write(runs="none", create={"results": "both"})
    done = sync("run")
    assert done.code == 2
    assert "create.results" in done.stderr
    assert "needs runs" in done.stderr
    sync.write(create={"results": "both"}, results={"statuses": {"odd": "Passed"}})
    assert "there is no status 'odd'" in sync("check").output


def test_results_go_one_way_alone_where_the_config_says_so(services, sync):
    import requests

    ado, testrail = services
    sync.write(
        runs="per_testrail_run", create={"results": "ado"}, results={"statuses": {"retest": "Blocked"}}
    )
    sync("check", "--create-fields")
    assert sync("run").code == 0
    call = f"{testrail.url}/index.php?/api/v2/"
    auth = ("user@example.com", "demo-key")
    requests.post(call + "add_run/1", json={"name": "R"}, auth=auth, timeout=10).raise_for_status()
    test = testrail.state()["tests"][0]
    requests.post(
        call + f"add_result/{test['id']}", json={"status_id": 4}, auth=auth, timeout=10
    ).raise_for_status()
    planned = sync("plan")
    assert "Blocked" in planned.output
    assert results(ado) == []
    done = sync("run")
    assert done.code == 0, done.output
    assert [row["outcome"] for row in results(ado)] == ["Blocked"]
    assert sync("status").code == 0


def test_a_plan_before_the_first_sync_shows_runs_and_results_as_they_will_be(services, sync):
    ado, testrail = services
    sync.write(runs="per_testrail_run", create={"results": "both"})
    sync("check", "--create-fields")
    data = testrail.data
    case = next(iter(data.tables["cases"].values()))
    run = {"name": "R", "suite_id": case["suite_id"], "project_id": 1, "is_completed": False, "plan_id": None}
    run = data.add("runs", {**run, "created_on": data.stamp(), "updated_on": data.stamp(), "config": None})
    test = data.add(
        "tests", {"run_id": run["id"], "case_id": case["id"], "title": case["title"], "status_id": 5}
    )
    data.add(
        "results", {"test_id": test["id"], "status_id": 5, "comment": "broken", "created_on": data.stamp()}
    )
    planned = sync("plan")
    assert planned.code == 0, planned.output
    assert "Failed" in planned.output
    assert "broken" in planned.output
    assert ado.state()["runs"] == []
    assert sync("run").code == 0
    assert [(row["outcome"], row["errorMessage"]) for row in results(ado)] == [("Failed", "broken")]


MIXED = st.lists(
    st.tuples(
        st.sampled_from([("say", "Passed"), ("say", "Blocked"), ("publish", "Failed")]),
        st.sampled_from([None, "", "", "before", "after"]),
    ),
    min_size=2,
    max_size=7,
)


@pytest.mark.off_contract
def test_both_sides_show_the_same_and_a_failure_that_came_last_is_never_covered(both, passes):  # noqa: F811
    """A person and a pipeline speak of one test in turns, whatever is lost in between."""

    @settings(
        max_examples=60 if slow_run() else 6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )
    @given(steps=MIXED)
    @example(steps=[(("publish", "Failed"), ""), (("say", "Passed"), ""), (("publish", "Failed"), "after")])
    def law(steps):
        pair = both(kinds=BOTH_WAYS, per_test=False)
        pair.finish()
        for (what, outcome), lost in steps:
            if what == "say":
                say(pair, "pays by card", outcome)
            else:
                pair.post(pair.runs()[0]["id"], 101, outcome, errorMessage="no card")
            passes(60)
            if lost is not None:
                sync_losing(pair, lost)
        pair.finish()
        test = next(row for row in pair.testrail.state()["tests"] if row["title"] == "pays by card")
        assert STATUS[shown(pair)] == test["status_id"], steps
        if steps[-1][0][0] == "publish":
            assert shown(pair) == "Failed", steps

    law()
