"""Azure DevOps and TestRail, both over HTTP: suites and sections, test cases and test cases."""

from __future__ import annotations

import copy
import time
from dataclasses import replace

import pytest
import requests

from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.retry import RetryPolicy
from ado_publisher.sync.connectors.ado import AdoConnector
from ado_publisher.sync.connectors.testrail import TestRailConnector, TestRailHttp
from ado_publisher.sync.context import Context, Partition
from ado_publisher.sync.engine import sync_partition
from ado_publisher.sync.model import CASE, CONTAINER, Change, Policy, Side, SyncAway
from ado_publisher.sync.preset import Choices, integrations
from ado_publisher.sync.store import Store

from .test_testrail import SEED as TESTRAIL

MARKERS = {"Custom.TestRailID": "", "Custom.TestRailURL": ""}
ADO = {
    "organization": "demo",
    "token": "demo-pat",
    "projects": [
        {
            "name": "Shop",
            "configurations": [{"id": 1, "name": "Windows", "default": True}],
            "plans": [
                {
                    "id": 10,
                    "name": "Release 1",
                    "suites": [
                        {
                            "id": 12,
                            "name": "Pay",
                            "cases": [
                                {
                                    "id": 101,
                                    "title": "pays by card",
                                    "description": "<div>a <strong>card</strong></div>",
                                },
                                {"id": 102, "title": "pays by bill"},
                            ],
                            "suites": [{"id": 13, "name": "Abroad"}],
                        },
                    ],
                }
            ],
            "work_items": [
                {"id": 301, "type": "User Story", "title": "Story"},
                # The fields are there because somebody has them.
                {"id": 900, "type": "Test Case", "title": "loose", "fields": dict.fromkeys(MARKERS, "-")},
            ],
        }
    ],
}
INTEGRATIONS = integrations("ado-testrail", Choices({"": Policy.ERROR}, kinds=frozenset({CONTAINER, CASE})))


class Both:
    integrations = INTEGRATIONS

    def __init__(self, ado, testrail):
        self.ado, self.testrail = ado, testrail
        self.later = 0.0
        self.session = AdoSession(ado.url, "demo-pat", retry=RetryPolicy(budget=1.0), sleep=lambda _: None)
        plan = testplans.plan_by_id(self.session, "Shop", 10)
        self.plan = plan
        self.http = TestRailHttp(testrail.url, "user@example.com", "demo-key", sleep=lambda _: None)
        self.sides = {
            Side.ADO: AdoConnector(self.session, "Shop", plan),
            Side.REMOTE: TestRailConnector(self.http, 1),
        }
        self.store = Store(None)

    def sync(self, **more):
        partition = Partition("p", self.sides, self.integrations, "v1")
        return sync_partition(Context(partition, self.store, clock=lambda: time.time() + self.later, **more))

    def finish(self):
        for _ in range(14):
            self.later += 5000
            try:
                report = self.sync(sweep=True)
            except SyncAway:
                continue
            if not report.total("create", "update", "adopt"):
                return
        raise AssertionError(self.store.dirty("p"))

    def ours(self):
        """The test cases of the plan, by title: fields and the suites they stand in."""
        state = self.ado.state()
        homes = {}
        for point in state["points"]:
            homes.setdefault(point["case_id"], set()).add(point["suite_id"])
        items = [item for item in state["work_items"] if item["id"] in homes]
        return {item["fields"]["System.Title"]: (item["fields"], homes[item["id"]]) for item in items}

    def theirs(self):
        return {row["title"]: row for row in self.testrail.state()["cases"]}

    def suites(self):
        return {suite["name"]: suite for suite in self.ado.state()["plans"][0]["suites"]}


@pytest.fixture
def both(emulator, testrail_service):
    """Two services with different content, and a sync between them."""
    testrail = testrail_service(TESTRAIL)
    return Both(emulator(ADO), testrail)


