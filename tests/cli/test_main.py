"""The command line as a person meets it: help, mistakes, exit codes, closed pipes."""

from __future__ import annotations

import subprocess
import sys
import time

import click
import pytest
from support.process import clean_environment

from ado_publisher import __version__, errors
from ado_publisher import cli as command_line

SECRET = "pat-1234567890abcdef"
HEAVY = (
    "requests",
    "rich",
    "jsonschema",
    "yaml",
    "lxml",
    "orjson",
    "importlib.metadata",
    "ado_publisher.emulator",
)


def test_without_arguments_and_inputs_it_shows_help(cli):
    done = cli()
    assert done.code == 0
    assert "Usage: ado-publisher" in done.stdout
    assert done.stderr == ""


def test_without_arguments_but_with_inputs_it_publishes(cli):
    """GitHub and Azure pass every input, also empty ones, and no argument."""
    done = cli(env={"INPUT_ORGANIZATION-URL": "", "INPUT_PLAN": "7"})
    assert done.code == 2
    assert "organization-url: is missing" in done.stderr
    assert "plan: is missing" not in done.stderr


def test_help_names_every_command_whose_module_is_there(cli):
    told = cli("--help").stdout
    for name, (_, text) in command_line.COMMANDS.items():
        assert name in told
        assert text in told


def test_help_imports_no_command_and_nothing_heavy(tmp_path):
    program = (
        "import sys\nfrom ado_publisher.cli import main\nmain(['--help'])\n"
        "print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=clean_environment(tmp_path),
        check=True,
    )
    loaded = set(done.stderr.split())
    assert loaded.isdisjoint(HEAVY)
    assert not [name for name in loaded if name.startswith("ado_publisher.cli.")]


@pytest.mark.slow
def test_help_answers_at_once(cli):
    def seconds():
        start = time.perf_counter()
        cli("--help")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.2


def test_help_of_publish_names_the_credentials_variables(cli):
    told = " ".join(cli("publish", "--help").stdout.split())
    assert (
        "token: ADO_PUBLISHER_TOKEN, ADO_PUBLISHER_TOKEN_FILE, SYSTEM_ACCESSTOKEN, AZURE_DEVOPS_EXT_PAT"
        in told
    )
    assert "--token" not in told


def test_version_is_the_packages(cli):
    assert cli("--version").stdout.strip() == f"ado-publisher, version {__version__}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["publsh"], "No such command 'publsh' - did you mean 'publish'?"),
        (["zzz"], "commands are publish"),
        (["publish", "--piont", "all"], "Did you mean"),
        (["validate", "--config"], "requires an argument"),
        (["validate", "surplus"], "unexpected extra argument"),
        (["--zzz"], "No such option"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2_and_a_hint(cli, arguments, told):
    done = cli(*arguments)
    assert done.code == 2
    assert done.stderr.startswith("error: ")
    assert told in done.stderr
    assert "--help'" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("option", ["--token", "--pat", "--password"])
@pytest.mark.parametrize("form", [lambda option: [option, SECRET], lambda option: [f"{option}={SECRET}"]])
def test_a_credential_as_a_flag_is_refused_and_not_repeated(cli, option, form):
    done = cli("publish", *form(option))
    assert done.code == 2
    assert "set ADO_PUBLISHER_TOKEN instead" in done.stderr
    assert SECRET not in done.output


def test_an_error_cannot_speak_to_the_ci_host(cli):
    done = cli("##vso[task.complete result=Succeeded;]\x1b[2J", env={"TF_BUILD": "True"})
    assert "\x1b" not in done.output
    commands = [line for line in done.output.splitlines() if "##vso[" in line]
    assert [line.count("##vso[") for line in commands] == [1]
    assert commands[0].startswith("##vso[task.logissue type=error]")


def test_an_error_is_shown_on_githubs_page(cli):
    done = cli("zzz", env={"GITHUB_ACTIONS": "true"})
    assert "\n::error::No such command 'zzz'" in done.stderr
    assert done.stdout == ""


def test_a_reader_that_leaves_is_no_failed_test(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "ado_publisher", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(tmp_path),
    )
    process.stdout.close()
    with process.stderr as stream:
        assert stream.read() == b""
    assert process.wait() == command_line.PIPE_CLOSED


@pytest.fixture
def ending_in(monkeypatch):
    """`ending_in(error)`: what `main` returns when a command raises it."""

    def run(error):
        def fail():
            raise error

        command = click.Command("fails", callback=fail)
        monkeypatch.setattr(command_line.LazyGroup, "list_commands", lambda self, ctx: ["fails"])
        monkeypatch.setattr(command_line.LazyGroup, "get_command", lambda self, ctx, name: command)
        return command_line.main(["fails"])

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SettingsError("x"), 2),
        (errors.ReportError("a.xml", "x", 3), 3),
        (errors.ServiceError("x"), 4),
        (errors.CredentialError("x"), 4),
        (errors.Unreachable("x"), 4),
        (KeyboardInterrupt(), 130),
        (PermissionError(13, "Permission denied", "out.json"), 2),
        (click.FileError("f", "x"), 2),
        (click.Abort(), 130),
    ],
)
def test_every_error_ends_in_its_own_exit_code(ending_in, capsys, error, code):
    assert ending_in(error) == code
    assert capsys.readouterr().err.startswith("error: ")


def test_what_nobody_foresaw_keeps_its_traceback(ending_in):
    with pytest.raises(ZeroDivisionError):
        ending_in(ZeroDivisionError())


def test_the_entry_point_and_the_module_are_one_program(root, tmp_path):
    done = [
        subprocess.run(
            [sys.executable, *how, "--version"],
            capture_output=True,
            text=True,
            cwd=root,
            env=clean_environment(tmp_path),
            check=True,
        ).stdout
        for how in (["entrypoint.py"], ["-m", "ado_publisher"])
    ]
    assert done[0] == done[1]
