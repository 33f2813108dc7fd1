"""Paging as the service does it: 200 a page, the next page's token in `x-ms-continuationtoken`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ado_publisher.emulator.errors import invalid_argument

PAGE = 200
HEADER = "x-ms-continuationtoken"
_TOKEN = re.compile(r"\s*(-?\d{1,18})?\s*(?:;\s*(-?\d{1,9})?\s*)?")


def read_token(token: str | None) -> tuple[int, int]:
    """Return the last id that was delivered and the page size of a token `<last id>;<size>`."""
    if not token:
        return -(2**31), PAGE
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise invalid_argument(f"The continuation token '{token[:60]}' is not valid.")
    last = int(found.group(1)) if found.group(1) else -(2**31)
    size = int(found.group(2)) if found.group(2) else PAGE
    return last, PAGE if size < 1 or size > PAGE else size


def next_token(last_id: int, size: int, *, more: bool) -> Mapping[str, str]:
    """Return the header that leads to the next page, or none at the end."""
    return {HEADER: f"{last_id};{size}"} if more else {}