def test_each_side_gets_what_the_other_has(both):
    assert [str(each) for side in both.sides.values() for each in side.check()] == []
    both.finish()
    ours, theirs = both.ours(), both.theirs()
    assert set(ours) == set(theirs) == {"pays by card", "pays by bill", "logs in"}
    sections = {row["id"]: row for row in both.testrail.state()["sections"]}
    assert sorted(row["name"] for row in sections.values()) == ["Abroad", "Login", "Pay", "Smoke"]
    abroad = next(row for row in sections.values() if row["name"] == "Abroad")
    assert sections[abroad["parent_id"]]["name"] == "Pay"
    card = theirs["pays by card"]
    assert (card["custom_preconds"], card["custom_azure_devops_id"]) == ("a **card**", "101")
    assert card["custom_azure_devops_url"] == f"{both.ado.url}/Shop/_workitems/edit/101"
    assert sections[card["section_id"]]["name"] == "Pay"
    fields, homes = ours["pays by card"]
    assert fields["Custom.TestRailID"] == str(card["id"])
    assert homes == {12}
    fields, homes = ours["logs in"]
    assert fields["System.Description"] == "<p>a user</p>"
    assert fields["Custom.TestRailURL"].endswith("/index.php?/cases/view/1")
    login = both.suites()["Login"]["id"]
    assert homes == {login}
    before = both.ado.state()["work_items"], both.testrail.state()
    both.later += 90_000
    both.sync()
    assert (both.ado.state()["work_items"], both.testrail.state()) == before


