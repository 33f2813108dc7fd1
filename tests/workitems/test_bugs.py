"""--create-bugs and known bugs: one for each new failure, known again by what failed, linked to it."""

from __future__ import annotations

import pytest
import requests

from .conftest import case, failure, items, links, properties

TESTED_BY = "Microsoft.VSTS.Common.TestedBy-Forward"
BUGS = ("--create-bugs", "--build-number", "20261122.1")


def bugs(service):
    return {number: fields for number, fields in items(service, "Bug").items() if number != 302}


def of_results(service, run):
    """The ids of the bugs of each result of the run, by test case."""
    answer = requests.get(
        f"{service.url}/Shop/_apis/test/runs/{run}/results",
        params={"detailsToInclude": "WorkItems", "api-version": "7.1"},
        auth=("", "demo-pat"),
        timeout=10,
    ).json()["value"]
    return {
        int(row["testCase"]["id"]): [int(bug["id"]) for bug in row.get("associatedBugs", [])]
        for row in answer
    }


def close(service, number, state="Closed"):
    change = [{"op": "add", "path": "/fields/System.State", "value": state}]
    answer = requests.patch(
        f"{service.url}/_apis/wit/workitems/{number}",
        params={"api-version": "7.1"},
        json=change,
        headers={"Content-Type": "application/json-patch+json"},
        auth=("", "demo-pat"),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def test_a_new_failure_gets_one_bug_linked_to_its_result_and_test_case(emulator, shop, publish):
    service = emulator(shop)
    done, facts = publish(
        service, [case("TC101 in", failure("got &lt;b&gt;2&lt;/b&gt;")), case("TC103 x")], *BUGS
    )
    assert done.code == 0, done.output
    ((number, fields),) = bugs(service).items()
    assert fields["System.Title"] == "shop.Login.TC101 in: got <b>2</b>"
    steps = fields["Microsoft.VSTS.TCM.ReproSteps"]
    assert "&lt;b&gt;2&lt;/b&gt;" in steps
    assert "<b>2</b>" not in steps
    assert f'<a href="{facts["runs"][0]["url"].replace("&", "&amp;")}">test run 1</a>' in steps
    assert "20261122.1" in steps
    assert fields["System.AreaPath"] == "Shop\\Web\\Login"
    assert fields["System.Tags"].startswith("ado-publisher-")
    assert (TESTED_BY, "101") in links(service, number)
    assert of_results(service, 1) == {101: [number], 103: []}
    assert facts["work_items"]["bugs"] == [
        {
            "id": number,
            "state": "created",
            "title": fields["System.Title"],
            "known": False,
            "test_case_id": 101,
            "run_id": 1,
            "result_id": facts["results"][0]["targets"][0]["result_id"],
        }
    ]
    assert "1 bugs created" in done.stdout


def test_the_same_failure_is_known_again_whatever_changes_from_run_to_run(emulator, shop, publish):
    service = emulator(shop)
    publish(service, [case("TC101 in", failure("timeout after 1200 ms at 10:15:01"))], *BUGS)
    (number,) = bugs(service)
    _, facts = publish(
        service, [case("TC101 in", failure("timeout after 950 ms at 23:59:07"))], *BUGS, "--key", "again"
    )
    assert set(bugs(service)) == {number}
    assert [(each["id"], each["state"]) for each in facts["work_items"]["bugs"]] == [(number, "linked")]
    assert of_results(service, 2) == {101: [number]}
    publish(service, [case("TC101 in", failure("no such element"))], *BUGS, "--key", "third")
    assert len(bugs(service)) == 2


def test_rows_that_fail_alike_share_a_bug_and_the_cap_holds(emulator, shop, publish):
    service = emulator(shop)
    tests = [
        case("TC101 a", failure("one")),
        case("TC102 b", failure("two")),
        case("TC103 c", failure("three")),
    ]
    done, facts = publish(service, tests, *BUGS, "--max-bugs", "2")
    assert done.code == 0, done.output
    assert len(bugs(service)) == 2
    states = sorted(each["state"] for each in facts["work_items"]["bugs"])
    assert states == ["created", "created", "over the limit"]
    assert "1 failures over --max-bugs" in done.stdout


@pytest.mark.parametrize(
    ("policy", "state"), [("new", "created"), ("reopen", "reopened"), ("leave", "linked")]
)
def test_a_failure_whose_bug_is_closed_follows_the_policy(emulator, shop, publish, policy, state):
    service = emulator(shop)
    tests = [case("TC101 in", failure())]
    publish(service, tests, *BUGS)
    (first,) = bugs(service)
    close(service, first)
    _, facts = publish(service, tests, *BUGS, "--closed-bugs", policy, "--key", "again")
    assert [each["state"] for each in facts["work_items"]["bugs"]] == [state]
    now = bugs(service)
    if policy == "new":
        (second,) = now.keys() - {first}
        assert (
            f"An earlier bug of the same failure is closed: #{first}"
            in (now[second]["Microsoft.VSTS.TCM.ReproSteps"])
        )
    else:
        assert set(now) == {first}
        assert (now[first]["System.State"] == "Closed") is (policy == "leave")
        assert of_results(service, 2) == {101: [first]}


def test_known_bugs_of_properties_and_rules_are_linked_and_no_new_one_is_made(
    emulator, shop, publish, config
):
    service = emulator(shop)
    rules = config("failures: [{when: {message: '*certificate*'}, bugs: [302]}]\n")
    tests = [
        case("TC101 in", properties(("bug", "302")) + failure()),
        case("TC102 b", failure("certificate expired")),
        case("TC103 c", properties(("bug", "302"))),
    ]
    done, facts = publish(service, tests, *BUGS, "--config", rules)
    assert done.code == 0, done.output
    assert bugs(service) == {}
    assert [(each["id"], each["known"]) for each in facts["work_items"]["bugs"]] == [(302, True), (302, True)]
    assert of_results(service, 1) == {101: [302], 102: [302], 103: []}


def test_a_known_bug_that_is_not_there_is_told(emulator, shop, publish):
    service = emulator(shop)
    done, _ = publish(service, [case("TC101 in", properties(("bug", "999")) + failure())])
    assert "bug 999 is not there, or may not be read" in done.output


def test_failure_type_resolution_and_owner_stand_in_the_result(emulator, shop, publish, config):
    service = emulator(shop)
    rules = config(
        "failures:\n"
        "  - when: {message: '*certificate*'}\n"
        "    failure_type: Known Issue\n"
        "    resolution: Needs investigation\n"
        "    owner: user@example.com\n"
    )
    publish(service, [case("TC101 in", failure("certificate expired")), case("TC103 c")], "--config", rules)
    first, second = service.state()["runs"][0]["results"]
    assert (first["failureType"], first["resolutionState"]) == ("Known Issue", "Needs investigation")
    assert first["owner"]["uniqueName"] == "user@example.com"
    assert second.get("failureType") in (None, "None")


def test_a_failure_type_that_the_service_does_not_know_costs_only_itself(emulator, shop, publish, config):
    service = emulator({**shop, "behaviours": {"unknown_failure_type": "refused"}})
    rules = config("failures: [{when: {name: '*'}, failure_type: Nonsense}]\n")
    done, facts = publish(
        service, [case("TC101 in", failure()), case("TC103 c", failure())], "--config", rules
    )
    assert facts["points_updated"] == 2
    assert [row["outcome"] for row in service.state()["runs"][0]["results"]] == ["Failed", "Failed"]
    assert done.code == 1
    assert "test point 1: written without failure type 'Nonsense'" in done.output


def test_nothing_is_made_unless_asked_for_nor_by_a_dry_run(emulator, shop, publish):
    service = emulator(shop)
    publish(service, [case("TC101 in", failure())])
    done, facts = publish(service, [case("TC101 in", failure())], *BUGS, "--dry-run")
    assert bugs(service) == {}
    assert {"method": "POST", "path": "/Shop/_apis/wit/workitems/$Bug", "count": 1} in facts["writes"]
    assert "would be: 1 bugs created" in done.stdout


def test_what_the_config_says_of_bugs_stands_in_them(emulator, shop, publish, config):
    service = emulator(shop)
    said = config(
        "bugs:\n"
        "  area: Web\n  iteration: Sprint 1\n  tags: [nightly]\n  assigned_to: user@example.com\n"
        "  fields: {Microsoft.VSTS.Common.Priority: 1}\n"
    )
    publish(service, [case("TC101 in", failure())], *BUGS, "--config", said)
    ((_, fields),) = bugs(service).items()
    assert fields["System.AreaPath"] == "Shop\\Web"
    assert fields["System.IterationPath"] == "Shop\\Sprint 1"
    assert "nightly" in fields["System.Tags"]
    assert fields["System.AssignedTo"]["uniqueName"] == "user@example.com"
    assert fields["Microsoft.VSTS.Common.Priority"] == 1


def test_a_bug_that_is_refused_is_told_and_the_results_stand(emulator, shop, publish, config):
    shop["projects"][0]["read_only_areas"] = ["Frozen"]
    service = emulator(shop)
    said = config("bugs: {area: Frozen}\n")
    done, facts = publish(service, [case("TC101 b", failure("b"))], *BUGS, "--config", said)
    assert done.code == 1
    assert facts["points_updated"] == 1
    assert bugs(service) == {}
    assert "no bug was made of 'shop.Login.TC101 b: b': " in done.output


def test_an_outage_in_the_middle_doubles_nothing(emulator, shop, publish):
    service = emulator(shop)
    tests = [case(f"TC{number} x", failure(f"why {'abc'[number - 101]}")) for number in (101, 102, 103)]
    service.faults(
        [
            {"method": "POST", "path": r"workitems/\$", "skip": 1, "times": 1, "drop": "after"},
            {"method": "POST", "path": r"workitems/\$", "skip": 1, "times": 0, "drop": "before"},
        ]
    )
    done, _ = publish(service, tests, *BUGS, "--retry-seconds", "2")
    assert done.code == 4
    assert "publishing the same reports again does the rest and doubles nothing" in done.output
    service.faults([])
    done, _ = publish(service, tests, *BUGS)
    assert done.code == 0, done.output
    assert len(bugs(service)) == 3
    assert len(service.state()["runs"]) == 1
    assert all(len(found) == 1 for found in of_results(service, 1).values())
