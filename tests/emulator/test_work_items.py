"""Work items are made, changed, linked and deleted as the service does it, and refused as it refuses."""

import json

import pytest
from support.emulator_work import PATCH, TESTED_BY, TESTS, change, fields, linked, made, work_seed

STATUS = "Microsoft.VSTS.TCM.AutomationStatus"
NAME = "Microsoft.VSTS.TCM.AutomatedTestName"


@pytest.fixture
def shop(start):
    return start(work_seed())


def told(answer, status, key):
    assert (answer.status_code, answer.json()["typeKey"]) == (status, key), answer.text
    return answer.json()["message"]


def test_a_new_test_case_has_the_fields_the_service_gives_it(shop):
    case = made(shop, "Test Case", System_Title="New", System_AreaPath="shop\\web")
    assert case["rev"] == 1
    assert case["id"] == 402
    shown = case["fields"]
    assert shown["System.State"] == "Design"
    assert shown[STATUS] == "Not Automated"
    assert shown["System.AreaPath"] == "Shop\\Web"
    assert shown["System.IterationPath"] == "Shop"
    assert shown["System.CreatedBy"]["uniqueName"] == "user@example.com"
    assert case["_links"]["html"]["href"].endswith("/_workitems/edit/402")
    assert shop.get(f"wit/workitems/{case['id']}")["fields"] == shown


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("Bug", "New"),
        ("Issue", "Active"),
        ("Requirement", "Proposed"),
        ("product backlog item", "New"),
        ("Epic", "New"),
    ],
)
def test_every_type_of_the_processes_can_be_made(shop, kind, state):
    item = made(shop, kind, System_Title="x")
    assert item["fields"]["System.State"] == state
    assert item["fields"]["System.WorkItemType"].lower() == kind.lower()


def test_a_type_that_does_not_exist_and_a_missing_dollar_are_told(shop):
    text = told(
        change(shop, "wit/workitems/$Story", fields(System_Title="x"), "POST"),
        404,
        "WorkItemTypeNotFoundException",
    )
    assert text.startswith("VS402323: Work item type Story does not exist in project ")
    answer = change(shop, "wit/workitems/Bug", fields(System_Title="x"), "POST")
    assert (answer.status_code, answer.headers["Content-Type"][:10]) == (404, "text/plain")


def test_a_project_may_know_only_some_types(start):
    shop = start(work_seed(work_item_types=["Issue"]))
    made(shop, "Issue", System_Title="x")
    made(shop, "Test Case", System_Title="x")
    assert change(shop, "wit/workitems/$Epic", fields(System_Title="x"), "POST").status_code == 404
    made(shop, "Bug", System_Title="the seed has one")


def test_only_a_json_patch_is_taken(start):
    for value, status in (("415", 415), ("400", 400)):
        shop = start({**work_seed(), "behaviours": {"wrong_patch_content_type": value}})
        answer = shop.call("PATCH", "wit/workitems/302", fields(System_Title="x"))
        assert answer.status_code == status
    for body in ({}, [], [1], [{"op": "nope", "path": "/rev"}], None):
        answer = change(shop, "wit/workitems/302", body)
        assert told(answer, 400, "VssPropertyValidationException").startswith("You must pass a valid patch")
    answer = shop.call("PATCH", "wit/workitems/302", data=b"", headers={"Content-Type": PATCH})
    assert answer.status_code == 400


def test_a_change_makes_a_revision_and_the_old_one_is_kept(shop):
    answer = change(
        shop, "wit/workitems/302", fields(System_State="resolved", System_History="done <b>now</b>")
    )
    changed = answer.json()
    assert changed["rev"] == 2
    assert changed["fields"]["System.State"] == "Resolved"
    assert changed["fields"]["System.Reason"] == "Moved to state Resolved"
    assert changed["fields"]["System.CommentCount"] == 1
    revisions = shop.get("wit/workitems/302/revisions")["value"]
    assert [(item["rev"], item["fields"]["System.State"]) for item in revisions] == [
        (1, "Active"),
        (2, "Resolved"),
    ]
    assert shop.get("wit/workitems/302/revisions/1")["fields"]["System.State"] == "Active"
    updates = shop.get("wit/workitems/302/updates")["value"]
    assert updates[1]["fields"]["System.State"] == {"oldValue": "Active", "newValue": "Resolved"}
    assert updates[1]["fields"]["System.History"] == {"newValue": "done <b>now</b>"}
    assert shop.get("wit/workitems/302/updates/2") == updates[1]
    comments = shop.call("GET", "wit/workitems/302/comments", version="7.1-preview.4").json()
    assert [item["text"] for item in comments["comments"]] == ["done <b>now</b>"]


