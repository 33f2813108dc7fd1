"""Each mistake: one message that names the thing and the way out, the right exit code, nothing by halves."""

import json

import pytest
import requests

from .conftest import FAILURE, case, outcomes

AWAY = {"status": 503, "times": 0}


@pytest.fixture
def service(emulator, shop):
    return emulator(shop)


def nothing_written(service):
    return service.state()["runs"] == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--plan", "11"], "no test plan with id or name '11'"),
        (["--plan", "Relese 1"], "did you mean 'Release 1'?"),
        (["--suite", "Logni"], "did you mean 'Login'?"),
        (["--suite", "77"], "no suite with id or path '77'"),
        (["--configuration", "Windows 11 + Crome"], "did you mean 'Windows 11 + Chrome'?"),
        (["--build-id", "7"], "no build with id 7"),
        (["--build-id", "99"], "no build with id 99"),
        (["--build-number", "20261122.2"], "no build with number '20261122.2'"),
        (["--build-number", "20261122.1,nope"], "no build with number 'nope'"),
        (["--build-number", "twice"], "2 builds of project 'Shop' have number 'twice'"),
        (["--build-number", "2026*"], "holds a *"),
        (["--project", "Shopp"], "Shopp"),
        (["--run-name", "{buildnumber}"], "did you mean 'build_number'?"),
        (["--report-json", "nowhere/facts.json"], "--report-json: nowhere/facts.json cannot be written"),
        (["--several", "wurst"], "worst"),
    ],
)
def test_a_name_nobody_knows_is_exit_2_with_the_way_out(service, junit, cli, flags, told):
    arguments = [junit(case("TC101")), *flags]
    for flag, value in (("--project", "Shop"), ("--plan", "10")):
        if flag not in flags:
            arguments += [flag, value]
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    done = cli("publish", *arguments, env=env)
    assert done.code == 2, done.output
    assert told in done.stderr
    assert "Traceback" not in done.output
    assert nothing_written(service)


def test_a_refused_credential_is_exit_4_and_told_by_its_variable(service, junit, publish):
    for env, variable in (
        ({"ADO_PUBLISHER_TOKEN": "wrong-secret"}, "ADO_PUBLISHER_TOKEN"),
        ({"ADO_PUBLISHER_TOKEN": "", "SYSTEM_ACCESSTOKEN": "wrong-secret"}, "SYSTEM_ACCESSTOKEN"),
    ):
        done, facts = publish(service, junit(case("TC101")), env=env)
        assert done.code == 4, done.output
        assert f"the token in {variable}" in done.stderr
        assert "wrong-secret" not in done.output
        assert facts is None
    assert nothing_written(service)


def test_an_unreachable_server_is_exit_4_and_told_by_its_address(junit, cli, unused_port):
    url = f"http://127.0.0.1:{unused_port}/demo"
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": url, "ADO_PUBLISHER_TOKEN": "t"}
    done = cli("publish", junit(case("TC101")), "--project", "Shop", "--plan", "10", env=env)
    assert done.code == 4, done.output
    assert url in done.stderr
    assert "Connection refused" in done.stderr


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_an_unknown_case_is_listed_and_the_rest_is_published(service, junit, publish):
    done, facts = publish(service, junit(case("TC999"), case("TC102")))
    assert done.code == 0, done.output
    assert facts["results"][0]["reason"] == "test case 999 has no test point in test plan 10 'Release 1'"
    assert outcomes(service)[2] == "passed"


def test_unmatched_fail_is_exit_1_after_publishing_the_rest(service, junit, publish):
    done, _ = publish(service, junit(case("TC999"), case("TC102")), "--unmatched", "fail")
    assert done.code == 1
    assert outcomes(service)[2] == "passed"


