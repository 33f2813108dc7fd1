"""--unmatched create: test cases for results that name none, in their suites, with their points."""

from __future__ import annotations

import pytest

from .conftest import CHROME, FIREFOX, case, failure, items, properties

TEST_NAME = "Microsoft.VSTS.TCM.AutomatedTestName"
CREATE = ("--unmatched", "create")


def new(service):
    return {number: fields for number, fields in items(service, "Test Case").items() if number > 103}


def points(service, case_id):
    return [point for point in service.state()["points"] if point["case_id"] == case_id]


def test_a_missing_test_case_is_made_with_all_that_is_known_and_gets_its_result(emulator, shop, publish):
    service = emulator(shop)
    steps = properties(("step", "passed:Open &lt;b&gt;"), ("step", "failed:Pay"))
    done, facts = publish(
        service,
        [case("pays by card", steps + failure()), case("TC101 known"), case("skipped", "<skipped/>")],
        *CREATE,
        *("--new-case-suite", "Auto/{suite}/{class}", "--new-case-area", "Web/Login"),
        *("--new-case-iteration", "Sprint 1", "--new-case-tags", "auto,web", "--points", "all"),
        *("--configuration", FIREFOX, "--configuration", CHROME),
    )
    assert done.code == 0, done.output
    ((number, fields),) = new(service).items()
    assert fields["System.Title"] == "pays by card"
    assert fields["System.AreaPath"] == "Shop\\Web\\Login"
    assert fields["System.IterationPath"] == "Shop\\Sprint 1"
    assert fields["System.Tags"] == "auto; web"
    assert fields[TEST_NAME] == "shop.Login.pays by card"
    assert fields["Microsoft.VSTS.TCM.AutomationStatus"] == "Automated"
    assert fields["Microsoft.VSTS.TCM.AutomatedTestType"] == "JUnit"
    assert fields["Microsoft.VSTS.TCM.AutomatedTestStorage"] == "shop"
    assert fields["Microsoft.VSTS.TCM.AutomatedTestId"]
    assert "&lt;P&gt;Open &amp;lt;b&amp;gt;&lt;/P&gt;" in fields["Microsoft.VSTS.TCM.Steps"]
    made = points(service, number)
    assert {(point["configuration_id"], point["outcome"]) for point in made} == {(1, "Failed"), (2, "Failed")}
    suites = {suite["id"]: suite for suite in service.state()["plans"][0]["suites"]}
    here = suites[made[0]["suite_id"]]
    assert here["name"] == "shop.Login"
    assert facts["work_items"]["cases_created"] == [
        {"id": number, "title": "pays by card", "suite": "Auto/Login/shop.Login", "existed": False}
    ]
    assert [each["status"] for each in facts["results"]] == ["matched", "matched", "skipped"]
    assert "1 test cases created" in done.stdout


def test_publishing_again_makes_nothing_anew(emulator, shop, publish):
    service = emulator(shop)
    tests = [case("pays by card"), case("pays by card[2]"), case("pays by bill")]
    publish(service, tests, *CREATE)
    before = new(service)
    assert len(before) == 3
    done, facts = publish(service, tests, *CREATE, "--key", "again")
    assert done.code == 0, done.output
    assert new(service) == before
    assert facts["work_items"]["cases_created"] == []
    assert facts["counts"]["matched"] == 3


def test_a_test_case_that_stands_elsewhere_in_the_project_is_used_and_not_doubled(emulator, shop, publish):
    shop["projects"][0]["plans"].append(
        {
            "id": 20,
            "name": "Old",
            "suites": [
                {
                    "id": 22,
                    "name": "S",
                    "cases": [{"id": 201, "automated_test_name": "shop.Login.pays", "title": "P"}],
                }
            ],
        }
    )
    service = emulator(shop)
    done, facts = publish(service, [case("pays")], *CREATE)
    assert done.code == 0, done.output
    assert not [number for number in new(service) if number != 201]
    assert facts["work_items"]["cases_created"][0] | {"title": ""} == {
        "id": 201,
        "title": "",
        "suite": "Login",
        "existed": True,
    }
    assert "test case 201 has the automated test name 'shop.Login.pays' already" in done.output
    assert [point["outcome"] for point in points(service, 201) if point["plan_id"] == 10] == ["Passed"]


