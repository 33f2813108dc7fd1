"""The command line: the only room that prints, reads the environment or picks an exit code.

Commands live in modules of their own and are imported when they are called, so that
`--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec

import click

from ado_publisher import __version__
from ado_publisher.errors import ExitCode, PublisherError

COMMANDS: dict[str, tuple[str, str]] = {
    "publish": ("ado_publisher.cli.publish:command", "Publish test reports to Azure DevOps Test Plans."),
    "inspect": ("ado_publisher.cli.inspect:command", "Show what reports say, without publishing anything."),
    "validate": ("ado_publisher.cli.validate:command", "Check the config file, offline."),
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
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the command that was probably meant."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            close = get_close_matches(args[0], known, n=1)
            hint = f" - did you mean {close[0]!r}?" if close else f"; commands are {', '.join(known)}"
            raise click.UsageError(f"No such command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, so that help imports none of them."""
        if rows := [(name, COMMANDS[name][1]) for name in self.list_commands(ctx)]:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    name="ado-publisher",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="ado-publisher")
def group() -> None:
    """A test report goes in, the truth about it stands in Azure DevOps Test Plans."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; errors are told on standard error.

    Without any argument it publishes when a CI host passes inputs, and shows help when none does.
    """
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except PublisherError as error:
        _tell(str(error))
        return int(error.exit_code)
    except click.UsageError as error:
        _tell(_usage(error))
        return int(ExitCode.SETTINGS)
    except click.ClickException as error:
        _tell(error.format_message())
        return int(ExitCode.SETTINGS)
    except (KeyboardInterrupt, click.Abort):
        _tell("interrupted")
        return 130
    except BrokenPipeError:
        # The reader left; so must the interpreter's own flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return int(ExitCode.OK)


def _run(arguments: list[str]) -> int:
    if not arguments:
        from ado_publisher.inputs import any_input

        arguments = ["publish"] if any_input(os.environ) else ["--help"]
    result = group.main(arguments, prog_name="ado-publisher", standalone_mode=False)
    sys.stdout.flush()
    return result if isinstance(result, int) else int(ExitCode.OK)


def _usage(error: click.UsageError) -> str:
    message = error.format_message()
    if error.ctx is None:
        return message
    return f"{message}\nTry '{error.ctx.command_path} --help'."


def _tell(message: str) -> None:
    click.echo(f"error: {message}", err=True)
