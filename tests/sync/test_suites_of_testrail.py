"""A TestRail project of several suites: the first level of the plan are its suites, below are sections."""

from __future__ import annotations

import json

import pytest
import requests

from ado_publisher.sync.connectors.ado import AdoConnector
from ado_publisher.sync.connectors.testrail import TestRailConnector
from ado_publisher.sync.model import Policy, Side
from ado_publisher.sync.preset import Choices, integrations
from ado_publisher.sync.store import Store

from .test_ado_testrail import ADO
from .test_ado_testrail import Both as Sides
from .test_runs_and_results import EVERY
from .test_testrail import SEED

PROJECT = {
    **SEED["projects"][0],
    "suite_mode": 3,
    "suites": [
        {
            "name": "Account",
            "sections": [
                {"name": "Test Cases", "cases": [{"title": "sees a balance"}]},
                {"name": "Login", "cases": [{"title": "logs in"}]},
            ],
        },
        {"name": "Empty"},
    ],
}
SEVERAL = {**SEED, "projects": [PROJECT]}


class Both(Sides):
    integrations = integrations("ado-testrail", Choices({"": Policy.ERROR}, kinds=EVERY))

    def __init__(self, ado, testrail):
        super().__init__(ado, testrail)
        self.connect()

    def connect(self):
        self.sides = {
            Side.ADO: AdoConnector(self.session, "Shop", self.plan),
            Side.REMOTE: TestRailConnector(self.http, 1, "all", per_test=False),
        }

    def tree(self):
        """In both services: the path of every suite and section, and where each case stands."""
        suites = self.ado.state()["plans"][0]["suites"]
        names = {suite["id"]: suite for suite in suites}

        def path(number):
            suite = names.get(number)
            return (*path(suite["parent_id"]), suite["name"]) if suite and suite["parent_id"] else ()

        ours = {path(suite["id"]) for suite in suites if suite["parent_id"]}
        cases = {title: {path(home) for home in homes} for title, (_, homes) in self.ours().items()}
        state = self.testrail.state()
        sections = {row["id"]: row for row in state["sections"]}
        of = {row["id"]: row["name"] for row in state["suites"]}

        def place(number):
            row = sections[number]
            above = place(row["parent_id"]) if row["parent_id"] else (of[row["suite_id"]],)
            return above if row["name"] == "Test Cases" else (*above, row["name"])

        theirs = {(name,) for name in of.values()} | {place(number) for number in sections}
        placed = {row["title"]: {place(row["section_id"])} for row in state["cases"]}
        return ours, theirs, cases, placed


@pytest.fixture
def both(emulator, testrail_service):
    pair = Both(emulator(ADO), testrail_service(SEVERAL))
    pair.finish()
    return pair


def equal(pair):
    """What stands where, after both sides show the same."""
    ours, theirs, cases, placed = pair.tree()
    assert ours == theirs
    assert cases == placed
    assert pair.sync(sweep=True).total("create", "update", "park", "conflict") == 0
    return ours, cases


def test_suites_of_the_first_level_are_suites_and_those_below_are_sections(both):
    places, cases = equal(both)
    assert places == {("Pay",), ("Pay", "Abroad"), ("Account",), ("Account", "Login"), ("Empty",)}
    assert cases == {
        "pays by card": {("Pay",)},
        "pays by bill": {("Pay",)},
        "sees a balance": {("Account",)},
        "logs in": {("Account", "Login")},
    }


def test_a_case_that_is_moved_into_another_suite_is_moved_on_the_other_side(both):
    state = both.testrail.state()
    suite = next(row["id"] for row in state["suites"] if row["name"] == "Pay")
    section = next(row["id"] for row in state["sections"] if row["name"] == "Abroad")
    body = {"suite_id": suite, "case_ids": [both.theirs()["logs in"]["id"]]}
    both.http.post("move_cases_to_section", section, body=body)
    both.sync(sweep=True)
    assert equal(both)[1]["logs in"] == {("Pay", "Abroad")}
    # And the other way, into a suite itself.
    suites = both.suites()
    case = int(
        next(
            item["id"]
            for item in both.ado.state()["work_items"]
            if item["fields"]["System.Title"] == "logs in"
        )
    )
    add = [{"workItem": {"id": case}, "pointAssignments": []}]
    path = f"testplan/Plans/10/Suites/{suites['Empty']['id']}/TestCase"
    call(both, "POST", path, add)
    call(both, "DELETE", f"testplan/Plans/10/Suites/{suites['Abroad']['id']}/TestCase?testIds={case}")
    both.sync(sweep=True)
    assert equal(both)[1]["logs in"] == {("Empty",)}


def test_a_suite_that_is_made_while_a_sync_runs_on_brings_its_cases_at_once(both):
    both.sync()
    suite = both.http.post("add_suite", 1, body={"name": "New"})["id"]
    section = both.http.post("add_section", 1, body={"name": "Deep", "suite_id": suite})["id"]
    both.http.post("add_case", section, body={"title": "digs"})
    both.sync()
    both.later += 1000
    for _ in range(3):
        both.sync()
    assert {("New", "Deep")} == both.tree()[2]["digs"]


def add_case(pair, title, suite):
    """A test case is put into a suite of the plan."""
    fields = [{"op": "add", "path": "/fields/System.Title", "value": title}]
    case = call(pair, "POST", "wit/workitems/$Test%20Case", fields, "application/json-patch+json")["id"]
    add = [{"workItem": {"id": case}, "pointAssignments": []}]
    call(pair, "POST", f"testplan/Plans/10/Suites/{pair.suites()[suite]['id']}/TestCase", add)


