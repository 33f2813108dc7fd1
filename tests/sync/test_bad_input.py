"""What people break while a sync lives: each is parked or refused with its reason, and the rest goes on."""

from __future__ import annotations

import pytest
import requests

from .test_command import AWAY, titles


def ado_call(ado, method, path, **more):
    answer = requests.request(
        method,
        f"{ado.url}/Shop/_apis/{path}",
        params={"api-version": "7.1"},
        auth=("", "demo-pat"),
        timeout=10,
        **more,
    )
    assert answer.ok, answer.text


@pytest.mark.parametrize("name", ["azure_devops_id", "azure_devops_url"])
def test_a_renamed_field_of_testrail_is_told_and_nothing_is_written_until_it_is_named(sync, services, name):
    _, testrail = services
    sync("run")
    field = next(row for row in testrail.data.tables["case_fields"].values() if row["name"] == name)
    label = field["label"]
    field["label"] = "Their number"
    testrail.data.add_case(testrail.data.tables["sections"][1], {"title": "fresh"})
    before = testrail.state()
    done = sync("run", "--sweep")
    assert done.code == 4, done.output
    assert f"its cases have no custom field '{label}'. Was it renamed?" in done.output
    assert testrail.state() == before
    sync.write(**renamed(services, name))
    done = sync("run")
    assert done.code == 0, done.output
    assert "fresh" in titles(services)[0]


def renamed(services, name):
    """The config that names the field as it is now called."""
    option = {"azure_devops_id": "id_field", "azure_devops_url": "url_field"}[name]
    return {"testrail": {"url": services[1].url, "project": 1, option: "Their number"}}


def test_a_renamed_field_of_azure_devops_is_told_and_nothing_is_written(sync, services):
    ado, testrail = services
    sync("run")
    section = {"organization_url": ado.url, "project": "Shop", "plan": 10, "id_field": "Custom.TheirNumber"}
    sync.write(azure_devops=section)
    before = ado.state()["work_items"], testrail.state()
    done = sync("run", "--sweep")
    assert done.code == 4, done.output
    assert "Custom.TheirNumber" in done.output
    assert (ado.state()["work_items"], testrail.state()) == before


def test_cases_without_a_field_that_is_required_are_parked_and_the_rest_goes_on(sync, services):
    _, testrail = services
    field = testrail.data.add_field({"name": "risk", "required": True})
    done = sync("run")
    assert done.code == 5, done.output
    for number in (101, 102):
        assert f"parked: test case {number} of Azure DevOps" in done.stdout
    assert "TestRail: Field :custom_risk is a required field." in done.stdout
    assert titles(services) == (["logs in", "pays by bill", "pays by card"], ["logs in"])
    assert "the field 'risk' of its cases is required; give it a default" in sync("check").output
    field["configs"][0]["options"]["is_required"] = False
    assert sync("retry").code == 0
    assert sync("run").code == 0
    assert titles(services) == (["logs in", "pays by bill", "pays by card"],) * 2


def test_a_suite_that_is_deleted_takes_nothing_with_it_on_the_other_side(sync, services):
    ado, testrail = services
    sync("run")
    before = testrail.state()
    ado_call(ado, "DELETE", "testplan/Plans/10/suites/12")
    done = sync("run", "--sweep")
    assert done.code == 0, done.output
    assert "2 test cases without a twin, 2 suites and sections without a twin" in done.stdout
    assert testrail.state() == before
    told = sync("status").stdout
    assert f"twinless: suite or section 12, 3: Azure DevOps 12 {AWAY}" in told
    assert "Azure DevOps 101 stands in nothing that is synced; nothing is deleted for it" in told
    assert "both sides are equal: nothing to do" in sync("run", "--sweep").stdout
    # Put into another suite, it goes on, and moves on the other side as well.
    login = next(row for row in ado.state()["plans"][0]["suites"] if row["name"] == "Login")
    ado_call(ado, "POST", f"test/Plans/10/suites/{login['id']}/testcases/101")
    assert sync("run", "--sweep").code == 0
    card = next(row for row in testrail.state()["cases"] if row["title"] == "pays by card")
    section = next(row for row in testrail.state()["sections"] if row["id"] == card["section_id"])
    assert section["name"] == "Login"


def test_a_case_that_is_moved_to_another_project_is_left_alone_until_it_is_back(sync, services):
    ado, testrail = services
    sync("run")
    data = testrail.data
    project = {"name": "Other", "announcement": None, "suite_mode": 1, "is_completed": False}
    other = data.add("projects", {**project, "completed_on": None})
    section = data.add_section(data.add_suite(other["id"], "Master", None)["id"], "Elsewhere", None, None)
    case = next(row for row in data.tables["cases"].values() if row["title"] == "pays by card")
    home = {name: case[name] for name in ("section_id", "suite_id")}
    case.update(section_id=section["id"], suite_id=section["suite_id"], title="moved away")
    assert "1 test case without a twin" in sync("run", "--sweep").stdout
    assert f"twinless: test case 101, 2: TestRail 2 {AWAY}" in sync("status").stdout
    patch = [{"op": "add", "path": "/fields/System.Description", "value": "ours"}]
    headers = {"Content-Type": "application/json-patch+json"}
    ado_call(ado, "PATCH", "wit/workitems/101", json=patch, headers=headers)
    assert "nothing to do" in sync("run").stdout
    assert case["custom_preconds"] != "ours"
    case.update(home)
    assert sync("run", "--sweep").code == 0
    assert "moved away" in titles(services)[0]
    assert case["custom_preconds"] == "ours"
