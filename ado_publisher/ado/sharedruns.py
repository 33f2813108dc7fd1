"""One run that many jobs write to: created with the plan and no points; each job posts its own results.

A POST cannot be repeated blindly: each result carries its job's marker in its comment, and after
a lost answer the rows with that marker are read back (azure-devops-observed.md B2).
Vendor pages: test/runs, test/results, wit/work-items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from ado_publisher.ado.bodies import extras_of, with_id, without_extras
from ado_publisher.ado.fields import Json, integer, optional_integer, part, text
from ado_publisher.ado.http import AdoSession, LostAnswer, items_of
from ado_publisher.ado.runresults import BATCH, BATCH_BYTES, BATCH_WITH_SUB_RESULTS
from ado_publisher.ado.testruns import TRIES, rows_of
from ado_publisher.ado.versions import Operation
from ado_publisher.errors import ServiceError
from ado_publisher.model import Outcome, TestPoint

_RESULTS = "/{project}/_apis/test/Runs/{run}/results"
ADD_RESULTS = Operation("add test results", "POST", _RESULTS)
UPDATE_RESULTS = Operation("update test results", "PATCH", _RESULTS)
LIST_WORK_ITEMS = Operation("get the test cases' revisions", "GET", "/{project}/_apis/wit/workitems")
_IDS_AT_ONCE = 200
_NUMBER = re.compile(r"\[ado-publisher [0-9a-f-]+ #([0-9]{1,9})\]")
# The service takes 1,000 sub-results a level; what a job wrote inside its own counts as well.
MOST_INSIDE = 500


class PostRefused(ServiceError):
    """This service takes no results onto a run that was made without points."""


@dataclass(frozen=True, slots=True)
class SharedRow:
    """A result that was posted: its point or, without one, minus its number in the run, and what it says."""

    result_id: int
    point_id: int | None
    outcome: Outcome | None
    comment: str
    name: str
    revision: int
    duration: float
    message: str


def open_body(
    *, name: str, plan_id: int, build_id: int | None, comment: str, pipeline: Mapping[str, object]
) -> bytes:
    """The JSON of a run that is open for the results of many jobs."""
    body: dict[str, object] = {
        "name": name,
        "automated": True,
        "state": "InProgress",
        "plan": {"id": str(plan_id)},
        "comment": comment,
        "startDate": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if build_id is not None:
        body["build"] = {"id": str(build_id)}
        body |= pipeline
    return orjson.dumps(body)


def revisions(session: AdoSession, project: str, case_ids: Iterable[int]) -> dict[int, int]:
    """The revision of each test case: without it a result is missing from its point's history."""
    known: dict[int, int] = {}
    ids = list(dict.fromkeys(case_ids))
    for start in range(0, len(ids), _IDS_AT_ONCE):
        part_of = ",".join(map(str, ids[start : start + _IDS_AT_ONCE]))
        query = {"ids": part_of, "fields": "System.Rev,System.Title", "errorPolicy": "omit"}
        answer = session.call(LIST_WORK_ITEMS, {"project": project}, query=query)
        for item in items_of(answer, LIST_WORK_ITEMS):
            if isinstance(item, dict):
                known[integer(item)] = optional_integer(item, "rev") or 1
    return known


def addressed(body: bytes, point: TestPoint, revision: int, comment: str) -> bytes:
    """A result's body with everything that says which point it is for, in the long form Microsoft sends."""
    whole = orjson.loads(body) | {
        "testPoint": {"id": str(point.id)},
        "testCase": {"id": str(point.case_id)},
        "testCaseTitle": point.case_title[:255],
        "testCaseRevision": revision,
        "configuration": {"id": str(point.configuration.id), "name": point.configuration.name},
        "comment": comment,
    }
    return orjson.dumps(whole)


def groups(items: Iterable[tuple[int, bytes, bool]]) -> Iterator[dict[int, bytes]]:
    """Results (point, body, whether sub-results are inside) by point, as many as one request takes."""
    everything = list(items)
    for nested, most in ((False, BATCH), (True, BATCH_WITH_SUB_RESULTS)):
        waiting: dict[int, bytes] = {}
        size = 0
        for point, body, is_nested in everything:
            if is_nested is not nested:
                continue
            if waiting and (len(waiting) >= most or size + len(body) > BATCH_BYTES):
                yield waiting
                waiting, size = {}, 0
            waiting[point] = body
            size += len(body)
        if waiting:
            yield waiting


