"""Fields of JSON objects from people we do not know: of the type that was expected, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ado_publisher.reports._json import Json

_ANSI = re.compile(r"\x1b\[[0-9;?]{0,32}[A-Za-z]")


def text(holder: Json, *names: str) -> str:
    """The first of these that holds a text or a number, as text; empty when none does."""
    for name in names:
        value = holder.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def plain(value: str) -> str:
    """A text without the colours of a terminal."""
    return _ANSI.sub("", value) if "\x1b" in value else value


def objects(holder: Json, name: str) -> Iterator[Json]:
    """The objects of a list; what is none is left out."""
    value = holder.get(name)
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def texts(holder: Json, name: str) -> list[str]:
    """The texts of a list, or a single text."""
    value = holder.get(name)
    if isinstance(value, str):
        return [value] if value else []
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def inner(holder: Json, name: str) -> Json:
    """An object inside; an empty one when there is none."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def number(holder: Json, name: str, scale: float = 1.0) -> float | None:
    """A number that is finite and not negative, times `scale`."""
    value: Any = holder.get(name)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value) * scale
    except OverflowError:
        return None
    return result if isfinite(result) and result >= 0 else None


def epoch(holder: Json, name: str) -> datetime | None:
    """A time in milliseconds since 1970; in seconds where the number is too small for milliseconds."""
    value = number(holder, name)
    if not value:
        return None
    value = value / 1000 if value > 1e11 else value
    return datetime.fromtimestamp(value, UTC) if 1e8 < value < 1e11 else None
