"""A shop with areas, requirements and bugs, and `publish` run against it as a person would."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

CHROME, FIREFOX = "Windows 11 + Chrome", "Windows 11 + Firefox"
SHOP: dict[str, Any] = {
    "organization": "demo",
    "token": "demo-pat",
    "projects": [
        {
            "name": "Shop",
            "areas": ["Web\\Login", "Frozen"],
            "iterations": ["Sprint 1"],
            "configurations": [
                {"id": 1, "name": CHROME, "default": True},
                {"id": 2, "name": FIREFOX},
            ],
            "builds": [{"id": 41, "number": "20261122.1", "definition": {"id": 3, "name": "web-ci"}}],
            "plans": [
                {
                    "id": 10,
                    "name": "Release 1",
                    "suites": [
                        {
                            "id": 12,
                            "name": "Login",
                            "cases": [
                                {"id": 101, "title": "Valid login", "area": "Web\\Login"},
                                {"id": 102, "title": "Wrong password", "area": "Frozen"},
                                {
                                    "id": 103,
                                    "title": "Locked",
                                    "automated_test_name": "old.name",
                                    "automation_status": "Automated",
                                },
                            ],
                        }
                    ],
                }
            ],
            "work_items": [
                {"id": 301, "type": "User Story", "title": "As a user I log in"},
                {"id": 302, "type": "Bug", "title": "Known", "state": "Active"},
            ],
        },
    ],
}
for each in SHOP["projects"][0]["plans"][0]["suites"][0]["cases"]:
    each["configurations"] = [CHROME]


@pytest.fixture
def shop() -> dict[str, Any]:
    """The seed, to be changed at will."""
    return deepcopy(SHOP)


def case(name: str, inside: str = "", **attributes: object) -> str:
    """A testcase element of class shop.Login; `inside` is what it holds."""
    more = "".join(f' {key}="{value}"' for key, value in {"classname": "shop.Login", **attributes}.items())
    return f'<testcase name="{name}"{more}>{inside}</testcase>'


def failure(message: str = "expected 1, got 2", trace: str = "at pay.py:7") -> str:
    """A failure with its message and its stack trace."""
    return f'<failure message="{message}">{trace}</failure>'


def properties(*pairs: tuple[str, str]) -> str:
    """Properties of a testcase."""
    return "<properties>" + "".join(f'<property name="{n}" value="{v}"/>' for n, v in pairs) + "</properties>"


@pytest.fixture
def publish(cli: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """`publish(emulator, [case, …], …)` publishes them as suite Login; gives result and JSON report."""

    def run(service: Any, cases: list[str], *arguments: object, suite: str = "Login", **more: Any) -> Any:
        report = tmp_path / "report.xml"
        report.write_text(f'<testsuite name="{suite}">{"".join(cases)}</testsuite>', encoding="utf-8")
        facts = tmp_path / "facts.json"
        facts.unlink(missing_ok=True)
        environment = {
            "ADO_PUBLISHER_ORGANIZATION_URL": service.url,
            "ADO_PUBLISHER_TOKEN": "demo-pat",
            "ADO_PUBLISHER_PROJECT": "Shop",
            "ADO_PUBLISHER_PLAN": "10",
        }
        given = [str(argument) for argument in arguments]
        done = cli("publish", report, *given, "--report-json", facts, env=environment, **more)
        return done, json.loads(facts.read_text()) if facts.exists() else None

    return run


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    """`config("…")` writes the text below `version: 1` and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "settings.yml"
        path.write_text(f"version: 1\n{text}", encoding="utf-8")
        return path

    return write


def items(service: Any, kind: str) -> dict[int, dict[str, Any]]:
    """The fields of the work items of a type, by id."""
    found = {item["id"]: item["fields"] for item in service.state()["work_items"]}
    return {number: fields for number, fields in found.items() if fields["System.WorkItemType"] == kind}


def links(service: Any, number: int) -> set[tuple[str, str]]:
    """The relations of a work item: kind of link and the end of its address."""
    found = next(item for item in service.state()["work_items"] if item["id"] == number)
    return {(each["rel"], each["url"].rpartition("/")[2]) for each in found.get("relations", [])}
