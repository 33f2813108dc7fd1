"""Azure DevOps: results that a person gave a test in TestRail, in the test run that was made for it.

One result for each test: it shows what the test shows there, and is changed with it. Its comment ends with
the marker, the test's address; what carries one is not told to TestRail again. Vendor page: test/results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import quote

import orjson

from ado_publisher.ado import sharedruns, testplans, testruns, workitems
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import Json, integer, optional_integer, part, text
from ado_publisher.ado.http import AdoSession, LostAnswer, items_of
from ado_publisher.ado.versions import Operation
from ado_publisher.ado.workitems import refused_alone
from ado_publisher.errors import ServiceError
from ado_publisher.model import Outcome as TestOutcome
from ado_publisher.model import TestPlan, TestPoint
from ado_publisher.sync.model import Change, Done, Fields, Outcome, Record, Ref, SyncAway, Value

MARK = re.compile(r"\s*\[ado-publisher sync (\S+)\]\s*")
_MARKS = re.compile(r"\[ado-publisher [^\]]*\]")
GET_RESULT = Operation("get the test result", "GET", "/{project}/_apis/test/Runs/{run}/results/{result}")
# azure-devops.md, limits: a comment, and an error message on older servers.
_LONGEST_COMMENT, _LONGEST_MESSAGE = 1000, 4000
# How people write a work item among defects; keys of other systems stay there.
_WORK_ITEM = re.compile(r"(?:AB#|#)?(\d{1,9})")
_BUGS = frozenset({"Bug", "Issue"})
_KNOWN = {outcome.value.lower(): outcome for outcome in TestOutcome}


class AdoVerdicts:
    """Results with markers in runs of one plan. `configuration` names the one that counts, by name or id;
    `home` gives the suite that a test case is synced by.
    """

    def __init__(
        self,
        session: AdoSession,
        project: str,
        plan: TestPlan,
        *,
        configuration: str = "",
        home: Callable[[int], int | None] = lambda _: None,
    ) -> None:
        self.session = session
        self.project = project
        self.plan = plan
        self._configuration = configuration.casefold()
        self._home = home
        self._points: dict[int, list[TestPoint]] | None = None
        self._bugs: dict[int, bool] = {}
        self._marked: dict[int, dict[str, int]] = {}

    def listed(self, runs: Sequence[int]) -> Iterator[Ref]:
        """Those of these runs."""
        for run in runs:
            for row in testruns.rows_of(self.session, self.project, run):
                if MARK.search(text(row, "comment")):
                    yield Ref(f"{run}/{integer(row)}", _revision(row))

    def read(self, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there."""
        for number in ids:
            run, _, result = number.partition("/")
            try:
                path = {"project": self.project, "run": run, "result": result}
                yield self._record(int(run), self.session.call(GET_RESULT, path).json)
            except NotFound:
                continue

    def find(self, change: Change) -> str | None:
        """The result that carries the marker, in the run it belongs to, as that was last listed."""
        run = int(change.fields.get("@run") or 0)
        if run not in self._marked:
            rows = testruns.rows_of(self.session, self.project, run)
            marks = ((MARK.search(text(row, "comment")), integer(row)) for row in rows)
            self._marked[run] = {mark[1]: number for mark, number in marks if mark is not None}
        number = self._marked[run].get(change.key)
        return f"{run}/{number}" if number is not None else None

    def forget(self) -> None:
        """What is looked for next is looked for among what stands there then."""
        self._marked.clear()

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Make those of one run together, change others one by one; what is refused costs only itself."""
        for run, some in groupby(changes, key=lambda each: "" if each.id else each.fields.get("@run") or ""):
            group = list(some)
            if run:
                yield from self._make(int(run), group)
            else:
                yield from map(self._change, group)

    def _change(self, change: Change) -> Outcome:
        run, _, result = (change.id or "").partition("/")
        twin = change.twin or Record("", "", change.fields)
        body = {"id": int(result), "state": "Completed", **_said(change.fields, twin.fields, twin.url)}
        body |= self._linked(change.fields)
        path = {"project": self.project, "run": run}
        try:
            edited = not {"outcome", "said"} & change.fields.keys()
            if edited and self._is_covered(int(run), int(result)):
                return Outcome(Done.OK, change.id or "", "", change.fields)
            self.session.call(testruns.UPDATE_RESULTS, path, body=orjson.dumps([body]), repeatable=True)
        except ServiceError as error:
            return _refused(error)
        return Outcome(Done.OK, change.id or "", "", change.fields)

    def _linked(self, fields: Fields) -> Json:
        """What a result names that is a bug of this project. Links that stand are left."""
        words = re.split(r"[\s,;]+", fields.get("bugs") or "")
        named = [int(found[1]) for word in words if (found := _WORK_ITEM.fullmatch(word))]
        unknown = [number for number in named if number not in self._bugs]
        if unknown:
            read = workitems.read(self.session, unknown, fields=("System.WorkItemType", "System.TeamProject"))
            for number in unknown:
                item = read.get(number)
                self._bugs[number] = item is not None and (
                    item.get("System.WorkItemType") in _BUGS
                    and item.get("System.TeamProject").casefold() == self.project.casefold()
                )
        bugs = [number for number in dict.fromkeys(named) if self._bugs[number]]
        return {"associatedBugs": [{"id": str(number)} for number in bugs]} if bugs else {}

    def _is_covered(self, run: int, result: int) -> bool:
        """The run has a newer result of the same test case: a write would make this the point's last."""
        rows = list(testruns.rows_of(self.session, self.project, run))
        case = next((optional_integer(part(row, "testCase")) for row in rows if integer(row) == result), None)
        return any(integer(row) > result and optional_integer(part(row, "testCase")) == case for row in rows)

    def _make(self, run: int, group: Sequence[Change]) -> Iterator[Outcome]:
        places = [self._place(change) for change in group]
        wanted = [
            (change, place)
            for change, place in zip(group, places, strict=True)
            if isinstance(place, TestPoint)
        ]
        revisions = sharedruns.revisions(self.session, self.project, (point.case_id for _, point in wanted))
        made = iter(self._post(run, wanted, revisions))
        for place in places:
            yield (
                Outcome(Done.REJECT, reason=f"Azure DevOps: {place}")
                if isinstance(place, str)
                else next(made)
            )

    def _post(
        self, run: int, wanted: Sequence[tuple[Change, TestPoint]], revisions: Mapping[int, int]
    ) -> Iterator[Outcome]:
        if not wanted:
            return
        bodies = [
            _body(change, point, revisions.get(point.case_id, 1), self._linked(change.fields))
            for change, point in wanted
        ]
        try:
            answer = self.session.call(
                sharedruns.ADD_RESULTS,
                {"project": self.project, "run": run},
                body=b"[" + b",".join(bodies) + b"]",
            )
        except ServiceError as error:
            if len(wanted) == 1 or isinstance(error, LostAnswer) or not refused_alone(error):
                yield _refused(error)
                return
            for half in (wanted[: len(wanted) // 2], wanted[len(wanted) // 2 :]):
                yield from self._post(run, half, revisions)
            return
        numbers = [optional_integer(row) or -1 for row in items_of(answer, sharedruns.ADD_RESULTS)]
        if len(numbers) != len(wanted) or min(numbers) < 0:
            # Seen: rows without ids. They are looked for by their markers.
            self.forget()
            numbers = [int((self.find(change) or "/-1").partition("/")[2]) for change, _ in wanted]
        for (change, _), number in zip(wanted, numbers, strict=True):
            if number < 0:
                yield Outcome(Done.RETRY, reason="Azure DevOps: it is not among what was answered")
            else:
                yield Outcome(Done.OK, f"{run}/{number}", "", change.fields)

    def _place(self, change: Change) -> TestPoint | str:
        """The test point that shows it, or why there is none."""
        case = int(change.fields.get("@case") or 0)
        points = self._points_of(case)
        if self._configuration:
            points = [
                each
                for each in points
                if self._configuration in (each.configuration.name.casefold(), str(each.configuration.id))
            ]
        names = sorted({each.configuration.name for each in points})
        if not points:
            return f"test case {case} has no test point in plan {self.plan.id} for it"
        if len(names) > 1:
            return (
                f"test case {case} is run in several configurations ({', '.join(names)}), and TestRail shows "
                "one result: name the one that counts in results.configuration"
            )
        home = self._home(case)
        return min(points, key=lambda each: (each.suite_id != home, each.suite_id))

    def _points_of(self, case: int) -> list[TestPoint]:
        if self._points is None or case not in self._points:
            found: dict[int, list[TestPoint]] = {}
            for point in testplans.points(self.session, self.project, self.plan):
                found.setdefault(point.case_id, []).append(point)
            self._points = found
        return self._points.get(case, [])

    def _record(self, run: int, row: Json) -> Record:
        number = integer(row)
        found = MARK.search(text(row, "comment"))
        fields: dict[str, Value] = {
            "id": f"{run}/{number}",
            "title": text(row, "testCaseTitle") or None,
            "@run": str(run),
            "@case": str(optional_integer(part(row, "testCase")) or ""),
            "outcome": text(row, "outcome") or None,
            "text": MARK.sub("", text(row, "comment")).strip() or None,
        }
        pages = f"{self.session.base}/{quote(self.project)}/_TestManagement/Runs"
        url = f"{pages}?runId={run}&_a=resultSummary&resultId={number}"
        return Record(f"{run}/{number}", _revision(row), fields, found[1] if found else "", url)


def _refused(error: ServiceError) -> Outcome:
    """The outcome of what the service refuses alone. Raises SyncAway for everything else."""
    why = "" if isinstance(error, LostAnswer) else refused_alone(error)
    if not why:
        raise SyncAway(f"Azure DevOps: {error}") from error
    return Outcome(Done.REJECT, reason=f"Azure DevOps: {why}")


def _revision(row: Json) -> str:
    return f"{row.get('revision', '')}"


def _body(change: Change, point: TestPoint, revision: int, linked: Json) -> bytes:
    """A new result with everything that says which point it is for."""
    body = {
        "state": "Completed",
        "automatedTestType": "TestRail",
        **_said(change.fields, change.fields, change.key),
        **linked,
    }
    return sharedruns.addressed(orjson.dumps(body), point, revision, str(body["comment"]))


def _said(changed: Fields, whole: Fields, key: str) -> Json:
    """What of a result is sent. An outcome that nobody said anew is not: it would be the point's newest."""
    outcome = changed.get("outcome") or (changed.get("said") or "").partition("#")[0]
    mark = f"[ado-publisher sync {key}]"
    # Whatever people write, it is no mark of ours.
    told = _MARKS.sub(" ", whole.get("text") or "").strip()
    most = _LONGEST_COMMENT - len(mark) - 2
    body: Json = {"comment": f"{told[: most - 1]}… {mark}" if len(told) > most else f"{told} {mark}".strip()}
    if outcome:
        known = _KNOWN.get(outcome.lower())
        failed = known is not None and known.counts_as_failed
        body |= {"outcome": outcome, "errorMessage": told[:_LONGEST_MESSAGE] if failed else None}
    if "duration" in changed:
        body["durationInMs"] = float(changed["duration"] or 0)
    return body
