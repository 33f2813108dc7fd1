"""The image, run for real with podman; the example's workspace; what an observer on the machine sees.

`.ci/run` builds the image first and names it in ADO_PUBLISHER_IMAGE. Elsewhere it is built once, by
`.ci/image`, on a machine that has what that takes; on any other these tests skip.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from support.process import KEPT

TOKEN = "s3cret-of-the-container-tests"
RUNNER = 1001
HARDENED = (
    *("--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges", "--user", f"{RUNNER}:{RUNNER}"),
)


@dataclass(frozen=True, slots=True)
class Engine:
    """The container engine, with the image under test and the variables it must be called with."""

    program: str
    image: str
    environment: Mapping[str, str]

    def run(self, options: Sequence[str], *command: str, env: Mapping[str, str] | None = None) -> Any:
        """`podman run OPTIONS IMAGE COMMAND`; variables of `env` are passed on by name alone."""
        named = [part for name in env or {} for part in ("-e", name)]
        return subprocess.run(
            [self.program, "run", *options, *named, self.image, *command],
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )


@dataclass
class CommandLines:
    """Every command line that processes of this machine had while the block ran."""

    seen: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self._stop.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
                except OSError:
                    continue  # it ended meanwhile
            time.sleep(0.03)

    def __enter__(self) -> CommandLines:
        self._thread = threading.Thread(target=self.watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture(scope="session")
def engine(
    root: Path, tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str], str]
) -> Iterator[Engine]:
    """Podman and the image; a visible skip where there is none and none can be built."""
    program = tool("podman")
    environment = {name: os.environ[name] for name in (*KEPT, "HOME") if name in os.environ}
    told = {name: os.environ.get(name, "") for name in ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")}
    image = os.environ.get("ADO_PUBLISHER_IMAGE", "")
    if not image:
        told = _built(root, tmp_path_factory.getbasetemp(), tool)
        image = told.pop("ADO_PUBLISHER_IMAGE")
    yield Engine(program, image, environment | {name: text for name, text in told.items() if text})
    if "ADO_PUBLISHER_IMAGE" not in os.environ:
        # The overlay driver leaves its folder mounted upon itself: nobody could remove it.
        subprocess.run(["umount", _work() / "graph/overlay"], capture_output=True, check=False)


def _work() -> Path:
    """Where `.ci/image` keeps its images."""
    return Path(os.environ.get("WORK") or Path.home() / ".cache/ado-publisher-image")


def _built(root: Path, temporary: Path, tool: Callable[[str], str]) -> dict[str, str]:
    for needed in ("runc", "mmdebstrap"):
        tool(needed)
    # Workers of one test session share the folder above their own.
    shared = temporary.parent if os.environ.get("PYTEST_XDIST_WORKER") else temporary
    said = shared / "image.log"
    with FileLock(shared / "image.lock"):
        if not said.exists():
            done = subprocess.run(
                [root / ".ci/image"],
                env={**os.environ, "WORK": str(_work())},
                capture_output=True,
                text=True,
                check=False,
            )
            said.write_text("" if done.returncode == 0 else (done.stderr or done.stdout))
    if problem := said.read_text():
        pytest.skip(f"needs the image, and .ci/image failed: {problem.strip().splitlines()[-1]}")
    return dict(re.findall(r"(\w+)=(\S+)", (_work() / "env").read_text()))


@pytest.fixture
def owned() -> Callable[[Path], Path]:
    """Give a folder to the account of GitHub's runner, as far as this account may."""

    def give(folder: Path) -> Path:
        for each in (folder, *folder.rglob("*")):
            if os.geteuid() == 0:
                os.chown(each, RUNNER, RUNNER)
            elif not each.is_symlink():
                each.chmod(each.stat().st_mode | 0o777)
        return folder

    return give


@pytest.fixture
def workspace(root: Path, tmp_path: Path, owned: Callable[[Path], Path]) -> Path:
    """A checkout of examples/junit that belongs to somebody else."""
    # pytest keeps its folders to itself; the container's account must get there.
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder != Path("/tmp") and folder.owner() == Path.home().owner():
            folder.chmod(0o755)
    copy = tmp_path / "work" / "shop"
    shutil.copytree(root / "examples/junit", copy)
    return owned(copy)


@pytest.fixture
def shop(emulator: Callable[..., Any], root: Path, tmp_path: Path) -> Any:
    """An emulator on the host's network that holds the example's project; its token is TOKEN."""
    seed = tmp_path / "seed.yml"
    text = (root / "examples/junit/seed.yml").read_text(encoding="utf-8")
    assert text.count("token: demo-pat") == 1
    seed.write_text(text.replace("token: demo-pat", f"token: {TOKEN}"), encoding="utf-8")
    return emulator(seed_file=seed)


@pytest.fixture
def command_lines() -> Iterator[CommandLines]:
    """What `ps` would have shown to anybody while the test ran."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("needs /proc")
    with CommandLines() as seen:
        yield seen


def completed(service: Any) -> dict[str, Any]:
    """The one run there is; it is completed and holds the example's results."""
    (run,) = service.state()["runs"]
    assert run["state"] == "Completed"
    assert len(run["results"]) == 10
    assert all(result["state"] == "Completed" for result in run["results"])
    return run


def assert_kept_secret(output: str, seen: CommandLines, mask: str = "") -> None:
    """The token is nowhere but in the command that has the host hide it."""
    assert [line for line in output.splitlines() if TOKEN in line and line != mask] == []
    assert [line for line in seen.seen if TOKEN in line] == []
    # The observer saw the containers at all.
    assert any(" run --rm" in line or " run --label" in line for line in seen.seen)
