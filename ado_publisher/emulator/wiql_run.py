"""A parsed query is run over the work items: one pass over those that can fit, however it is nested."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ado_publisher.emulator.areas import HIDDEN, under
from ado_publisher.emulator.identity import USER, split
from ado_publisher.emulator.store import loads, marks
from ado_publisher.emulator.wiql import Condition, Group, Query, Value, syntax
from ado_publisher.emulator.wit_model import TYPES, Field

Fields = dict[str, Any]
Test = Callable[[Fields], bool]
_LONG = frozenset({"html", "plainText", "history"})
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w+")
_TAGS = "System.Tags"


@dataclass(frozen=True, slots=True)
class Context:
    """What a query's macros and switches stand for."""

    project: str | None
    behaviours: Mapping[str, str]
    time_precision: bool = False


def select(
    connection: sqlite3.Connection, query: Query, context: Context, *, test_cases_of: str = ""
) -> list[int]:
    """Return the ids of the work items that a query finds, in its order.

    `test_cases_of` narrows it to the test cases of one project, as a query-based suite does.
    """
    fits = _compile(query.where, context) if query.where is not None else None
    clauses: list[str] = ["access < ?"]
    values: list[Any] = [HIDDEN]
    _narrow(query.where, context, clauses, values)
    if test_cases_of:
        clauses.append("project_id = ? AND type = 'Test Case'")
        values.append(test_cases_of)
    found: list[Fields] = []
    for row in connection.execute(
        f"SELECT id, rev, fields FROM work_items WHERE {' AND '.join(clauses)} ORDER BY id",  # noqa: S608
        values,
    ):
        fields = loads(row["fields"])
        fields["System.Id"], fields["System.Rev"] = row["id"], row["rev"]
        if fits is None or fits(fields):
            found.append(fields)
    for name, descending in reversed(query.order):
        found.sort(key=lambda item, name=name: _sort_key(item.get(name.reference)), reverse=descending)  # type: ignore[misc]
    return [item["System.Id"] for item in found]


def _sort_key(value: object) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, (int, float)):
        return (1, float(value), "")
    return (2, 0.0, str(value).lower())


def _narrow(where: Condition | Group | None, context: Context, clauses: list[str], values: list[Any]) -> None:
    """Let the database leave out what cannot fit, where a condition on a column stands in every way."""
    if isinstance(where, Group):
        for part in where.parts if where.kind == "and" else ():
            _narrow(part, context, clauses, values)
        return
    if where is None or where.operator not in ("=", "in") or len(where.values) > 500:
        return
    if where.field.reference == "System.Id":
        ids = [int(float(item.text)) for item in where.values if re.fullmatch(r"\d{1,10}(\.0+)?", item.text)]
        clauses.append(f"id IN ({marks(len(ids))})")
        values.extend(ids)
    elif where.field.reference == "System.WorkItemType":
        clauses.append(f"type COLLATE NOCASE IN ({marks(len(where.values))})")
        values.extend(item.text for item in where.values)


def _compile(where: Condition | Group, context: Context) -> Test:
    if isinstance(where, Group):
        tests = [_compile(part, context) for part in where.parts]
        if where.kind == "not":
            return lambda fields: not tests[0](fields)
        if where.kind == "or":
            return lambda fields: any(test(fields) for test in tests)
        return lambda fields: all(test(fields) for test in tests)
    return _condition(where, context)


def _condition(where: Condition, context: Context) -> Test:
    name, operator = where.field.reference, where.operator
    if operator == "empty":
        return lambda fields: fields.get(name) in (None, "")
    if operator == "in group":
        return _in_group(where)
    texts = [_text(value, where.field, context) for value in where.values]
    if operator == "under":
        return _under(where.field, texts[0])
    if operator in ("contains", "contains words"):
        return _contains(where.field, operator, texts[0], context)
    if where.field.type in _LONG:
        raise syntax(f"The operator {operator} cannot be used on the field {where.field.name}.", operator)
    if where.field.type == "dateTime":
        return _dates(where, context)
    if operator == "in":
        return _any(_comparison(where.field, "=", text) for text in texts)
    return _comparison(where.field, operator, texts[0])


def _any(tests: Iterable[Test]) -> Test:
    every = list(tests)
    return lambda fields: any(test(fields) for test in every)


