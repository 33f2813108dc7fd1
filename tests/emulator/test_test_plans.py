"""Plans, suites and their test cases are made and changed as in Test Plans; suites fill themselves."""

import pytest
from support.emulator_work import TESTED_BY, TESTS, change, fields, linked, made, work_seed

PLAN = "testplan/Plans/10"


@pytest.fixture
def shop(start):
    return start(work_seed())


def suite(shop, name, parent=11, plan=PLAN, **more):
    body = {"suiteType": "staticTestSuite", "name": name, "parentSuite": {"id": parent}, **more}
    return shop.post(f"{plan}/suites", body)


def put(shop, suite_id, *cases, **assignments):
    body = [{"workItem": {"id": number}, **assignments} for number in cases]
    return shop.call("POST", f"{PLAN}/Suites/{suite_id}/TestCase", body)


def cases(shop, suite_id):
    value = shop.get(f"{PLAN}/Suites/{suite_id}/TestCase")["value"]
    return {
        item["workItem"]["id"]: [point["configurationId"] for point in item["pointAssignments"]]
        for item in value
    }


def points(shop, suite_id):
    value = shop.get(f"{PLAN}/Suites/{suite_id}/TestPoint")["value"]
    return [
        (item["testCaseReference"]["id"], item["configuration"]["id"], item["isActive"]) for item in value
    ]


def test_cases_get_the_default_configurations_of_the_nearest_suite_that_names_any(shop):
    own = suite(shop, "Own", inheritDefaultConfigurations=False, defaultConfigurations=[{"id": 3}])
    assert own["defaultConfigurations"] == [{"id": 3, "name": "Mac"}]
    below = suite(shop, "Below", own["id"])
    assert below["inheritDefaultConfigurations"] is True
    plain = suite(shop, "Plain")
    for here, wanted in ((own, [3]), (below, [3]), (plain, [1, 2])):
        entry = put(shop, here["id"], 101).json()["value"][0]
        assert [item["configurationId"] for item in entry["pointAssignments"]] == wanted
    root = shop.get(f"{PLAN}/suites/11")
    assert [item["id"] for item in root["defaultConfigurations"]] == [1, 2]


def test_assignments_of_the_body_come_first_and_can_be_changed(shop):
    here = suite(shop, "S")["id"]
    put(shop, here, 101, pointAssignments=[{"configurationId": 3, "tester": {"displayName": "Ann"}}])
    assert cases(shop, here) == {101: [3]}
    body = [{"workItem": {"id": 101}, "pointAssignments": [{"configurationId": 3}, {"configurationId": 1}]}]
    shop.patch(f"{PLAN}/Suites/{here}/TestCase", body)
    first = shop.get(f"{PLAN}/Suites/{here}/TestPoint")["value"][0]
    assert (first["configuration"]["id"], first["tester"]["displayName"]) == (3, "Ann")
    shop.patch(f"{PLAN}/Suites/{here}/TestCase", [{**body[0], "pointAssignments": [{"configurationId": 1}]}])
    assert cases(shop, here) == {101: [1]}
    assert points(shop, here) == [(101, 1, True)]


def test_a_new_case_can_be_run_at_once(shop):
    case = made(shop, "Test Case", System_Title="New")["id"]
    put(shop, 12, case, pointAssignments=[{"configurationId": 2}])
    point = shop.get(f"{PLAN}/Suites/12/TestPoint", testCaseId=case)["value"][0]["id"]
    run = shop.planned_run(point)
    shop.patch(f"test/runs/{run}/results", [{"id": 100000, "outcome": "Passed", "state": "Completed"}])
    assert shop.points()[point]["outcome"] == "Passed"


@pytest.mark.parametrize(
    ("value", "left"), [("deleted", []), ("inactive", [(101, 1, False), (101, 2, False)])]
)
def test_a_case_that_is_taken_out_takes_its_points_along(start, value, left):
    shop = start({**work_seed(), "behaviours": {"points_of_removed_case": value}})
    here = suite(shop, "S")["id"]
    put(shop, here, 101, 102)
    old = {item["id"] for item in shop.get(f"{PLAN}/Suites/{here}/TestPoint")["value"]}
    gone = shop.call("DELETE", f"{PLAN}/Suites/{here}/TestCase", params={"testIds": "101"})
    assert gone.status_code == 204
    assert cases(shop, here) == {102: [1, 2]}
    assert [item for item in points(shop, here) if item[0] == 101] == left
    assert shop.call("DELETE", f"{PLAN}/Suites/{here}/TestCase", params={"testIds": "101"}).status_code == 404
    put(shop, here, 101)
    new = {item["id"] for item in shop.get(f"{PLAN}/Suites/{here}/TestPoint", testCaseId=101)["value"]}
    assert bool(new & old) is (value == "inactive")  # a number is never given twice
    assert [item for item in points(shop, here) if item[0] == 101] == [(101, 1, True), (101, 2, True)]


