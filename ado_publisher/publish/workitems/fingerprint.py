"""What tells one failure from another, today and tomorrow. Pure.

The test and the first lines of what it said, without what changes from run to run: numbers, times,
ids, paths.
"""

from __future__ import annotations

import hashlib
import re

from ado_publisher.text import clean

PREFIX = "ado-publisher-"
_LINES = 3
_LONGEST_LINE = 400

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}"
_CHANGING = (
    # A URL, a Windows path, or anything with a separator between its parts.
    (re.compile(r"[a-z][a-z0-9+.]{1,9}://[^\s'\"<>()]+"), "<path>"),
    (re.compile(r"(?:\b[a-z]:)?[\w.~%+@$-]*(?:[/\\]+[\w.~%+@$-]+)+[/\\]*"), "<path>"),
    (re.compile(rf"\b(?:{_DAY},?\s+)?(?:\d{{1,2}}\s+)?{_MONTH}\.?,?\s+(?=\d)"), "#"),
    (re.compile(rf"\b{_DAY},\s+(?=\d)"), "#"),
    # Parts of a GUID may hold letters alone.
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "#"),
    (re.compile(r"\b[0-9a-f]{8,}\b"), "#"),
    (re.compile(r"\w*\d\w*"), "#"),
    (re.compile(r"(?:(?<!\w)[-+])?#(?:[\s:.,+\-_]*#)*"), "#"),
    (re.compile(r"#\s*(?:[munµ]?s|secs?|seconds?|mins?|minutes?|h|hours?|am|pm|utc|gmt)\b"), "#"),
    (re.compile(r"(?:#[\s:.,+\-_]*)+#"), "#"),
    (re.compile(r"\s+"), " "),
)


def fingerprint(test: str, message: str, stack_trace: str) -> str:
    """Twelve hexadecimal digits: the same for the same failure of the same test."""
    parts = [test, *_first_lines(message), "--", *_first_lines(stack_trace)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def tag_of(test: str, message: str, stack_trace: str) -> str:
    """The tag that the bug of the failure carries."""
    return PREFIX + fingerprint(test, message, stack_trace)


def _first_lines(text: str) -> list[str]:
    # Only the beginning counts: nobody needs a megabyte normalised.
    lines = (line.strip() for line in clean(text[: _LONGEST_LINE * 20]).splitlines())
    return [normalised(line) for line in lines if line][:_LINES]


def normalised(line: str) -> str:
    """The line without what changes from run to run."""
    line = line[:_LONGEST_LINE].lower()
    for pattern, instead in _CHANGING:
        line = pattern.sub(instead, line)
    return line.strip()