def test_operations_may_be_numbers_and_fields_may_be_taken_away(shop):
    operations = [{"op": 0, "path": "/fields/system.description", "value": "d"}]
    assert change(shop, "/_apis/wit/workitems/302", operations).json()["fields"]["System.Description"] == "d"
    gone = change(shop, "wit/workitems/302", [{"op": "remove", "path": "/fields/System.Description"}]).json()
    assert "System.Description" not in gone["fields"]


def test_added_tags_join_those_that_are_there_and_replaced_ones_do_not(shop):
    path = "/fields/System.Tags"
    more = change(shop, "wit/workitems/101", [{"op": "add", "path": path, "value": "new; SMOKE"}]).json()
    assert more["fields"]["System.Tags"] == "smoke; slow login; new"
    new = change(shop, "wit/workitems/101", [{"op": "replace", "path": path, "value": "one, two"}]).json()
    assert new["fields"]["System.Tags"] == "one; two"


def test_a_test_of_the_revision_locks(shop):
    lock = {"op": "test", "path": "/rev", "value": 1}
    assert change(shop, "wit/workitems/302", [lock, *fields(System_Title="a")]).status_code == 200
    text = told(
        change(shop, "wit/workitems/302", [lock, *fields(System_Title="b")]),
        412,
        "TestPatchOperationFailedException",
    )
    assert text == "VS403351: Test Operation for path /rev failed, value 2 was not equal to test value 1."
    assert shop.get("wit/workitems/302")["fields"]["System.Title"] == "a"
    other = {"op": "test", "path": "/fields/System.Title", "value": "b"}
    assert change(shop, "wit/workitems/302", [other]).status_code == 412


@pytest.mark.parametrize(
    ("values", "key", "text"),
    [
        (
            {"System_AreaPath": "Shop\\Nowhere"},
            "WorkItemFieldInvalidTreeNameException",
            "TF401347: Invalid tree name",
        ),
        (
            {"System_IterationPath": "Sprint 1"},
            "WorkItemFieldInvalidTreeNameException",
            "'System.IterationPath'",
        ),
        (
            {"Custom_Nothing": "x"},
            "WorkItemTrackingFieldDefinitionNotFoundException",
            "TF51535: Cannot find field",
        ),
        (
            {"System_State": "Bogus"},
            "RuleValidationException",
            "'State' contains the value 'Bogus' that is not in",
        ),
        ({"System_Title": ""}, "RuleValidationException", "TF401320: Rule Error for field Title"),
        ({"System_Title": "x" * 256}, "RuleValidationException", "InvalidTooLong"),
        ({"System_Id": 7}, "WorkItemFieldInvalidException", "TF401326: Invalid field status 'ReadOnly'"),
        ({"Microsoft_VSTS_Common_Priority": "high"}, "WorkItemFieldInvalidException", "'InvalidType'"),
        ({STATUS: "Maybe"}, "RuleValidationException", "'Automation status' contains the value 'Maybe'"),
    ],
)
def test_what_a_rule_refuses_changes_nothing(shop, values, key, text):
    before = shop.get("wit/workitems/101", **{"$expand": "all"})
    assert text in told(change(shop, "wit/workitems/101", fields(System_Tags="t", **values)), 400, key)
    assert shop.get("wit/workitems/101", **{"$expand": "all"}) == before


