"""The settings file of Katalon's Azure DevOps integration, read into `AzureSettings`.

Keys, defaults and values: katalon.md section 1. Keys that are not in the table below, the credential
among them, are dropped while reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ado_publisher.katalon import values
from ado_publisher.katalon.content import AzureSettings
from ado_publisher.katalon.properties import Entry, entries
from ado_publisher.values import shown

FILE = "settings/external/com.kms.katalon.integration.azure.properties"
MAX_BYTES = 4 * 1024**2  # the cached lists of plans and projects stand in it too

_PREFIX = "submitOptions."


@dataclass(frozen=True, slots=True)
class _Key:
    """One key: the fields it fills and how its value is read. `rows` yields rows and problems."""

    fields: tuple[str, ...]
    read: Callable[[Any], Any]
    rows: bool = False
    # A credential that was pasted into the address comes out in no message.
    hidden: bool = False


_KEYS = {
    "enableIntegration": _Key(("enabled",), values.boolean),
    "serverUrl": _Key(("server_url",), values.server_url, hidden=True),
    "integratedProject": _Key(("project_id", "project_name"), values.named),
    "executionStatusMappings": _Key(("statuses",), values.statuses, rows=True),
    "testConfigurationMappings": _Key(("configurations",), values.configurations, rows=True),
    "testPlan": _Key(("plan_id", "plan_name"), values.plan),
    "autoSubmitTestRun": _Key(("auto_submit",), values.boolean),
    "testRunName": _Key(("run_name",), values.text),
    "enableSubmitMultiTestPoints": _Key(("several_points",), values.boolean),
    "definitionId": _Key(("build_definition",), values.definition),
    "buildDefinitionId": _Key(("build_definition",), values.definition),
    "releaseDefinitionId": _Key(("release_definition",), values.definition),
    "enableIncludeAttachment": _Key(("include_attachments",), values.boolean),
    "attachmentSendingType": _Key(("attachment_sending",), values.sending),
    "attachFileTypes": _Key(("attachment_types",), values.types),
}
_WANTED = frozenset(_KEYS) | {_PREFIX + key for key in _KEYS}


def read_settings(project: Path) -> tuple[AzureSettings | None, list[str]]:
    """The project's settings, None where no file can be read, and what is wrong, each with its place."""
    path = project / FILE
    try:
        if not path.is_file():
            return None, [f"{path} does not exist: only the ids in the test cases are used"]
        if not path.resolve().is_relative_to(project.resolve()):
            return None, [f"{path} is a link out of the project: not read"]
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError up to Python 3.12
        reason = error.strerror if isinstance(error, OSError) else "a link that leads to itself"
        return None, [f"{path} cannot be read: {reason}"]
    if len(content) > MAX_BYTES:
        return None, [f"{path} is larger than {MAX_BYTES:,} bytes: not read"]
    return settings_in(content, str(path))


def settings_in(content: bytes, file: str) -> tuple[AzureSettings, list[str]]:
    """The settings in the content of the file that messages call `file`."""
    found, bad = entries(content, _WANTED)
    problems = [
        (line, f"{file}:{line}: a \\u without four hexadecimal digits; the entry is not used") for line in bad
    ]
    fields: dict[str, Any] = {}
    lines: dict[str, int] = {}
    # Of two keys for one field the newer name, which stands later in the table, decides.
    for key, rules in _KEYS.items():
        entry = found.get(_PREFIX + key) or found.get(key)
        if entry is None:
            continue
        lines[key] = entry.line
        told: list[str] = []
        fields.update(zip(rules.fields, _read(rules, entry, told), strict=False))
        problems += [(entry.line, f"{file}:{entry.line}: {key} {text}") for text in told]
    return AzureSettings(file, **fields, lines=lines), [text for _, text in sorted(problems)]


def _read(rules: _Key, entry: Entry, told: list[str]) -> Iterable[Any]:
    """A value for each of the key's fields; none at all when it cannot be read, and why in `told`."""
    try:
        value = values.decoded(entry.value)
        if rules.rows:
            return (tuple(_sorted_out(rules.read(value), told)),)
        read = rules.read(value)
    except ValueError as error:
        told.append(str(error) if rules.hidden else f"{shown(entry.value)} {error}")
        return ()
    return read if len(rules.fields) > 1 else (read,)


def _sorted_out(rows: Iterable[Any], told: list[str]) -> Iterator[Any]:
    for row in rows:
        if isinstance(row, str):
            told.append(row)
        else:
            yield row
