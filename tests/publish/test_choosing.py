"""Which plans, suites, configurations and testers a publish writes to."""

import pytest

from .conftest import CHROME, FAILURE, FIREFOX, case, outcomes

UNTOUCHED = "unspecified"


def reached(facts):
    return [target["point_id"] for result in facts["results"] for target in result["targets"]]


@pytest.fixture
def plans(shop):
    """Three plans with dates and iterations; case 101 stands in the first two."""
    project = shop["projects"][0]
    project["plans"][0] |= {"start_date": "2026-11-01T00:00:00Z", "iteration": "Shop\\Sprint 1"}
    project["plans"] += [
        {
            "id": 20,
            "name": "Release 2, web",
            "start_date": "2026-11-20T00:00:00Z",
            "iteration": "Shop\\Sprint 2",
            "suites": [{"id": 22, "name": "Login", "cases": [{"id": 101, "configurations": [CHROME]}]}],
        },
        {
            "id": 30,
            "name": "Release 0",
            "state": "Inactive",
            "start_date": "2026-11-25T00:00:00Z",
            "iteration": "Shop\\Sprint 3",
        },
    ]
    return shop


def test_one_publish_writes_to_several_plans_with_a_run_for_each(emulator, plans, junit, publish):
    service = emulator(plans)
    report = junit(case("TC101", FAILURE), case("TC102"))
    done, facts = publish(service, report, "--plan", "10", "--plan", "release 2, web", "--build-id", "41")
    assert done.code == 0, done.output
    assert reached(facts) == [1, 6, 7, 2]
    assert [outcomes(service)[point] for point in (1, 2, 6, 7)] == ["failed", "passed", "failed", "failed"]
    runs = service.state()["runs"]
    assert [(run["plan_id"], run["state"], run["build_id"]) for run in runs] == [
        (10, "Completed", 41),
        (20, "Completed", 41),
    ]
    assert [(run["plan_id"], run["planned"]) for run in facts["runs"]] == [(10, True), (20, True)]
    assert facts["points_updated"] == 4
    targets = {target["point_id"]: target["run_id"] for target in facts["results"][0]["targets"]}
    assert targets[7] == runs[1]["id"] != targets[1]
    assert "4 test points of test plans 10, 20 updated by test runs 1, 2" in done.stdout


def test_several_plans_stand_in_a_variable_or_in_the_config(emulator, plans, junit, cli, tmp_path):
    service = emulator(plans)
    junit(case("TC101"))
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    given = ("publish", "report.xml", "--project", "Shop", "--dry-run")
    done = cli(*given, env={**env, "INPUT_PLAN": "10\nRelease 2, web"})
    assert "3 test points of test plans 10, 20 would be updated" in done.stdout, done.output
    config = "version: 1\npublish: {plan: [10, 'Release 2, web']}\n"
    (tmp_path / "ado-publisher.yml").write_text(config)
    done = cli(*given, env=env)
    assert "3 test points of test plans 10, 20 would be updated" in done.stdout, done.output


@pytest.mark.parametrize(
    ("wanted", "plan_id"),
    [
        ("@latest", 20),
        ("@Latest", 20),
        ("@iteration:Sprint 1", 10),
        ("@iteration:Shop\\Sprint 2", 20),
        ("@iteration:\\shop\\sprint 2", 20),
    ],
)
def test_a_plan_is_named_by_its_iteration_or_as_the_latest_active_one(
    emulator, plans, junit, publish, wanted, plan_id
):
    done, facts = publish(emulator(plans), junit(case("TC101")), "--plan", wanted, "--dry-run")
    assert done.code == 0, done.output
    assert [run["plan_id"] for run in facts["runs"]] == [plan_id]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("@iteration:Sprint 9", "no active test plan is of iteration 'Sprint 9'"),
        ("@iteration:Sprint 3", "no active test plan is of iteration 'Sprint 3'"),
        ("@last", "Words that begin with @ are @latest and @iteration:PATH"),
        ("Release 2 web", "no test plan with id or name 'Release 2 web' - did you mean 'Release 2, web'?"),
    ],
)
def test_a_plan_that_is_not_there_is_told_with_what_there_is(emulator, plans, junit, publish, wanted, told):
    done, facts = publish(emulator(plans), junit(case("TC101")), "--plan", "nowhere", "--plan", wanted)
    assert (done.code, facts) == (2, None)
    assert told in done.stderr
    assert "'nowhere'" in done.stderr


def test_two_plans_of_one_iteration_are_not_guessed_between(emulator, plans, junit, publish):
    plans["projects"][0]["plans"][1]["iteration"] = "Shop\\Sprint 1"
    done, _ = publish(emulator(plans), junit(case("TC101")), "--plan", "@iteration:Sprint 1")
    assert done.code == 2
    assert "2 active test plans are of iteration 'Sprint 1'; give an id: 10 ('Release 1'), 20" in done.stderr


