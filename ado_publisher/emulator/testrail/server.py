"""The embedded TestRail over HTTP: `index.php?/api/v2/…`, Basic auth, budgets, maintenance, faults."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from ado_publisher.emulator.exchange_log import ExchangeLog
from ado_publisher.emulator.faults import FaultError, Faults, Rule
from ado_publisher.emulator.testrail.api import call
from ado_publisher.emulator.testrail.data import ApiError, Data

_API = "/index.php?/api/v2/"
_LARGEST = 32 * 1024 * 1024


class TestRailEmulator:
    """A TestRail on this machine, served while the `with` block runs; `url` is its address.

    `exchange_log` is a file that receives every request and answer, one JSON object a line. Raises OSError.
    """

    __test__ = False  # pytest: not a test class

    def __init__(
        self,
        seed: Mapping[str, Any] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        exchange_log: Path | None = None,
    ) -> None:
        self.data = Data(seed)
        self.fault_rules = Faults()
        self.requests: list[str] = []
        self._seed = dict(seed or {})
        self._recent: deque[float] = deque()
        self.log = ExchangeLog(exchange_log) if exchange_log else None
        self._server = _Server((host, port), _Handler)
        self._server.emulator = self
        self._thread: threading.Thread | None = None
        self.root_url = f"http://{host}:{self._server.server_port}"
        self.url = f"{self.root_url}/testrail"

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        if self._thread is not None:
            self._thread.join()
        if self.log is not None:
            self.log.close()

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Replace the fault rules."""
        self.fault_rules.replace(rules)

    def state(self) -> dict[str, Any]:
        """Everything it holds, by table."""
        with self.data.lock:
            tables = {name: list(rows.values()) for name, rows in self.data.tables.items()}
            return json.loads(json.dumps(tables))  # type: ignore[no-any-return]

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> object:
        """The answer to one request. Raises ApiError."""
        self._let_in(authorization)
        name, *rest = unquote(target).partition(_API)[2].split("&", 1)
        name, *arguments = name.strip("/").split("/")
        query = dict(parse_qsl(rest[0], keep_blank_values=True)) if rest else {}
        try:
            given = json.loads(body) if body else {}
        except ValueError:
            raise ApiError(400, "The request body is no JSON.") from None
        with self.data.lock:
            self.requests.append(f"{method} {name}")
            return json.loads(json.dumps(call(self.data, method, name, arguments, query, given)))

    def _let_in(self, authorization: str) -> None:
        data = self.data
        if data.knobs["maintenance"]:
            raise ApiError(409, "TestRail is in maintenance mode.")
        wanted = "Basic " + base64.b64encode(f"{data.user}:{data.key}".encode()).decode()
        if authorization != wanted:
            told = "Authentication failed: invalid or missing user/password or session cookie."
            raise ApiError(401, told)
        most = int(data.knobs["rate_limit"])
        now = time.monotonic()
        while self._recent and now - self._recent[0] > 60:
            self._recent.popleft()
        if most and len(self._recent) >= most:
            wait = str(max(1, int(61 - (now - self._recent[0]))))
            raise ApiError(429, "API Rate Limit Exceeded", {"Retry-After": wait})
        self._recent.append(now)

    def control(self, method: str, path: str, body: bytes) -> object:
        """`/_emulator/state`, `faults`, `seed` and `reset`. Raises ApiError."""
        if (method, path) == ("GET", "/_emulator/state"):
            return self.state()
        try:
            given = json.loads(body) if body else {}
            if (method, path) == ("POST", "/_emulator/faults"):
                return {"rules": self.fault_rules.replace(given.get("rules"))}
            if (method, path) == ("POST", "/_emulator/seed"):
                self.data.reset(given)
                return {}
        except (ValueError, FaultError) as error:
            raise ApiError(400, str(error)) from error
        if (method, path) == ("POST", "/_emulator/reset"):
            self.fault_rules.replace([])
            self.data.reset(self._seed)
            return {}
        raise ApiError(404, "no such control call")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    emulator: TestRailEmulator

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no defect."""
        import sys

        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def serve(self) -> None:
        """Answer one request."""
        emulator = self.server.emulator
        length = min(int(self.headers.get("Content-Length") or 0), _LARGEST)
        body = self.rfile.read(length)
        rule = emulator.fault_rules.match(self.command, unquote(self.path))
        if self.path.startswith("/_emulator"):
            self._answer(lambda: emulator.control(self.command, self.path, body))
        elif rule is not None and not rule.served:
            self._faulty(rule)
        elif _API not in self.path:
            self._answer(_not_here)
        else:
            allowed = self.headers.get("Authorization", "")
            self._answer(lambda: emulator.answer(self.command, self.path, allowed, body), rule, body)

    do_GET = do_POST = do_PUT = do_DELETE = serve  # noqa: N815

    def _faulty(self, rule: Rule) -> None:
        if rule.drop:
            self._cut()
            return
        self._send(rule.status or 500, rule.body, dict(rule.headers))

    def _answer(
        self, give: Callable[[], object], rule: Rule | None = None, body: bytes | None = None
    ) -> None:
        try:
            status, found, headers = 200, give(), {}
        except ApiError as error:
            status, found, headers = error.status, {"error": error.told}, error.headers
        self._note(body, status, found)
        if rule is not None and rule.drop:
            self._cut()
            return
        self._send(status, json.dumps(found).encode(), headers)

    def _note(self, body: bytes | None, status: int, found: object) -> None:
        """Calls of the API go into the log; those of the emulator's own do not."""
        log = self.server.emulator.log
        if log is not None and body is not None:
            url = f"{self.server.emulator.root_url}{self.path}"
            log.write((self.command, url, self.headers.items(), body), status, json.dumps(found).encode())

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header by the emulator's clock, which may be wrong."""
        return super().date_time_string(self.server.emulator.data.now() if timestamp is None else timestamp)

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _not_here() -> None:
    raise ApiError(404, "no page here: the API is at index.php?/api/v2/")
