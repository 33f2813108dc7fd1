"""Speaking to the CI host: masks, annotations, outputs, the job's summary.

Nothing here may fail a publish that worked: what cannot be written is warned about.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

import click

from ado_publisher import ci
from ado_publisher.cli.text import harmless

# GitHub drops a step's summary whole when it is larger than 1 MiB.
MAX_SUMMARY = 1024 * 1024
_CUT = "\n\n… cut here, because the host shows no more than 1 MiB.\n"


def mask(host: ci.CiHost, secrets: tuple[str, ...], *, stdout_is_data: bool = False) -> None:
    """Have the host hide these texts; to be called before anything else is printed.

    Hosts read commands from both streams; where standard output is data it holds nothing else.
    """
    for line in ci.mask_lines(host, secrets):
        click.echo(line, err=stdout_is_data)


def annotate(host: ci.CiHost, level: str, message: str) -> None:
    """Show an `error` or a `warning` on the host's pages. Standard output stays for data."""
    told = "\n".join(harmless(line) for line in message.splitlines())
    if line := ci.issue_line(host, level, told):
        click.echo(line, err=True)


def set_outputs(host: ci.CiHost, values: Mapping[str, object]) -> None:
    """Give later steps these values, by the names of `ci.output_names`; None is empty."""
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    for line in ci.output_lines(host, texts):
        click.echo(line)
    if host.output_file:
        _append(
            host,
            Path(host.output_file),
            ci.output_text(texts, f"ado_publisher_{uuid.uuid4().hex}"),
            "outputs",
        )


def show_summary(host: ci.CiHost, markdown: str) -> None:
    """Show the Markdown on the job's page, where the host has one. It must be harmless already."""
    text = _cut_to(markdown, MAX_SUMMARY)
    if host.summary_file:
        _append(host, Path(host.summary_file), text, "summary")
    elif host.kind is ci.HostKind.AZURE and (path := _summary_file(host, text)):
        click.echo(ci.summary_line(host, str(path)))


def _summary_file(host: ci.CiHost, text: str) -> Path | None:
    """The agent reads the file after we are gone, so it stays."""
    folder = host.temporary_folder if Path(host.temporary_folder or "/nowhere").is_dir() else None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix="ado-publisher-", suffix=".md", delete=False
        ) as file:
            file.write(text)
        # In a container we are another user than the agent that reads it.
        Path(file.name).chmod(0o644)
    except OSError as error:
        warn(
            host, f"the summary could not be written to {folder or 'the temporary folder'}: {error.strerror}"
        )
        return None
    return Path(file.name)


def _append(host: ci.CiHost, path: Path, text: str, what: str) -> None:
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        warn(host, f"the {what} could not be written to {path}: {error.strerror}")


def warn(host: ci.CiHost, message: str) -> None:
    """Tell a warning on standard error, and on the host's pages."""
    told = harmless(message)
    click.echo(f"warning: {told}", err=True)
    annotate(host, "warning", told)


def _cut_to(text: str, limit: int) -> str:
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return text
    return encoded[: limit - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT
