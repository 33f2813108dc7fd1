"""The image as its users start it: as a GitHub action, hardened, as an emulator, as a demo."""

from __future__ import annotations

import re
import subprocess
import time

import pytest
import yaml

from .conftest import HARDENED, RUNNER, TOKEN, assert_kept_secret, completed

FACTS = {"run-id": "1", "total": "13", "passed": "8", "failed": "4", "unmatched": "1"}


def outputs(text: str) -> dict[str, str]:
    """A GITHUB_OUTPUT file as the runner reads it; anything that is no output fails."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, marker, delimiter = line.partition("<<")
        assert marker, f"no output: {line!r}"
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found


@pytest.fixture
def as_action(engine, workspace, root, tmp_path, owned):
    """`as_action(**inputs)` starts the image as GitHub's runner starts a container action.

    As root, with every input of action.yml in the environment, those left out as empty text.
    """
    commands = tmp_path / "file_commands"
    home = tmp_path / "home"
    for folder in (commands, home):
        folder.mkdir()
    for name in ("set_output_1", "step_summary_1"):
        (commands / name).touch()
    for folder in (commands, home):
        owned(folder)

    def start(host: dict[str, str] | None = None, **inputs: str):
        declared = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))["inputs"]
        given = {f"INPUT_{name.upper()}": inputs.pop(name.replace("-", "_"), "") for name in declared}
        assert not inputs
        environment = given | {
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "HOME": "/github/home",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_OUTPUT": "/github/file_commands/set_output_1",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/step_summary_1",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_RUN_ID": "123456",
            "GITHUB_RUN_NUMBER": "77",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_JOB": "e2e",
            "GITHUB_REF_NAME": "main",
            "RUNNER_WORKSPACE": "/home/runner/work/shop",
            **(host or {}),
        }
        mounted = {
            home: "/github/home",
            commands: "/github/file_commands",
            workspace: "/github/workspace",
        }
        options = ["--label", "abc123", "--workdir", "/github/workspace", "--rm"]
        options += [part for outside, path in mounted.items() for part in ("-v", f"{outside}:{path}")]
        done = engine.run(options, env=environment)
        return done, outputs((commands / "set_output_1").read_text()), (commands / "step_summary_1")

    return start


def test_a_github_action_publishes_by_its_inputs_alone(as_action, shop, workspace, command_lines):
    report = workspace / "shop-junit.xml"
    inside = "/home/runner/work/shop/shop/screenshots/locked-account.png"
    report.write_text(report.read_text().replace("|screenshots/locked-account.png]", f"|{inside}]"))
    done, given, summary = as_action(
        files="shop-junit.xml", organization_url=shop.url, token=TOKEN, build_number="20261122.1"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = completed(shop)
    assert run["build_id"] == 41
    assert "https://github.com/acme/shop/actions/runs/123456" in run["comment"]
    # The report names the runner's folder; the workspace is mounted elsewhere.
    names = [each["name"] for result in run["results"] for each in result["attachments"]]
    assert "locked-account.png" in names
    assert [each["name"] for each in run["attachments"]].count("ci-context.json") == 1
    assert given == FACTS | {"run-url": given["run-url"]}
    assert given["run-url"].startswith(shop.root_url)
    assert "| 13 | 11 | 1 | 0 | 1 |" in summary.read_text(encoding="utf-8")
    assert done.stdout.splitlines()[0] == f"::add-mask::{TOKEN}"
    assert_kept_secret(done.stdout + done.stderr, command_lines, mask=f"::add-mask::{TOKEN}")
    assert TOKEN not in summary.read_text(encoding="utf-8")


def test_an_action_that_is_set_up_wrongly_says_so_and_exits_with_2(as_action, shop):
    done, given, _ = as_action(files="shop-junit.xml", organization_url=shop.url, token=TOKEN, points="none")
    assert done.returncode == 2
    assert re.search(r"^::error::.*points", done.stderr, re.MULTILINE)
    assert given == {}
    assert shop.state()["runs"] == []


def test_any_account_publishes_without_rights_and_keeps_its_journal(engine, workspace, shop, command_lines):
    mounted = ["-v", f"{workspace}:{workspace}", "-w", str(workspace)]
    environment = {"ADO_PUBLISHER_TOKEN": TOKEN, "ADO_PUBLISHER_ORGANIZATION_URL": shop.url}
    command = ("publish", "shop-junit.xml", "--build-number", "20261122.1", "--report-json", "facts.json")
    done = engine.run([*HARDENED, *mounted], *command, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    completed(shop)
    for name in (".ado-publisher/journal.sqlite", "facts.json"):
        assert (workspace / name).stat().st_uid == RUNNER
    assert_kept_secret(done.stdout + done.stderr, command_lines)


def test_a_token_may_be_a_mounted_file(engine, workspace, shop, tmp_path, command_lines):
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n")
    secret.chmod(0o644)
    mounted = ["-v", f"{workspace}:/work", "-w", "/work", "-v", f"{secret}:/run/secrets/ado:ro"]
    environment = {
        "ADO_PUBLISHER_TOKEN_FILE": "/run/secrets/ado",
        "ADO_PUBLISHER_ORGANIZATION_URL": shop.url,
        "GITHUB_ACTIONS": "true",
    }
    done = engine.run([*HARDENED, *mounted], "publish", env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    completed(shop)
    assert done.stdout.splitlines()[0] == f"::add-mask::{TOKEN}"
    assert_kept_secret(done.stdout + done.stderr, command_lines, mask=f"::add-mask::{TOKEN}")


def test_a_workspace_that_cannot_be_written_is_no_obstacle(engine, workspace, shop):
    mounted = ["-v", f"{workspace}:/work:ro", "-w", "/work"]
    environment = {"ADO_PUBLISHER_TOKEN": TOKEN, "ADO_PUBLISHER_ORGANIZATION_URL": shop.url}
    done = engine.run([*HARDENED, *mounted], "publish", env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No journal can be written" in done.stderr
    completed(shop)


def test_exit_codes_and_help_pass_through(engine):
    assert engine.run([*HARDENED, "--network", "none"], "--version").returncode == 0
    wrong = engine.run(HARDENED, "publish", "--no-such-option")
    assert wrong.returncode == 2
    assert "--no-such-option" in wrong.stderr
    shown = engine.run(HARDENED)
    assert (shown.returncode, "publish" in shown.stdout) == (0, True)


def test_the_demo_runs_without_rights(engine):
    done = engine.run(HARDENED, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Run \d+ is Completed", done.stdout)


def test_the_emulator_serves_from_the_image_and_stops_on_sigterm(engine, tmp_path, workspace, owned):
    ready = tmp_path / "ready"
    ready.mkdir()
    owned(ready)
    name = f"ado-publisher-test-{time.time_ns()}"
    command = ("emulator", "--seed", "/app/examples/junit/seed.yml", "--ready-file", "/ready/url")
    started = engine.run([*HARDENED, "-d", "--name", name, "-v", f"{ready}:/ready"], *command)
    assert started.returncode == 0, started.stderr
    try:
        deadline = time.monotonic() + 60
        while not (ready / "url").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        url = (ready / "url").read_text().strip()
        environment = {"ADO_PUBLISHER_TOKEN": "demo-pat", "ADO_PUBLISHER_ORGANIZATION_URL": url}
        mounted = ["-v", f"{workspace}:/work", "-w", "/work"]
        done = engine.run([*HARDENED, *mounted], "publish", env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        began = time.monotonic()
        stop = [engine.program, "stop", "-t", "30", name]
        subprocess.run(stop, env=dict(engine.environment), capture_output=True, timeout=60, check=True)
    assert time.monotonic() - began < 20


def test_the_image_holds_no_tests_and_no_history(engine):
    # Only what it needs to run: nothing else can be wrong in it.
    listed = engine.run([*HARDENED, "--entrypoint", "ls"], "/app")
    found = {*listed.stdout.split()} - {"__pycache__"}
    assert found == {"ado_publisher", "entrypoint.py", "examples", "schemas"}
