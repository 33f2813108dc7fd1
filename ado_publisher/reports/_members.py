"""What stands in a zip, a tar or a gzip: names and bytes, one member after the other.

Names that lead out are refused, links and devices are passed over, and no header of a tar takes more than
its share of memory.
"""

from __future__ import annotations

import gzip
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, cast

from ado_publisher.errors import ReportError

try:
    from lzma import LZMAError
except ImportError:  # some builds of Python have none; zipfile then says so itself

    class LZMAError(Exception):  # type: ignore[no-redef]
        """Never raised."""


REPORTS = (".xml", ".trx", ".json", ".jsonl", ".ndjson")
# Besides what the libraries raise on purpose: ValueError, IndexError, struct.error and MemoryError come from
# names that are no text, names of no letter, fields that were cut off, and dictionaries of absurd size.
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    zlib.error,
    LZMAError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    IndexError,
    struct.error,
    MemoryError,
    OverflowError,
)
_MOST_MEMBERS = 100_000
_MOST_HEADER = 1024**2
_MOST_PADDING = 64 * 1024**2
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_CHUNK = 256 * 1024


class Member(NamedTuple):
    """A file in an archive: its name, its size where the archive tells it, and how to open it."""

    name: str
    size: int
    opened: Callable[[], IO[bytes] | None]


def is_archive(path: Path) -> bool:
    """Whether a file is a zip, a tar or a tar.gz, by its first bytes."""
    try:
        start = _start(path)
    except OSError:
        return False
    return start.startswith((*_ZIP, _GZIP)) or _is_tar(start)


def members(path: str) -> Generator[Member, None, None]:
    """The files in an archive, each under its name in plain form; open one before you ask for the next.

    Raises ReportError for a name that leads out and for too many members, and what is in BROKEN.
    """
    start = _start(Path(path))
    # By its first bytes: a tar that ends with a zip looks like one to who begins at the end.
    of = _of_zip if start.startswith(_ZIP) else _of_gzip if _is_plain_gzip(path, start) else _of_tar
    with closing(of(path)) as every:
        yield from _plain(path, every)


def directory(path: str) -> dict[str, Member] | None:
    """The files in a zip, to be opened in any order; None for a tar or gzip, which are read from their start.

    The zip is open for as long as somebody holds them. Raises as `members` does.
    """
    if not _start(Path(path)).startswith(_ZIP):
        return None
    archive = zipfile.ZipFile(path)
    try:
        return {member.name: member for member in _plain(path, _in_zip(archive))}
    except ReportError:
        archive.close()
        raise


_Raw = tuple[str, int, Callable[[], IO[bytes] | None] | None]


def _plain(path: str, every: Iterable[_Raw]) -> Iterator[Member]:
    for count, (name, size, opened) in enumerate(every):
        if count >= _MOST_MEMBERS:
            raise ReportError(path, f"more than {_MOST_MEMBERS:,} files in one archive: split it")
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in name:
            raise ReportError(path, f"a name in it leads out of the archive: {name[:100]!r}. Refused")
        if opened is not None:
            yield Member("/".join(part for part in parts if part not in ("", ".")), size, opened)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(265)


def _is_tar(start: bytes) -> bool:
    return start[257:262] == b"ustar"


def _of_zip(path: str) -> Generator[_Raw, None, None]:
    with zipfile.ZipFile(path) as archive:
        yield from _in_zip(archive)


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Raw]:
    for info in archive.infolist():
        # The upper half is the mode, where a Unix made the archive.
        is_file = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
        is_file = is_file and not info.filename.endswith("/")
        yield info.filename, info.file_size, partial(archive.open, info) if is_file else None


def _is_plain_gzip(path: str, start: bytes) -> bool:
    """A single file that was packed, and no tar. Raises OSError, EOFError."""
    if not start.startswith(_GZIP):
        return False
    with gzip.open(path) as unpacked:
        return not _is_tar(unpacked.read(512))


def _of_gzip(path: str) -> Generator[_Raw, None, None]:
    name = Path(path).name.removesuffix(".gz")
    yield name if name.lower().endswith(REPORTS) else f"{name}.xml", 0, partial(_gunzipped, path)


def _gunzipped(path: str) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path))  # closed by who reads it


def _of_tar(path: str) -> Generator[_Raw, None, None]:
    is_packed = not _is_tar(_start(Path(path)))
    with gzip.open(path) if is_packed else Path(path).open("rb") as raw:
        forward = _Forward(cast("IO[bytes]", raw))
        with tarfile.open(fileobj=cast("IO[bytes]", forward), mode="r:") as archive:
            while (info := archive.next()) is not None:
                forward.left = None
                yield info.name, info.size, partial(archive.extractfile, info) if info.isfile() else None
                forward.left = _MOST_HEADER
        # tarfile takes a damaged header, and a file that was cut off between two, for the end.
        if not forward.block or forward.block.strip(b"\0"):
            raise tarfile.ReadError("it does not end where a tar ends")
        forward.finish()


class _Forward:
    """A tar's bytes from the first one on; `left` is how many of them may still be headers, `block` what was
    read last.

    tarfile takes whatever a header promises into memory. And it looks one byte back: to a gzip that would
    be the way to its beginning, so the last byte is kept.
    """

    def __init__(self, raw: IO[bytes]) -> None:
        self.left: int | None = _MOST_HEADER
        self.block = b""
        self._raw = raw
        self._at = 0
        self._last = b""
        self._back = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes. Raises tarfile.ReadError for more than a header may have."""
        if self.left is not None:
            self.left -= size
            if size < 0 or self.left < 0:
                raise tarfile.ReadError("a header in it is far too long")
        self.block = self._taken(size)
        return self.block

    def tell(self) -> int:
        """How many bytes lie behind."""
        return self._at - self._back

    def seek(self, place: int) -> int:
        """Go forward, or back by one byte. Raises tarfile.ReadError for any other way."""
        if place == self._at - 1 and self._last:
            self._back = True
        while self.tell() < place and self._taken(min(_CHUNK, place - self.tell())):
            pass
        if self.tell() > place:
            raise tarfile.ReadError("its members do not follow each other")
        return self.tell()

    def finish(self) -> None:
        """Read the padding: whether a gzip is whole shows at its end."""
        for _ in range(_MOST_PADDING // _CHUNK):
            if not self._taken(_CHUNK):
                return

    def _taken(self, size: int) -> bytes:
        again, self._back = (self._last if self._back and size else b""), self._back and not size
        piece = again + self._raw.read(size - len(again))
        self._at += len(piece) - len(again)
        self._last = piece[-1:] or self._last
        return piece
