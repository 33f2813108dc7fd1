"""Azure DevOps: test runs that a sync makes, and results of the plan's runs.

A run is made with the plan and without points, open for automated results: what a person or a pipeline
publishes into it (`publish --run`) is its content. Its comment holds the marker. What changed is asked for in
windows of at most seven days (azure-devops.md, Runs_Query). Vendor pages: test/runs, test/results.
"""

from __future__ import annotations

import hashlib
import html
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import orjson

from ado_publisher.ado import resultbugs, sharedruns, testruns
from ado_publisher.ado.casesteps import steps_by_case
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import Json, integer, optional_integer, part, seconds, text
from ado_publisher.ado.http import AdoSession
from ado_publisher.model import Outcome as TestOutcome
from ado_publisher.model import TestPlan
from ado_publisher.sync.connectors.ado.shown import MARK
from ado_publisher.sync.connectors.ado.stepresults import steps_told
from ado_publisher.sync.model import RESULT, RUN, VERDICT, Capabilities, Change, Record, Ref, Value
from ado_publisher.teststeps import CaseStep

# Our clock and the service's may differ; what is known in its revision is not read again.
_CLOCKS = 600.0
KINDS = {
    RUN: Capabilities(lag=_CLOCKS, index_lag=60.0),
    RESULT: Capabilities(creatable=False, updatable=False, lag=_CLOCKS),
    VERDICT: Capabilities(feed=False, index_lag=60.0),
}
_WINDOW = timedelta(days=6)
_DAY = 86_400.0
# What publishing leaves in comments for itself.
_OURS = re.compile(r"\s*\[ado-publisher [^\]]*\]\s*")
_LONGEST_NAME = 256
_TOLD = (
    "id",
    "testCaseTitle",
    "outcome",
    "state",
    "comment",
    "errorMessage",
    "durationInMs",
    "revision",
    "completedDate",
    "lastUpdatedDate",
)


