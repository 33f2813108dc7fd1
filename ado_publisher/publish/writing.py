"""A planned run written to Azure DevOps: created, filled, completed. Never left open in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ado_publisher.ado import testruns
from ado_publisher.ado.http import AdoSession
from ado_publisher.drafts import FileDraft, RunDraft
from ado_publisher.errors import CredentialError, ServiceError, SettingsError
from ado_publisher.model import TestRun
from ado_publisher.summary import Write

Note = Callable[[str], None]
T = TypeVar("T")
R = TypeVar("R")

_RESULT_WRITERS = 4
_ATTACHMENT_WRITERS = 8


@dataclass(frozen=True, slots=True)
class Written:
    """The completed run, the result id of each point, and what the service refused, by point."""

    run: TestRun
    result_ids: dict[int, int]
    refused: dict[int, str]
    uploaded: int
    attachment_problems: tuple[str, ...]


def write_run(session: AdoSession, project: str, draft: RunDraft, note: Note) -> Written:
    """Create the run, write every result, attach files, complete the run.

    Raises ServiceError when the service refuses the whole; the run is then aborted, or, where
    even that fails, named through `note` with its link.
    """
    run = _create(session, project, draft, note)
    with _closed(session, project, run, note):
        ids = testruns.result_ids_by_point(session, project, run.id, len(draft.results))
        refused = {
            result.point.id: "the service made no result for this test point"
            for result in draft.results
            if result.point.id not in ids
        }
        points = {result_id: point for point, result_id in ids.items()}
        work = [(ids[result.point.id], result) for result in draft.results if result.point.id in ids]

        def update(batch: testruns.Batch) -> dict[int, str]:
            return testruns.update_results(session, project, run.id, batch)

        for errors in _several(update, testruns.batches(work), _RESULT_WRITERS):
            refused.update((points[result_id], message) for result_id, message in errors.items())
        uploads: list[tuple[int | None, FileDraft]] = [
            (result_id, file) for result_id, result in work for file in result.files
        ]
        failed = _attach_all(session, project, run, uploads)
        run = testruns.finish_run(session, project, run.id)
    # After completion: jobs of the server that act on them see a whole run (azure-devops.md section 2).
    of_run: list[tuple[int | None, FileDraft]] = [(None, file) for file in draft.files]
    failed += _attach_all(session, project, run, of_run)
    return Written(run, ids, refused, len(uploads) + len(of_run) - len(failed), tuple(failed))


def planned_writes(project: str, draft: RunDraft) -> list[Write]:
    """Every request that `write_run` would change something with."""
    base = f"/{project}/_apis/test/runs"
    batches = sum(1 for _ in testruns.batches((0, result) for result in draft.results))
    files = sum(len(result.files) for result in draft.results)
    writes = [
        Write("POST", base, 1),
        Write("PATCH", f"{base}/{{run}}/results", batches),
        Write("POST", f"{base}/{{run}}/results/{{result}}/attachments", files),
        Write("PATCH", f"{base}/{{run}}", 1),
        Write("POST", f"{base}/{{run}}/attachments", len(draft.files)),
    ]
    return [write for write in writes if write.count]


def reads_of_run(draft: RunDraft) -> int:
    """How many requests it takes to read the ids of the run's pending results."""
    return -(-len(draft.results) // testruns.READ_PAGE)


def _create(session: AdoSession, project: str, draft: RunDraft, note: Note) -> TestRun:
    try:
        return testruns.create_run(session, project, draft)
    except testruns.ReleaseNotFound as error:
        release = draft.release
        if release is not None and release.named:
            raise SettingsError(
                f"--release-id {release.id}: {error}. Check it and --release-environment-id, or leave it out."
            ) from error
        note(f"The run is made without a link to the release: {error}")
        return testruns.create_run(session, project, replace(draft, release=None))


@contextmanager
def _closed(session: AdoSession, project: str, run: TestRun, note: Note) -> Iterator[None]:
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            _abort(session, project, run, note)


def _abort(session: AdoSession, project: str, run: TestRun, note: Note) -> None:
    try:
        testruns.finish_run(
            session, project, run.id, state="Aborted", comment="ado-publisher was interrupted"
        )
    except ServiceError as error:
        note(
            f"Test run {run.id} could not be closed and is still in progress: {run.url}\n"
            f"  Close it there, or delete it. ({error})"
        )
    else:
        note(f"Test run {run.id} was aborted; results already written stay on their points: {run.url}")


def _attach_all(
    session: AdoSession, project: str, run: TestRun, uploads: Sequence[tuple[int | None, FileDraft]]
) -> list[str]:
    def upload(job: tuple[int | None, FileDraft]) -> str:
        result_id, file = job
        try:
            content = Path(file.path).read_bytes() if file.path else file.content
            testruns.attach(
                session, project, run.id, result_id, name=file.name, content=content, kind=file.kind
            )
        except CredentialError:
            raise
        except (ServiceError, OSError) as error:
            owner = f"run {run.id}" if result_id is None else f"result {result_id}"
            return f"attachment '{file.name}' of {owner}: {error}"
        return ""

    return [problem for problem in _several(upload, uploads, _ATTACHMENT_WRITERS) if problem]


def _several(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """As `map`, several at a time; the first error ends it, and what has not begun is not begun."""
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(function, items)
