"""JUnit XML in every dialect that was met: Ant, Surefire, Gradle, pytest, PHPUnit, GoogleTest, Jest, others.

There is no standard; https://github.com/testmoapp/junitxml and Surefire's own schema come closest
(https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd).
Elements are counted, totals are never believed. A test with a failing child has failed, wherever
the child stands and whatever its status says; a test whose status says that it did not run, did
not pass, or what nobody understands has not passed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.errors import ReportError
from ado_publisher.model import TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._junit_events import Events
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._xml import fed, syntax_errors


def _is_junit(head: Head) -> bool:
    return head.root in ("testsuites", "testsuite")


@report_format("junit", recognizes=_is_junit)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<testcase>` of the document, in its order."""
    events = Events(source)
    results = events.results
    try:
        with syntax_errors(source.path):
            for _ in fed(source.stream, events):
                yield from results
                results.clear()
    except ReportError:
        yield from results  # whole tests of the piece that is damaged
        raise