@pytest.mark.parametrize("gone", ["renamed", "deleted"])
def test_the_section_of_a_suites_own_cases_may_be_renamed_or_deleted_while_a_sync_runs_on(both, gone):
    account = next(row["id"] for row in both.testrail.state()["suites"] if row["name"] == "Account")
    tables = both.testrail.data.tables
    own = next(
        row
        for row in both.testrail.state()["sections"]
        if (row["suite_id"], row["name"]) == (account, "Test Cases")
    )
    if gone == "renamed":
        both.http.post("update_section", own["id"], body={"name": "Old"})
        both.sync(sweep=True)
    else:
        tables["cases"] = {n: row for n, row in tables["cases"].items() if row["section_id"] != own["id"]}
        del tables["sections"][own["id"]]
    add_case(both, "sees a loan", "Account")
    for _ in range(3):
        both.sync(sweep=True)
    _, _, cases, placed = both.tree()
    assert cases["sees a loan"] == placed["sees a loan"] == {("Account",)}
    if gone == "renamed":
        assert cases["sees a balance"] == placed["sees a balance"] == {("Account", "Old")}


def test_suites_are_renamed_and_made_on_both_sides(both):
    account = next(row["id"] for row in both.testrail.state()["suites"] if row["name"] == "Account")
    both.http.post("update_suite", account, body={"name": "Accounts", "description": "all of **them**"})
    both.http.post("add_suite", 1, body={"name": "Late"})
    call(both, "PATCH", f"testplan/Plans/10/suites/{both.suites()['Pay']['id']}", {"name": "Payments"})
    both.sync(sweep=True)
    places, _ = equal(both)
    assert {("Accounts",), ("Accounts", "Login"), ("Late",), ("Payments", "Abroad")} <= places


@pytest.mark.parametrize("to", ["", "Empty"])
def test_a_suite_that_moves_where_a_section_cannot_go_is_told(both, to):
    suites = both.suites()
    root = next(suite["id"] for suite in both.ado.state()["plans"][0]["suites"] if not suite["parent_id"])
    parent = suites[to]["id"] if to else root
    call(both, "PATCH", f"testplan/Plans/10/suites/{suites['Abroad']['id']}", {"parentSuite": {"id": parent}})
    both.sync(sweep=True)
    (parked,) = [each for each in both.store.dirty("p") if each.parked]
    assert "move it by hand" in parked.error
    assert "Abroad" in {row["name"] for row in both.testrail.state()["sections"]}


def test_a_suite_that_is_put_into_another_one_is_told(both):
    suites = both.suites()
    call(
        both,
        "PATCH",
        f"testplan/Plans/10/suites/{suites['Empty']['id']}",
        {"parentSuite": {"id": suites["Pay"]["id"]}},
    )
    both.sync(sweep=True)
    (parked,) = [each for each in both.store.dirty("p") if each.parked]
    assert "cannot stand in another one" in parked.error


def test_a_suite_with_the_name_of_the_section_for_a_suites_own_cases_is_told(both):
    body = {
        "suiteType": "staticTestSuite",
        "name": "Test Cases",
        "parentSuite": {"id": both.suites()["Pay"]["id"]},
    }
    call(both, "POST", "testplan/Plans/10/suites", body)
    both.sync(sweep=True)
    (parked,) = [each for each in both.store.dirty("p") if each.parked]
    assert "name it otherwise" in parked.error


def test_runs_of_every_suite_count(both):
    for suite in both.testrail.state()["suites"][:2]:
        both.http.post("add_run", 1, body={"name": f"Run of {suite['name']}", "suite_id": suite["id"]})
    both.sync(sweep=True)
    assert sorted(run["name"] for run in both.ado.state()["runs"]) == ["Run of Account", "Run of Empty"]


def test_a_lost_database_pairs_suites_by_their_names(both):
    from ado_publisher.sync.adopting import adopt
    from ado_publisher.sync.context import Context, Partition

    both.store = Store(None)
    both.connect()
    found = adopt(Context(Partition("p", both.sides, both.integrations, "v1"), both.store))
    assert len(found.matches) == 9
    assert found.ambiguous == ()
    both.finish()
    equal(both)


def call(pair, method, path, body=None, kind="application/json"):
    joined = "&" if "?" in path else "?"
    answer = requests.request(
        method,
        f"{pair.ado.url}/Shop/_apis/{path}{joined}api-version=7.1",
        data=json.dumps(body) if body is not None else None,
        headers={"Content-Type": kind},
        auth=("", "demo-pat"),
        timeout=10,
    )
    assert answer.ok, answer.text
    return answer.json() if answer.text else None


def test_the_command_takes_all_and_refuses_it_for_a_project_of_one_suite(
    cli, emulator, testrail_service, tmp_path
):
    import yaml

    from .conftest import KEYS

    ado = emulator(ADO)

    def sync(testrail, *arguments):
        config = {
            "version": 1,
            "azure_devops": {"organization_url": ado.url, "project": "Shop", "plan": 10},
            "testrail": {"url": testrail.url, "project": 1, "suite": "all"},
        }
        (tmp_path / "ado-publisher-sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        return cli("sync", *arguments, env=KEYS)

    done = sync(testrail_service(SEED), "check")
    assert done.code == 2
    assert "the config says `suite: all`; leave `suite` out, or name one" in done.output
    several = testrail_service(SEVERAL)
    assert sync(several, "check").code == 0
    assert sync(several, "run").code == 0
    assert {row["name"] for row in several.state()["suites"]} == {"Account", "Empty", "Pay"}
