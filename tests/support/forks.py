"""A program that is loaded once and forked for each run, so that a test does not wait for its imports.

`Forks` is the test's side. Run as a script this file is the server: it imports every module of the package,
then forks a process for each call, which gets the caller's streams, directory and environment, and runs
`python -m ado_publisher` from there on. Nothing that one run does is seen by the next.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path

# Whatever Python reads when it starts cannot be given to a process that runs already.
READ_AT_START = ("PYTHON", "LANG", "LC_")


class Forks:
    """One server for a test process; `run` gives exit code and both streams."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._folder = tempfile.TemporaryDirectory(prefix="forks.")
        self._address = str(Path(self._folder.name) / "socket")
        self._server = subprocess.Popen(
            [sys.executable, __file__, self._address], env=self.environment, stdin=subprocess.PIPE
        )

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Nothing differs that has to be known at the start of a process."""

        def early(given: Mapping[str, str]) -> dict[str, str]:
            return {name: value for name, value in given.items() if name.startswith(READ_AT_START)}

        return early(environment) == early(self.environment)

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes, bytes]:
        """Raises TimeoutError when it takes longer; the process is killed then."""
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        with self._connected() as connection, ThreadPoolExecutor(3) as pool:
            call = {"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)}
            socket.send_fds(connection, [b"."], theirs)
            connection.sendall(json.dumps(call).encode() + b"\n")
            for each in theirs:
                os.close(each)
            pool.submit(_give, ours[0], body)
            streams = [pool.submit(_take, each) for each in ours[1:]]
            connection.settimeout(timeout)
            answers = connection.makefile("rb")
            pid = int(answers.readline())
            try:
                code = int(answers.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
            return code, streams[0].result(), streams[1].result()

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        until = time.monotonic() + 60
        while connection.connect_ex(self._address):
            if self._server.poll() is not None or time.monotonic() > until:
                raise ChildProcessError(f"the server of forks does not answer: {self._server.args}")
            time.sleep(0.02)
        return connection

    def close(self) -> None:
        """End the server; what it has forked ends by itself."""
        self._server.stdin.close()
        self._server.wait(10)
        self._folder.cleanup()


def _give(descriptor: int, body: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb") as stream:
        stream.write(body)


def _take(descriptor: int) -> bytes:
    with open(descriptor, "rb") as stream:
        return stream.read()


# the server


def _load() -> None:
    import ado_publisher

    for module in pkgutil.walk_packages(ado_publisher.__path__, "ado_publisher."):
        # Importing it would run the program.
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.collect()
    gc.freeze()


def _serve(address: str) -> dict[str, object]:
    """Fork for each call; comes back in each fork with what it shall run, and never in the server."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        readable, _, _ = select.select([listener, 0], [], [])
        if 0 in readable:
            os._exit(0)
        connection, _ = listener.accept()
        if os.fork():
            connection.close()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listener.close()
        return _attend(connection)


def _attend(connection: socket.socket) -> dict[str, object]:
    """Fork once more, and wait for that process as its parent; comes back in the fork alone."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 3)
    call: dict[str, object] = json.loads(connection.makefile("rb").readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        return call
    for descriptor in (0, 1, 2, *descriptors):
        os.close(descriptor)
    connection.sendall(b"%d\n" % pid)
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(call: dict[str, object]) -> None:
    """The streams, directory, environment and arguments of the call."""
    os.chdir(str(call["cwd"]))
    os.environ.clear()
    os.environ.update(call["environment"])
    time.tzset()
    sys.argv = ["ado-publisher", *call["arguments"]]
    # They stay open as long as the process lives.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, errors="backslashreplace", buffering=1)  # noqa: SIM115


if __name__ == "__main__":
    sys.path.pop(0)
    _load()
    _become(_serve(sys.argv[1]))
    from ado_publisher.__main__ import main

    main()
