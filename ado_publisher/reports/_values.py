"""Times, durations and attachment markers, as reports of many makers write them."""

from __future__ import annotations

import re
from datetime import datetime
from math import inf

_OPENING = "[[ATTACHMENT|"
_DAY_FIRST = re.compile(r"(\d\d)[-./](\d\d)[-./](\d{4})(.*)", re.DOTALL)
_ZONE_NAME = re.compile(r"\s*\[?[A-Z]{2,5}\]?$")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+")


def seconds(text: str | None) -> float | None:
    """A duration in seconds; None for what is no duration (empty, NaN, negative, words).

    `1,234.5` and `1,234` hold thousands separators (Surefire writes them), `0,25` and `1.234,5`
    a decimal comma.
    """
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        try:
            value = float(_plain_number(text.strip()))
        except ValueError:
            return None
    return value if 0.0 <= value < inf else None


def _plain_number(text: str) -> str:
    if "." in text and text.rfind(",") < text.rfind("."):
        return text.replace(",", "")
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    return text.replace(".", "").replace(",", ".")


def moment(text: str | None) -> datetime | None:
    """A point in time, without zone where the report gives none; None for what is no time.

    Day-first dates are Katalon's (facts: katalon.md section 3.2). A zone's name, such as EDT,
    stands for no offset: the time stays without zone.
    """
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    text = _ZONE_NAME.sub("", text.strip()[:64])
    if day_first := _DAY_FIRST.fullmatch(text):
        day, month, year, rest = day_first.groups()
        text = f"{year}-{month}-{day}{rest}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def attachment_markers(text: str) -> list[str]:
    """The paths of `[[ATTACHMENT|path]]`, each on one line. https://plugins.jenkins.io/junit-attachments/

    Found by plain search: a pattern would take quadratic time on a hostile output.
    """
    paths = []
    at = text.find(_OPENING)
    while at >= 0:
        start = at + len(_OPENING)
        line_end = text.find("\n", start)
        if line_end < 0:
            line_end = len(text)
        end = text.find("]]", start, line_end)
        if end < 0:
            at = text.find(_OPENING, line_end)
            continue
        while text.startswith("]", end + 2):  # a path may end in a bracket itself
            end += 1
        if path := text[start:end].strip():
            paths.append(path)
        at = text.find(_OPENING, end)
    return paths
