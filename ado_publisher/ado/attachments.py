"""Files attached to runs and results. Vendor page: test/attachments.

A POST whose answer was lost is not repeated blindly: the names that are there are read first.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

import orjson

from ado_publisher.ado.fields import text
from ado_publisher.ado.http import AdoSession, LostAnswer, items_of
from ado_publisher.ado.versions import SERVER_2020, Operation

# The service takes a body of 100 MiB, which is a file of 75 MiB in base64 (azure-devops.md section 3).
LARGEST = 75 * 1024 * 1024

_PREVIEW = {SERVER_2020: "preview.1"}
_OF_RUN = "/{project}/_apis/test/Runs/{run}/attachments"
_OF_RESULT = "/{project}/_apis/test/Runs/{run}/Results/{result}/attachments"
ATTACH_TO_RUN = Operation("attach to the test run", "POST", _OF_RUN, _PREVIEW)
ATTACH_TO_RESULT = Operation("attach to a test result", "POST", _OF_RESULT, _PREVIEW)
LIST_OF_RUN = Operation("list the run's attachments", "GET", _OF_RUN, _PREVIEW)
LIST_OF_RESULT = Operation("list a result's attachments", "GET", _OF_RESULT, _PREVIEW)
_TRIES = 3


def safe_name(name: str) -> str:
    """The name as the service takes it: a colon is refused (azure-devops.md section 3)."""
    return name.replace(":", "_")


def names(session: AdoSession, project: str, run_id: int, result_id: int | None) -> set[str]:
    """The names of what is attached to a result, or to the run when `result_id` is None."""
    operation = LIST_OF_RUN if result_id is None else LIST_OF_RESULT
    path = {"project": project, "run": run_id, "result": result_id}
    return {text(item, "fileName") for item in items_of(session.call(operation, path), operation)}


def attach(
    session: AdoSession,
    project: str,
    run_id: int,
    result_id: int | None,
    *,
    name: str,
    content: bytes,
    kind: str,
    unsure: bool = False,
) -> None:
    """Attach a file once. The name must be the only one of its kind on that result or run.

    `unsure` says that an earlier process may have attached it. Raises ServiceError.
    """
    operation = ATTACH_TO_RUN if result_id is None else ATTACH_TO_RESULT
    path = {"project": project, "run": run_id, "result": result_id}
    stream = base64.b64encode(content).decode("ascii")
    body = orjson.dumps({"stream": stream, "fileName": safe_name(name), "attachmentType": kind})
    looks: Iterable[None] = [None] if unsure else ()
    for last in (False,) * (_TRIES - 1) + (True,):
        for _ in looks:
            if safe_name(name) in names(session, project, run_id, result_id):
                return
        try:
            session.call(operation, path, body=body)
        except LostAnswer as lost:
            if last:
                raise
            looks = session.looks(lost.slow)
        else:
            return
