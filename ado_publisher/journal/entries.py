"""What the journal holds: publications, their runs, results and files, and how far each is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

# A video stays where it is: the journal is to be a small artifact.
LARGEST_EMBEDDED = 5 * 1024 * 1024
LARGEST_EMBEDDED_TOGETHER = 64 * 1024 * 1024


class State(StrEnum):
    """How far a thing is. A thing that is `sending` may be written: look before it is sent again."""

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """One result to be written: its point, its JSON without an id, and whether sub-results are inside.

    In a run without a plan results have no points: they are numbered -1, -2, … instead.
    """

    point_id: int
    body: bytes
    nested: bool
    state: State = State.PENDING
    result_id: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file to attach, to a point's result or (`point_id` None) to the run."""

    number: int
    point_id: int | None
    name: str
    kind: str
    path: str = ""
    content: bytes | None = None
    size: int = 0
    state: State = State.PENDING
    error: str = ""

    def read(self) -> bytes:
        """The file's content. Raises OSError, also when the file is not what it was."""
        if self.content is not None:
            return self.content
        content = Path(self.path).read_bytes()
        if len(content) != self.size:
            raise OSError(f"{self.path} has changed since: {self.size} bytes then, {len(content)} now")
        return content


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run to be made, or one of many jobs to be written to (`shared`, its `run_id` known).

    `marker` finds it again after a lost answer: it stands in the run's comment or, where the run
    is shared, in each result's. `plan_id` is 0 for a run without a plan.
    """

    number: int
    name: str
    marker: str
    plan_id: int
    body: bytes
    release_named: bool = False
    shared: bool = False
    state: State = State.PENDING
    run_id: int | None = None
    url: str = ""
    results: tuple[ResultEntry, ...] = ()
    files: tuple[FileEntry, ...] = ()

    @property
    def planned(self) -> bool:
        """The run belongs to a test plan: the service makes a result for each of its points."""
        return self.plan_id != 0


@dataclass(frozen=True, slots=True)
class Publication:
    """One publish: where it goes, what it is known by, and its runs. `facts` is what resume will tell."""

    key: str
    digest: str
    organization_url: str
    project: str
    runs: tuple[RunEntry, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    state: State = State.PENDING
    id: int = 0
    created: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """A publish that another job shall do: where it goes, by which policy it fails, and all it needs."""

    id: int
    organization_url: str
    project: str
    created: str
    policy: Mapping[str, Any]
    content: bytes


def digest_of(runs: Iterable[RunEntry]) -> str:
    """What tells two publishes apart: everything that will be written, but for when it began."""
    total = hashlib.sha256()
    for run in runs:
        body = {name: value for name, value in json.loads(run.body).items() if name != "startDate"}
        total.update(json.dumps(body, sort_keys=True).encode())
        for result in run.results:
            total.update(b"%d" % result.point_id + result.body)
        for file in run.files:
            total.update(f"{file.point_id} {file.name} {file.size}".encode())
            total.update(file.content or b"")
    return total.hexdigest()