def _text(value: Value, field: Field, context: Context) -> str:
    if value.macro == "project":
        if context.project is None:
            raise syntax("The macro '@Project' is not supported without a project context.", value.text)
        return context.project
    if value.macro == "me":
        return split(USER)[1]
    if value.macro and field.type != "dateTime":
        raise syntax(f"The macro {value.text} cannot be used on the field {field.name}.", value.text)
    return value.text


def _in_group(where: Condition) -> Test:
    group = where.values[0].text.lower()
    names = {item.name.lower() for item in TYPES if item.category.lower() == group}
    if where.field.reference != "System.WorkItemType" or not names:
        raise syntax(f"The group '{where.values[0].text[:100]}' is not known.", where.values[0].text)
    return lambda fields: str(fields.get("System.WorkItemType", "")).lower() in names


def _under(field: Field, top: str) -> Test:
    if field.type != "treePath":
        raise syntax(f"The operator UNDER cannot be used on the field {field.name}.", "UNDER")
    name = field.reference
    return lambda fields: under(str(fields.get(name, "")), top)


def _contains(field: Field, operator: str, wanted: str, context: Context) -> Test:
    if field.type in ("integer", "double", "dateTime", "boolean", "treePath"):
        raise syntax(
            f"The operator {operator.upper()} cannot be used on the field {field.name}.", operator.upper()
        )
    name, wanted = field.reference, wanted.lower()
    if name == _TAGS and context.behaviours["tags_contain"] == "whole_tag":
        return lambda fields: (
            wanted.strip() in [tag.strip().lower() for tag in str(fields.get(_TAGS, "")).split(";")]
        )
    if operator == "contains":
        return lambda fields: wanted in str(fields.get(name) or "").lower()
    words = [word for word in re.findall(r"\w+\*?", wanted) if word]

    def has_words(fields: Fields) -> bool:
        there = set(_WORD.findall(_TAG.sub(" ", str(fields.get(name) or "")).lower()))
        return bool(words) and all(
            any(word.startswith(part[:-1]) for word in there) if part.endswith("*") else part in there
            for part in words
        )

    return has_words


def _comparison(field: Field, operator: str, wanted: str) -> Test:
    name = field.reference
    if wanted == "":
        return lambda fields: (fields.get(name) in (None, "")) == (operator == "=")
    if field.type in ("integer", "double"):
        return _numbers(field, operator, wanted)
    if field.type == "boolean":
        return lambda fields: (str(fields.get(name, False)).lower() == wanted.lower()) == (operator == "=")
    low = wanted.strip("\\").lower() if field.type == "treePath" else wanted.lower()
    if field.identity:
        return lambda fields: _is_person(str(fields.get(name) or ""), low) == (operator == "=")
    compare = _COMPARE[operator]

    def compared(fields: Fields) -> bool:
        value = fields.get(name)
        if value is None:
            return operator == "<>"
        return compare(str(value).lower(), low)

    return compared


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}


def _is_person(value: str, wanted: str) -> bool:
    display, unique = split(value.lower())
    return wanted in (value.lower(), display, unique)


def _numbers(field: Field, operator: str, wanted: str) -> Test:
    name, compare = field.reference, _COMPARE[operator]
    try:
        number = float(wanted)
    except ValueError:
        raise syntax(f"'{wanted[:60]}' is no number; the field {field.name} takes one.", wanted) from None

    def compared(fields: Fields) -> bool:
        value = fields.get(name)
        if not isinstance(value, (int, float)):
            return operator == "<>"
        return compare(value, number)

    return compared


def _dates(where: Condition, context: Context) -> Test:
    name = where.field.reference
    operator = "=" if where.operator == "in" else where.operator
    compare = _COMPARE[operator]
    limits = [_moment(value, context) for value in where.values if value.text]
    if not limits:
        return lambda fields: (fields.get(name) in (None, "")) == (operator == "=")

    def compared(fields: Fields) -> bool:
        moment = _read(fields.get(name))
        if moment is None:
            return operator == "<>"
        shown: datetime | date = moment if context.time_precision else moment.date()
        return any(compare(shown, limit if context.time_precision else limit.date()) for limit in limits)

    return compared


def _moment(value: Value, context: Context) -> datetime:
    if value.macro == "today":
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today + timedelta(days=value.offset)
    moment = _read(value.text)
    if moment is None:
        raise syntax("The value is not a valid date.", value.text)
    if not context.time_precision and (moment.hour or moment.minute or moment.second or moment.microsecond):
        raise syntax(
            "You cannot supply a time with the date when running a query using date precision.", value.text
        )
    return moment


def _read(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
