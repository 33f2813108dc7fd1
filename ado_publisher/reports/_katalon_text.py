"""What Katalon puts into texts: its log in `<system-out>`, Java-escaped paths, the layout of its folders.

Facts: katalon.md sections 3.1 and 3.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ado_publisher.reports._values import moment

SUITES = "Test Suites/"
CASES = "Test Cases/"

_TIME = r"\d{2,4}-\d\d-\d{2,4}[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?"
_CASE_LINE = re.compile(rf"^[ \t]*({_TIME}) - \[TEST_CASE\]\[([A-Z_]{{1,20}})\] - ", re.MULTILINE)
_LINE = re.compile(rf"^[ \t]*{_TIME} - \[[A-Z_]{{1,20}}\]\[", re.MULTILINE)
_FRAME = re.compile(r"^[ \t]+at [^\s(][^\n(]*\([^\n]*\)[ \t]*$", re.MULTILINE)
_THROWABLE = re.compile(r"^[\w$]+(?:\.[\w$]+)+(?:Exception|Error|Failure|Throwable)\b", re.MULTILINE)
_FRAME_IN_LINE = re.compile(r"(?<!\s)\s+at [\w$.]+\.[\w$<>]+\(")
_ATTACHMENT_LINE = re.compile(r"^\[\[ATTACHMENT\|", re.MULTILINE)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|[\\\"'/])")
_STAMP = re.compile(r"\d{8}_\d{6}(?:[-_]\d{1,4})?")
_FURTHER_PATH = re.compile(r",\s+(?=[A-Za-z]:[\\/]|\\\\|/)")


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """The first `[TEST_CASE]` entry of a test's output: when it began, its status, what is said of it."""

    began: datetime | None
    status: str
    text: str


def case_entry(output: str) -> CaseEntry | None:
    """The `[TEST_CASE]` entry of a test's output; None when there is none."""
    opening = _CASE_LINE.search(output)
    if opening is None:
        return None
    following = _LINE.search(output, opening.end())
    text = output[opening.end() : following.start() if following else len(output)]
    marker = _ATTACHMENT_LINE.search(text)
    return CaseEntry(moment(opening[1]), opening[2], (text[: marker.start()] if marker else text).strip())


def speaks_katalon(output: str) -> bool:
    """Some line of it is an entry of Katalon's log about a test case."""
    return _CASE_LINE.search(output) is not None


def told(attribute: str, entry: CaseEntry | None, name: str) -> tuple[str, str]:
    """Message and stack trace of a test that did not pass.

    Up to 8.x the attribute lost its line breaks, and it may be cut; the output repeats it in full.
    """
    text = attribute.strip()
    if entry is not None:
        said = entry.text.removeprefix(f"{name}:").strip()
        if said != name and (not text or _same_beginning(said, text)):
            text = said
    return parted(text)


def parted(text: str) -> tuple[str, str]:
    """A Java throwable as its message and its stack trace; the whole is the message where there is none."""
    frame = _FRAME.search(text)
    if frame is None:
        cut = _FRAME_IN_LINE.search(text)
        return (text, "") if cut is None else (text[: cut.start()].rstrip(), text[cut.start() :].strip())
    message = text[: frame.start()].rstrip()
    # The trace opens with its throwable, whose own message may have several lines.
    opening = next((hit.start() for hit in _THROWABLE.finditer(message)), message.rfind("\n") + 1)
    return message, text[opening:].rstrip()


def _same_beginning(full: str, attribute: str) -> bool:
    """Told apart by blanks only, as far as both go."""
    wanted = _dense(attribute)
    return _dense(full[: 2 * len(attribute) + 200]).startswith(wanted[: len(_dense(full))])


def _dense(text: str) -> str:
    return "".join(text.split())


def unescaped(path: str) -> str:
    r"""A path without Java's escapes: `C:\\a\\b.png` as `C:\a\b.png`. A path that has none stays."""
    if "\\\\" not in path and re.match(r"[A-Za-z]:\\", path):
        return path
    return _ESCAPE.sub(lambda hit: chr(int(hit[1][1:], 16)) if hit[1][0] == "u" else hit[1], path)


def paths_of(listed: str, folder: str = "") -> list[str]:
    """The paths of a list joined by ", ", unescaped, though paths hold commas and blanks too.

    `folder` is where most of them lie, as the same report writes it: it tells best where the next begins.
    """
    if not listed.strip():
        return []
    if folder and listed.startswith(folder):
        first, *others = listed.split(f", {folder}")
        joined = [first, *(folder + rest for rest in others)]
    else:
        joined = _FURTHER_PATH.split(listed)
    return [unescaped(path.strip()) for path in joined if path.strip()]


def base_name(path: str) -> str:
    """The last part of a path of any machine."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Layout:
    """A report's folder as Katalon names it: `<root>/<session>/<suite path>/<stamp>` (7.x and later)."""

    root: str
    session: str
    suite: str
    stamp: str

    @property
    def session_folder(self) -> str:
        """What all reports of one start have in common."""
        return f"{self.root}/{self.session}"


def layout_of(folder: str) -> Layout | None:
    """The parts of a report's folder; None where it is not named as Katalon does."""
    parts = [part for part in re.split(r"[\\/]+", folder) if part]
    if len(parts) < 3 or not _STAMP.fullmatch(parts[-1]):
        return None
    sessions = [at for at in range(len(parts) - 2) if _STAMP.fullmatch(parts[at])]
    if not sessions or ".." in parts[sessions[-1] :]:
        return None
    at = sessions[-1]
    return Layout("/".join(parts[:at]), parts[at], "/".join(parts[at + 1 : -1]), parts[-1])


def label_of(name: str, case: str) -> str:
    """What a name says beside the test case's id: `Iteration 2` of `Test Cases/Pay - Iteration 2`."""
    if not case or name == case or not name.startswith(case):
        return ""
    return name[len(case) :].strip(" -_:[]()")
