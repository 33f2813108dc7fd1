"""`init` with flags, against the service: what it writes is valid, and nothing else is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from katalon.build import case, case_text, settings

from ado_publisher import config

from .conftest import CHROME, FIREFOX


def written(folder: Path, name: str = "ado-publisher.yml"):
    """The config that was written, as YAML reads it."""
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))


def left_in(folder):
    """What the command left there; the emulator's log is the test's own."""
    return {each.name for each in folder.iterdir() if each.suffix != ".jsonl"}


@pytest.mark.parametrize("server", ["cloud", "server2022", "server2020"])
def test_what_was_chosen_is_set_and_everything_else_stands_in_comments(
    emulator, shop, init, tmp_path, server
):
    service = emulator({**shop, "server": server})
    done = init(
        service, "--project", "shop", "--plan", "release 1", "--suite", "Login/**", "--configuration", "1"
    )
    assert done.code == 0, done.output
    assert written(tmp_path) == {
        "version": 1,
        "azure_devops": {"organization_url": service.url, "project": "Shop"},
        "publish": {"plan": "Release 1", "suites": ["Login/**"], "configurations": [CHROME]},
    }
    text = (tmp_path / "ado-publisher.yml").read_text()
    for told in ("20 'Release 0' (Inactive)", "Login/Smoke  (13)", "Pay  (14)", f"2 '{FIREFOX}'", "3 'Bare'"):
        assert told in text
    assert "#   - when: {os: Windows 11*, browser: Chrome*}" in text
    assert max(map(len, text.splitlines())) <= 120
    assert done.stdout.splitlines() == [
        "ado-publisher.yml is written: project Shop, test plan 10 'Release 1'",
        "Check it against the project with: ado-publisher verify",
    ]


def test_the_demos_report_is_published_with_it(emulator, root, cli, tmp_path):
    service = emulator(seed_file=root / "examples/junit/seed.yml")
    shutil.copy(root / "examples/junit/shop-junit.xml", tmp_path)
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    assert cli("init", "--project", "Shop", "--plan", "10", env=env).code == 0
    assert cli("validate").code == 0
    file = tmp_path / "ado-publisher.yml"
    file.write_text(uncommented(file.read_text(), "configurations"))
    token = {"ADO_PUBLISHER_TOKEN": "demo-pat"}
    assert cli("verify", "shop-junit.xml", env=token).code == 0
    done = cli("publish", "shop-junit.xml", "--build-number", "20261122.1", env=token)
    assert done.code == 0, done.output
    assert "13 tests read: 11 matched, 1 unmatched, 0 ambiguous, 1 skipped" in done.stdout


def uncommented(text: str, section: str) -> str:
    """The file with the comment sign of one section at its left edge taken away."""
    lines, inside = [], False
    for line in text.splitlines():
        inside = line == f"# {section}:" or (inside and line.startswith("#  "))
        lines.append(line.removeprefix("# ") if inside else line)
    return "\n".join(lines) + "\n"


def test_without_a_terminal_every_flag_that_is_missing_is_named(cli, tmp_path):
    done = cli("init")
    assert done.code == 2
    for name in ("--organization-url", "--project", "--plan", "ADO_PUBLISHER_TOKEN"):
        assert name in done.stderr
    assert list(tmp_path.glob("*.yml")) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--project", "Shap", "--plan", "10"), "did you mean 'Shop'"),
        (("--project", "Shop", "--plan", "Relase 1"), "did you mean 'Release 1'"),
        (("--project", "Shop", "--plan", "10", "--suite", "Logn", "--suite", "Pay"), "did you mean 'Login'"),
        (("--project", "Shop", "--plan", "10", "--configuration", "Bear"), "did you mean 'Bare'"),
        (("--project", "Other", "--plan", "10"), "no test plan with id or name '10'"),
    ],
)
def test_a_name_that_leads_nowhere_writes_nothing(emulator, shop, init, tmp_path, arguments, told):
    done = init(emulator(shop), *arguments)
    assert done.code == 2
    assert told in done.stderr
    assert left_in(tmp_path) == set()


def test_a_file_is_overwritten_only_when_told_to(emulator, shop, init, tmp_path):
    service = emulator(shop)
    (tmp_path / "own.yml").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.yml").symlink_to("nowhere")
    flags = ("--project", "Shop", "--plan", "10", "--output")
    for name, reason in (
        ("own.yml", "--force overwrites it"),
        ("link.yml", "--force overwrites it"),
        ("folder", "is a folder"),
        ("missing/a.yml", "cannot be written"),
    ):
        done = init(service, *flags, name)
        assert (done.code, reason in done.stderr) == (2, True), done.output
    assert (tmp_path / "own.yml").read_text() == "mine"
    done = init(service, *flags, "own.yml", "--force")
    assert done.code == 0, done.output
    assert "ado-publisher verify --config own.yml" in done.stdout
    assert written(tmp_path, "own.yml")["version"] == 1
    assert left_in(tmp_path) == {"own.yml", "folder", "link.yml"}
    assert (tmp_path / "own.yml").stat().st_mode & 0o777 == 0o644


def test_a_refused_credential_ends_with_4_and_no_file(emulator, shop, init, tmp_path):
    done = init(emulator(shop), "--project", "Shop", "--plan", "10", env={"ADO_PUBLISHER_TOKEN": "wrong-pat"})
    assert done.code == 4
    assert "ADO_PUBLISHER_TOKEN" in done.stderr
    assert "wrong-pat" not in done.output
    assert left_in(tmp_path) == set()


@pytest.mark.off_contract
def test_projects_that_may_not_be_listed_are_taken_as_they_are_named(emulator, shop, init, tmp_path):
    service = emulator(shop)
    service.faults([{"path": "_apis/projects", "times": 0, "status": 403, "body": '{"message": "no"}'}])
    assert init(service, "--project", "Shop", "--plan", "10").code == 0
    assert written(tmp_path)["azure_devops"]["project"] == "Shop"
    assert init(service, "--project", "Shap", "--plan", "10", "--force").code == 2


def test_words_that_name_a_plan_anew_each_time_stay_words(emulator, shop, init, tmp_path):
    done = init(emulator(shop), "--project", "Shop", "--plan", "@latest", "--plan", "Release 0")
    assert done.code == 0, done.output
    assert written(tmp_path)["publish"] == {"plan": ["@latest", "Release 0"]}


def test_long_lists_are_cut_in_the_comments_and_read_to_their_end(emulator, init, tmp_path):
    shop = {
        "name": "Shop",
        "configurations": [{"id": n, "name": f"C {n}"} for n in range(1, 301)],
        "plans": [{"id": 1000 + 2 * n, "name": f"Plan {n}"} for n in range(300)]
        + [{"id": 9000, "name": "Big", "suites": [{"id": 10_000 + n, "name": f"S {n}"} for n in range(300)]}],
    }
    service = emulator({"projects": [*({"name": f"A {n}"} for n in range(300)), shop]})
    done = init(service, "--project", "Shop", "--plan", "Big", "--suite", "S 299", "--configuration", "C 300")
    assert done.code == 0, done.output
    assert written(tmp_path)["publish"] == {
        "plan": "Big",
        "suites": ["S 299"],
        "configurations": ["C 300"],
    }
    text = (tmp_path / "ado-publisher.yml").read_text()
    for told in ("… and 280 more test plans", "… and 200 more suites", "… and 250 more configurations"):
        assert told in text


def test_a_katalon_project_is_named_and_what_it_says_stands_beside_it(emulator, shop, init, tmp_path):
    folder = tmp_path / "katalon"
    settings(
        folder,
        testPlan={"id": 10, "name": "Release 1"},
        integratedProject={"id": "", "name": "Shop"},
        testConfigurationMappings=[{"os": "Windows", "platform": "Chrome", "azureTestConfigurationId": 1}],
        executionStatusMappings=[{"katalonStatus": "ERROR", "azureStatus": "Failed"}],
        token="katalons-secret",
    )
    case(folder, "A", case_text("101"))
    service = emulator(shop)
    done = init(service, "--katalon-project", "katalon")
    assert done.code == 0, done.output
    assert written(tmp_path) == {
        "version": 1,
        "azure_devops": {"organization_url": service.url, "project": "Shop"},
        "publish": {"katalon_project": "katalon"},
    }
    text = (tmp_path / "ado-publisher.yml").read_text()
    assert "katalons-secret" not in text
    for told in ("plan: 10", "configuration 1", "Error is published as Failed", "10 'Release 1'"):
        assert told in text
    done = init(service, "--katalon-project", "katalon", "--plan", "Release 0", "--force")
    assert written(tmp_path)["publish"] == {"katalon_project": "katalon", "plan": "Release 0"}


def test_no_secret_of_the_environment_gets_into_the_file(emulator, shop, init, tmp_path):
    service = emulator({**shop, "token": "very-secret-pat"})
    done = init(service, "--project", "Shop", "--plan", "10", env={"ADO_PUBLISHER_TOKEN": "very-secret-pat"})
    assert done.code == 0
    assert "very-secret-pat" not in (tmp_path / "ado-publisher.yml").read_text() + done.output


def test_a_config_that_is_there_already_is_not_read(emulator, shop, init, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text("broken: [")
    done = init(emulator(shop), "--project", "Shop", "--plan", "10", "--output", "new.yml")
    assert done.code == 0, done.output
    assert config.load(tmp_path / "new.yml", {}).options["plan"].value == "Release 1"