class AdoRuns:
    """Runs of one plan. `all_runs`: results of every run of the plan, else only of those that a sync made;
    `since` is where results begin, in seconds since 1970, 0 for a week ago. Only results of `configuration`
    count; without one, those of test cases that `configurations` shows in several are told as such, because
    the twin of them all would show the last. With `steps` results say what each step came to.
    """

    def __init__(
        self,
        session: AdoSession,
        project: str,
        plan: TestPlan,
        *,
        all_runs: bool = False,
        since: float = 0.0,
        bugs: bool = True,
        steps: bool = False,
        configuration: str = "",
        configurations: Callable[[int], Sequence[str]] = lambda _: (),
    ) -> None:
        self.session = session
        self.project = project
        self.plan = plan
        self.all_runs = all_runs
        self.since = since
        self.bugs = bugs
        self.steps = steps
        self.configuration = configuration.casefold()
        self._configurations = configurations
        self._named: dict[str, list[Json]] | None = None
        self._listed_run: tuple[int, Mapping[str, Record]] = (0, {})

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """Runs that carry a marker, or results of the plan's runs, that changed since then."""
        if kind == RUN:
            for run in self._listed():
                if MARK.search(self._comment(run)):
                    yield Ref(str(integer(run)))
            return
        self._listed_run = (0, {})
        begin = self.since or time.time() - 7 * _DAY
        # The other side shows what was appended last: that has to be of the newest run.
        for run in sorted(self._changed_runs(max(since or 0.0, begin)), key=integer):
            if self.all_runs or MARK.search(self._comment(run)):
                self._listed_run = (integer(run), self._results_of(integer(run)))
                yield from (Ref(each.id, each.rev) for each in self._listed_run[1].values())

    def synced_runs(self, since: float | None) -> list[int]:
        """The runs that a sync made, of those that changed since then; without a time all of them."""
        runs = self._listed() if since is None else self._changed_runs(since)
        return [integer(run) for run in runs if MARK.search(self._comment(run))]

    def _listed(self) -> Iterator[Json]:
        query = {"planId": self.plan.id, "includeRunDetails": "true", "$top": 100}
        skip = 0
        while True:
            answer = self.session.call(
                testruns.LIST_RUNS, {"project": self.project}, query={**query, "$skip": skip}
            )
            rows = answer.json.get("value") if isinstance(answer.json, dict) else None
            yield from (row for row in rows or () if isinstance(row, dict))
            if not rows or len(rows) < 100:
                return
            skip += len(rows)

    def _changed_runs(self, since: float) -> Iterator[Json]:
        begin = datetime.fromtimestamp(since, UTC)
        until = datetime.now(UTC) + timedelta(days=1)
        seen: set[int] = set()
        while begin < until:
            end = begin + _WINDOW
            query = {
                "minLastUpdatedDate": begin.isoformat(),
                "maxLastUpdatedDate": end.isoformat(),
                "planIds": self.plan.id,
                "$top": 100,
            }
            for run in self.session.pages(testruns.QUERY_RUNS, {"project": self.project}, query):
                # A run that changes while windows go by stands in two of them.
                if integer(run) not in seen:
                    seen.add(integer(run))
                    yield run
            begin = end

    def _comment(self, run: Json) -> str:
        """Lists are not known to show it."""
        if "comment" in run:
            return text(run, "comment")
        return testruns.comment_of(self.session, self.project, integer(run))

    def _results_of(self, run: int) -> Mapping[str, Record]:
        """What the run has to tell, by id: one result for each test case."""
        by_case: dict[int, list[Json]] = {}
        failed = False
        details = "iterations" if self.steps else ""
        for row in testruns.rows_of(self.session, self.project, run, details=details):
            case = optional_integer(part(row, "testCase"))
            if case is not None and self._counts(row):
                failed = failed or _failed(row)
                # Of many thousand rows the rest would weigh more than what is told.
                kept = (*_TOLD, "iterationDetails") if self.steps else _TOLD
                by_case.setdefault(case, []).append({name: row[name] for name in kept if name in row})
        bugs: Mapping[int, Sequence[int]] = {}
        if self.bugs and failed:
            bugs = resultbugs.bugs_of_failed(self.session, self.project, run)
        stepped = {
            case for case, some in by_case.items() if any(each.get("iterationDetails") for each in some)
        }
        steps = steps_by_case(self.session, stepped)
        found = (self._result(run, case, some, bugs, steps.get(case, ())) for case, some in by_case.items())
        return {record.id: record for record in found}

    def _counts(self, row: Json) -> bool:
        # What came from TestRail is no news there.
        if MARK.search(text(row, "comment")):
            return False
        found = part(row, "configuration")
        names = (text(found, "name").casefold(), text(found, "id"))
        return not self.configuration or self.configuration in names

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there."""
        if kind == RUN:
            for number in ids:
                try:
                    path = {"project": self.project, "run": number}
                    yield self._run(self.session.call(testruns.GET_RUN, path).json)
                except NotFound:
                    continue
            return
        for number in ids:
            run = int(number.partition("/")[0])
            # They come run by run; more than one run at a time would be held in vain.
            if self._listed_run[0] != run:
                self._listed_run = (run, self._list(run))
            if (record := self._listed_run[1].get(number)) is not None:
                yield record

    def _list(self, run: int) -> Mapping[str, Record]:
        try:
            return self._results_of(run)
        except NotFound:
            return {}

    def write(self, change: Change) -> Record:
        """Make a run, or change its name or state."""
        state = {"closed": "Completed", "open": "InProgress"}.get(change.fields.get("state") or "")
        if change.id is None:
            name = (change.fields.get("title") or "")[:_LONGEST_NAME]
            body = sharedruns.open_body(
                name=name, plan_id=self.plan.id, build_id=None, comment=_mark(change.key), pipeline={}
            )
            number = testruns.create_run(self.session, self.project, body).id
        else:
            number = int(change.id)
            wanted: Json = {"name": change.fields.get("title"), "state": state}
            sent = {name: value for name, value in wanted.items() if value}
            path = {"project": self.project, "run": number}
            self.session.call(testruns.UPDATE_RUN, path, body=orjson.dumps(sent), repeatable=True)
        return next(self.read(RUN, [str(number)]), Record(str(number), "", change.fields))

    def find(self, change: Change) -> str | None:
        """The run by its marker, of the plan's runs as they were last listed: a sync may rest for weeks."""
        if self._named is None:
            self._named = {}
            for row in self._listed():
                self._named.setdefault(text(row, "name"), []).append(row)
        rows = self._named.get((change.fields.get("title") or "")[:_LONGEST_NAME], ())
        found = [integer(row) for row in rows if _mark(change.key) in self._comment(row)]
        return str(max(found)) if found else None

    def forget(self) -> None:
        """What is looked for next is looked for among what stands there then."""
        self._named = None

    def _run(self, row: Json) -> Record:
        number = integer(row)
        key = MARK.search(text(row, "comment"))
        state = "closed" if text(row, "state").lower() in ("completed", "aborted") else "open"
        url = f"{self._pages}?runId={number}&_a=runCharts"
        fields: dict[str, Value] = {
            "id": str(number),
            "url": url,
            "title": text(row, "name"),
            "state": state,
        }
        rev = f"{row.get('revision', '')}"
        return Record(str(number), rev, fields, key[1] if key else "", url)

    def _result(
        self,
        run: int,
        case: int,
        rows: Sequence[Json],
        bugs: Mapping[int, Sequence[int]],
        steps: Sequence[CaseStep],
    ) -> Record:
        """Of several results of a test case the gravest: a failure is not hidden by the next.

        The revision is another one whenever any of them changes, and begins with the run: what was told of a
        newer run is known by that.
        """
        row = min(rows, key=_severity)
        number = integer(row)
        url = f"{self._pages}?runId={run}&_a=resultSummary&resultId={number}"
        duration = row.get("durationInMs")
        fields: dict[str, Value] = {
            "id": f"{run}/{case}",
            "url": url,
            "title": text(row, "testCaseTitle") or None,
            "@run": str(run),
            "@case": str(case),
            "outcome": _outcome(row),
            "text": _text(row) or None,
            "duration": str(round(duration)) if isinstance(duration, int | float) and duration > 0 else None,
            "bugs": ", ".join(map(str, sorted(bugs.get(number, ())))) or None,
            "several": self._several(case),
            # A result more is news, also where it says the same.
            "execution": str(max(integer(each) for each in rows)),
            **({"steps": steps_told(row, steps)} if self.steps else {}),
            **self._times([each for each in rows if _severity(each) == _severity(row)]),
        }
        states = [[integer(each), each.get("revision"), text(each, "lastUpdatedDate")] for each in rows]
        digest = hashlib.sha256(repr(sorted(map(repr, [*states, fields["bugs"]]))).encode()).hexdigest()[:12]
        return Record(f"{run}/{case}", f"{run}.{digest}", fields, "", url)

    def _times(self, rows: Sequence[Json]) -> dict[str, Value]:
        """When it may have been said that the outcome is this, at the earliest and at the latest."""
        found = [_moments(row) for row in rows]
        earliest, latest = (max(each) - self.session.clock_offset for each in zip(*found, strict=True))
        return {"earliest": str(earliest), "latest": str(latest)}

    def _several(self, case: int) -> Value:
        if self.configuration:
            return None
        names = self._configurations(case)
        return ", ".join(names) if len(names) > 1 else None

    @property
    def _pages(self) -> str:
        return f"{self.session.base}/{quote(self.project)}/_TestManagement/Runs"