def test_automated_needs_the_name_of_the_test(start):
    for value in ("refused", "accepted"):
        shop = start({**work_seed(), "behaviours": {"automated_without_test_name": value}})
        answer = change(shop, "wit/workitems/101", fields(**{STATUS: "Automated"}))
        assert answer.status_code == (400 if value == "refused" else 200)
        both = change(shop, "wit/workitems/101", fields(**{STATUS: "automated", NAME: "a.b"}))
        assert both.json()["fields"][STATUS] == "Automated"


def test_both_ends_of_a_link_are_stored_and_taken_away(shop):
    case = made(shop, "Test Case", linked(shop, TESTS, 301, comment="why"), System_Title="x")
    assert case["relations"] == [
        {
            "rel": TESTS,
            "url": f"{shop.emulator.url}/_apis/wit/workItems/301",
            "attributes": {"isLocked": False, "name": "Tests", "comment": "why"},
        }
    ]
    story = shop.get("wit/workitems/301", **{"$expand": "relations"})
    assert [(item["rel"], item["url"].rpartition("/")[2]) for item in story["relations"]] == [
        (TESTED_BY, str(case["id"]))
    ]
    assert "relations" not in shop.get("wit/workitems/301")
    again = change(shop, "wit/workitems/301", [linked(shop, TESTED_BY, case["id"])])
    assert told(again, 400, "RelationAlreadyExistsException") == "Relation already exists."
    gone = change(shop, "wit/workitems/301", [{"op": "remove", "path": "/relations/0"}]).json()
    assert "relations" not in gone
    assert gone["rev"] == 1  # links alone make no revision
    assert "relations" not in shop.get(f"wit/workitems/{case['id']}", **{"$expand": "relations"})
    updates = shop.get("wit/workitems/301/updates")["value"]
    assert [sorted(item.get("relations", {})) for item in updates] == [[], ["added"], ["removed"]]


def test_links_that_lead_nowhere_are_refused(shop):
    for operation, status in (
        (linked(shop, TESTED_BY, 999), 404),
        (linked(shop, TESTED_BY, 301), 400),
        (linked(shop, "Nope", 302), 400),
        ({"op": "add", "path": "/relations/-", "value": {"rel": TESTED_BY, "url": "x"}}, 400),
        ({"op": "add", "path": "/relations/-", "value": "x"}, 400),
        ({"op": "remove", "path": "/relations/0"}, 400),
    ):
        assert change(shop, "wit/workitems/301", [operation]).status_code == status, operation
    parent = "System.LinkTypes.Hierarchy-Reverse"
    assert change(shop, "wit/workitems/302", [linked(shop, parent, 301)]).status_code == 200
    answer = change(shop, "wit/workitems/302", [linked(shop, parent, 103)])
    told(answer, 400, "WorkItemLinkAddExtraParentException")


def test_hyperlinks_and_artifacts_can_hang_on_a_work_item(shop):
    value = {"rel": "Hyperlink", "url": "https://ci.example/1", "attributes": {"comment": "run"}}
    item = change(shop, "wit/workitems/302", [{"op": "add", "path": "/relations/-", "value": value}]).json()
    assert item["relations"][0]["url"] == "https://ci.example/1"
    operation = {"op": "replace", "path": "/relations/0/attributes/comment", "value": "other"}
    assert (
        change(shop, "wit/workitems/302", [operation]).json()["relations"][0]["attributes"]["comment"]
        == "other"
    )


def test_validation_alone_keeps_nothing(shop):
    answer = change(shop, "wit/workitems/$Bug", fields(System_Title="x"), "POST", validateOnly="true")
    assert answer.status_code == 200
    change(shop, "wit/workitems/302", fields(System_Title="x"), validateOnly="true")
    assert shop.get("wit/workitems/302")["rev"] == 1
    assert made(shop, "Bug", System_Title="y")["id"] == answer.json()["id"]


