"""Reports inside a zip, a tar or a gzip, unpacked once into a folder that goes away with the process.

Members are known as `results.zip/folder/report.xml`. They are written under numbers of our own: no name of
theirs ever becomes a path on this machine. Links and devices are no reports.
"""

from __future__ import annotations

import gzip
import os
import posixpath
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

from ado_publisher.errors import ReportError

_SUFFIXES = (".xml", ".trx", ".json", ".jsonl", ".ndjson")
_MOST_BYTES = 2 * 1024**3
_LEAST_ALLOWED = 64 * 1024**2
_MOST_GROWTH = 1000
_MOST_MEMBERS = 100_000
_CHUNK = 256 * 1024
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
)
_Member = tuple[str, Callable[[], IO[bytes] | None]]
_kept: list[TemporaryDirectory[str]] = []


def is_archive(path: Path) -> bool:
    """Whether a file is a zip, a tar or a tar.gz, by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(265)
    except OSError:
        return False
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")) or start[257:262] == b"ustar"


def members(path: Path, named: str) -> Mapping[str, Path]:
    """The reports in an archive by their names inside, in order. Raises ReportError."""
    about = path.stat()
    return _unpacked(os.path.realpath(path), about.st_mtime_ns, about.st_size, named)


def file_at(path: str) -> Path | None:
    """Where the file, of whatever kind, that `path` names inside an archive was unpacked; None for none.

    Files that are no reports are unpacked when the first of them is asked for. Raises ReportError.
    """
    for parent in Path(path).parents:
        if parent.is_file():
            if not is_archive(parent):
                return None
            about = parent.stat()
            inside = posixpath.normpath(path[len(str(parent)) :].replace("\\", "/").strip("/"))
            key = (os.path.realpath(parent), about.st_mtime_ns, about.st_size, str(parent))
            return _unpacked_others(*key).get(inside) or _unpacked(*key).get(inside)
    return None


def folders() -> list[Path]:
    """Where everything was unpacked."""
    return [Path(each.name) for each in _kept]


def member_at(path: str) -> Path | None:
    """Where the member of an archive that `path` names was unpacked; None when it names none."""
    for parent in Path(path).parents:
        if parent.is_file():
            if not is_archive(parent):
                return None
            inside = path[len(str(parent)) :].strip("/")
            return members(parent, str(parent)).get(inside)
    return None


@lru_cache(maxsize=64)
def _unpacked(path: str, _changed: int, size: int, named: str) -> dict[str, Path]:
    return dict(sorted(_unpack(path, size, named, lambda name: name.endswith(_SUFFIXES)).items()))


@lru_cache(maxsize=64)
def _unpacked_others(path: str, _changed: int, size: int, named: str) -> dict[str, Path]:
    return _unpack(path, size, named, lambda name: not name.endswith(_SUFFIXES), strict=False)


def _unpack(
    path: str, size: int, named: str, wanted: Callable[[str], bool], *, strict: bool = True
) -> dict[str, Path]:
    """The members whose name, in lower case, is wanted; with `strict` one that stands twice is refused."""
    folder = TemporaryDirectory(prefix="ado-publisher-")
    _kept.append(folder)
    found: dict[str, Path] = {}
    left = min(_MOST_BYTES, max(_LEAST_ALLOWED, size * _MOST_GROWTH))
    try:
        with closing(_files(path, named, wanted)) as files:
            for number, (name, file) in enumerate(files):
                if name in found and strict:
                    raise ReportError(named, f"holds {name[:100]!r} twice: which of them counts is not clear")
                target = found[name] = Path(folder.name, f"{number}{Path(name).suffix.lower()}")
                left = _written(file, target, left, named)
    except _BROKEN as error:
        raise ReportError(
            named, f"cannot be unpacked: {error}. Was it cut off, or has it a password?"
        ) from error
    return found


def _written(file: IO[bytes], target: Path, left: int, named: str) -> int:
    """How many bytes may still come after this member."""
    with file, target.open("wb") as out:
        while chunk := file.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ReportError(named, "unpacks to far more than reports do: refused (a zip bomb?)")
            out.write(chunk)
    return left


def _files(
    path: str, named: str, wanted: Callable[[str], bool]
) -> Generator[tuple[str, IO[bytes]], None, None]:
    """The members that are wanted, one after the other."""
    of = _of_zip if zipfile.is_zipfile(path) else _of_gzip if _is_plain_gzip(path) else _of_tar
    with closing(of(path)) as every:
        for count, (name, opened) in enumerate(every):
            if count >= _MOST_MEMBERS:
                raise ReportError(named, f"more than {_MOST_MEMBERS:,} files in one archive: split it")
            parts = name.replace("\\", "/").split("/")
            if ".." in parts or parts[0] == "" or ":" in parts[0]:
                raise ReportError(named, f"a name in it leads out of the archive: {name[:100]!r}. Refused")
            file = opened() if wanted(name.lower()) else None
            if file is not None:
                yield "/".join(part for part in parts if part not in ("", ".")), file


def _of_zip(path: str) -> Generator[_Member, None, None]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            yield info.filename, partial(archive.open, info) if not info.is_dir() else _nothing


def _is_plain_gzip(path: str) -> bool:
    """A single file that was packed, and no tar. Raises OSError, EOFError."""
    with Path(path).open("rb") as raw:
        if raw.read(2) != b"\x1f\x8b":
            return False
    with gzip.open(path) as unpacked:
        return unpacked.read(512)[257:262] != b"ustar"


def _of_gzip(path: str) -> Generator[_Member, None, None]:
    name = Path(path).name.removesuffix(".gz")
    yield name if name.lower().endswith(_SUFFIXES) else f"{name}.xml", partial(_gunzipped, path)


def _gunzipped(path: str) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path))  # closed by who reads it


def _of_tar(path: str) -> Generator[_Member, None, None]:
    with Path(path).open("rb") as raw, tarfile.open(fileobj=raw, mode="r|*") as archive:
        for info in archive:
            yield info.name, partial(archive.extractfile, info) if info.isfile() else _nothing


def _nothing() -> None:
    return None
