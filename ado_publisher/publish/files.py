"""Which files go with a result: those the report names, from allowed folders only.

A report is hostile input: it may name /etc/passwd, or a link to it. A path counts after
resolving links, and only below an allowed root.
"""

from __future__ import annotations

import glob
import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ado_publisher import reports
from ado_publisher.ado.attachments import LARGEST as LARGEST_ATTACHMENT
from ado_publisher.drafts import FileDraft
from ado_publisher.errors import ReportError, SettingsError
from ado_publisher.model import Match, Outcome, TestResult
from ado_publisher.text import clean


@dataclass(frozen=True, slots=True)
class AttachmentPolicy:
    """When (always, failed, never), which endings (none means every), and from where.

    `roots` are folders beside the report's own; `output` attaches stdout and stderr too.
    `path_map` says where folders that reports name lie now: a container sees other paths.
    """

    when: str = "failed"
    types: tuple[str, ...] = ()
    roots: tuple[Path, ...] = (Path(),)
    output: bool = False
    path_map: tuple[tuple[str, str], ...] = ()


def path_mapping(text: str) -> tuple[str, str]:
    """`FROM=TO` as a pair. Raises SettingsError for anything else."""
    source, separator, target = text.partition("=")
    if not separator or not source.strip() or not target.strip():
        raise SettingsError(f"--path-map: '{text}' is not FROM=TO, such as /home/runner/work/shop=/work")
    return source.strip(), target.strip()


def companion_files(
    paths: Sequence[str], policy: AttachmentPolicy, *, failed: bool
) -> tuple[list[FileDraft], list[str]]:
    """Files beside the reports that belong to the run as a whole, under the policy for those of results."""
    if policy.when == "never" or (policy.when == "failed" and not failed):
        return [], []
    wanted = [path for path in paths if not policy.types or _ending(path) in policy.types]
    return run_files([glob.escape(path) for path in wanted], policy)


def run_files(patterns: Sequence[str], policy: AttachmentPolicy) -> tuple[list[FileDraft], list[str]]:
    """Files for the run itself: files, globs and folders a person named; and why some cannot go along."""
    files: dict[str, FileDraft] = {}
    problems: list[str] = []
    for pattern in patterns:
        paths = _named_by(pattern)
        if not paths:
            problems.append(f"run file '{clean(pattern)[:300]}' does not exist, or matches no file")
        for path in paths:
            try:
                found = _usable(path, [path.parent, *policy.roots], path)
                files.setdefault(found.path, found)
            except _Unusable as why:
                problems.append(f"run file '{clean(str(path))[:300]}' {why}")
    return list(files.values()), problems


def _named_by(pattern: str) -> list[Path]:
    place = Path(pattern)
    if place.is_dir():
        return sorted(path for path in place.rglob("*") if not path.is_dir())
    if place.exists():
        return [place]
    # glob, not pathlib: it takes absolute patterns.
    return sorted(Path(hit) for hit in glob.glob(pattern, recursive=True) if not Path(hit).is_dir())  # noqa: PTH207


@dataclass(slots=True)
class AttachmentChooser:
    """Chooses the files of one point; keeps what it left out and why, each once for all points."""

    policy: AttachmentPolicy
    left_out: set[tuple[int, str]] = field(default_factory=set)
    troubles: dict[tuple[int, str], str] = field(default_factory=dict)
    # Those that were told of stay: the next match must not be known by the number of one that is gone.
    told: list[Match] = field(default_factory=list)
    # How many bytes of what stood inside reports and archives may be held.
    room: int = 64 * 1024**2

    @property
    def problems(self) -> tuple[str, ...]:
        """Why files that were wanted do not go along."""
        return tuple(self.troubles.values())

    def files_of(self, matches: Sequence[Match], outcome: Outcome) -> list[FileDraft]:
        """The files of all results on a point; outcome is the point's."""
        wanted = self.policy.when == "always" or (
            self.policy.when == "failed" and outcome not in (Outcome.PASSED, Outcome.NOT_EXECUTED)
        )
        files: dict[str, FileDraft] = {}
        for match in matches:
            for named in match.result.attachments:
                if not wanted or not self._has_type(named):
                    self.left_out.add((id(match), named))
                    self.told.append(match)
                    continue
                try:
                    # By its place: files of one name may stand in several archives or folders.
                    place = self._place(named, match.result)
                    if str(place) not in files:
                        files[str(place)] = self._draft(place, named, match.result)
                except _Unusable as why:
                    label = f"{match.result.name}: attachment '{clean(named)[:300]}'"
                    self.troubles[id(match), named] = f"{label} {why}"
                    self.told.append(match)
            if wanted and self.policy.output:
                files.update((f"{id(match)} {file.name}", file) for file in _output(match.result))
        return list(files.values())

    def _has_type(self, named: str) -> bool:
        return not self.policy.types or _ending(named) in self.policy.types

    def _place(self, named: str, result: TestResult) -> Path:
        """Where the file is, links resolved. Raises _Unusable."""
        home = Path(result.file).parent
        try:
            place = _existing(_mapped(named, self.policy.path_map), home, self.policy.roots)
            if place is not None:
                return place.resolve(strict=True)
        except (OSError, ValueError, RuntimeError, ReportError) as error:  # RuntimeError: a loop of links
            raise _Unusable(f"cannot be read: {error}") from error
        raise _Unusable(f"does not exist below {home} or the attachment roots")

    def _draft(self, place: Path, named: str, result: TestResult) -> FileDraft:
        if not reports.is_ours(place):
            roots = [Path(result.file).parent, *self.policy.roots]
            return _usable(place, roots, Path(_base_name(named)))
        try:
            found = _within(place, Path(_base_name(named)), self.room)
        except OSError as error:
            raise _Unusable(f"cannot be read: {error}") from error
        self.room -= len(found.content)
        return found