def cases_of(shop):
    return shop["projects"][0]["plans"][0]["suites"][0]["cases"]


def test_only_points_of_a_tester_are_written(emulator, shop, junit, publish):
    cases_of(shop)[0]["tester"] = "ann@example.com"
    cases_of(shop)[1]["tester"] = "ben@example.com"
    service = emulator(shop)
    report = junit(case("TC101", FAILURE), case("TC102", FAILURE))
    done, facts = publish(service, report, "--tester", "ANN@example.com")
    assert done.code == 0, done.output
    assert reached(facts) == [1]
    assert facts["results"][1]["status"] == "skipped"
    assert "not in the chosen testers" in facts["results"][1]["reason"]
    done, _ = publish(service, report, "--tester", "ann@exmaple.com")
    assert done.code == 2
    assert "--tester: no test point is assigned to 'ann@exmaple.com' - did you mean 'ann@example.com'?" in (
        done.stderr
    )


def test_an_inactive_point_is_left_alone_and_said_unless_asked_for(emulator, shop, junit, publish):
    cases_of(shop)[1]["active"] = False
    service = emulator(shop)
    report = junit(case("TC101"), case("TC102", FAILURE))
    done, facts = publish(service, report)
    assert (done.code, outcomes(service)[2]) == (0, UNTOUCHED)
    assert facts["results"][1]["status"] == "unmatched"
    assert "only test points that are not active" in facts["results"][1]["reason"]
    assert publish(service, report, "--unmatched", "fail")[0].code == 1
    done, facts = publish(service, report, "--inactive-points", "publish")
    assert (done.code, outcomes(service)[2]) == (0, "failed")


@pytest.fixture
def config(tmp_path):
    def write(text):
        (tmp_path / "ado-publisher.yml").write_text("version: 1\n" + text)

    return write


def test_a_configuration_has_aliases_for_options_rules_and_properties(emulator, shop, junit, publish, config):
    config(
        "test_configurations:\n"
        "  properties: [ran_on]\n"
        "  aliases: {chrome: Windows 11 + Chrome, ff: 2}\n"
        'configurations:\n  - when: {browser: "*"}\n    configuration: FF\n'
    )
    service = emulator(shop)
    by_property = '<properties><property name="ran_on" value="Chrome"/></properties>'
    report = junit(case("TC104 a", by_property + FAILURE), case("TC104 b"))
    done, facts = publish(service, report)
    assert done.code == 0, done.output
    assert (outcomes(service)[4], outcomes(service)[5]) == ("failed", "passed")
    done, facts = publish(service, report, "--configuration", "CHROME")
    assert [result["status"] for result in facts["results"]] == ["matched", "unmatched"]


def test_configurations_that_differ_in_case_are_told_apart_or_not_guessed(
    emulator, shop, junit, publish, config
):
    project = shop["projects"][0]
    project["configurations"] += [{"id": 3, "name": "windows 11 + chrome"}]
    cases_of(shop)[3]["configurations"] = [CHROME, "windows 11 + chrome"]
    service = emulator(shop)
    for named, point in ((CHROME, 4), ("windows 11 + chrome", 5), ("3", 5)):
        config(f'configurations:\n  - when: {{name: "*"}}\n    configuration: {named}\n')
        _, facts = publish(service, junit(case("TC104")), "--dry-run")
        assert reached(facts) == [point], named
    config("test_configurations: {properties: [on]}\n")
    by_property = '<properties><property name="on" value="WINDOWS 11 + CHROME"/></properties>'
    _, facts = publish(service, junit(case("TC104", by_property)), "--dry-run")
    assert facts["results"][0]["status"] == "ambiguous"
    assert "several test configurations that differ in case (1, 3)" in facts["results"][0]["reason"]
    done, _ = publish(service, junit(case("TC104")), "--configuration", "WINDOWS 11 + CHROME")
    assert done.code == 2
    assert f"differ in case: '{CHROME}' (1), 'windows 11 + chrome' (3)" in done.stderr


def test_an_alias_of_nothing_is_refused_with_what_there_is(emulator, shop, junit, publish, config):
    config("test_configurations:\n  aliases: {chrome: Windows 11 + Chrom}\n")
    done, _ = publish(emulator(shop), junit(case("TC101")))
    assert done.code == 2
    assert "alias 'chrome': the project has no test configuration" in done.stderr
    assert f"did you mean '{CHROME}'?" in done.stderr


def test_a_suite_is_named_by_the_requirement_it_stands_for(emulator, shop, junit, publish):
    project = shop["projects"][0]
    project["work_items"] = [{"id": 900, "type": "User Story", "title": "Customers log in"}]
    project["plans"][0]["suites"] += [
        {
            "id": 15,
            "name": "900 : Customers log in",
            "type": "requirement",
            "requirement_id": 900,
            "cases": [{"id": 102, "configurations": [CHROME]}],
        }
    ]
    service = emulator(shop)
    done, facts = publish(service, junit(case("TC102", FAILURE)), "--suite", "requirement:900")
    assert done.code == 0, done.output
    (point,) = reached(facts)
    assert outcomes(service)[2] == UNTOUCHED != outcomes(service)[point]
    done, _ = publish(service, junit(case("TC102")), "--suite", "requirement:901")
    assert done.code == 2
    assert "has no suite with id or path 'requirement:901'" in done.stderr


