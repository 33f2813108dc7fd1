"""Boost.Test: the XML log (`<TestLog>`) and the detailed XML report (`<TestResult>`).

https://www.boost.org/doc/libs/release/libs/test/doc/html/boost_test/test_output/log_formats/test_log_output.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._nested import Nest
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._tree import At, Element, each, line_of, text_of, walk
from ado_publisher.reports._values import seconds

_FAILING = {"Error": Outcome.FAILED, "FatalError": Outcome.FAILED, "Exception": Outcome.ERROR}
_RESULTS = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "aborted": Outcome.ERROR,  # by an exception, as the log tells
    "skipped": Outcome.NOT_EXECUTED,
    "timed-out": Outcome.TIMEOUT,
}


def _is_boost(head: Head) -> bool:
    if head.root == "TestLog":
        return True
    return head.root in ("TestResult", "BoostTestResult") and b"assertions_failed" in head.start


@report_format("boost", recognizes=_is_boost)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<TestCase>` in its suites."""
    nest = Nest()
    skipped: list[bool] = []
    for at, name, element in walk(source, ("TestCase", *_FAILING), ("TestSuite",)):
        if at is At.OPEN:
            source.notes.suites += 1
            skipped.append(element.get("skipped") == "yes")
            nest.open(element.get("name", ""))
        elif at is At.CLOSE:
            if skipped.pop():
                source.notes.warn(f"suite {'.'.join(nest.names)[:200]} was skipped with all in it")
            nest.close()
        elif name == "TestCase":
            yield _result(source, element, nest)
        else:
            source.notes.warn(f"an error outside of tests: {' '.join(text_of(element).split())[:200]}")


def _result(source: Source, case: Element, nest: Nest) -> TestResult:
    problems = [child for child in case if child.tag in _FAILING]
    told = [f"{_place(child)}{(child.text or '').strip()}" for child in problems]
    line = case.get("line", "")
    file = case.get("file", "")
    return TestResult(
        case.get("name", ""),
        _outcome(case, problems),
        ".".join(nest.names),
        nest.names,
        source.path,
        line_of(case),
        _microseconds(each(case, "TestingTime")),
        None,
        told[0] if told else case.get("reason", ""),
        "\n".join(told),
        with_ids([(name, value) for name, value in (("file", file), ("line", line)) if value]),
        (),
        stdout="\n".join(text_of(child) for child in case if child.tag in ("Message", "Info", "Warning")),
        test_type="Boost.Test",
    )


def _place(problem: Element) -> str:
    return f"{problem.get('file')}({problem.get('line', '')}): " if problem.get("file") else ""


def _outcome(case: Element, problems: list[Element]) -> Outcome:
    if problems:
        # An exception is an error also beside failed assertions.
        found = {_FAILING[problem.tag] for problem in problems}
        return Outcome.ERROR if Outcome.ERROR in found else Outcome.FAILED
    if case.get("skipped") == "yes":
        return Outcome.NOT_EXECUTED
    said = case.get("result")
    return Outcome.PASSED if said is None else _RESULTS.get(said, Outcome.INCONCLUSIVE)


def _microseconds(times: list[Element]) -> float | None:
    value = seconds(text_of(times[0])) if times else None
    return value / 1e6 if value is not None else None