def test_nothing_matched_makes_no_run_and_is_exit_1_unless_allowed(service, junit, publish):
    report = junit(case("nobody knows me"))
    done, facts = publish(service, report)
    assert done.code == 1
    assert facts["runs"] == []
    assert facts["counts"]["unmatched"] == 1
    assert "no test case id" in facts["results"][0]["reason"]
    allowed, _ = publish(service, report, "--allow-empty")
    assert allowed.code == 0
    assert nothing_written(service)


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ([], 0),
        (["--fail-on-failed-tests"], 1),
        (["--max-failed", "1"], 0),
        (["--max-failed", "0"], 1),
        (["--max-failed", "50%"], 0),
        (["--max-failed", "49%"], 1),
    ],
)
def test_failed_tests_decide_the_exit_code_only_by_policy(service, junit, publish, flags, code):
    report = junit(case("TC101"), case("TC102", FAILURE), case("x", "<skipped/>"))
    done, _ = publish(service, report, *flags)
    assert done.code == code, done.output


BAD_REPORTS = {
    "empty.xml": "",
    "text.xml": "not XML at all",
    "cut.xml": "<testsuite><testcase name='TC101'>",
    "entities.xml": '<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    '<testsuite><testcase name="&a;"/></testsuite>',
    "catalog.xml": "<catalog/>",
}


@pytest.mark.parametrize("name", BAD_REPORTS)
def test_a_report_that_cannot_be_read_is_exit_3_and_makes_no_run(service, publish, tmp_path, name):
    (tmp_path / name).write_text(BAD_REPORTS[name])
    done, facts = publish(service, name)
    assert done.code == 3, done.output
    assert name in done.stderr
    assert "root:" not in done.output
    assert facts["counts"]["read"] == 0
    assert facts["problems"]
    assert nothing_written(service)


@pytest.mark.parametrize("named", ["gone.xml", "gone/**/*.xml"])
def test_files_that_are_not_there_are_exit_3(service, publish, named):
    done, facts = publish(service, named)
    assert done.code == 3
    assert named in done.stderr
    assert facts["counts"]["read"] == 0


def test_a_format_that_does_not_exist_or_does_not_fit_is_told(service, junit, publish):
    done, _ = publish(service, junit(case("TC101")), "--format", "junitt")
    assert done.code in (2, 3)
    assert "junit" in done.stderr
    assert nothing_written(service)


def test_a_release_that_is_not_there_is_told_in_whole_sentences(service, junit, publish):
    named = ("--release-id", "999", "--release-environment-id", "5", "--build-id", "41")
    done, _ = publish(service, junit(case("TC101")), *named)
    assert done.code == 2
    assert "cannot be found. Check it and --release-environment-id" in done.stderr


def test_unknown_configurations_of_rules_are_told_by_their_lines(service, junit, publish, tmp_path):
    config = tmp_path / "my.yml"
    config.write_text(
        "version: 1\n"
        "configurations:\n"
        "  - {when: {browser: a}, configuration: Windows 11 + Crome}\n"
        "  - {when: {browser: b}, configuration: 77}\n"
    )
    done, _ = publish(service, junit(case("TC101")), "--config", config)
    assert done.code == 2
    said = "the project has no test configuration with id or name"
    assert f"my.yml:3: {said} 'Windows 11 + Crome' - did you mean 'Windows 11 + Chrome'?" in done.stderr
    assert f"my.yml:4: {said} '77'" in done.stderr
    assert nothing_written(service)


def test_every_missing_setting_is_told_at_once(cli):
    done = cli("publish")
    assert done.code == 2
    for name in ("--organization-url", "--project", "--plan", "ADO_PUBLISHER_TOKEN"):
        assert name in done.stderr


def test_items_the_service_refuses_are_told_and_the_run_is_completed(service, junit, publish):
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 400, "body": "{}"}])
    done, facts = publish(service, junit(case("TC101")))
    assert done.code == 1, done.output
    assert facts["results"][0]["targets"][0]["error"]
    assert service.state()["runs"][0]["state"] == "Completed"


def test_a_token_that_expires_in_the_middle_leaves_work_that_resume_finishes(service, junit, publish, cli):
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 401}])
    done, _ = publish(service, junit(case("TC102", FAILURE)))
    assert done.code == 4, done.output
    assert "the token in ADO_PUBLISHER_TOKEN" in done.stderr
    assert "ado-publisher resume --journal .ado-publisher/journal.sqlite" in done.stderr
    assert service.state()["runs"][0]["state"] == "InProgress"
    service.faults([])
    resumed = cli("resume", env={"ADO_PUBLISHER_TOKEN": "demo-pat"})
    assert resumed.code == 0, resumed.output
    (run,) = service.state()["runs"]
    assert run["state"] == "Completed"
    assert outcomes(service)[2] == "failed"


