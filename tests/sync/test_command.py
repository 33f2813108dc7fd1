"""`sync` as a person types it, against both services over HTTP."""

from __future__ import annotations

import json
import re

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator

from .conftest import KEYS

AWAY = "is gone, or was moved out of what is synced; nothing is deleted for it"


def titles(services):
    ado, testrail = services
    state = ado.state()
    cases = {point["case_id"] for point in state["points"]}
    ours = [item["fields"]["System.Title"] for item in state["work_items"] if item["id"] in cases]
    return sorted(ours), sorted(row["title"] for row in testrail.state()["cases"])


def containers(services):
    ado, testrail = services
    suites = [suite for suite in ado.state()["plans"][0]["suites"] if suite["id"] not in (11, 14)]
    return sorted(suite["name"] for suite in suites), sorted(
        row["name"] for row in testrail.state()["sections"]
    )


def test_look_run_and_look_again(sync, services):
    assert "both sides have what a sync needs" in sync("check").stdout
    before = services[0].state(), services[1].state()
    planned = sync("plan")
    assert planned.code == 0, planned.output
    assert "create test case in TestRail: new" in planned.stdout
    assert "title: None -> 'pays by card'" in planned.stdout
    assert "3 test cases would be created" in planned.stdout
    assert "wait" not in planned.stdout
    assert (services[0].state(), services[1].state()) == before
    done = sync("run")
    assert done.code == 0, done.output
    assert titles(services) == (["logs in", "pays by bill", "pays by card"],) * 2
    told = sync("status")
    assert told.code == 0, told.output
    assert "paired: 3 test cases" in told.stdout
    assert "both sides are equal: nothing to do" in sync("run").stdout
    explained = sync("explain", "101").stdout
    assert "test case: Azure DevOps 101, TestRail 2; active" in explained
    assert "created for 101" in explained


def change_both(ado, testrail, title="theirs"):
    """Each side gives the same case another title."""
    requests.patch(
        f"{ado.url}/_apis/wit/workitems/101",
        params={"api-version": "7.1"},
        json=[{"op": "add", "path": "/fields/System.Title", "value": "ours"}],
        headers={"Content-Type": "application/json-patch+json"},
        auth=("", "demo-pat"),
        timeout=10,
    )
    requests.post(
        f"{testrail.url}/index.php?/api/v2/update_case/2",
        json={"title": title},
        auth=("user@example.com", "demo-key"),
        timeout=10,
    )


def test_a_conflict_needs_a_person_and_ends_with_5(sync, services):
    ado, testrail = services
    sync.write(conflict="error")
    sync("run")
    change_both(ado, testrail)
    done = sync("run")
    assert done.code == 5, done.output
    assert "parked: test case" in done.stdout
    assert "title: 'ours' in Azure DevOps, 'theirs' in TestRail" in done.stdout
    assert sync("status").code == 5
    # Whoever looks in the log of a later run sees it as well.
    again = sync("run")
    assert again.code == 5
    assert "nothing to do" not in again.stdout
    assert "1 test case parked" in again.stdout
    sync.write(conflict="ado")
    done = sync("run")
    assert "the config has changed since the last sync" in done.stdout
    assert "ours" in titles(services)[1]


@pytest.mark.parametrize(("keep", "title"), [("ado", "ours"), ("testrail", "theirs")])
def test_a_conflict_is_decided_by_a_person(sync, services, keep, title):
    sync.write(conflict="error")
    sync("run")
    change_both(*services)
    assert sync("run").code == 5
    assert "no record of that id is paired" in sync("resolve", "4711", "--keep", keep).stderr
    assert "its pair is not in conflict" in sync("resolve", "102", "--keep", keep).stderr
    done = sync("resolve", "101", "--keep", keep)
    assert done.code == 0, done.output
    assert sync("run").code == 0
    ours, theirs = titles(services)
    assert ours == theirs
    assert title in ours
    assert "a person decided" in sync("explain", "101").stdout


