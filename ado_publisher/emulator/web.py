"""A request and an answer as the emulator's handlers see them, and the helpers that read values."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ado_publisher.emulator.errors import invalid, invalid_argument, project_missing
from ado_publisher.emulator.store import Json

MAX_INT = 2**31 - 1
_INTEGER = re.compile(r"-?\d{1,10}")


@dataclass(frozen=True, slots=True)
class Project:
    """The project a request's path names."""

    id: str
    name: str

    @property
    def path(self) -> str:
        """The name as it stands in addresses."""
        return quote(self.name, safe="")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the seed says of the whole organization."""

    organization: str
    token: str
    server: str
    behaviours: Mapping[str, str]


@dataclass(slots=True)
class Request:
    """One call of an operation, after routing, version check and sign-in."""

    method: str
    root: str
    settings: Settings
    connection: sqlite3.Connection
    query: Mapping[str, str]
    project_name: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    content_type: str = ""
    _project: Project | None = None

    @property
    def base(self) -> str:
        """The organization's base URL."""
        return f"{self.root}/{quote(self.settings.organization)}"

    def behaviour(self, name: str) -> str:
        """Return the value of a switch."""
        return self.settings.behaviours[name]

    def project(self) -> Project:
        """Return the project of the path, found by name or id without case, or raise TF200016."""
        if self._project is not None:
            return self._project
        name = self.project_name or ""
        row = self.connection.execute(
            "SELECT id, name FROM projects WHERE name = ? OR id = ?", (name, name.lower())
        ).fetchone()
        if row is None:
            raise project_missing(name)
        self._project = Project(row["id"], row["name"])
        return self._project

    def integer(self, name: str) -> int:
        """Return an integer of the path; the route has already checked its form."""
        return int(self.params[name])

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean of the query."""
        value = self.query.get(name.lower())
        if value is None or not value.strip():
            return default
        if value.strip().lower() not in ("true", "false"):
            raise invalid_argument(f"The value '{value}' is not valid for {name}.")
        return value.strip().lower() == "true"

    def count(self, name: str, default: int) -> int:
        """Return a number of the query that is not negative."""
        value = self.query.get(name.lower())
        if value is None or not value.strip():
            return default
        number = integer(value, name)
        if number < 0:
            raise invalid_argument(f"The value '{value}' is not valid for {name}.")
        return number

    def ids(self, name: str) -> list[int]:
        """Return a comma list of integers of the query."""
        return [
            integer(piece, name) for piece in self.query.get(name.lower(), "").split(",") if piece.strip()
        ]

    def object_body(self) -> Json:
        """Return the body as an object, or raise 400."""
        if not isinstance(self.body, dict):
            raise invalid_argument("The request body must be a JSON object.")
        return canonical(self.body)

    def list_body(self) -> list[Json]:
        """Return the body as a list of objects, or raise 400."""
        body = self.body
        if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
            raise invalid_argument("The request body must be a JSON array of objects.")
        return body


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON unless `content` holds other bytes."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str = "application/json; charset=utf-8"


Handler = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: method, path after `_apis/` with `{name}` for text and `{name:int}` for numbers."""

    method: str
    template: str
    handler: Handler
    resource: str
    organization_level: bool = False


def listing(items: list[Any], headers: Mapping[str, str] | None = None) -> Answer:
    """Return a list answer: the service wraps every list in count and value."""
    return Answer({"count": len(items), "value": items}, headers=headers or {})


def canonical(body: Json) -> Json:
    """Spell the first letter of keys small: the service reads PascalCase names as well."""
    return {(key[:1].lower() + key[1:] if key[:1].isupper() else key): value for key, value in body.items()}


def integer(value: object, name: str) -> int:
    """Return an integer given as number or text, or raise the service's 400."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise invalid(f"The value specified for {name} is not valid.")
    text = str(value).strip()
    if not _INTEGER.fullmatch(text) or abs(int(text)) > MAX_INT:
        raise invalid(f"The value '{text[:60]}' specified for {name} is not a valid number.")
    return int(text)


def reference_id(value: object, name: str) -> int | None:
    """Return the id of a reference such as {"id": "7"}, or None when it names none."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid(f"The value specified for {name} is not valid.")
    found = canonical(value).get("id")
    return None if found in (None, "") else integer(found, f"{name}.id")


def items(value: object, name: str) -> list[Any]:
    """Return a list of a body, an empty one for nothing, or raise 400."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(f"The value specified for {name} is not a list.")
    return value


def text(value: object, name: str) -> str | None:
    """Return a text value or None, or raise 400."""
    if value is not None and not isinstance(value, str):
        raise invalid(f"The value specified for {name} is not valid.")
    return value


def date(value: object, name: str) -> datetime | None:
    """Return a date-time of a body, or raise 400."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(f"The value '{str(value)[:60]}' specified for {name} is not a valid date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def plain_name(name: str) -> str:
    """Return a file name that can stand in a Content-Disposition header."""
    return "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_"
        for letter in name
    )


def check_dates(started: object, completed: object) -> None:
    """Raise 400 when a completed date lies before the started date."""
    first, last = date(started, "startedDate"), date(completed, "completedDate")
    if first and last and last < first:
        raise invalid("CompletedDate should be greater than StartedDate.")
