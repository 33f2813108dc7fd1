"""Reading the service's JSON: what is not there, or of another kind, is a ServiceError, not a crash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ado_publisher.errors import ServiceError

Json = Any


def record(value: Json) -> dict[str, Json]:
    """The JSON object itself; raises ServiceError for anything else."""
    if isinstance(value, dict):
        return value
    raise ServiceError(f"the server's answer is no JSON object: {str(value)[:200]}; is the URL right?")


def part(item: Json, key: str) -> dict[str, Json]:
    """The object under that key; empty where there is none."""
    value = record(item).get(key)
    return value if isinstance(value, dict) else {}


def text(item: Json, key: str) -> str:
    """The text under that key; empty where there is none."""
    value = record(item).get(key)
    return "" if value is None else str(value)


def integer(item: Json, key: str = "id") -> int:
    """The whole number under that key, also where the service writes it as text."""
    found = optional_integer(item, key)
    if found is None:
        raise ServiceError(f"the server's answer has no whole number '{key}': {str(item)[:200]}")
    return found


def optional_integer(item: Json, key: str = "id") -> int | None:
    """The whole number under that key, or None."""
    value = record(item).get(key)
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None


def seconds(item: Json, key: str) -> float | None:
    """The moment under that key in seconds since 1970; None for none, and for the year 1, which says none."""
    try:
        found = datetime.fromisoformat(text(item, key))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() if found.year > 1 else None
