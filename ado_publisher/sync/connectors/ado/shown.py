"""Azure DevOps: whether what a test point shows came after what was said of the test elsewhere."""

from __future__ import annotations

import re
import time

from ado_publisher.ado.fields import seconds, text
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.pointresults import LastResult
from ado_publisher.ado.versions import Operation
from ado_publisher.sync.model import Done, Outcome, Record
from ado_publisher.sync.standing import CLOCKS, Statement, stands

MARK = re.compile(r"\s*\[ado-publisher sync (\S+)\]\s*")
GET_RESULT = Operation("get the test result", "GET", "/{project}/_apis/test/Runs/{run}/results/{result}")
# Seconds until it is looked once more whether a run has come to its end.
_UNFINISHED = 60.0


def left(last: LastResult) -> Outcome:
    """Nothing is written, since what the point shows is newer."""
    told = f"result {last.result} of run {last.run} is newer, and the test point shows it"
    return Outcome(Done.LEFT, reason=f"Azure DevOps: {told} ({last.outcome})")


def standing(
    session: AdoSession, project: str, last: LastResult, outcome: str, source: Record | None
) -> Outcome | None:
    """What becomes of an outcome where what the point shows stands, or is not known yet; None where it is to
    be written. `source` says when it was said (`at`), and which result was told before (`after`).
    """
    fields = source.fields if source is not None else {}
    at = float(fields.get("at") or time.time())
    said = Statement(_passes(outcome), at, at)
    if last.outcome.casefold() == "inprogress":
        why = f"Azure DevOps: run {last.run} is not finished, and its result may be newer"
        return Outcome(Done.RETRY, reason=why, after=_UNFINISHED) if said.passed else None
    if last.outcome.casefold() == outcome.casefold():
        # The point goes on showing it, and the run tells of both.
        return None
    shown = _statement(session, last, last.updated)
    if stands(shown, said) and not shown.passed:
        # A point may be changed after its result was.
        path = {"project": project, "run": last.run, "result": last.result}
        row = session.call(GET_RESULT, path).json
        ours = MARK.search(text(row, "comment")) is not None
        written = seconds(row, "completedDate" if ours else "lastUpdatedDate")
        shown = _statement(session, last, last.updated if written is None else written)
    if not stands(shown, said):
        return None
    after = fields.get("after") or ""
    told = f"runId={last.run}&" in after and after.endswith(f"resultId={last.result}")
    # What was told to TestRail before a person said this is older, however near the moments are.
    return None if told and shown.latest <= said.latest + CLOCKS else left(last)


def _statement(session: AdoSession, last: LastResult, updated: float | None) -> Statement:
    """What the point shows, at any time where the service does not say when."""
    offset = session.clock_offset
    known = [when - offset for when in (last.completed, updated) if when is not None]
    latest = time.time() if updated is None else updated - offset
    return Statement(_passes(last.outcome), min(known, default=0.0), latest)


def _passes(outcome: str) -> bool:
    return outcome.casefold() == "passed"
