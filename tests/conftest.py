"""Fixtures and rules that hold for every test.

No test leaves the machine. A test that needs something a machine may lack says so with a visible
skip, and `ADO_PUBLISHER_SKIPS=forbidden` (CI, which installs everything) turns such a skip into a failure.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import network
from support.process import CliResult, run_cli
from support.sampling import seed, slow_run

ROOT = Path(__file__).resolve().parents[1]
SLOW_REASON = "slow: runs with ADO_PUBLISHER_SLOW=1"


def pytest_configure(config: pytest.Config) -> None:
    # Set before workers start, so that all of them draw the same samples.
    os.environ.setdefault("ADO_PUBLISHER_SEED", str(random.SystemRandom().randrange(1_000_000)))
    # A shell starts what runs in the background with Ctrl-C ignored, and so would be all that tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header(config: pytest.Config) -> str:
    return f"samples: seed {seed()} (repeat with ADO_PUBLISHER_SEED={seed()})"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not slow_run():
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason=SLOW_REASON))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if terminalreporter.stats.get("failed"):
        terminalreporter.write_line(f"samples were drawn with ADO_PUBLISHER_SEED={seed()}")
    if undue := _undue_skips(terminalreporter):
        terminalreporter.write_line(f"{len(undue)} skips where none is allowed:", red=True)
        for report in undue:
            terminalreporter.write_line(f"  {report.nodeid}: {report.longrepr[2]}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and session.exitstatus == pytest.ExitCode.OK and _undue_skips(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _undue_skips(reporter: Any) -> list[Any]:
    if os.environ.get("ADO_PUBLISHER_SKIPS") != "forbidden":
        return []
    return [r for r in reporter.stats.get("skipped", []) if SLOW_REASON not in str(r.longrepr)]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback may be connected to."""
    monkeypatch.setattr(socket.socket, "connect", network.guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", network.guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", network.guarded_getaddrinfo)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's collection of facts and contracts, beside the checkout."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared")
    return folder


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """`tool("node")`: the path of a program, or a visible skip where the machine has none."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"needs {name}")
        return path

    return find


@pytest.fixture
def exchange_log(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    """Names a new exchange log for each call: in ADO_PUBLISHER_EXCHANGES when set, else in tmp_path.

    CI checks what was collected against the service's contract, `server` seeds against the
    on-premises one. A test marked `off_contract` keeps its exchanges to itself.
    """
    collected = os.environ.get("ADO_PUBLISHER_EXCHANGES")
    checked = collected and request.node.get_closest_marker("off_contract") is None
    folder = Path(collected) if collected and checked else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", request.node.nodeid)[-120:]
    count = 0

    def new(server: str = "cloud") -> Path:
        nonlocal count
        count += 1
        kind = server if server in ("cloud", "testrail") else "server"
        return folder / f"{name}-{os.getpid()}-{count}.{kind}.jsonl"

    return new


@pytest.fixture
def emulator(exchange_log: Callable[..., Path]) -> Iterator[Callable[..., Any]]:
    """`emulator(seed)` or `emulator(seed_file=…)` starts an embedded Azure DevOps; closed at the end."""
    from ado_publisher.emulator import Emulator

    with ExitStack() as started:

        def start(seed: Mapping[str, Any] | None = None, **options: Any) -> Any:
            if "exchange_log" not in options:
                file = options.get("seed_file")
                told = yaml.safe_load(Path(file).read_text(encoding="utf-8")) if file else seed or {}
                options["exchange_log"] = exchange_log(told.get("server", "cloud"))
            return started.enter_context(Emulator(seed=seed, **options))

        yield start


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., CliResult]:
    """`cli("publish", …, env={…})` runs the real command line in tmp_path, without the host's variables."""

    def run(*arguments: str | Path, cwd: Path | None = None, **options: Any) -> CliResult:
        return run_cli(arguments, cwd=cwd or tmp_path, **options)

    return run
