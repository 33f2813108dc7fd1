"""Report file to completed run: what stands in Azure DevOps afterwards, over real HTTP."""

import pytest

from .conftest import FAILURE, case, outcomes

UNTOUCHED = "unspecified"


def test_results_reach_their_points_and_the_run_is_completed_and_linked(emulator, shop, junit, publish):
    service = emulator(shop)
    report = junit(
        case("logs in", '<properties><property name="test_case_id" value="101"/></properties>'),
        case("refuses TC102", FAILURE),
        case("test_locked", classname="shop.login"),
        suite="Nightly",
    )
    done, facts = publish(service, report, "--build-number", "20261122.1")
    assert done.code == 0, done.output
    (run,) = service.state()["runs"]
    assert (run["state"], run["build_id"], run["plan_id"]) == ("Completed", 41, 10)
    assert run["name"] == "20261122.1 Nightly"
    assert outcomes(service) == {
        1: "passed",
        2: "failed",
        3: "passed",
        4: UNTOUCHED,
        5: UNTOUCHED,
        6: "passed",
    }
    assert facts["counts"] == {"read": 3, "matched": 3, "unmatched": 0, "ambiguous": 0, "skipped": 0}
    assert facts["points_updated"] == 4
    url = f"{service.url}/Shop/_TestManagement/Runs?runId={run['id']}&_a=runCharts"
    told = {"id": run["id"], "url": url, "state": "Completed", "planned": True, "plan_id": 10}
    assert facts["runs"] == [{**told, "name": "20261122.1 Nightly"}]
    assert url in done.stdout
    rules = [result["rule"] for result in facts["results"]]
    assert rules == ["property test_case_id", r"pattern \bTC[-_ ]?(\d+)\b", "automated test name"]


def test_three_testcases_pass_fail_pass_on_one_case_make_one_failed_point(emulator, shop, junit, publish):
    service = emulator(shop)
    report = junit(case("TC102 row"), case("TC102 row", FAILURE), case("TC102 row"))
    done, facts = publish(service, report)
    assert done.code == 0, done.output
    assert outcomes(service)[2] == "failed"
    (result,) = service.state()["runs"][0]["results"]
    assert [sub["outcome"].lower() for sub in result["sub_results"]] == ["passed", "failed", "passed"]
    assert facts["counts"]["matched"] == 3
    assert facts["points_updated"] == 1


def test_a_skipped_test_leaves_its_point_alone(emulator, shop, junit, publish):
    service = emulator(shop)
    publish(service, junit(case("TC102", FAILURE)))
    done, facts = publish(service, junit(case("TC102", "<skipped/>"), case("TC101")))
    assert done.code == 0, done.output
    assert outcomes(service)[2] == "failed"
    assert facts["counts"]["skipped"] == 1
    assert "left alone" in done.stdout


def test_a_skipped_test_is_published_when_asked(emulator, shop, junit, publish):
    service = emulator(shop)
    done, _ = publish(service, junit(case("TC102", "<skipped/>")), "--skipped", "publish")
    assert done.code == 0, done.output
    (result,) = service.state()["runs"][0]["results"]
    assert result["outcome"].lower() == "notexecuted"


def test_bare_digits_match_nothing_and_two_marks_reach_both(emulator, shop, junit, publish):
    service = emulator(shop)
    names = ["test_pay[101]", "[101] 5, 10", "101", "[TC101][TC102]"]
    done, facts = publish(service, junit(*map(case, names)), "--suite", "Login/**")
    assert [result["status"] for result in facts["results"]] == ["unmatched"] * 3 + ["matched"]
    assert {target["test_case_id"] for target in facts["results"][3]["targets"]} == {101, 102}
    assert done.code == 0, done.output


def test_several_configurations_without_a_rule_are_listed_and_nothing_is_guessed(
    emulator, shop, junit, publish
):
    service = emulator(shop)
    done, facts = publish(service, junit(case("TC104", FAILURE), case("TC102")))
    assert done.code == 0, done.output
    assert facts["results"][0]["status"] == "ambiguous"
    assert outcomes(service)[4] == outcomes(service)[5] == UNTOUCHED
    assert "ambiguous: TC104" in done.stdout


