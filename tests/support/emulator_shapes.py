"""Recorded answers of the service, and the shape of an answer: which keys it has, of which kinds."""

from __future__ import annotations

from typing import Any

E = "examples/{}/7.1/httpExamples/{}.json"


def body_of(value: Any) -> Any:
    """Take a recorded body out of the several wrappings of the collection."""
    if "response" in value and "body" in value["response"]:
        return value["response"]["body"]
    if "responses" in value:
        return next(iter(value["responses"].values()))["body"]
    return value.get("body", value)


def kind(value: Any) -> str:
    """Return the kind of a JSON value."""
    return (
        "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
    )


def shape(value: Any, path: str = "") -> dict[str, set[str]]:
    """Return every path of a JSON value with the kinds of value that stand there, lists laid over."""
    found = {path: {kind(value)}} if path else {}
    children = []
    if isinstance(value, dict):
        children = [(f"{path}.{key}", item) for key, item in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[]", item) for item in value]
    for here, item in children:
        for where, kinds in shape(item, here).items():
            found.setdefault(where, set()).update(kinds)
    return found
