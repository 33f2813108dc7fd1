"""TestRail over HTTP: its own quirks, and a sync with it under lost answers, budgets and maintenance."""

from __future__ import annotations

import time

import pytest
import requests

from ado_publisher.sync.connectors.memory import MemoryConnector
from ado_publisher.sync.connectors.testrail import ApiRefused, TestRailConnector, TestRailHttp
from ado_publisher.sync.context import Context, Partition
from ado_publisher.sync.engine import sync_partition
from ado_publisher.sync.model import CASE, CONTAINER, Capabilities, Policy, Side, SyncAway
from ado_publisher.sync.preset import Choices, integrations
from ado_publisher.sync.store import Store

SEED = {
    "case_fields": [
        {"name": "azure_devops_id", "label": "Azure DevOps ID"},
        {"name": "azure_devops_url", "label": "Azure DevOps URL"},
    ],
    "projects": [
        {
            "name": "Shop",
            "sections": [
                {
                    "name": "Login",
                    "cases": [{"title": "logs in", "custom_preconds": "a user"}],
                    "sections": [{"name": "Smoke"}],
                }
            ],
        }
    ],
}
INTEGRATIONS = integrations("ado-testrail", Choices({"": Policy.ERROR}, kinds=frozenset({CONTAINER, CASE})))


@pytest.fixture
def testrail(testrail_service):
    """`testrail(**behaviours)` starts one."""
    return lambda **behaviours: testrail_service({**SEED, "behaviours": behaviours})


def http(emulator, key="demo-key", **more):
    return TestRailHttp(emulator.url, "user@example.com", key, sleep=lambda _: None, **more)


