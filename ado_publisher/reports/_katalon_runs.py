"""Katalon's reports of one start together: collections and their suites, copies, and retries.

The same execution of a suite is counted once, and what a rerun is, Katalon itself must prove: by the
folder it wrote the report to, or by its log. Equal names never do. Facts: katalon.md section 3.1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from ado_publisher.model import Attempt, Outcome, TestResult
from ado_publisher.reports._katalon_files import is_there
from ado_publisher.reports._katalon_log import Log, read_log
from ado_publisher.reports._katalon_side import home_of
from ado_publisher.reports._katalon_text import Layout, base_name, layout_of, unescaped
from ado_publisher.reports._registry import Consolidated, Report

_ENVIRONMENT = ("os", "browser", "deviceName", "deviceId", "hostName")
# Report times are rounded to the second.
_ROUNDING = timedelta(seconds=2)
_MOST_BASES = 20
_EARLIEST = datetime(1, 1, 1)  # noqa: DTZ001  # Katalon's times have no zone


@dataclass(eq=False)
class Run:
    """One execution of a suite as one report tells it. `results` empties when another run has its tests."""

    report: Report
    results: list[TestResult]
    of_several: bool = False

    @property
    def suite(self) -> str:
        """The suite's id."""
        suites = self.results[0].suites
        return suites[-1] if suites else ""

    def value(self, name: str) -> str:
        """The first value its properties have for a name."""
        return next(iter(self.results[0].values(name)), "")

    @property
    def folder(self) -> Layout | None:
        """Where Katalon wrote it: as the report says, else where the report lies."""
        lies = str(Path(self.report.path).parent.absolute())
        return layout_of(unescaped(self.value("logFolder"))) or layout_of(lies)

    @property
    def environment(self) -> tuple[str, ...]:
        """Where it ran, as the report says. The same suite on another browser is another execution."""
        return tuple(self.value(name) for name in _ENVIRONMENT)

    @property
    def began(self) -> datetime | None:
        """Its earliest test's start."""
        return min((r.started for r in self.results if r.started), key=_sortable, default=None)

    @property
    def content(self) -> Counter[tuple[object, ...]]:
        """Its tests without what may differ between two reports of one execution."""
        return Counter((r.name, r.outcome, tuple(r.values("iteration"))) for r in self.results)

    @property
    def is_at_home(self) -> bool:
        """The report lies in the folder that Katalon wrote for this suite."""
        named, lies = layout_of(unescaped(self.value("logFolder"))), Path(self.report.path).parent.absolute()
        return named is not None and lies.parts[-2:] == (named.suite.rpartition("/")[2], named.stamp)


def consolidate(reports: Sequence[Report]) -> Consolidated:
    """Each test once, its reruns inside it. What was dropped or merged is told in a notice."""
    runs = [run for report in reports for run in runs_of(report)]
    notices = [*_drop_copies(runs), *_merge_retries([run for run in runs if run.results])]
    kept: dict[int, list[TestResult]] = {}
    for run in runs:
        kept.setdefault(id(run.report), []).extend(run.results)
    return Consolidated(
        tuple(replace(report, results=tuple(kept.get(id(report), ()))) for report in reports), tuple(notices)
    )


def runs_of(report: Report) -> list[Run]:
    """The suites of a report, in its order."""
    groups = [list(group) for _, group in groupby(report.results, key=lambda r: id(r.suite_properties))]
    return [Run(report, group, len(groups) > 1) for group in groups]


def _drop_copies(runs: Sequence[Run]) -> Iterator[str]:
    """A suite that several reports tell of is left in one of them: its own rather than the collection's."""
    by_execution: dict[object, list[Run]] = {}
    for run in runs:
        if (key := _execution(run)) is not None:
            by_execution.setdefault(key, []).append(run)
    for group in by_execution.values():
        best = min(group, key=lambda run: (not run.is_at_home, run.of_several))
        for run in group:
            if run is best or run.report is best.report:
                continue
            if run.content != best.content:
                yield (
                    f"{run.report.path} and {best.report.path} tell differently of the same execution of "
                    f"{run.suite!r}: both are counted"
                )
                continue
            _hand_over_collection(run, best)
            yield (
                f"{run.report.path}: {_tests(len(run.results))} of {run.suite!r} counted once, "
                f"as {best.report.path} tells of the same execution"
            )
            run.results = []


