"""xUnit.net v1, v2 and v3: `<assemblies>` or a single `<assembly>`, with collections or classes.

https://xunit.net/docs/format-xml-v2 and https://xunit.net/docs/format-xml-v3
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._embedded import keep, keep_bytes
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Notes, Source
from ado_publisher.reports._status import known_or_warned
from ado_publisher.reports._tree import At, Element, below, each, line_of, text_of, walk
from ado_publisher.reports._values import moment, seconds

_OUTCOMES = {
    "pass": Outcome.PASSED,
    "fail": Outcome.FAILED,
    "skip": Outcome.NOT_EXECUTED,
    "notrun": Outcome.NOT_EXECUTED,
}
_GROUPS = ("assembly", "collection", "class")


def _is_xunit(head: Head) -> bool:
    if head.root == "assembly":
        return bool({"run-date", "test-framework", "total", "start-rtf"} & set(head.attributes))
    return head.root == "assemblies"


@report_format("xunit", recognizes=_is_xunit)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<test>`; an error outside of tests, such as of a fixture's clean-up, is a warning."""
    suites: list[str] = []
    started: datetime | None = None
    for at, name, element in walk(source, ("test", "error"), _GROUPS):
        if at is At.OPEN:
            suites.append(element.get("name", ""))
            if name == "assembly":
                started = moment(element.get("start-rtf")) or moment(
                    f"{element.get('run-date', '')} {element.get('run-time', '')}"
                )
            else:
                source.notes.suites += 1
        elif at is At.CLOSE:
            suites.pop()
        elif name == "error":
            source.notes.warn(f"an error outside of tests: {_where(element)}")
        else:
            yield _result(source, element, tuple(filter(None, suites)), started)


def _where(error: Element) -> str:
    told = f"{error.get('type', '')} {error.get('name', '')}: {text_of(below(error, 'failure/message'))}"
    return " ".join(told.split())[:200]


def _files(notes: Notes, test: Element) -> Iterator[str]:
    """What version 3 attaches: a text, or base64 where it has a media type."""
    for file in each(test, "attachments/attachment"):
        name, kind = file.get("name", ""), file.get("media-type", "")
        if not kind:
            kept = keep_bytes(notes, text_of(file).encode(), "text/plain", name)
        else:
            kept = keep(notes, "".join(text_of(file).split()), kind, name)
        if kept:
            yield kept


def _result(source: Source, test: Element, suites: tuple[str, ...], started: datetime | None) -> TestResult:
    said = test.get("result", "")
    failure = below(test, "failure")
    outcome = known_or_warned(source.notes, _OUTCOMES, said.replace("-", "").lower())
    if failure is not None and not outcome.counts_as_failed:
        outcome = Outcome.FAILED
    traits = [(each_.get("name", ""), each_.get("value", "")) for each_ in each(test, "traits/trait")]
    class_name, name = test.get("type", ""), test.get("name", "")
    message = text_of(below(failure, "message")) if failure is not None else text_of(below(test, "reason"))
    warnings = [text_of(each_) for each_ in each(test, "warnings/warning")]
    return TestResult(
        name.removeprefix(f"{class_name}.") if class_name else name,
        outcome,
        class_name,
        suites,
        source.path,
        line_of(test),
        seconds(test.get("time")),
        moment(test.get("start-rtf")) or started,
        message or "\n".join(warnings),
        text_of(below(failure, "stack-trace")) if failure is not None else "",
        with_ids(traits, [value for key, value in traits if key.lower() in ("category", "tag")]),
        attachments=tuple(_files(source.notes, test)) if source.with_files else (),
        stdout=text_of(below(test, "output")),
        test_type="xUnit.net",
    )