def test_without_a_journal_a_run_that_cannot_be_finished_is_aborted_or_named(
    service, junit, publish, tmp_path
):
    (tmp_path / ".ado-publisher").write_text("a file where the journal's folder would be")
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 401}])
    done, _ = publish(service, junit(case("TC101")))
    assert done.code == 4, done.output
    assert "No journal can be written" in done.stderr
    assert "Test run 1 was aborted" in done.stderr
    assert service.state()["runs"][0]["state"] == "Aborted"
    service.faults([{"method": "PATCH", "path": "/runs/", "times": 0, "status": 401}])
    done, _ = publish(service, junit(case("TC101")))
    assert done.code == 4, done.output
    assert "still in progress: http" in done.stderr


def test_a_bad_report_does_not_hide_an_unknown_plan_or_a_refused_token(service, publish, tmp_path):
    """Where several apply: 2, then 4, 3, 1."""
    (tmp_path / "bad.xml").write_text("<testsuite>")
    assert publish(service, "bad.xml", "--plan", "99")[0].code == 2
    assert publish(service, "bad.xml", env={"ADO_PUBLISHER_TOKEN": "wrong"})[0].code == 4
    assert publish(service, "bad.xml")[0].code == 3


def many_suites(shop, *, suites=4, cases=60):
    """A plan with more points than a page of 200 holds, in several suites."""
    made = [
        {
            "id": 100 + suite,
            "name": f"Suite {suite}",
            "cases": [
                {"id": 1000 * suite + n, "title": f"Case {n}", "configurations": ["Windows 11 + Chrome"]}
                for n in range(1, cases + 1)
            ],
        }
        for suite in range(1, suites + 1)
    ]
    shop["projects"][0]["plans"][0]["suites"] = made
    return shop


@pytest.mark.off_contract
def test_a_page_of_points_that_fails_costs_only_its_suite(emulator, shop, junit, publish):
    service = emulator(many_suites(shop))
    broken = {"status": 500, "times": 0, "body": '{"message": "TF400898: An Internal Error Occurred."}'}
    service.faults(
        [
            {"method": "GET", "path": r"Suites/11/TestPoint.*continuationToken", **broken},
            {"method": "GET", "path": r"Suites/103/TestPoint", **broken},
        ]
    )
    report = junit(case("TC1001", FAILURE), case("TC3001", FAILURE), case("TC4060"))
    done, facts = publish(service, report, "--retry-seconds", "1")
    assert done.code == 1, done.output
    assert [result["status"] for result in facts["results"]] == ["matched", "unmatched", "matched"]
    assert "the points of 1 suites could not be read" in facts["results"][1]["reason"]
    assert "test plan 10: the test points of suite 103 'Suite 3'" in facts["problems"][0]
    shown = outcomes(service)
    assert (shown[1], shown[121], shown[240]) == ("failed", "unspecified", "passed")


@pytest.mark.off_contract
def test_an_outage_while_points_are_read_keeps_the_whole_for_resume(emulator, shop, junit, publish, cli):
    service = emulator(many_suites(shop))
    service.faults(
        [{"method": "GET", "path": r"TestPoint.*continuationToken|/suites", "status": 503, "times": 0}]
    )
    done, facts = publish(service, junit(case("TC1001")), "--retry-seconds", "1")
    assert (done.code, facts) == (4, None), done.output
    assert "ado-publisher resume" in done.stderr
    service.faults([])
    done = cli("resume", env={"ADO_PUBLISHER_TOKEN": "demo-pat"})
    assert (done.code, outcomes(service)[1]) == (0, "passed"), done.output


