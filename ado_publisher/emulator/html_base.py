"""What every page shares: the frame, tables, links, outcomes; all text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from ado_publisher.emulator.web import Answer, Request

STYLE = """
body{font:15px/1.45 system-ui,"Segoe UI",sans-serif;margin:0;color:#1f2328;background:#f6f8fa}
header{background:#0f4c81;color:#fff;padding:.7rem 1.5rem}header a{color:#fff;text-decoration:none}
main{max-width:75rem;margin:1.2rem auto;padding:0 1.5rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:1.6rem}
table{border-collapse:collapse;width:100%;background:#fff;border:1px solid #d0d7de}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem;border-bottom:1px solid #d8dee4}
th{background:#eef2f6}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0;background:#f6f8fa;padding:.5rem}
pre{max-height:22rem;overflow:auto}
code{background:#eaeef2;padding:.1rem .3rem}a{color:#0b5cad}
.o{display:inline-block;border-radius:.7rem;padding:0 .6rem;background:#6e7781;color:#fff;font-size:.87rem}
.Passed{background:#1a7f37}.Failed,.Error,.Timeout,.Aborted{background:#b3261e}

.Blocked,.Warning,.Inconclusive{background:#8a5a00}
.InProgress{background:#0f4c81}ul.s{margin:.3rem 0;padding-left:1.1rem}.q{color:#57606a}
"""
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def answer(request: Request, title: str, body: str) -> Answer:
    """Return a whole page; `body` is HTML that is already escaped."""
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><header>{link(request.base, request.settings.organization)}"
        f" · Azure DevOps emulator</header><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Answer(None, 200, headers, text.encode(), "text/html; charset=utf-8")


def link(address: str, text: str) -> str:
    """Return a link; only http and https addresses become one."""
    if not address.lower().startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(quote(address, safe=":/?&=%#._-~[]"))}">{escape(text)}</a>'


def outcome(name: str, without: str = "Unspecified") -> str:
    """Return an outcome as a coloured mark."""
    shown = without if name in ("Unspecified", "None") else name
    return f'<span class="o {escape(name)}">{escape(shown)}</span>'


def cells(*items: str) -> str:
    """Return one table row of cells that are already escaped."""
    return "<tr>" + "".join(f"<td>{item}</td>" for item in items) + "</tr>"


def table(heads: Sequence[str], rows: Iterable[str]) -> str:
    """Return a table of finished rows."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
