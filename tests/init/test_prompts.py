"""`init` on a terminal: questions with numbered answers, searched by part of a name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.process import clean_environment
from support.terminal import Terminal, terminal

INIT = [sys.executable, "-m", "ado_publisher", "init"]


@contextmanager
def asked(folder: Path, service: Any, *arguments: str, url: bool = True) -> Iterator[Terminal]:
    env = {"ADO_PUBLISHER_TOKEN": "demo-pat", "TERM": "xterm"}
    if url:
        env["ADO_PUBLISHER_ORGANIZATION_URL"] = service.url
    with terminal([*INIT, *arguments], cwd=folder, env=clean_environment(folder, env)) as started:
        yield started


def answer(started: Terminal, question: str, keys: str) -> None:
    """Type once the question is asked; what was shown before counts no more."""
    started.wait_for(rf"{question}[^\n]*: $")
    started.shown = ""
    started.press(keys.encode())


def test_it_asks_from_the_address_to_the_configurations(emulator, shop, tmp_path):
    service = emulator(shop)
    with asked(tmp_path, service, url=False) as started:
        answer(started, "URL of", "nonsense\n")
        answer(started, "URL of", f"{service.url}\n")
        answer(started, "Project", "shop\n")
        answer(started, "Test plan", "\n")
        answer(started, "Test suites", "3\n")
        answer(started, "Configurations", "1, 2\n")
        assert started.wait_for_end() == 0, started.shown
    assert yaml.safe_load((tmp_path / "ado-publisher.yml").read_text()) == {
        "version": 1,
        "azure_devops": {"organization_url": service.url, "project": "Shop"},
        "publish": {
            "plan": "Release 1",
            "suites": ["Pay"],
            "configurations": ["Windows 11 + Chrome", "Ubuntu + Firefox"],
        },
    }


def test_enter_takes_all_and_what_a_flag_says_is_not_asked(emulator, shop, tmp_path):
    with asked(tmp_path, emulator(shop), "--project", "Shop", "--plan", "10") as started:
        answer(started, "Test suites", "\n")
        answer(started, "Configurations", "\n")
        assert started.wait_for_end() == 0, started.shown
        assert "Project:" not in started.shown
    assert yaml.safe_load((tmp_path / "ado-publisher.yml").read_text())["publish"] == {"plan": "Release 1"}


def test_a_long_list_is_searched_by_part_of_a_name(emulator, tmp_path):
    plans = [{"id": 100 + 2 * n, "name": f"Release {n}"} for n in range(250)]
    service = emulator({"projects": [{"name": "Shop", "plans": plans}]})
    with asked(tmp_path, service) as started:
        answer(started, "Project", "1\n")
        started.wait_for("… and 230 more: type part of a name")
        answer(started, "Test plan", "nothing like it\n")
        started.wait_for("nothing has 'nothing like it' in its name")
        answer(started, "Test plan", "24\n")  # no such row: a search, which finds 24, 124, 224, 240 to 249
        started.wait_for("Release 224")
        answer(started, "Test plan", "release 224\n")
        assert started.wait_for_end() == 0, started.shown
    assert yaml.safe_load((tmp_path / "ado-publisher.yml").read_text())["publish"] == {"plan": "Release 224"}


@pytest.mark.parametrize(("keys", "code"), [(b"\x03", 130), (b"\x04", 130)])
def test_who_gives_up_has_no_file(emulator, shop, tmp_path, keys, code):
    with asked(tmp_path, emulator(shop)) as started:
        answer(started, "Project", "Shop\n")
        started.wait_for(r"Test plan[^\n]*: $")
        assert started.press_until_end(keys) == code, started.shown
    assert [each.name for each in tmp_path.iterdir() if each.suffix != ".jsonl"] == []


def test_hostile_names_stay_words_in_the_lists(emulator, shop, tmp_path):
    shop["projects"][0]["plans"][0]["name"] = "##vso[x]\x1b[31m\nevil"
    with asked(tmp_path, emulator(shop), "--project", "Shop") as started:
        started.wait_for(r"Test plan[^\n]*: $")
        assert "##vso[" not in started.shown
        assert "\x1b[31m" not in started.shown
        started.press(b"1\n")
        answer(started, "Test suites", "\n")
        answer(started, "Configurations", "\n")
        assert started.wait_for_end() == 0
        assert "##vso[" not in started.shown
    assert yaml.safe_load((tmp_path / "ado-publisher.yml").read_text())["publish"] == {"plan": 10}


def test_a_file_that_is_there_is_told_before_any_question(emulator, shop, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text("mine")
    with asked(tmp_path, emulator(shop)) as started:
        assert started.wait_for_end() == 2
        assert "--force overwrites it" in started.shown
    assert (tmp_path / "ado-publisher.yml").read_text() == "mine"
