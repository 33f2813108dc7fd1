"""What `verify` makes of wrong settings, bad reports, missing rights and a service that fails midway."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from support.inprocess import cli_here

from .conftest import requests_in, rows, states

FORBIDDEN = {"times": 0, "status": 403, "body": '{"message": "Access denied", "typeKey": "AccessDenied"}'}


@pytest.mark.off_contract
@pytest.mark.parametrize("status", [401, 403])
def test_builds_that_may_not_be_read_are_a_problem_only_where_a_build_is_named(
    emulator, shop, verify, status
):
    service = emulator(shop)
    service.faults([{**FORBIDDEN, "status": status, "path": "_apis/build"}])
    told, found = verify(service)
    assert told.code == 0
    assert list(rows(found, "right", "warning")) == ["read builds"]
    told, found = verify(service, "--build-number", "20261122.1")
    assert told.code == 4
    row = next(row for row in found["checks"] if row["subject"] == "read builds")
    assert row["state"] == "problem"
    assert f"HTTP {status}" in row["told"]
    assert "ADO_PUBLISHER_TOKEN" in row["told"]
    assert "Build (read)" in row["advice"]
    assert states(found, "build number") == {"20261122.1": "not checked"}
    assert list(rows(found, "test plan", "ok")) == ["10"]


@pytest.mark.off_contract
def test_projects_that_may_not_be_listed_hold_nobody_up(emulator, shop, verify):
    service = emulator(shop)
    service.faults([{**FORBIDDEN, "path": "_apis/projects"}])
    told, found = verify(service)
    assert told.code == 0
    assert list(states(found, "projects").values()) == ["warning"]
    told, found = verify(service, project="Shoop")
    assert told.code == 2
    assert "Shoop" in rows(found, "right", "problem")["read test plans"]


@pytest.mark.off_contract
def test_without_work_items_points_still_tell_and_what_has_none_is_not_looked_up(
    emulator, shop, verify, junit
):
    service = emulator(shop)
    service.faults([{**FORBIDDEN, "path": "_apis/wit"}])
    told, found = verify(service, junit("TC101 a", "TC301 b"))
    assert told.code == 2
    assert states(found, "right")["read work items"] == "warning"
    assert states(found, "test case") == {"101": "ok", "301": "problem"}
    assert "whether it exists is not known" in rows(found, "test case")["301"]
    told, found = verify(service, env={"ADO_PUBLISHER_UNMATCHED": "create"})
    assert told.code == 4
    assert states(found, "right")["read work items"] == "problem"
    assert "--unmatched create" in rows(found, "right")["write work items"]


@pytest.mark.off_contract
def test_without_the_right_to_test_plans_everything_else_is_still_told(emulator, shop, verify, junit):
    service = emulator(shop)
    service.faults([{**FORBIDDEN, "path": "_apis/testplan"}])
    told, found = verify(service, junit("TC101 a"), "--build-number", "20261122.1")
    assert told.code == 4
    row = next(row for row in found["checks"] if row["subject"] == "read test plans")
    assert "Test management (read & write)" in row["advice"]
    assert states(found, "test plan") == {"10": "not checked"}
    assert states(found, "build number") == {"20261122.1": "ok"}
    assert states(found, "test case") == {"101": "not checked"}


def test_a_service_that_fails_at_one_place_is_told_there_and_the_rest_is_looked_at(
    emulator, shop, verify, junit
):
    service = emulator(shop)
    service.faults([{"path": "TestPoint", "times": 0, "status": 503, "body": "busy"}])
    told, found = verify(service, junit("TC101 a"), "--tester", "ann@example.com")
    assert told.code == 4
    assert "HTTP 503" in rows(found, "test points", "problem")["10"]
    assert rows(found, "test cases", "ok")
    assert states(found, "test case") == {"101": "not checked"}
    assert states(found, "tester") == {"ann@example.com": "not checked"}
    assert list(states(found, "chosen points").values()) == ["not checked"]


def test_a_service_that_is_not_there_is_one_problem(verify, emulator, shop, tmp_path):
    service = emulator(shop)
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": "http://127.0.0.1:9/demo"}
    told, found = verify(service, env=env)
    assert told.code == 4
    assert list(states(found, "service").values()) == ["problem"]
    assert states(found, "everything else") == {"": "not checked"}


@pytest.mark.off_contract
def test_an_identity_that_is_kept_secret_or_odd_is_no_reason_to_stop(emulator, shop, verify):
    service = emulator(shop)
    service.faults([{**FORBIDDEN, "path": "connectionData"}])
    told, found = verify(service)
    assert (told.code, list(states(found, "credential").values())) == (0, ["warning"])
    service.faults(
        [{"path": "connectionData", "times": 0, "status": 200, "body": '{"authenticatedUser": 7}'}]
    )
    told, found = verify(service)
    assert (told.code, list(states(found, "credential").values())) == (0, ["warning"])
    service.faults([{"path": "connectionData", "times": 0, "status": 200, "body": "[]"}])
    told, found = verify(service)
    assert told.code == 4


def test_wrong_settings_are_all_told_and_the_service_is_asked_all_the_same(emulator, shop, verify, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text("version: 1\npublish: {pointz: all, several: both}\n")
    told, found = verify(
        emulator(shop), "--inactive-points", "perhaps", "--build-id", "x", "--format", "junot", plan=""
    )
    assert told.code == 2
    wrong = [row["told"] for row in found["checks"] if row["check"] == "settings"]
    assert len(wrong) == 5
    for word in ("pointz", "several", "inactive-points", "build-id", "junot"):
        assert sum(word in text for text in wrong) == 1, wrong
    assert list(states(found, "credential").values()) == ["ok"]
    assert list(states(found, "project").values()) == ["ok"]
    row = next(row for row in found["checks"] if row["check"] == "test plan")
    assert (row["told"], row["advice"]) == (
        "none is named",
        "The project has 10 'Release 1', 20 'Release 0'.",
    )


def test_without_organization_and_token_the_settings_are_told_and_nothing_is_sent(tmp_path):
    told = cli_here(["verify", "--json", "--build-id", "x"], cwd=tmp_path, env={})
    assert told.code == 2
    found = json.loads(told.stdout)
    wrong = [row["told"].partition(":")[0] for row in found["checks"] if row["state"] == "problem"]
    assert sorted(wrong) == ["build-id", "organization-url", "plan", "project", "token"]
    assert states(found, "service") == {"": "not checked"}


def test_the_pipelines_own_token_is_not_sent_to_another_organization(emulator, shop, verify, exchange_log):
    log = exchange_log()
    service = emulator(shop, exchange_log=log)
    env = {
        "ADO_PUBLISHER_TOKEN": "",
        "SYSTEM_ACCESSTOKEN": "demo-pat",
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    }
    told, found = verify(service, env=env)
    assert told.code == 2
    assert any("SYSTEM_ACCESSTOKEN is valid only there" in text for text in rows(found, "settings").values())
    assert list(states(found, "service").values()) == ["not checked"]
    assert not log.exists() or requests_in(log) == []


def test_a_credential_pasted_into_an_option_does_not_come_out(emulator, shop, verify):
    told, _ = verify(emulator(shop), "--build-id", "demo-pat")
    assert told.code == 2
    assert "demo-pat" not in told.output


def test_exit_codes_when_several_apply(emulator, shop, verify, tmp_path):
    service = emulator(shop)
    bad = tmp_path / "bad.xml"
    bad.write_text("<testsuite><testcase")
    told, found = verify(service, bad)
    assert told.code == 3
    assert "bad.xml" in next(iter(rows(found, "report", "problem")))
    told, _ = verify(service, bad, env={"ADO_PUBLISHER_TOKEN": "wrong"})
    assert told.code == 4
    told, _ = verify(service, bad, "--build-id", "x", env={"ADO_PUBLISHER_TOKEN": "wrong"})
    assert told.code == 2


def test_reports_that_only_the_config_expects_may_still_be_missing(emulator, shop, verify, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text("version: 1\nreports: [{path: later/*.xml}]\n")
    service = emulator(shop)
    told, found = verify(service)
    assert told.code == 0
    assert list(states(found, "report").values()) == ["not checked"]
    told, found = verify(service, "named.xml")
    assert told.code == 3


def test_reports_of_the_config_are_read(emulator, shop, verify, junit, tmp_path):
    junit("TC101 a", file="r.xml")
    (tmp_path / "ado-publisher.yml").write_text(
        yaml.safe_dump({"version": 1, "reports": [{"path": "*.xml"}]})
    )
    _, found = verify(emulator(shop))
    assert states(found, "test case") == {"101": "ok"}


def test_standard_output_of_json_is_json_alone_on_every_host(emulator, shop, cli, environment):
    service = emulator(shop)
    hosts = {"TF_BUILD": "True", "GITHUB_ACTIONS": "true"}
    for name in hosts:
        done = cli(
            "verify",
            "--json",
            "--project",
            "Shop",
            "--plan",
            "x",
            env=environment(service, **{name: hosts[name]}),
        )
        assert done.code == 2
        assert done.json()["schema_version"] == 1
        assert "test plan x" in done.stderr


def test_a_long_list_is_folded_and_none_of_its_problems_is_hidden_behind_what_is_fine(
    emulator, shop, cli, environment, junit, tmp_path
):
    suite = shop["projects"][0]["plans"][0]["suites"][0]
    suite["cases"] += [{"id": 2000 + n, "title": f"Many {n}"} for n in range(40)]
    report = junit(*(f"TC{2000 + n} a" for n in range(40)), "TC9998 b", "TC9999 c")
    done = cli("verify", report, "--project", "Shop", "--plan", "10", env=environment(emulator(shop)))
    assert done.code == 2
    listed = [line for line in done.stdout.splitlines() if " test case " in line and line[0] != " "]
    assert len(listed) == 20
    assert "problem      test case 9998:" in done.stdout
    assert "problem      test case 9999:" in done.stdout
    assert "… and 22 ok more; --json has all" in done.stdout


def test_the_report_may_come_from_standard_input(emulator, shop, cli, environment):
    body = '<testsuite name="s"><testcase name="TC101 a"/></testsuite>'
    done = cli(
        "verify",
        "-",
        "--json",
        "--project",
        "Shop",
        "--plan",
        "10",
        env=environment(emulator(shop)),
        stdin=body,
    )
    assert states(done.json(), "test case") == {"101": "ok"}


def test_a_path_of_a_report_that_is_a_folder_of_none_is_told(emulator, shop, verify, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    told, found = verify(emulator(shop), "empty")
    assert told.code == 3
    assert "no report in this folder" in rows(found, "report", "problem")["empty"]