class Both:
    """A memory side and TestRail, and a sync between them; its clock runs ahead by `later`."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.later = 0.0
        kinds = {CONTAINER: Capabilities(), CASE: Capabilities()}
        self.ado = MemoryConnector("ado", kinds, lambda: time.time() + self.later)
        self.http = http(emulator)
        self.testrail = TestRailConnector(self.http, 1)
        self.store = Store(None)

    def sync(self, **more):
        sides = {Side.ADO: self.ado, Side.REMOTE: self.testrail}
        partition = Partition("p", sides, INTEGRATIONS, "v1")
        return sync_partition(Context(partition, self.store, clock=lambda: time.time() + self.later, **more))

    def finish(self):
        """Syncs until nothing is left to be done, whatever fails in between."""
        for _ in range(12):
            self.later += 5000
            try:
                report = self.sync()
            except SyncAway:
                continue
            if not report.total("create", "update", "adopt"):
                return
        raise AssertionError(self.store.dirty("p"))

    def ours(self):
        return {row.fields["title"]: row.fields for (kind, _), row in self.ado.rows.items() if kind == CASE}

    def theirs(self):
        return {row["title"]: row for row in self.emulator.state()["cases"]}


def test_both_sides_get_what_the_other_has_with_address_and_id(testrail):
    both = Both(testrail())
    container = both.ado.put(CONTAINER, {"title": "Pay"})
    number = both.ado.put(CASE, {"title": "pays", "text": "a card", "@container": container})
    both.finish()
    assert set(both.ours()) == set(both.theirs()) == {"logs in", "pays"}
    pays = both.theirs()["pays"]
    assert (pays["custom_preconds"], pays["custom_azure_devops_id"]) == ("a card", number)
    assert pays["custom_azure_devops_url"] == f"memory://ado/case/{number}"
    assert both.ours()["pays"]["twin_id"] == str(pays["id"])
    born_there = both.ours()["logs in"]
    assert born_there["text"] == "<p>a user</p>"
    assert born_there["twin_url"].endswith("/index.php?/cases/view/1")
    assert both.theirs()["logs in"]["custom_azure_devops_id"]
    names = {row.fields["title"] for (kind, _), row in both.ado.rows.items() if kind == CONTAINER}
    assert names == {"Login", "Smoke", "Pay"}
    # Where nothing changes, nothing is written, and few things are asked.
    writes, asked = both.ado.writes, len(both.emulator.requests)
    both.later += 60
    both.sync()
    assert both.ado.writes == writes
    assert len(both.emulator.requests) - asked <= 2


def test_edits_go_both_ways_and_a_case_moves_with_its_section(testrail):
    both = Both(testrail())
    both.finish()
    client = http(both.emulator)
    client.post("update_case", 1, body={"custom_preconds": "a new user", "section_id": 2})
    (number,) = [n for (kind, n), row in both.ado.rows.items() if kind == CASE]
    both.ado.edit(CASE, number, {"title": "logs in again"})
    both.finish()
    assert both.ours()["logs in again"]["text"] == "<p>a new user</p>"
    case = both.theirs()["logs in again"]
    assert case["section_id"] == 2
    smoke = both.store.pair("p", CONTAINER, Side.REMOTE, "2").ids[Side.ADO]
    assert both.ours()["logs in again"]["@container"] == smoke


@pytest.mark.parametrize("drop", ["before", "after"])
def test_lost_requests_and_answers_double_nothing(testrail, drop):
    both = Both(testrail())
    container = both.ado.put(CONTAINER, {"title": "Pay"})
    for number in range(6):
        both.ado.put(CASE, {"title": f"t{number}", "text": "x", "@container": container})
    rule = {
        "method": "POST",
        "path": "add_case/|add_section/|update_case/",
        "times": 4,
        "skip": 1,
        "drop": drop,
    }
    both.emulator.faults([rule])
    both.finish()
    titles = sorted(row["title"] for row in both.emulator.state()["cases"])
    assert titles == ["logs in", *(f"t{number}" for number in range(6))]
    assert len(both.emulator.state()["sections"]) == 3
    assert sorted(both.ours()) == titles


def test_both_shapes_of_lists_and_small_pages_show_the_same(testrail):
    bare, small = testrail(list_shape="bare"), testrail(page_size=2)
    for emulator in (bare, small):
        client = http(emulator)
        for number in range(5):
            client.post("add_case", 1, body={"title": f"t{number}"})
        rows = list(client.pages("get_cases", "cases", 1))
        assert [row["title"] for row in rows] == ["logs in", *(f"t{number}" for number in range(5))]


def test_maintenance_and_a_spent_budget_put_the_sync_off_with_a_reason(testrail):
    both = Both(testrail(maintenance=True))
    with pytest.raises(SyncAway, match="is in maintenance"):
        both.sync()
    both = Both(testrail(rate_limit=3))
    with pytest.raises(SyncAway, match="slows us down"):
        both.sync()


def test_a_wrong_key_is_told_and_stands_nowhere(testrail):
    client = http(testrail(), key="wr0ng-key")
    with pytest.raises(SyncAway, match="did not accept the user and key") as told:
        client.get("get_projects")
    assert "wr0ng-key" not in str(told.value)


def test_what_testrail_refuses_is_parked_with_its_words_and_the_rest_goes_on(testrail):
    both = Both(testrail())
    container = both.ado.put(CONTAINER, {"title": "Pay"})
    both.ado.put(CASE, {"title": "x" * 300, "@container": container})
    both.ado.put(CASE, {"title": "fine", "@container": container})
    both.finish()
    (parked,) = [each for each in both.store.dirty("p") if each.error]
    assert "Field :title is a required field, of at most 250 characters." in parked.error
    assert set(both.theirs()) == {"logs in", "fine"}


def test_missing_fields_for_markers_are_told_before_anything_is_written(testrail):
    emulator = testrail()
    emulator.data.tables["case_fields"].clear()
    told = [str(each) for each in TestRailConnector(http(emulator), 1).check()]
    assert len(told) == 2
    assert "its cases have no custom field 'Azure DevOps URL'; an administrator adds it" in told[1]
    assert list(TestRailConnector(http(testrail()), 1).check()) == []
    assert "not a valid or accessible project" in str(
        next(iter(TestRailConnector(http(emulator), 9).check()))
    )


@pytest.mark.parametrize(
    "body", ["[]", "5", '{"id": "x"}', '{"cases": 5}', '{"cases": [1]}', "null", "<html>"]
)
def test_an_answer_that_is_none_puts_the_sync_off_and_breaks_nothing(testrail, body):
    both = Both(testrail())
    both.finish()
    both.emulator.faults([{"path": "get_case|update_case", "times": 0, "status": 200, "body": body}])
    (number,) = [n for (kind, n), row in both.ado.rows.items() if kind == CASE]
    both.ado.edit(CASE, number, {"title": "edited"})
    both.later += 60
    with pytest.raises(SyncAway):
        both.sync()
    both.emulator.faults([])
    both.finish()
    assert set(both.theirs()) == {"edited"}


def test_a_change_between_a_long_list_and_the_write_is_kept(testrail):
    both = Both(testrail())
    container = both.ado.put(CONTAINER, {"title": "Pay"})
    numbers = [
        both.ado.put(CASE, {"title": f"t{n}", "text": "x", "@container": container}) for n in range(12)
    ]
    both.finish()
    for number in numbers:
        both.ado.edit(CASE, number, {"text": "ours"})
    client, write = http(both.emulator), both.testrail.write

    def late(kind, changes):
        if kind == CASE and changes:
            both.testrail.write = write
            client.post("update_case", int(changes[0].id), body={"custom_preconds": "theirs"})
        return write(kind, changes)

    both.testrail.write = late
    both.later += 60
    both.sync()
    told = [row["custom_preconds"] for row in both.theirs().values() if row["title"][0] == "t"]
    assert sorted(told) == ["ours"] * 11 + ["theirs"]
    (parked,) = [each for each in both.store.dirty("p") if each.error]
    assert "both sides changed text" in parked.error


def test_a_clock_that_is_wrong_loses_nothing(testrail):
    both = Both(testrail(clock_offset=-600))
    both.finish()
    client = http(both.emulator)
    for text in ("b", "c"):
        client.post("update_case", 1, body={"custom_preconds": text})
        both.later += 10
        both.sync()
    assert both.ours()["logs in"]["text"] == "<p>c</p>"


@pytest.mark.off_contract
def test_the_emulator_refuses_what_testrail_refuses(testrail):
    client = http(testrail())
    for call, status in (
        (lambda: client.get("get_case", 99), 400),
        (lambda: client.get("get_nothing"), 404),
        (lambda: client.get("add_case", 1), 405),
        (lambda: client.post("add_case", 1, body={}), 400),
        (lambda: client.post("add_section", 1, body={"name": " "}), 400),
    ):
        with pytest.raises(ApiRefused) as told:
            call()
        assert told.value.status == status


def test_runs_take_results_that_nobody_can_change(testrail):
    client = http(testrail())
    run = client.post("add_run", 1, body={"name": "nightly", "include_all": True})
    answer = client.post(
        "add_results_for_cases",
        run["id"],
        body={"results": [{"case_id": 1, "status_id": 5, "comment": "no"}]},
    )
    assert answer[0]["status_id"] == 5
    with pytest.raises(ApiRefused):
        client.post("add_results_for_cases", run["id"], body={"results": [{"case_id": 1, "status_id": 3}]})
    client.post("close_run", run["id"], body={})
    with pytest.raises(ApiRefused, match="closed"):
        client.post("add_result", 1, body={"status_id": 1})
    assert [each["status_id"] for each in client.pages("get_results_for_run", "results", run["id"])] == [5]


def test_every_call_of_the_emulator_is_one_of_testrails(shared):
    import json

    from ado_publisher.emulator.testrail import api

    known = json.loads((shared / "contracts/testrail/testrail-endpoints.json").read_text())
    methods = {each["path"].split("/")[0].split("&")[0]: each["method"] for each in known}
    told = dict.fromkeys(api._READS, "GET") | dict.fromkeys(api._WRITES, "POST")
    wrong = {name: method for name, method in told.items() if methods.get(name) != method}
    assert wrong == {}


def test_what_the_emulator_shows_has_the_shape_of_live_answers(shared, testrail):
    import json

    client = http(testrail())
    for name, file in (("get_case_fields", "case-fields"), ("get_statuses", "statuses")):
        live = json.loads((shared / f"contracts/testrail/live-responses/{file}.json").read_text())
        keys = set.union(*(set(row) for row in live))
        shown = client.get(name)[0]
        assert set(shown) <= keys, set(shown) - keys
        assert {type(shown["id"]), type(shown["name"])} == {int, str}


def test_control_calls_seed_and_reset(testrail):
    emulator = testrail()
    root = emulator.root_url
    assert requests.post(f"{root}/_emulator/seed", json={"projects": []}, timeout=5).status_code == 200
    assert requests.get(f"{root}/_emulator/state", timeout=5).json()["projects"] == []
    bad = requests.post(f"{root}/_emulator/seed", json={"behaviours": {"nope": 1}}, timeout=5)
    assert (bad.status_code, "no such behaviours: nope" in bad.json()["error"]) == (400, True)
    requests.post(f"{root}/_emulator/reset", timeout=5)
    assert len(emulator.state()["cases"]) == 1
