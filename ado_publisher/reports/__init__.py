"""Reading reports: files in, one `TestResult` after the other out.

A format is one module of this package with one `@report_format` function; modules whose name
starts with an underscore are what the formats share. XML and JSON stop here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from ado_publisher.errors import ReportError
from ado_publisher.model import TestResult
from ado_publisher.reports import _embedded
from ado_publisher.reports._collect import Asked, Collected, collected
from ado_publisher.reports._find import Found, find
from ado_publisher.reports._parallel import mapped
from ado_publisher.reports._registry import Format, choose, formats
from ado_publisher.reports._source import Limits, Notes, opened

__all__ = [
    "AUTO",
    "Asked",
    "Collected",
    "Format",
    "Found",
    "Limits",
    "Notes",
    "collect",
    "companions",
    "detect",
    "find",
    "formats",
    "is_ours",
    "mapped",
    "read",
    "unpacked",
]

AUTO = "auto"


def read(
    path: str,
    *,
    format: str = AUTO,  # noqa: A002  # the option's own name
    stream: BinaryIO | None = None,
    notes: Notes | None = None,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    with_files: bool = False,
) -> Iterator[TestResult]:
    """Yield the report's tests one by one, in the file's order, holding one of them at a time.

    `stream` is read instead of the file when given (standard input); `path` is then only its name.
    `notes` is filled on the way with what the report says beside its tests. `with_files`: attachments that
    stand inside the report are written to files, which go away with the process.
    Raises ReportError, with line and column where the file has them; tests that were yielded
    before belong to a report that could not be read in full.
    """
    with opened(path, stream, notes or Notes(), limits, with_files=with_files) as source:
        chosen = choose(source.head, path, None if format == AUTO else format)
        source.notes.format = chosen.name
        results = chosen.read(source)
        yield from islice(results, limits.tests)
        if next(results, None) is not None:
            raise ReportError(
                path, f"more than {limits.tests:,} tests in one report: split it, or publish its parts"
            )


def unpacked(path: str) -> Path | None:
    """The file that a path names inside an archive, written out; None for none. Raises ReportError."""
    # Archives are rare, and what unpacks them takes its time to load.
    from ado_publisher.reports._archive import file_at

    return file_at(path)


def is_ours(path: Path) -> bool:
    """The file stood inside a report or an archive, and was written out by this package."""
    from ado_publisher.reports import _archive

    folders = (*_embedded.folders(), *_archive.folders())
    return any(path.is_relative_to(folder.resolve()) for folder in folders)


def detect(path: str) -> str:
    """Name the format of a file by its content. Raises ReportError that says what it looks like instead."""
    with opened(path, None, Notes(), Limits()) as source:
        return choose(source.head, path, None).name


def collect(
    sources: Sequence[tuple[str, str, BinaryIO | None]],
    *,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    salvage: bool = False,
    with_files: bool = False,
) -> Collected:
    """Read reports that are published together; each source is path, format (or `auto`) and stream (or None).

    A report that cannot be read is one ReportError in `errors` and gives no result; with `salvage` it gives
    those before the damage, each with the property `salvaged`. `with_files` is that of `read`. What several
    reports tell of the same execution is counted once, where the format can prove it; `notices` tell of it.
    """
    return collected(
        [Asked(*source) for source in sources],
        lambda one, notes: read(
            one.path, format=one.format, stream=one.stream, notes=notes, limits=limits, with_files=with_files
        ),
        salvage=salvage,
    )


def companions(path: str, format: str = AUTO) -> tuple[str, ...]:  # noqa: A002  # the option's own name
    """Files beside a report that belong to its run as a whole, such as logs; none for most formats.

    Raises ReportError when the report cannot be read.
    """
    name = detect(path) if format == AUTO else format
    known = formats()[name].companions
    return tuple(known(path)) if known is not None else ()
