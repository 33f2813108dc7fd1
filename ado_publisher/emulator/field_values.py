"""Fields of work items: found by their names, their values checked as the service does."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from ado_publisher.emulator.errors import WIT, ApiError, field_missing, rule_broken
from ado_publisher.emulator.identity import as_text
from ado_publisher.emulator.wit_model import BY_NAME, BY_REFERENCE, MAX_STRING, Field

LONG = frozenset({"html", "plainText", "history"})


def find(connection: sqlite3.Connection, name: str) -> Field | None:
    """Return the field of a reference name or of the name people see, or None."""
    found = BY_REFERENCE.get(name.lower()) or BY_NAME.get(name.lower())
    if found is not None:
        return found
    row = connection.execute("SELECT * FROM custom_fields WHERE reference = ?", (name,)).fetchone()
    if row is None:
        return None
    return Field(row["reference"], row["reference"].rpartition(".")[2], row["type"])


def need(connection: sqlite3.Connection, name: str) -> Field:
    """Return a field, or raise TF51535."""
    found = find(connection, name)
    if found is None:
        raise field_missing(name)
    return found


def every(connection: sqlite3.Connection) -> list[Field]:
    """Return all fields: the service's own, and those that only this seed uses."""
    custom = connection.execute("SELECT * FROM custom_fields ORDER BY reference").fetchall()
    return [
        *BY_REFERENCE.values(),
        *(Field(row["reference"], row["reference"].rpartition(".")[2], row["type"]) for row in custom),
    ]


def checked(field: Field, value: object) -> object:
    """Return a value in its field's own type, None for an empty one, or raise what the service answers."""
    if field.read_only:
        text = f"TF401326: Invalid field status 'ReadOnly' for field '{field.reference}'."
        raise ApiError(400, "WorkItemFieldInvalidException", text, assembly=WIT, event_id=3200)
    if value is None or value == "":
        return None
    if field.identity:
        return as_text(value, "") or None
    if isinstance(value, (dict, list)):
        raise _wrong(field, value)
    if field.type in ("integer", "double"):
        return _number(field, value)
    if field.type == "boolean":
        if str(value).lower() not in ("true", "false"):
            raise _wrong(field, value)
        return str(value).lower() == "true"
    if field.type == "dateTime":
        return _moment(field, value)
    text = str(value)
    if field.type == "string" and len(text) > MAX_STRING:
        raise rule_broken(f"TF401320: Rule Error for field {field.name}. Error code: InvalidTooLong.")
    return text


def _number(field: Field, value: object) -> int | float:
    try:
        number = float(str(value))
        whole = int(number)
    except (ValueError, OverflowError):
        raise _wrong(field, value) from None
    if abs(number) > 2**53 or (field.type == "integer" and (whole != number or abs(whole) > 2**31 - 1)):
        raise _wrong(field, value)
    return whole if field.type == "integer" else number


def _moment(field: Field, value: object) -> str:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise _wrong(field, value) from None
    return str(value)


def _wrong(field: Field, value: object) -> ApiError:
    text = (
        f"TF401326: Invalid field status 'InvalidType' for field '{field.reference}'. "
        f"Value: {str(value)[:60]}."
    )
    return ApiError(400, "WorkItemFieldInvalidException", text, assembly=WIT, event_id=3200)
