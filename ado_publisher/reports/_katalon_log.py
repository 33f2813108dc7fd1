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
_PIECE = 1 << 20
_LONGEST = 4096
_MOST_PROPERTIES = 100


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
        part = read_beside(folder, f"execution{number}.log", _MOST_BYTES - len(content), warn)
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
    target = _Records()
    # Note: lxml's stubs ask for every method a target may have; it calls only those that are there.
    parser = etree.XMLParser(
        target=cast("Any", target),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
    )
    for at in range(0, len(content), _PIECE):
        try:
            parser.feed(content[at : at + _PIECE])
        except etree.XMLSyntaxError:
            break
        yield from target.done
        target.done.clear()
    yield from target.done


class _Records:
    """A parser target that keeps three texts of the record that is open, and no tree."""

    def __init__(self) -> None:
        self.done: list[_Record] = []
        self._open: _Record | None = None
        self._property = ""
        self._text: list[str] = []
        self._length = 0

    def start(self, tag: str, attributes: Any) -> None:  # noqa: ANN401  # lxml's mapping
        """An element begins."""
        self._text, self._length = [], 0
        if tag == "record":
            self._open = _Record("", "", {})
        elif tag == "property" and self._open is not None:
            self._property = attributes.get("name", "")
            if value := attributes.get("value"):
                self.data(value)

    def end(self, tag: str) -> None:
        """An element ends."""
        record, text = self._open, "".join(self._text).strip()
        if record is None:
            return
        if tag == "record":
            self.done.append(record)
            self._open = None
        elif tag == "method":
            record.method = text
        elif tag == "message":
            record.message = text
        elif tag == "property" and len(record.properties) < _MOST_PROPERTIES:
            record.properties[self._property] = text

    def data(self, text: str) -> None:
        """Text inside an element; what is too long to be a name is left out."""
        if self._length < _LONGEST:
            self._text.append(text[:_LONGEST])
            self._length += len(text)

    def close(self) -> None:
        """The log ends."""


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
