"""`sync`: Azure DevOps and TestRail kept equal: looked at before, run, explained."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click
from filelock import FileLock, Timeout

from ado_publisher.cli.syncconfig import DEFAULT_FILE, SyncConfig, connect, load
from ado_publisher.cli.syncpage import page
from ado_publisher.cli.text import harmless
from ado_publisher.errors import ExitCode, ServiceError, SettingsError
from ado_publisher.sync.adopting import adopt
from ado_publisher.sync.context import Context, Partition
from ado_publisher.sync.engine import sync_partition
from ado_publisher.sync.model import NOUNS, ORDER, Side, SyncAway
from ado_publisher.sync.planned import Planned
from ado_publisher.sync.report import Action, Report
from ado_publisher.sync.rows import DECIDED
from ado_publisher.sync.store import Store

_SIDES = {Side.ADO: "Azure DevOps", Side.REMOTE: "TestRail"}
_MOST = 200


@click.group("sync")
def command() -> None:
    """Keep the suites and test cases of a test plan and of a TestRail suite equal, and tell it results.

    What is changed on one side is changed on the other; what both changed is a conflict, which the config
    or a person decides. Nothing is ever deleted. Exit code 0 when all is equal, 5 when items need a person, 4
    when a side is away, 2 when the config or a setting is wrong.
    """


def _with_config(function: Callable[..., int]) -> Callable[..., int]:
    @click.option("--config", "file", default=DEFAULT_FILE, show_default=True, help="The sync's config file.")
    @wraps(function)
    def run(file: str, **more: object) -> int:
        try:
            return function(load(file), **more)
        except SyncAway as away:
            raise ServiceError(f"{away}\nWhat is left is kept; the next run goes on.") from away

    return run


@contextmanager
def _store(config: SyncConfig, *, alone: bool) -> Iterator[Store]:
    """The sync's database; `alone` keeps a second sync out. Who only looks makes no file."""
    if not alone and not config.state.exists():
        empty = Store(None)
        try:
            yield empty
        finally:
            empty.close()
        return
    config.state.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{config.state}.lock")
    try:
        if alone:
            lock.acquire(timeout=0)
    except Timeout:
        raise SettingsError(f"{config.state}: another sync is running with this database") from None
    store = Store(config.state)
    try:
        yield store
    finally:
        store.close()
        lock.release()


@command.command("demo")
def demo() -> int:
    """Show two embedded services being kept equal, and a published result standing in TestRail."""
    from ado_publisher.cli import syncdemo

    syncdemo.run()
    return int(ExitCode.OK)


@command.command("check")
@_with_config
@click.option("--create-fields", is_flag=True, help="Make the fields for ids and addresses that are missing.")
@click.option(
    "--prove", is_flag=True, help="Write a marker into a case of each side, read it back, take it out again."
)
def check(config: SyncConfig, *, create_fields: bool, prove: bool) -> int:
    """Look at both sides before a first run: rights, containers, fields, values.

    Nothing is written without --create-fields or --prove.
    """
    partition = connect(config)
    problems = [
        problem
        for connector in partition.sides.values()
        for problem in connector.check(create=create_fields, prove=prove)
    ]
    for problem in problems:
        click.echo(f"problem: {harmless(str(problem))}")
    if not problems:
        click.echo("both sides have what a sync needs")
    return int(ExitCode.SETTINGS if problems else ExitCode.OK)


@command.command("plan")
@_with_config
def plan(config: SyncConfig) -> int:
    """Show what a run would change on each side, field by field. Nothing is written."""
    partition = connect(config)
    looking = replace(partition, sides={side: Planned(each) for side, each in partition.sides.items()})
    with _store(config, alone=False) as store:
        copy = store.copy()
    report = sync_partition(Context(looking, copy, Report(keep=True), sweep_every=config.sweep_every))
    for action in report.actions[:_MOST]:
        click.echo(harmless(_line(action, partition)))
    if len(report.actions) > _MOST:
        click.echo(f"… and {len(report.actions) - _MOST} more")
    _tell(report, "would be ")
    return int(ExitCode.OK)


