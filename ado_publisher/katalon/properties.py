"""A Java .properties file as entries that know their line; its credential never leaves this module.

The syntax is that of java.util.Properties.load, read by javaproperties:
https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
Java writes ISO-8859-1 with \\u escapes; people save the file as UTF-8 as well. Both are read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

_TOKEN = re.compile(r"[ \t\f]*token(?![^ \t\f=:\r\n])", re.IGNORECASE)
_CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*\\$")


@dataclass(frozen=True, slots=True)
class Entry:
    """The value of a key, escapes resolved, and the line on which the entry begins."""

    value: str
    line: int


def entries(content: bytes, wanted: Collection[str]) -> tuple[dict[str, Entry], list[int]]:
    """The wanted keys' entries, of a key that stands twice the last; and the lines that cannot be read.

    Those lines hold a \\u that no four hexadecimal digits follow, at which Java stops.
    """
    # Loaded late: most publishes have no Katalon project.
    from javaproperties import InvalidUEscapeError, KeyValue, parse

    lines = _Lines(_decoded(content))
    source = cast("Any", lines)  # it is read by readline alone
    found: dict[str, Entry] = {}
    bad: list[int] = []
    while not lines.ended:
        first = lines.number + 1
        try:
            for element in parse(source):
                if isinstance(element, KeyValue) and element.key in wanted:
                    found[element.key] = Entry(element.value, first)
                first = lines.number + 1
        except InvalidUEscapeError:
            bad.append(first)  # the rest of the file is read on
    return found, bad


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


class _Lines:
    """The file line by line, without what stands behind `token`. `number` is that of the last line given."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline=None)
        self.number = 0
        self.ended = False

    def readline(self) -> str:
        """The next line; empty at the end."""
        line = self._next()
        if not _TOKEN.match(line):
            return line
        # Note: also where the line before went on into this one, so that no value takes it up.
        while _CONTINUED.search(line.rstrip("\n")):
            line = self._next()
        return "token=\n"

    def _next(self) -> str:
        line = self._lines.readline()
        self.ended = not line
        self.number += bool(line)
        return line
