"""TestNG: `testng-results.xml`. https://testng.org/#_xml_reports

Configuration methods are no tests; one that failed is told, for the tests after it did not run because of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import known_or_warned
from ado_publisher.reports._tree import At, Element, below, each, line_of, text_of, walk
from ado_publisher.reports._values import moment

_OUTCOMES = {
    "PASS": Outcome.PASSED,
    "FAIL": Outcome.FAILED,
    "SKIP": Outcome.NOT_EXECUTED,
    # Failures within what @Test(successPercentage) allows.
    "FAIL_WITH_SUCCESS_PERCENTAGE": Outcome.FAILED,
    "SUCCESS_PERCENTAGE_FAILURE": Outcome.FAILED,
}


def _is_testng(head: Head) -> bool:
    return head.root == "testng-results"


@report_format("testng", recognizes=_is_testng)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<test-method>` that is no configuration method, by suite, test and class."""
    names: list[str] = []
    groups: dict[str, list[str]] = {}
    for at, name, element in walk(
        source, ("test-method", "groups", "reporter-output"), ("suite", "test", "class")
    ):
        if at is At.OPEN:
            names.append(element.get("name", ""))
            if name == "suite":
                source.notes.suites += 1
                groups = {}
        elif at is At.CLOSE:
            names.pop()
        elif name == "groups":
            _note(groups, element)
        elif name == "test-method":
            if element.get("is-config", "").lower() == "true":
                _warn_of_configuration(source, element, names[-1] if names else "")
            else:
                yield _result(source, element, names, groups)


def _note(groups: dict[str, list[str]], element: Element) -> None:
    for group in each(element, "group"):
        for method in each(group, "method"):
            key = f"{method.get('class', '')}.{method.get('name', '')}"
            groups.setdefault(key, []).append(group.get("name", ""))


def _warn_of_configuration(source: Source, method: Element, class_name: str) -> None:
    if method.get("status") == "FAIL":
        source.notes.warn(
            f"configuration method {class_name}.{method.get('name', '')} failed: tests may be skipped for it"
        )


def _result(
    source: Source, method: Element, names: Sequence[str], groups: dict[str, list[str]]
) -> TestResult:
    said = method.get("status", "")
    outcome = known_or_warned(source.notes, _OUTCOMES, said.upper())
    class_name = names[-1] if names else ""
    exception = below(method, "exception")
    parameters = [text_of(below(each_, "value")) for each_ in each(method, "params/param")]
    pairs = [
        (each_.get("name", ""), each_.get("value", "") or text_of(each_))
        for each_ in each(method, "attributes/attribute")
    ]
    description = [("description", method.get("description", ""))] if method.get("description") else []
    rows = [("parameters", ", ".join(parameters))] if parameters else []
    name = method.get("name", "")
    stack = text_of(below(exception, "full-stacktrace")) if exception is not None else ""
    return TestResult(
        name,
        outcome,
        class_name,
        tuple(filter(None, names[:-1])),
        source.path,
        line_of(method),
        _milliseconds(method.get("duration-ms")),
        moment(method.get("started-at")),
        text_of(below(exception, "message")) or exception.get("class", "") if exception is not None else "",
        stack or (text_of(below(exception, "short-stacktrace")) if exception is not None else ""),
        with_ids([*pairs, *description, *rows], groups.get(f"{class_name}.{name}", ())),
        stdout="\n".join(text_of(line) for line in each(method, "reporter-output/line")),
        test_type="TestNG",
    )


def _milliseconds(text: str | None) -> float | None:
    return int(text) / 1000 if text and text.isdecimal() and len(text) < 13 else None
