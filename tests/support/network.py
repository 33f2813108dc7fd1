"""The guard that keeps tests on this machine: only loopback may be connected to.

It lives in one small module without imports of ours, so that a child process can load it too
(`guard/sitecustomize.py`).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any


class NetworkForbidden(RuntimeError):
    """A test tried to leave the machine. No OSError: code under test must not swallow it."""


def is_loopback(host: object) -> bool:
    """True for loopback addresses, `localhost`, and the names that mean "any address here"."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _check(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
        raise NetworkForbidden(f"tests may connect to loopback only, not to {address!r}")


_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def guarded_connect(self: socket.socket, address: Any) -> None:
    """`socket.connect` for loopback and for local sockets; everything else raises."""
    _check(self, address)
    _connect(self, address)


def guarded_connect_ex(self: socket.socket, address: Any) -> int:
    """`socket.connect_ex` under the same rule."""
    _check(self, address)
    return _connect_ex(self, address)


def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    """A name that is looked up leaves the machine as well."""
    if not is_loopback(host):
        raise NetworkForbidden(f"tests may look up loopback names only, not {host!r}")
    return _getaddrinfo(host, *args, **kwargs)


def install() -> None:
    """Guard this process for good (child processes); tests use monkeypatch instead."""
    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = guarded_getaddrinfo