def test_a_case_that_somebody_deleted_is_told_by_status_and_alarms_nobody_for_ever(sync, services):
    sync("run")
    requests.post(
        f"{services[1].url}/index.php?/api/v2/delete_case/2",
        json={},
        auth=("user@example.com", "demo-key"),
        timeout=10,
    )
    assert "1 test case without a twin" in sync("run", "--sweep").stdout
    done = sync("status")
    assert done.code == 0
    assert f"twinless: test case 101, 2: TestRail 2 {AWAY}" in done.stdout
    assert titles(services) == (["logs in", "pays by bill", "pays by card"], ["logs in", "pays by bill"])


def test_a_side_that_is_away_ends_with_4_and_the_next_run_goes_on(sync, services):
    services[1].data.knobs["maintenance"] = True
    done = sync("run")
    assert done.code == 4
    assert "is in maintenance" in done.stderr
    services[1].data.knobs["maintenance"] = False
    assert sync("run").code == 0
    assert titles(services)[0] == titles(services)[1]


def test_a_missing_database_beside_markers_is_refused(sync, tmp_path, services):
    sync("run")
    (tmp_path / ".ado-publisher/sync.sqlite").unlink()
    done = sync("run", "--sweep")
    assert done.code == 2
    assert "this database knows of none" in done.stderr
    shown = sync("adopt")
    assert "test case 'pays by card': 101 and 2, by its marker" in shown.stdout
    assert "7 pairs found; --write keeps them" in shown.stdout
    assert sync("run").code == 2
    assert "7 pairs are kept" in sync("adopt", "--write").stdout
    done = sync("run")
    assert done.code == 0, done.output
    assert titles(services) == (["logs in", "pays by bill", "pays by card"],) * 2
    assert containers(services) == (["Abroad", "Login", "Pay", "Smoke"],) * 2


def test_what_people_made_by_hand_on_both_sides_is_paired_by_title_and_container(sync, services):
    testrail = services[1]
    section = testrail.data.add_section(1, "Pay", None, None)
    testrail.data.add_case(section, {"title": "pays by card", "custom_preconds": "a **card**"})
    for _ in range(2):
        testrail.data.add_case(section, {"title": "pays by bill"})
    done = sync("run")
    assert done.code == 2
    assert "records stand on both sides already, such as suite or section 'Pay'" in done.stderr
    done = sync("adopt", "--write")
    assert done.code == 5
    assert "test case 'pays by card': 101 and 2, by its title and container" in done.stdout
    assert "not paired: test case 'pays by bill': several have this title in this container" in done.stdout
    assert sync("run").code == 0
    ours, theirs = titles(services)
    assert ours.count("pays by card") == theirs.count("pays by card") == 1


def test_missing_variables_are_told_together_and_no_secret_is_in_the_state(sync, tmp_path):
    done = sync("run", env={"ADO_PUBLISHER_TOKEN": "demo-pat"})
    assert done.code == 2
    assert "the environment variables TESTRAIL_USER, TESTRAIL_KEY are not set" in done.stderr
    sync("run")
    kept = b"".join(path.read_bytes() for path in (tmp_path / ".ado-publisher").iterdir())
    assert b"demo-key" not in kept
    assert b"demo-pat" not in kept


def test_every_problem_of_the_config_is_told_at_once_with_its_line(sync, tmp_path):
    (tmp_path / "ado-publisher-sync.yml").write_text(
        "version: 1\nazure_devops: {organization_url: http://x, project: Shop, plan: ten}\n"
        "testrail: {url: http://x, key: s3cret}\nconflict: mine\n"
    )
    done = sync("run")
    assert done.code == 2
    for words in (
        ":line 2: azure_devops.plan",
        ":line 3: testrail: the key 'project' is missing",
        ":line 3: testrail.key: unknown key 'key'",
        ":line 4: conflict",
    ):
        assert words in done.stderr
    assert "s3cret" not in done.stderr


