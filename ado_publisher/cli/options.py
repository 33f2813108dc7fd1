"""Command line flags made from the table of options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ado_publisher.options import OPTIONS, Kind, Option

Command = TypeVar("Command", bound=Callable[..., Any])


def options_of(command: str) -> Callable[[Command], Command]:
    """Give a command every flag the table lists for it.

    The command receives them by field name, absent ones as None or (); nothing is checked
    here, because `settings.resolve` tells all problems of all sources at once.
    """

    def decorate(function: Command) -> Command:
        for option in reversed([option for option in OPTIONS if command in option.commands]):
            function = _parameter(option)(function)
        return function

    return decorate


publish_options = options_of("publish")


def _parameter(option: Option) -> Callable[[Command], Command]:
    if option.secret:
        return lambda function: function
    if option.positional:
        return click.argument(option.field, nargs=-1, metavar=f"[{option.metavar}]...")
    if option.kind is Kind.FLAG:
        names = f"--{option.name}/--no-{option.name}" if option.negatable else f"--{option.name}"
        # flag_value keeps an absent flag None rather than False.
        return click.option(names, option.field, is_flag=True, default=None, help=help_text(option))
    return click.option(
        f"--{option.name}",
        option.field,
        type=str,
        default=None,
        multiple=option.multiple,
        metavar=option.metavar or "|".join(option.choices),
        help=help_text(option),
    )


def variables_text(command: str) -> str | None:
    """What has no flag to be explained at: the credential's variables and the files'."""
    told = [
        f"{option.name}: {', '.join((option.variable, f'{option.variable}_FILE', *option.fallbacks))}"
        for option in OPTIONS
        if option.secret and command in option.commands
    ]
    told += [
        f"{option.name}: {option.variable}"
        for option in OPTIONS
        if option.positional and command in option.commands
    ]
    return f"Environment without a flag: {'; '.join(told)}." if told else None


def help_text(option: Option) -> str:
    """Help, default and variable, as `--help` shows them."""
    return f"{option.summary} [env: {option.variable}]"
