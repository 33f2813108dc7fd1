"""Publish one planned run with the azure-devops package; what it saw goes to standard output as JSON.

Started as a process of its own: the package keeps what it discovers in a folder chosen at import.
"""

from __future__ import annotations

import json
import os
import sys

from azure.devops.connection import Connection
from msrest.authentication import BasicAuthentication

url, token = os.environ["ADO_URL"], os.environ["ADO_TOKEN"]
connection = Connection(base_url=url, creds=BasicAuthentication("", token))
core = connection.clients.get_core_client()
plans = connection.clients.get_test_plan_client()
test = connection.clients.get_test_client()
builds = connection.clients.get_build_client()
work = connection.clients.get_work_item_tracking_client()

seen = {
    "projects": sorted(project.name for project in core.get_projects()),
    "plans": [plan.name for plan in plans.get_test_plans("Shop")],
    "suites": [suite.name for suite in plans.get_test_suites_for_plan("Shop", 10)],
    "configurations": [item.name for item in plans.get_test_configurations("Shop")],
    "cases": sorted(int(item.work_item.id) for item in plans.get_test_case_list("Shop", 10, 12)),
    "build": next(build.id for build in builds.get_builds("Shop", build_number="20261122.1")),
    "title": work.get_work_item(101, project="Shop").fields["System.Title"],
}
points = plans.get_points_list("Shop", 10, 12)
seen["before"] = [point.results.outcome for point in points]
run = test.create_test_run(
    {
        "name": "python client",
        "automated": True,
        "plan": {"id": "10"},
        "pointIds": [points[0].id, points[1].id],
        "build": {"id": str(seen["build"])},
    },
    "Shop",
)
results = test.get_test_results("Shop", run.id)
test.update_test_results(
    [
        {"id": results[0].id, "state": "Completed", "outcome": "Failed", "errorMessage": "boom"},
        {"id": results[1].id, "state": "Completed", "outcome": "Passed", "durationInMs": 12.5},
    ],
    "Shop",
    run.id,
)
file = {"stream": "aGVsbG8=", "fileName": "log.txt", "attachmentType": "GeneralAttachment"}
attached = test.create_test_result_attachment(file, "Shop", run.id, results[0].id)
test.create_test_run_attachment(file, "Shop", run.id)
names = [item.file_name for item in test.get_test_result_attachments("Shop", run.id, results[0].id)]
content = b"".join(test.get_test_result_attachment_content("Shop", run.id, results[0].id, attached.id))
done = test.update_test_run({"state": "Completed"}, "Shop", run.id)
seen |= {
    "run": run.id,
    "web": test.get_test_run_by_id("Shop", run.id).web_access_url,
    "attachments": names,
    "content": content.decode(),
    "state": done.state,
    "after": [point.results.outcome for point in plans.get_points_list("Shop", 10, 12)],
}
json.dump(seen, sys.stdout)
