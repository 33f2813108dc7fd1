"""The command line inside the test's own process: quick enough for hundreds of publishes.

Its waits are short, and it can be made to crash at a request as if the machine had been lost.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.network import Network
from ado_publisher.ado.retry import RetryPolicy
from ado_publisher.cli import connection, main
from support.process import CliResult, clean_environment

READ_TIMEOUT = 0.3
QUICK = {"first_wait": 0.01, "longest_wait": 0.05, "attempts": 4, "patience": 5.0}
BUDGET = 2.0


class Crash(BaseException):
    """The process is gone: nothing may catch it, nothing is sent after it."""


def cli_here(arguments: list[str], *, cwd: Path, env: Mapping[str, str]) -> CliResult:
    """As `run_cli`, without a process; a Crash comes out as it is."""
    out, err = io.StringIO(), io.StringIO()
    before = Path.cwd()
    with (
        mock.patch.dict(os.environ, clean_environment(cwd, env), clear=True),
        mock.patch.object(connection, "RetryPolicy", _quick),
        mock.patch.object(connection, "network_of", return_value=Network(read=READ_TIMEOUT)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        os.chdir(cwd)
        try:
            code = main(arguments)
        finally:
            os.chdir(before)
    return CliResult(code, out.getvalue(), err.getvalue())


def _quick(budget: float) -> RetryPolicy:
    return RetryPolicy(budget=min(budget, BUDGET), **QUICK)


@contextmanager
def crash_at(meets: Callable[[int, str, str], bool], *, served: bool) -> Iterator[None]:
    """The first request that `meets(number, method, url)` is the process's last; numbers count from 1.

    `served` says whether it still reaches the server.
    """
    send, lock, counted, gone = AdoSession._send, threading.Lock(), [0], threading.Event()

    def last(session: AdoSession, operation: Any, url: str, *more: Any) -> Any:
        with lock:
            counted[0] += 1
            if gone.is_set():
                raise Crash
            hit = meets(counted[0], operation.method, url)
            if hit:
                gone.set()
        if hit and served:
            send(session, operation, url, *more)
        if hit:
            raise Crash
        return send(session, operation, url, *more)

    with mock.patch.object(AdoSession, "_send", last):
        yield
