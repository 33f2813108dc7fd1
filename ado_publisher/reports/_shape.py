"""What a JSON file begins with: enough to tell its format."""

from __future__ import annotations

import codecs

import ijson  # type: ignore[import-untyped]

_DEEPEST = 512
_SHOWN = 5
_MOST = 5000
_CHUNK = 16 * 1024


def shape(start: bytes) -> frozenset[str]:
    """The paths of the keys that a JSON file begins with, such as `item.elements`."""
    found: set[str] = set()
    try:
        depth = 0
        for path, event, value in ijson.parse(_utf8(start), multiple_values=True, buf_size=_CHUNK):
            depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
            if event == "map_key" and depth <= _SHOWN:
                found.add(f"{path}.{value}" if path else str(value))
            if depth > _DEEPEST or len(found) > _MOST:
                break
    except (ijson.JSONError, ValueError, ArithmeticError):
        pass  # the head ends somewhere, and what is wrong is told when it is read
    return frozenset(found)


def _utf8(start: bytes) -> bytes:
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return start.removeprefix(codecs.BOM_UTF8)
