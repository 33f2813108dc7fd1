"""Check recorded exchanges with TestRail against its registry of calls and payload schemas.

usage: testrail_contract.py FOLDER CONTRACTS    exit 0 clean or nothing recorded, 1 findings

FOLDER holds *.testrail.jsonl; CONTRACTS is contracts/testrail. Told is each call that the registry does not
have, each field of a body that the schemas do not name or give another type, and each required one missing.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_CHECKS = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "number[]": lambda value: isinstance(value, list) and all(type(each) is int for each in value),
    "object[]": lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
}
# Bodies whose name is not that of their call, and lists that hold bodies of another.
_BODIES = {
    "add_results": "AddResultsPayloadSchema",
    "add_results_for_cases": "AddResultsForCasesPayloadSchema",
}
_ITEMS = {
    "add_results": ("results", "AddResultPayloadSchema", "test_id"),
    "add_results_for_cases": ("results", "AddResultPayloadSchema", "case_id"),
    "add_cases": ("cases", "AddCasePayloadSchema", None),
}
# facts/sync.md 2.4: a result that is only a comment has no status, an update may name the new section, and a
# field that is emptied is null.
_ALSO = {"AddResultPayloadSchema": {"req": {"status_id"}}, "UpdateCasePayloadSchema": {"opt": {"section_id"}}}


class Contract:
    """The registry of calls and the schemas of bodies."""

    def __init__(self, folder: Path) -> None:
        calls = json.loads((folder / "testrail-endpoints.json").read_text(encoding="utf-8"))
        self.calls = {each["operation"]: each for each in calls}
        told = yaml.safe_load((folder / "payload-schemas.yaml").read_text(encoding="utf-8"))
        self.schemas: dict[str, Any] = told["schemas"]

    def problems(self, exchange: dict[str, Any]) -> Iterator[str]:
        """What is wrong with one exchange."""
        target = exchange["url"].partition("/api/v2/")[2]
        path, _, query = target.partition("&")
        name, *arguments = path.split("/")
        call = self.calls.get(name)
        if call is None or call["method"] != exchange["method"]:
            yield f"{exchange['method']} {name}: the registry has no such call"
            return
        if len(arguments) != call["path"].count("{"):
            yield f"{name}: {len(arguments)} arguments, not those of {call['path']}"
        if "?" in target or any("=" not in each for each in query.split("&") if query):
            yield f"{name}: a query is joined by &, each part with ="
        if exchange["method"] == "POST":
            yield from self._body(name, exchange["body"] or {})

    def _body(self, name: str, body: dict[str, Any]) -> Iterator[str]:
        schema = _BODIES.get(name) or "".join(part.title() for part in name.split("_")) + "PayloadSchema"
        if name in _ITEMS:
            key, item, own = _ITEMS[name]
            if not isinstance(body.get(key), list) or not body[key]:
                yield f"{name}: no {key}"
            for each in body.get(key) or ():
                yield from self._fields(name, item, {field: each[field] for field in each if field != own})
        elif schema in self.schemas:
            yield from self._fields(name, schema, body)
        elif body:
            yield f"{name}: a body, and the schemas have no {schema}"

    def _fields(self, name: str, schema: str, body: dict[str, Any]) -> Iterator[str]:
        told, also = self.schemas[schema], _ALSO.get(schema, {})
        types = dict(each.split(":", 1) for each in [*told["req"], *told["opt"]])
        for field, value in body.items():
            if field.startswith("custom_") and "custom_fields" in types:
                continue
            if field not in types:
                if field not in also.get("opt", ()):
                    yield f"{name}: {schema} has no {field}"
            elif value is not None and not _CHECKS.get(types[field], lambda _: True)(value):
                yield f"{name}: {field} is {type(value).__name__}, not {types[field]}"
        needed = {each.split(":", 1)[0] for each in told["req"]} - also.get("req", set())
        for field in sorted(needed - set(body)):
            yield f"{name}: {schema} needs {field}"


def main(folder: Path, contracts: Path) -> int:
    """Check every log and say how much was checked."""
    contract, found, exchanges = Contract(contracts), Counter[str](), 0
    for log in sorted(folder.glob("*.testrail.jsonl")):
        for line in log.read_text(encoding="utf-8").splitlines():
            exchanges += 1
            found.update(
                re.sub(r"\d{4,}", "N", f"{each} [{log.name}]") for each in contract.problems(json.loads(line))
            )
    for text, count in found.items():
        print(f"{text} ({count} times)")
    print(f"{exchanges} exchanges with TestRail checked against its contract, {len(found)} errors")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
