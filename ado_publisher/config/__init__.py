"""The config file: YAML, held against schemas/ado-publisher.schema.json, with every problem at once.

What is an option too (`azure_devops`, `publish`, `attachments.when`) is handed to
`settings.resolve`, which knows what may override it; the rest is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ado_publisher.config.content import BugFields, CaseFinding, Config, ConfigurationNames, ReportSource
from ado_publisher.errors import ConfigError, ConfigProblem, SettingsError
from ado_publisher.options import DEFAULT_CONFIGS
from ado_publisher.values import shown

__all__ = ["BugFields", "CaseFinding", "Config", "ConfigurationNames", "ReportSource", "find", "load"]

_MAX_BYTES = 1024 * 1024


def find(named: str, folder: Path) -> Path | None:
    """The config file: the one that is named, else the one in the folder, else None.

    Raises SettingsError when both default names are there: nobody could tell which one counts.
    """
    if named:
        return Path(named)
    present = [folder / name for name in DEFAULT_CONFIGS if (folder / name).is_file()]
    if len(present) > 1:
        raise SettingsError(
            f"{' and '.join(DEFAULT_CONFIGS)} are both here; keep one, or name one with --config"
        )
    return Path(present[0].name) if present else None


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check a config file; `${env:NAME}` is replaced from `environ`.

    Raises ConfigError with every problem of the file, SettingsError when it cannot be read.
    """
    # The parser and the validator are slow to import, and needed only where there is a config.
    from ado_publisher.config.build import build

    return build(_text(path), str(path), environ)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise SettingsError(f"config: {shown(str(path))} cannot be read: {reason}; check --config") from error
    if len(content) > _MAX_BYTES:
        raise ConfigError(str(path), [ConfigProblem(1, "", "the file is larger than 1 MiB")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(str(path), [ConfigProblem(line, "", "a byte that is not UTF-8")]) from error
