"""The calls of TestRail's API version 2 that a sync makes, each by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ado_publisher.emulator.testrail import runs
from ado_publisher.emulator.testrail.answers import Query, changed, name_of, number_of, paged
from ado_publisher.emulator.testrail.data import ApiError, Data, Json


def call(data: Data, method: str, name: str, arguments: list[str], query: Query, body: object) -> object:
    """The answer to one call. Raises ApiError."""
    numbers = [number_of(each) for each in arguments]
    known = _READS.get(name) if method == "GET" else _WRITES.get(name) if method == "POST" else None
    if known is None:
        other = name in _WRITES if method == "GET" else name in _READS
        if other:
            raise ApiError(405, f"Method {method} is not allowed for {name}.")
        raise ApiError(404, f"Unknown method '{name}'")
    if method == "POST" and not isinstance(body, dict):
        raise ApiError(400, "The request body is no JSON object.")
    try:
        return known(data, numbers, query, body)
    except IndexError:
        raise ApiError(400, f"{name}: an id is missing in the path.") from None


def _cases(data: Data, ids: list[int], query: Query, _: object) -> object:
    project = data.one("projects", ids[0])
    suites = {row["id"] for row in data.rows("suites", project_id=project["id"])}
    if project["suite_mode"] != 1 and not query.get("suite_id"):
        raise ApiError(400, "Field :suite_id is a required field.")
    if query.get("suite_id"):
        suites &= {number_of(query["suite_id"])}
    rows = [row for row in data.rows("cases", is_deleted=0) if row["suite_id"] in suites]
    if query.get("section_id"):
        rows = [row for row in rows if row["section_id"] == number_of(query["section_id"])]
    for name, column in (("updated_after", "updated_on"), ("created_after", "created_on")):
        if query.get(name):
            since = number_of(query[name])
            rows = [row for row in rows if row[column] > since and data.visible("cases", row)]
    if query.get("filter"):
        rows = [row for row in rows if query["filter"].casefold() in row["title"].casefold()]
    return paged(data, query, "cases", rows)


_OWN = {"title", "template_id", "type_id", "priority_id", "milestone_id", "refs", "estimate"}


def _fields(data: Data, given: Mapping[str, Any], *, new: bool) -> Json:
    """What a body says of a case. Raises ApiError with what is wrong."""
    custom = {row["system_name"]: row for row in data.tables["case_fields"].values()}
    taken: Json = {}
    for name, value in given.items():
        if name in custom or name == "custom_preconds":
            if value is not None and not isinstance(value, str):
                raise ApiError(400, f"Field :{name} is not a valid string.")
            # A field that is not on the template takes nothing, and nobody is told.
            if name not in data.knobs["drop_fields"]:
                taken[name] = value
        elif name in _OWN or (name == "custom_steps_separated" and _are_steps(value)):
            taken[name] = value
    if new or "title" in given:
        title = given.get("title")
        if not isinstance(title, str) or not title.strip() or len(title) > 250:
            raise ApiError(400, "Field :title is a required field, of at most 250 characters.")
    _need_required(custom, taken, new=new)
    return taken


def _are_steps(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ApiError(400, "Field :custom_steps_separated is not a list of steps.")
    return True


def _need_required(custom: Mapping[str, Json], taken: Json, *, new: bool) -> None:
    for name, row in custom.items():
        required = row["configs"][0]["options"]["is_required"]
        if required and not taken.get(name) and (new or name in taken):
            raise ApiError(400, f"Field :{name} is a required field.")


def _add_case(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    section = data.one("sections", ids[0])
    return data.add_case(section, _fields(data, body, new=True))


def _add_cases(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    section = data.one("sections", ids[0])
    wanted = body.get("cases")
    if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
        raise ApiError(400, "Field :cases is a required field.")
    checked = [_fields(data, each, new=True) for each in wanted]
    return {"cases": [data.add_case(section, each) for each in checked]}


def _update_case(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    case = data.one("cases", ids[0])
    changes = _fields(data, body, new=False)
    if "section_id" in body:
        section = data.one("sections", int(body["section_id"]))
        if section["suite_id"] != case["suite_id"]:
            raise ApiError(400, "Field :section_id is a section of another suite.")
        changes["section_id"] = section["id"]
    return changed(data, "cases", case, changes)


def _move_cases(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    section = data.one("sections", ids[0])
    cases = [data.one("cases", int(number)) for number in body.get("case_ids") or ()]
    if not cases:
        raise ApiError(400, "Field :case_ids is a required field.")
    if int(body.get("suite_id") or 0) != section["suite_id"]:
        raise ApiError(400, "Field :suite_id is not the suite of the section.")
    for case in cases:
        changed(data, "cases", case, {"section_id": section["id"], "suite_id": section["suite_id"]})
    return {}


def _update_suite(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    row = data.one("suites", ids[0])
    changes = {name: body[name] for name in ("description",) if name in body}
    return changed(data, "suites", row, changes | ({"name": name_of(body)} if "name" in body else {}))


def _add_suite(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    project = data.one("projects", ids[0])
    if project["suite_mode"] == 1:
        raise ApiError(400, "This project is in single suite mode: no suites can be added.")
    return data.add_suite(project["id"], name_of(body), body.get("description"))


def _update_cases(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    data.one("suites", ids[0])
    cases = [data.one("cases", int(number)) for number in body.get("case_ids", ())]
    changes = _fields(data, body, new=False)
    return {"updated_cases": [changed(data, "cases", case, changes) for case in cases]}


def _delete_case(data: Data, ids: list[int], _: Query, __: object) -> Json:
    row = data.one("cases", ids[0])
    del data.tables["cases"][row["id"]]
    return {}


def _sections(data: Data, ids: list[int], query: Query, _: object) -> object:
    project = data.one("projects", ids[0])
    suites = {row["id"] for row in data.rows("suites", project_id=project["id"])}
    if query.get("suite_id"):
        suites &= {number_of(query["suite_id"])}
    elif project["suite_mode"] == 3:
        raise ApiError(400, "Field :suite_id is a required field.")
    return paged(data, query, "sections", (row for row in data.rows("sections") if row["suite_id"] in suites))


def _add_section(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    project = data.one("projects", ids[0])
    own = [row["id"] for row in data.rows("suites", project_id=project["id"])]
    suite = int(body.get("suite_id") or (own[0] if project["suite_mode"] == 1 else 0))
    if suite not in own:
        raise ApiError(400, "Field :suite_id is a required field.")
    parent = body.get("parent_id")
    if parent:
        data.one("sections", int(parent))
    return data.add_section(suite, name_of(body), body.get("description"), int(parent) if parent else None)


def _update_section(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    row = data.one("sections", ids[0])
    changes = {name: body[name] for name in ("description",) if name in body}
    return changed(data, "sections", row, changes | ({"name": name_of(body)} if "name" in body else {}))


def _move_section(data: Data, ids: list[int], _: Query, body: Mapping[str, Any]) -> Json:
    row = data.one("sections", ids[0])
    parent = body.get("parent_id")
    above = parent
    while above:
        if above == row["id"]:
            raise ApiError(400, "Field :parent_id is the section itself, or one below it.")
        above = data.one("sections", int(above))["parent_id"]
    depth = data.one("sections", int(parent))["depth"] + 1 if parent else 0
    return changed(data, "sections", row, {"parent_id": parent, "depth": depth})


def _add_case_field(data: Data, _: list[int], __: Query, body: Mapping[str, Any]) -> Json:
    if not data.knobs["administrator"]:
        raise ApiError(403, "You are not allowed to add case fields (requires administrator permission).")
    missing = [name for name in ("type", "name", "label", "configs") if not body.get(name)]
    if missing:
        raise ApiError(400, f"Field :{missing[0]} is a required field.")
    projects = [number for each in body["configs"] for number in each["context"].get("project_ids") or ()]
    return data.add_field({**body, "type_id": 1, "project_ids": projects})


def _project_of(table: str) -> Callable[..., Any]:
    def listed(data: Data, ids: list[int], query: Query, _: object) -> object:
        return paged(data, query, table, data.rows(table, project_id=data.one("projects", ids[0])["id"]))

    return listed


def _get(table: str) -> Callable[..., Any]:
    return lambda data, ids, *_: dict(data.one(table, ids[0]))


_READS: dict[str, Callable[..., Any]] = {
    **runs.READS,
    "get_projects": lambda data, _, query, __: paged(data, query, "projects", data.rows("projects")),
    "get_project": _get("projects"),
    # One of those that answer a bare list whatever the version.
    "get_suites": lambda data, ids, *_: list(
        data.rows("suites", project_id=data.one("projects", ids[0])["id"])
    ),
    "get_suite": _get("suites"),
    "get_sections": _sections,
    "get_section": _get("sections"),
    "get_cases": _cases,
    "get_case": _get("cases"),
    "get_case_fields": lambda data, *_: list(data.rows("case_fields")),
    "get_result_fields": lambda data, *_: list(data.rows("result_fields")),
    "get_case_types": lambda *_: [{"id": 7, "is_default": True, "name": "Other"}],
    "get_priorities": lambda *_: [
        {"id": 2, "is_default": True, "name": "Medium", "priority": 2, "short_name": "Medium"}
    ],
    "get_templates": lambda *_: [{"id": 1, "is_default": True, "name": "Test Case (Text)"}],
    "get_statuses": lambda data, *_: list(data.statuses),
    "get_users": lambda data, _, query, __: paged(data, query, "users", data.rows("users")),
    "get_current_user": lambda data, *_: dict(data.one("users", 1)),
}
_WRITES: dict[str, Callable[..., Any]] = {
    **runs.WRITES,
    "add_suite": _add_suite,
    "update_suite": _update_suite,
    "move_cases_to_section": _move_cases,
    "add_section": _add_section,
    "update_section": _update_section,
    "move_section": _move_section,
    "add_case": _add_case,
    "add_cases": _add_cases,
    "update_case": _update_case,
    "update_cases": _update_cases,
    "delete_case": _delete_case,
    "add_case_field": _add_case_field,
}
