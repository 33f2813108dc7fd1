"""A shop whose plan can be verified, and `verify` run against it; JSON comes with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import cli_here
from support.process import CliResult

CHROME, FIREFOX = "Windows 11 + Chrome", "Windows 11 + Firefox"
SHOP: dict[str, Any] = {
    "organization": "demo",
    "token": "demo-pat",
    "projects": [
        {
            "name": "Shop",
            "configurations": [{"id": 1, "name": CHROME}, {"id": 2, "name": FIREFOX}],
            "builds": [
                {"id": 41, "number": "20261122.1", "definition": {"id": 3, "name": "web-ci"}},
                {"id": 42, "number": "twice", "definition": {"id": 3, "name": "web-ci"}},
                {"id": 43, "number": "twice", "definition": {"id": 4, "name": "nightly"}},
            ],
            "plans": [
                {
                    "id": 10,
                    "name": "Release 1",
                    "area": "Shop\\Web",
                    "iteration": "Shop\\Sprint 7",
                    "suites": [
                        {
                            "id": 12,
                            "name": "Login",
                            "cases": [
                                {
                                    "id": 101,
                                    "title": "Valid login",
                                    "configurations": [CHROME],
                                    "tester": "Ann <ann@example.com>",
                                    "automated_test_name": "shop.login.valid",
                                    "automation_status": "Automated",
                                },
                                {"id": 102, "title": "Wrong password", "configurations": [CHROME, FIREFOX]},
                                {"id": 103, "title": "Off", "configurations": [CHROME], "active": False},
                            ],
                        },
                        {
                            "id": 13,
                            "name": "Pay",
                            "cases": [{"id": 104, "title": "By card", "configurations": [FIREFOX]}],
                        },
                    ],
                },
                {
                    "id": 20,
                    "name": "Release 0",
                    "state": "Inactive",
                    "sync_outcome_across_suites": True,
                    "suites": [
                        {"id": 25, "name": "Old", "cases": [{"id": 105, "title": "Old one"}]},
                    ],
                },
            ],
            "work_items": [{"id": 301, "type": "Bug", "title": "Login is slow", "state": "Active"}],
        },
        {
            "name": "Shop backend",
            "plans": [
                {
                    "id": 90,
                    "name": "Far",
                    "suites": [{"id": 92, "name": "Api", "cases": [{"id": 901, "title": "Elsewhere"}]}],
                }
            ],
        },
    ],
}


@pytest.fixture
def shop() -> dict[str, Any]:
    """The seed, to be changed at will."""
    return deepcopy(SHOP)


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """What a machine needs to reach a service."""

    def make(service: Any, **more: str) -> dict[str, str]:
        return {
            "ADO_PUBLISHER_ORGANIZATION_URL": service.url,
            "ADO_PUBLISHER_TOKEN": "demo-pat",
            **more,
        }

    return make


@pytest.fixture
def verify(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Callable[..., Any]:
    """`verify(service, …)` runs the command with --json in this process; gives result and document."""

    def run(
        service: Any,
        *arguments: object,
        env: dict[str, str] | None = None,
        project: str = "Shop",
        plan: str = "10",
    ) -> tuple[CliResult, dict[str, Any]]:
        named = (["--project", project] if project else []) + (["--plan", plan] if plan else [])
        told = cli_here(
            ["verify", "--json", *map(str, arguments), *named],
            cwd=tmp_path,
            env=environment(service, **(env or {})),
        )
        return told, json.loads(told.stdout)

    return run


@pytest.fixture
def junit(tmp_path: Path) -> Callable[..., Path]:
    """`junit("name", …)` writes a report of passed tests and gives its path."""

    def write(*names: str, file: str = "report.xml") -> Path:
        path = tmp_path / file
        inside = "".join(f'<testcase name="{name}"/>' for name in names)
        path.write_text(f'<testsuite name="Web">{inside}</testsuite>', encoding="utf-8")
        return path

    return write


def rows(document: dict[str, Any], check: str, state: str = "") -> dict[str, str]:
    """What was told, by subject, of the checks with that name."""
    return {
        row["subject"]: row["told"]
        for row in document["checks"]
        if row["check"] == check and state in ("", row["state"])
    }


def states(document: dict[str, Any], check: str) -> dict[str, str]:
    """The states, by subject, of the checks with that name."""
    return {row["subject"]: row["state"] for row in document["checks"] if row["check"] == check}


def requests_in(log: Path) -> list[tuple[str, str]]:
    """Method and URL of every request that the service was sent."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [(line["method"], line["url"]) for line in lines]
