"""Which keys a seed may hold and of what kind; schemas/emulator-seed.schema.json says the same.

A test holds the two equal. Checking here, and not with the schema, keeps the start below 50 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from ado_publisher.emulator.behaviours import BEHAVIOURS, SERVERS
from ado_publisher.emulator.seed_text import Document, Path

MAX_ID = 2**31 - 2

# kind -> key -> what its value is; "!" marks a required key
KINDS: dict[str, dict[str, str]] = {
    "seed": {
        "organization": "text",
        "token": "text",
        "server": "server",
        "behaviours": "behaviours",
        "projects": "list:project",
    },
    "project": {
        "name": "text!",
        "id": "text",
        "description": "text",
        "configurations": "list:configuration",
        "builds": "list:build",
        "releases": "list:release",
        "plans": "list:plan",
        "work_items": "list:work_item",
        "work_item_types": "names",
        "areas": "names",
        "iterations": "names",
        "read_only_areas": "names",
        "hidden_areas": "names",
    },
    "configuration": {
        "name": "text!",
        "id": "id",
        "description": "text",
        "values": "texts",
        "default": "flag",
        "state": "text",
    },
    "build": {
        "number": "text!",
        "id": "id",
        "definition": "object:definition",
        "status": "text",
        "result": "text",
        "queue_time": "text",
        "start_time": "text",
        "finish_time": "text",
        "branch": "text",
        "commit": "text",
        "reason": "text",
        "requested_for": "text",
        "repository": "object:repository",
        "tags": "names",
    },
    "release": {
        "name": "text!",
        "id": "id",
        "definition": "object:definition",
        "environments": "list:environment",
    },
    "environment": {"name": "text!", "id": "id"},
    "definition": {"name": "text!", "id": "id", "path": "text"},
    "repository": {"id": "text", "name": "text", "type": "text"},
    "plan": {
        "name": "text!",
        "id": "id",
        "description": "text",
        "state": "text",
        "owner": "text",
        "area": "text",
        "iteration": "text",
        "start_date": "text",
        "end_date": "text",
        "sync_outcome_across_suites": "flag",
        "suites": "list:suite",
        "cases": "list:case",
    },
    "suite": {
        "name": "text!",
        "id": "id",
        "type": "suite_type",
        "requirement_id": "id",
        "query": "text",
        "configurations": "names",
        "inherit": "flag",
        "cases": "list:case",
        "suites": "list:suite",
    },
    "case": {
        "id": "id",
        "title": "text",
        "automated_test_name": "text",
        "automated_test_storage": "text",
        "automated_test_type": "text",
        "automated_test_id": "text",
        "automation_status": "text",
        "configurations": "names",
        "tester": "text",
        "active": "flag",
        "priority": "id",
        "state": "text",
        "area": "text",
        "iteration": "text",
        "assigned_to": "text",
        "description": "text",
        "steps": "text",
        "tags": "names",
        "fields": "fields",
    },
    "work_item": {
        "type": "text!",
        "title": "text!",
        "id": "id",
        "state": "text",
        "description": "text",
        "area": "text",
        "iteration": "text",
        "assigned_to": "text",
        "tags": "names",
        "fields": "fields",
        "links": "list:link",
    },
    "link": {"type": "text!", "target": "id!", "comment": "text"},
}
CHOICES = {
    "server": SERVERS,
    "suite_type": ("static", "requirement", "query"),
}
KEYS = {kind: frozenset(fields) for kind, fields in KINDS.items()}


def problems(document: Document) -> list[str]:
    """Return every key that is unknown, missing or of the wrong kind, each with where it stands."""
    if not isinstance(document.value, dict):
        return [f"{document.where(())}: a mapping is wanted, with keys such as 'projects'"]
    return [f"{document.where(path)}: {text}" for path, text in _object("seed", document.value, ())]


def _object(kind: str, value: dict[Any, Any], path: Path) -> Iterator[tuple[Path, str]]:
    fields = KINDS[kind]
    for key in value.keys() - KEYS[kind]:
        close = get_close_matches(str(key), fields, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(sorted(fields))}"
        yield (*path, str(key)), f"unknown key {str(key)!r} of a {kind}; {hint}"
    for key, wanted in fields.items():
        item = value.get(key)
        if item is None:
            if wanted.endswith("!"):
                yield (*path, key), f"a {kind} needs {key!r}"
        else:
            yield from _value(wanted.rstrip("!"), item, (*path, key))


def _value(wanted: str, item: Any, path: Path) -> Iterator[tuple[Path, str]]:  # noqa: ANN401
    kind, _, inner = wanted.partition(":")
    if kind == "list":
        if not isinstance(item, list):
            yield path, f"{item!r:.60} is not a list"
            return
        for index, element in enumerate(item):
            if isinstance(element, dict):
                yield from _object(inner, element, (*path, index))
            else:
                yield (*path, index), f"{element!r:.60} is not a mapping that describes a {inner}"
    elif kind == "object":
        if isinstance(item, dict):
            yield from _object(inner, item, path)
        else:
            yield path, f"{item!r:.60} is not a mapping that describes a {inner}"
    elif kind == "behaviours":
        yield from _behaviours(item, path)
    else:
        text = _simple(kind, item)
        if text:
            yield path, text


def _behaviours(item: Any, path: Path) -> Iterator[tuple[Path, str]]:  # noqa: ANN401
    if not isinstance(item, dict):
        yield path, f"{item!r:.60} is not a mapping of switches"
        return
    for name, value in item.items():
        if name not in BEHAVIOURS:
            yield (*path, str(name)), f"unknown behaviour {name!r}; known are {', '.join(BEHAVIOURS)}"
        elif str(value) not in BEHAVIOURS[name]:
            yield (*path, name), f"{value!r} is no value of {name}; it takes {' or '.join(BEHAVIOURS[name])}"


def _simple(kind: str, item: Any) -> str | None:  # noqa: ANN401
    if kind in CHOICES:
        return None if item in CHOICES[kind] else f"{item!r:.60} is not one of {', '.join(CHOICES[kind])}"
    if kind == "text":
        if isinstance(item, str):
            return None if item.strip() else "the text is empty"
        return f"{item!r:.60} is not text; put it in quotes"
    if kind == "id":
        good = isinstance(item, int) and not isinstance(item, bool) and 0 < item <= MAX_ID
        return None if good else f"{item!r:.60} is not a whole number above 0"
    if kind == "flag":
        return None if isinstance(item, bool) else f"{item!r:.60} is not true or false"
    if kind == "names":
        good = isinstance(item, list) and all(isinstance(name, str) and name.strip() for name in item)
        return None if good else f"{item!r:.60} is not a list of texts"
    if not isinstance(item, dict) or not all(isinstance(key, str) for key in item):
        return f"{item!r:.60} is not a mapping of names to values"
    if kind == "texts" and not all(isinstance(value, str) for value in item.values()):
        return f"{item!r:.60} holds a value that is not text; put it in quotes"
    return None
