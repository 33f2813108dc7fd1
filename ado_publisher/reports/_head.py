"""What a report looks like from its first bytes: enough to choose a format, and to say what it is not."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HEAD_BYTES = 256 * 1024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHOWN = 40


class Kind(StrEnum):
    """The syntax of a file."""

    XML = "XML"
    JSON = "JSON"
    TEXT = "text"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Head:
    """How a file begins. `root`, `namespace` and `attributes` are those of an XML document's root element,
    `keys` the paths of the keys that a JSON document begins with, such as `item.elements`.
    """

    kind: Kind
    start: bytes
    root: str = ""
    namespace: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """The first bytes as text, what cannot be decoded replaced."""
        return decoded(self.start)

    @property
    def description(self) -> str:
        """What the file is, in words for a message."""
        if self.kind is Kind.EMPTY:
            return "empty (no content at all); did the test run write it to the end?"
        if self.kind is Kind.XML:
            return f"XML with the root element <{self.root}>"
        if self.kind is Kind.JSON:
            return "JSON"
        return f"neither XML nor JSON, it starts with {shown(self.text)}"

    @property
    def place(self) -> tuple[int | None, int | None]:
        """Line and column of what the description speaks of."""
        return (None, None) if self.kind is Kind.EMPTY else (1, 1)


def decoded(start: bytes) -> str:
    """Bytes as text by their byte order mark, else as UTF-8 or zero-interleaved UTF-16."""
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return start[len(bom) :].decode(encoding, "replace")
    if start[:4] in (b"<\0?\0", b"<\0t\0"):
        return start.decode("utf-16-le", "replace")
    if start[:4] in (b"\0<\0?", b"\0<\0t"):
        return start.decode("utf-16-be", "replace")
    return start.decode("utf-8", "replace")


def shown(text: str) -> str:
    """The beginning of a text as a quoted literal."""
    short = text.strip()[:_SHOWN]
    return repr(short) + ("…" if len(text.strip()) > _SHOWN else "")


def look_at(start: bytes, path: str) -> Head:
    """Classify a file by its first bytes. Raises ReportError when it is XML whose root cannot be reached."""
    text = decoded(start[:512]).lstrip()
    if not text:
        # Note: a file may open with more than 512 bytes of blanks before its content.
        text = decoded(start).lstrip()
    if not text:
        return Head(Kind.EMPTY, start)
    if text.startswith("<"):
        from ado_publisher.reports._xml import root_of  # only a file that is XML pays for the parser

        root = root_of(start, path)
        return Head(Kind.XML, start, root.name, root.namespace, root.attributes)
    if text[0] in "{[":
        from ado_publisher.reports._shape import shape  # as above

        return Head(Kind.JSON, start, keys=shape(start))
    if b'\n{"' in start:
        from ado_publisher.reports._shape import shape  # as above

        # Lines of JSON behind what another program wrote first.
        return Head(Kind.TEXT, start, keys=shape(start[start.index(b'\n{"') + 1 :]))
    return Head(Kind.TEXT, start)
