"""Test runs, their results and attachments, through `_apis/test/runs`.

A planned run is created with its points, which makes one pending result for each; the
results are then patched by id and the run is completed (azure-devops.md section 0.1).
Vendor pages: test/runs, test/results, test/attachments.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import quote

import orjson

from ado_publisher.ado.fields import Json, integer, optional_integer, part, text
from ado_publisher.ado.http import AdoSession, LostAnswer, items_of
from ado_publisher.ado.versions import SERVER_2020, Operation
from ado_publisher.drafts import ResultDraft, RunDraft, SubResult
from ado_publisher.errors import ServiceError
from ado_publisher.model import PipelineJob, TestRun

READ_PAGE = 1000
READ_PAGE_WITH_DETAILS = 200
BATCH = 1000
# The service takes 1,000; 100 is what Microsoft's own client sends (azure-devops-observed.md A5).
BATCH_WITH_SUB_RESULTS = 100
BATCH_BYTES = 8 * 1024 * 1024
# The service takes a body of 100 MiB, which is a file of 75 MiB in base64 (azure-devops.md section 3).
LARGEST_ATTACHMENT = 75 * 1024 * 1024

_RUNS = "/{project}/_apis/test/runs"
_RESULTS = "/{project}/_apis/test/Runs/{run}/results"
_PREVIEW = {SERVER_2020: "preview.1"}
CREATE_RUN = Operation("create the test run", "POST", _RUNS)
UPDATE_RUN = Operation("update the test run", "PATCH", _RUNS + "/{run}")
LIST_RESULTS = Operation("list the run's results", "GET", _RESULTS)
UPDATE_RESULTS = Operation("update test results", "PATCH", _RESULTS)
ATTACH_TO_RUN = Operation(
    "attach to the test run", "POST", "/{project}/_apis/test/Runs/{run}/attachments", _PREVIEW
)
ATTACH_TO_RESULT = Operation(
    "attach to a test result",
    "POST",
    "/{project}/_apis/test/Runs/{run}/Results/{result}/attachments",
    _PREVIEW,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Results to be patched in one request: their encoded bodies and whether sub-results are in them."""

    result_ids: tuple[int, ...]
    items: tuple[bytes, ...]
    has_sub_results: bool

    @property
    def body(self) -> bytes:
        """The JSON array to send."""
        return b"[" + b",".join(self.items) + b"]"

    def halves(self) -> tuple[Batch, Batch]:
        """The same work in two requests."""
        middle = len(self.items) // 2
        return (
            Batch(self.result_ids[:middle], self.items[:middle], self.has_sub_results),
            Batch(self.result_ids[middle:], self.items[middle:], self.has_sub_results),
        )


class ReleaseNotFound(ServiceError):
    """The service does not know the release, or its stage, that the run shall be linked to."""


def create_run(session: AdoSession, project: str, draft: RunDraft) -> TestRun:
    """Create the planned run, InProgress, with one pending result for each point.

    Older servers refuse an automated run with test cases that are not automated; it is then
    created once more as a manual one (azure-devops-observed.md B1). Raises ReleaseNotFound.
    """
    path = {"project": project}
    body = _run_body(draft)
    try:
        answer = session.call(CREATE_RUN, path, body=orjson.dumps(body))
    except ServiceError as error:
        if draft.release is not None and "release" in str(error).lower() and error.status in (400, 404):
            raise ReleaseNotFound(str(error), status=error.status, type_key=error.type_key) from error
        if isinstance(error, LostAnswer) or "mismatch in automation status" not in str(error).lower():
            raise
        answer = session.call(CREATE_RUN, path, body=orjson.dumps({**body, "automated": False}))
    return _run(answer.json, session.base, project)


def finish_run(
    session: AdoSession, project: str, run_id: int, *, state: str = "Completed", comment: str = ""
) -> TestRun:
    """Set the run Completed or Aborted; on an abort, results that are not finished are dropped."""
    body: dict[str, object] = {"state": state}
    if state == "Aborted":
        body["deleteInProgressResults"] = True
    if comment:
        body["errorMessage"] = comment
    answer = session.call(UPDATE_RUN, {"project": project, "run": run_id}, body=orjson.dumps(body))
    return _run(answer.json, session.base, project)


