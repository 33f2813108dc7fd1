"""The command line: the only room that prints, reads the environment or picks an exit code.

Commands live in modules of their own and are imported when they are called, so that
`--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper

import click

from ado_publisher import __version__
from ado_publisher.errors import ExitCode, PublisherError

NAME = "ado-publisher"
INTERRUPTED = 130
PIPE_CLOSED = 141
_CREDENTIALS = frozenset({"token", "pat", "password", "personal-access-token", "access-token"})

COMMANDS: dict[str, tuple[str, str]] = {
    "publish": ("ado_publisher.cli.publish:command", "Publish test reports to Azure DevOps Test Plans."),
    "resume": ("ado_publisher.cli.resume:command", "Finish what an interrupted publish began."),
    "run": ("ado_publisher.cli.run:command", "Open and close one test run for many jobs."),
    "inspect": ("ado_publisher.cli.inspect:command", "Show what reports say, without publishing anything."),
    "validate": ("ado_publisher.cli.validate:command", "Check the config file, offline."),
    "explain": (
        "ado_publisher.cli.explain:command",
        "Tell why a result reached its test points, or why not.",
    ),
    "verify": ("ado_publisher.cli.verify:command", "Before a run: check all that a publish would need."),
    "init": ("ado_publisher.cli.init:command", "Write a config from the project's plans and suites."),
    "sync": ("ado_publisher.cli.sync:command", "Keep a test plan and a TestRail suite equal."),
    "emulator": ("ado_publisher.cli.emulator:command", "Serve the embedded Azure DevOps."),
    "demo": ("ado_publisher.cli.demo:command", "The whole job against the embedded Azure DevOps."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports a command's module only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands whose module is there, in the order of the table."""
        del ctx
        return [name for name, (target, _) in COMMANDS.items() if find_spec(target.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; None for a name the table does not hold."""
        if cmd_name not in self.list_commands(ctx):
            return None
        from ado_publisher.cli.options import variables_text

        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        found.epilog = found.epilog or variables_text(cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the command that was probably meant."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            from ado_publisher.values import nearest

            hint = nearest(args[0], known) or f"; commands are {', '.join(known)}"
            raise click.UsageError(f"No such command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, so that help imports none of them."""
        if rows := [(name, COMMANDS[name][1]) for name in self.list_commands(ctx)]:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    name=NAME,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name=NAME)
def group() -> None:
    """A test report goes in, the truth about it stands in Azure DevOps Test Plans."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; errors are told on standard error.

    Without any argument it publishes when a CI host passes inputs, and shows help when none does.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A name in a report must not end the program on a console that cannot show it.
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except PublisherError as error:
        return _tell(str(error), error.exit_code)
    except click.UsageError as error:
        return _tell(_usage(error), ExitCode.SETTINGS)
    except click.ClickException as error:
        return _tell(error.format_message(), ExitCode.SETTINGS)
    except (KeyboardInterrupt, click.Abort):
        return _tell("interrupted", INTERRUPTED)
    except BrokenPipeError:
        return _reader_left()
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _tell(f"{place}{error.strerror or error}", ExitCode.SETTINGS)


def _run(arguments: list[str]) -> int:
    if not arguments:
        from ado_publisher.inputs import any_input

        arguments = ["publish"] if any_input(os.environ) else ["--help"]
    arguments = _without_katalons_names(arguments)
    try:
        # Not group.main: it makes exit code 1 of a closed pipe, which here means failed tests.
        with group.make_context(NAME, arguments) as context:
            result = group.invoke(context)
    except click.exceptions.Exit as left:
        result = left.exit_code
    sys.stdout.flush()
    return result if isinstance(result, int) else int(ExitCode.OK)


def _without_katalons_names(arguments: list[str]) -> list[str]:
    """Katalon's own arguments (`-adoPlanId=5`) as ours; a team that leaves Katalon keeps its command line."""
    if not any(argument.lower().startswith("-ado") for argument in arguments):
        return arguments
    from ado_publisher.cli.text import harmless
    from ado_publisher.katalon import translate_arguments

    translated, notes = translate_arguments(arguments)
    for note in notes:
        click.echo(f"note: {harmless(note)}", err=True)
    return translated


def _reader_left() -> int:
    # The interpreter flushes once more at its end, into the same closed pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return PIPE_CLOSED


def _usage(error: click.UsageError) -> str:
    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and error.option_name.lstrip("-").lower() in _CREDENTIALS:
        # Not even a hint that resembles it: whoever tried has a credential in the shell's history.
        message = f"No option {error.option_name}: a credential never is one; set ADO_PUBLISHER_TOKEN instead"
    return f"{message}\nTry '{error.ctx.command_path if error.ctx else NAME} --help'."


def _tell(message: str, code: int) -> int:
    """Print an error, show it on the CI host's page too, and hand the exit code on."""
    from ado_publisher.ci import detect
    from ado_publisher.cli.host import annotate
    from ado_publisher.cli.text import harmless_lines

    told = harmless_lines(message)
    click.echo(f"error: {told}", err=True)
    annotate(detect(os.environ), "error", told)
    return int(code)
