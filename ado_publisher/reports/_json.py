"""JSON from people we do not know: one value after the other, never the whole document.

https://github.com/ICRAR/ijson reads it in pieces. A key that stands twice in one object, nesting without end
and a single text of many megabytes are refused: which of two verdicts counts is nothing to guess at.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import Any

import ijson  # type: ignore[import-untyped]

from ado_publisher.errors import ReportError
from ado_publisher.reports._source import Source

Json = dict[str, Any]
MAX_DEPTH = 512
LONGEST_TEXT = 32 * 1024 * 1024
# The parser begins a text anew with each piece of it.
_CHUNK = 256 * 1024
_LONGEST_PATH = 8
_LONGEST_KEY = 200
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_STARTS = frozenset({"start_map", "start_array"})
_ENDS = frozenset({"end_map", "end_array"})


class _Utf8:
    """A report's bytes as UTF-8 without a mark, and the place that was reached."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._decode: Callable[[bytes], bytes] | None = None
        self._first = True
        self._unquoted = 0
        self.lines = 1
        self.chunk = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises ReportError for a text that does not end."""
        raw = self._source.stream.read(size)
        if self._first:
            self._first = False
            raw = self._begin(raw)
        data = self._decode(raw) if self._decode else raw
        if not data and raw:
            return self.read(size)
        self._unquoted = len(data) if b'"' in data else self._unquoted + len(data)
        if self._unquoted > LONGEST_TEXT:
            raise self._source.error(
                f"a text in it is longer than {LONGEST_TEXT:,} bytes: refused", self.lines
            )
        if data:
            self.lines += self.chunk.count(b"\n")
            self.chunk = data
        return data

    def _begin(self, raw: bytes) -> bytes:
        encoding = _UTF16.get(raw[:2])
        if encoding:
            decoder = codecs.getincrementaldecoder(encoding)("replace")
            self._decode = lambda piece: decoder.decode(piece).encode("utf-8", "surrogatepass")
            return raw[2:]
        return raw.removeprefix(codecs.BOM_UTF8)

    def place(self, said: str) -> tuple[int, int]:
        """Line and column of what the parser complains about, as near as its words tell."""
        shown = said.split("\n")
        at = len(self.chunk)
        if len(shown) > 2 and "^" in shown[2]:
            # The parser shows a few characters before the place, with blanks for line ends.
            words = shown[1][: shown[2].index("^")].encode().split()
            ends = [found.end() for found in re.finditer(rb"\s+".join(map(re.escape, words)), self.chunk)]
            at = ends[-1] if words and ends else 0
        upto = self.chunk[:at]
        return self.lines + upto.count(b"\n"), len(upto) - upto.rfind(b"\n")


def values(source: Source, wanted: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) for each value at a path such as `item` or `results.item`, in their order.

    Objects are dicts, numbers int or float. Raises ReportError with line and column.
    """
    stream = _Utf8(source)
    try:
        yield from _built(source, stream, wanted)
    except ijson.JSONError as error:
        raise _explained(source, stream, str(error)) from error
    except UnicodeDecodeError as error:
        raise source.error("its text is not UTF-8", stream.lines) from error
    except (ValueError, ArithmeticError) as error:
        raise source.error(f"a number in it cannot be read: {error}", stream.lines) from error


def _built(source: Source, stream: _Utf8, wanted: Collection[str]) -> Iterator[tuple[str, Any]]:
    builder, way = _Builder(source, stream), _Way(source, stream)
    at = ""
    for event, value in _events(stream):
        if builder.open:
            if builder.take(event, value):
                yield at, builder.done
        elif event == "map_key" or event in _ENDS:
            way.step(event, value)
        elif (at := way.here()) in wanted:
            if builder.begin(event, value):
                yield at, builder.done
        elif event in _STARTS:
            way.step(event, at)


def _events(stream: _Utf8) -> Iterator[tuple[str, Any]]:
    """What the parser meets, up to the very damage of a report that has one."""
    met: list[tuple[str, Any]] = ijson.sendable_list()
    parser = ijson.basic_parse_coro(met)
    while chunk := stream.read(_CHUNK):
        try:
            parser.send(chunk)
        except (ijson.JSONError, UnicodeDecodeError, ValueError, ArithmeticError):
            yield from met
            raise
        yield from met
        del met[:]
    parser.close()


