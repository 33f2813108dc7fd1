"""`demo`: the whole job on one machine, against the embedded Azure DevOps.

The example report is published by the real `publish` command in a process of its own, over HTTP,
with nothing of the caller's environment: a demo on a CI host must not take that host's settings.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from ado_publisher import resources
from ado_publisher.errors import ExitCode, PublisherError

if TYPE_CHECKING:
    from rich.table import Table

EXAMPLES = {
    "junit": "a JUnit suite with tags, data rows, two configurations and a flaky test",
    "katalon": "a Katalon collection with failures, a retry and screenshots",
}
BUILD_NUMBER = "20261122.1"
COLOURS = {"Passed": "green", "Failed": "red", "Error": "red"}

# What a child process needs to start at all; everything else could be a setting.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "PYTHONPATH")


class DemoError(PublisherError):
    """The demo's own publish did not work; the message holds what it said."""

    def __init__(self, code: int, said: str) -> None:
        told = code in set(ExitCode) - {ExitCode.OK, ExitCode.POLICY}
        self.exit_code = ExitCode(code) if told else ExitCode.SERVICE
        super().__init__(f"the demo's publish ended with exit code {code}:\n{said.strip()}")


@click.command("demo")
@click.option("--example", type=click.Choice(list(EXAMPLES)), default="junit", show_default=True,
              help="; ".join(f"{name}: {what}" for name, what in EXAMPLES.items()) + ".")  # fmt: skip
def command(example: str) -> int:
    """Publish an example to the embedded Azure DevOps, and show what became of it.

    In a terminal it stays up for a look at the pages until Ctrl-C; elsewhere it ends by itself.
    """
    from ado_publisher.emulator import Emulator

    source = resources.path(f"examples/{example}", "seed.yml").parent
    with (
        tempfile.TemporaryDirectory(prefix="ado-publisher-demo-") as folder,
        Emulator(seed_file=source / "seed.yml") as emulator,
    ):
        work = Path(folder) / "shop"
        shutil.copytree(source, work)
        click.echo(f"An Azure DevOps of your own is up: {emulator.url}")
        click.echo(f"It has the plan 'Release 1' and the build {BUILD_NUMBER}. In a folder with")
        click.echo(
            f"{EXAMPLES[example]}, and an ado-publisher.yml that names the reports, as in your pipeline:"
        )
        click.echo(f"\n  $ ado-publisher publish --build-number {BUILD_NUMBER}\n")
        facts = _publish(work, emulator.url, emulator.token)
        _show(facts)
        if sys.stdin.isatty() and sys.stdout.isatty():
            _wait()
    return int(ExitCode.OK)


def publish(
    work: Path, url: str, token: str, *arguments: str, expected: Collection[int] = (ExitCode.OK,)
) -> str:
    """Publish from a folder in a process of its own; what it said. Raises DemoError where it ends badly."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # In the image the package is no installed one: the child finds it where this process did.
    paths = [str(Path(__file__).resolve().parents[2]), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    environment |= {"ADO_PUBLISHER_ORGANIZATION_URL": url, "ADO_PUBLISHER_TOKEN": token}
    done = subprocess.run(  # noqa: S603 - our own program, with arguments of our own
        [sys.executable, "-m", "ado_publisher", "publish", *arguments],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode not in expected:
        raise DemoError(done.returncode, done.stdout + done.stderr)
    return done.stdout


def _publish(work: Path, url: str, token: str) -> dict[str, Any]:
    report = work / "facts.json"
    arguments = ("--build-number", BUILD_NUMBER, "--report-json", report.name)
    said = publish(work, url, token, *arguments, expected=(ExitCode.OK, ExitCode.POLICY))
    if not report.exists():
        raise DemoError(ExitCode.OK, said)
    return cast("dict[str, Any]", json.loads(report.read_text(encoding="utf-8")))


def _show(facts: Mapping[str, Any]) -> None:
    from rich.console import Console

    counts = facts["counts"]
    Console(highlight=False).print(_table(facts["results"]))
    click.echo(
        f"{counts['read']} tests read: {counts['matched']} matched, {counts['unmatched']} unmatched, "
        f"{counts['ambiguous']} ambiguous, {counts['skipped']} skipped. "
        f"{facts['points_updated']} test points have a new outcome, with {facts['requests']} requests."
    )
    for run in facts["runs"]:
        # On a line of its own and never wrapped: a terminal makes a link of it, a script can read it.
        link = run["url"].partition("&")[0]
        click.echo(f"\nRun {run['id']} is {run['state']}. Look at it here:\n{link}")


def _table(results: list[Mapping[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="What the report says, and where it went", title_justify="left")
    for heading in ("Test", "Outcome", "Case", "Its test point shows"):
        table.add_column(heading, overflow="fold")
    for result in results:
        outcome, targets = result["outcome"], result["targets"]
        cases = ", ".join(str(case) for case in dict.fromkeys(t["test_case_id"] for t in targets))
        shown = dict.fromkeys(f"{t['outcome']} ({t['configuration']})" for t in targets)
        told = "\n".join(shown) or f"{result['status']}: {result['reason']}"
        # Text, since a name like [b] would be markup.
        colour = COLOURS.get(outcome, "yellow")
        table.add_row(Text(result["name"]), Text(outcome, style=colour), Text(cases), Text(told))
    return table


def _wait() -> None:
    # Promised and kept in one breath: the key may be pressed as soon as it is named.
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        click.echo("\nIt stays up for you to look around. Ctrl-C ends it.")
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("\nThe demo has ended; nothing is left behind.")
