"""The seed that the emulator's own tests share."""

from __future__ import annotations

from typing import Any


def small_seed(**more: Any) -> dict[str, Any]:
    """One project, two configurations, a plan with two suites; case 101 stands in both."""
    return {
        "server": "cloud",
        "projects": [
            {
                "name": "Shop",
                "configurations": [
                    {"id": 1, "name": "Windows", "values": {"Operating System": "Windows 11"}},
                    {"id": 2, "name": "Linux"},
                ],
                "builds": [
                    {"id": 41, "number": "20261122.1", "definition": {"id": 3, "name": "web-ci"}},
                    {"id": 42, "number": "20261122.2", "status": "inProgress"},
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
                                    {"id": 101, "title": "Valid login", "tester": "Ann <ann@example.com>"},
                                    {"id": 102, "title": "Wrong password", "configurations": ["Windows"]},
                                ],
                                "suites": [
                                    {"id": 14, "name": "Deep", "cases": [{"id": 103, "title": "Deep"}]}
                                ],
                            },
                            {
                                "id": 13,
                                "name": "Smoke",
                                "cases": [{"id": 101, "configurations": ["Windows"]}],
                            },
                        ],
                    }
                ],
            },
            {"name": "Other", "builds": [{"id": 90, "number": "9"}]},
        ],
        **more,
    }
