"""What will be written to Azure DevOps: made by `publication`, sent by `ado`.

Texts are already cleaned and within the service's limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ado_publisher.model import Outcome, PipelineJob, Release, TestPoint


@dataclass(frozen=True, slots=True)
class SubResult:
    """A row, an attempt or one of several tests inside a result. `duration` is in seconds."""

    display_name: str
    outcome: Outcome
    duration: float | None = None
    message: str = ""
    stack_trace: str = ""
    group_type: str = ""
    children: tuple[SubResult, ...] = ()


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step: `path` is the step's id in the test case (azure-devops.md section 2)."""

    path: str
    outcome: Outcome
    message: str = ""
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class Iteration:
    """One way through the steps of the test case. `duration` is in seconds."""

    outcome: Outcome
    steps: tuple[StepResult, ...]
    duration: float | None = None
    started: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class FileDraft:
    """A file to attach: from disk (`path`) or from memory (`content`)."""

    name: str
    path: str = ""
    content: bytes = b""
    kind: str = "GeneralAttachment"


@dataclass(frozen=True, slots=True)
class ResultDraft:
    """One result of a run, for one test point or, in a run without a plan, for none.

    `group_type` is rerun, dataDriven, generic or empty; `title` names a result without a point.
    `failure_type`, `resolution` and `owner` are what is known of its failure.
    """

    point: TestPoint | None
    outcome: Outcome
    automated_test_name: str
    automated_test_storage: str
    automated_test_type: str
    duration: float | None = None
    started: datetime | None = None
    message: str = ""
    stack_trace: str = ""
    comment: str = ""
    host: str = ""
    flaky: bool = False
    group_type: str = ""
    children: tuple[SubResult, ...] = ()
    files: tuple[FileDraft, ...] = ()
    iterations: tuple[Iteration, ...] = ()
    title: str = ""
    failure_type: str = ""
    resolution: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A planned run, one result for each of its points; or, without a plan, results that have none."""

    name: str
    plan_id: int | None
    results: tuple[ResultDraft, ...]
    build_id: int | None = None
    release: Release | None = None
    job: PipelineJob | None = None
    comment: str = ""
    files: tuple[FileDraft, ...] = ()
