"""CppUnit: `<TestRun>` of its XmlOutputter. https://cppunit.sourceforge.net/doc/latest/class_xml_outputter.html"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._tree import At, Element, below, line_of, text_of, walk


def _is_cppunit(head: Head) -> bool:
    parts = (b"<FailedTests", b"<SuccessfulTests")
    return head.root == "TestRun" and not head.namespace and any(part in head.start for part in parts)


@report_format("cppunit", recognizes=_is_cppunit)
def read(source: Source) -> Iterator[TestResult]:
    """Failed tests first, as the file has them. It holds neither times nor outputs."""
    classes: set[str] = set()
    for at, name, element in walk(source, ("FailedTest", "Test", "Statistics"), ()):
        if at is At.LEAF and name != "Statistics":
            result = _result(source, name, element)
            classes.add(result.class_name)
            source.notes.suites = len(classes)
            yield result


def _result(source: Source, kind: str, test: Element) -> TestResult:
    outcome = Outcome.PASSED
    if kind == "FailedTest":
        outcome = Outcome.ERROR if text_of(below(test, "FailureType")) == "Error" else Outcome.FAILED
    class_name, _, name = text_of(below(test, "Name")).rpartition("::")
    file, line = text_of(below(test, "Location/File")), text_of(below(test, "Location/Line"))
    return TestResult(
        name,
        outcome,
        class_name,
        (class_name,) if class_name else (),
        source.path,
        line_of(test),
        message=text_of(below(test, "Message")),
        stack_trace=f"{file}({line})" if file else "",
        properties=with_ids([("file", file), ("line", line)] if file else []),
        test_type="CppUnit",
    )