def _execution(run: Run) -> object | None:
    """What two reports of the same execution have in common; None when nothing identifies it."""
    folder = unescaped(run.value("logFolder")).replace("\\", "/").rstrip("/")
    if folder:
        return (run.suite, folder, run.environment)
    began = run.began
    if began is None and not any(result.stdout for result in run.results):
        return None
    told = tuple((r.name, r.outcome, r.duration, r.message, hash(r.stdout)) for r in run.results)
    return (run.suite, began, run.environment, told)


def _hand_over_collection(dropped: Run, kept: Run) -> None:
    suites = dropped.results[0].suites
    if len(suites) > len(kept.results[0].suites):
        kept.results = [result.replaced(suites=suites) for result in kept.results]


def _merge_retries(runs: Sequence[Run]) -> Iterator[str]:
    """A run that Katalon proves to be a retry becomes attempts of the run that it repeats."""
    by_suite: dict[object, list[Run]] = {}
    for run in runs:
        by_suite.setdefault((run.suite, run.environment), []).append(run)
    collected = _sessions_with_several_suites(runs)
    logs = _Logs()
    for group in by_suite.values():
        firsts: list[Run] = []
        for run in sorted(group, key=_order):
            for first in reversed(firsts[-_MOST_BASES:]):
                if proof := _proof(first, run, collected, logs):
                    yield (
                        f"{run.report.path}: {_tests(len(run.results))} of {run.suite!r} merged as retries "
                        f"into {first.report.path} ({proof})"
                    )
                    first.results, run.results = _with_retries(first.results, run.results)
                    break
            else:
                firsts.append(run)


def _order(run: Run) -> tuple[datetime, str]:
    return _sortable(run.began), run.folder.stamp if run.folder else ""


def _proof(first: Run, second: Run, collected: set[str], logs: _Logs) -> str:
    """Why the second run is a retry of the first, in words; empty when it is not proved to be one."""
    failed = Counter(r.name for r in first.results if r.outcome.counts_as_failed)
    again = Counter(r.name for r in second.results)
    every = Counter(r.name for r in first.results)
    profiles = {first.value("profile"), second.value("profile")} - {""}
    if not again & failed or not again <= every or len(profiles) > 1 or not _follows(first, second):
        return ""
    log = logs.of(second)
    if log.is_retry:
        return "execution0.log says so"
    if log.allowed == 0 or logs.of(first).allowed == 0:
        return ""
    place, earlier = second.folder, first.folder
    if place is None or earlier is None or place.session_folder != earlier.session_folder:
        return ""
    if place.stamp <= earlier.stamp or not second.suite.endswith(f"/{place.suite}"):
        return ""
    why = f"a second folder of the suite in session {place.session}"
    if place.session_folder not in collected and not _in_collection(first) and not _in_collection(second):
        return why
    # A collection may list the same suite twice: then a second folder alone proves nothing.
    if log.allowed:
        return f"{why}, and execution0.log allows {log.allowed} retries"
    only_failed = again <= failed and sum(again.values()) < sum(every.values())
    return f"{why} with nothing but tests that had failed" if only_failed else ""


def _follows(first: Run, second: Run) -> bool:
    """The second began when the first had ended, by the times of the tests, else by the folders' names."""
    if first.began is None or second.began is None:
        return first.folder is not None and second.folder is not None
    began = _sortable(first.began)
    durations = [timedelta(seconds=r.duration or 0.0) for r in first.results]
    ends = [
        _sortable(r.started) + took for r, took in zip(first.results, durations, strict=True) if r.started
    ]
    if len({r.started for r in first.results}) == 1:  # only the suite has a time
        ends.append(began + sum(durations, timedelta()))
    return _sortable(second.began) > began and _sortable(second.began) + _ROUNDING >= max(ends)