def test_a_case_that_is_there_already_is_ignored_or_refused(start):
    for value, status in (("ignored", 200), ("refused", 400)):
        shop = start({**work_seed(), "behaviours": {"case_already_in_suite": value}})
        assert put(shop, 12, 101).status_code == status
        assert list(cases(shop, 12)) == [101, 102, 103]


@pytest.mark.parametrize(
    "body",
    [
        [{"workItem": {"id": 999}}],
        [{"workItem": {"id": 302}}],
        [{"workItem": {}}],
        [],
        [{}],
        [{"workItem": {"id": 101}, "pointAssignments": [{"configurationId": 9}]}],
    ],
)
def test_what_is_no_case_or_configuration_of_the_project_changes_nothing(shop, body):
    before = cases(shop, 12)
    assert shop.call("POST", f"{PLAN}/Suites/12/TestCase", body).status_code in (400, 404)
    assert cases(shop, 12) == before


def test_a_requirement_suite_follows_the_links(shop):
    change(shop, "wit/workitems/301", [linked(shop, TESTED_BY, 102)])
    made_suite = suite(shop, "ignored", suiteType="requirementTestSuite", requirementId=301)
    here = made_suite["id"]
    assert made_suite["name"] == "301 : As a user I log in"
    assert made_suite["requirementId"] == 301
    assert "lastPopulatedDate" in made_suite
    assert cases(shop, here) == {102: [1, 2]}
    new = made(shop, "Test Case", linked(shop, TESTS, 301), System_Title="n")["id"]
    assert list(cases(shop, here)) == [102, new]
    change(shop, "wit/workitems/102", [{"op": "remove", "path": "/relations/0"}])
    assert list(cases(shop, here)) == [new]
    put(shop, here, 103)
    assert shop.get("wit/workitems/103", **{"$expand": "relations"})["relations"][0]["rel"] == TESTS
    shop.call("DELETE", f"{PLAN}/Suites/{here}/TestCase", params={"testIds": str(new)})
    assert list(cases(shop, here)) == [103]
    assert "relations" not in shop.get(f"wit/workitems/{new}", **{"$expand": "relations"})
    again = shop.call(
        "POST",
        f"{PLAN}/suites",
        {"suiteType": "requirementTestSuite", "requirementId": 301, "parentSuite": {"id": 11}},
    )
    assert again.status_code == 400


def test_a_query_suite_follows_its_query(shop):
    where = "[System.TeamProject] = @project and [System.Tags] contains 'smoke'"
    query = f"select [System.Id] from WorkItems where {where}"
    here = suite(shop, "Smoke", suiteType="dynamicTestSuite", queryString=query)["id"]
    assert cases(shop, here) == {101: [1, 2]}
    change(shop, "wit/workitems/103", fields(System_Tags="smoke"))
    made(shop, "Bug", System_Title="no case", System_Tags="smoke")
    assert list(cases(shop, here)) == [101, 103]
    change(shop, "wit/workitems/101", [{"op": "replace", "path": "/fields/System.Tags", "value": "x"}])
    assert points(shop, here) == [(103, 1, True), (103, 2, True)]
    assert put(shop, here, 101).status_code == 400
    shop.patch(
        f"{PLAN}/suites/{here}", {"queryString": "select [System.Id] from WorkItems where [System.Id] = 102"}
    )
    assert list(cases(shop, here)) == [102]
    state = next(item for item in shop.emulator.state()["plans"][0]["suites"] if item["id"] == here)
    assert (state["type"], state["query"][:6]) == ("dynamicTestSuite", "select")


def test_suites_of_the_seed_fill_themselves_and_name_their_configurations(start):
    seed = work_seed()
    shop_seed = seed["projects"][0]
    shop_seed["work_items"][0]["links"] = [{"type": TESTED_BY, "target": 103}]
    shop_seed["plans"][0]["suites"] += [
        {"id": 20, "name": "R", "type": "requirement", "requirement_id": 301, "cases": [{"id": 101}]},
        {
            "id": 21,
            "name": "Q",
            "type": "query",
            "configurations": ["Mac"],
            "query": "SELECT [System.Id] FROM WorkItems WHERE [System.State] = 'Ready'",
        },
        {"id": 22, "name": "Below", "configurations": ["Mac"], "inherit": True, "cases": [{"id": 101}]},
        {
            "id": 23,
            "name": "Own",
            "configurations": ["Mac"],
            "cases": [{"id": 102}],
            "suites": [{"id": 24, "name": "Under", "cases": [{"id": 102}]}],
        },
    ]
    shop = start(seed)
    assert cases(shop, 20) == {101: [1, 2, 3], 103: [1, 2]}
    assert cases(shop, 21) == {103: [3]}
    assert cases(shop, 22) == {101: [1, 2, 3]}
    assert cases(shop, 24) == {102: [3]}
    assert shop.get("wit/workitems/101", **{"$expand": "relations"})["relations"][0]["url"].endswith("/301")
    assert shop.get(f"{PLAN}/suites/24")["inheritDefaultConfigurations"] is True


