"""Files that stand inside a report: written out where whoever reads it wants them, under numbers of our own.

They go away with the process. Their names are made of letters, digits, dots and dashes alone: none of a
report's names ever leads to another place.
"""

from __future__ import annotations

import base64
import binascii
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ado_publisher.reports._source import Notes

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 80
_numbers = count(1)
_kept: list[TemporaryDirectory[str]] = []


def keep(notes: Notes, data: str, media_type: str, name: str = "") -> str | None:
    """The path of a file with data that a report holds as base64; None, which is noted, where it is none."""
    plain = data.partition(",")[2] if data.startswith("data:") else data
    try:
        content = base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if data and not content:
        notes.warn(f"an attachment inside the report cannot be read: {name[:100]}")
    return keep_bytes(content, media_type, name) if content else None


def keep_bytes(content: bytes, media_type: str, name: str = "") -> str:
    """The path of a file with this content."""
    # Few reports need these.
    import mimetypes
    from tempfile import TemporaryDirectory

    if not _kept:
        _kept.append(TemporaryDirectory(prefix="ado-publisher-"))
    # A name without an ending gets that of its kind.
    known = mimetypes.guess_extension(media_type.partition(";")[0].strip()) or ""
    plain = _UNSAFE.sub("-", name).strip(".-")[-_LONGEST_NAME:] or "attachment"
    whole = plain if Path(plain).suffix or not known else f"{plain}{known}"
    folder = Path(_kept[0].name, str(next(_numbers)))
    folder.mkdir()
    place = folder / whole
    place.write_bytes(content)
    return str(place)


def folders() -> list[Path]:
    """Where files that stood inside reports are."""
    return [Path(each.name) for each in _kept]