def test_a_name_that_several_test_cases_have_is_told_and_nothing_is_made(emulator, shop, publish):
    shop["projects"][0]["plans"].append(
        {
            "id": 20,
            "name": "Old",
            "suites": [
                {
                    "id": 22,
                    "name": "S",
                    "cases": [
                        {"id": 201, "automated_test_name": "shop.Login.pays", "title": "P"},
                        {"id": 202, "automated_test_name": "shop.Login.pays", "title": "Q"},
                    ],
                }
            ],
        }
    )
    service = emulator(shop)
    _, facts = publish(service, [case("pays"), case("TC101 x")], *CREATE)
    assert set(new(service)) == {201, 202}
    assert facts["results"][0]["status"] == "unmatched"
    assert (
        "test cases 201, 202 have the automated test name 'shop.Login.pays' already"
        in (facts["results"][0]["reason"])
    )
    assert facts["results"][1]["status"] == "matched"


def test_a_result_that_names_a_wrong_test_case_gets_no_new_one(emulator, shop, publish):
    service = emulator(shop)
    _, facts = publish(service, [case("TC999 gone"), case("TC101 x")], *CREATE)
    assert new(service) == {}
    assert "999" in facts["results"][0]["reason"]


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(emulator, shop, publish):
    service = emulator(shop)
    before = service.state()
    done, facts = publish(service, [case("a"), case("b"), case("TC101 x")], *CREATE, "--dry-run", suite="New")
    assert done.code == 0, done.output
    assert service.state() == before
    sent = {(each["method"], each["path"]): each["count"] for each in facts["writes"]}
    assert sent["POST", "/Shop/_apis/wit/workitems/$Test Case"] == 2
    assert sent["POST", "/Shop/_apis/testplan/Plans/10/suites"] == 1
    assert sent["POST", "/Shop/_apis/testplan/Plans/10/Suites/{suite}/TestCase"] == 1
    assert "test case 'a' would be made in suite 'New'" in facts["results"][0]["reason"]


def test_what_the_service_refuses_is_told_and_the_rest_is_published(emulator, shop, publish):
    shop["projects"][0]["read_only_areas"] = ["Frozen"]
    service = emulator(shop)
    done, facts = publish(service, [case("pays"), case("TC101 x")], *CREATE, "--new-case-area", "Frozen")
    assert done.code == 1
    assert new(service) == {}
    assert [each["status"] for each in facts["results"]] == ["unmatched", "matched"]
    assert "no test case was made: " in facts["results"][0]["reason"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [("requirement", "is requirement-based and fills itself"), ("chosen", "--suite chooses")],
)
def test_a_suite_that_cannot_or_shall_not_hold_it_is_told(emulator, shop, publish, kind, told):
    suites = shop["projects"][0]["plans"][0]["suites"]
    more = ["--suite", "Login"]
    if kind == "requirement":
        suites.append({"id": 14, "name": "301 : Story", "type": "requirement", "requirement_id": 301})
        more = []
    service = emulator(shop)
    name = "301 : Story" if kind == "requirement" else "Elsewhere"
    _, facts = publish(service, [case("pays"), case("TC101 x")], *CREATE, *more, "--new-case-suite", name)
    assert new(service) == {}
    assert told in facts["results"][0]["reason"]
    assert facts["counts"]["matched"] == 1


def test_an_outage_in_the_middle_doubles_nothing(emulator, shop, publish):
    service = emulator(shop)
    tests = [case(f"t{number}") for number in range(6)]
    lost = {"method": "POST", "path": r"workitems/\$", "skip": 2, "times": 3, "drop": "after"}
    service.faults([lost, {"method": "POST", "path": "test/runs", "times": 0, "status": 503}])
    done, _ = publish(service, tests, *CREATE, "--retry-seconds", "2")
    assert done.code == 4
    service.faults([])
    done, facts = publish(service, tests, *CREATE)
    assert done.code == 0, done.output
    assert sorted(fields[TEST_NAME] for fields in new(service).values()) == [
        f"shop.Login.t{n}" for n in range(6)
    ]
    assert facts["counts"]["matched"] == 6


@pytest.mark.off_contract
def test_no_right_to_look_for_test_cases_stops_no_result_that_has_one(emulator, shop, publish):
    service = emulator(shop)
    service.faults([{"method": "POST", "path": "wiql", "times": 0, "status": 403}])
    done, facts = publish(service, [case("pays"), case("TC101 x", failure())], *CREATE)
    assert done.code == 1, done.output
    assert [each["status"] for each in facts["results"]] == ["unmatched", "matched"]
    assert "no test cases were made for those that have none: " in done.output
    assert points(service, 101)[0]["outcome"] == "Failed"


def test_a_field_that_does_not_exist_is_told_before_anything_is_asked(emulator, shop, publish):
    done, _ = publish(emulator(shop), [case("a")], *CREATE, "--new-case-suite", "{suit}")
    assert done.code == 2
    assert "--new-case-suite: '{suit}' is no field - did you mean 'suite'?" in done.output
