"""--associate and --link-requirements: what test cases say of their test, and what they test."""

from __future__ import annotations

import json

import pytest

from .conftest import case, items, links, properties

TCM = "Microsoft.VSTS.TCM."
FIELDS = (
    "AutomatedTestName",
    "AutomatedTestStorage",
    "AutomatedTestType",
    "AutomatedTestId",
    "AutomationStatus",
)
TESTS = "Microsoft.VSTS.Common.TestedBy-Reverse"


def association(service, number):
    fields = items(service, "Test Case")[number]
    return tuple(fields.get(TCM + name) for name in FIELDS)


def revisions(service):
    return {item["id"]: item["rev"] for item in service.state()["work_items"]}


def test_a_case_without_automation_is_associated_in_all_five_fields(emulator, shop, publish):
    service = emulator(shop)
    done, facts = publish(service, [case("TC101 in"), case("TC103 locked")], "--associate", "missing")
    assert done.code == 0, done.output
    name, storage, kind, test_id, status = association(service, 101)
    assert (name, storage, kind, status) == ("shop.Login.TC101 in", "shop", "JUnit", "Automated")
    assert len(test_id) == 36
    assert association(service, 103)[0] == "old.name"
    assert facts["work_items"]["associated"] == [101]


def test_always_takes_the_test_that_runs_now_and_writes_only_what_changes(emulator, shop, publish):
    service = emulator(shop)
    tests = [case("TC101 in"), case("TC103 locked")]
    _, facts = publish(service, tests, "--associate", "always")
    assert facts["work_items"]["associated"] == [101, 103]
    assert association(service, 103)[0] == "shop.Login.TC103 locked"
    before = revisions(service)
    _, facts = publish(service, tests, "--associate", "always", "--key", "again")
    assert facts["work_items"]["associated"] == []
    assert revisions(service) == before


def test_the_associated_name_finds_the_case_from_then_on(emulator, shop, publish, config):
    service = emulator(shop)
    rules = config("test_cases: {rules: [{when: {name: plain}, ids: [101]}]}\n")
    publish(service, [case("plain")], "--associate", "missing", "--config", rules)
    _, facts = publish(service, [case("plain")], "--key", "again")
    assert facts["results"][0]["targets"][0]["test_case_id"] == 101


def test_a_case_that_several_tests_reach_is_left_alone_and_rows_are_one_test(emulator, shop, publish):
    service = emulator(shop)
    tests = [case("TC101 a"), case("TC101 b"), case("TC103 row[1]"), case("TC103 row[2]")]
    done, facts = publish(service, tests, "--associate", "always")
    assert done.code == 0, done.output
    assert facts["work_items"]["associated"] == [103]
    assert association(service, 103)[0] == "shop.Login.TC103 row"
    assert association(service, 101)[0] is None
    assert (
        "test case 101 is reached by several tests ('shop.Login.TC101 a', 'shop.Login.TC101 b')"
        in done.output
    )


def test_nothing_is_associated_unless_asked_for_nor_by_a_dry_run(emulator, shop, publish):
    service = emulator(shop)
    publish(service, [case("TC101 in")])
    before = service.state()["work_items"]
    done, facts = publish(service, [case("TC101 in")], "--associate", "always", "--dry-run")
    assert service.state()["work_items"] == before
    assert {"method": "PATCH", "path": "/Shop/_apis/wit/workitems/{id}", "count": 1} in facts["writes"]
    assert "would be: 1 test cases associated" in done.stdout


def test_a_case_that_may_not_be_changed_costs_only_its_association(emulator, shop, publish):
    service = emulator(shop)
    denied = {"typeKey": "AccessDeniedException", "message": "TF237111: no permission in this area"}
    fault = {"method": "PATCH", "path": "workitems/102", "times": 0, "status": 403}
    service.faults([{**fault, "headers": {"Content-Type": "application/json"}, "body": json.dumps(denied)}])
    done, facts = publish(service, [case("TC102 a"), case("TC101 b")], "--associate", "missing")
    assert done.code == 1
    assert facts["work_items"]["associated"] == [101]
    assert "test case 102 cannot be associated: " in done.output
    assert facts["points_updated"] == 2


def test_somebody_who_changes_the_case_meanwhile_loses_nothing(emulator, shop, publish):
    service = emulator(shop)
    # The first change is not answered although it is made: what is found then is right already.
    service.faults([{"method": "PATCH", "path": "workitems/101", "times": 1, "drop": "after"}])
    done, _ = publish(service, [case("TC101 in")], "--associate", "missing")
    assert done.code == 0, done.output
    assert association(service, 101)[0] == "shop.Login.TC101 in"
    assert revisions(service)[101] == 2


def test_requirements_named_in_the_report_are_linked_once(emulator, shop, publish):
    service = emulator(shop)
    tests = [case("TC101 in", properties(("requirement", "301, #302"))), case("TC103 x")]
    done, facts = publish(service, tests, "--link-requirements")
    assert done.code == 0, done.output
    assert facts["work_items"]["requirements_linked"] == [[101, 301], [101, 302]]
    assert links(service, 101) == {(TESTS, "301"), (TESTS, "302")}
    before = revisions(service)
    _, facts = publish(service, tests, "--link-requirements", "--key", "again")
    assert facts["work_items"]["requirements_linked"] == []
    assert revisions(service) == before


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("999", "requirement 999 is not there, or may not be read"),
        ("103", "work item 103 is a Test Case, which is no requirement"),
        ("REQ-7", "property requirement: 'REQ-7' is no id of a work item"),
    ],
)
def test_what_is_no_requirement_is_told_and_the_others_are_linked(emulator, shop, publish, value, told):
    service = emulator(shop)
    tests = [case("TC101 in", properties(("requirement", f"{value},301")))]
    done, facts = publish(service, tests, "--link-requirements")
    assert done.code == 0, done.output
    assert told in done.output
    assert facts["work_items"]["requirements_linked"] == [[101, 301]]


def test_the_config_names_the_properties_of_requirements(emulator, shop, publish, config):
    service = emulator(shop)
    tests = [case("TC101 in", properties(("story", "AB#301")))]
    named = config("test_cases: {requirements: [story]}\n")
    _, facts = publish(service, tests, "--link-requirements", "--config", named)
    assert facts["work_items"]["requirements_linked"] == [[101, 301]]
