"""From what the user names to the files that are read: files, `**` globs and folders."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ado_publisher.errors import ReportError

STANDARD_INPUT = "-"
_IN_FOLDERS = ".xml"


@dataclass(frozen=True, slots=True)
class Found:
    """The files to read, each once, in the order they were named; and what names nothing."""

    files: tuple[str, ...]
    problems: tuple[ReportError, ...]


def find(patterns: Sequence[str], base: Path) -> Found:
    """Expand files, globs and folders (every *.xml under them) below `base`, in a fixed order.

    A file reached twice, also by a link, is named once. `-` stays `-`. Every pattern that names
    nothing is a problem.
    """
    files: dict[str, str] = {}
    problems: list[ReportError] = []
    for pattern in patterns:
        if pattern == STANDARD_INPUT:
            files.setdefault(STANDARD_INPUT, STANDARD_INPUT)
            continue
        try:
            named = _named_by(pattern, base)
        except ReportError as problem:
            problems.append(problem)
            continue
        for name in named:
            files.setdefault(os.path.realpath(base / name), name)
    return Found(tuple(files.values()), tuple(problems))


def _named_by(pattern: str, base: Path) -> list[str]:
    if not pattern.strip() or "\0" in pattern:
        raise ReportError(
            repr(pattern), "not a path: give a file, a folder or a glob such as reports/**/*.xml"
        )
    # Note: a file that is called `[1].xml` is itself, before it is a pattern.
    if (base / pattern).is_dir():
        return _not_empty(
            _inside([pattern], base), pattern, f"no *{_IN_FOLDERS} file in this folder or below"
        )
    if (base / pattern).exists():
        return [pattern]
    if not glob.has_magic(pattern):
        raise ReportError(pattern, f"no such file or folder, looked in {base}. Check the working directory")
    # Note: pathlib's glob has no root_dir that keeps the user's own spelling of the path.
    hits = sorted(glob.glob(pattern, root_dir=base, recursive=True))  # noqa: PTH207
    named = [hit for hit in hits if not (base / hit).is_dir()] or _inside(hits, base)
    return _not_empty(named, pattern, f"no file matches, looked in {base}. Did the tests write their report?")


def _inside(folders: Iterable[str], base: Path) -> list[str]:
    return [name for folder in folders for name in sorted(_walk(folder, base))]


def _walk(folder: str, base: Path) -> Iterator[str]:
    for parent, _, names in os.walk(base / folder):
        for name in names:
            if name.lower().endswith(_IN_FOLDERS):
                below = Path(parent).relative_to(base / folder)
                yield str(Path(folder, below, name))


def _not_empty(named: list[str], pattern: str, otherwise: str) -> list[str]:
    if not named:
        raise ReportError(pattern, otherwise)
    return named
