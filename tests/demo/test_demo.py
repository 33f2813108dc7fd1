"""`demo`: what a person sees in a terminal, and what a script sees."""

from __future__ import annotations

import re
import socket
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.process import clean_environment
from support.terminal import Terminal, terminal

LINK = r"^http://127\.0\.0\.1:\d+/demo/Shop/_TestManagement/Runs\?runId=\d+$"
DEMO = [sys.executable, "-m", "ado_publisher", "demo"]


@pytest.fixture
def shown(tmp_path: Path):
    environment = clean_environment(tmp_path, {"TERM": "xterm", "TMPDIR": str(tmp_path)})
    with terminal(DEMO, cwd=tmp_path, env=environment) as started:
        yield started


def test_without_a_terminal_it_ends_by_itself_with_a_completed_run(cli):
    done = cli("demo")
    assert done.code == 0, done.output
    assert re.search(r"^Run \d+ is Completed", done.stdout, re.MULTILINE)
    assert re.search(LINK, done.stdout, re.MULTILINE)
    assert done.stderr == ""


def test_it_tells_what_became_of_every_test(cli, root: Path):
    done = cli("demo")
    tests = (root / "examples/junit/shop-junit.xml").read_text().count("<testcase ")
    assert f"{tests} tests read: 11 matched, 1 unmatched, 0 ambiguous, 1 skipped." in done.stdout
    assert "the front page loads in a second" in done.stdout


def test_the_katalon_example_shows_a_retry_and_screenshots(cli):
    done = cli("demo", "--example", "katalon")
    assert done.code == 0, done.output
    assert re.search(r"^Run \d+ is Completed", done.stdout, re.MULTILINE)
    assert "Test Cases/" in done.stdout


def test_it_takes_nothing_of_the_hosts_settings(cli):
    host = {
        "ADO_PUBLISHER_ORGANIZATION_URL": "https://dev.azure.example/acme",
        "ADO_PUBLISHER_PLAN": "Elsewhere",
        "INPUT_PLAN": "Elsewhere",
        "TF_BUILD": "True",
        "BUILD_BUILDID": "999",
        "GITHUB_ACTIONS": "true",
    }
    done = cli("demo", env=host)
    assert done.code == 0, done.output


def test_it_leaves_no_file_behind(cli, tmp_path: Path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    assert cli("demo", env={"TMPDIR": str(temporary)}).code == 0
    assert list(temporary.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]


def test_in_a_terminal_its_link_opens_while_it_waits(shown: Terminal):
    link = shown.wait_for(LINK).group()
    shown.wait_for("Ctrl-C ends it")
    with urllib.request.urlopen(link, timeout=10) as answer:
        page = answer.read().decode()
    assert answer.status == 200
    assert "20261122.1 web shop" in page


def test_ctrl_c_ends_it_cleanly(shown: Terminal, tmp_path: Path):
    link = shown.wait_for(LINK).group()
    shown.wait_for("Ctrl-C ends it")
    shown.press(b"\x03")
    assert shown.wait_for_end() == 0
    assert "Traceback" not in shown.shown
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(link).port or 0), timeout=5)
    assert list(tmp_path.glob("ado-publisher-demo-*")) == []
