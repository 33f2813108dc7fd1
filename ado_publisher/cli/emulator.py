"""`ado-publisher emulator`: serve the embedded Azure DevOps until a signal ends it."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import click


@click.command("emulator")
@click.option(
    "--system",
    type=click.Choice(["azure-devops", "testrail"]),
    default="azure-devops",
    show_default=True,
    help="Which service to be; testrail is there for trials of sync, and keeps everything in memory.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=0,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file to keep everything in; without it a temporary database is used.",
)
@click.option(
    "--seed",
    type=click.Path(dir_okay=False, path_type=Path),
    help="YAML or JSON file that says what the organization holds; without it a small shop.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that receives the base URL once the server listens.",
)
@click.option(
    "--exchange-log",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that receives every request and answer, one JSON object a line.",
)
def command(
    *,
    system: str,
    host: str,
    port: int,
    data: Path | None,
    seed: Path | None,
    ready_file: Path | None,
    exchange_log: Path | None,
) -> None:
    """Serve an embedded Azure DevOps, or TestRail, for demos, dry runs and tests."""
    if system == "testrail":
        if data is not None:
            raise click.UsageError("--data is for azure-devops alone: testrail keeps everything in memory")
        _serve_testrail(host, port, seed, ready_file, exchange_log)
        return
    import sqlite3

    from ado_publisher.emulator import Emulator, SeedError

    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    try:
        emulator = Emulator(seed_file=seed, data=data, exchange_log=exchange_log, host=host, port=port)
    except SeedError as error:
        click.echo(f"The seed cannot be used:\n{error}", err=True)
        sys.exit(2)
    except (OSError, sqlite3.Error) as error:
        click.echo(
            f"The emulator cannot start: {error}. Check --host, --port, --data, --seed and --exchange-log.",
            err=True,
        )
        sys.exit(2)
    # Set before the address is told: who reads it may send the signal at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with emulator:
        if ready_file is not None:
            _write_ready(ready_file, emulator.url)
        click.echo(emulator.url)
        sys.stdout.flush()
        ended.wait()


def _serve_testrail(
    host: str, port: int, seed: Path | None, ready_file: Path | None, exchange_log: Path | None
) -> None:
    import yaml

    from ado_publisher.emulator.testrail import TestRailEmulator

    ended = threading.Event()
    try:
        told = yaml.safe_load(seed.read_text(encoding="utf-8")) if seed else _SMALL_TESTRAIL
        emulator = TestRailEmulator(told, host=host, port=port, exchange_log=exchange_log)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        click.echo(f"The emulator cannot start: {type(error).__name__}: {error}", err=True)
        sys.exit(2)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with emulator:
        if ready_file is not None:
            _write_ready(ready_file, emulator.url)
        click.echo(emulator.url)
        click.echo(f"user {emulator.data.user}, key {emulator.data.key}")
        sys.stdout.flush()
        ended.wait()


_SMALL_TESTRAIL = {
    "case_fields": [
        {"name": "azure_devops_id", "label": "Azure DevOps ID"},
        {"name": "azure_devops_url", "label": "Azure DevOps URL"},
    ],
    "projects": [{"name": "Shop", "sections": [{"name": "Login", "cases": [{"title": "A user logs in"}]}]}],
}


def _write_ready(path: Path, url: str) -> None:
    """Let the ready file appear complete: written aside, then renamed."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(f"{url}\n", encoding="utf-8")
    aside.replace(path)