def test_a_deleted_work_item_is_gone_with_its_links(shop):
    change(shop, "wit/workitems/302", [linked(shop, "System.LinkTypes.Related", 301)])
    answer = shop.call("DELETE", "wit/workitems/302").json()
    assert (answer["id"], answer["code"], answer["resource"]["fields"]["System.Title"]) == (
        302,
        200,
        "Hidden button",
    )
    told(shop.call("GET", "wit/workitems/302"), 404, "WorkItemUnauthorizedAccessException")
    assert "relations" not in shop.get("wit/workitems/301", **{"$expand": "all"})
    assert made(shop, "Bug", System_Title="x")["id"] == 402


def test_a_test_case_is_deleted_by_the_testplan_area_with_its_points(shop):
    told(shop.call("DELETE", "wit/workitems/101"), 400, "InvalidDeleteWorkItemCallException")
    assert shop.call("DELETE", "testplan/testcases/101").status_code == 204
    assert shop.call("GET", "wit/workitems/101").status_code == 404
    cases = shop.get("testplan/Plans/10/Suites/12/TestCase")["value"]
    assert [item["workItem"]["id"] for item in cases] == [102, 103]
    assert 101 not in {item["case_id"] for item in shop.emulator.state()["points"]}
    assert shop.call("DELETE", "testplan/testcases/302").status_code == 404


def test_rights_may_end_at_an_area(start):
    shop = start(work_seed(read_only_areas=["Web"], hidden_areas=["Secret"]))
    frozen = change(shop, "wit/workitems/101", fields(System_Title="x"))
    assert told(frozen, 403, "PermissionDeniedException").startswith("TF237111: ")
    told(
        change(shop, "wit/workitems/103", fields(System_AreaPath="Shop\\Web\\Login")),
        403,
        "PermissionDeniedException",
    )
    answer = change(shop, "wit/workitems/$Bug", fields(System_Title="x", System_AreaPath="Shop\\Web"), "POST")
    assert answer.status_code == 403
    assert shop.call("DELETE", "wit/workitems/301").status_code == 403
    hidden = change(shop, "wit/workitems/103", fields(System_AreaPath="Shop\\Secret"))
    told(hidden, 400, "WorkItemFieldInvalidTreeNameException")
    assert shop.get("wit/workitems/101")["id"] == 101


def test_an_unreadable_work_item_is_one_that_does_not_exist(start):
    shop = start(work_seed(hidden_areas=["Web"]))
    assert "TF401232" in told(
        shop.call("GET", "wit/workitems/101"), 404, "WorkItemUnauthorizedAccessException"
    )
    assert change(shop, "wit/workitems/101", fields(System_Title="x")).status_code == 404
    kept = shop.call("GET", "wit/workitems", params={"ids": "101,103", "errorPolicy": "omit"}).json()["value"]
    assert [item and item["id"] for item in kept] == [None, 103]


def test_comments_are_paged_and_count(shop):
    for text in ("one", "two", "three"):
        answer = shop.call("POST", "wit/workitems/302/comments", {"text": text}, version="7.1-preview.4")
        assert answer.json()["text"] == text
    path = "wit/workitems/302/comments"
    first = shop.call("GET", path, version="7.1-preview.4", params={"$top": 2}).json()
    assert [item["text"] for item in first["comments"]] == ["three", "two"]
    more = {"continuationToken": first["continuationToken"]}
    rest = shop.call("GET", path, version="7.1-preview.4", params=more).json()
    assert [item["text"] for item in rest["comments"]] == ["one"]
    assert (first["totalCount"], shop.get("wit/workitems/302")["fields"]["System.CommentCount"]) == (3, 3)
    plain = shop.call("GET", path)
    assert json.loads(plain.text)["typeKey"] == "VssInvalidPreviewVersionException"


def test_a_link_of_a_type_that_only_the_seed_knows_can_be_taken_away(start):
    seed = work_seed()
    seed["projects"][0]["work_items"][1]["links"] = [{"type": "Custom.Blocks", "target": 301}]
    shop = start(seed)
    assert shop.get("wit/workitems/302", **{"$expand": "all"})["relations"][0]["rel"] == "Custom.Blocks"
    gone = change(shop, "wit/workitems/302", [{"op": "remove", "path": "/relations/0"}])
    assert "relations" not in gone.json()
