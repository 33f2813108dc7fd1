"""`sync check`: everything that is missing on both sides at once, made and proved where that is asked."""

from __future__ import annotations

import copy

import pytest
import yaml

from .test_ado_testrail import ADO
from .test_command import KEYS
from .test_testrail import SEED as TESTRAIL


@pytest.fixture
def check(emulator, testrail_service, cli, tmp_path):
    """`check(config, ado=seed, testrail=seed)("--prove")`: the command and both services."""

    def start(*, ado=None, testrail=None, azure=None, rail=None, **more):
        service = testrail_service(testrail or TESTRAIL)
        start.testrail = service
        start.ado = emulator(ado or ADO)
        config = {
            "version": 1,
            "azure_devops": {
                "organization_url": start.ado.url,
                "project": "Shop",
                "plan": 10,
                **(azure or {}),
            },
            "testrail": {"url": start.testrail.url, "project": 1, **(rail or {})},
            **more,
        }
        (tmp_path / "ado-publisher-sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        return lambda *arguments: cli("sync", "check", *arguments, env=KEYS)

    return start


def bare():
    """Azure DevOps without the two fields."""
    seed = copy.deepcopy(ADO)
    seed["projects"][0]["work_items"] = seed["projects"][0]["work_items"][:1]
    return seed


def test_everything_that_is_missing_is_told_at_once(check):
    look = check(
        ado=bare(),
        testrail={**TESTRAIL, "case_fields": [{"name": "owner", "label": "Owner", "required": True}]},
        azure={"area": "Shop\\Nowhere"},
        rail={"priority": "Enormous", "suite": 7},
        results={"configuration": "Amiga", "outcomes": {"Failed": "broken"}},
    )
    done = look()
    assert done.code == 2
    told = [line.partition(";")[0] for line in done.stdout.splitlines()]
    assert told == [
        "problem: Azure DevOps project Shop: there is no field Custom.TestRailID",
        "problem: Azure DevOps project Shop: there is no field Custom.TestRailURL",
        "problem: Azure DevOps project Shop: there is no area Shop\\Nowhere",
        "problem: Azure DevOps project Shop: there is no configuration 'Amiga'",
        "problem: TestRail project 1: it has no suite 7",
        "problem: TestRail project 1: its cases have no custom field 'Azure DevOps ID'",
        "problem: TestRail project 1: its cases have no custom field 'Azure DevOps URL'",
        "problem: TestRail project 1: the field 'Owner' of its cases is required",
        "problem: TestRail project 1: there is no priority 'Enormous'",
        "problem: TestRail project 1: there is no status 'broken', which results.outcomes names",
    ]


def test_fields_are_made_where_that_is_allowed(check):
    look = check(ado=bare(), testrail={**TESTRAIL, "case_fields": []})
    assert look().code == 2
    done = look("--create-fields", "--prove")
    assert done.code == 0, done.output
    fields = {row["system_name"] for row in check.testrail.state()["case_fields"]}
    assert fields == {"custom_azure_devops_id", "custom_azure_devops_url"}
    assert look().code == 0


def test_who_may_not_make_fields_is_told(check):
    look = check(testrail={**TESTRAIL, "case_fields": [], "behaviours": {"administrator": False}})
    done = look("--create-fields")
    assert done.code == 2
    assert "the field 'Azure DevOps ID' could not be created: You are not allowed" in done.stdout


def test_a_field_that_keeps_nothing_is_found_by_proving_it(check):
    look = check(testrail={**TESTRAIL, "behaviours": {"drop_fields": ["custom_azure_devops_url"]}})
    assert look().code == 0
    done = look("--prove")
    assert done.code == 2
    assert "the field 'Azure DevOps URL' did not keep what was written to case 1" in done.stdout


def test_proving_leaves_every_field_as_it_was(check):
    look = check()

    def kept():
        items = check.ado.state()["work_items"]
        return [
            {name: value for name, value in item["fields"].items() if "Changed" not in name} for item in items
        ], check.testrail.state()["cases"]

    before = kept()
    assert look("--prove").code == 0
    after = kept()
    for row in (*before[1], *after[1]):
        row.pop("updated_on")
    assert after == before
    assert any(item["rev"] > 1 for item in check.ado.state()["work_items"])


def test_a_marker_of_another_type_is_told(check):
    seed = bare()
    seed["projects"][0]["work_items"].append(
        {
            "id": 900,
            "type": "Test Case",
            "title": "loose",
            "fields": {"Custom.TestRailID": 5, "Custom.TestRailURL": "-"},
        }
    )
    done = check(ado=seed)()
    assert done.code == 2
    assert "the field Custom.TestRailID is of type integer; use one of type String" in done.stdout


def test_a_clock_that_is_wrong_is_told_and_costs_no_change(check, cli):
    look = check(testrail={**TESTRAIL, "behaviours": {"clock_offset": -900}})
    done = look()
    assert done.code == 2
    assert "its clock is 15 minutes behind this machine's" in done.stdout
    assert cli("sync", "run", env=KEYS).code == 0
    with check.testrail.data.lock:
        row = check.testrail.data.tables["cases"][1]
        row |= {"title": "logs in anew", "updated_on": check.testrail.data.stamp()}
    done = cli("sync", "run", env=KEYS)
    assert "1 test case updated" in done.stdout
