"""Other people's clients: where they are installed, how one is run, what its requests are held to."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.emulator_seed import small_seed
from support.process import clean_environment

from ado_publisher.emulator import Emulator

HERE = Path(__file__).parent
NEXT = re.compile(r"(api-version=)7\.2(-preview(\.\d+)?)?")


@dataclass(frozen=True, slots=True)
class Played:
    """What a client printed, what then stood in the emulator, and the exchanges between the two."""

    code: int
    stdout: str
    stderr: str
    state: dict[str, Any]
    log: Path
    url: str

    def json(self) -> dict[str, Any]:
        """Return what the client printed; its complaints are in the error when that is no JSON."""
        assert self.code == 0, self.stdout + self.stderr
        return json.loads(self.stdout)

    def exchanges(self) -> list[tuple[str, int]]:
        """Return method with path, and status, of every logged call."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [(f"{line['method']} {line['url'].removeprefix(self.url)}", line["status"]) for line in lines]


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Played]:
    """`play(command, cwd=…, server=…, **variables)` runs a client against an emulator of its own."""

    def run(command: list[str], *, cwd: Path, server: str = "cloud", **variables: str) -> Played:
        folder = tmp_path_factory.mktemp("client")
        log = folder / "exchanges.jsonl"
        with Emulator(small_seed(server=server), exchange_log=log) as emulator:
            told = {"ADO_URL": emulator.url, "ADO_TOKEN": emulator.token, **variables}
            environment = clean_environment(folder, {"AZURE_DEVOPS_CACHE_DIR": str(folder), **told})
            done = subprocess.run(
                command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=180, check=False
            )
            return Played(done.returncode, done.stdout, done.stderr, emulator.state(), log, emulator.url)

    return run


@pytest.fixture(scope="session")
def node_modules(tool: Callable[[str], str]) -> Path:
    """The folder with the clients of package.json, installed once into the user's cache."""
    tool("node")
    package = HERE / "node" / "package.json"
    key = hashlib.sha256(package.read_bytes()).hexdigest()[:16]
    kept = _cache() / f"clients-{key}"
    if not kept.is_dir():
        fresh = Path(tempfile.mkdtemp(dir=kept.parent))
        shutil.copy(package, fresh)
        quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--no-update-notifier", "--fetch-retries=1")
        command = [tool("npm"), "install", *quiet]
        environment = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
        done = subprocess.run(
            command, cwd=fresh, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            shutil.rmtree(fresh)
            told = [line for line in done.stderr.splitlines() if "error" in line.lower()][:2]
            pytest.skip(f"npm cannot install the clients: {' '.join(told)[:300]}")
        try:
            fresh.rename(kept)  # another worker may have been quicker
        except OSError:
            shutil.rmtree(fresh)
    return kept / "node_modules"


def _cache() -> Path:
    """Return a folder that outlives the test run where there is one."""
    for base in (os.environ.get("XDG_CACHE_HOME"), Path.home() / ".cache", tempfile.gettempdir()):
        folder = Path(base) / "ado-publisher-tests" if base else None
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                if os.access(folder, os.W_OK):
                    return folder
        except OSError:
            continue
    raise AssertionError("no folder can be written to")


@pytest.fixture
def node(node_modules: Path, tmp_path: Path) -> Path:
    """A folder with the scripts of node/, from which the installed clients are found."""
    folder = tmp_path / "node"
    shutil.copytree(HERE / "node", folder)
    (folder / "node_modules").symlink_to(node_modules, target_is_directory=True)
    return folder


@pytest.fixture
def findings(shared: Path, tmp_path: Path) -> Callable[[Played], list[str]]:
    """`findings(played)`: what the published contract says against a client's exchanges.

    Clients name versions that were never published (7.2-preview) or are no longer (5.0-preview). Their
    exchanges are held to the nearest version that is, or their bodies would not be looked at.
    """
    folder = shared / "contracts" / "azure-devops"

    def check(played: Played) -> list[str]:
        log = tmp_path / "published.jsonl"
        log.write_text("".join(_with_published_versions(played.log)), encoding="utf-8")
        command = [sys.executable, folder / "contract_check.py", log, "--swagger", folder, "--responses"]
        done = subprocess.run([*map(str, command), "--json"], capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)
        assert report["exchanges"] > 5
        return sorted(
            {f"{item['code']} {item['op']}" for item in report["findings"] if item["level"] == "ERROR"}
        )

    return check


def _with_published_versions(log: Path) -> Iterator[str]:
    for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
        yield re.sub(
            r"api-version=5\.0(-preview\.\d+)?",
            "api-version=6.0-preview",
            NEXT.sub(r"\g<1>7.1-preview", line),
        )
