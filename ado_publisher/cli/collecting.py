"""Journals of many jobs published as one run: where a service takes no results onto a shared run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from ado_publisher.ado import testruns
from ado_publisher.ci import CiHost
from ado_publisher.cli import host as speaking
from ado_publisher.cli.connection import interruptible, resumable, session_for
from ado_publisher.cli.policy import exit_codes, policy_from
from ado_publisher.cli.telling import tell
from ado_publisher.errors import ExitCode, SettingsError, gravest
from ado_publisher.journal import Deferred, Journal
from ado_publisher.model import TestResult
from ado_publisher.publish import PublishRequest, publish
from ado_publisher.publish.deferring import unpack
from ado_publisher.publish.shared import missing_jobs, usable_run
from ado_publisher.settings import Settings


def publish_journals(
    run_id: int, files: Sequence[str], settings: Settings, host: CiHost, *, allow_missing: bool
) -> int:
    """Publish what all journals kept as one planned run, and close the shared one, which stayed empty.

    The first journal's selection and rules hold for all: they come from one pipeline.
    """
    with ExitStack() as stack:
        journals = [_opened(file, stack) for file in files]
        kept = [(journal, each) for journal in journals for each in journal.deferred()]
        if not kept:
            raise SettingsError(f"--journal: nothing is left to publish in {', '.join(files)}")
        parts = [_unpacked(journal, each, stack) for journal, each in kept]
        policy = policy_from(kept[0][1].policy)
        session = stack.enter_context(session_for(settings, settings.organization_url))
        stack.enter_context(resumable(journals[0], files[0]))
        stack.enter_context(interruptible())
        run = usable_run(session, settings.project, run_id)
        comment = testruns.comment_of(session, settings.project, run_id)
        request = _together([part for part, _ in parts], run.plan_id)
        published = publish(
            request,
            session,
            [result for _, results in parts for result in results],
            partial(speaking.warn, host),
            journals[0],
            lambda facts: int(gravest(exit_codes(facts, policy))),
        )
        for journal, each in kept:
            journal.mark_deferred_done(each.id)
        why = f"published as test run {', '.join(str(made.id) for made in published.made)}"
        testruns.finish_run(session, settings.project, run_id, state="Aborted", comment=why)
    tell(published, "", host)
    missing = missing_jobs(comment, [part.job_name for part, _ in parts])
    for name in missing:
        speaking.warn(host, f"missing: {name} kept nothing for test run {run_id}")
    codes = exit_codes(published, policy)
    return int(gravest([*codes, ExitCode.POLICY] if missing and not allow_missing else codes))


def _opened(file: str, stack: ExitStack) -> Journal:
    if not Path(file).is_file():
        raise SettingsError(f"--journal: there is no journal {file}")
    journal = Journal(Path(file))
    stack.callback(journal.close)
    return journal


def _unpacked(
    journal: Journal, deferred: Deferred, stack: ExitStack
) -> tuple[PublishRequest, list[TestResult]]:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ado-publisher-"))
    stack.enter_context(journal.claimed(-deferred.id))
    try:
        return unpack(deferred.content, Path(folder))
    except ValueError as error:
        raise SettingsError(f"{journal.path}: {error}; publish the reports of that job again") from error


def _together(requests: Sequence[PublishRequest], plan_id: int | None) -> PublishRequest:
    first = requests[0]
    roots = tuple(root for request in requests for root in request.attachments.roots)
    return replace(
        first,
        plans=first.plans or ((str(plan_id),) if plan_id else ()),
        attachments=replace(first.attachments, roots=roots),
        run_files=tuple(file for request in requests for file in request.run_files),
        identity=tuple(sorted({part for request in requests for part in request.identity})),
        job_name="",
    )
