"""The tests' own ground: the network guard and what a child process sees."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.network import NetworkForbidden, is_loopback
from support.process import clean_environment
from support.sampling import sample


def test_a_test_cannot_connect_to_another_machine():
    with socket.socket() as sock, pytest.raises(NetworkForbidden, match="loopback only"):
        sock.connect(("192.0.2.1", 80))


def test_a_test_cannot_look_up_a_foreign_name():
    with pytest.raises(NetworkForbidden, match=r"dev\.azure\.example"):
        socket.create_connection(("dev.azure.example", 443))


def test_a_test_can_connect_to_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8", b"127.0.0.1", None])
def test_loopback_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "example.com", "2001:db8::1", "169.254.169.254"])
def test_what_is_elsewhere_is_known(host):
    assert not is_loopback(host)


def test_a_child_process_is_guarded_too(tmp_path: Path):
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    environment = clean_environment(tmp_path)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "NetworkForbidden" in done.stderr


def test_a_child_process_sees_no_ci_host(monkeypatch, tmp_path: Path):
    for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "SYSTEM_ACCESSTOKEN", "INPUT_TOKEN", "ADO_PUBLISHER_X"):
        monkeypatch.setenv(name, "1")
    seen = clean_environment(tmp_path)
    assert not {n for n in seen if n.startswith(("CI", "GITHUB", "TF_", "SYSTEM_A", "INPUT", "ADO_"))}


def test_a_sample_keeps_order_and_is_repeatable(monkeypatch):
    monkeypatch.setenv("ADO_PUBLISHER_SEED", "7")
    monkeypatch.delenv("ADO_PUBLISHER_SLOW", raising=False)
    drawn = sample(range(1000), 20)
    assert drawn == sorted(drawn) == sample(range(1000), 20)
    assert len(drawn) == 20
    monkeypatch.setenv("ADO_PUBLISHER_SLOW", "1")
    assert len(sample(range(1000), 20)) == 1000


SKIPPING = "import pytest\ndef test_passes(): pass\ndef test_needs():\n    pytest.skip('needs a thing')\n"
SLOW = "import pytest\ndef test_passes(): pass\n@pytest.mark.slow\ndef test_slow(): assert False\n"


def run_inner_tests(
    root: Path, folder: Path, text: str, *, workers: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest in `folder` under a copy of this project's conftest."""
    shutil.copytree(root / "tests/support", folder / "support", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "tests/conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\nmarkers = slow\n")
    (folder / "test_inner.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "xdist.plugin", "-n", str(workers)] if workers else []
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "ADO_PUBLISHER"))}
    return subprocess.run(
        command,
        cwd=folder,
        env=inherited | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_is_allowed_where_a_thing_is_missing(root: Path, tmp_path: Path):
    done = run_inner_tests(root, tmp_path, SKIPPING)
    assert (done.returncode, "1 passed, 1 skipped" in done.stdout) == (0, True), done.stdout


def test_a_skip_fails_the_run_where_everything_is_installed(root: Path, tmp_path: Path):
    done = run_inner_tests(root, tmp_path, SKIPPING, workers=1, ADO_PUBLISHER_SKIPS="forbidden")
    assert done.returncode == 1, done.stdout
    assert "test_inner.py::test_needs: Skipped: needs a thing" in done.stdout


def test_a_slow_test_may_wait_for_the_slow_run(root: Path, tmp_path: Path):
    done = run_inner_tests(root, tmp_path, SLOW, ADO_PUBLISHER_SKIPS="forbidden")
    assert (done.returncode, "1 passed, 1 skipped" in done.stdout) == (0, True), done.stdout


def test_no_file_names_a_package_registrys_host(root: Path):
    hosts = [f"{name}.org".encode() for name in ("pypi", "pythonhosted", "npmjs")]
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        pytest.skip("needs git and a checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    files = [root / name for name in listed.decode().split("\0") if name]
    assert len(files) > 20
    assert [path for path in files if path.is_file() and any(h in path.read_bytes() for h in hosts)] == []
