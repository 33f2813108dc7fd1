"""The organization the emulator serves when no seed is given: a small shop with one release to test."""

from __future__ import annotations

from typing import Any


def default_seed() -> dict[str, Any]:
    """Return the built-in seed."""
    windows, linux = "Windows 11 + Chrome", "Ubuntu 24.04 + Firefox"
    login = [
        {
            "id": 101,
            "title": "Valid login",
            "automated_test_name": "shop.login.test_valid",
            "automated_test_storage": "shop",
            "automation_status": "Automated",
            "configurations": [windows, linux],
            "tester": "Ann <ann@example.com>",
        },
        {
            "id": 102,
            "title": "Wrong password",
            "configurations": [windows],
            "tester": "Ann <ann@example.com>",
        },
        {"id": 103, "title": "Locked account", "configurations": [windows]},
    ]
    checkout = [
        {
            "id": 201,
            "title": "Pay by card",
            "automated_test_name": "shop.checkout.test_card",
            "configurations": [windows, linux],
        },
        {"id": 202, "title": "Pay by invoice", "configurations": [windows]},
        {"id": 101, "configurations": [windows]},
    ]
    return {
        "organization": "demo",
        "token": "demo-pat",
        "projects": [
            {
                "name": "Shop",
                "description": "A web shop, to try things on",
                "configurations": [
                    {
                        "id": 1,
                        "name": windows,
                        "default": True,
                        "values": {"Operating System": "Windows 11", "Browser": "Chrome"},
                    },
                    {
                        "id": 2,
                        "name": linux,
                        "values": {"Operating System": "Ubuntu 24.04", "Browser": "Firefox"},
                    },
                ],
                "builds": [
                    {
                        "id": 41,
                        "number": "20261122.1",
                        "definition": {"id": 3, "name": "web-ci"},
                        "finish_time": "2026-11-22T06:00:00Z",
                        "result": "succeeded",
                    },
                    {
                        "id": 42,
                        "number": "20261122.2",
                        "definition": {"id": 3, "name": "web-ci"},
                        "status": "inProgress",
                    },
                ],
                "plans": [
                    {
                        "id": 10,
                        "name": "Release 1",
                        "suites": [
                            {"id": 12, "name": "Login", "cases": login},
                            {"id": 13, "name": "Checkout", "cases": checkout},
                        ],
                    }
                ],
                "work_items": [
                    {
                        "id": 301,
                        "type": "Bug",
                        "title": "Login button is hidden on small screens",
                        "state": "Active",
                    }
                ],
            }
        ],
    }
