"""CTest: `Test.xml` of `ctest -T Test`, in the folder of its tag. https://cmake.org/cmake/help/latest/manual/ctest.1.html"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._tree import At, Element, below, each, line_of, text_of, walk
from ado_publisher.reports._values import seconds

_LONGEST_OUTPUT = 16 * 1024 * 1024
_NOT_STARTED = ("unable to find", "required files missing", "missing", "failed to start", "could not find")


def _is_ctest(head: Head) -> bool:
    return head.root == "Site" and (b"<Testing" in head.start or "BuildStamp" in head.attributes)


@report_format("ctest", recognizes=_is_ctest)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<Test>`. One whose program is missing is an error, as ctest itself counts it."""
    started: datetime | None = None
    host = source.head.attributes.get("Hostname") or source.head.attributes.get("Name", "")
    for at, name, element in walk(source, ("Test", "TestList", "StartTestTime"), ("Testing",)):
        if at is At.OPEN:
            source.notes.suites += 1
        elif at is At.CLOSE:
            continue
        elif name == "StartTestTime":
            started = _epoch(text_of(element))
        elif name == "Test":
            yield _result(source, element, started, host)


def _epoch(text: str) -> datetime | None:
    value = seconds(text)
    return datetime.fromtimestamp(value, UTC) if value is not None and value < 1e11 else None


def _result(source: Source, test: Element, started: datetime | None, host: str) -> TestResult:
    told = {
        each_.get("name", ""): text_of(below(each_, "Value"))
        for each_ in each(test, "Results/NamedMeasurement")
    }
    output = _output(below(test, "Results/Measurement/Value"))
    outcome = _outcome(test.get("Status", ""), told)
    command = text_of(below(test, "FullCommandLine"))
    labels = [text_of(label) for label in each(test, "Labels/Label")]
    return TestResult(
        text_of(below(test, "Name")),
        outcome,
        "",
        (),
        source.path,
        line_of(test),
        seconds(told.get("Execution Time")),
        started,
        _reason(told) if outcome is not Outcome.PASSED else "",
        "",
        with_ids([("command", command)] if command else [], labels),
        stdout=output,
        host=host,
        test_type="CTest",
    )


def _outcome(status: str, told: dict[str, str]) -> Outcome:
    if status == "passed":
        return Outcome.PASSED
    if status == "failed":
        return Outcome.TIMEOUT if told.get("Exit Code") == "Timeout" else Outcome.FAILED
    if status == "notrun":
        why = told.get("Completion Status", "").lower()
        return Outcome.ERROR if why.startswith(_NOT_STARTED) else Outcome.NOT_EXECUTED
    return Outcome.INCONCLUSIVE


def _reason(told: dict[str, str]) -> str:
    """Why it did not pass, as CTest says it."""
    if why := told.get("Fail Reason"):
        return why
    if code := told.get("Exit Code"):
        return f"{code}, exit value {told['Exit Value']}" if told.get("Exit Value") else code
    return told.get("Completion Status", "")


def _output(value: Element) -> str:
    """What the test wrote; CTest packs longer outputs."""
    text = text_of(value)
    if value is None or value.get("encoding") != "base64":
        return text
    try:
        raw = base64.b64decode(text)
        if value.get("compression") == "gzip":
            raw = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw, _LONGEST_OUTPUT)
    except (binascii.Error, ValueError, zlib.error):
        return ""
    return raw.decode("utf-8", "replace")
