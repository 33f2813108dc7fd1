"""`verify` against the service: every check a row, nothing written, and the exit code that fits."""

from __future__ import annotations

import sys

import pytest
from support.process import clean_environment
from support.terminal import terminal

from .conftest import CHROME, FIREFOX, requests_in, rows, states

SERVERS = ("cloud", "server2022", "server2020")


@pytest.mark.parametrize("server", SERVERS)
def test_what_is_all_right_ends_with_0_and_is_told_with_its_numbers(
    emulator, shop, verify, junit, exchange_log, server
):
    log = exchange_log(server)
    service = emulator({**shop, "server": server}, exchange_log=log)
    told, found = verify(service, junit("TC101 a", "TC102 b"), "--build-number", "20261122.1")
    assert told.code == 0, told.output
    assert {row["state"] for row in found["checks"]} <= {"ok", "not checked"}, told.stdout
    assert rows(found, "credential")["ADO_PUBLISHER_TOKEN"] == (
        "accepted, as Emulator User (user@example.com); a personal access token"
    )
    assert rows(found, "project") == {"Shop": "is there; 2 projects can be seen"}
    assert rows(found, "test plan") == {
        "10": "10 'Release 1': state Active, area Shop\\Web, iteration Shop\\Sprint 7"
    }
    assert rows(found, "test points") == {"10": "5 test points, 1 of them not active"}
    assert rows(found, "test cases") == {"10": "4 test cases: 1 with an automated test name, 3 without"}
    assert rows(found, "chosen points") == {
        "10": "4 of 5 test points would be written to; 1 left out, not active"
    }
    assert rows(found, "build number") == {"20261122.1": "build 41 of web-ci"}
    assert states(found, "right")["write test runs and results"] == "not checked"
    case = next(each for each in found["cases"] if each["id"] == 101)
    assert case | {"told": "", "named_by": ""} == {
        "id": 101,
        "title": "Valid login",
        "state": "Design",
        "automation_status": "Automated",
        "automated_test_name": "shop.login.valid",
        "points": 1,
        "chosen_points": 1,
        "named_by": "",
        "verdict": "ok",
        "told": "",
    }
    assert [each["id"] for each in found["cases"]] == [101, 102, 103, 104]
    assert {method for method, _ in requests_in(log)} == {"GET"}


def test_nothing_is_written_whatever_is_wrong(emulator, shop, verify, junit, exchange_log, root):
    log = exchange_log()
    service = emulator(shop, exchange_log=log)
    before = service.state()
    told, _ = verify(
        service,
        junit("TC101 a", "TC999 b", "c"),
        *("--suite", "Nope", "--configuration", "Nope", "--tester", "nobody", "--plan", "@latest"),
        *("--build-number", "none", "--build-definition", "web-ci", "--release-id", "7"),
        *("--katalon-project", root / "examples/katalon-project"),
        env={"ADO_PUBLISHER_UNMATCHED": "create", "ADO_PUBLISHER_CREATE_BUGS": "true"},
    )
    assert told.code == 2
    assert {method for method, _ in requests_in(log)} == {"GET"}
    assert service.state() == before


@pytest.mark.parametrize("variable", ["ADO_PUBLISHER_TOKEN", "SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"])
def test_a_refused_credential_is_named_by_its_variable_and_the_rest_is_not_tried(
    emulator, shop, verify, exchange_log, tmp_path, variable
):
    log = tmp_path / "refused.jsonl"
    service = emulator(shop, exchange_log=log)
    secret = "expired-and-secret"
    env = {"ADO_PUBLISHER_TOKEN": "", variable: secret}
    told, found = verify(service, "--suite", "Login", env=env)
    assert told.code == 4
    assert "did not accept the token" in rows(found, "credential", "problem")[variable]
    assert states(found, "everything else") == {"": "not checked"}
    assert not rows(found, "test plan")
    assert secret not in told.output
    assert len(requests_in(log)) == 1


def test_a_sign_in_page_is_a_refused_credential(emulator, shop, verify, tmp_path):
    service = emulator(shop, exchange_log=tmp_path / "page.jsonl")
    service.faults([{"path": "connectionData", "times": 0, "status": 203, "body": "<html>Sign in</html>"}])
    told, found = verify(service)
    assert told.code == 4
    assert "a sign-in page" in rows(found, "credential", "problem")["ADO_PUBLISHER_TOKEN"]


