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
# File systems take 255 bytes; there must be room for an ending.
_MOST_BYTES_OF_NAME = 200
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
    return keep_bytes(notes, content, media_type, name) if content else None


def keep_bytes(notes: Notes, content: bytes, media_type: str, name: str = "") -> str | None:
    """The path of a file with this content; None, which is noted, where there is no place for one."""
    try:
        return str(_written(content, media_type, name))
    except OSError as error:
        told = f"an attachment inside the report cannot be written to a file ({error.strerror or error})"
        notes.warn(f"{told}: {name[:100]}")
        return None


def _written(content: bytes, media_type: str, name: str) -> Path:
    # Few reports need these.
    import mimetypes
    import shutil
    from tempfile import TemporaryDirectory

    if not _kept:
        _kept.append(TemporaryDirectory(prefix="ado-publisher-"))
    # A name without an ending gets that of its kind.
    known = mimetypes.guess_extension(media_type.partition(";")[0].strip()) or ""
    plain = _cut(_UNSAFE.sub("-", name).strip(".-")) or "attachment"
    whole = plain if Path(plain).suffix or not known else f"{plain}{known}"
    folder = Path(_kept[0].name, str(next(_numbers)))
    folder.mkdir()
    place = folder / whole
    try:
        place.write_bytes(content)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)  # half a file would only take the others' room
        raise
    return place


def _cut(name: str) -> str:
    """The end of a name, where its ending is: no letter of it is cut in two."""
    return name[-_LONGEST_NAME:].encode()[-_MOST_BYTES_OF_NAME:].decode("utf-8", "ignore")


def folders() -> list[Path]:
    """Where files that stood inside reports are."""
    return [Path(each.name) for each in _kept]