def _mark(key: str) -> str:
    return f"[ado-publisher sync {key}]"


def _outcome(row: Json) -> str:
    """The outcome's name; a result that is not finished has none yet."""
    return (text(row, "outcome") or "Unspecified") if testruns.is_completed(row) else "Unspecified"


def _moments(row: Json) -> tuple[float, float]:
    """When a result was completed, which a report may say, and when it was last written; at any time where
    the service says neither.
    """
    known = [
        when for name in ("completedDate", "lastUpdatedDate") if (when := seconds(row, name)) is not None
    ]
    written = seconds(row, "lastUpdatedDate")
    return min(known, default=0.0), time.time() if written is None else written


_KNOWN = {outcome.value.lower(): outcome for outcome in TestOutcome}


def _failed(row: Json) -> bool:
    outcome = _KNOWN.get(text(row, "outcome").lower())
    return outcome is not None and outcome.counts_as_failed


def _severity(row: Json) -> int:
    """0 is the gravest; what is not finished says least."""
    outcome = _KNOWN.get(text(row, "outcome").lower())
    return outcome.severity if outcome is not None and testruns.is_completed(row) else len(_KNOWN)


def _text(row: Json) -> str:
    """Outcome where a status may say less, comment and error message, as rich text."""
    outcome = _outcome(row)
    comment = _OURS.sub(" ", text(row, "comment")).strip()
    message = text(row, "errorMessage").strip()
    exact = "" if outcome in ("Passed", "Failed") else f"Outcome: {outcome}"
    paragraphs = "".join(f"<p>{html.escape(each)}</p>" for each in (exact, comment) if each)
    return paragraphs + (f"<pre>{html.escape(message)}</pre>" if message else "")