@pytest.mark.parametrize(
    ("token", "variable", "kind"),
    [
        (
            "eyJhbGciOi.eyJzdWIi.c2ln",
            "ADO_PUBLISHER_TOKEN",
            "a token of Microsoft Entra or System.AccessToken",
        ),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "SYSTEM_ACCESSTOKEN", "the pipeline's System.AccessToken"),
        ("demo-pat", "ADO_PUBLISHER_TOKEN", "a personal access token"),
    ],
)
def test_the_kind_of_credential_is_told_and_no_part_of_it(emulator, shop, verify, token, variable, kind):
    service = emulator({**shop, "token": token})
    told, found = verify(service, env={"ADO_PUBLISHER_TOKEN": "", variable: token})
    assert told.code == 0, told.output
    assert rows(found, "credential")[variable].endswith(f"; {kind}")
    assert token not in told.output


def test_a_project_that_is_not_there_has_its_nearest_names_beside_it(emulator, shop, verify):
    told, found = verify(emulator(shop), project="Shop backand")
    assert told.code == 2
    row = next(row for row in found["checks"] if row["check"] == "project")
    assert row["told"] == "the credential sees no project of that name or id; 2 projects can be seen"
    assert "'Shop backend'" in row["advice"]
    assert not rows(found, "test plan")


def test_a_project_may_be_named_by_its_id_or_in_another_case(emulator, shop, verify):
    service = emulator(shop)
    project = next(each for each in service.state()["projects"] if each["name"] == "Shop")
    assert verify(service, project=project["id"])[0].code == 0
    _, found = verify(service, project="sHOP")
    assert rows(found, "project") == {"sHOP": "is there, as 'Shop'; 2 projects can be seen"}


def test_a_plan_of_another_project_is_told_as_that(emulator, shop, verify):
    shop["projects"][1]["plans"] = []
    shop["projects"][1]["work_items"] = [{"id": 90, "type": "Test Plan", "title": "Far"}]
    told, found = verify(emulator(shop), plan="90")
    assert told.code == 2
    assert rows(found, "test plan", "problem") == {"90": "is of another project: 'Shop backend' ('Far')"}


def test_every_name_that_leads_nowhere_is_told_and_what_is_there_is_counted(emulator, shop, verify):
    told, found = verify(
        emulator(shop),
        *("--plan", "Relese 1", "--suite", "Login", "--suite", "Logn", "--suite", "P*"),
        *("--configuration", CHROME, "--configuration", "Windows 11 + Chrom", "--configuration", "2"),
        *("--tester", "ann@example.com", "--tester", "bob", "--build-number", "20261122.1"),
        *("--build-number", "gone", "--release-id", "5", "--release-environment-id", "6"),
    )
    assert told.code == 2
    assert list(rows(found, "test plan", "ok")) == ["10"]
    assert "did you mean 'Release 1'" in rows(found, "test plan", "problem")["Relese 1"]
    assert rows(found, "test suite", "ok") == {
        "Login": "1 suite: 4 test points, 1 of them not active",
        "P*": "1 suite: 1 test point",
    }
    assert "did you mean 'Login'" in rows(found, "test suite", "problem")["Logn"]
    assert rows(found, "configuration", "ok") == {
        CHROME: f"'{CHROME}' (1): 3 test points, 1 of them not active",
        "2": f"'{FIREFOX}' (2): 2 test points",
    }
    assert "did you mean" in rows(found, "configuration", "problem")["Windows 11 + Chrom"]
    assert rows(found, "tester", "ok") == {"ann@example.com": "1 test point"}
    assert list(rows(found, "tester", "problem")) == ["bob"]
    assert list(rows(found, "build number", "ok")) == ["20261122.1"]
    assert list(rows(found, "build number", "problem")) == ["gone"]
    assert rows(found, "release", "not checked") == {
        "5, environment 6": "is checked by the service only when the run is made"
    }


def test_an_inactive_plan_is_warned_about_and_its_sync_of_outcomes_told(emulator, shop, verify):
    told, found = verify(emulator(shop), plan="Release 0")
    assert told.code == 0
    assert "state Inactive" in rows(found, "test plan", "warning")["Release 0"]
    assert rows(found, "sync outcome")["20"].startswith("on: ")


