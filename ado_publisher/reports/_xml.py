"""XML from people we do not know: the one place where a parser is set up.

Nothing is loaded, resolved or expanded, and a document that declares entities is refused
(facts: packaging.md section 5). https://lxml.de/FAQ.html#is-lxml-vulnerable-to-xml-bombs
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

from lxml import etree

from ado_publisher.errors import ReportError

SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": True,  # outputs beyond 10 MB are real; the size of the whole file is limited instead
    "remove_comments": True,
    "remove_pis": True,
    "recover": False,
}
_PLACE = re.compile(r",? \(?line \d+, column \d+\)?.*$", re.DOTALL)
_PIECE = 4096
_CHUNK = 32 * 1024
MAX_DEPTH = 2048
_CUT_OFF = ("EndTag", "Premature end", "not finished", "no element found", "Couldn't find end")


class Readable(Protocol):
    """What the parser takes its bytes from."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""


@dataclass(frozen=True, slots=True)
class Root:
    """The root element of a document: its name without prefix, its namespace and attributes."""

    name: str
    namespace: str
    attributes: Mapping[str, str]


def fed(stream: Readable, target: Any) -> Iterator[None]:  # noqa: ANN401  # lxml asks for more than is needed
    """Parse a stream into a target and pause after every piece. No tree is built. Use inside `syntax_errors`.

    https://lxml.de/parsing.html#the-target-parser-interface

    Without a tree, `&amp;` in an attribute is only resolved together with the document's own entities:
    `root_of` must have looked at the document before, and refused any.
    """
    parser = etree.XMLParser(target=target, **(SAFE | {"resolve_entities": "internal"}))
    while piece := stream.read(_CHUNK):
        parser.feed(piece)
        yield
    parser.close()
    yield


@contextmanager
def syntax_errors(path: str) -> Iterator[None]:
    """Turn the parser's errors into ReportError with line and column."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise ReportError(path, _explained(error), line or None, column or None) from error
    except LookupError as error:  # an encoding that Python does not know either
        raise ReportError(path, f"the encoding it declares is not known: {error}", 1, 1) from error


def local_name(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def root_of(start: bytes, path: str) -> Root:
    """The root element, from the first bytes of a file. Raises ReportError when it is not among them."""
    parser = etree.XMLPullParser(events=("start",), **SAFE)
    with syntax_errors(path):
        for offset in range(0, len(start), _PIECE):
            parser.feed(start[offset : offset + _PIECE])
            for _, element in cast("Iterator[tuple[str, Any]]", parser.read_events()):
                _refuse_entities(element, path)
                namespace = element.nsmap.get(element.prefix) or ""
                return Root(local_name(element.tag), namespace, dict(element.items()))
        parser.close()
    raise ReportError(path, f"no XML element in the first {len(start):,} bytes", 1, 1)


def _refuse_entities(root: Any, path: str) -> None:  # noqa: ANN401  # lxml's element
    """A bare DOCTYPE is fine; entities are how a document reads files and grows without end."""
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is None:
        return
    names: Sequence[str] = [str(entity.name) for entity in dtd.iterentities()]
    if names:
        raise ReportError(
            path,
            f"declares XML entities ({', '.join(names[:3])}), which is refused: "
            "a report needs none. Remove its <!DOCTYPE …>",
            1,
            1,
        )


def _explained(error: etree.XMLSyntaxError) -> str:
    """The parser's message without its place, and what to do about the usual ones."""
    said = _PLACE.sub("", error.msg or "") or "cannot be parsed"
    if "Unregistered" in said:  # libxml2 has a code for it, and no words
        log: Any = error.error_log
        said = log[-1].type_name.removeprefix("ERR_").replace("_", " ").lower()
    if "amplification" in said:
        return f"entities that expand without end ({said}): refused"
    if "invalid Char value" in said or "xmlParseCharRef" in said:
        return f"not well-formed XML: {said} (a control character in a name or an output; XML forbids it)"
    if any(words in said for words in _CUT_OFF):
        return f"not well-formed XML: {said}. Was the file cut off while the tests were still writing it?"
    return f"not well-formed XML: {said}"
