"""Make, find and place a test case with the azure-devops package; what it saw goes to standard output.

Started as a process of its own: the package keeps what it discovers in a folder chosen at import.
"""

from __future__ import annotations

import json
import os
import sys

from azure.devops.connection import Connection
from azure.devops.v7_1.work_item_tracking.models import JsonPatchOperation, Wiql
from msrest.authentication import BasicAuthentication

url, token = os.environ["ADO_URL"], os.environ["ADO_TOKEN"]
connection = Connection(base_url=url, creds=BasicAuthentication("", token))
plans = connection.clients_v7_1.get_test_plan_client()
work = connection.clients_v7_1.get_work_item_tracking_client()


def field(name: str, value: object) -> JsonPatchOperation:
    return JsonPatchOperation(op="add", path=f"/fields/{name}", value=value)


def link(rel: str, target: int) -> JsonPatchOperation:
    value = {"rel": rel, "url": f"{url}/_apis/wit/workItems/{target}"}
    return JsonPatchOperation(op="add", path="/relations/-", value=value)


automation = {
    "System.Title": "Made by a client",
    "System.Tags": "client",
    "Microsoft.VSTS.TCM.AutomatedTestName": "a.b",
    "Microsoft.VSTS.TCM.AutomationStatus": "Automated",
}
case = work.create_work_item([field(*item) for item in automation.items()], "Shop", "Test Case")
story = work.create_work_item([field("System.Title", "Story")], "Shop", "User Story")
work.update_work_item([link("Microsoft.VSTS.Common.TestedBy-Forward", case.id)], story.id)
query = "SELECT [System.Id] FROM WorkItems WHERE [System.Tags] CONTAINS 'client'"
found = work.query_by_wiql(Wiql(query=query), top=10)
placed = plans.add_test_cases_to_suite(
    [{"workItem": {"id": case.id}, "pointAssignments": [{"configurationId": 2}]}], "Shop", 10, 12
)
suite = plans.create_test_suite(
    {"suiteType": "requirementTestSuite", "requirementId": story.id, "parentSuite": {"id": 11}}, "Shop", 10
)
read = work.get_work_item(case.id, expand="Relations")
seen = {
    "case": case.id,
    "story": story.id,
    "found": [item.id for item in found.work_items],
    "assigned": [item.configuration_id for item in placed[0].point_assignments],
    "suite": suite.name,
    "relations": [item.rel for item in read.relations],
    "states": [item.name for item in work.get_work_item_type_states("Shop", "Test Case")],
    "areas": work.get_classification_node("Shop", "areas").name,
    "revisions": [item.rev for item in work.get_revisions(case.id)],
    "entries": [item.id for item in plans.get_suite_entries("Shop", suite.id)],
}
json.dump(seen, sys.stdout)
