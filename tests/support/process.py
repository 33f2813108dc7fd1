"""Running the real command line as a person or a CI host does: in a process of its own.

Most of its time would go into importing the same modules again, so processes are forked from one that has
them (`forks`).
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from support.forks import Forks

GUARD = Path(__file__).parent / "guard"

# Everything else of the host stays out: a CI host's variables are settings to the program.
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP")


@dataclass(frozen=True, slots=True)
class CliResult:
    """What a finished process left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Both streams, for messages of failing asserts."""
        return self.stdout + self.stderr

    def json(self) -> Any:
        """Standard output as JSON; the streams are in the error when it is not."""
        try:
            return json.loads(self.stdout)
        except ValueError as error:
            raise AssertionError(f"exit {self.code}, no JSON on stdout: {error}\n{self.output}") from error


def clean_environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment of a machine that is no CI host, with the network guard for Python children."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"HOME": str(home), "PYTHONPATH": str(GUARD), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["COLUMNS"] = "120"
    return environment | dict(extra or {})


def run_cli(
    arguments: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes | None = None,
    timeout: float = 120,
) -> CliResult:
    """Run `python -m ado_publisher …` in `cwd` and wait for its end."""
    body = stdin.encode() if isinstance(stdin, str) else stdin or b""
    given, environment = [str(each) for each in arguments], clean_environment(cwd, env)
    if forks().fits(environment):
        code, *streams = forks().run(given, cwd, environment, body, timeout)
    else:
        command = [sys.executable, "-m", "ado_publisher", *given]
        done = subprocess.run(
            command, cwd=cwd, env=environment, input=body, capture_output=True, timeout=timeout, check=False
        )
        code, streams = done.returncode, [done.stdout, done.stderr]
    return CliResult(code, *(stream.decode("utf-8", "replace") for stream in streams))


@cache
def forks() -> Forks:
    """The server of this test process."""
    started = Forks(clean_environment(Path(tempfile.gettempdir())))
    atexit.register(started.close)
    return started
