"""Azure DevOps: results that a person gave a test in TestRail, in the test run that was made for it.

One result for each test: it shows what the test shows there, and is changed with it. Its comment ends with
the marker, the test's address; what carries one is not told to TestRail again. Vendor page: test/results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from urllib.parse import quote

import orjson

from ado_publisher.ado import sharedruns, testplans, testruns, workitems
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.fields import Json, integer, optional_integer, part, text
from ado_publisher.ado.http import AdoSession, LostAnswer, items_of
from ado_publisher.ado.pointresults import last_results
from ado_publisher.ado.workitems import refused_alone
from ado_publisher.errors import ServiceError
from ado_publisher.model import Outcome as TestOutcome
from ado_publisher.model import TestPlan, TestPoint
from ado_publisher.sync.connectors.ado.shown import GET_RESULT, MARK, left, standing
from ado_publisher.sync.model import Change, Done, Fields, Outcome, Record, Ref, SyncAway, Value

_MARKS = re.compile(r"\[ado-publisher [^\]]*\]")
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
        self._points: dict[int, list[TestPoint]] = {}
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
        path = {"project": self.project, "run": run}
        try:
            if (newer := self._newer_on_its_point(change, int(run), int(result))) is not None:
                return newer
            body = {"id": int(result), "state": "Completed", **self._said(change.fields, twin, twin.url)}
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

    def _newer_on_its_point(self, change: Change, run: int, result: int) -> Outcome | None:
        """A write would make this the point's last, though something newer is to be that."""
        row = self.session.call(GET_RESULT, {"project": self.project, "run": run, "result": result}).json
        case = optional_integer(part(row, "testCase")) or 0
        self._know([case])
        number = optional_integer(part(row, "testPoint"))
        points = self._points_of(case)
        point = next((each for each in points if each.id == number), None) or self._place(case)
        if isinstance(point, str):
            return None
        last = last_results(self.session, self.project, self.plan.id, [point]).get(point.id)
        if last is None or (last.run, last.result) == (run, result):
            return None
        if not (outcome := _outcome(change.fields)):
            return left(last)
        return standing(self.session, self.project, last, outcome, change.twin)

    def _make(self, run: int, group: Sequence[Change]) -> Iterator[Outcome]:
        cases = [int(change.fields.get("@case") or 0) for change in group]
        self._know(cases)
        places = list(map(self._place, cases))
        points = [place for place in places if isinstance(place, TestPoint)]
        shown = last_results(self.session, self.project, self.plan.id, points)
        wanted: list[tuple[Change, TestPoint]] = []
        ended: dict[str, Outcome] = {}
        for change, place in zip(group, places, strict=True):
            if isinstance(place, str):
                ended[change.key] = Outcome(Done.REJECT, reason=f"Azure DevOps: {place}")
                continue
            last, outcome = shown.get(place.id), _outcome(change.fields)
            stands = last and standing(self.session, self.project, last, outcome, change.twin)
            if stands:
                ended[change.key] = stands
            else:
                wanted.append((change, place))
        revisions = sharedruns.revisions(self.session, self.project, (point.case_id for _, point in wanted))
        made = iter(self._post(run, wanted, revisions))
        for change in group:
            yield ended.get(change.key) or next(made)

    def _post(
        self, run: int, wanted: Sequence[tuple[Change, TestPoint]], revisions: Mapping[int, int]
    ) -> Iterator[Outcome]:
        if not wanted:
            return
        bodies = [self._body(change, point, revisions.get(point.case_id, 1)) for change, point in wanted]
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

    def _place(self, case: int) -> TestPoint | str:
        """The test point that shows it, or why there is none."""
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

    def _body(self, change: Change, point: TestPoint, revision: int) -> bytes:
        """A new result with everything that says which point it is for."""
        twin = change.twin or Record("", "", change.fields)
        said = self._said(change.fields, twin, change.key)
        body = {"state": "Completed", "automatedTestType": "TestRail", **said}
        return sharedruns.addressed(orjson.dumps(body), point, revision, str(body["comment"]))

    def _said(self, changed: Fields, twin: Record, key: str) -> Json:
        """What is sent of a result. An outcome that nobody said anew is not: the point would show it."""
        outcome = _outcome(changed)
        mark = f"[ado-publisher sync {key}]"
        # Whatever people write, it is no mark of ours.
        told = _MARKS.sub(" ", twin.fields.get("text") or "").strip()
        most = _LONGEST_COMMENT - len(mark) - 2
        cut = f"{told[: most - 1]}…" if len(told) > most else told
        body: Json = {"comment": f"{cut} {mark}".strip()}
        duration = float(changed.get("duration") or 0)
        if outcome:
            known = _KNOWN.get(outcome.lower())
            failed = known is not None and known.counts_as_failed
            body |= {"outcome": outcome, "errorMessage": told[:_LONGEST_MESSAGE] if failed else None}
            if at := twin.fields.get("at"):
                body |= _dates(float(at) + self.session.clock_offset, duration)
        if "duration" in changed:
            body["durationInMs"] = duration
        return body | self._linked(changed)

    def _points_of(self, case: int) -> list[TestPoint]:
        if case not in self._points:
            self._know([case])
        return self._points[case]

    def _know(self, cases: Iterable[int]) -> None:
        """The points of these test cases as they are now."""
        wanted = set(cases)
        self._points = {case: [] for case in wanted}
        for point in testplans.points_of_cases(self.session, self.project, self.plan, wanted):
            self._points[point.case_id].append(point)

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


def _outcome(changed: Fields) -> str:
    """What is said anew, empty where nothing is."""
    return changed.get("outcome") or (changed.get("said") or "").partition("#")[0]


def _dates(at: float, milliseconds: float) -> Json:
    """When somebody said it; what is completed has begun before."""
    completed = datetime.fromtimestamp(at, UTC)
    started = completed - timedelta(milliseconds=max(milliseconds, 1))
    return {"startedDate": started.isoformat(), "completedDate": completed.isoformat()}