@pytest.mark.off_contract
def test_suites_that_are_each_others_parents_end_in_a_listing_and_in_no_loop(emulator, shop, junit, publish):
    service = emulator(shop)
    suites = {
        "value": [
            {"id": 11, "name": "Release 1"},
            {"id": 12, "name": "Login", "parentSuite": {"id": 13}},
            {"id": 13, "name": "Smoke", "parentSuite": {"id": 12}},
        ],
        "count": 3,
    }
    body = {"status": 200, "times": 0, "body": json.dumps(suites)}
    service.faults([{"method": "GET", "path": r"Plans/10/suites\?", **body}])
    done, facts = publish(service, junit(case("TC101", FAILURE)), "--suite", "13")
    assert done.code == 0, done.output
    assert {target["point_id"] for target in facts["results"][0]["targets"]} == {1, 6}


@pytest.mark.off_contract
def test_a_case_that_is_removed_during_the_publish_costs_only_its_own_result(
    emulator, shop, junit, publish, tmp_path
):
    service = emulator(shop)
    (tmp_path / "a.log").write_text("log")
    report = junit(
        case("TC101"), case("TC102", FAILURE + "<system-out>[[ATTACHMENT|a.log]]</system-out>"), case("TC103")
    )
    whole = points_of(service)
    gone = {"value": [point for point in whole if point["id"] != 2], "count": len(whole) - 1}
    refusal = {"typeKey": "TestObjectNotFoundException", "message": "Test point 2 not found."}
    service.faults(
        [
            {"method": "POST", "path": r"/test/runs\?", "status": 404, "body": json.dumps(refusal)},
            {"method": "GET", "path": "TestPoint", "skip": 1, "status": 200, "body": json.dumps(gone)},
        ]
    )
    done, facts = publish(service, report, "--attach", "always")
    assert done.code == 1, done.output
    (run,) = service.state()["runs"]
    assert run["state"] == "Completed"
    assert sorted(result["point_id"] for result in run["results"]) == [1, 3, 6]
    (target,) = facts["results"][1]["targets"]
    assert "its test case was removed from the suite" in target["error"]
    assert facts["points_updated"] == 3
    assert "test point 2: it is gone" in done.stdout
    assert facts["attachments"]["failed"] == 1


def points_of(service):
    url = f"{service.url}/Shop/_apis/testplan/Plans/10/Suites/11/TestPoint"
    query = {"isRecursive": "true", "api-version": "7.1"}
    return requests.get(url, params=query, auth=("", "demo-pat"), timeout=10).json()["value"]


def test_a_run_that_is_refused_for_another_reason_is_not_made_again(emulator, shop, junit, publish):
    service = emulator(shop)
    refusal = {"typeKey": "TestObjectNotFoundException", "message": "Test point 2 not found."}
    fault = {"method": "POST", "path": r"/test/runs\?", "status": 404, "body": json.dumps(refusal)}
    service.faults([{**fault, "times": 0}])
    done, _ = publish(service, junit(case("TC101"), case("TC102")))
    assert done.code == 4, done.output
    assert "Test point 2 not found" in done.stderr
    assert service.state()["runs"] == []


@pytest.mark.off_contract
def test_points_without_a_configuration_are_points_all_the_same(emulator, shop, junit, publish):
    service = emulator(shop)
    bare = [{**point, "configuration": None} for point in points_of(service)]
    answer = {"status": 200, "body": json.dumps({"value": bare, "count": len(bare)})}
    service.faults([{"method": "GET", "path": "TestPoint", **answer}])
    done, _ = publish(service, junit(case("TC102", FAILURE)))
    assert done.code == 0, done.output
    assert outcomes(service)[2] == "failed"


def test_ids_of_other_work_items_and_projects_are_listed_and_the_rest_is_published(
    emulator, shop, junit, publish
):
    shop["projects"][0]["work_items"] = [{"id": 500, "type": "Bug", "title": "A bug"}]
    other = {"id": 92, "name": "S", "cases": [{"id": 901, "title": "Far"}]}
    shop["projects"][1]["plans"][0]["suites"] = [other]
    service = emulator(shop)
    report = junit(case("TC500", FAILURE), case("TC901"), case("TC4000000000"), case("TC0"), case("TC102"))
    done, facts = publish(service, report, "--unmatched", "fail")
    assert done.code == 1, done.output
    assert [result["status"] for result in facts["results"]] == ["unmatched"] * 4 + ["matched"]
    reasons = [result["reason"] for result in facts["results"][:4]]
    assert "test case 500 has no test point" in reasons[0]
    assert "test case 901 has no test point" in reasons[1]
    assert "'4000000000' is not a test case id" in reasons[2]
    assert "'0' is not a test case id" in reasons[3]


