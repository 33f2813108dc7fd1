"""The command that serves the emulator."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import requests

CODE = "import sys; from ado_publisher.cli.emulator import command; command()"


def run(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", CODE, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_writes_its_ready_file_serves_and_stops_cleanly(tmp_path, number):
    ready, log = tmp_path / "ready", tmp_path / "log.jsonl"
    process = run("--ready-file", ready, "--exchange-log", log, "--data", tmp_path / "d.sqlite")
    try:
        until = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < until:
            time.sleep(0.02)
        url = ready.read_text().strip()
        assert requests.get(f"{url}/_apis/projects", auth=("", "demo-pat"), timeout=9).json()["count"] == 1
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, stdout.strip(), stderr) == (0, url, "")
    assert json.loads(log.read_text())["status"] == 200
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_bad_seed_ends_the_command_with_2_and_the_whole_list(tmp_path):
    seed = tmp_path / "seed.yml"
    seed.write_text("server: x\nprojects:\n  - {}\n")
    process = run("--seed", seed, "--ready-file", tmp_path / "ready")
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 2
    assert f"{seed}:1: server" in stderr
    assert f"{seed}:3: projects[0].name" in stderr
    assert not (tmp_path / "ready").exists()


def test_what_cannot_be_opened_ends_the_command_with_2(tmp_path):
    process = run("--seed", tmp_path / "missing.yml")
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, "missing.yml" in stderr) == (2, True)


def test_the_other_service_is_testrail(tmp_path):
    ready = tmp_path / "ready"
    process = run("--system", "testrail", "--ready-file", ready)
    try:
        until = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < until:
            time.sleep(0.05)
        url = ready.read_text().strip()
        answer = requests.get(
            f"{url}/index.php?/api/v2/get_case/1", auth=("user@example.com", "demo-key"), timeout=10
        )
        assert answer.json()["title"] == "A user logs in"
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "user user@example.com, key demo-key" in told
    finally:
        process.kill()
        process.communicate()


def test_a_seed_of_testrail_that_cannot_be_used_is_told(tmp_path):
    seed = tmp_path / "seed.yml"
    seed.write_text("behaviours: {nope: 1}")
    process = run("--system", "testrail", "--seed", seed)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "no such behaviours: nope" in str(told)