def test_suites_are_named_once_below_one_parent_moved_and_deleted(shop):
    one, two = suite(shop, "One")["id"], suite(shop, "Two")["id"]
    body = {"suiteType": "staticTestSuite", "name": "one", "parentSuite": {"id": 11}}
    assert shop.call("POST", f"{PLAN}/suites", body).status_code == 400
    suite(shop, "One", two)
    assert shop.call("PATCH", f"{PLAN}/suites/{two}", {"name": "ONE"}).status_code == 400
    moved = shop.patch(f"{PLAN}/suites/{one}", {"parentSuite": {"id": two}, "name": "Three"})
    assert (moved["parentSuite"]["id"], moved["name"], moved["revision"]) == (two, "Three", 2)
    below_itself = {"parentSuite": {"id": one}}
    assert shop.call("PATCH", f"{PLAN}/suites/{two}", below_itself).status_code == 400
    put(shop, one, 101)
    assert shop.call("DELETE", f"{PLAN}/suites/{two}").status_code == 204
    assert [item["id"] for item in shop.get(f"{PLAN}/suites")["value"]] == [11, 12]
    assert {item["suite_id"] for item in shop.emulator.state()["points"]} == {12}
    assert shop.call("DELETE", f"{PLAN}/suites/11").status_code == 400
    assert shop.get("wit/workitems/101")["id"] == 101


def test_default_configurations_may_be_dropped_and_then_only_the_older_call_keeps_them(start):
    shop = start({**work_seed(), "behaviours": {"suite_default_configurations": "dropped"}})
    here = suite(shop, "S", inheritDefaultConfigurations=False, defaultConfigurations=[{"id": 3}])
    assert here["inheritDefaultConfigurations"] is True
    assert "defaultConfigurations" not in here
    old = shop.call(
        "PATCH",
        f"test/Plans/10/suites/{here['id']}",
        {"defaultConfigurations": [{"id": "3"}], "inheritDefaultConfigurations": False},
        version="5.0",
    ).json()
    assert old["defaultConfigurations"] == [{"id": "3", "name": "Mac"}]
    shop.call("POST", f"test/Plans/10/suites/{here['id']}/testcases/101,102")
    assert cases(shop, here["id"]) == {101: [3], 102: [3]}


def test_plans_are_made_changed_and_deleted(shop):
    body = {
        "name": "Next",
        "areaPath": "shop\\web",
        "iteration": "Shop\\Sprint 1",
        "startDate": "2026-01-01T00:00:00Z",
        "endDate": "2026-02-01T00:00:00Z",
        "testOutcomeSettings": {"syncOutcomeAcrossSuites": True},
    }
    plan = shop.post("testplan/plans", body)
    assert plan["rootSuite"]["id"] == plan["id"] + 1
    assert (plan["areaPath"], plan["state"], plan["revision"]) == ("Shop\\Web", "Active", 1)
    assert plan["testOutcomeSettings"] == {"syncOutcomeAcrossSuites": True}
    path = f"testplan/plans/{plan['id']}"
    changed = shop.patch(path, {"name": "Later", "state": "inactive", "testOutcomeSettings": {}})
    assert (changed["name"], changed["state"], changed["revision"]) == ("Later", "Inactive", 2)
    assert changed["testOutcomeSettings"] == {"syncOutcomeAcrossSuites": True}
    active = shop.get("testplan/plans", filterActivePlans="true")["value"]
    assert [item["name"] for item in active] == ["Release 1"]
    suite(shop, "In it", plan["rootSuite"]["id"], f"testplan/Plans/{plan['id']}")
    for wrong in (
        {"areaPath": "Shop\\No"},
        {"state": "Gone"},
        {"endDate": "2025-01-01"},
        {"buildId": 9},
        {"name": "x" * 300},
    ):
        assert shop.call("PATCH", path, wrong).status_code == 400, wrong
    assert shop.call("DELETE", path).status_code == 204
    assert shop.call("GET", path).status_code == 404