@command.command("adopt")
@_with_config
@click.option("--write", is_flag=True, help="Keep the pairs; without it they are only shown.")
def adopt_command(config: SyncConfig, *, write: bool) -> int:
    """Pair what is there on both sides: by markers, else by title and container. Nothing is created."""
    partition = connect(config)
    with _store(config, alone=write) as store:
        ctx = Context(partition, store if write else store.copy())
        found = adopt(ctx)
    for match in found.matches[:_MOST]:
        noun = NOUNS[match.kind][0]
        click.echo(harmless(f"{noun} '{match.ado.title}': {match.ado.id} and {match.remote.id}, {match.why}"))
    for told in found.ambiguous[:_MOST]:
        click.echo(harmless(f"not paired: {told}"))
    click.echo(f"{len(found.matches)} pairs {'are kept' if write else 'found; --write keeps them'}")
    return int(ExitCode.PERSON if found.ambiguous else ExitCode.OK)


@command.command("run")
@_with_config
@click.option("--every", type=click.FloatRange(min=1), help="Run again after so many seconds, until ended.")
@click.option("--sweep", is_flag=True, help="Look at everything, not only at what changed.")
def run(config: SyncConfig, *, every: float | None, sweep: bool) -> int:
    """Make both sides equal, once or again and again."""
    partition = connect(config)
    while True:
        with _store(config, alone=True) as store:
            ctx = Context(partition, store, sweep_every=config.sweep_every, sweep=sweep)
            try:
                report = sync_partition(ctx)
            except SyncAway as away:
                if every is None:
                    raise
                click.echo(f"away: {harmless(str(away))}")
                time.sleep(max(every, away.after))
                continue
            _tell(report, "")
            waiting = _needs_a_person(store, config.partition)
        for line in waiting[:_MOST]:
            click.echo(harmless(line))
        if every is None:
            return int(ExitCode.PERSON if waiting else ExitCode.OK)
        time.sleep(every)


@command.command("status")
@_with_config
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a page into this file too."
)
def status(config: SyncConfig, *, html: Path | None) -> int:
    """Tell what is paired, what waits and what needs a person. Nothing is asked of either side."""
    with _store(config, alone=False) as store:
        if html is not None:
            _write_page(html, page(store, config.partition, _SIDES, config.file))
        for kind in ORDER:
            if count := store.count_pairs(config.partition, kind):
                click.echo(f"paired: {count} {NOUNS[kind][count != 1]}")
        lines = _needs_a_person(store, config.partition)
        twinless = _twinless(store, config.partition)
    for line in [*lines, *twinless][:_MOST]:
        click.echo(harmless(line))
    return int(ExitCode.PERSON if lines else ExitCode.OK)


def _write_page(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"--html: {file} cannot be written: {error.strerror or error}") from error


@command.command("retry")
@_with_config
@click.argument("ids", nargs=-1)
def retry(config: SyncConfig, ids: tuple[str, ...]) -> int:
    """Try what is parked again with the next run; all of it, or only these ids."""
    with _store(config, alone=True) as store:
        count = store.try_again(config.partition, ids)
    click.echo(f"{count} will be tried again")
    return int(ExitCode.OK)