class _Way:
    """Where the parser is, outside of what is wanted. Paths that are longer than those are not kept."""

    def __init__(self, source: Source, stream: _Utf8) -> None:
        self.source, self.stream = source, stream
        self._above: list[str | None] = []
        self._key = ""

    def here(self) -> str:
        """The path of the value that begins."""
        if not self._above:
            return ""
        above = self._above[-1]
        if above is None or len(self._above) > _LONGEST_PATH:
            return "…"
        # A list's own path ends in a mark that no key has.
        return (
            f"{above[:-1]}.item".lstrip(".") if above.endswith("\0") else f"{above}.{self._key}".lstrip(".")
        )

    def step(self, event: str, value: Any) -> None:  # noqa: ANN401  # a key, or the path of a container
        """Into a container that is not wanted, out of one, or on to the next key."""
        if event == "map_key":
            self._key = value if len(value) < _LONGEST_KEY else "…"
        elif event in _ENDS:
            self._above.pop()
        else:
            self._above.append(None if value == "…" else f"{value}\0" if event == "start_array" else value)
            if len(self._above) > MAX_DEPTH:
                raise too_deep(self.source, self.stream.lines)


def too_deep(source: Source, line: int) -> ReportError:
    """The report is refused for how deep it is nested."""
    return source.error(f"nested deeper than {MAX_DEPTH} levels: refused", line)


class _Builder:
    """Puts one value together from the parser's events."""

    def __init__(self, source: Source, stream: _Utf8) -> None:
        self.source, self.stream = source, stream
        self.open: list[Any] = []
        self.done: Any = None
        self._keys: list[str] = []

    def begin(self, event: str, value: object) -> bool:
        """The wanted value begins; True when it is whole already."""
        if event in _STARTS:
            self.open.append({} if event == "start_map" else [])
            return False
        self.done = value
        return True

    def take(self, event: str, value: object) -> bool:
        """One more event of the value; True when it is whole."""
        if event == "map_key":
            if value in self.open[-1]:
                raise self.source.error(
                    f"the key {str(value)[:60]!r} stands twice in one object: which one counts is not clear",
                    self.stream.lines,
                )
            self._keys.append(str(value))
            self.open[-1][value] = None
            return False
        if event in _ENDS:
            self.done = self.open.pop()
            return not self.open
        new: Any = {} if event == "start_map" else [] if event == "start_array" else value
        if type(new) is Decimal:
            new = float(new)
        holder = self.open[-1]
        if type(holder) is dict:
            holder[self._keys.pop()] = new
        else:
            holder.append(new)
        if event in _STARTS:
            self.open.append(new)
            if len(self.open) > MAX_DEPTH:
                raise too_deep(self.source, self.stream.lines)
        return False


def _explained(source: Source, stream: _Utf8, said: str) -> ReportError:
    line, column = stream.place(said)
    what = said.split("\n")[0].removeprefix("parse error: ").removeprefix("lexical error: ").strip()
    if "EOF" in what or "ncomplete" in what:
        what = f"{what}. Was the file cut off while the tests were still writing it?"
    return source.error(f"not well-formed JSON: {what}", line, column)


def lines(source: Source) -> Iterator[tuple[int, Json | str]]:
    """Yield (line number, object) for each line of JSON lines, and the text of a line that holds no object:
    test runners let other programs write between theirs. Raises ReportError for an object that is cut off or
    repeats a key.
    """
    number, rest = 0, b""
    stream = _Utf8(source)
    while piece := stream.read(_CHUNK):
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            number += 1
            yield from _line(source, number, text)
        if len(rest) > LONGEST_TEXT:
            raise source.error(f"a line is longer than {LONGEST_TEXT:,} bytes: refused", number + 1)
    yield from _line(source, number + 1, rest)


def _line(source: Source, number: int, text: bytes) -> Iterator[tuple[int, Json | str]]:
    text = text.strip()
    if not text.startswith(b"{"):
        if text:
            yield number, text.decode("utf-8", "replace")
        return

    def once(pairs: list[tuple[str, Any]]) -> Json:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise source.error("a key stands twice in one object: which one counts is not clear", number)
        return found

    try:
        found = json.loads(text, object_pairs_hook=once)
        yield number, _whole(found) if b"\\ud" in text or b"\\uD" in text else found
    except RecursionError as error:
        raise source.error("nested too deep: refused", number) from error
    except ValueError as error:
        column = getattr(error, "colno", 1)
        raise source.error(
            "not well-formed JSON in this line. Was the file cut off while the tests were still writing it?",
            number,
            column,
        ) from error


def _whole(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """The value without halves of surrogate pairs, which no text that is sent on may hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return {_whole(name): _whole(each) for name, each in value.items()} if isinstance(value, dict) else value
