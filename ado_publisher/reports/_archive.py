"""Reports inside a zip, a tar or a gzip, unpacked once into a folder that goes away with the process.

Members are known as `results.zip/folder/report.xml`. They are written under numbers of our own: no name of
theirs ever becomes a path on this machine. What cannot be unpacked is not tried a second time, and what
all archives unpack to has a limit as well as what one of them does.
"""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import IO, NamedTuple

from ado_publisher.errors import ReportError
from ado_publisher.reports._members import BROKEN, REPORTS, Member, directory, is_archive
from ado_publisher.reports._members import members as members_of

__all__ = ["file_at", "folders", "is_archive", "member_at", "members"]

_MOST_BYTES = 2 * 1024**3
_LEAST_ALLOWED = 64 * 1024**2
_MOST_GROWTH = 1000
_MOST_TOGETHER = 8 * 1024**3
# No service takes a larger attachment.
_LARGEST_FILE = 100 * 1024**2
_CHUNK = 256 * 1024


class _Archive(NamedTuple):
    """An archive as it is now: another one in its place is unpacked anew."""

    path: str
    changed: int
    size: int


class _Refused(Exception):
    """Why an archive is not unpacked."""


@dataclass(slots=True)
class _Room:
    """How many bytes may still be unpacked, and what is told when they are used up."""

    left: int
    refusal: str

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _Refused(self.refusal)


class _Unpacked(NamedTuple):
    """Where the members of an archive are or, in words, why one of them or all of them are not."""

    found: Mapping[str, Path | str]
    trouble: str = ""

    def get(self, inside: str, named: str) -> Path | None:
        """Where a member is; None for none. Raises ReportError, of what is named."""
        place = self.trouble or self.found.get(inside)
        if isinstance(place, str):
            raise ReportError(named, place)
        return place


@dataclass(slots=True)
class _Process:
    """What this process has unpacked: its folder, and how much may be added."""

    room: _Room = field(
        default_factory=lambda: _Room(
            _MOST_TOGETHER,
            "cannot be unpacked: all archives together have too much in them. Publish them in parts",
        )
    )
    folder: TemporaryDirectory[str] | None = None
    others: dict[tuple[_Archive, str], _Unpacked] = field(default_factory=dict)

    def new_folder(self) -> Path:
        """An empty folder. Raises OSError."""
        if self.folder is None:
            self.folder = TemporaryDirectory(prefix="ado-publisher-")
        # Its name is nobody else's, although a fork of this process shares the folder around it.
        return Path(mkdtemp(dir=self.folder.name))


_process = _Process()


def members(path: Path, named: str) -> Mapping[str, Path]:
    """The reports in an archive by their names inside, in order. Raises ReportError."""
    done = _reports(_archive(path))
    if done.trouble:
        raise ReportError(named, done.trouble)
    return {name: place for name, place in sorted(done.found.items()) if isinstance(place, Path)}


def member_at(path: str) -> Path | None:
    """Where the report that `path` names inside an archive was unpacked; None when it names none."""
    if (parent := _around(path)) is None:
        return None
    return _reports(_archive(parent)).get(path[len(str(parent)) :].strip("/"), str(parent))


def file_at(path: str) -> Path | None:
    """Where the file, of whatever kind, that `path` names inside an archive was unpacked; None for none.

    Files that are no reports are unpacked when they are asked for. Raises ReportError.
    """
    if (parent := _around(path)) is None:
        return None
    archive = _archive(parent)
    inside = posixpath.normpath(path[len(str(parent)) :].replace("\\", "/").strip("/"))
    done = _reports(archive) if _is_report(inside) else _other(archive, inside)
    return done.get(inside, str(parent))


def folders() -> list[Path]:
    """Where everything was unpacked."""
    return [Path(_process.folder.name)] if _process.folder is not None else []


def _around(path: str) -> Path | None:
    """The archive that a path leads into."""
    # os.path, not pathlib: to it a name that is too long is no file, and not an error.
    parent = next((each for each in Path(path).parents if os.path.isfile(each)), None)  # noqa: PTH113
    return parent if parent is not None and is_archive(parent) else None


