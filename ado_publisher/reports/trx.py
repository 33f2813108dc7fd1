"""TRX: `<TestRun>` of MSTest, vstest.console and `dotnet test --logger trx`.

https://github.com/microsoft/vstest/tree/main/src/Microsoft.TestPlatform.Extensions.TrxLogger (its writer) and
the schema vstst.xsd of Visual Studio. The definitions of tests, which hold their classes, may stand behind
the results: these wait until the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ado_publisher.errors import ReportError
from ado_publisher.model import Outcome, Properties, Step, TestResult, worst
from ado_publisher.reports._head import Head
from ado_publisher.reports._held import Held, held
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import known_or_warned
from ado_publisher.reports._tree import At, Element, below, each, line_of, parts, text_of, walk
from ado_publisher.reports._values import moment

_NAMESPACE = "http://microsoft.com/schemas/VisualStudio/TeamTest/"
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "passedbutrunaborted": Outcome.PASSED,
    # It came to its end, which says nothing of how.
    "completed": Outcome.INCONCLUSIVE,
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "timeout": Outcome.TIMEOUT,
    "aborted": Outcome.ABORTED,
    "disconnected": Outcome.ABORTED,
    "inprogress": Outcome.ABORTED,
    "pending": Outcome.ABORTED,
    "inconclusive": Outcome.INCONCLUSIVE,
    "warning": Outcome.WARNING,
    "notexecuted": Outcome.NOT_EXECUTED,
    "notrunnable": Outcome.NOT_EXECUTED,
    "ignored": Outcome.NOT_EXECUTED,
}
_RESULTS = ("UnitTestResult", "TestResultAggregation", "GenericTestResult", "TestResult", "ManualTestResult",
            "WebTestResult", "LoadTestResult", "CodedWebTestResult", "OrderedTestResult")  # fmt: skip
_DEFINITIONS = ("UnitTest", "OrderedTest", "GenericTest", "ManualTest", "WebTest", "LoadTest", "CodedWebTest")
_DURATION = re.compile(r"(?:(\d{1,6})\.)?(\d{1,2}):(\d\d):(\d\d(?:\.\d+)?)")


class _Defined(NamedTuple):
    """What the definition of a test says."""

    class_name: str
    method: str
    properties: Properties


def _is_trx(head: Head) -> bool:
    return head.root == "TestRun" and head.namespace.startswith(_NAMESPACE)


@report_format("trx", recognizes=_is_trx)
def read(source: Source) -> Iterator[TestResult]:
    """Every result of the top level; rows are told in its message, parts of ordered tests are steps."""
    damage: ReportError | None = None
    classes: set[str] = set()
    with held(source.path) as waiting:
        try:
            _gather(source, waiting)
        except ReportError as error:
            damage = error
        for number, result in waiting.waiting():
            defined = waiting.last_said("test", number)
            whole = _completed(result, defined) if defined is not None else result
            classes.add(whole.class_name)
            yield whole
    source.notes.suites = len(classes)
    if damage is not None:
        raise damage


def _gather(source: Source, waiting: Held) -> None:
    """Results and definitions as the file has them."""
    folder = ""
    leaves = (*_RESULTS, *_DEFINITIONS, "TestEntry", "Deployment", "RunInfo")
    for at, name, element in walk(source, leaves, ("Results",)):
        if at is not At.LEAF:
            continue
        if name == "Deployment":
            folder = element.get("runDeploymentRoot", "")
        elif name in _DEFINITIONS:
            waiting.say("test", element.get("id", ""), _definition(element))
        elif name == "RunInfo":
            _warn(source, element)
        elif name in _RESULTS:
            waiting.wait(element.get("testId", ""), _result(source, element, folder))


def _definition(element: Element) -> _Defined:
    has = parts(element)
    method = has.get("TestMethod")
    class_name = method.get("className", "").split(",")[0].strip() if method is not None else ""
    name = method.get("name", "") if method is not None else ""
    tags = [item.get("TestCategory", "") for item in each(element, "TestCategory/TestCategoryItem")]
    pairs = [
        (text_of(below(each_, "Key")), text_of(below(each_, "Value")))
        for each_ in each(element, "Properties/Property")
    ]
    owners = [owner.get("name", "") for owner in each(has.get("Owners"), "Owner")]
    pairs += [("owner", owner) for owner in owners if owner]
    if "Description" in has:
        pairs += [("description", text_of(each_)) for each_ in each(element, "Description") if text_of(each_)]
    pairs += [("workitem", text_of(each_)) for each_ in each(has.get("Workitems"), "Workitem")]
    if storage := element.get("storage"):
        pairs.append(("storage", storage.replace("\\", "/").rpartition("/")[2]))
    return _Defined(class_name, name, with_ids(pairs, tags))


def _completed(result: TestResult, defined: _Defined) -> TestResult:
    name = result.name.removeprefix(f"{defined.class_name}.") if defined.class_name else result.name
    return result.replaced(
        name=name,
        class_name=defined.class_name,
        suites=(defined.class_name,) if defined.class_name else (),
        properties=(*defined.properties, *result.properties),
    )


def _warn(source: Source, info: Element) -> None:
    """What the run itself says: a host that crashed, files that could not be copied."""
    told = " ".join(text_of(below(info, "Text")).split())[:200]
    if told and info.get("outcome") in ("Error", "Failed", "Warning"):
        source.notes.warn(f"the run says: {told}")


def _result(source: Source, element: Element, folder: str) -> TestResult:
    said = element.get("outcome", "")
    has = parts(element)
    inner = each(element, "InnerResults/*") if "InnerResults" in has else []
    inside = list(_outcomes_below(inner))
    # Without a word of its own it is what its rows are; with one it is nothing better than they are.
    outcome = worst(inside) if inner and not said else known_or_warned(source.notes, _OUTCOMES, said.lower())
    if outcome is Outcome.PASSED and (bad := [each_ for each_ in inside if each_.counts_as_failed]):
        outcome = worst(bad)
    output = parts(has["Output"]) if "Output" in has else {}
    error = output.get("ErrorInfo")
    rows = [row for row in inner if row.get("resultType") == "DataDrivenDataRow"]
    message = text_of(below(error, "Message")) if error is not None else ""
    return TestResult(
        element.get("testName", ""),
        outcome,
        file=source.path,
        line=line_of(element),
        duration=duration(element.get("duration")),
        started=moment(element.get("startTime")),
        message=message or "\n".join(_told_by_rows(rows)),
        stack_trace=text_of(below(error, "StackTrace")) if error is not None else "",
        properties=_row_properties(element),
        attachments=tuple(_files(element, folder)) if "ResultFiles" in has else (),
        stdout=_texts(
            output.get("StdOut"), output.get("DebugTrace"), *each(output.get("TextMessages"), "Message")
        ),
        stderr=_texts(output.get("StdErr")),
        host=element.get("computerName", ""),
        test_type="UnitTest",
        steps=tuple(_step(row) for row in inner if row not in rows),
    )


def _outcomes_below(rows: list[Element]) -> Iterator[Outcome]:
    """What rows say and, where these are ordered tests or have rows themselves, what stands in them."""
    waiting = list(rows)
    while waiting:
        row = waiting.pop()
        inner = each(row, "InnerResults/*")
        # A row that says nothing is what its own rows are.
        if row.get("outcome") or not inner:
            yield _OUTCOMES.get(row.get("outcome", "").lower(), Outcome.INCONCLUSIVE)
        waiting += inner


def _texts(*found: Element) -> str:
    return "\n".join(filter(None, map(text_of, found)))


def _told_by_rows(rows: list[Element]) -> Iterator[str]:
    """What the rows of a test say that did not pass: rows are no steps of it."""
    for row in rows:
        if row.get("outcome", "").lower() != "passed":
            said = text_of(below(row, "Output/ErrorInfo/Message")) or row.get("outcome", "")
            yield f"{row.get('testName', '')}: {said}"


def _row_properties(element: Element) -> Properties:
    return tuple((name, value) for name in ("dataRowInfo",) if (value := element.get(name)))


def _files(element: Element, folder: str) -> Iterator[str]:
    """Where the runner put a result's files: below the deployment folder, by the result's own folder."""
    own = element.get("relativeResultsDirectory", "") or element.get("executionId", "")
    for file in each(element, "ResultFiles/ResultFile"):
        path = file.get("path", "").replace("\\", "/")
        if path:
            parts = [folder.replace("\\", "/"), "In", own, path] if folder else [path]
            yield "/".join(part for part in parts if part)


def _step(row: Element) -> Step:
    message = text_of(below(row, "Output/ErrorInfo/Message"))
    outcome = _OUTCOMES.get(row.get("outcome", "").lower(), Outcome.INCONCLUSIVE)
    return Step(row.get("testName", ""), outcome, message, duration(row.get("duration")))


def duration(text: str | None) -> float | None:
    """Seconds of `[days.]hours:minutes:seconds`; None for what is no duration."""
    found = _DURATION.fullmatch(text.strip()) if text else None
    if found is None:
        return None
    days, hours, minutes, rest = found.groups()
    return (int(days or 0) * 24 + int(hours)) * 3600.0 + int(minutes) * 60 + float(rest)
