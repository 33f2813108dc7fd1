"""Katalon Studio's `JUnit_Report.xml`, versions 5.x to 11.x, with the files that Katalon writes beside it.

The `status` attribute decides: SKIPPED and INCOMPLETE have no child that tells of them. A failure that
contradicts it wins. Katalon writes the test case's id as name and as class name; the id is the name here,
the class name stays empty, and what an iteration adds to it is the property `iteration`. Suites are named
by their id, `Test Suites/…`, the collection first where it is known. Times are the local ones of the
machine that ran the tests, without a zone, except the 11.x suites' own.

https://docs.katalon.com/katalon-studio/manage-reports/test-suite-report and katalon.md section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from lxml import etree

from ado_publisher.errors import ReportError
from ado_publisher.model import TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._katalon_events import STATUSES, KatalonEvents
from ado_publisher.reports._katalon_files import beside, lies_in
from ado_publisher.reports._katalon_runs import consolidate, within
from ado_publisher.reports._katalon_text import CASES, SUITES, base_name, paths_of, speaks_katalon
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Limits, Notes, Source, opened
from ado_publisher.reports._xml import fed, syntax_errors

_WORDS = re.compile(r"katalonVersion|Test Suites/|Test Cases/|\[TEST_CASE\]\[")


class _Marks:
    """A parser target that looks for what only Katalon writes."""

    def __init__(self) -> None:
        self.found = False
        self._text: list[str] | None = None

    def start(self, tag: str, attributes: Any) -> None:  # noqa: ANN401  # lxml's mapping
        """An element begins."""
        get = attributes.get
        if tag == "property":
            self.found |= get("name") == "katalonVersion"
        elif tag == "testsuite":
            self.found |= get("id", "").startswith(SUITES)
        elif tag == "testcase":
            named = any(get(name, "").startswith(CASES) for name in ("name", "classname"))
            self.found |= named and get("status", "") in STATUSES
        elif tag == "system-out":
            self._text = []

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == "system-out" and self._text is not None:
            self.found |= speaks_katalon("".join(self._text))
            self._text = None

    def data(self, text: str) -> None:
        """Text inside an element."""
        if self._text is not None:
            self._text.append(text)

    def close(self) -> None:
        """The head ends."""


def _is_katalon(head: Head) -> bool:
    if head.root not in ("testsuites", "testsuite"):
        return False
    text = head.text
    if not _WORDS.search(text):
        return False
    marks = _Marks()
    # Note: lxml's stubs ask for every method a target may have; it calls only those that are there.
    target = cast("Any", marks)
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        for at in range(0, len(head.start), 8192):
            parser.feed(head.start[at : at + 8192])
            if marks.found:
                return True
    except etree.XMLSyntaxError:
        pass  # what is wrong with the file is told by its reading
    return marks.found


def _companions(path: str) -> Iterable[str]:
    """The run's files, without those that belong to a test."""
    found = list(beside(path))
    if not found:
        return ()
    of_tests: set[str] = set()
    listed: dict[str, None] = {}
    with opened(path, None, Notes(), Limits()) as source:
        for result in read(source):
            of_tests.update(map(base_name, result.attachments))
            folder = next(result.values("logFolder"), "")
            for name in ("logFiles", "attachments"):
                for paths in result.values(name):
                    listed.update(dict.fromkeys(map(base_name, paths_of(paths, folder))))
    # Note: a report can name anything; links that leave its folder are not followed.
    home = Path(path).parent
    named = [place for name in listed if (place := home / name) not in found and lies_in(place, home)]
    return [str(place) for place in (*found, *named) if place.name not in of_tests]


@report_format(
    "katalon", recognizes=_is_katalon, refines="junit", consolidate=consolidate, companions=_companions
)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<testcase>` of the report, in its order; retries that its log proves are attempts of one."""
    events = KatalonEvents(source)
    yield from within(_streamed(source, events), events.log_of)


def _streamed(source: Source, events: KatalonEvents) -> Iterator[TestResult]:
    results = events.results
    try:
        with syntax_errors(source.path):
            for _ in fed(cast("Any", source.stream), events):
                yield from results
                results.clear()
    except ReportError:
        yield from results  # whole tests of the piece that is damaged
        raise