def _archive(path: Path) -> _Archive:
    about = path.stat()
    return _Archive(os.path.realpath(path), about.st_mtime_ns, about.st_size)


def _is_report(name: str) -> bool:
    return name.lower().endswith(REPORTS)


@cache
def _reports(archive: _Archive) -> _Unpacked:
    return _unpack(archive, _is_report)


def _other(archive: _Archive, inside: str) -> _Unpacked:
    """A file that is no report. From a zip it alone is unpacked, from a tar all of them in one go."""
    try:
        found = _directory(archive)
    except (ReportError, *BROKEN) as error:
        return _Unpacked({}, _told(error))
    if found is None:
        return _others(archive)
    if inside not in found:
        return _Unpacked({})
    if (archive, inside) not in _process.others:
        _process.others[archive, inside] = _unpacked_one(found[inside], _room_of(archive))
    return _process.others[archive, inside]


# A few only: each holds a file open. One that was forgotten is looked at, not unpacked, once more.
@lru_cache(maxsize=4)
def _directory(archive: _Archive) -> dict[str, Member] | None:
    return directory(archive.path)


@cache
def _others(archive: _Archive) -> _Unpacked:
    return _unpack(archive, lambda name: not _is_report(name), strict=False)


def _new_room(archive: _Archive) -> _Room:
    allowed = min(_MOST_BYTES, max(_LEAST_ALLOWED, archive.size * _MOST_GROWTH))
    return _Room(allowed, "unpacks to far more than reports do: refused (a zip bomb?)")


# The files of a zip that are no reports come one by one, and share one room.
_room_of = cache(_new_room)


def _unpacked_one(member: Member, room: _Room) -> _Unpacked:
    before, folder = _process.room.left, None
    try:
        if (large := _too_large(member)) is not None:
            return _Unpacked({}, large)
        folder = _process.new_folder()
        file = member.opened()
        if file is None:
            return _Unpacked({})
        _write(file, folder / "0", room)
    except (_Refused, ReportError, *BROKEN) as error:
        _forget(folder, before)
        return _Unpacked({}, _told(error))
    return _Unpacked({member.name: folder / "0"})


def _unpack(archive: _Archive, wanted: Callable[[str], bool], *, strict: bool = True) -> _Unpacked:
    """The members whose name is wanted, all or none; with `strict` one that stands twice is refused."""
    found: dict[str, Path | str] = {}
    room, before, folder = _new_room(archive), _process.room.left, None
    try:
        folder = _process.new_folder()
        with closing(members_of(archive.path)) as files:
            for number, member in enumerate(files):
                if not wanted(member.name):
                    continue
                if strict and member.name in found:
                    twice = f"holds {member.name[:100]!r} twice: which of them counts is not clear"
                    raise _Refused(twice)  # noqa: TRY301 - as every other refusal
                if not strict and (large := _too_large(member)) is not None:
                    found[member.name] = large
                elif (file := member.opened()) is not None:
                    target = found[member.name] = folder / f"{number}{Path(member.name).suffix[:8].lower()}"
                    _write(file, target, room)
    except (_Refused, ReportError, *BROKEN) as error:
        _forget(folder, before)
        return _Unpacked({}, _told(error))
    return _Unpacked(found)


def _too_large(member: Member) -> str | None:
    if member.size <= _LARGEST_FILE:
        return None
    return f"{member.name[:100]} has {member.size / 2**20:.0f} MiB: too large to be attached"


def _write(file: IO[bytes], target: Path, room: _Room) -> None:
    with file, target.open("wb") as out:
        while chunk := file.read(_CHUNK):
            for each in (room, _process.room):
                each.take(len(chunk))
            out.write(chunk)


def _forget(folder: Path | None, left_before: int) -> None:
    """What was unpacked before it failed makes room again."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    _process.room.left = left_before


def _told(error: Exception) -> str:
    if isinstance(error, ReportError):
        return error.message
    if isinstance(error, _Refused):
        return str(error)
    return f"cannot be unpacked: {error}. Was it cut off, or has it a password?"
