"""Iterations with their steps, and bugs, as they hang on a test result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ado_publisher.emulator import areas, work_items
from ado_publisher.emulator.enums import member
from ado_publisher.emulator.errors import invalid, work_item_missing
from ado_publisher.emulator.store import Json, Row
from ado_publisher.emulator.web import Request, canonical, check_dates, integer, items, reference_id

FAILURE_TYPES = ("None", "Regression", "New Issue", "Known Issue", "Unknown")
_ITERATION = ("comment", "errorMessage", "startedDate", "completedDate", "durationInMs")
_ACTION = (*_ITERATION, "sharedStepModel")
_PARAMETER = ("parameterName", "value")
ARTIFACT = "vstfs:///TestManagement/TcmResult/{run}.{result}"


def settle(request: Request, run: Row, number: int, data: Json, given: Json) -> None:
    """Check and complete what a body said of iterations and bugs; link the bugs to the result."""
    _check_failure_type(request, given.get("failureType"))
    if given.get("iterationDetails") is not None:
        _iterations(request, run, data)
    if given.get("associatedBugs") is not None:
        data["associatedBugs"] = _bugs(request, data.get("associatedBugs"))
        _link(request, run["id"], number, data)


def _check_failure_type(request: Request, value: object) -> None:
    if not value or request.behaviour("unknown_failure_type") != "refused":
        return
    if str(value).casefold() not in {name.casefold() for name in FAILURE_TYPES}:
        raise invalid(f"The value '{str(value)[:60]}' specified for failureType is not valid.")


def _iterations(request: Request, run: Row, data: Json) -> None:
    behaviour = request.behaviour("iteration_details_on_automated_run")
    if run["automated"] and behaviour == "refused":
        raise invalid("Iteration details can be specified only for the results of a manual test run.")
    if run["automated"] and behaviour == "ignored":
        data.pop("iterationDetails", None)
        return
    data["iterationDetails"] = [
        _iteration(item, index)
        for index, item in enumerate(_objects(data.get("iterationDetails"), "iterationDetails"), 1)
    ]


def _objects(value: object, name: str) -> list[Json]:
    found = items(value, name)
    if not all(isinstance(item, dict) for item in found):
        raise invalid(f"The value specified for {name} is not valid.")
    return [canonical(item) for item in found]


def _kept(item: Json, names: Sequence[str]) -> Json:
    check_dates(item.get("startedDate"), item.get("completedDate"))
    return {name: item[name] for name in names if item.get(name) is not None}


def _outcome(item: Json) -> str:
    return member("TestOutcome", item.get("outcome") or "Unspecified")


def _iteration(item: Json, index: int) -> Json:
    number = index if item.get("id") in (None, "", 0) else integer(item["id"], "id")
    shown: Json = {"id": number, "outcome": _outcome(item), **_kept(item, _ITERATION)}
    shown["actionResults"] = [
        {**_kept(action, _ACTION), **_step(action, number), "outcome": _outcome(action)}
        for action in _objects(item.get("actionResults"), "actionResults")
    ]
    shown["parameters"] = [
        {**_kept(entry, _PARAMETER), **_step(entry, number)}
        for entry in _objects(item.get("parameters"), "parameters")
    ]
    shown["attachments"] = []
    return shown


def _step(item: Json, iteration: int) -> Json:
    """Return where a step stands: its path is the step's id in 8 hex digits, shared steps join two."""
    path = item.get("actionPath")
    if not isinstance(path, str) or not path or len(path) % 8 or len(path) > 64:
        raise invalid(f"The value '{str(path)[:60]}' specified for actionPath is not valid.")
    try:
        last = int(path[-8:], 16)
    except ValueError:
        raise invalid(f"The value '{path[:60]}' specified for actionPath is not valid.") from None
    return {"actionPath": path, "iterationId": iteration, "stepIdentifier": str(last)}


def shown_iteration(item: Any, url: str, *, actions: bool) -> Json:  # noqa: ANN401 - as it is stored
    """Return an iteration with its address; the steps only where they are asked for."""
    own = f"{url}/Iterations/{item['id']}"
    shown: Json = {**item, "url": own}
    if not actions:
        for name in ("actionResults", "parameters", "attachments"):
            shown.pop(name, None)
        return shown
    shown["actionResults"] = [
        {**action, "url": f"{own}/ActionResults/{action['actionPath']}"} for action in item["actionResults"]
    ]
    shown["parameters"] = [
        {**entry, "url": f"{own}/ParameterResults?paramName={entry.get('parameterName', '')}"}
        for entry in item["parameters"]
    ]
    return shown


def _bugs(request: Request, value: object) -> list[Json]:
    """Return the bugs of a result with the titles of those that exist."""
    found: dict[int, Json] = {}
    for item in _objects(value, "associatedBugs"):
        number = reference_id(item, "associatedBugs")
        if number is None:
            raise invalid("Each of associatedBugs must have an id.")
        row = work_items.row(request.connection, number)
        if row is None or row["access"] == areas.HIDDEN:
            if request.behaviour("unknown_associated_bug") == "refused":
                raise work_item_missing(number)
            found[number] = {"id": str(number)}
        else:
            url = f"{request.base}/_apis/wit/workItems/{number}"
            found[number] = {"id": str(number), "name": row["title"], "url": url}
    return list(found.values())


def _link(request: Request, run: int, result: int, data: Json) -> None:
    """Give each bug that exists a relation to the result, once."""
    link = work_items.Link(
        "ArtifactLink", 0, ARTIFACT.format(run=run, result=result), {"name": "Test Result"}
    )
    for bug in data["associatedBugs"]:
        row = work_items.row(request.connection, int(bug["id"]))
        if row is None or row["access"] != areas.FULL:
            continue
        there = request.connection.execute(
            "SELECT 1 FROM links WHERE work_item_id = ? AND rel = ? AND target = 0 AND url = ?",
            (row["id"], link.rel, link.url),
        ).fetchone()
        if there is None:
            work_items.add_link(request.connection, row, link)
            work_items.remember(request.connection, row, added=[link.kept()])
