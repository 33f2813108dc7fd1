"""What execution0.log proves: which executions of a test case were retries.

The file is java.util.logging's XML, often cut off while the tests still ran: what can be read counts.
Nothing is loaded or expanded. Facts: katalon.md section 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lxml import etree

from ado_publisher.reports._katalon_side import Warn, read_beside

_MOST_BYTES = 64 * 1024**2
_MOST_FILES = 20
_CASE_IN_MESSAGE = re.compile(r"Test Cases/[^\n]+")
_DEPTH = 256


@dataclass(frozen=True, slots=True)
class Logged:
    """One execution of a test case in the log; `retry` counts from 0, None where the log is silent."""

    case: str
    retry: int | None


@dataclass(frozen=True, slots=True)
class Log:
    """`allowed` retries of the suite (None where the log is silent), and its executions in order."""

    allowed: int | None = None
    tests: tuple[Logged, ...] = ()

    @property
    def has_retries(self) -> bool:
        """Some execution was a retry."""
        return any(test.retry for test in self.tests)

    @property
    def is_retry(self) -> bool:
        """Every test case began as a retry: its first try is in another log."""
        first: dict[str, int] = {}
        for test in self.tests:
            first.setdefault(test.case, test.retry or 0)
        return bool(first) and all(first.values())


def read_log(folder: Path, warn: Warn) -> Log:
    """The logs of a report's folder in their order; an empty Log when there is none or it says nothing."""
    content = b""
    for number in range(_MOST_FILES):
        part = read_beside(folder, f"execution{number}.log", _MOST_BYTES, warn)
        if part is None:
            break
        if b"<!ENTITY" in part:
            warn(f"{folder / f'execution{number}.log'} declares XML entities: not read")
            return Log()
        content += part if not content else _without_head(part)
    # Note: most logs know of no retry, and looking for the word is far cheaper than parsing.
    if b"etryCount" not in content:
        return Log()
    return _from(_records(content))


def _without_head(part: bytes) -> bytes:
    """A further part of a log that was rolled: it begins as a document of its own."""
    at = part.find(b"<record")
    return part[at:] if at >= 0 else b""


@dataclass(slots=True)
class _Record:
    method: str
    message: str
    properties: dict[str, str]


def _records(content: bytes) -> Iterator[_Record]:
    parser = etree.XMLPullParser(
        events=("end",),
        tag="record",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
    )
    for at in range(0, len(content), 1 << 20):
        try:
            parser.feed(content[at : at + (1 << 20)])
        except etree.XMLSyntaxError:
            return
        for _, element in cast("Iterator[tuple[str, Any]]", parser.read_events()):
            yield _record(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _record(element: Any) -> _Record:  # noqa: ANN401  # lxml's element
    properties = {
        each.get("name", ""): each.get("value") or (each.text or "").strip()
        for each in element.iter("property")
    }
    return _Record((element.findtext("method") or "").strip(), element.findtext("message") or "", properties)


def _from(records: Iterator[_Record]) -> Log:
    allowed: int | None = None
    tests: list[Logged] = []
    running: list[str] = []
    for record in records:
        if record.method == "startSuite" and allowed is None:
            allowed = _count(record.properties.get("retryCount"))
        elif record.method == "startTest" and len(running) < _DEPTH:
            running.append(_case(record))
        elif record.method == "endTest":
            case = running.pop() if running else _case(record)
            # A case that another one calls is a part of it.
            if not running:
                tests.append(Logged(case, _count(record.properties.get("currentRetryCount"))))
    return Log(allowed, tuple(tests))


def _case(record: _Record) -> str:
    for name in ("id", "name"):
        if record.properties.get(name, "").startswith("Test Cases/"):
            return record.properties[name]
    found = _CASE_IN_MESSAGE.search(record.message)
    return found[0].strip() if found else ""


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