def _usable(place: Path, roots: Sequence[Path], named: Path) -> FileDraft:
    """The file below one of the roots, links resolved; raises _Unusable with the reason."""
    try:
        resolved = place.resolve(strict=True)
        if not any(resolved.is_relative_to(root.resolve()) for root in roots):
            raise _Unusable("lies outside the allowed folders; allow its folder with --attach-roots")
        if not resolved.is_file():
            raise _Unusable("is not a regular file")
        if not os.access(resolved, os.R_OK):
            raise _Unusable("cannot be read: check its permissions")
        size = resolved.stat().st_size
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of links
        raise _Unusable(f"cannot be read: {error}") from error
    if size > LARGEST_ATTACHMENT:
        raise _Unusable(_too_large(size))
    return FileDraft(named.name, path=str(resolved))


def _mapped(named: str, mappings: Sequence[tuple[str, str]]) -> str:
    """The path as it is here: the longest mapping that fits decides."""
    plain = named.replace("\\", "/")
    for source, target in sorted(mappings, key=lambda pair: len(pair[0]), reverse=True):
        prefix = source.replace("\\", "/").rstrip("/")
        if plain == prefix or plain.startswith(f"{prefix}/"):
            return target.rstrip("/") + plain[len(prefix) :]
    return named


def _within(place: Path, named: Path, room: int) -> FileDraft:
    """A file that stood inside a report or an archive. What was written out goes away with the process, so
    its content is kept as long as there is room for it; of the rest `resume` tells that it is gone.
    """
    size = place.stat().st_size
    if size > LARGEST_ATTACHMENT:
        raise _Unusable(_too_large(size))
    if size > room:
        return FileDraft(named.name, path=str(place))
    return FileDraft(named.name, content=place.read_bytes())


def _too_large(size: int) -> str:
    return f"has {size / 2**20:.0f} MiB; the service takes {LARGEST_ATTACHMENT // 2**20} MiB"


class _Unusable(Exception):
    """Why a file that was named cannot go along; told as a problem, never raised further."""


def _existing(named: str, home: Path, roots: Sequence[Path]) -> Path | None:
    """The named file; a path of another machine is looked for by its base name beside the report."""
    candidates = [Path(named)] if Path(named).is_absolute() else [root / named for root in (home, *roots)]
    candidates.append(home / _base_name(named))
    found = next((place for place in candidates if place.exists()), None)
    archive = next((place for place in (home, *home.parents) if place.is_file()), None)
    if found is None and archive is not None:
        # Only in the archive that the report itself stands in: a name leads to no other one.
        for place in (Path(posixpath.normpath(home / named)), home / _base_name(named)):
            if found is None and place.is_relative_to(archive):
                found = reports.unpacked(str(place))
    return found


def _ending(named: str) -> str:
    return _base_name(named).rpartition(".")[2].lower()


def _base_name(named: str) -> str:
    return named.replace("\\", "/").rstrip("/").rpartition("/")[2] or "attachment"


def _output(result: TestResult) -> list[FileDraft]:
    # The names that Microsoft's agent gives them (azure-devops.md section 2, outcomes).
    named = (
        ("Standard_Console_Output.log", result.stdout, "ConsoleLog"),
        ("Standard_Console_Error.log", result.stderr, "GeneralAttachment"),
    )
    return [FileDraft(name, content=clean(text).encode(), kind=kind) for name, text, kind in named if text]