def test_the_schema_is_one_and_its_examples_are_valid(root):
    schema = json.loads((root / "schemas/sync.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)

    def walk(part):
        for each in part.get("properties", {}).values():
            for example in (*each.get("examples", ()), *([each["default"]] if "default" in each else [])):
                Draft202012Validator(each).validate(example)
            walk(each)

    walk(schema)


def test_the_config_in_the_docs_is_valid(root):
    page = (root / "docs/sync.md").read_text(encoding="utf-8")
    schema = json.loads((root / "schemas/sync.schema.json").read_text(encoding="utf-8"))
    (block,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(block))) == []


def test_the_example_does_what_the_docs_say(emulator, cli, root, tmp_path, testrail_service):
    folder = root / "examples/sync"
    seed = yaml.safe_load((folder / "testrail.yml").read_text(encoding="utf-8"))
    ado = emulator(seed_file=folder / "azure-devops.yml")
    testrail = testrail_service(seed)
    text = (folder / "ado-publisher-sync.yml").read_text(encoding="utf-8")
    text = text.replace("http://127.0.0.1:8081/demo", ado.url)
    text = text.replace("http://127.0.0.1:8082/testrail", testrail.url)
    (tmp_path / "ado-publisher-sync.yml").write_text(text, encoding="utf-8")
    page = (root / "docs/sync.md").read_text(encoding="utf-8")
    typed = re.findall(r"^ado-publisher (sync [^#\n]*)", page, re.MULTILINE)
    assert typed[-1].split() == ["sync", "explain", "101"]
    for line in typed:
        done = cli(*line.split(), env=KEYS)
        assert done.code == 0, done.output
    assert "test case: Azure DevOps 101, TestRail 2; active" in done.stdout
    assert titles((ado, testrail)) == (["A user logs in", "Pay by bill", "Pay by card"],) * 2


def test_looking_makes_no_database(sync, tmp_path):
    for command in ("plan", "status", "adopt"):
        assert sync(command).code == 0
    assert not (tmp_path / ".ado-publisher").exists()


def test_an_address_with_a_password_in_it_is_refused(sync, services):
    sync.write(testrail={"url": services[1].url.replace("http://", "http://ann:s3cret@"), "project": 1})
    done = sync("run")
    assert done.code == 2
    assert "testrail.url: has another form than it must." in done.stderr
    assert "It holds no user and no password. An example: https://acme.testrail.io" in done.stderr
    assert "s3cret" not in done.output


def test_status_is_a_page_as_well(sync, services, tmp_path):
    from lxml import html

    sync.write(conflict="error")
    sync("run")
    change_both(*services, title="<b>theirs</b>")
    sync("run")
    assert sync("status", "--html", "status.html").code == 5
    page = html.fromstring((tmp_path / "status.html").read_text(encoding="utf-8"))
    assert page.findtext(".//h1") == "Azure DevOps and TestRail"
    text = page.text_content()
    assert "1 record needs a person." in text
    assert "'<b>theirs</b>' in TestRail" in text
    assert page.findall(".//b") == []
    assert page.findall(".//script") == []
    done = sync("status", "--html", "no/such/folder.html")
    assert done.code == 2
    assert "--html: no/such/folder.html cannot be written" in done.stderr


def test_the_demo_shows_both_sides_equal_and_a_published_result_in_testrail(cli):
    done = cli("sync", "demo", env={})
    assert done.code == 0, done.output
    assert "Pay by bill, within 30 days" in done.stdout
    assert "2 test points of test plan 10 updated by test run 1" in done.stdout
    shown = [line.split() for line in done.stdout.splitlines()]
    assert ["Pay", "by", "card", "TestRail", "T2", "failed"] in shown
    assert done.stdout.rstrip().endswith("0 records created, 0 updated")


def test_a_plan_shows_runs_that_would_be_made_and_makes_none(sync, services):
    sync("run")
    requests.post(
        f"{services[1].url}/index.php?/api/v2/add_run/1",
        json={"name": "Release 1"},
        auth=("user@example.com", "demo-key"),
        timeout=10,
    ).raise_for_status()
    done = sync("plan")
    assert done.code == 0, done.output
    assert "create test run in Azure DevOps: new" in done.stdout
    assert "3 test runs would be created" in done.stdout
    assert services[0].state()["runs"] == []