def result_ids_by_point(session: AdoSession, project: str, run_id: int, expected: int) -> dict[int, int]:
    """The pending result that the service made for each of the `expected` points of the run.

    Whether rows name their point without being asked for it is unverified; asking makes pages smaller.
    """
    rows = list(islice(_rows(session, project, run_id), expected))
    if any(_point_of(row) is None for row in rows):
        rows = list(islice(_rows(session, project, run_id, with_points=True), expected))
    return {point: integer(row) for row in rows if (point := _point_of(row)) is not None}


def _point_of(row: Json) -> int | None:
    return optional_integer(part(row, "testPoint"))


def batches(drafts: Iterable[tuple[int, ResultDraft]]) -> Iterator[Batch]:
    """Results as requests: at most 1,000 in one (100 with sub-results) and at most 8 MiB.

    One result alone may be larger: it cannot be split.
    """
    waiting: dict[bool, list[tuple[int, bytes]]] = {False: [], True: []}
    sizes = {False: 0, True: 0}
    for result_id, draft in drafts:
        item = orjson.dumps(_result_body(result_id, draft))
        nested = bool(draft.children)
        most = BATCH_WITH_SUB_RESULTS if nested else BATCH
        if waiting[nested] and (len(waiting[nested]) >= most or sizes[nested] + len(item) > BATCH_BYTES):
            yield _batch(waiting[nested], nested)
            waiting[nested], sizes[nested] = [], 0
        waiting[nested].append((result_id, item))
        sizes[nested] += len(item)
    for nested, items in waiting.items():
        if items:
            yield _batch(items, nested)


def update_results(session: AdoSession, project: str, run_id: int, batch: Batch) -> dict[int, str]:
    """Write one batch; gives the results that the service refused, each with its message.

    A refused batch is sent again in halves until the results that it was refused for stand
    alone. Sub-results would be appended a second time: after a lost answer the results are
    read back, and only the ones that are still pending go again.
    """
    refused: dict[int, str] = {}
    work = [batch]
    while work:
        batch = work.pop()
        path = {"project": project, "run": run_id}
        try:
            session.call(UPDATE_RESULTS, path, body=batch.body, repeatable=not batch.has_sub_results)
        except LostAnswer:
            pending = _still_pending(session, project, run_id, batch)
            if pending is None:
                raise
            work.extend(pending)
        except ServiceError as error:
            if error.status not in (400, 404, 413):
                raise
            if len(batch.items) == 1:
                refused[batch.result_ids[0]] = str(error)
            else:
                work.extend(batch.halves())
    return refused


def attach(
    session: AdoSession,
    project: str,
    run_id: int,
    result_id: int | None,
    *,
    name: str,
    content: bytes,
    kind: str,
) -> None:
    """Attach a file to a result, or to the run when `result_id` is None. A colon in a name is refused."""
    body = {
        "stream": base64.b64encode(content).decode("ascii"),
        "fileName": name.replace(":", "_"),
        "attachmentType": kind,
    }
    path: dict[str, object] = {"project": project, "run": run_id}
    if result_id is None:
        session.call(ATTACH_TO_RUN, path, body=orjson.dumps(body))
    else:
        session.call(ATTACH_TO_RESULT, {**path, "result": result_id}, body=orjson.dumps(body))


def _still_pending(session: AdoSession, project: str, run_id: int, batch: Batch) -> list[Batch] | None:
    """What of a batch is still to be sent; None when asking brought no progress to hope for."""
    done = {
        integer(row) for row in _rows(session, project, run_id) if text(row, "state").lower() == "completed"
    }
    left = [
        (result_id, item)
        for result_id, item in zip(batch.result_ids, batch.items, strict=True)
        if result_id not in done
    ]
    if len(left) == 1 and len(batch.items) == 1:
        return None
    return [_batch(part, batch.has_sub_results) for part in _halved(left) if part]


def _halved(items: list[tuple[int, bytes]]) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
    # Halving bounds the number of tries: an answer that is lost for ever ends at single results.
    middle = len(items) // 2
    return items[:middle], items[middle:]


def _rows(session: AdoSession, project: str, run_id: int, *, with_points: bool = False) -> Iterator[Json]:
    page = READ_PAGE_WITH_DETAILS if with_points else READ_PAGE
    details = {"detailsToInclude": "point"} if with_points else {}
    skip = 0
    while True:
        query = {**details, "$top": page, "$skip": skip}
        answer = session.call(LIST_RESULTS, {"project": project, "run": run_id}, query=query)
        rows = items_of(answer, LIST_RESULTS)
        yield from rows
        if len(rows) < page:
            return
        skip += len(rows)