def test_of_several_plans_each_gives_the_suites_it_has_and_a_suite_of_none_is_told(
    emulator, plans, junit, publish
):
    service = emulator(plans)
    named = ("--plan", "10", "--plan", "20", "--dry-run")
    _, facts = publish(service, junit(case("TC101")), *named, "--suite", "Login")
    assert reached(facts) == [1, 6, 7]
    _, facts = publish(service, junit(case("TC101")), *named, "--suite", "Login/Smoke")
    assert reached(facts) == [6]
    done, _ = publish(service, junit(case("TC101")), *named, "--suite", "Logn")
    assert done.code == 2
    assert "has no suite with id or path 'Logn' - did you mean 'Login'?" in done.stderr


def test_a_title_finds_its_test_case_only_when_the_config_says_so(emulator, shop, junit, publish, config):
    service = emulator(shop)
    report = junit(case("valid   LOGIN", FAILURE), case("Remember me not"))
    assert publish(service, report)[1]["counts"]["unmatched"] == 2
    config("test_cases: {titles: true}\n")
    _, facts = publish(service, report)
    assert [result["status"] for result in facts["results"]] == ["matched", "unmatched"]
    assert facts["results"][0]["rule"] == "title"
    assert outcomes(service)[1] == "failed"
    cases_of(shop)[1]["title"] = "Valid login"
    _, facts = publish(emulator(shop), report)
    assert facts["results"][0]["status"] == "ambiguous"
    assert "the title 'valid   LOGIN' fits test cases 101, 102" in facts["results"][0]["reason"]


def test_a_plan_that_shares_outcomes_has_one_outcome_for_all_suites(emulator, shop, junit, publish):
    report = junit(case("TC101", FAILURE))
    service = emulator(shop)
    assert publish(service, report, "--points", "error")[1]["results"][0]["status"] == "ambiguous"
    shop["projects"][0]["plans"][0]["sync_outcome_across_suites"] = True
    service = emulator(shop)
    done, facts = publish(service, report, "--points", "error")
    assert done.code == 0, done.output
    assert reached(facts) == [1, 6]
    done, _ = publish(service, report, "--suite", "Login/Smoke", "--key", "again")
    assert "shares outcomes across suites: 1 test points in other suites" in done.stdout


def test_a_definition_decides_between_builds_of_one_number(emulator, shop, junit, publish):
    service = emulator(shop)
    report = junit(case("TC101"))
    for definition, build in (("web-ci", 42), ("4", 43), ("NIGHTLY", 43)):
        done, _ = publish(service, report, "--build-number", "twice", "--build-definition", definition)
        assert done.code == 0, done.output
        assert service.state()["runs"][-1]["build_id"] == build
    done, _ = publish(service, report, "--build-number", "twice", "--build-definition", "weekly")
    assert done.code == 2
    assert "no build with number 'twice' of definition 'weekly'" in done.stderr


def test_the_latest_build_of_a_definition_is_taken_only_when_asked_and_named_a_guess(
    emulator, shop, junit, publish
):
    builds = shop["projects"][0]["builds"]
    builds[0] |= {"finish_time": "2026-11-22T06:00:00Z"}
    builds[1] |= {"finish_time": "2026-11-22T07:00:00Z"}
    builds += [
        {"id": 44, "number": "running", "definition": {"id": 3, "name": "web-ci"}, "status": "inProgress"}
    ]
    service = emulator(shop)
    report = junit(case("TC101"))
    done, _ = publish(service, report, "--build-definition", "web-ci")
    assert done.code == 0, done.output
    assert service.state()["runs"][-1]["build_id"] is None
    assert "take its latest build with --latest-build" in done.stderr
    for definition in ("web-ci", "3"):
        done, _ = publish(service, report, "--build-definition", definition, "--latest-build")
        assert done.code == 0, done.output
        assert service.state()["runs"][-1]["build_id"] == 42
        assert "need not be the one that made the results" in done.stdout
    assert publish(service, report, "--latest-build")[0].code == 2
    assert publish(service, report, "--latest-build", "--build-definition", "web-c")[0].code == 2


def test_a_tester_and_a_configuration_and_a_suite_narrow_together(emulator, shop, junit, publish):
    cases_of(shop)[3]["tester"] = "ann@example.com"
    service = emulator(shop)
    flags = ("--tester", "ann@example.com", "--configuration", FIREFOX, "--suite", "Login")
    _, facts = publish(service, junit(case("TC104", FAILURE)), *flags)
    assert reached(facts) == [5]
