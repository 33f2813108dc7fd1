"""The web page, and the command that serves the emulator."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import requests

EVIL = "<script>alert('x')</script>\"&"


def test_the_page_of_a_run_shows_everything_escaped_and_runs_no_script(service):
    run = service.planned_run(1, name=EVIL, build={"id": "41"}, comment=EVIL)
    service.patch(
        f"test/runs/{run}/results",
        [
            {
                "id": 100000,
                "outcome": "Failed",
                "state": "Completed",
                "errorMessage": EVIL,
                "stackTrace": EVIL,
                "comment": EVIL,
                "automatedTestName": EVIL,
                "subResults": [{"displayName": EVIL, "errorMessage": EVIL, "outcome": "Failed"}],
            }
        ],
    )
    file = {"stream": "aGk=", "fileName": EVIL, "attachmentType": "ConsoleLog"}
    service.post(f"test/runs/{run}/results/100000/attachments", file)
    link = service.get(f"test/runs/{run}")["webAccessUrl"]
    for address in (link, service.emulator.url, f"{service.emulator.url}/Shop", service.emulator.root_url):
        page = requests.get(address, timeout=9)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "<script" not in page.text
    shown = requests.get(link, timeout=9).text
    assert shown.count("&lt;script&gt;") >= 9
    for words in ("Failed", "Valid login", "20261122.1", "ConsoleLog", "2 bytes"):
        assert words in shown
    assert "Release 1" in requests.get(f"{service.emulator.url}/Shop", timeout=9).text
    assert (
        requests.get(f"{service.emulator.url}/Shop/_build/results?buildId=41", timeout=9).status_code == 200
    )


@pytest.mark.parametrize("path", ["Nowhere", "Shop/_git/x", "Shop/_TestManagement/Runs?runId=99"])
def test_a_page_that_does_not_exist_is_404(service, path):
    assert requests.get(f"{service.emulator.url}/{path}", timeout=9).status_code == 404


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
