"""People as the service refers to them, made from the text a seed gives: `Ann <ann@example.com>`."""

from __future__ import annotations

import re
import uuid
from functools import lru_cache

from ado_publisher.emulator.store import Json

USER = "Emulator User <user@example.com>"
NOBODY: Json = {"displayName": None, "id": "00000000-0000-0000-0000-000000000000"}
_SPACE = uuid.UUID("6a1f2f5e-6f52-4b7b-9f6d-0f3f6f1d8f10")
_NAMED = re.compile(r"\s*(.*?)\s*<([^<>]+)>\s*")


@lru_cache(maxsize=4096)
def guid(*parts: str) -> str:
    """Return the same GUID for the same words."""
    return str(uuid.uuid5(_SPACE, "/".join(parts).lower()))


def split(person: str) -> tuple[str, str]:
    """Return display name and unique name."""
    found = _NAMED.fullmatch(person)
    return (found.group(1) or found.group(2), found.group(2)) if found else (person, person)


@lru_cache(maxsize=4096)
def identity(base: str, person: str) -> Json:
    """Return an IdentityRef; it is shared, so nobody may change it."""
    display, unique = split(person)
    person_id = guid("identity", unique)
    avatar = f"{base}/_apis/GraphProfile/MemberAvatars/aad.{person_id}"
    return {
        "displayName": display,
        "url": f"{base}/_apis/Identities/{person_id}",
        "_links": {"avatar": {"href": avatar}},
        "id": person_id,
        "uniqueName": unique,
        "imageUrl": avatar,
        "descriptor": f"aad.{person_id}",
    }


def short(person: str) -> Json:
    """Return the two keys that lists show of a person."""
    display, unique = split(person)
    return {"displayName": display, "id": guid("identity", unique)}


def as_text(value: object, default: str = USER) -> str:
    """Return the text form of a person that a request's body refers to."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, dict):
        display, unique = value.get("displayName"), value.get("uniqueName")
        if display and unique and display != unique:
            return f"{display} <{unique}>"
        return str(unique or display or value.get("id") or default)
    return default