def _in_collection(run: Run) -> bool:
    return len(run.results[0].suites) > 1


def _sessions_with_several_suites(runs: Iterable[Run]) -> set[str]:
    suites: dict[str, set[str]] = {}
    for run in runs:
        if (folder := run.folder) is not None:
            suites.setdefault(folder.session_folder, set()).add(run.suite)
    return {session for session, named in suites.items() if len(named) > 1}


def _with_retries(
    first: Sequence[TestResult], second: Sequence[TestResult]
) -> tuple[list[TestResult], list[TestResult]]:
    """The first run's tests with their retries inside, failed ones of a name before others; and what is
    left of the second: what did not run there says nothing.
    """
    waiting: dict[str, list[TestResult]] = {}
    for result in second:
        if _ran(result):
            waiting.setdefault(result.name, []).append(result)
    merged = list(first)
    ranked = sorted(enumerate(first), key=lambda entry: not entry[1].outcome.counts_as_failed)
    for at, result in ranked:
        if waiting.get(result.name):
            merged[at] = as_retry(result, waiting[result.name].pop(0))
    return merged, [result for result in second if not _ran(result)]


def as_retry(earlier: TestResult, last: TestResult) -> TestResult:
    """The last try's verdict with every try inside it, and the files of all."""
    files = tuple(dict.fromkeys((*_located(earlier), *last.attachments)))
    suites = max(earlier.suites, last.suites, key=len)
    return last.replaced(attempts=(*_tries(earlier), *_tries(last)), attachments=files, suites=suites)


def _located(result: TestResult) -> Iterator[str]:
    """Its files by where they lie, since they do not lie beside the last try's report."""
    for path in result.attachments:
        beside = Path(result.file).parent / base_name(path)
        yield str(beside) if is_there(beside) else path


def _ran(result: TestResult) -> bool:
    return result.outcome is not Outcome.NOT_EXECUTED


def _tries(result: TestResult) -> tuple[Attempt, ...]:
    own = Attempt(result.outcome, result.message, result.stack_trace, result.duration)
    return result.attempts or (own,)


def within(results: Iterable[TestResult], log_of: Callable[[TestResult], Log | None]) -> Iterator[TestResult]:
    """The results of one report; what its own log proves to be retries becomes attempts."""
    held: list[TestResult] = []
    known: Log | None = None
    for result in results:
        log = log_of(result)
        if held and known is not None and log is not known:
            yield from _merged_by(known, held)
            held = []
        if log is None:
            yield result
        else:
            known = log
            held.append(result)
    if known is not None:
        yield from _merged_by(known, held)


def _merged_by(log: Log, results: list[TestResult]) -> list[TestResult]:
    if [test.case for test in log.tests] != [result.name for result in results]:
        return results
    merged: list[TestResult] = []
    last: dict[str, tuple[int, int]] = {}
    for test, result in zip(log.tests, results, strict=True):
        retry = test.retry or 0
        at, before = last.get(result.name, (-1, -1))
        if retry > 0 and before == retry - 1 and _ran(result) and merged[at].outcome.counts_as_failed:
            merged[at] = as_retry(merged[at], result)
        else:
            at = len(merged)
            merged.append(result)
        last[result.name] = (at, retry)
    return merged


class _Logs:
    """The logs of runs, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, Log] = {}

    def of(self, run: Run) -> Log:
        """The run's log; an empty one where there is none, or where it tells of other tests."""
        path = run.report.path
        if path == "-" or not Path(path).is_file():
            return Log()
        home = home_of(path, run.value("logFolder"))
        if home not in self._read:
            self._read[home] = read_log(home, lambda _: None)
        log = self._read[home]
        # Reports that were gathered in one folder have one log between them.
        fits = {test.case for test in log.tests} <= {result.name for result in run.results}
        return log if fits else Log()


def _sortable(when: datetime | None) -> datetime:
    return _EARLIEST if when is None else when.replace(tzinfo=None)


def _tests(count: int) -> str:
    return "1 test" if count == 1 else f"{count} tests"
