"""What calls of the embedded TestRail share: pages of lists, numbers and names, changes of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ado_publisher.emulator.testrail.data import ApiError, Data, Json

Query = Mapping[str, str]


def number_of(text: str) -> int:
    """The id that a path or query names. Raises ApiError."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise ApiError(400, f"'{text[:40]}' is not a valid id.")
    return int(text)


def paged(data: Data, query: Query, key: str, rows: Iterable[Json]) -> object:
    """A list as this version of TestRail answers it: a page in an envelope, or everything as it is."""
    found = list(rows)
    if data.knobs["list_shape"] == "bare":
        return found
    most = int(data.knobs["page_size"])
    limit = min(_count(query, "limit", most), most)
    offset = _count(query, "offset", 0)
    page = found[offset : offset + limit]
    further = offset + limit < len(found)
    links = {"next": f"/api/v2/…&limit={limit}&offset={offset + limit}" if further else None, "prev": None}
    return {"offset": offset, "limit": limit, "size": len(page), "_links": links, key: page}


def _count(query: Query, name: str, default: int) -> int:
    return number_of(query[name]) if query.get(name) else default


def name_of(body: Mapping[str, Any]) -> str:
    """The name in a body. Raises ApiError."""
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ApiError(400, "Field :name is a required field.")
    return name


def changed(data: Data, table: str, row: Json, changes: Json) -> Json:
    """The row with its changes, stamped with the time of now."""
    row.update(changes)
    if "updated_on" in row:
        row["updated_on"] = data.stamp()
    data.touch(table, row)
    return dict(row)
