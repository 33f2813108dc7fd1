"""Text from reports made fit to be sent: control characters out, what is too long cut visibly."""

from __future__ import annotations

import re

# CSI, OSC and two-character escapes of a terminal, with 7- or 8-bit introducers.
_TERMINAL_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Without terminal escapes, without C0 characters other than tab, CR and LF.

    Lone surrogates and the two non-characters go as well: no JSON encoder sends them.
    """
    if text.isprintable():
        return text
    return _CONTROL.sub("", _TERMINAL_ESCAPE.sub("", text))


def cut(text: str, limit: int, note: str) -> str:
    """At most `limit` characters; what was cut ends in `note`, so that a reader can see it."""
    if len(text) <= limit:
        return text
    return text[: limit - len(note)] + note


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def short_name(name: str, limit: int = 256) -> str:
    """At most `limit` characters; a cut name keeps a digest, so that two long names stay two."""
    if len(name) <= limit:
        return name
    import hashlib  # few names are that long, and loading it takes a twentieth of the start

    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: limit - 10]}…~{digest}"[:limit]