def test_each_configuration_takes_its_own_result_by_rule(emulator, shop, tmp_path, publish):
    service = emulator(shop)
    for browser, inside in (("Chrome 120", ""), ("Firefox", FAILURE)):
        suite = f'<properties><property name="browser" value="{browser}"/></properties>'
        text = f'<testsuite name="{browser}">{suite}{case("TC104", inside)}</testsuite>'
        (tmp_path / f"{browser}.xml").write_text(text)
    (tmp_path / "ado-publisher.yml").write_text(
        "version: 1\n"
        "configurations:\n"
        '  - {when: {browser: "Chrome*"}, configuration: Windows 11 + Chrome}\n'
        '  - {when: {browser: "Firefox*"}, configuration: Windows 11 + Firefox}\n'
    )
    done, _ = publish(service, "*.xml")
    assert done.code == 0, done.output
    assert (outcomes(service)[4], outcomes(service)[5]) == ("passed", "failed")


@pytest.mark.parametrize(
    ("flags", "reached"),
    [
        (["--suite", "13"], [6]),
        (["--suite", "Login/Smoke"], [6]),
        (["--suite", "login"], [1, 6]),
        (["--suite", "Login/*"], [6]),
        (["--suite", "Login/**"], [1, 6]),
        (["--suite", "11"], [1, 6]),
        (["--points", "first"], [1]),
        (["--configuration", "windows 11 + chrome"], [1, 6]),
        (["--configuration", "1"], [1, 6]),
    ],
)
def test_suites_configurations_and_policies_narrow_the_points(emulator, shop, junit, publish, flags, reached):
    service = emulator(shop)
    done, facts = publish(service, junit(case("TC101")), *flags)
    assert done.code == 0, done.output
    assert [target["point_id"] for target in facts["results"][0]["targets"]] == reached


def test_a_plan_is_found_by_name(emulator, shop, junit, publish):
    service = emulator(shop)
    done, facts = publish(service, junit(case("TC102")), "--plan", "release 1")
    assert done.code == 0, done.output
    assert facts["runs"][0]["plan_id"] == 10


def test_a_rerun_is_published_with_its_attempts_inside(emulator, shop, junit, publish):
    service = emulator(shop)
    flaky = '<flakyFailure message="first try">trace</flakyFailure>'
    done, _ = publish(service, junit(case("TC102", flaky)))
    assert done.code == 0, done.output
    (result,) = service.state()["runs"][0]["results"]
    assert [sub["outcome"].lower() for sub in result["sub_results"]] == ["failed", "passed"]
    assert outcomes(service)[2] == "passed"


def test_a_message_over_the_limit_is_cut_visibly_and_attached_in_full(emulator, shop, junit, publish):
    service = emulator(shop)
    text = "0123456789" * 4_000
    done, facts = publish(service, junit(case("TC102", f'<failure message="{text}"/>')), "--attach", "never")
    assert done.code == 0, done.output
    (result,) = service.state()["runs"][0]["results"]
    (attachment,) = result["attachments"]
    assert attachment["name"] == "full-messages.txt"
    assert attachment["size"] > len(text)
    assert facts["attachments"] == {"uploaded": 1, "failed": 0, "skipped": 0}


def test_attachments_go_along_for_failures_and_only_from_allowed_folders(
    emulator, shop, junit, publish, tmp_path
):
    service = emulator(shop)
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.png").symlink_to("/etc/passwd")
    named = "".join(
        f"[[ATTACHMENT|{name}]]" for name in ("shots/a.png", "secret.png", "gone.png", "/etc/hosts")
    )
    out = f"<system-out>{named}</system-out>"
    done, facts = publish(service, junit(case("TC102", FAILURE + out), case("TC101", out)))
    assert done.code == 0, done.output
    assert facts["attachments"] == {"uploaded": 1, "failed": 3, "skipped": 4}
    told = "\n".join(facts["problems"])
    assert "'secret.png' lies outside the allowed folders" in told
    assert "'gone.png' does not exist" in told
    assert "'/etc/hosts' lies outside" in told
    attached = [a["name"] for r in service.state()["runs"][0]["results"] for a in r["attachments"]]
    assert attached == ["a.png"]


def test_one_bad_file_among_many_stops_only_itself(emulator, shop, junit, publish, tmp_path):
    service = emulator(shop)
    junit(case("TC101"), name="a.xml")
    (tmp_path / "b.xml").write_text("<testsuite><testcase name='TC102'/>")
    done, facts = publish(service, "*.xml")
    assert done.code == 3
    assert facts["counts"]["read"] == 1
    assert outcomes(service)[2] == UNTOUCHED
    assert "b.xml:1" in facts["problems"][0]
    assert "b.xml:1" in done.stderr