def test_a_plan_without_points_is_a_problem_unless_results_need_none(emulator, shop, verify):
    shop["projects"][0]["plans"][1]["suites"] = []
    service = emulator(shop)
    told, found = verify(service, plan="20")
    assert told.code == 2
    assert list(states(found, "chosen points").values()) == ["problem"]
    told, found = verify(service, plan="20", env={"ADO_PUBLISHER_UNMATCHED": "publish"})
    assert told.code == 0
    assert list(states(found, "chosen points").values()) == ["warning"]


CONFIG = """
version: 1
test_cases:
  rules:
    - {when: {name: "a*"}, ids: [101, 777]}
test_configurations: {aliases: {chrome: Windows 11 + Chrome, edge: Windows 11 + Edge}}
configurations:
  - {when: {browser: "Chrome*"}, configuration: chrome}
  - {when: {browser: "Edge*"}, configuration: Windows 11 + Egde}
"""


def test_aliases_and_rules_of_the_config_are_looked_up_by_their_line(emulator, shop, verify, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text(CONFIG)
    told, found = verify(emulator(shop))
    assert told.code == 2
    assert states(found, "alias") == {"alias 'chrome'": "ok", "alias 'edge'": "problem"}
    assert states(found, "configuration rule") == {
        "ado-publisher.yml:8": "ok",
        "ado-publisher.yml:9": "problem",
    }
    assert states(found, "test case") == {"101": "ok", "777": "problem"}
    assert "named by ado-publisher.yml:5" in rows(found, "test case")["777"]


def test_each_test_case_that_cannot_be_reached_is_told_why(emulator, shop, verify, junit):
    names = ("TC101 a", "TC102 b", "TC103 c", "TC104 d", "TC105 e", "TC301 f", "TC901 g", "TC999 h")
    told, found = verify(emulator(shop), junit(*names), "--configuration", CHROME)
    assert told.code == 2
    told_of = {case["id"]: (case["verdict"], case["told"]) for case in found["cases"]}
    assert told_of == {
        101: ("ok", f"1 test point: '{CHROME}'"),
        102: ("ok", f"2 test points, 1 of them chosen: '{CHROME}'"),
        103: ("warning", "has only test points that are not active (1 test point)"),
        104: ("warning", f"has points only in configurations not chosen ('{FIREFOX}')"),
        105: ("problem", "has no test point in test plan 10 'Release 1'"),
        301: ("problem", "is not a test case but a Bug"),
        901: ("problem", "is of another project: 'Shop backend'"),
        999: ("problem", "does not exist, or the credential cannot see it"),
    }
    assert "'Login is slow' (Active)" in rows(found, "test case")["301"]


def test_tests_are_counted_by_what_finds_their_test_case(emulator, shop, verify, junit):
    told, found = verify(emulator(shop), junit("TC101 a", "shop.login.valid", "nameless", "TC0 b"))
    assert told.code == 0
    row = next(row for row in found["checks"] if row["check"] == "reports")
    assert row["told"] == (
        "4 tests: 1 name their test case, 1 are found by the automated test name or title, 2 by nothing"
    )
    assert "nameless" in row["advice"]
    assert "is not a test case id" in rows(found, "report", "warning")["TC0 b"]


def test_a_build_is_found_by_number_definition_and_id_and_a_definition_by_id_or_name(emulator, shop, verify):
    service = emulator(shop)
    _, found = verify(service, "--build-number", "twice", "--build-definition", "4")
    assert rows(found, "build definition", "ok") == {"4": "'nightly'"}
    assert rows(found, "build number", "ok") == {"twice": "build 43 of nightly"}
    told, found = verify(service, "--build-number", "twice")
    assert told.code == 2
    assert "2 builds" in rows(found, "build number", "problem")["twice"]
    told, found = verify(service, "--build-id", "77", "--build-definition", "9")
    assert told.code == 2
    assert list(rows(found, "build", "problem")) == ["77"]
    assert list(rows(found, "build definition", "problem")) == ["9"]
    told, found = verify(service, "--build-definition", "web-ci", "--latest-build")
    assert told.code == 0
    assert "which need not be the one" in rows(found, "latest build", "warning")["web-ci"]
    told, found = verify(service, "--build-definition", "web_ci")
    assert told.code == 2
    assert list(rows(found, "build definition", "problem")) == ["web_ci"]


def test_more_of_everything_than_one_page_holds_is_read_to_the_end(emulator, verify, junit):
    count = 450
    cases = [{"id": 1000 + n, "title": f"Case {n}", "configurations": ["C 0"]} for n in range(count)]
    shop = {
        "name": "Shop",
        "configurations": [{"id": n + 1, "name": f"C {n}"} for n in range(count)],
        "plans": [{"id": 10 + 2 * n, "name": f"Plan {n}"} for n in range(count - 1)]
        + [
            {
                "id": 20_000,
                "name": "Last",
                "suites": [
                    {"id": 30_000 + n, "name": f"Suite {n}", "cases": [case]} for n, case in enumerate(cases)
                ],
            }
        ],
    }
    service = emulator({"projects": [{"name": f"A {n}"} for n in range(count)] + [shop]})
    report = junit(*(f"TC{1000 + n} x" for n in range(count)), "TC99999 y")
    told, found = verify(
        service, report, "--suite", f"Suite {count - 1}", "--configuration", f"C {count - 1}", plan="Last"
    )
    assert told.code == 2
    assert rows(found, "project") == {"Shop": f"is there; {count + 1} projects can be seen"}
    assert rows(found, "right")["read test plans"] == f"the project has {count} test plans"
    assert rows(found, "test points") == {"20000": f"{count} test points"}
    assert rows(found, "test cases")["20000"].startswith(f"{count} test cases")
    assert states(found, "test suite") == {f"Suite {count - 1}": "ok"}
    assert f"({count})" in rows(found, "configuration")[f"C {count - 1}"]
    verdicts = [case["verdict"] for case in found["cases"]]
    assert len(verdicts) == count + 1
    assert all(case["title"] for case in found["cases"][:-1])
    assert verdicts[-1] == "problem"


NASTY = "##vso[task.complete]\x1b[31m ::error::x\u202e [b]bold[/b] #[x"


def test_hostile_names_stay_words_on_a_terminal_in_a_log_and_in_json(
    emulator, shop, verify, junit, cli, environment, tmp_path
):
    plan = shop["projects"][0]["plans"][0]
    plan["name"] = plan["suites"][0]["name"] = plan["suites"][0]["cases"][0]["title"] = NASTY
    shop["projects"][0]["configurations"][0]["name"] = NASTY
    for suite in plan["suites"]:
        for case in suite["cases"]:
            case["configurations"] = [NASTY]
    service = emulator(shop)
    report = junit("TC101 a")
    arguments = ("verify", report, "--project", "Shop", "--plan", "10", "--suite", "x")
    logged = cli(*arguments, env=environment(service)).output
    as_json, found = verify(service, report, "--suite", "x")
    environ = clean_environment(tmp_path, {**environment(service), "TERM": "xterm"})
    with terminal(
        [sys.executable, "-m", "ado_publisher", *map(str, arguments)], cwd=tmp_path, env=environ
    ) as started:
        assert started.wait_for_end() == 2
        shown = started.shown
    for text in (logged, as_json.stdout, shown):
        assert "##vso[" not in text
        assert "\u202e" not in text
        assert "\x1b[31m :" not in text
    assert "[b]bold[/b]" in logged
    assert "problems" in shown
    assert NASTY in {case["title"] for case in found["cases"]}


def test_a_terminal_gets_a_table_and_a_log_plain_lines(emulator, shop, cli, environment, tmp_path):
    service = emulator(shop)
    arguments = ["verify", "--project", "Shop", "--plan", "10"]
    logged = cli(*arguments, env=environment(service))
    assert logged.code == 0
    assert "ok           project Shop: is there; 2 projects can be seen" in logged.stdout
    *listed, last = [line for line in logged.stdout.splitlines() if line[0] != " "]
    assert last == f"{len(listed)} checks: 1 not checked, {len(listed) - 1} ok"
    assert "\x1b" not in logged.output
    environ = clean_environment(tmp_path, {**environment(service), "TERM": "xterm"})
    with terminal([sys.executable, "-m", "ado_publisher", *arguments], cwd=tmp_path, env=environ) as started:
        assert started.wait_for_end() == 0
        assert "What was found" in started.shown
        assert "\x1b[32mok" in started.shown


def test_help_names_the_options_that_verify_takes(cli):
    told = cli("verify", "--help")
    assert told.code == 0
    for flag in ("--plan", "--suite", "--katalon-project", "--build-number", "--release-id", "--json"):
        assert flag in told.stdout
    assert "--run-name" not in told.stdout
