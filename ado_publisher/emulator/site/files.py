"""Attachments on the pages: images shown, text in <pre>, anything else only as a download.

No attachment is ever rendered as a document: HTML and SVG are text here, and a download there.
"""

from __future__ import annotations

from html import escape
from typing import Any

from ado_publisher.emulator.errors import NotEmulatedError
from ado_publisher.emulator.site.frame import here, link
from ado_publisher.emulator.store import Row
from ado_publisher.emulator.web import Answer, Request, plain_name

SHOWN_TEXT = 64 * 1024
MAX_SHOWN = 30
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_ALONE = "default-src 'none'; sandbox"


def image_type(start: bytes) -> str | None:
    """Return the media type of a raster image by its first bytes, or None: names prove nothing."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _IMAGES if start.startswith(mark)), None)


def readable(start: bytes, *, cut: bool) -> str | None:
    """Return bytes as text, or None when they are none; the last character may have been cut."""
    if b"\0" in start:
        return None
    try:
        return start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not cut or error.start < len(start) - 4:
            return None
        return start[: error.start].decode("utf-8-sig")


def of_run(request: Request, run_id: int) -> dict[tuple[int | None, int | None], list[Row]]:
    """Return a run's attachments by result and sub-result."""
    found: dict[tuple[int | None, int | None], list[Row]] = {}
    for row in request.connection.execute(
        "SELECT id, result_id, sub_result_id, name, type, comment, size FROM attachments WHERE run_id = ?"
        " ORDER BY id",
        (run_id,),
    ):
        found.setdefault((row["result_id"], row["sub_result_id"]), []).append(row)
    return found


def listed(request: Request, rows: list[Row]) -> str:
    """Return attachments as a list with links."""
    lines = "".join(f"<li>{_caption(request, row)}</li>" for row in rows)
    return f"<ul>{lines}</ul>" if lines else ""


def shown(request: Request, rows: list[Row]) -> str:
    """Return attachments with what can be seen of them."""
    pieces = [_figure(request, row) for row in rows[:MAX_SHOWN]]
    return "".join(pieces) + listed(request, rows[MAX_SHOWN:])


def _target(request: Request, row: Row, **more: Any) -> str:  # noqa: ANN401 - parts of a query
    return here(request, "_TestManagement", "Attachments", attachmentId=row["id"], **more)


def _caption(request: Request, row: Row) -> str:
    size = f"{row['size']} bytes" if row["size"] < 10_000 else f"{row['size'] / 1024:,.0f} KiB"
    about = f"{size}, {escape(row['type'])}{', ' + escape(row['comment']) if row['comment'] else ''}"
    return f'{link(_target(request, row), row["name"])} <span class="q">{about}</span>'


def _figure(request: Request, row: Row) -> str:
    caption = f"<figcaption>{_caption(request, row)}</figcaption>"
    start: bytes = request.connection.execute(
        "SELECT substr(content, 1, ?) FROM attachments WHERE id = ?", (SHOWN_TEXT, row["id"])
    ).fetchone()[0]
    if image_type(start):
        source = escape(_target(request, row, view="true"))
        return f'<figure>{caption}<img src="{source}" alt="{escape(row["name"])}" loading="lazy"></figure>'
    cut = row["size"] > len(start)
    text = readable(start, cut=cut)
    if not text:
        return f"<figure>{caption}</figure>"
    more = f'<p class="q">The first {SHOWN_TEXT // 1024} KiB are shown.</p>' if cut else ""
    return f"<figure>{caption}<pre>{escape(text)}</pre>{more}</figure>"


def content(request: Request) -> Answer:
    """Return an attachment's bytes: an image to be seen where `view` asks for it, else a download."""
    row = request.connection.execute(
        "SELECT a.name, a.content FROM attachments a JOIN runs r ON r.id = a.run_id"
        " WHERE a.id = ? AND r.project_id = ?",
        (request.count("attachmentId", 0), request.project().id),
    ).fetchone()
    if row is None:
        raise NotEmulatedError
    kind = image_type(row["content"][:16])
    headers = {"Content-Security-Policy": _ALONE, "X-Content-Type-Options": "nosniff"}
    if kind and request.flag("view", default=False):
        return Answer(None, 200, headers, row["content"], kind)
    headers["Content-Disposition"] = f'attachment; filename="{plain_name(row["name"])}"'
    return Answer(None, 200, headers, row["content"], "application/octet-stream")
