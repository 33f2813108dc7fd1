"""`validate`: the config file alone, offline."""

from __future__ import annotations

import os

import click

from ado_publisher.ci import detect
from ado_publisher.cli.context import load_config
from ado_publisher.cli.host import warn
from ado_publisher.cli.options import options_of
from ado_publisher.cli.text import harmless
from ado_publisher.config import Config
from ado_publisher.errors import ConfigError, ConfigProblem, SettingsError
from ado_publisher.options import DEFAULT_CONFIGS
from ado_publisher.reports import formats
from ado_publisher.values import Given, none_of, shown


@click.command("validate")
@options_of("validate")
def command(config: str | None) -> int:
    """Check the config file against its schema and say what it sets; nothing is sent anywhere.

    Every problem of the file is told at once, with its line. Exit code 2 when there is one.
    """
    found = load_config({"config": config}, os.environ)
    if not found.file:
        raise SettingsError(
            f"there is no config to check: no {' and no '.join(DEFAULT_CONFIGS)} here, and no --config"
        )
    _check_formats(found)
    click.echo(f"{harmless(found.file)}: valid")
    for line in _summary(found):
        click.echo(f"  {harmless(line)}")
    for warning in found.warnings:
        warn(detect(os.environ), warning)
    return 0


def _check_formats(found: Config) -> None:
    """Raise ConfigError for formats that no reader has; the config does not know the readers."""
    said = [(f"reports[{index}].format", each.format, each.label) for index, each in enumerate(found.reports)]
    if "format" in found.options:
        given = found.options["format"]
        said.append(("publish.format", str(given.value), given.source))
    known = ("auto", *formats())
    problems = [
        ConfigProblem(int(label.rpartition(":")[2]), place, f"{shown(name)} {none_of(name, known)}")
        for place, name, label in said
        if name not in known
    ]
    if problems:
        raise ConfigError(found.file, sorted(problems, key=lambda problem: problem.line))


def _summary(found: Config) -> list[str]:
    lines = [f"{name}: {_shown(given)}" for name, given in found.options.items()]
    if found.reports:
        lines.append(f"reports: {', '.join(f'{each.path} ({each.format})' for each in found.reports)}")
    counts = {
        "test case rules": len(found.test_cases.rules),
        "status mappings": len(found.statuses),
        "configuration rules": len(found.configurations),
    }
    return lines + [f"{name}: {count}" for name, count in counts.items() if count]


def _shown(given: Given) -> str:
    return ", ".join(given.value) if isinstance(given.value, tuple) else str(given.value)