def test_configurations_and_variables_are_kept(shop):
    body = {"name": "iPad", "isDefault": True, "values": [{"name": "OS", "value": "iOS"}], "state": "active"}
    new = shop.post("testplan/configurations", body)
    assert (new["id"], new["values"], new["isDefault"]) == (4, body["values"], True)
    assert shop.call("POST", "testplan/configurations", {"name": "ipad"}).status_code == 400
    assert list(cases(shop, 12)) == [101, 102, 103]
    here = suite(shop, "S")["id"]
    put(shop, here, 101)
    assert cases(shop, here) == {101: [1, 2, 4]}
    path, asked = "testplan/configurations", {"testConfiguartionId": 4}
    assert shop.call("DELETE", path, params=asked).json()["typeKey"] == "TestObjectInUseException"
    changed = shop.call("PATCH", path, {"name": "iPad 2", "isDefault": False}, params=asked).json()
    assert (changed["name"], changed["isDefault"]) == ("iPad 2", False)
    shop.call("DELETE", f"{PLAN}/suites/{here}")
    assert shop.call("DELETE", path, params=asked).status_code == 204
    variable = shop.post("testplan/variables", {"name": "OS", "values": ["a", "b"]})
    shop.patch(f"testplan/variables/{variable['id']}", {"values": ["c"]})
    assert shop.get("testplan/variables")["value"][0]["values"] == ["c"]
    assert shop.call("DELETE", f"testplan/variables/{variable['id']}").status_code == 204


def test_what_stands_in_a_suite_is_listed_in_order(shop):
    here = suite(shop, "S")["id"]
    assert [(item["id"], item["suiteEntryType"]) for item in shop.get("testplan/suiteentry/11")["value"]] == [
        (12, "suite"),
        (here, "suite"),
    ]
    only = shop.get("testplan/suiteentry/12", suiteEntryType="testCase")["value"]
    assert [item["id"] for item in only] == [101, 102, 103]


def test_rights_on_one_area_only(start):
    shop = start(work_seed(read_only_areas=["Web\\Login"], hidden_areas=["Secret"]))
    body = {"name": "r", "plan": {"id": "10"}, "pointIds": [1, 4]}
    refused = shop.call("POST", "test/runs", body)
    assert (refused.status_code, refused.json()["typeKey"]) == (403, "AccessDeniedException")
    assert "test case 102" in refused.json()["message"]
    shop.planned_run(1, 7)
    run = shop.post("test/runs", {"name": "r", "plan": {"id": "10"}})["id"]
    row = [{"testPoint": {"id": "4"}, "outcome": "Passed", "state": "Completed"}]
    assert shop.call("POST", f"test/runs/{run}/results", row).status_code == 403
    hand = shop.call("PATCH", f"{PLAN}/Suites/12/TestPoint", [{"id": 4, "results": {"outcome": "passed"}}])
    assert hand.status_code == 403
    hidden = start(work_seed(hidden_areas=["Web\\Login"]))
    assert {item[0] for item in points(hidden, 12)} == {101, 103}
    assert list(cases(hidden, 12)) == [101, 103]
    assert hidden.call("POST", "test/runs", body).json()["message"] == "Test point 4 not found."


def test_a_plan_in_a_forbidden_area_can_be_read_or_not_at_all(start):
    for key, get, write in (("read_only_areas", 200, 403), ("hidden_areas", 404, 404)):
        seed = work_seed(**{key: ["Frozen"]})
        seed["projects"][0]["plans"][0]["area"] = "Shop\\Frozen"
        shop = start(seed)
        assert shop.call("GET", PLAN).status_code == get
        assert shop.call("POST", "test/runs", {"name": "r", "plan": {"id": "10"}}).status_code == write
        new = {"name": "x", "suiteType": "staticTestSuite", "parentSuite": {"id": 11}}
        assert shop.call("POST", f"{PLAN}/suites", new).status_code == write


def test_a_case_that_is_taken_out_during_a_run_leaves_its_result_alone(shop):
    run = shop.planned_run(1, 7)
    shop.call("DELETE", f"{PLAN}/Suites/12/TestCase", params={"testIds": "101"})
    done = [{"id": number, "outcome": "Passed", "state": "Completed"} for number in (100000, 100001)]
    shop.patch(f"test/runs/{run}/results", done)
    assert shop.get(f"test/runs/{run}")["passedTests"] == 2
    assert 1 not in shop.points()
    assert shop.points()[7]["outcome"] == "Passed"
    shared = shop.post("test/runs", {"name": "r", "plan": {"id": "10"}})["id"]
    late = shop.call("POST", f"test/runs/{shared}/results", [{"testPoint": {"id": "1"}}])
    assert (late.status_code, late.json()["message"]) == (404, "Test point 1 not found.")
