"""What every page shares: the frame, tables, links, outcomes. All text is escaped here."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape
from urllib.parse import quote, urlencode

from ado_publisher.emulator.site.style import STYLE
from ado_publisher.emulator.store import Json
from ado_publisher.emulator.web import Answer, Request

SIGNS = {
    "Passed": "✓",
    "Failed": "✗",
    "Error": "✗",
    "Timeout": "✗",
    "Aborted": "✗",
    "Blocked": "■",
    "Warning": "!",
    "Inconclusive": "?",
    "InProgress": "▶",
    "Pending": "▶",
}
# Worst first, as the chips of a suite or run stand.
ORDER = (
    "Failed",
    "Error",
    "Timeout",
    "Aborted",
    "Blocked",
    "Inconclusive",
    "Warning",
    "Passed",
    "NotApplicable",
    "NotExecuted",
    "NotImpacted",
    "InProgress",
    "Paused",
    "Pending",
    "Active",
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+")
_MESSAGE_LINE = 240


@lru_cache(maxsize=1)
def policy() -> str:
    """Return the content security policy: this stylesheet, images of this server, nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def address(request: Request, *steps: object, **query: object) -> str:
    """Return the address of a page below the organization; every part is quoted."""
    path = "".join(f"/{quote(str(step), safe='')}" for step in steps)
    return f"{request.base}{path}" + (f"?{urlencode(query)}" if query else "")


def here(request: Request, *steps: object, **query: object) -> str:
    """Return the address of a page of the project that the request names."""
    return address(request, request.project().name, *steps, **query)


def answer(
    request: Request, title: str, body: str, *, above: Iterable[str] = (), status: int = 200
) -> Answer:
    """Return a whole page; `body` and `above`, the links of the way to it, are HTML already escaped."""
    way = " / ".join(above)
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><header>{link(request.base, request.settings.organization)}"
        "<span>Azure DevOps emulator</span></header><main>"
        f"{f'<nav>{way}</nav>' if way else ''}<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": policy(), "Referrer-Policy": "no-referrer"}
    return Answer(None, status, headers, text.encode("utf-8", "replace"), "text/html; charset=utf-8")


def link(target: str, text: str) -> str:
    """Return a link; only http and https addresses become one."""
    if not target.lower().startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(target)}">{escape(text)}</a>'


def prose(text: str) -> str:
    """Return a text as it was written, its web addresses as links."""
    found: list[str] = []
    last = 0
    for match in _ADDRESS.finditer(text):
        target = match.group().rstrip(".,;:)]}")
        found.append(escape(text[last : match.start()]))
        found.append(f'<a href="{escape(target)}" rel="noopener noreferrer nofollow">{escape(target)}</a>')
        last = match.start() + len(target)
    return f"<pre>{''.join(found)}{escape(text[last:])}</pre>"


def first_line(text: object) -> str:
    """Return the beginning of a message for a list, escaped."""
    line = next((line.strip() for line in str(text or "").splitlines() if line.strip()), "")
    return escape(line if len(line) <= _MESSAGE_LINE else f"{line[:_MESSAGE_LINE]}…")


def standing(outcome: str, state: str) -> str:
    """Return the word for a result: its outcome only once it is completed, whatever was written before."""
    if state != "Completed":
        return "Pending" if state == "Unspecified" else state
    return "No outcome" if outcome in ("Unspecified", "None") else outcome


def outcome(name: str, count: int | None = None) -> str:
    """Return an outcome as a mark with sign and name; with a count as one chip of several."""
    shown = "Active" if name in ("Unspecified", "None", "Ready") else name
    number = "" if count is None else f"{count} "
    sign = f'<b aria-hidden="true">{SIGNS[shown]}</b>' if shown in SIGNS else ""
    return f'<span class="o {escape(shown)}">{sign}{number}{escape(shown)}</span>'


def chips(counts: Mapping[str, int]) -> str:
    """Return how many there are of each outcome, worst first."""
    known = [name for name in ORDER if counts.get(name)]
    other = [name for name in counts if name not in ORDER and counts[name]]
    return " ".join(outcome(name, counts[name]) for name in (*known, *other))


def counted(statistics: Iterable[Json]) -> dict[str, int]:
    """Return a run's statistics by the word that is shown."""
    found: dict[str, int] = {}
    for item in statistics:
        word = standing(item["outcome"], item["state"])
        found[word] = found.get(word, 0) + item["count"]
    return found


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Sequence[str] = ()) -> str:
    """Return a table of escaped cells, or a word when it has none; `whole` columns are not wrapped.

    On a narrow screen each row becomes a block in which every cell carries its column's name.
    """
    lines = "".join(
        "<tr>"
        + "".join(
            f'<td data-l="{escape(head)}"{_kind(at, head, whole)}>{cell}</td>'
            for at, (head, cell) in enumerate(zip(heads, row, strict=True))
        )
        + "</tr>"
        for row in rows
    )
    if not lines:
        return '<p class="q">None yet.</p>'
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f'<table class="r"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'


def _kind(at: int, head: str, whole: Sequence[str]) -> str:
    names = " ".join(name for name, on in (("h", at == 0), ("w", head in whole)) if on)
    return f' class="{names}"' if names else ""


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Return names with values that are already escaped; those without a value are left out."""
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs if value)
    return f"<dl>{lines}</dl>" if lines else ""


def when(moment: object) -> str:
    """Return a date-time as people read it: to the second, UTC."""
    text = str(moment or "")
    return escape(f"{text[:10]} {text[11:19]}" if len(text) >= 19 and text[10:11] == "T" else text)


def duration(milliseconds: object) -> str:
    """Return a duration in a fitting unit."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)):
        return ""
    if milliseconds < 1000:
        return f"{milliseconds:g} ms" if milliseconds == int(milliseconds) else f"{milliseconds:.1f} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)} min {seconds % 60:.0f} s"