@dataclass(frozen=True, slots=True)
class Added:
    """By point: the id of each result that stands, why others were refused, what was refused of those."""

    ids: dict[int, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    parts: dict[int, str] = field(default_factory=dict)

    def divided(self, group: Mapping[int, bytes], error: ServiceError) -> list[dict[int, bytes]]:
        """What is sent instead of a group that was refused."""
        if len(group) > 1:
            return _halves(group)
        ((point, body),) = group.items()
        extras = extras_of(body)
        if extras:
            self.parts[point] = f"{', '.join(extras)}: {error}"
            return [{point: without_extras(body)}]
        self.parts.pop(point, None)
        self.refused[point] = str(error)
        return []


def add_results(
    session: AdoSession, project: str, run_id: int, group: Mapping[int, bytes], marker: str
) -> Added:
    """Post results by point.

    Raises PostRefused when the service takes no such results at all, LostAnswer when it never answers.
    """
    added = Added()
    work = [(dict(group), 1)]
    while work:
        now, tries = work.pop()
        path = {"project": project, "run": run_id}
        try:
            answer = session.call(ADD_RESULTS, path, body=b"[" + b",".join(now.values()) + b"]")
            added.ids.update(_answered(answer.json, now))
        except LostAnswer as lost:
            if tries >= TRIES:
                raise
            there: dict[int | None, int] = {}
            for _ in session.looks(lost.slow):
                there = {row.point_id: row.result_id for row in rows(session, project, run_id, marker)}
                if there.keys() >= now.keys():
                    break
            added.ids.update({point: there[point] for point in now if point in there})
            left = {point: body for point, body in now.items() if point not in there}
            work += [(left, tries + 1)] if left else []
        except ServiceError as error:
            if "must be specified for planned test results" in str(error):
                raise PostRefused(str(error), status=error.status, type_key=error.type_key) from error
            # A right that is missing on one test case says nothing of the others.
            alone = error.status == 403 and "test case" in str(error).lower()
            if error.status not in (400, 404, 413) and not alone:
                raise
            work += [(each, 1) for each in added.divided(now, error)]
    return added


def rows(session: AdoSession, project: str, run_id: int, marker: str = "") -> list[SharedRow]:
    """The results of the run whose comment holds the marker; all of them without one."""
    return [
        row for row in map(_row, rows_of(session, project, run_id, details="point")) if marker in row.comment
    ]


@dataclass(frozen=True, slots=True)
class Crowning:
    """A result that shall be the last word on its point, the ones that go inside, and its new comment."""

    row: SharedRow
    inside: tuple[SharedRow, ...]
    comment: str

    @property
    def body(self) -> bytes:
        """The result once more, with its id."""
        inside = [
            {
                "sequenceId": number,
                "displayName": other.name[:256] or f"Result {other.result_id}",
                "outcome": (other.outcome or Outcome.NOT_EXECUTED).value,
                "durationInMs": round(other.duration),
                "errorMessage": other.message,
            }
            for number, other in enumerate(self.inside[:MOST_INSIDE], 1)
        ]
        outcome = (self.row.outcome or Outcome.NOT_EXECUTED).value
        body = {"state": "Completed", "outcome": outcome, "comment": self.comment}
        return with_id(
            self.row.result_id, orjson.dumps({**body, "resultGroupType": "generic", "subResults": inside})
        )


def crown(session: AdoSession, project: str, run_id: int, crownings: Iterable[Crowning]) -> None:
    """Write results once more, each as the last word on its point, with the others inside."""
    waiting = list(crownings)
    for start in range(0, len(waiting), BATCH_WITH_SUB_RESULTS):
        work, tries = waiting[start : start + BATCH_WITH_SUB_RESULTS], 1
        path = {"project": project, "run": run_id}
        while work:
            body = b"[" + b",".join(each.body for each in work) + b"]"
            try:
                session.call(UPDATE_RESULTS, path, body=body, repeatable=False)
            except LostAnswer as lost:
                if tries >= TRIES:
                    raise
                tries += 1
                # Sub-results would be appended twice: the comment tells which were written.
                for _ in session.looks(lost.slow):
                    known = {row.result_id: row.comment for row in rows(session, project, run_id)}
                    work = [each for each in work if known.get(each.row.result_id) != each.comment]
                    if not work:
                        break
            else:
                break


def _answered(answer: Json, sent: Mapping[int, bytes]) -> dict[int, int]:
    # Rows have been seen without an id, or with -1: who needs it reads it back.
    values = answer.get("value") if isinstance(answer, dict) else None
    found = values if isinstance(values, list) and len(values) == len(sent) else [{}] * len(sent)
    return {
        point: optional_integer(item) or -1 if isinstance(item, dict) else -1
        for point, item in zip(sent, found, strict=True)
    }


def _halves(group: Mapping[int, bytes]) -> list[dict[int, bytes]]:
    items = list(group.items())
    middle = len(items) // 2
    return [dict(half) for half in (items[:middle], items[middle:]) if half]


def _number(comment: str) -> int | None:
    told = _NUMBER.search(comment)
    return -int(told[1]) if told else None


def _row(item: Json) -> SharedRow:
    outcome = text(item, "outcome")
    return SharedRow(
        result_id=integer(item),
        point_id=optional_integer(part(item, "testPoint")) or _number(text(item, "comment")),
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        comment=text(item, "comment"),
        name=text(item, "automatedTestName") or text(item, "testCaseTitle"),
        revision=optional_integer(item, "revision") or 0,
        duration=float(item.get("durationInMs") or 0),
        message=text(item, "errorMessage"),
    )
