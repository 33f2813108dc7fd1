"""The HTTP front: a threading server of the standard library, faults, the usual headers, the log."""

from __future__ import annotations

import socket
import socketserver
import threading
import uuid
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import orjson

from ado_publisher.emulator import control
from ado_publisher.emulator.dispatch import MAX_BODY, Call, answer
from ado_publisher.emulator.identity import guid
from ado_publisher.emulator.web import Answer

if TYPE_CHECKING:
    from ado_publisher.emulator.faults import Rule
    from ado_publisher.emulator.host import Host

P3P = 'CP="CAO DSP COR ADMa DEV CONo TELo CUR PSA PSD TAI IVDo OUR SAMi BUS DEM NAV STA UNI COM INT PHY ONL"'
PROCESS = guid("process")


class Front(ThreadingHTTPServer):
    """The listening server; it knows its open connections so that it can end them."""

    request_queue_size = 128
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], emulator: Host) -> None:
        self.emulator = emulator
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Bind without the look-up of a host name that the standard library makes."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Remember the connection, then serve it in a thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Forget the connection, then close it."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a client went away; anything else is a defect and is shown."""
        import sys

        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def end(self) -> None:
        """Stop listening, end every connection and wait for their threads."""
        self.stopping.set()
        self.shutdown()
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-HTTPAPI/2.0"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Front

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: the exchange log is the record."""

    def serve(self) -> None:
        """Answer one request of any method."""
        try:
            body = self._read_body()
        except ValueError:
            self.close_connection = True
            self.send_error(HTTPStatus.BAD_REQUEST, "The length of the body cannot be read")
            return
        parts = urlsplit(self.path)
        emulator = self.server.emulator
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, emulator.root_url, parts.path, parts.query, headers, body)
        if parts.path.startswith("/_emulator"):
            self._send(control.answer(call, emulator))
            return
        rule = emulator.fault_rules.match(self.command, unquote(self.path))
        if rule is None:
            self._deliver(call, answer(call, emulator.store, emulator.settings))
        else:
            self._faulty(call, rule)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = serve  # noqa: N815

    def _faulty(self, call: Call, rule: Rule) -> None:
        if rule.delay_ms:
            self.server.stopping.wait(rule.delay_ms / 1000)
        if rule.served:
            emulator = self.server.emulator
            result = answer(call, emulator.store, emulator.settings)
            result = Answer(
                result.body,
                result.status,
                {**result.headers, **dict(rule.headers)},
                result.content,
                result.content_type,
            )
        else:
            result = Answer(None, rule.status or 500, dict(rule.headers), rule.body, _kind(rule.body))
        if rule.drop:
            self._log(call, None, None)
            self._cut()
            return
        self._deliver(call, result, rule.truncate)

    def _deliver(self, call: Call, result: Answer, truncate: int | None = None) -> None:
        content = _content(result)
        sent = content if truncate is None else content[:truncate]
        # Written before it is sent: who has the answer finds its line in the log. A file that is
        # downloaded is no JSON of the service's, also where it looks like some.
        is_file = result.content_type == "application/octet-stream"
        self._log(call, result.status, None if is_file else sent)
        self._send(result, content, sent)
        if truncate is not None:
            self._cut()

    def _send(self, result: Answer, content: bytes | None = None, sent: bytes | None = None) -> None:
        content = _content(result) if content is None else content
        named = {name.lower() for name in result.headers}
        self.send_response(result.status)
        for name, value in self._usual_headers(result).items():
            if name.lower() not in named:
                self.send_header(name, value)
        for name, value in result.headers.items():
            self.send_header(name, value)
        if result.status != HTTPStatus.NO_CONTENT and "content-length" not in named:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if sent is None else sent)
        self.wfile.flush()

    def _usual_headers(self, result: Answer) -> dict[str, str]:
        activity = str(uuid.uuid4())
        headers = {
            "Cache-Control": "no-cache",
            "Pragma": "no-cache",
            "Expires": "-1",
            "P3P": P3P,
            "X-TFS-ProcessId": PROCESS,
            "X-TFS-Session": self.headers.get("X-TFS-Session", activity),
            "ActivityId": activity,
            "X-VSS-E2EID": activity,
            "X-FRAME-OPTIONS": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
        }
        if result.status not in (203, 401):
            headers["X-VSS-UserData"] = f"{guid('identity', 'user@example.com')}:user@example.com"
        if result.content_type and result.status != HTTPStatus.NO_CONTENT:
            headers["Content-Type"] = result.content_type
        return headers

    def _cut(self) -> None:
        """End the connection as a broken network does."""
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _log(self, call: Call, status: int | None, content: bytes | None) -> None:
        log = self.server.emulator.exchange_log
        if log is None or call.method == "OPTIONS" or "/_apis/" not in unquote(call.path).lower():
            return
        log.write((call.method, f"{call.root}{self.path}", self.headers.items(), call.body), status, content)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        kept = self.rfile.read(min(length, MAX_BODY + 1))
        left = length - len(kept)
        while left > 0:  # what is too large is read to its end, so that the client gets its answer
            piece = self.rfile.read(min(left, 1 << 20))
            if not piece:
                break
            left -= len(piece)
        return kept

    def _read_chunks(self) -> bytes:
        pieces: list[bytes] = []
        kept = 0
        while True:
            size = int(self.rfile.readline(64).split(b";")[0] or b"0", 16)
            piece = self.rfile.read(size)
            self.rfile.readline(8)
            if not size:
                return b"".join(pieces)
            if kept <= MAX_BODY:
                pieces.append(piece)
                kept += size


def _content(result: Answer) -> bytes:
    if result.content is not None:
        return result.content
    return b"" if result.body is None else orjson.dumps(result.body)


def _kind(body: bytes) -> str:
    if not body:
        return ""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return "application/json; charset=utf-8"
    return "text/html; charset=utf-8" if start == b"<" else "text/plain; charset=utf-8"
