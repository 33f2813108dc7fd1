"""NUnit 3: `<test-run>`, as nunit3-console and the NUnit adapter write it.

https://docs.nunit.org/articles/nunit/technical-notes/usage/Test-Result-XML-Format.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._nested import Nest, class_of
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import known_or_warned
from ado_publisher.reports._tree import At, Element, below, each, line_of, text_of, walk
from ado_publisher.reports._values import moment, seconds

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.NOT_EXECUTED,
    "inconclusive": Outcome.INCONCLUSIVE,
    "warning": Outcome.WARNING,
}
# Where a suite failed by itself, and not for a test in it.
_OWN_FAILURES = ("SetUp", "TearDown")
_LABELS = {"error": Outcome.ERROR, "invalid": Outcome.ERROR, "cancelled": Outcome.ABORTED}


def _is_nunit3(head: Head) -> bool:
    return head.root == "test-run"


@report_format("nunit3", recognizes=_is_nunit3)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<test-case>`, with the properties of the suites around it."""
    nest, host = Nest(), ""
    for at, name, element in walk(
        source, ("test-case", "properties", "environment", "settings"), ("test-suite",)
    ):
        if at is At.OPEN:
            source.notes.suites += 1
            nest.open(element.get("name", ""))
            if element.get("site") in _OWN_FAILURES and element.get("result", "").lower() == "failed":
                source.notes.warn(f"suite {'.'.join(nest.names)[:200]} failed in its {element.get('site')}")
        elif at is At.CLOSE:
            nest.close()
        elif name == "environment":
            host = element.get("machine-name", "") or host
        elif name == "properties":
            nest.state(_pairs(element))
        elif name == "test-case":
            yield _result(source, element, nest, host)


def _pairs(properties: Element) -> list[tuple[str, str]]:
    """Properties as they are told; a `Category` is what people call a tag."""
    found = [(each_.get("name", ""), each_.get("value", "")) for each_ in each(properties, "property")]
    return [(name, value) for name, value in found if name]


def _result(source: Source, case: Element, nest: Nest, host: str) -> TestResult:
    label = case.get("label", "")
    said = case.get("result", "").lower()
    failure = below(case, "failure")
    outcome = known_or_warned(source.notes, _OUTCOMES, said)
    if failure is not None and outcome is Outcome.PASSED:
        outcome = Outcome.FAILED
    if outcome is Outcome.FAILED:
        outcome = _LABELS.get(label.lower(), outcome)
    told = failure if failure is not None else below(case, "reason")
    pairs = [pair for properties in each(case, "properties") for pair in _pairs(properties)]
    name = case.get("name", "")
    return TestResult(
        name,
        outcome,
        class_of(case.get("fullname", ""), name, case.get("classname", "")),
        nest.names,
        source.path,
        line_of(case),
        seconds(case.get("duration") or case.get("time")),
        moment(case.get("start-time")),
        _message(case, told),
        text_of(below(failure, "stack-trace")) if failure is not None else "",
        with_ids(pairs, [value for key, value in pairs if key == "Category"]),
        nest.properties,
        tuple(text_of(path) for path in each(case, "attachments/attachment/filePath") if text_of(path)),
        stdout=text_of(below(case, "output")),
        host=host,
        test_type="NUnit",
    )


def _message(case: Element, told: Element) -> str:
    """Why it did not pass; warnings and several failed assertions stand apart from it."""
    if told is not None and (message := text_of(below(told, "message"))):
        return message
    return "\n".join(text_of(message) for message in each(case, "assertions/assertion/message"))
