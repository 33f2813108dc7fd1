"""A program in a pseudo-terminal: what a person sees, and what they type."""

from __future__ import annotations

import codecs
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


class Terminal:
    """A process whose three streams are a terminal of its own; `shown` is all it printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.shown = ""
        self._master = master
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def wait_for(self, pattern: str, timeout: float = 60) -> re.Match[str]:
        """The first place where the output matches. AssertionError with the output when it never does."""
        deadline = time.monotonic() + timeout
        while (match := re.search(pattern, self.shown, re.MULTILINE)) is None:
            alive = self._read(deadline)
            assert alive or re.search(pattern, self.shown, re.MULTILINE), f"no {pattern!r} in:\n{self.shown}"
        return match

    def press(self, keys: bytes) -> None:
        """Type; b"\\x03" is Ctrl-C."""
        os.write(self._master, keys)

    def press_until_end(self, keys: bytes, times: int = 20) -> int:
        """The exit code after typing, and again each second as a person does who sees nothing happen.

        A signal between a prompt and the read behind it is noticed only when the read returns.
        """
        for _ in range(times):
            self.press(keys)
            try:
                return self.wait_for_end(1)
            except subprocess.TimeoutExpired:
                continue
        return self.wait_for_end()

    def wait_for_end(self, timeout: float = 30) -> int:
        """The exit code, after all output was read."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux tells the end of a terminal's last process so
            return False
        self.shown += self._decoder.decode(data).replace("\r\n", "\n")
        return bool(data)


@contextmanager
def terminal(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Iterator[Terminal]:
    """Start the command in a new terminal, and end it when the block is left."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, cwd=cwd, env=dict(env), stdin=slave, stdout=slave, stderr=slave, preexec_fn=_own_terminal
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(master)


def _own_terminal() -> None:
    # Ctrl-C reaches the foreground group of a controlling terminal only.
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
