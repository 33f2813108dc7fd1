"""Drafts as the JSON that the service takes. Pure; the links in it are azure-devops.md section 2."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import orjson

from ado_publisher.drafts import Iteration, ResultDraft, RunDraft, SubResult
from ado_publisher.model import PipelineJob

# What a service may refuse although the result itself is right: a failure type or a person it does not know.
_ANALYSIS = {"failureType": "failure type", "resolutionState": "resolution", "owner": "owner"}
# The contract means them for manual tests (azure-devops.md section 2, iterations).
_STEPS = "iterationDetails"


def run_body(draft: RunDraft) -> bytes:
    """The JSON of a run to be created. Pure but for the date on which it starts."""
    body: dict[str, object] = {
        "name": draft.name,
        "automated": True,
        "state": "InProgress",
        "startDate": _time(datetime.now(UTC)),
    }
    if draft.plan_id is not None:
        points = [result.point for result in draft.results if result.point is not None]
        configurations = dict.fromkeys(point.configuration.id for point in points)
        body["plan"] = {"id": str(draft.plan_id)}
        body["pointIds"] = [point.id for point in points]
        body["configurationIds"] = [each for each in configurations if each]
    if draft.comment:
        body["comment"] = draft.comment
    if draft.build_id is not None:
        body["build"] = {"id": str(draft.build_id)}
        if draft.job is not None:
            body |= pipeline(draft.build_id, draft.job)
    if draft.release is not None:
        # azure-devops.md section 2, links: releases are named by their artifact URIs.
        body["releaseUri"] = f"vstfs:///ReleaseManagement/Release/{draft.release.id}"
        if draft.release.environment_id is not None:
            environment = draft.release.environment_id
            body["releaseEnvironmentUri"] = f"vstfs:///ReleaseManagement/Environment/{environment}"
    return orjson.dumps(body)


def pipeline(build_id: int, job: PipelineJob) -> dict[str, object]:
    """Where in the pipeline a run was made, as a part of its body; empty when no name is known."""
    # An empty reference is rejected: only what has a name is named (azure-devops.md section 2, links).
    named: dict[str, object] = {}
    if job.stage:
        named["stageReference"] = {"stageName": job.stage[:256], "attempt": job.stage_attempt}
    if job.phase:
        named["phaseReference"] = {"phaseName": job.phase[:256], "attempt": job.phase_attempt}
    if job.job:
        named["jobReference"] = {"jobName": job.job[:256], "attempt": job.job_attempt}
    return {"pipelineReference": {"pipelineId": build_id, **named}} if named else {}


def result_body(draft: ResultDraft) -> bytes:
    """The JSON of one result without its id, which is known only once the run is made."""
    body: dict[str, object] = {
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
        # What a result without a test case is called (azure-devops.md section 2).
        "testCaseTitle": draft.title,
        "errorMessage": draft.message,
        "stackTrace": draft.stack_trace,
        "comment": draft.comment,
        "computerName": draft.host,
        "resultGroupType": draft.group_type,
        "failureType": draft.failure_type,
        "resolutionState": draft.resolution,
    }
    body.update((name, value) for name, value in texts.items() if value)
    if draft.owner:
        unique = {"uniqueName": draft.owner} if "@" in draft.owner else {}
        body["owner"] = {"displayName": draft.owner, **unique}
    if draft.flaky:
        body["customFields"] = [{"fieldName": "IsTestResultFlaky", "value": True}]
    if draft.children:
        body["subResults"] = [_sub_result(index, child) for index, child in enumerate(draft.children, 1)]
    if draft.iterations:
        body["iterationDetails"] = [_iteration(index, each) for index, each in enumerate(draft.iterations, 1)]
    # orjson's own bytes keep the room they were written into: a hundred thousand of them eight times theirs.
    return bytes(memoryview(orjson.dumps(body)))


def with_id(result_id: int, body: bytes) -> bytes:
    """The body of a result with its id put in front."""
    return b'{"id":%d,' % result_id + body[1:]


def extras_of(body: bytes) -> tuple[str, ...]:
    """What of a result's body a service may refuse by itself, for a person; empty where there is nothing."""
    if not any(b'"%s"' % name.encode() in body for name in (*_ANALYSIS, _STEPS)):
        return ()
    known = orjson.loads(body)
    told = [f"{words} '{value}'" for name, words in _ANALYSIS.items() if (value := _said(known.get(name)))]
    return (*told, *(["steps"] if _STEPS in known else []))


def without_extras(body: bytes) -> bytes:
    """The body of the same result without it."""
    known = orjson.loads(body)
    return orjson.dumps({name: known[name] for name in known if name not in (*_ANALYSIS, _STEPS)})


def without_steps(body: bytes) -> bytes:
    """The body of the same result without the results of steps; the very same where it has none."""
    if b'"%s"' % _STEPS.encode() not in body:
        return body
    known = orjson.loads(body)
    return orjson.dumps({name: known[name] for name in known if name != _STEPS})


def _said(value: object) -> str:
    return str(value.get("displayName") if isinstance(value, dict) else value or "")


def without_release(body: bytes) -> bytes:
    """The body of a run that is not linked to a release."""
    known = orjson.loads(body)
    return orjson.dumps({name: known[name] for name in known if not name.startswith("release")})


def without_points(body: bytes, gone: Collection[int]) -> bytes:
    """The body of a run without these points."""
    known = orjson.loads(body)
    return orjson.dumps({**known, "pointIds": [each for each in known["pointIds"] if each not in gone]})


def not_automated(body: bytes) -> bytes:
    """The body of the same run as a manual one."""
    return orjson.dumps({**orjson.loads(body), "automated": False})


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


def _iteration(index: int, iteration: Iteration) -> dict[str, object]:
    body: dict[str, object] = {"id": index, "outcome": iteration.outcome.value}
    if iteration.duration is not None:
        body["durationInMs"] = round(iteration.duration * 1000, 3)
    if iteration.started is not None:
        start = iteration.started if iteration.started.tzinfo else iteration.started.replace(tzinfo=UTC)
        body["startedDate"] = _time(start)
        body["completedDate"] = _time(start + timedelta(seconds=max(iteration.duration or 0, 0.001)))
    if iteration.message:
        body["errorMessage"] = iteration.message
    body["actionResults"] = [
        {
            "actionPath": step.path,
            "iterationId": index,
            "stepIdentifier": str(int(step.path[-8:], 16)),
            "outcome": step.outcome.value,
            **({"errorMessage": step.message} if step.message else {}),
            **({"durationInMs": round(step.duration * 1000, 3)} if step.duration is not None else {}),
        }
        for step in iteration.steps
    ]
    return body


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
