"""The exchange log: one JSON object a line, credentials removed, flushed line by line.

Only calls under `_apis` are written; OPTIONS discovery is not, since no published contract describes it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-tfs-token"})
LONG_STREAM = 256 * 1024


class ExchangeLog:
    """An open log file that several request threads write to."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def write(
        self,
        request: tuple[str, str, Iterable[tuple[str, str]], bytes],
        status: int | None,
        answer: bytes | None,
    ) -> None:
        """Write one exchange; status None means that no answer was sent."""
        method, url, headers, body = request
        line = orjson.dumps(
            {
                "method": method,
                "url": url,
                "body": _content(body),
                "status": status,
                "response_body": _content(answer or b""),
                "headers": {name: value for name, value in headers if name.lower() not in SECRET_HEADERS},
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        with self._lock:
            if not self._file.closed:
                self._file.write(line)
                self._file.flush()


def _content(raw: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return a body as it stands in the log: JSON where it is JSON, else text."""
    if not raw:
        return None
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")
    if (
        isinstance(value, dict)
        and isinstance(value.get("stream"), str)
        and len(value["stream"]) > LONG_STREAM
    ):
        value["stream"] = value["stream"][:64]  # still valid base64: 64 is a multiple of four
    return value
