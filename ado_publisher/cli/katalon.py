"""A Katalon project beside the config: what it says holds wherever the config says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ado_publisher import inputs
from ado_publisher.config import Config
from ado_publisher.errors import SettingsError

_MOST = 20


def with_katalon(config: Config, flags: Mapping[str, object], environ: Mapping[str, str]) -> Config:
    """The config with the settings and bindings of the Katalon project that flag, variable or config names.

    Raises SettingsError that names the option when the folder is no Katalon project.
    """
    folder, source = _named(config, flags, environ)
    if not folder:
        return config
    # Slow to import, and needed only where there is a project.
    from ado_publisher import katalon

    try:
        project = katalon.read_project(Path(folder))
    except SettingsError as error:
        raise SettingsError(f"katalon-project: {error} ({source})") from error
    problems = [*project.problems[:_MOST]]
    if left := len(project.problems) - len(problems):
        problems.append(f"{folder}: {left} more problems; `ado-publisher verify` lists all")
    return replace(
        config,
        options={**katalon.options_of(project), **config.options},
        statuses={**katalon.statuses_of(project), **config.statuses},
        configurations=config.configurations or katalon.configuration_rules_of(project),
        bindings=katalon.bindings_of(project),
        switched_off=katalon.obeyed(project),
        warnings=(*config.warnings, *katalon.warnings_of(project), *problems),
    )


def _named(config: Config, flags: Mapping[str, object], environ: Mapping[str, str]) -> tuple[str, str]:
    """The folder and what names it, the strongest first; what is wrong with a value `resolve` tells."""
    if (flag := flags.get("katalon_project")) is not None:
        return str(flag).strip(), "--katalon-project"
    given = inputs.read(environ).given.get("katalon-project") or config.options.get("katalon-project")
    return (str(given.value).strip(), given.source) if given else ("", "")
