"""Areas, types, fields, relation types and tags."""

import pytest
from support.emulator_work import work_seed


@pytest.fixture
def shop(start):
    return start(work_seed(hidden_areas=["Secret"]))


def test_areas_and_iterations_are_trees(shop):
    roots = shop.get("wit/classificationnodes", **{"$depth": 2})["value"]
    areas = roots[0]
    assert (areas["name"], areas["structureType"], areas["path"]) == ("Shop", "area", "\\Shop\\Area")
    assert [item["name"] for item in areas["children"]] == ["Frozen", "Web"]
    assert areas["children"][1]["children"][0]["path"] == "\\Shop\\Area\\Web\\Login"
    assert [item["name"] for item in roots[1]["children"]] == ["Sprint 1"]
    flat = shop.get("wit/classificationnodes/Areas")
    assert flat["hasChildren"] is True
    assert "children" not in flat
    login = shop.get("wit/classificationnodes/areas/web/login")
    assert login["_links"]["parent"]["href"].endswith("/Areas/Web")
    assert shop.get("wit/classificationnodes", ids=str(login["id"]))["value"][0]["name"] == "Login"
    for path in ("areas/None", "areas/Secret", "iterations/Web"):
        answer = shop.call("GET", f"wit/classificationnodes/{path}")
        assert (answer.status_code, answer.json()["typeKey"]) == (
            404,
            "WorkItemTrackingTreeNodeNotFoundException",
        )


def test_a_node_is_made_below_another(shop):
    answer = shop.call(
        "POST", "wit/classificationnodes/iterations/Sprint 1", {"name": "Week 1", "attributes": {}}
    )
    assert answer.status_code == 201
    assert answer.headers["Location"] == answer.json()["url"]
    assert answer.json()["path"] == "\\Shop\\Iteration\\Sprint 1\\Week 1"
    assert (
        shop.call("POST", "wit/classificationnodes/iterations/Sprint 1", {"name": "week 1"}).status_code
        == 409
    )
    assert shop.call("POST", "wit/classificationnodes/iterations", {"name": "a\\b"}).status_code == 400


def test_types_tell_their_states_and_fields(shop):
    names = {item["name"] for item in shop.get("wit/workitemtypes")["value"]}
    assert {"Bug", "Task", "Test Case", "User Story", "Product Backlog Item", "Requirement"} <= names
    assert [item["name"] for item in shop.get("wit/workitemtypes/test case/states")["value"]] == [
        "Design",
        "Ready",
        "Closed",
    ]
    found = shop.get("wit/workitemtypes/Test Case/fields", **{"$expand": "all"})["value"]
    allowed = {item["referenceName"]: item["allowedValues"] for item in found}
    assert allowed["Microsoft.VSTS.TCM.AutomationStatus"] == ["Automated", "Not Automated", "Planned"]
    bug = {item["referenceName"] for item in shop.get("wit/workitemtypes/Bug")["fieldInstances"]}
    assert "Microsoft.VSTS.TCM.ReproSteps" in bug
    assert "Microsoft.VSTS.TCM.Steps" not in bug
    assert shop.call("GET", "wit/workitemtypes/Bug/fields/Microsoft.VSTS.TCM.Steps").status_code == 404
    assert shop.call("GET", "wit/workitemtypes/Story/states").status_code == 404


def test_fields_relation_types_and_tags_are_listed(shop):
    assert shop.get("wit/fields/title")["referenceName"] == "System.Title"
    assert shop.get("/_apis/wit/fields/System.AreaPath")["type"] == "treePath"
    missing = shop.call("GET", "wit/fields/Custom.No")
    assert (missing.status_code, missing.json()["message"]) == (404, "TF51535: Cannot find field Custom.No.")
    kinds = {
        item["referenceName"]: item["name"] for item in shop.get("/_apis/wit/workitemrelationtypes")["value"]
    }
    assert kinds["Microsoft.VSTS.Common.TestedBy-Reverse"] == "Tests"
    assert shop.get("/_apis/wit/workitemrelationtypes/Hyperlink")["attributes"]["usage"] == "resourceLink"
    assert [item["name"] for item in shop.get("wit/tags")["value"]] == ["slow login", "smoke"]


def test_fields_of_the_seed_are_known(start):
    seed = work_seed()
    seed["projects"][0]["work_items"][0]["fields"] = {"Custom.Risk": 3, "Custom.Team": "a"}
    shop = start(seed)
    assert shop.get("wit/fields/custom.risk")["type"] == "integer"
    query = {"query": "SELECT [Custom.Team] FROM WorkItems WHERE [Custom.Risk] > 2"}
    assert shop.post("wit/wiql", query)["workItems"][0]["id"] == 301


def test_relation_types_are_as_recorded(shop, shared):
    import json

    path = shared / "contracts" / "azure-devops" / "recorded" / "workitem-relation-types.json"
    recorded = {
        item["referenceName"]: item for item in json.loads(path.read_text())["response"]["body"]["value"]
    }
    for item in shop.get("/_apis/wit/workitemrelationtypes")["value"]:
        theirs = recorded[item["referenceName"]]
        assert (item["name"], item["attributes"]) == (theirs["name"], theirs["attributes"])
