"""The files of a Katalon run that belong to no single test: logs, HTML, CSV, PDF, HAR, other screenshots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_SUFFIXES = frozenset({".log", ".html", ".csv", ".pdf", ".png", ".jpg", ".webm", ".avi", ".mov", ".mp4"})
_MARKS = ("execution.properties", "execution0.log", "testCaseBinding", "tsc_id.txt", "execution.uuid")
_OWN_NAME = re.compile(
    r"(?:execution|console)\d*\.log|\d{8}_\d{6}\.(?:html|csv|pdf)|HTML_Report\.html|\d{13}\.png"
)
_MOST = 1000


def beside(report: str) -> Iterator[Path]:
    """Files in the report's folder that Katalon wrote, and its HARs; sorted, at most a thousand.

    A folder that is not Katalon's own, such as a project's root, gives only what is named as Katalon names.
    """
    home = Path(report).parent
    if not Path(report).is_file():
        return
    own = any((home / mark).is_file() for mark in _MARKS)
    yield from islice(_candidates(home, own), _MOST)


def is_there(place: Path) -> bool:
    """It is a file; names that no system can have, as a report may give them, are none."""
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False


def lies_in(place: Path, home: Path) -> bool:
    """It is a regular file of the folder, links resolved."""
    return is_there(place) and place.resolve().is_relative_to(home.resolve())


def _candidates(home: Path, own: bool) -> Iterator[Path]:
    for place in sorted(home.iterdir()):
        named = place.suffix.lower() in _SUFFIXES if own else _OWN_NAME.fullmatch(place.name)
        if named and lies_in(place, home):
            yield place
    for place in sorted((home / "requests").glob("*/*.har")):
        if lies_in(place, home):
            yield place