def change(both, number, **fields):
    answer = requests.patch(
        f"{both.ado.url}/_apis/wit/workitems/{number}",
        params={"api-version": "7.1"},
        json=[
            {"op": "add", "path": f"/fields/{name.replace('_', '.')}", "value": fields[name]}
            for name in fields
        ],
        headers={"Content-Type": "application/json-patch+json"},
        auth=("", "demo-pat"),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def test_edits_on_both_sides_meet_field_by_field(both):
    both.finish()
    card = both.theirs()["pays by card"]
    change(both, 101, System_Title="pays by any card")
    client = both.sides[Side.REMOTE].http
    client.post("update_case", card["id"], body={"custom_preconds": "a new card", "section_id": 1})
    both.later += 60
    both.sync()
    fields, homes = both.ours()["pays by any card"]
    assert fields["System.Description"] == "<p>a new card</p>"
    assert homes == {both.suites()["Login"]["id"]}
    assert both.theirs()["pays by any card"]["section_id"] == 1


@pytest.mark.off_contract
@pytest.mark.parametrize("drop", ["before", "after"])
def test_lost_requests_on_both_sides_double_nothing(both, drop):
    both.ado.faults(
        [
            {"method": "POST", "path": r"workitems/\$", "times": 1, "drop": drop},
            {"method": "POST", "path": r"Suites/\d+/TestCase", "times": 6, "drop": drop},
            {"method": "PATCH", "path": r"workitems/\d+", "times": 2, "drop": drop},
        ]
    )
    both.testrail.faults([{"method": "POST", "path": "add_case/", "times": 2, "drop": drop}])
    both.finish()
    assert sorted(both.ours()) == sorted(both.theirs()) == ["logs in", "pays by bill", "pays by card"]
    assert len(both.testrail.state()["cases"]) == 3
    made = [item for item in both.ado.state()["work_items"] if item["fields"]["System.Title"] == "logs in"]
    assert len(made) == 1
    assert both.ours()["logs in"][1] == {both.suites()["Login"]["id"]}


def test_a_case_that_somebody_changes_meanwhile_keeps_their_change(both):
    both.finish()
    card = both.theirs()["pays by card"]
    client = both.sides[Side.REMOTE].http
    client.post("update_case", card["id"], body={"custom_preconds": "theirs"})
    connector = both.sides[Side.ADO]._cases
    update = connector._update_case

    def late(number, wanted, patch):
        connector._update_case = update
        change(both, 101, System_Title="ours")
        return update(number, wanted, patch)

    connector._update_case = late
    both.later += 60
    both.sync()
    both.finish()
    fields, _ = both.ours()["ours"]
    assert fields["System.Description"] == "<p>theirs</p>"
    assert both.theirs()["ours"]["custom_preconds"] == "theirs"


@pytest.mark.off_contract
def test_a_case_that_cannot_be_put_into_its_suite_is_made_once_and_told(both):
    told = {"message": "not here", "typeKey": "InvalidArgumentException"}
    fault = {"method": "POST", "path": r"Suites/\d+/TestCase", "times": 0, "status": 400, "body": told}
    both.ado.faults([{**fault, "headers": {"Content-Type": "application/json"}}])
    for _ in range(3):
        both.later += 5000
        both.sync()
    made = [item for item in both.ado.state()["work_items"] if item["fields"]["System.Title"] == "logs in"]
    assert len(made) == 1
    (parked,) = both.store.dirty("p")
    assert parked.error == (
        f"Azure DevOps: test case {made[0]['id']} stands in no suite: add test cases to the suite: "
        "HTTP 400: not here"
    )
    both.ado.faults([])
    both.store.try_again("p")
    both.finish()
    assert both.ours()["logs in"][1] == {both.suites()["Login"]["id"]}


def test_a_case_of_several_suites_is_moved_by_a_person(both):
    requests.post(
        f"{both.ado.url}/Shop/_apis/testplan/Plans/10/Suites/13/TestCase",
        params={"api-version": "7.1"},
        json=[{"workItem": {"id": 101}}],
        auth=("", "demo-pat"),
        timeout=10,
    ).raise_for_status()
    both.finish()
    card = both.theirs()["pays by card"]
    both.sides[Side.REMOTE].http.post("update_case", card["id"], body={"section_id": 1})
    both.later += 60
    both.sync()
    assert both.ours()["pays by card"][1] == {12, 13}
    (parked,) = [each for each in both.store.dirty("p") if each.error]
    assert "test case 101 stands in suites 12, 13: move it by hand" in parked.error


def test_a_suite_that_is_made_while_the_sync_goes_on_takes_its_cases_along(both):
    both.finish()
    made = requests.post(
        f"{both.ado.url}/Shop/_apis/testplan/Plans/10/suites",
        params={"api-version": "7.1"},
        json={"name": "Fresh", "suiteType": "staticTestSuite", "parentSuite": {"id": 11}},
        auth=("", "demo-pat"),
        timeout=10,
    ).json()
    change(both, 900, System_Title="no longer loose", Custom_TestRailURL="")
    requests.post(
        f"{both.ado.url}/Shop/_apis/testplan/Plans/10/Suites/{made['id']}/TestCase",
        params={"api-version": "7.1"},
        json=[{"workItem": {"id": 900}}],
        auth=("", "demo-pat"),
        timeout=10,
    ).raise_for_status()
    both.later += 60
    both.sync()
    fresh = next(row for row in both.testrail.state()["sections"] if row["name"] == "Fresh")
    assert both.theirs()["no longer loose"]["section_id"] == fresh["id"]


def test_a_field_that_is_not_there_is_told(emulator, testrail_service):
    seed = {**ADO, "projects": [{**ADO["projects"][0], "work_items": ADO["projects"][0]["work_items"][:1]}]}
    testrail = testrail_service(TESTRAIL)
    both = Both(emulator(seed), testrail)
    told = [str(each) for each in both.sides[Side.ADO].check()]
    assert [each.partition(";")[0] for each in told] == [
        "Azure DevOps project Shop: there is no field Custom.TestRailID",
        "Azure DevOps project Shop: there is no field Custom.TestRailURL",
    ]


def test_reading_does_not_grow_with_what_is_written(emulator, testrail_service):
    read = []
    for count in (5, 25):
        project = copy.deepcopy(ADO["projects"][0])
        project["plans"][0]["suites"][0]["cases"] = [
            {"id": 1000 + number, "title": f"case {number}"} for number in range(count)
        ]
        testrail = testrail_service(TESTRAIL)
        both = Both(emulator({**ADO, "projects": [project]}), testrail)
        both.session.sent.clear()
        before = len(testrail.requests)
        both.sync()
        assert both.session.sent["change the work item"] >= count
        reads = sum(each.startswith("GET") for each in testrail.requests[before:])
        read.append((both.session.sent["get work items"], reads))
    # A few cases of TestRail are read one by one, many as a list shows them.
    assert read[1][0] == read[0][0]
    assert read[1][1] <= read[0][1]


def test_a_case_that_was_made_is_found_again_and_put_into_its_suite_once(both):
    made = Change(None, {"title": "found again", "@container": "12"}, "ado-publisher:p/case/7")
    connector = both.sides[Side.ADO]
    (done,) = connector.write(CASE, [made])
    both.session.sent.clear()
    assert connector.find(CASE, made) == done.id
    assert both.session.sent["add test cases to the suite"] == 0
    elsewhere = replace(made, fields={**made.fields, "@container": "13"})
    assert connector.find(CASE, elsewhere) == done.id
    assert both.ours()["found again"][1] == {12, 13}


def with_story(**more):
    """The seed with a suite of a requirement that is tested by 102 and 901, and a suite of a query."""
    seed = copy.deepcopy(ADO)
    project = seed["projects"][0]
    kind = "Microsoft.VSTS.Common.TestedBy-Forward"
    project["work_items"][0]["links"] = [{"type": kind, "target": number} for number in (102, 901)]
    project["work_items"].append({"id": 901, "type": "Test Case", "title": "of the story"})
    query = "SELECT [System.Id] FROM WorkItems WHERE [System.WorkItemType] = 'Test Case'"
    project["plans"][0]["suites"] += [
        {"id": 14, "name": "301 : Story", "type": "requirement", "requirement_id": 301},
        {"id": 15, "name": "All", "type": "query", "query": f"{query} AND [System.Title] CONTAINS 'card'"},
    ]
    return seed


def test_suites_that_fill_themselves_are_sections_and_a_static_suite_is_the_nearer_home(
    emulator, testrail_service
):
    both = Both(emulator(with_story()), testrail_service(TESTRAIL))
    both.finish()
    names = {row["id"]: row["name"] for row in both.testrail.state()["sections"]}
    homes = {title: names[row["section_id"]] for title, row in both.theirs().items()}
    # 102 and 101 stand in the static suite as well; 901 is in the plan for its requirement alone.
    expected = {
        "pays by card": "Pay",
        "pays by bill": "Pay",
        "logs in": "Login",
        "of the story": "301 : Story",
    }
    assert homes == expected
    assert {"301 : Story", "All"} <= set(names.values())
    assert not both.store.dirty("p")
    # Moved in TestRail: out of the requirement's section, and into it, which links the requirement.
    login = next(number for number, name in names.items() if name == "Login")
    story = next(number for number, name in names.items() if name == "301 : Story")
    both.http.post("update_case", both.theirs()["of the story"]["id"], body={"section_id": login})
    both.http.post("update_case", both.theirs()["logs in"]["id"], body={"section_id": story})
    both.finish()
    ours = both.ours()
    assert ours["of the story"][1] == {both.suites()["Login"]["id"]}
    assert ours["logs in"][1] == {14}
    assert not both.store.dirty("p")


def test_what_a_query_fills_is_left_to_it(emulator, testrail_service):
    both = Both(emulator(with_story()), testrail_service(TESTRAIL))
    both.finish()
    names = {row["name"]: row["id"] for row in both.testrail.state()["sections"]}
    both.http.post("update_section", names["301 : Story"], body={"name": "Their story"})
    both.http.post("update_case", both.theirs()["pays by bill"]["id"], body={"section_id": names["All"]})
    for _ in range(3):
        both.later += 5000
        both.sync(sweep=True)
    told = [each.error for each in both.store.dirty("p")]
    assert any("suite 14 is named by its requirement" in why for why in told)
    assert len(told) == 2
    assert both.suites()["301 : Story"]["id"] == 14


def test_only_the_wanted_kinds_of_suites_are_synced(emulator, testrail_service):
    both = Both(emulator(with_story()), testrail_service(TESTRAIL))
    plan = testplans.plan_by_id(both.session, "Shop", 10)
    both.sides[Side.ADO] = AdoConnector(both.session, "Shop", plan, suites=("static",))
    both.finish()
    names = {row["name"] for row in both.testrail.state()["sections"]}
    assert names == {"Abroad", "Login", "Pay", "Smoke"}
    assert "of the story" not in both.theirs()


@pytest.mark.off_contract
def test_many_creations_whose_end_is_unknown_are_looked_for_by_one_list(emulator, testrail_service):
    seed = copy.deepcopy(ADO)
    cases = seed["projects"][0]["plans"][0]["suites"][0]["cases"]
    cases += [{"id": 500 + number, "title": f"new {number}"} for number in range(30)]
    both = Both(emulator(seed), testrail_service(TESTRAIL))
    both.testrail.faults([{"method": "POST", "path": "add_case/", "times": 1, "drop": "after"}])
    with pytest.raises(SyncAway):
        both.sync()
    both.testrail.faults([])
    assert len(both.store.intents("p")) == 32
    before = len(both.testrail.requests)
    both.later += 5000
    both.sync()
    listed = [each for each in both.testrail.requests[before:] if "get_cases" in each]
    assert len(listed) < 6, listed
    both.finish()
    assert len([title for title in both.theirs() if title.startswith("new ")]) == 30


def test_names_of_suites_are_looked_at_every_quarter_of_an_hour_without_a_sweep(both):
    both.finish()
    both.http.post("update_section", 1, body={"name": "Sign in"})
    requests.patch(
        f"{both.ado.url}/Shop/_apis/testplan/Plans/10/suites/13",
        params={"api-version": "7.1"},
        json={"name": "Overseas"},
        auth=("", "demo-pat"),
        timeout=10,
    ).raise_for_status()
    assert both.sync().total("update") == 0
    both.store.db.execute("update cursor set watermark = watermark - 901 where kind = ?", (CONTAINER,))
    assert both.sync().total("update") >= 2
    assert {"Sign in", "Overseas"} <= set(both.suites())
    assert {"Sign in", "Overseas"} <= {row["name"] for row in both.testrail.state()["sections"]}
    assert both.sync().total("update") == 0