def test_rights_on_one_area_only_cost_only_the_results_there(emulator, shop, junit, publish):
    shop["projects"][0] |= {"areas": ["Open", "Frozen"], "read_only_areas": ["Frozen"]}
    cases = shop["projects"][0]["plans"][0]["suites"][0]["cases"]
    for each, area in zip(cases, ("Open", "Frozen", "Frozen", "Open"), strict=True):
        each["area"] = area
    service = emulator(shop)
    report = junit(*(case(f"TC{number}", FAILURE) for number in (101, 102, 103)))
    done, facts = publish(service, report)
    assert done.code == 1, done.output
    assert facts["points_updated"] == 2
    errors = [[target["error"] for target in result["targets"]] for result in facts["results"]]
    assert errors[0] == [None, None]
    assert "do not have the permission" in errors[1][0]
    assert "do not have the permission" in errors[2][0]
    # One refusal tells of the whole area: nobody asks for each of its test cases.
    assert len(service.state()["runs"]) == 1
    shown = outcomes(service)
    assert (shown[1], shown[2], shown[3]) == ("failed", "unspecified", "unspecified")


def test_what_was_left_out_is_left_out_by_resume_as_well(emulator, shop, junit, publish, cli):
    shop["projects"][0] |= {"areas": ["Open", "Frozen"], "read_only_areas": ["Frozen"]}
    cases = shop["projects"][0]["plans"][0]["suites"][0]["cases"]
    for each, area in zip(cases, ("Open", "Frozen", "Open", "Open"), strict=True):
        each["area"] = area
    service = emulator(shop)
    create = {"method": "POST", "path": r"/test/runs\?", "skip": 1}
    service.faults([{**create, "times": 0, "status": 503, "headers": {"Retry-After": "1"}}])
    report = junit(case("TC101"), case("TC102", FAILURE), case("TC103", FAILURE))
    done, _ = publish(service, report, "--retry-seconds", "1")
    assert done.code == 4, done.output
    service.faults([])
    done = cli("resume", env={"ADO_PUBLISHER_TOKEN": "demo-pat"})
    assert done.code == 1, done.output
    shown = outcomes(service)
    assert (shown[1], shown[2], shown[3]) == ("passed", "unspecified", "failed")


@pytest.mark.off_contract
def test_a_run_that_stays_refused_after_a_case_is_gone_is_not_asked_for_again_and_again(
    emulator, shop, junit, publish
):
    service = emulator(shop)
    whole = points_of(service)
    gone = {"value": [point for point in whole if point["id"] != 2], "count": len(whole) - 1}
    refusal = {"typeKey": "TestObjectNotFoundException", "message": "Test point 2 not found."}
    service.faults(
        [
            {
                "method": "POST",
                "path": r"/test/runs\?",
                "times": 0,
                "status": 404,
                "body": json.dumps(refusal),
            },
            {
                "method": "GET",
                "path": "TestPoint",
                "skip": 1,
                "times": 0,
                "status": 200,
                "body": json.dumps(gone),
            },
        ]
    )
    done, _ = publish(service, junit(case("TC101"), case("TC102")), timeout=60)
    assert done.code == 4
    assert "Test point 2 not found." in done.output


def test_no_right_on_any_test_case_is_a_refusal_of_the_whole(emulator, shop, junit, publish):
    shop["projects"][0] |= {"areas": ["Frozen"], "read_only_areas": ["Frozen"]}
    for each in shop["projects"][0]["plans"][0]["suites"][0]["cases"]:
        each["area"] = "Frozen"
    done, _ = publish(emulator(shop), junit(case("TC102"), case("TC103")))
    assert done.code == 4
    assert "do not have the permission" in done.output
