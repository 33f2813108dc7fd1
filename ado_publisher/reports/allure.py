"""Allure 2: the files `*-result.json` of a results folder, one test each.

https://allurereport.org/docs/how-it-works-test-result-file/. Files of one folder and one host that have the
same `historyId` are tries of one test: that is how Allure itself tells retries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ado_publisher.model import Attempt, Outcome, Properties, Step, TestResult
from ado_publisher.reports._fields import epoch, inner, number, objects, plain, text
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import of_pair, with_ids
from ado_publisher.reports._json import Json, values
from ado_publisher.reports._registry import Consolidated, Report, report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import known_or_warned

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "broken": Outcome.ERROR,
    "skipped": Outcome.NOT_EXECUTED,
    "unknown": Outcome.INCONCLUSIVE,
}
_RAN = frozenset(Outcome) - {Outcome.NOT_EXECUTED}
_SUITES = ("parentSuite", "suite", "subSuite")
_HISTORY, _STOP = "allure_history_id", "allure_stop"


def _is_allure(head: Head) -> bool:
    return (
        {"uuid", "name"} <= head.keys
        and bool({"historyId", "labels", "testCaseId", "stage"} & head.keys)
        and (not {"children", "befores", "afters"} & head.keys)
    )


def consolidate(reports: Sequence[Report]) -> Consolidated:
    """Put the tries of each test together: the one that ended last is its verdict."""
    tries: dict[tuple[str, str, str], list[tuple[int, TestResult]]] = {}
    for at, report in enumerate(reports):
        for result in report.results:
            if history := next(result.values(_HISTORY), ""):
                # Jobs of a matrix run the same test: another folder, or another host, is no retry.
                key = (str(Path(report.path).parent), result.host, history)
                tries.setdefault(key, []).append((at, result))
    results = {at: list(report.results) for at, report in enumerate(reports)}
    retried = 0
    for found in tries.values():
        if len(found) < 2:
            continue
        retried += 1
        found.sort(key=lambda each: float(next(each[1].values(_STOP), "0")))
        # A try that did not run is no verdict on those that did.
        at, last = next((each for each in reversed(found) if each[1].outcome in _RAN), found[-1])
        attempts = tuple(Attempt(r.outcome, r.message, r.stack_trace, r.duration) for _, r in found)
        for other, result in found:
            results[other].remove(result)
        results[at].append(last.replaced(attempts=attempts))
    ran = "1 test was" if retried == 1 else f"{retried} tests were"
    notices = (f"{ran} run more than once: the last run counts",) if retried else ()
    done = tuple(
        Report(report.path, report.format, tuple(results[at]), report.warnings)
        for at, report in enumerate(reports)
    )
    return Consolidated(done, notices)


@report_format("allure", recognizes=_is_allure, consolidate=consolidate)
def read(source: Source) -> Iterator[TestResult]:
    """The one test of the file, with its steps, labels, links, parameters and attachments."""
    for _, test in values(source, ("",)):
        if isinstance(test, dict):
            yield _result(source, test)


def _result(source: Source, test: Json) -> TestResult:
    said = text(test, "status")
    outcome = known_or_warned(source.notes, _OUTCOMES, said)
    if text(test, "stage") in ("running", "scheduled", "interrupted") and outcome is not Outcome.FAILED:
        outcome = Outcome.ABORTED
    labels = [(text(each, "name"), text(each, "value")) for each in objects(test, "labels")]
    links = [(text(each, "type"), text(each, "name"), text(each, "url")) for each in objects(test, "links")]
    details = inner(test, "statusDetails")
    suites = tuple(value for wanted in _SUITES for name, value in labels if name == wanted)
    known = dict(labels)
    full, name = text(test, "fullName"), text(test, "name")
    start, stop = number(test, "start"), number(test, "stop")
    attachments = [
        text(file, "source") for holder in _with_steps(test, 0) for file in objects(holder, "attachments")
    ]
    source.notes.suites = 1 if suites else 0
    return TestResult(
        name,
        outcome,
        known.get("testClass") or _class(full, known.get("testMethod") or name),
        suites,
        source.path,
        duration=max(0.0, stop - start) / 1000 if start is not None and stop is not None else None,
        started=epoch(test, "start"),
        message=plain(text(details, "message")),
        stack_trace=plain(text(details, "trace")),
        properties=_properties(test, labels, links),
        attachments=tuple(dict.fromkeys(filter(None, attachments))),
        host=known.get("host", ""),
        test_type="Allure",
        steps=tuple(_step(step) for step in objects(test, "steps")),
    )


def _class(full: str, method: str) -> str:
    """What a full name has before its method: `package.Class.method`, or pytest's `module#method`."""
    return full.partition("#")[0] if "#" in full else full.removesuffix(method).rstrip(".: ")


def _properties(test: Json, labels: list[tuple[str, str]], links: list[tuple[str, str, str]]) -> Properties:
    """Labels by their names, tags as tags, links by type; an id is looked for in all of them."""
    pairs = [(name, value) for name, value in labels if name and value and name != "tag"]
    pairs += [(kind, name) for kind, name, _ in links if kind in ("tms", "issue") and name]
    # The link's own type says that it leads to a test case.
    pairs += [("tms", url) for kind, name, url in links if kind == "tms" and not of_pair(kind, name)]
    pairs += [
        (f"parameter.{text(each, 'name')}", text(each, "value"))
        for each in objects(test, "parameters")
        if text(each, "mode") not in ("hidden", "masked")
    ]
    if description := text(test, "description"):
        pairs.append(("description", description))
    pairs.append(("fullName", text(test, "fullName")))
    stop = number(test, "stop") or number(test, "start") or 0.0
    pairs += [(_HISTORY, text(test, "historyId")), (_STOP, f"{stop:.0f}")]
    tags = [value for name, value in labels if name == "tag"]
    return with_ids([pair for pair in pairs if pair[1]], tags, [url for _, _, url in links if url])


def _with_steps(holder: Json, depth: int) -> Iterator[Json]:
    yield holder
    if depth < 100:
        for step in objects(holder, "steps"):
            yield from _with_steps(step, depth + 1)


def _step(step: Json) -> Step:
    start, stop = number(step, "start"), number(step, "stop")
    took = max(0.0, stop - start) / 1000 if start is not None and stop is not None else None
    outcome = _OUTCOMES.get(text(step, "status"), Outcome.INCONCLUSIVE)
    return Step(text(step, "name"), outcome, plain(text(inner(step, "statusDetails"), "message")), took)