def test_a_dry_run_writes_nothing_and_shows_everything(emulator, shop, junit, publish):
    service = emulator(shop)
    done, facts = publish(service, junit(case("TC101"), case("TC102", FAILURE)), "--dry-run")
    assert done.code == 0, done.output
    assert service.state()["runs"] == []
    assert facts["writes"] == [
        {"method": "POST", "path": "/Shop/_apis/test/runs", "count": 1},
        {"method": "PATCH", "path": "/Shop/_apis/test/runs/{run}/results", "count": 1},
        {"method": "PATCH", "path": "/Shop/_apis/test/runs/{run}", "count": 1},
    ]
    assert facts["runs"][0]["id"] is None
    assert {t["run_id"] for r in facts["results"] for t in r["targets"]} == {None}
    assert "would write Failed to test point 2" in done.stdout


def test_a_dry_run_tells_the_requests_that_a_publish_needs(emulator, shop, junit, publish):
    service = emulator(shop)
    report = junit(case("TC101"), case("TC102", FAILURE))
    _, planned = publish(service, report, "--dry-run", "--build-id", "41")
    _, written = publish(service, report, "--build-id", "41")
    # 4 (plan, build, create, complete) + 1 page of points + 1 page of ids + 1 batch
    assert planned["requests"] == written["requests"] == 7


@pytest.mark.parametrize("server", ["cloud", "server2022", "server2020"])
def test_every_server_version_takes_the_same_publish(emulator, shop, junit, publish, server):
    service = emulator({**shop, "server": server})
    done, _ = publish(service, junit(case("TC101"), case("TC102", FAILURE)), "--build-id", "41")
    assert done.code == 0, done.output
    assert (outcomes(service)[1], outcomes(service)[6], outcomes(service)[2]) == (
        "passed",
        "passed",
        "failed",
    )


def test_more_points_and_results_than_a_page_or_a_batch_all_arrive(emulator, shop, junit, publish):
    cases = [
        {"id": 1000 + n, "title": f"Case {n}", "configurations": ["Windows 11 + Chrome"]}
        for n in range(1_250)
    ]
    shop["projects"][0]["plans"][0]["suites"] = [{"id": 12, "name": "Login", "cases": cases}]
    service = emulator(shop)
    report = junit(*(case(f"TC{1000 + n}", FAILURE if n % 7 == 0 else "") for n in range(1_250)))
    done, facts = publish(service, report, "--build-id", "41")
    assert done.code == 0, done.output
    shown = list(outcomes(service).values())
    assert (shown.count("failed"), shown.count("passed")) == (179, 1_071)
    # 4 + 7 pages of points + 2 pages of ids + 2 batches
    assert facts["requests"] == 15


def test_one_run_for_each_suite_when_asked(emulator, shop, tmp_path, publish):
    service = emulator(shop)
    one = case("TC101") + case("TC102")
    two = case("test_locked", classname="shop.login") + case("TC102", FAILURE)
    suites = f'<testsuite name="One">{one}</testsuite><testsuite name="Two">{two}</testsuite>'
    (tmp_path / "r.xml").write_text(f"<testsuites>{suites}</testsuites>")
    done, facts = publish(service, "r.xml", "--run-per", "suite", "--run-name", "{suite}")
    assert done.code == 0, done.output
    runs = service.state()["runs"]
    assert [(run["name"], run["state"], len(run["results"])) for run in runs] == [
        ("One", "Completed", 3),
        ("Two", "Completed", 1),
    ]
    # The point that both suites reached has one result in one run, and it is the worst.
    assert outcomes(service)[2] == "failed"
    assert [run["id"] for run in facts["runs"]] == [run["id"] for run in runs]
    assert facts["points_updated"] == 4


def test_run_files_and_the_ci_context_are_attached_to_the_run(emulator, shop, junit, publish, tmp_path):
    service = emulator(shop)
    (tmp_path / "log: 1.txt").write_text("all of it")
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_NUMBER": "5",
        "GITHUB_REF_NAME": "main",
        "GITHUB_SHA": "abc",
    }
    done, facts = publish(service, junit(case("TC102")), "--run-files", "log*.txt", env=github)
    assert done.code == 0, done.output
    (run,) = service.state()["runs"]
    # Files are uploaded several at a time, in no order.
    assert {file["name"] for file in run["attachments"]} == {"log_ 1.txt", "ci-context.json"}
    assert facts["attachments"] == {"uploaded": 2, "failed": 0, "skipped": 0}
    assert run["comment"].startswith(
        "https://github.example/acme/shop/actions/runs/77/attempts/1; branch main"
    )
    assert run["name"] == "5 Web"
