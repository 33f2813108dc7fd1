"""From what the user names to the files that are read: files, globs, folders, archives, exclusions."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ado_publisher.errors import ReportError

STANDARD_INPUT = "-"
_IN_FOLDERS = (".xml", ".trx", "-result.json")
_MOST_BRACES = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """The files to read, each once, in the order they were named; and what names nothing."""

    files: tuple[str, ...]
    problems: tuple[ReportError, ...]


def find(patterns: Sequence[str], base: Path) -> Found:
    """Expand files, globs with `**` and `{a,b}`, folders and archives below `base`, in a fixed order.

    A pattern that begins with `!` leaves out what it matches, wherever it stands. A folder stands for every
    *.xml, *.trx and *-result.json under it; an archive for the reports in it, `results.zip/a.xml`. A file
    reached twice, also by a link, is named once. `-` stays `-`. A pattern that names nothing is a problem.
    """
    files: dict[str, str] = {}
    problems: list[ReportError] = []
    excluded = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    if patterns and len(excluded) == len(patterns):
        problems.append(ReportError(patterns[0], "only says what to leave out: name reports as well"))
    for pattern in patterns:
        if pattern.startswith("!"):
            continue
        if pattern == STANDARD_INPUT:
            files.setdefault(STANDARD_INPUT, STANDARD_INPUT)
            continue
        try:
            named = _kept(_named_by(pattern, base), excluded, pattern)
            named = [name for each in named for name in _unpacked(each, base)]
        except ReportError as problem:
            problems.append(problem)
            continue
        for name in _kept(named, excluded, pattern):
            files.setdefault(os.path.realpath(base / name), name)
    return Found(tuple(files.values()), tuple(problems))


def _named_by(pattern: str, base: Path) -> list[str]:
    if not pattern.strip() or "\0" in pattern:
        raise ReportError(
            repr(pattern), "not a path: give a file, a folder or a glob such as reports/**/*.xml"
        )
    # Note: a file that is called `[1].xml` is itself, before it is a pattern.
    # os.path, not pathlib: to it a long list in braces is no file, and not an error.
    if os.path.isdir(base / pattern):  # noqa: PTH112
        return _not_empty(
            _inside([pattern], base), pattern, "no report in this folder or below (*.xml, *.trx)"
        )
    if os.path.exists(base / pattern):  # noqa: PTH110
        return [pattern]
    wanted = _braces(pattern)
    if len(wanted) == 1 and not glob.has_magic(wanted[0]):
        return _one(pattern, base)
    hits = dict.fromkeys(hit for each in wanted for hit in _hits(each, base))
    named = [hit for hit in hits if not (base / hit).is_dir()] or _inside(hits, base)
    return _not_empty(named, pattern, f"no file matches, looked in {base}. Did the tests write their report?")


def _one(pattern: str, base: Path) -> list[str]:
    """A name that is no file: one inside an archive, or nothing."""
    from ado_publisher.reports._archive import member_at

    if member_at(str(base / pattern)) is not None:
        return [pattern]
    raise ReportError(pattern, f"no such file or folder, looked in {base}. Check the working directory")


def _hits(pattern: str, base: Path) -> list[str]:
    # Note: pathlib's glob has no root_dir that keeps the user's own spelling of the path.
    return sorted(glob.glob(pattern, root_dir=base, recursive=True))  # noqa: PTH207


def _braces(pattern: str) -> list[str]:
    """The patterns that `{a,b}` stands for."""
    if "{" not in pattern:
        return [pattern]
    import bracex

    try:
        return list(bracex.iexpand(pattern, keep_escapes=True, limit=_MOST_BRACES))
    except bracex.ExpansionLimitException as error:
        raise ReportError(pattern, f"its braces stand for more than {_MOST_BRACES:,} patterns") from error


def _kept(names: Sequence[str], excluded: Sequence[str], pattern: str) -> list[str]:
    """Names without those that an exclusion matches, or that stand in a folder it matches."""
    if not excluded:
        return list(names)
    from wcmatch import glob as wild

    flags = wild.GLOBSTAR | wild.BRACE | wild.DOTGLOB
    rules = [rule for each in excluded for rule in (each.rstrip("/"), f"{each.rstrip('/')}/**")]
    try:
        kept = [name for name in names if not wild.globmatch(name.removeprefix("./"), rules, flags=flags)]
    except ValueError as error:  # wcmatch's own limit of patterns is one
        raise ReportError(pattern, f"the exclusions cannot be read: {error}") from error
    return _not_empty(kept, pattern, "every file that matches is left out by an exclusion (!…)")


def _unpacked(name: str, base: Path) -> Iterator[str]:
    """The name, or for an archive those of the reports in it."""
    if not (base / name).is_file() or _is_text(base / name):
        yield name
        return
    from ado_publisher.reports._archive import is_archive, members

    if not is_archive(base / name):
        yield name
        return
    inside = [each for each, path in members(base / name, name).items() if _is_report(each, path)]
    for each in _not_empty(
        inside, name, "no report in this archive (*.xml, *.trx, or JSON of a known format)"
    ):
        yield f"{name}/{each}"


def _is_text(path: Path) -> bool:
    """It begins as XML or JSON does: what reads archives need not be loaded for it."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError:
        return False
    # A tar begins with a file's name, which may be any, and ends that with NUL.
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"{", b"[") and b"\0" not in start


def _is_report(name: str, path: Path) -> bool:
    """XML counts as one until it is read; JSON, of which archives hold much else, when a format claims it."""
    if name.lower().endswith((".xml", ".trx")):
        return True
    from ado_publisher.reports._registry import choose
    from ado_publisher.reports._source import Limits, Notes, opened

    try:
        with opened(str(path), None, Notes(), Limits()) as source:
            return bool(choose(source.head, name, None).name)
    except ReportError:
        return False


def _inside(folders: Iterable[str], base: Path) -> list[str]:
    return [name for folder in folders for name in sorted(_walk(folder, base))]


def _walk(folder: str, base: Path) -> Iterator[str]:
    def untold(error: OSError) -> None:
        told = f"its folder cannot be read, and reports in it would be lost: {error.strerror}"
        raise ReportError(
            str(error.filename), f"{told}. Give read rights, or name the reports' own folders"
        ) from error

    for parent, _, names in os.walk(base / folder, onerror=untold):
        for name in names:
            if name.lower().endswith(_IN_FOLDERS):
                below = Path(parent).relative_to(base / folder)
                yield str(Path(folder, below, name))


def _not_empty(named: list[str], pattern: str, otherwise: str) -> list[str]:
    if not named:
        raise ReportError(pattern, otherwise)
    return named
