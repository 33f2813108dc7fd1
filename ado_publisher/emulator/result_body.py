"""One test result of a request's body, checked and cut as the service does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ado_publisher.emulator.enums import GROUP_TYPES, member
from ado_publisher.emulator.errors import invalid
from ado_publisher.emulator.identity import as_text
from ado_publisher.emulator.store import Json, now
from ado_publisher.emulator.web import Request, check_dates, date, integer, text

MAX_DEPTH = 3
MAX_SUB_RESULTS = 1000
MAX_COMMENT = 1000
MAX_TEST_NAME = 256

_TEXTS = frozenset(
    (
        "testCaseTitle",
        "automatedTestName",
        "automatedTestStorage",
        "automatedTestType",
        "automatedTestTypeId",
        "automatedTestId",
        "computerName",
        "failureType",
        "resolutionState",
        "errorMessage",
        "stackTrace",
        "comment",
    )
)
_KEPT = frozenset(
    (
        "startedDate",
        "completedDate",
        "durationInMs",
        "priority",
        "resolutionStateId",
        "associatedBugs",
        "iterationDetails",
        "customFields",
        "afnStripId",
        "releaseReference",
        "buildReference",
        "testCaseRevision",
    )
)
# A planned result takes these from its case.
_TITLE = frozenset({"testCaseTitle", "testCaseRevision"})
_PEOPLE = frozenset({"owner", "runBy"})
_MEMBERS = {"outcome": "TestOutcome", "state": "TestResultState", "resultGroupType": "ResultGroupType"}
_CANONICAL = {
    name.lower(): name
    for name in (
        *_TEXTS,
        *_KEPT,
        "id",
        "outcome",
        "state",
        "owner",
        "runBy",
        "testPoint",
        "testCase",
        "configuration",
        "subResults",
        "resultGroupType",
        "displayName",
        "sequenceId",
    )
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much text the service keeps, by the switches of the seed."""

    error_message: int
    stack_trace: int | None
    comment_refused: bool
    test_name_refused: bool

    @classmethod
    def of(cls, request: Request) -> Limits:
        """Return the limits in force."""
        stack = request.behaviour("stack_trace_limit")
        return cls(
            int(request.behaviour("error_message_limit")),
            None if stack == "none" else int(stack),
            request.behaviour("long_comment") == "refused",
            request.behaviour("long_test_name") == "refused",
        )


def spelled(item: Json) -> Json:
    """Return a body with the service's spelling of the keys it knows; the others are ignored."""
    return {_CANONICAL[key.lower()]: value for key, value in item.items() if key.lower() in _CANONICAL}


def changes(item: Json, limits: Limits, *, with_title: bool) -> Json:
    """Return what a spelled body sets; null clears a text."""
    found: Json = {}
    for name, value in item.items():
        if name in _TITLE and not with_title:
            continue
        if name in _TEXTS:
            found[name] = _cut(name, text(value, name), limits)
        elif value is None or value == "":
            continue
        elif name in _MEMBERS:
            found[name] = member(_MEMBERS[name], value)
        elif name in _PEOPLE:
            found[name] = as_text(value)
        elif name in _KEPT:
            found[name] = _number(value) if name == "durationInMs" else value
    return found


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise invalid(f"The value '{str(value)[:60]}' specified for durationInMs is not a number.")
    return float(value)


def _cut(name: str, value: str | None, limits: Limits) -> str | None:
    if value is None:
        return None
    if name == "errorMessage":
        return value[: limits.error_message]
    if name == "stackTrace":
        return value if limits.stack_trace is None else value[: limits.stack_trace]
    if name == "comment" and len(value) > MAX_COMMENT:
        if limits.comment_refused:
            raise invalid(f"The comment has {len(value)} characters, at most {MAX_COMMENT} are allowed.")
        return value[:MAX_COMMENT]
    if name == "automatedTestName" and len(value) > MAX_TEST_NAME and limits.test_name_refused:
        raise invalid(f"automatedTestName has {len(value)} characters, at most {MAX_TEST_NAME} are allowed.")
    return value


def settle(data: Json) -> None:
    """Check a result as a whole, and give it the duration its dates say."""
    started, completed = data.get("startedDate"), data.get("completedDate")
    if started is None and completed is None:
        return
    check_dates(started, completed)
    if data.get("durationInMs") is None and started and completed:
        first, last = date(started, "startedDate"), date(completed, "completedDate")
        if first and last:
            data["durationInMs"] = (last - first).total_seconds() * 1000


def sub_results(items: Any, limits: Limits, ids: list[int], *, parent: int = 0, depth: int = 1) -> list[Json]:  # noqa: ANN401
    """Return checked sub-results with ids; `ids` holds the last id given and is counted up."""
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid("The value specified for subResults is not valid.")
    if depth > MAX_DEPTH:
        raise invalid(f"Sub-results can be nested at most {MAX_DEPTH} levels deep.")
    if len(items) > MAX_SUB_RESULTS:
        raise invalid(f"{len(items)} sub-results on one level, at most {MAX_SUB_RESULTS} are allowed.")
    made: list[Json] = []
    for position, raw in enumerate(items, 1):
        ids[0] += 1
        number = ids[0]
        item = spelled(raw)
        shown = _sub_result(item, limits, number=number, parent=parent, position=position)
        if item.get("subResults"):
            shown["subResults"] = sub_results(item["subResults"], limits, ids, parent=number, depth=depth + 1)
        made.append(shown)
    return made


def _sub_result(item: Json, limits: Limits, *, number: int, parent: int, position: int) -> Json:
    given = item.get("sequenceId")
    shown: Json = {
        "id": number,
        "parentId": parent,
        "sequenceId": position if given is None else integer(given, "sequenceId"),
        "displayName": text(item.get("displayName"), "displayName") or "",
        "resultGroupType": member("ResultGroupType", item.get("resultGroupType") or GROUP_TYPES[0]),
        "outcome": member("TestOutcome", item.get("outcome") or "Unspecified"),
        "lastUpdatedDate": now(),
    }
    for name in ("comment", "computerName", "errorMessage", "stackTrace"):
        if item.get(name) is not None:
            shown[name] = _cut(name, text(item[name], name), limits)
    for name in ("startedDate", "completedDate", "customFields", "configuration"):
        if item.get(name) is not None:
            shown[name] = item[name]
    check_dates(item.get("startedDate"), item.get("completedDate"))
    duration = item.get("durationInMs")
    if duration is not None:
        if int(_number(duration)) != duration:  # an int64 here, while a result's is a double
            raise invalid(f"The value '{duration}' specified for durationInMs is not a whole number.")
        shown["durationInMs"] = int(duration)
    return shown