@command.command("resolve")
@_with_config
@click.argument("number")
@click.option(
    "--keep", type=click.Choice(["ado", "testrail"]), required=True, help="Whose values stand in both."
)
def resolve(config: SyncConfig, number: str, *, keep: str) -> int:
    """Decide a conflict, by the record's id on either side: the next run writes the values of one side."""
    side = Side.ADO if keep == "ado" else Side.REMOTE
    with _store(config, alone=True) as store:
        pairs = [pair for pair in store.pairs(config.partition) if number in pair.ids.values()]
        disputed = [pair for pair in pairs if pair.state == "conflict"]
        for pair in disputed:
            with store.together():
                store.set_pair(pair, DECIDED, side.value)
                why = f"a person decided: {_SIDES[side]} stands"
                entry = (side, pair.ids[side], "", None, None, why)
                store.note(config.partition, pair.kind, pair.number, [entry])
                store.mark(config.partition, pair.kind, side, [pair.ids[side]], time.time())
    if not disputed:
        known = "no record of that id is paired" if not pairs else "its pair is not in conflict"
        raise SettingsError(f"{number}: {known}; `ado-publisher sync status` tells what needs a person")
    for pair in disputed:
        ids = " and ".join(f"{name} {pair.ids[of]}" for of, name in _SIDES.items())
        click.echo(f"{NOUNS[pair.kind][0]} {ids}: {_SIDES[side]} will stand after the next run")
    return int(ExitCode.OK)


@command.command("explain")
@_with_config
@click.argument("number")
def explain(config: SyncConfig, number: str) -> int:
    """Tell all that the sync knows of a record, by its id on either side."""
    with _store(config, alone=False) as store:
        told = list(_known(store, config.partition, number))
    for line in told or [f"nothing is known of {number}"]:
        click.echo(harmless(line))
    return int(ExitCode.OK if told else ExitCode.SETTINGS)


def _known(store: Store, partition: str, number: str) -> Iterator[str]:
    for pair in store.pairs(partition):
        if number in pair.ids.values():
            ids = ", ".join(f"{name} {pair.ids[side]}" for side, name in _SIDES.items() if side in pair.ids)
            yield f"{NOUNS[pair.kind][0]}: {ids}; {pair.state} {pair.note}".rstrip()
            entries = store.audit(partition, pair.kind)
            yield from (_audited(entry) for entry in entries if entry["pair"] == pair.number)
    for dirty in store.dirty(partition):
        if dirty.id == number:
            noun = NOUNS[dirty.kind][0]
            yield f"{noun} {dirty.id} of {_SIDES[dirty.side]}: {dirty.error or 'to be looked at'}"


def _audited(entry: Mapping[str, Any]) -> str:
    changed = f" {entry['field']}: {entry['before']!r} -> {entry['after']!r}" if entry["field"] else ""
    return f"  {entry['at']} {_SIDES[Side(entry['side'])]} {entry['record']}{changed} ({entry['why']})"


def _needs_a_person(store: Store, partition: str) -> list[str]:
    """Conflicts, what was refused and what waits."""
    return [
        f"{'waits' if each.waits else 'parked'}: {NOUNS[each.kind][0]} {each.id} of {_SIDES[each.side]} "
        f"'{each.title}': {each.error}"
        for each in store.dirty(partition)
        if each.parked
    ]


def _twinless(store: Store, partition: str) -> list[str]:
    """What lost its twin: told, and nothing that anybody has to do."""
    return [
        f"twinless: {NOUNS[pair.kind][0]} {', '.join(pair.ids.values())}: {pair.note}"
        for pair in store.pairs(partition)
        if pair.state == "twinless"
    ]


def _line(action: Action, partition: Partition) -> str:
    where = partition.sides[action.side].name
    head = f"{action.what} {NOUNS[action.kind][0]} in {where}: {action.record} '{action.title}'"
    if action.field:
        return f"  {head} {action.field}: {action.before!r} -> {action.after!r}"
    return f"{head} {action.why}".rstrip()


def _tell(report: Report, would: str) -> None:
    for trouble in report.troubles:
        click.echo(f"notice: {harmless(trouble)}")
    counts = [
        f"{count} {NOUNS[kind][count != 1]} {would}{_DONE[what]}"
        for (what, kind), count in sorted(report.counts.items())
    ]
    click.echo(", ".join(counts) if counts else "both sides are equal: nothing to do")


_DONE = {
    "create": "created",
    "update": "updated",
    "adopt": "found again",
    "conflict": "in conflict",
    "twinless": "without a twin",
    "left": "left as newer",
    "wait": "waiting",
    "park": "parked",
}
