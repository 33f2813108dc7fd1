"""Work items of a running emulator, as the emulator's own tests make and change them."""

from __future__ import annotations

from typing import Any

import orjson

PATCH = "application/json-patch+json"
TESTED_BY = "Microsoft.VSTS.Common.TestedBy-Forward"
TESTS = "Microsoft.VSTS.Common.TestedBy-Reverse"


def work_seed(**project: Any) -> dict[str, Any]:
    """Two configurations, areas and iterations, a story, a bug and three cases in one plan."""
    cases = [
        {"id": 101, "title": "Valid login", "area": "Web", "tags": ["smoke", "slow login"], "priority": 1},
        {"id": 102, "title": "It's locked", "area": "Web\\Login", "automation_status": "Automated"},
        {"id": 103, "title": "Pay by card", "area": "Shop", "state": "Ready", "steps": "<p>pay the bill</p>"},
    ]
    return {
        "projects": [
            {
                "name": "Shop",
                "areas": ["Web\\Login", "Secret", "Frozen"],
                "iterations": ["Sprint 1"],
                "configurations": [
                    {"id": 1, "name": "Windows", "default": True},
                    {"id": 2, "name": "Linux", "default": True},
                    {"id": 3, "name": "Mac"},
                ],
                "plans": [
                    {"id": 10, "name": "Release 1", "suites": [{"id": 12, "name": "Login", "cases": cases}]}
                ],
                "work_items": [
                    {"id": 301, "type": "User Story", "title": "As a user I log in", "area": "Web"},
                    {"id": 302, "type": "Bug", "title": "Hidden button", "state": "Active"},
                ],
                **project,
            },
            {"name": "Other", "work_items": [{"id": 401, "type": "Bug", "title": "Elsewhere"}]},
        ]
    }


def change(service: Any, path: str, operations: Any, method: str = "PATCH", **params: Any) -> Any:
    """Send a JSON patch and return the answer."""
    return service.call(
        method,
        path,
        headers={"Content-Type": PATCH},
        data=orjson.dumps(operations),
        params=params,
    )


def fields(**values: Any) -> list[dict[str, Any]]:
    """Return the patch that sets fields; `System_Title` is System.Title."""
    return [
        {"op": "add", "path": f"/fields/{name.replace('_', '.')}", "value": value}
        for name, value in values.items()
    ]


def made(service: Any, kind: str, *operations: Any, **values: Any) -> dict[str, Any]:
    """Return a new work item."""
    answer = change(service, f"wit/workitems/${kind}", [*fields(**values), *operations], "POST")
    assert answer.status_code == 200, answer.text
    return answer.json()


def linked(service: Any, rel: str, target: int, **attributes: Any) -> dict[str, Any]:
    """Return the operation that links to another work item."""
    url = f"{service.emulator.url}/_apis/wit/workItems/{target}"
    return {"op": "add", "path": "/relations/-", "value": {"rel": rel, "url": url, "attributes": attributes}}


def found(service: Any, where: str, order: str = "", **params: Any) -> list[int]:
    """Return the ids a query finds."""
    text = f"SELECT [System.Id] FROM WorkItems WHERE {where}" + (f" ORDER BY {order}" if order else "")
    answer = service.call("POST", "wit/wiql", {"query": text}, params=params)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["workItems"]]
