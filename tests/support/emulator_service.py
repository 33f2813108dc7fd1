"""A client of a running emulator, as the emulator's own tests use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from ado_publisher.emulator import Emulator

VERSION = "7.1"


@dataclass
class Service:
    """A client of a running emulator; paths are relative to the project's `_apis`."""

    emulator: Emulator
    session: requests.Session = field(default_factory=requests.Session)
    project: str = "Shop"

    def call(
        self, method: str, path: str, body: Any = None, version: str | None = VERSION, **more: Any
    ) -> Any:
        """Send one call; a path that starts with "/" is relative to the organization."""
        base = self.emulator.url if path.startswith("/") else f"{self.emulator.url}/{self.project}/_apis/"
        params = {**({"api-version": version} if version else {}), **more.pop("params", {})}
        more.setdefault("auth", ("anyone", self.emulator.token))
        return self.session.request(method, base + path, json=body, params=params, timeout=20, **more)

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON of a GET that must succeed."""
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        """Return the JSON of a POST that must succeed."""
        answer = self.call("POST", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def patch(self, path: str, body: Any) -> Any:
        """Return the JSON of a PATCH that must succeed."""
        answer = self.call("PATCH", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def planned_run(self, *points: int, **more: Any) -> int:
        """Make a run of the plan with these points."""
        body = {"name": "r", "plan": {"id": "10"}, "pointIds": list(points), **more}
        return self.post("test/runs", body)["id"]

    def points(self) -> dict[int, dict[str, Any]]:
        """Return the points by id, as the state call shows them."""
        return {point["id"]: point for point in self.emulator.state()["points"]}
