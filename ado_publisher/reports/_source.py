"""The bytes of one report, its head, and what is noted while it is read.

Only regular files and streams that the caller opened are read; never more than the limits allow.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ado_publisher.errors import ReportError
from ado_publisher.reports._head import HEAD_BYTES, Head, look_at

_MOST_WARNINGS = 20
_WAY_OUT_OF_A_PIPE = "write it to a file first, or pipe it in and give - as the file"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one report may hold: its bytes, and its tests."""

    bytes: int = 2 * 1024**3
    tests: int = 5_000_000


@dataclass(slots=True)
class Notes:
    """What a report says beside its tests; complete once it has been read to its end."""

    format: str = ""
    suites: int = 0
    warnings: list[str] = field(default_factory=list)

    def warn(self, warning: str) -> None:
        """Note a warning once; of more than twenty only that there were more."""
        if warning in self.warnings or len(self.warnings) > _MOST_WARNINGS:
            return
        more = len(self.warnings) == _MOST_WARNINGS
        self.warnings.append("and more warnings, which are left out" if more else warning)


class Stream:
    """The report's bytes from the first one on, counted against the limit."""

    def __init__(self, path: str, head: bytes, rest: BinaryIO, limit: int) -> None:
        self._path = path
        self._head = head
        self._rest = rest
        self._limit = limit
        self._left = limit - len(head)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; all that is left when negative. Raises ReportError past the limit."""
        if self._head:
            if 0 <= size < len(self._head):
                chunk, self._head = self._head[:size], self._head[size:]
                return chunk
            chunk, self._head = self._head, b""
            return chunk if size >= 0 else chunk + self.read()
        chunk = self._rest.read(size if size >= 0 else self._left + 1)
        self._left -= len(chunk)
        if self._left < 0:
            raise ReportError(
                self._path, f"larger than {self._limit:,} bytes: split the report, or leave its output out"
            )
        return chunk


@dataclass(frozen=True, slots=True)
class Source:
    """An opened report: how it begins, all of its bytes, and where to note what is found."""

    path: str
    head: Head
    stream: Stream
    notes: Notes
    # Files that stand inside the report are written out.
    with_files: bool = False

    def error(self, message: str, line: int | None = None, column: int | None = None) -> ReportError:
        """An error of this report."""
        return ReportError(self.path, message, line, column)


@contextmanager
def opened(
    path: str, stream: BinaryIO | None, notes: Notes, limits: Limits, *, with_files: bool = False
) -> Iterator[Source]:
    """Open a report and look at its head. Raises ReportError when it is no file that can be read."""
    if stream is not None:
        yield _source(path, stream, notes, limits, with_files)
        return
    place = _place(path)
    try:
        file = place.open("rb")  # closed below; the error is told apart from those of reading
    except OSError as error:
        raise ReportError(path, f"cannot be read: {error.strerror}. Check its permissions") from error
    with file:
        try:
            source = _source(path, file, notes, limits, with_files)
        except OSError as error:
            raise ReportError(path, f"cannot be read: {error.strerror}") from error
        yield source


def _source(path: str, stream: BinaryIO, notes: Notes, limits: Limits, with_files: bool) -> Source:
    start = _first_bytes(stream)
    return Source(path, look_at(start, path), Stream(path, start, stream, limits.bytes), notes, with_files)


def _first_bytes(stream: BinaryIO) -> bytes:
    """Enough to tell the format by; a pipe may hand it over in pieces."""
    pieces: list[bytes] = []
    wanted = HEAD_BYTES
    while wanted > 0 and (piece := stream.read(wanted)):
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)


def _place(path: str) -> Path:
    """Where the bytes are: the file itself, or one that came out of an archive. Raises ReportError."""
    try:
        mode = Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        from ado_publisher.reports._archive import member_at

        if (member := member_at(path)) is not None:
            return member
        raise ReportError(path, "no such file. Check the path and the working directory") from error
    except (OSError, ValueError) as error:
        raise ReportError(path, f"cannot be read: {error}") from error
    if stat.S_ISDIR(mode):
        raise ReportError(path, "is a folder, not a file: name the files in it, for instance with **/*.xml")
    if not stat.S_ISREG(mode):
        kind = "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
        raise ReportError(path, f"is {kind}, not a file: {_WAY_OUT_OF_A_PIPE}")
    return Path(path)
