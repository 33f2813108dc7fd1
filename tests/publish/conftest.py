"""A shop with a plan, and `publish` run against it as a person would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ado_publisher.emulator import Emulator

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
                    "suites": [
                        {
                            "id": 12,
                            "name": "Login",
                            "cases": [
                                {"id": 101, "title": "Valid login", "configurations": [CHROME]},
                                {"id": 102, "title": "Wrong password", "configurations": [CHROME]},
                                {
                                    "id": 103,
                                    "title": "Locked",
                                    "automated_test_name": "shop.login.test_locked",
                                    "configurations": [CHROME],
                                },
                                {"id": 104, "title": "Remember", "configurations": [CHROME, FIREFOX]},
                            ],
                            "suites": [
                                {
                                    "id": 13,
                                    "name": "Smoke",
                                    "cases": [{"id": 101, "configurations": [CHROME]}],
                                }
                            ],
                        }
                    ],
                }
            ],
        },
        {"name": "Other", "builds": [{"id": 99, "number": "other.1"}], "plans": [{"id": 90, "name": "Far"}]},
    ],
}


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    """One emulator for many cases; each begins with a `reset`."""
    with Emulator(SHOP) as emulator:
        yield emulator


@pytest.fixture
def shop() -> dict[str, Any]:
    """The seed, to be changed at will."""
    return deepcopy(SHOP)


@pytest.fixture
def junit(tmp_path: Path) -> Callable[..., Path]:
    """`junit("<testcase …/>", …)` writes a report and gives its path."""

    def write(*cases: str, name: str = "report.xml", suite: str = "Web") -> Path:
        path = tmp_path / name
        path.write_text(f'<testsuite name="{suite}">{"".join(cases)}</testsuite>', encoding="utf-8")
        return path

    return write


def case(name: str, inside: str = "", **attributes: object) -> str:
    """A testcase element; `inside` is what it holds."""
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<testcase name="{name}"{more}>{inside}</testcase>'


FAILURE = '<failure message="expected 1, got 2">at pay.py:7</failure>'


@pytest.fixture
def publish(cli: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """`publish(emulator, report, …)` runs the command against the emulator; gives result and JSON report."""

    def run(service: Any, *arguments: object, env: dict[str, str] | None = None, **more: Any) -> Any:
        facts = tmp_path / "facts.json"
        facts.unlink(missing_ok=True)
        given = [str(argument) for argument in arguments]
        defaults = {"--project": "Shop", "--plan": "10"}
        for flag, value in defaults.items():
            if flag not in given:
                given += [flag, value]
        environment = {
            "ADO_PUBLISHER_ORGANIZATION_URL": service.url,
            "ADO_PUBLISHER_TOKEN": "demo-pat",
            **(env or {}),
        }
        done = cli("publish", *given, "--report-json", facts, env=environment, **more)
        return done, json.loads(facts.read_text()) if facts.exists() else None

    return run


def outcomes(service: Any) -> dict[int, str]:
    """The outcome each point shows, in lower case, by point id."""
    return {point["id"]: str(point["outcome"]).lower() for point in service.state()["points"]}
