"""The body of a work item's change: a JSON patch, read into operations on fields and relations.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-items/update
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ado_publisher.emulator.errors import COMMON, WEBAPI_PATCH, ApiError
from ado_publisher.emulator.web import Request, canonical

CONTENT_TYPE = "application/json-patch+json"
# The service's clients send an operation by its name or its number.
_KINDS = ("add", "remove", "replace", "move", "copy", "test")
_PATH = re.compile(
    r"/(?:fields/(?P<field>[^/]+)|(?P<rev>rev)|relations/(?P<index>-|\d{1,6})(?P<comment>/attributes/comment)?)",
    re.IGNORECASE,
)
NO_PATCH = "You must pass a valid patch document in the body of the request."


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: on a field, on the revision, or on a relation by its index (None: a new one)."""

    kind: str
    path: str
    value: Any
    field: str | None = None
    relation: int | None = None
    on_relations: bool = False
    on_comment: bool = False


def no_patch() -> ApiError:
    """Return the 400 of a body that is no patch document."""
    return ApiError(400, "VssPropertyValidationException", NO_PATCH, assembly=COMMON)


def refused(message: str) -> ApiError:
    """Return the 400 of an operation that cannot be carried out."""
    return ApiError(400, "PatchOperationFailedException", message, assembly=WEBAPI_PATCH)


def test_failed(path: str, value: object, wanted: object) -> ApiError:
    """Return the 412 of a test operation that found another value than it wanted."""
    text = (
        f"VS403351: Test Operation for path {path} failed, value {_spoken(value)} was not equal to test value"
        f" {_spoken(wanted)}."
    )
    return ApiError(412, "TestPatchOperationFailedException", text, assembly=WEBAPI_PATCH)


def _spoken(value: object) -> str:
    return "" if value is None else str(value)[:200]


def operations(request: Request) -> list[Operation]:
    """Return the operations of a request's body, or raise what the service answers to no patch."""
    given = request.content_type.partition(";")[0].strip().lower()
    if given != CONTENT_TYPE and request.behaviour("wrong_patch_content_type") == "415":
        text = f"The request entity's media type '{given}' is not supported for this resource."
        raise ApiError(415, "UnsupportedMediaTypeException", text, assembly=COMMON)
    body = request.body
    if given != CONTENT_TYPE or not isinstance(body, list) or not body:
        raise no_patch()
    return [_operation(item) for item in body]


def _operation(item: object) -> Operation:
    if not isinstance(item, dict):
        raise no_patch()
    given = canonical(item)
    kind = _kind(given.get("op"))
    path = given.get("path")
    found = _PATH.fullmatch(path) if isinstance(path, str) else None
    if found is None or not isinstance(path, str):
        raise refused(f"The path '{str(path)[:100]}' of a patch operation is not valid.")
    if kind in ("move", "copy"):
        raise refused(f"The operation {kind} is not supported for the path {path[:100]}.")
    index = found["index"]
    number = int(index) if index is not None and index != "-" else None
    if index == "-" and (kind != "add" or found["comment"]):
        raise refused(f"The operation {kind} is not supported for the path {path[:100]}.")
    if found["rev"] and kind != "test":
        raise refused(f"The operation {kind} is not supported for the path {path[:100]}.")
    return Operation(
        kind, path, given.get("value"), found["field"], number, index is not None, bool(found["comment"])
    )


def _kind(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(_KINDS):
        return _KINDS[value]
    if isinstance(value, str) and value.lower() in _KINDS:
        return value.lower()
    raise no_patch()
