"""NUnit 2: `<test-results>`, also as its older versions and other makers wrote it.

https://docs.nunit.org/2.6.4/files/Results.xsd
"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._nested import Nest
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import known_or_warned
from ado_publisher.reports._tree import At, Element, below, each, line_of, text_of, walk
from ado_publisher.reports._values import moment, seconds

_OUTCOMES = {
    "success": Outcome.PASSED,
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "cancelled": Outcome.ABORTED,
    "inconclusive": Outcome.INCONCLUSIVE,
    "ignored": Outcome.NOT_EXECUTED,
    "skipped": Outcome.NOT_EXECUTED,
    "notrunnable": Outcome.NOT_EXECUTED,
}
_YES = "true"


def _is_nunit2(head: Head) -> bool:
    return head.root == "test-results"


@report_format("nunit2", recognizes=_is_nunit2)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<test-case>`; its class is the test's full name without its last part."""
    nest, host = Nest(), ""
    root = source.head.attributes
    started = f"{root.get('date', '')} {root.get('time', '')}"
    for at, name, element in walk(
        source, ("test-case", "properties", "categories", "environment"), ("test-suite",)
    ):
        if at is At.OPEN:
            source.notes.suites += 1
            nest.open(element.get("name", ""))
        elif at is At.CLOSE:
            nest.close()
        elif name == "environment":
            host = element.get("machine-name", "")
        elif name in ("properties", "categories"):
            nest.state(_pairs(element))
        elif name == "test-case":
            yield _result(source, element, nest, host, started)


def _pairs(element: Element) -> list[tuple[str, str]]:
    found = [(each_.get("name", ""), each_.get("value", "")) for each_ in each(element, "property")]
    found += [("Category", each_.get("name", "")) for each_ in each(element, "category")]
    return [(name, value) for name, value in found if name]


def _outcome(source: Source, case: Element) -> Outcome:
    """By `result`; before 2.5 by `executed`, `success` and the failure inside."""
    failed = below(case, "failure") is not None
    said = case.get("result")
    if said is None:
        if case.get("executed", _YES).lower() != _YES:
            return Outcome.NOT_EXECUTED
        return Outcome.FAILED if failed or case.get("success", _YES).lower() == "false" else Outcome.PASSED
    outcome = known_or_warned(source.notes, _OUTCOMES, said.lower())
    doubtful = outcome is Outcome.PASSED or said.lower() not in _OUTCOMES
    return Outcome.FAILED if failed and doubtful else outcome


def _result(source: Source, case: Element, nest: Nest, host: str, started: str) -> TestResult:
    failure = below(case, "failure")
    told = failure if failure is not None else below(case, "reason")
    pairs = [
        pair for name in ("properties", "categories") for some in each(case, name) for pair in _pairs(some)
    ]
    class_name, name = _parted(case.get("name", ""))
    return TestResult(
        name,
        _outcome(source, case),
        class_name,
        nest.names,
        source.path,
        line_of(case),
        seconds(case.get("time")),
        moment(started),
        text_of(below(told, "message")) if told is not None else "",
        text_of(below(failure, "stack-trace")) if failure is not None else "",
        with_ids(pairs, [value for key, value in pairs if key == "Category"]),
        nest.properties,
        host=host,
        test_type="NUnit",
    )


def _parted(fullname: str) -> tuple[str, str]:
    """Class and name; dots in the arguments of a parameterised test part nothing."""
    head, bracket, arguments = fullname.partition("(")
    class_name, _, name = head.rpartition(".")
    return class_name, f"{name}{bracket}{arguments}"
