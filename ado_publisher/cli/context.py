"""The one way a command obtains its settings: flags, environment, config file and CI host together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ado_publisher import ci, config, inputs, reports, settings
from ado_publisher.cli import host as speaking
from ado_publisher.cli.katalon import with_katalon
from ado_publisher.config import Config
from ado_publisher.errors import SettingsError
from ado_publisher.settings import Settings
from ado_publisher.values import none_of, same_organization, shown


def gather(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    *,
    required: Collection[str] = (),
    stdout_is_data: bool = False,
) -> tuple[Settings, Config, ci.CiHost]:
    """Settings, config and host of a command; credentials are masked in the host's log first.

    `flags` is keyed by field name, `required` holds option names; the config's reports stand
    in for `files`. Raises SettingsError (or ConfigError) with every problem of every source.
    """
    host = ci.detect(environ)
    speaking.mask(host, inputs.secrets(environ), stdout_is_data=stdout_is_data)
    offered = ci.defaults(host)
    try:
        chosen = with_katalon(load_config(flags, environ), flags, environ)
    except SettingsError as wrong:
        _raise_with_the_rest(wrong, flags, environ, offered)
        raise
    needed = [name for name in required if not (name == "files" and chosen.reports)]
    known = {"format": [reports.AUTO, *reports.formats()]}
    found = settings.resolve(flags, environ, chosen.options, offered, required=needed, known=known)
    _refuse_unknown_formats(chosen, known["format"])
    _keep_the_pipelines_token(found, host)
    return found, chosen, host


def _keep_the_pipelines_token(found: Settings, host: ci.CiHost) -> None:
    """The pipeline's own token opens nothing elsewhere, and a checked-in config shall not carry it there."""
    own, wanted = host.organization_url, found.organization_url
    if (
        found.source("token") == "SYSTEM_ACCESSTOKEN"
        and own
        and wanted
        and not same_organization(own, wanted)
    ):
        raise SettingsError(
            f"--organization-url: {wanted} ({found.source('organization-url')}) is not the pipeline's own "
            f"{own}, and SYSTEM_ACCESSTOKEN is valid only there; give a token of that organization in "
            "ADO_PUBLISHER_TOKEN"
        )


def _refuse_unknown_formats(chosen: Config, known: list[str]) -> None:
    problems = [
        f"{source.label}: format {shown(source.format)} {none_of(source.format, known)}"
        for source in chosen.reports
        if source.format not in known
    ]
    if problems:
        raise SettingsError("\n  - ".join(["reports of the config cannot be read:", *problems]))


def load_config(flags: Mapping[str, object], environ: Mapping[str, str]) -> Config:
    """The config file that is named, or the default one, or none. Raises as `config.load` does."""
    named = flags.get("config")
    if named is None:
        given = inputs.read(environ).given.get("config")
        named = given.value if given else ""
    path = config.find(str(named), Path())
    return config.load(path, environ) if path else Config()


def _raise_with_the_rest(
    wrong: SettingsError,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    offered: Mapping[str, settings.Given],
) -> None:
    """What is wrong outside the config is told together with it; what it would have given is not missed."""
    try:
        settings.resolve(flags, environ, {}, offered)
    except SettingsError as more:
        raise SettingsError(f"{wrong}\n{more}") from wrong
