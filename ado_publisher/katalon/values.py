"""What the values in Katalon's settings say: JSON inside of .properties. Pure.

Each reader takes the decoded value and raises ValueError in plain words; an empty value is an absent one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ado_publisher.katalon.content import ConfigurationMapping, StatusMapping
from ado_publisher.model import Outcome
from ado_publisher.rules import ANY
from ado_publisher.text import clean
from ado_publisher.values import none_of, organization_url, shown

LARGEST_ID = 2**31 - 1
"""Ids of the service are 32-bit integers (testPlan-7.1 Swagger)."""

STATUSES = {
    "PASSED": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "ERROR": Outcome.ERROR,
    "INCOMPLETE": Outcome.ABORTED,
    "SKIPPED": Outcome.NOT_EXECUTED,
}
_OUTCOMES = tuple(str(each) for each in Outcome)
SENDINGS = ("SEND_IF_FAILS", "SEND_IF_PASSES", "SEND_ALL", "ALWAYS_SEND", "NOT_SEND")

Json = Any


def decoded(value: str) -> Json:
    """The JSON in a value; a text that is none of it stays a text. Raises ValueError for half a JSON text."""
    text = value.strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.startswith('"'):
            raise ValueError("is broken JSON") from None
        return text


def _unwrapped(value: Json) -> Json:
    """A list or an object, also where it stands as JSON inside a text."""
    if not isinstance(value, str) or value.strip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("is broken JSON") from None


def is_id(digits: str) -> bool:
    """A whole number from 1 to 2^31-1 in decimal digits."""
    # Length first: int() of thousands of digits is refused by Python, and slow before that.
    return len(digits) <= 10 and digits.isascii() and digits.isdigit() and 0 < int(digits) <= LARGEST_ID


def text(value: Json) -> str:
    """A text on one line, without control characters."""
    match value:
        case dict() | list():
            raise ValueError("is no text")
        case None:
            return ""
        case _:
            return " ".join(clean(str(value)).split())


def boolean(value: Json) -> bool | None:
    """True, false, or None where the value is empty."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    if word in ("", "true", "false"):
        return {"true": True, "false": False}.get(word)
    raise ValueError("is neither true nor false")


def definition(value: Json) -> int | None:
    """The id of a definition; None for Katalon's -1 and 0, which mean none."""
    if _whole(value) in ("", "0", "-1"):
        return None
    return _id(value)


def named(value: Json) -> tuple[str, str]:
    """Id and name of an object, both empty where it is; a bare text is the name."""
    value = _unwrapped(value)
    if not isinstance(value, dict):
        return "", text(value)
    return _whole(value.get("id")), text(value.get("name"))


def plan(value: Json) -> tuple[int | None, str]:
    """Id and name of the test plan; a bare number is the id."""
    value = _unwrapped(value)
    if not isinstance(value, dict):
        return (_id(value) if _whole(value) else None), ""
    if not _whole(value.get("id")):
        return None, text(value.get("name"))
    return _id(value["id"]), text(value.get("name"))


def server_url(value: Json) -> str:
    """The address as Katalon holds it, without user name and password."""
    address = text(value)
    if not address:
        return ""
    if "://" not in address:
        raise ValueError("is not a web address; give the organization's yourself")
    address = re.sub(r"//[^/]*@", "//", address)
    organization_url(cut(address, "")[0])
    return address


def cut(address: str, project: str) -> tuple[str, str]:
    """The organization's or collection's own address, and the project that followed it, if any did.

    On dev.azure.com one name is the organization; elsewhere a project is known by its name, or by what
    follows it (`_git`, `_testPlans`).
    """
    found = re.match(r"(\w+://[^/?#]*)([^?#]*)(.*)", address)
    if found is None:
        return address, ""
    names = [name for name in found[2].split("/") if name]
    opened = next((at for at, name in enumerate(names) if name.startswith("_")), len(names))
    host = found[1].lower().rpartition("/")[2]
    if host == "dev.azure.com":
        kept = 1
    elif host.endswith(".visualstudio.com"):
        kept = 1 if names[:1] == ["DefaultCollection"] else 0
    else:
        fits = [at for at, name in enumerate(names) if at and unquote(name).casefold() == project.casefold()]
        kept = fits[0] if fits else max(opened - 1, 1) if opened < len(names) else len(names)
    rest = names[kept:opened]
    tail = "" if names[kept:] else found[3]
    return "/".join([found[1], *names[:kept]]) + tail, unquote(rest[0]) if rest else ""


def statuses(value: Json) -> Iterator[StatusMapping | str]:
    """The rows of executionStatusMappings, each status once; a text is what is wrong with a row."""
    found: dict[str, Outcome] = {}
    for number, row in _rows(value):
        status, word = text(row.get("katalonStatus")).upper(), text(row.get("azureStatus"))
        outcome = next((each for each in Outcome if each.lower() == word.lower()), None)
        if status not in STATUSES:
            yield f"row {number}: katalonStatus {shown(status)} {none_of(status, STATUSES)}"
        elif outcome is None:
            yield f"row {number}: azureStatus {shown(word)} {none_of(word, _OUTCOMES)}"
        elif found.setdefault(status, outcome) is not outcome:
            # A failure shown as passed is the worse mistake.
            graver = min(outcome, found[status], key=lambda each: each.severity)
            yield f"row {number}: {status} is both {found[status]} and {outcome}; {graver} is used"
            found[status] = graver
    yield from (StatusMapping(status, outcome) for status, outcome in found.items())


def configurations(value: Json) -> Iterator[ConfigurationMapping | str]:
    """The rows of testConfigurationMappings; a text is what is wrong with one."""
    for number, row in _rows(value):
        os, platform = (_or_any(text(row.get(key))) for key in ("os", "platform"))
        digits = _whole(row.get("azureTestConfigurationId"))
        if is_id(digits):
            yield ConfigurationMapping(os, platform, int(digits), number)
        else:
            yield f"row {number}: azureTestConfigurationId {shown(digits)} is no id of a test configuration"


def sending(value: Json) -> str:
    """When attachments are sent, one of SENDINGS."""
    word = text(value).upper()
    if word and word not in SENDINGS:
        raise ValueError(none_of(word, SENDINGS))
    return word


def types(value: Json) -> tuple[str, ...]:
    """The kinds of files to attach, as endings in lower case."""
    value = _unwrapped(value)
    listed = value if isinstance(value, list) else text(value).split(",")
    words = [text(each).lower().lstrip(".") for each in listed]
    if wrong := [word for word in words if word and not re.fullmatch(r"[a-z0-9]{1,16}", word)]:
        raise ValueError(f"holds {shown(wrong[0])}, which is no ending of a file such as PNG")
    return tuple(dict.fromkeys(word for word in words if word))


def _or_any(word: str) -> str:
    return "" if word == ANY else word


def _rows(value: Json) -> Iterator[tuple[int, Mapping[str, Json]]]:
    value = _unwrapped(value)
    if not isinstance(value, list):
        if text(value):
            raise ValueError("is no list")
        return
    for number, row in enumerate(value, 1):
        told = row.items() if isinstance(row, dict) else ()
        yield number, {key: cell for key, cell in told if not isinstance(cell, (dict, list))}


def _whole(value: Json) -> str:
    """A number as its digits, also where JSON has it as 5.0; a text as it is."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return "" if value is None or isinstance(value, bool) else text(value)


def _id(value: Json) -> int:
    digits = _whole(value)
    if not is_id(digits):
        raise ValueError("holds no id, which is a whole number above 0")
    return int(digits)
