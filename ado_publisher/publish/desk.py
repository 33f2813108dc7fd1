"""What writing a run needs: where to, from where, whom to tell; and files attached to what is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ado_publisher.ado import attachments
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import CredentialError, ServiceError, Unreachable
from ado_publisher.journal import FileEntry, Journal, RunEntry, State
from ado_publisher.model import TestRun

Note = Callable[[str], None]
T = TypeVar("T")
R = TypeVar("R")

ATTACHMENT_WRITERS = 16
# A large file stands in memory several times over while it is sent.
LARGE_FILE, LARGE_FILE_WRITERS = 1024 * 1024, 2


@dataclass(frozen=True, slots=True)
class Written:
    """The completed run, the result id of each point, and what the service refused, by point.

    `problems` are parts of results that it refused although the results themselves are written.
    """

    run: TestRun
    result_ids: dict[int, int]
    refused: dict[int, str]
    uploaded: int
    attachment_problems: tuple[str, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that writing needs: where to, from where, and whom to tell."""

    session: AdoSession
    project: str
    journal: Journal
    publication: int
    note: Note


def note_refused(desk: Desk, entry: RunEntry, told: dict[int, str]) -> None:
    """Record what the service refused, by point."""
    for point, message in told.items():
        desk.journal.mark_results(desk.publication, entry.number, [point], State.REFUSED, message)


def told_parts(parts: Mapping[int, str]) -> tuple[str, ...]:
    """What the service refused of results that it took, by slot, for a person."""
    return tuple(f"{slot_name(slot)}: written without {why}" for slot, why in sorted(parts.items()))


def slot_name(slot: int) -> str:
    """A test point or, in a run without a plan, a result, as a person reads of it."""
    return f"test point {slot}" if slot > 0 else f"result {-slot} of the run without a plan"


def attach_files(
    desk: Desk, entry: RunEntry, run: TestRun, ids: dict[int, int], files: Sequence[FileEntry]
) -> list[str]:
    """Attach what is not attached; gives a problem for each file that could not be, now and before."""
    problems = [file.error for file in files if file.state is State.REFUSED]

    def upload(file: FileEntry) -> str:
        try:
            _upload(desk, entry, run, ids, file)
        except (CredentialError, Unreachable):
            raise
        except (ServiceError, OSError, KeyError) as error:
            owner = f"run {run.id}" if file.point_id is None else f"test point {file.point_id}"
            problem = f"attachment '{file.name}' of {owner}: {error}"
            desk.journal.mark_file(desk.publication, entry.number, file.number, State.REFUSED, problem)
            return problem
        desk.journal.mark_file(desk.publication, entry.number, file.number, State.DONE)
        return ""

    waiting = [file for file in files if file.state in (State.PENDING, State.SENDING)]
    for group, writers in (
        ([file for file in waiting if file.size <= LARGE_FILE], ATTACHMENT_WRITERS),
        ([file for file in waiting if file.size > LARGE_FILE], LARGE_FILE_WRITERS),
    ):
        problems += filter(None, several(upload, group, writers, on_stop=desk.session.hurry))
    return problems


def _upload(desk: Desk, entry: RunEntry, run: TestRun, ids: dict[int, int], file: FileEntry) -> None:
    result_id = None if file.point_id is None else ids[file.point_id]
    content = file.read()
    desk.journal.mark_file(desk.publication, entry.number, file.number, State.SENDING)
    attachments.attach(
        desk.session,
        desk.project,
        run.id,
        result_id,
        name=file.name,
        content=content,
        kind=file.kind,
        unsure=file.state is State.SENDING,
    )


def several(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    *,
    on_stop: Callable[[], object] = lambda: None,
) -> Iterator[R]:
    """As `map`, several at a time; the first error ends it, and what has not begun is not begun.

    `on_stop` makes an interrupted one not wait for what is under way for longer than it must.
    """
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(function, items)
        except KeyboardInterrupt:
            on_stop()
            raise