def _batch(items: Sequence[tuple[int, bytes]], nested: bool) -> Batch:
    return Batch(tuple(result_id for result_id, _ in items), tuple(item for _, item in items), nested)


def _run(item: Json, base: str, project: str) -> TestRun:
    run_id = integer(item)
    made = f"{base}/{quote(project)}/_TestManagement/Runs?runId={run_id}&_a=runCharts"
    return TestRun(
        run_id,
        text(item, "webAccessUrl") or made,
        text(item, "state"),
        optional_integer(item, "totalTests") or 0,
    )


def _run_body(draft: RunDraft) -> dict[str, object]:
    configurations = dict.fromkeys(result.point.configuration.id for result in draft.results)
    body: dict[str, object] = {
        "name": draft.name,
        "automated": True,
        "state": "InProgress",
        "plan": {"id": str(draft.plan_id)},
        "pointIds": [result.point.id for result in draft.results],
        "configurationIds": [each for each in configurations if each],
        "startDate": _time(datetime.now(UTC)),
    }
    if draft.comment:
        body["comment"] = draft.comment
    if draft.build_id is not None:
        body["build"] = {"id": str(draft.build_id)}
        if draft.job is not None and (reference := _pipeline(draft.job)):
            body["pipelineReference"] = {"pipelineId": draft.build_id, **reference}
    if draft.release is not None:
        # azure-devops.md section 2, links: releases are named by their artifact URIs.
        body["releaseUri"] = f"vstfs:///ReleaseManagement/Release/{draft.release.id}"
        if draft.release.environment_id is not None:
            environment = draft.release.environment_id
            body["releaseEnvironmentUri"] = f"vstfs:///ReleaseManagement/Environment/{environment}"
    return body


def _pipeline(job: PipelineJob) -> dict[str, object]:
    # An empty reference is rejected: only what has a name is named (azure-devops.md section 2, links).
    named: dict[str, object] = {}
    if job.stage:
        named["stageReference"] = {"stageName": job.stage[:256], "attempt": job.stage_attempt}
    if job.phase:
        named["phaseReference"] = {"phaseName": job.phase[:256], "attempt": job.phase_attempt}
    if job.job:
        named["jobReference"] = {"jobName": job.job[:256], "attempt": job.job_attempt}
    return named


def _result_body(result_id: int, draft: ResultDraft) -> dict[str, object]:
    body: dict[str, object] = {
        "id": result_id,
        # Without it the result stays Pending and the run counts it as incomplete.
        "state": "Completed",
        "outcome": draft.outcome.value,
        "automatedTestName": draft.automated_test_name,
        "automatedTestStorage": draft.automated_test_storage,
        "automatedTestType": draft.automated_test_type,
    }
    if draft.duration is not None:
        body["durationInMs"] = round(draft.duration * 1000, 3)
    if draft.started is not None:
        start = draft.started if draft.started.tzinfo else draft.started.replace(tzinfo=UTC)
        body["startedDate"] = _time(start)
        # It must be later than the start (azure-devops.md section 2), by a millisecond at least.
        body["completedDate"] = _time(start + timedelta(seconds=max(draft.duration or 0, 0.001)))
    texts = {
        "errorMessage": draft.message,
        "stackTrace": draft.stack_trace,
        "comment": draft.comment,
        "computerName": draft.host,
        "resultGroupType": draft.group_type,
    }
    body.update((name, value) for name, value in texts.items() if value)
    if draft.flaky:
        body["customFields"] = [{"fieldName": "IsTestResultFlaky", "value": True}]
    if draft.children:
        body["subResults"] = [_sub_result(index, child) for index, child in enumerate(draft.children, 1)]
    return body


def _sub_result(index: int, sub: SubResult) -> dict[str, object]:
    body: dict[str, object] = {
        "sequenceId": index,
        "displayName": sub.display_name,
        "outcome": sub.outcome.value,
    }
    if sub.duration is not None:
        body["durationInMs"] = round(sub.duration * 1000)
    if sub.message:
        body["errorMessage"] = sub.message
    if sub.stack_trace:
        body["stackTrace"] = sub.stack_trace
    if sub.children:
        body["resultGroupType"] = sub.group_type
        body["subResults"] = [_sub_result(number, child) for number, child in enumerate(sub.children, 1)]
    return body


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
