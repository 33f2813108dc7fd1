"""What stands between us and the service in companies: nginx with TLS, a proxy that wants a password."""

from __future__ import annotations

import base64
import os
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

_NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; {user}
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  limit_req_zone $server_name zone=all:1m rate={rate}r/m;
  upstream ado {{ server {upstream}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port} ssl; server_name localhost;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    client_max_body_size 1m;
    location / {{
      proxy_pass http://ado; proxy_http_version 1.1; proxy_set_header Connection "";
      {limit}
    }}
    location @slow {{ add_header Retry-After 1 always; return 429 "too many requests"; }}
  }}
}}
"""
_LIMIT = "limit_req zone=all burst=5 nodelay; limit_req_status 429; error_page 429 = @slow;"


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificates(folder: Path, openssl: str) -> Path:
    """A private CA and a certificate for localhost under it; gives the CA's file."""

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    extensions = "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"
    added = [word for each in extensions for word in ("-addext", each)]
    run(*new, "-x509", "-days", "2", "-subj", "/CN=Corp CA", "-keyout", "ca.key", "-out", "ca.pem", *added)
    run(*new, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    signed = ("x509", "-req", "-days", "2", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key")
    run(*signed, "-CAcreateserial", "-extfile", "names", "-out", "server.pem")
    return folder / "ca.pem"


@contextmanager
def nginx(program: str, folder: Path, upstream: str, *, rate: int = 0) -> Iterator[int]:
    """nginx with TLS before `upstream` (host:port), at most `rate` requests a minute; gives its port."""
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    text = _NGINX.format(
        folder=folder, upstream=upstream, port=port, user=user, rate=rate or 1, limit=_LIMIT if rate else ""
    )
    (folder / "nginx.conf").write_text(text)
    command = [program, "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    process.kill()
    raise AssertionError(f"nginx does not listen: {process.communicate()[1]!r}")


class ForwardProxy(ThreadingHTTPServer):
    """A forward proxy for CONNECT that wants `user`; `tunnels` counts what went through."""

    daemon_threads = True

    def __init__(self, user: str) -> None:
        self.wanted = "Basic " + base64.b64encode(user.encode()).decode()
        self.tunnels: list[str] = []
        self.refused = 0
        super().__init__(("127.0.0.1", 0), _Tunnel)

    def __enter__(self) -> ForwardProxy:
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Tunnel(BaseHTTPRequestHandler):
    server: ForwardProxy

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_CONNECT(self) -> None:
        if self.headers.get("Proxy-Authorization") != self.server.wanted:
            self.server.refused += 1
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="corp"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.tunnels.append(self.path)
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as far:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            _carry(self.connection, far)
        self.close_connection = True


def _carry(near: socket.socket, far: socket.socket) -> None:
    other = {near: far, far: near}
    while True:
        ready, _, _ = select.select(list(other), [], [], 30)
        for side in ready:
            with suppress(OSError):
                if data := side.recv(65536):
                    other[side].sendall(data)
                    continue
            return
        if not ready:
            return
