"""A shop to make a config for, and `init` run against it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import cli_here
from support.process import CliResult

CHROME, FIREFOX = "Windows 11 + Chrome", "Ubuntu + Firefox"
SHOP: dict[str, Any] = {
    "organization": "demo",
    "token": "demo-pat",
    "projects": [
        {
            "name": "Shop",
            "configurations": [
                {"id": 1, "name": CHROME, "values": {"Operating System": "Windows 11", "Browser": "Chrome"}},
                {"id": 2, "name": FIREFOX, "values": {"Browser": "Firefox", "Tier": "gold [1]"}},
                {"id": 3, "name": "Bare"},
            ],
            "plans": [
                {
                    "id": 10,
                    "name": "Release 1",
                    "suites": [
                        {
                            "id": 12,
                            "name": "Login",
                            "cases": [{"id": 101, "title": "Valid login", "configurations": [CHROME]}],
                            "suites": [{"id": 13, "name": "Smoke"}],
                        },
                        {"id": 14, "name": "Pay"},
                    ],
                },
                {"id": 20, "name": "Release 0", "state": "Inactive"},
            ],
        },
        {"name": "Other"},
    ],
}


@pytest.fixture
def shop() -> dict[str, Any]:
    """The seed, to be changed at will."""
    return deepcopy(SHOP)


@pytest.fixture
def init(tmp_path: Path) -> Callable[..., CliResult]:
    """`init(service, …)` runs the command in this process, without a terminal."""

    def run(service: Any, *arguments: object, env: dict[str, str] | None = None) -> CliResult:
        environ = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
        return cli_here(["init", *map(str, arguments)], cwd=tmp_path, env=environ | (env or {}))

    return run
