"""`resume`: finishes every publish that the journal knows to be unfinished."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from ado_publisher.ci import CiHost
from ado_publisher.cli import host as speaking
from ado_publisher.cli.connection import interruptible, resumable, session_for
from ado_publisher.cli.context import gather
from ado_publisher.cli.options import options_of
from ado_publisher.cli.policy import exit_codes, policy_from
from ado_publisher.cli.telling import tell
from ado_publisher.cli.text import harmless, harmless_lines
from ado_publisher.errors import ExitCode, PublisherError, SettingsError, gravest
from ado_publisher.journal import Deferred, Journal, Publication, State
from ado_publisher.publish import publish
from ado_publisher.publish.desk import Desk, Note, slot_name
from ado_publisher.publish.recording import write_all
from ado_publisher.settings import Settings


@click.command("resume")
@options_of("resume")
def command(**flags: object) -> int:
    """Finish what an interrupted publish began: every result once, the run completed.

    The journal tells where it goes to; the token comes from the environment as for publish.
    """
    settings, _, host = gather(flags, os.environ, required=("token",))
    path = Path(settings.journal)
    if not path.is_file():
        raise SettingsError(f"--journal: there is no journal {path}; nothing was interrupted here")
    journal = Journal(path)
    try:
        return _finish(journal, settings, host)
    finally:
        journal.close()


def _finish(journal: Journal, settings: Settings, host: CiHost) -> int:
    note = partial(speaking.warn, host)
    broken_off = journal.broken_off()
    unfinished = [each for each in journal.publications() if each.state is State.PENDING]
    put_off = journal.deferred()
    work: list[Callable[[], ExitCode]] = [
        *(partial(_resume, each, journal, settings, note) for each in unfinished),
        *(partial(_publish, each, journal, settings, host) for each in put_off),
    ]
    codes = [_each_by_itself(one, host) for one in work] if len(work) > 1 else [one() for one in work]
    for created in broken_off:
        told = f"a publish of {created} ended before it had recorded anything; publish its reports again"
        click.echo(f"error: {harmless(told)}", err=True)
        codes.append(ExitCode.SETTINGS)
    if not codes and not journal.publications():
        raise SettingsError(f"{journal.path}: no publish is recorded here; publish the reports again")
    if not codes:
        click.echo(f"{journal.path}: nothing is left to do")
    return int(gravest(codes))


def _each_by_itself(work: Callable[[], ExitCode], host: CiHost) -> ExitCode:
    """One that cannot be finished does not keep the others from it."""
    try:
        return work()
    except PublisherError as error:
        click.echo(f"error: {harmless_lines(str(error))}", err=True)
        speaking.annotate(host, "error", str(error))
        return error.exit_code


def _resume(publication: Publication, journal: Journal, settings: Settings, note: Note) -> ExitCode:
    _check_target(publication, settings)
    with (
        resumable(journal, settings.journal),
        journal.claimed(publication.id),
        session_for(settings, publication.organization_url) as session,
        interruptible(),
    ):
        refused = 0
        desk = Desk(session, publication.project, journal, publication.id, note)
        for written in write_all(desk, publication.facts):
            click.echo(
                harmless(
                    f"test run {written.run.id} is {written.run.state}: "
                    f"{len(written.result_ids) - len(written.refused)} results, {written.uploaded} files"
                )
            )
            click.echo(harmless(written.run.url))
            problems = [f"{slot_name(slot)}: {why}" for slot, why in written.refused.items()]
            for problem in (*problems, *written.attachment_problems):
                click.echo(f"problem: {harmless(problem)}")
                refused += 1
    known = publication.facts.get("exit_code") or 0
    return gravest([ExitCode(known), ExitCode.POLICY if refused else ExitCode.OK])


def _publish(deferred: Deferred, journal: Journal, settings: Settings, host: CiHost) -> ExitCode:
    """Publish what a job without rights put off, as that job would have."""
    from ado_publisher.publish.deferring import unpack

    _check_target(deferred, settings)
    policy = policy_from(deferred.policy)
    with (
        tempfile.TemporaryDirectory(prefix="ado-publisher-") as folder,
        journal.claimed(-deferred.id),
        session_for(settings, deferred.organization_url) as session,
        resumable(journal, settings.journal),
        interruptible(),
    ):
        try:
            request, results = unpack(deferred.content, Path(folder))
        except ValueError as error:
            raise SettingsError(f"{journal.path}: {error}; publish the reports again") from error
        published = publish(
            request,
            session,
            results,
            partial(speaking.warn, host),
            journal,
            lambda facts: int(gravest(exit_codes(facts, policy))),
        )
        journal.mark_deferred_done(deferred.id)
    tell(published, "", host)
    return gravest(exit_codes(published, policy))


def _check_target(publication: Publication | Deferred, settings: Settings) -> None:
    """A journal of another project is not written to the one that was named."""
    for name, wanted, there in (
        ("organization-url", settings.organization_url, publication.organization_url),
        ("project", settings.project, publication.project),
    ):
        if settings.named(name) and wanted.rstrip("/").casefold() != there.casefold():
            raise SettingsError(
                f"--{name}: the journal was made for {there}, not for {wanted}; name its own, or none"
            )
