"""`publish`: composes the main job, tells a person and the CI host what became of it."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from ado_publisher import ci, reports, summary
from ado_publisher.ado.sharedruns import PostRefused
from ado_publisher.cli import host as speaking
from ado_publisher.cli.connection import interruptible, journal_at, resumable, session_for
from ado_publisher.cli.context import gather
from ado_publisher.cli.facts import write_json
from ado_publisher.cli.mapping import check_place, write_mapping
from ado_publisher.cli.options import publish_options
from ado_publisher.cli.policy import exit_codes, policy_of
from ado_publisher.cli.redaction import redaction_of
from ado_publisher.cli.telling import tell, tell_error
from ado_publisher.cli.text import harmless
from ado_publisher.cli.workitems import work_items_of
from ado_publisher.config import Config
from ado_publisher.drafts import FileDraft
from ado_publisher.errors import ExitCode, ReportError, ServiceError, SettingsError, gravest
from ado_publisher.journal import Journal
from ado_publisher.matching import DEFAULT_PATTERNS, DEFAULT_PROPERTIES, MatchRules, PlanView
from ado_publisher.model import Match, Release, Status, TestResult
from ado_publisher.publish import PublishRequest, publish
from ado_publisher.publish.choosing import PointChoice
from ado_publisher.publish.files import AttachmentPolicy, path_mapping
from ado_publisher.publish.linking import BuildChoice
from ado_publisher.publish.naming import check_template
from ado_publisher.settings import Settings
from ado_publisher.summary import Published

Source = tuple[str, str, BinaryIO | None]
_REQUIRED = ("files", "organization-url", "project", "plan", "token")


@click.command("publish")
@publish_options
def command(**flags: object) -> int:
    """Publish test reports to the test points of a plan, linked to the build that made them.

    FILE is a report, a glob such as '**/*.{xml,trx}', a folder, an archive, or - for standard input; !PATTERN
    leaves files out.
    """
    settings, config, host = gather(flags, os.environ, required=_REQUIRED)
    for warning in (*settings.warnings, *config.warnings):
        speaking.warn(host, warning)
    write_json(settings.report_json, None)
    check_place(settings.mapping_report)
    sources, errors = sources_of(settings, config)
    read = reports.collect(sources, salvage=settings.salvage, with_files=settings.attach != "never")
    errors += read.errors
    # What was read and planned stays to the end, and holds no cycles: walking through it again and
    # again would make ten times the results cost fifteen times the time (benchmarks/matching.py).
    gc.disable()
    click.get_current_context().call_on_close(gc.enable)
    # Told before anything is asked of the service: whatever comes of that, these are not published.
    for error in errors:
        tell_error(error, host)
    if config.switched_off and not settings.ignore_katalon_switches:
        return _left_unpublished(config.switched_off, settings, host, read, errors)
    if config.switched_off:
        speaking.warn(host, f"--ignore-katalon-switches: published although {config.switched_off}")
    if settings.defer:
        return _defer(settings, config, host, read, errors)
    policy = policy_of(settings)
    request = replace(request_of(settings, config, host), companions=read.companions)
    note = partial(speaking.warn, host)

    seen: list[PlanView] = []

    def ends(facts: Published) -> int:
        return int(gravest(exit_codes(summary.with_report_errors(facts, errors), policy)))

    with (
        session_for(settings, settings.organization_url) as session,
        journal_at(settings, note) as journal,
        resumable(journal, settings.journal),
        interruptible(),
        journal.started(),
    ):
        try:
            published = publish(request, session, read.results, note, journal, ends, seen.append)
        except PostRefused:
            return _put_off_for_close(request, read.results, settings, journal)
        except ServiceError:
            if not journal.begun:
                _keep(request, read.results, settings, journal)
            raise
        _let_go(read.results, journal)
    published = replace(published, notices=(*read.notices, *published.notices))
    published = summary.with_report_errors(published, errors)
    # After a test case was made the view is another: the last one is what the matches rest on.
    write_mapping(settings.mapping_report, published.plans, published.matches, seen[-1], request.rules)
    tell(published, settings.report_json, host)
    return int(gravest(exit_codes(published, policy)))


def _keep(
    request: PublishRequest, results: Sequence[TestResult], settings: Settings, journal: Journal
) -> None:
    """The service was away, or refused, before anything could be planned: keep what was read for resume."""
    from ado_publisher.publish.deferring import content_digest, pack

    if journal.path is None or request.dry_run or not results:
        return
    _let_go(results, journal)
    content, _ = pack(request, results)
    policy = {**policy_of(settings).as_json(), "kept": content_digest(results)}
    journal.defer(settings.organization_url, settings.project, content, policy)


def _let_go(results: Sequence[TestResult], journal: Journal) -> None:
    """What an outage made us keep of these same results is published now, or kept anew."""
    kept = [each for each in journal.deferred() if each.policy.get("kept")]
    if not kept:
        return
    from ado_publisher.publish.deferring import content_digest

    digest = content_digest(results)
    for each in kept:
        if each.policy["kept"] == digest:
            journal.mark_deferred_done(each.id)


def _left_unpublished(
    why: str, settings: Settings, host: ci.CiHost, read: reports.Collected, errors: Sequence[ReportError]
) -> int:
    """The Katalon project says that nothing shall be submitted: every result is listed, none is sent."""
    told = f"nothing is published: {why}; --ignore-katalon-switches publishes nevertheless"
    speaking.warn(host, told)
    matches = tuple(Match(each, each.outcome, Status.SKIPPED, reason=why) for each in read.results)
    facts = Published(matches, notices=(*read.notices, told), report_errors=tuple(errors))
    tell(facts, settings.report_json, host)
    return int(ExitCode.REPORT if errors else ExitCode.OK)


def _defer(
    settings: Settings,
    config: Config,
    host: ci.CiHost,
    read: reports.Collected,
    errors: Sequence[ReportError],
) -> int:
    """Keep everything for a job that has the rights; nothing is asked of the service."""
    from ado_publisher.publish.deferring import pack

    if settings.dry_run:
        raise SettingsError("--defer: nothing can be shown without asking the service; leave out --dry-run")
    for notice in read.notices:
        click.echo(f"notice: {harmless(notice)}")
    check_template(settings.run_name)
    request = replace(request_of(settings, config, host), companions=read.companions)
    content, problems = pack(request, read.results)
    for problem in problems:
        click.echo(f"problem: {harmless(problem)}")
    with journal_at(settings, partial(speaking.warn, host), needed=True) as journal:
        journal.defer(settings.organization_url, settings.project, content, policy_of(settings).as_json())
    reason = f"put off; `ado-publisher resume --journal {settings.journal}` publishes it"
    matches = tuple(Match(each, each.outcome, Status.SKIPPED, reason=reason) for each in read.results)
    facts = Published(matches, problems=problems, notices=read.notices, report_errors=tuple(errors))
    write_json(settings.report_json, summary.as_json(facts))
    click.echo(
        harmless(
            f"{len(read.results)} tests are put off in {settings.journal}; a job with the rights publishes "
            f"them with: ado-publisher resume --journal {settings.journal}"
        )
    )
    return int(ExitCode.REPORT if errors else ExitCode.OK)


def _put_off_for_close(
    request: PublishRequest, results: Sequence[TestResult], settings: Settings, journal: Journal
) -> int:
    """The service takes no results onto a shared run: `run close` publishes what every job has kept."""
    from ado_publisher.publish.deferring import pack

    if journal.path is None:
        raise SettingsError(
            "--run: this service takes no results onto a shared run, and no journal can keep them"
        )
    content, problems = pack(replace(request, shared_run=None), results)
    for problem in problems:
        click.echo(f"problem: {harmless(problem)}")
    journal.give_up_shared()
    journal.defer(settings.organization_url, settings.project, content, policy_of(settings).as_json())
    click.echo(
        harmless(
            f"This service takes no results onto a shared run. {len(results)} tests are kept in "
            f"{settings.journal}; collect the journals of all jobs and publish them together with: "
            f"ado-publisher run close {request.shared_run} --journal {settings.journal}"
        )
    )
    return int(ExitCode.OK)


def request_of(settings: Settings, config: Config, host: ci.CiHost) -> PublishRequest:
    """What the settings, the config and the host ask for, in the words of the use case."""
    # In a release the build is an artifact; what runs is the release's stage.
    running = settings.build_id is not None and settings.build_id == host.build_id and not host.release_id
    return PublishRequest(
        project=settings.project,
        plans=settings.plans,
        points=point_choice(settings, config),
        build=build_of(settings),
        build_number=host.build_number,
        # The reference names the job of the build that runs; of another build it would be untrue.
        job=host.job if running else None,
        branch=host.branch,
        release=_release(settings),
        run_name=settings.run_name,
        run_per=settings.run_per,
        context=ci.context_text(host),
        rules=_rules(settings, config),
        several=settings.several,
        unmatched=settings.unmatched,
        attachments=AttachmentPolicy(
            settings.attach,
            tuple(ending.strip().lower().removeprefix(".") for ending in settings.attach_types),
            tuple(Path(root) for root in settings.attach_roots or (".",)),
            settings.attach_output,
            (*(path_mapping(text) for text in settings.path_map), *host.path_map),
        ),
        run_files=settings.run_files,
        context_file=_context_file(host),
        **work_items_of(settings, config),
        steps=settings.steps == "publish",
        redaction=redaction_of(settings, config, os.environ),
        dry_run=settings.dry_run,
        identity=identity_of(settings, host),
        shared_run=settings.run,
        job_name=settings.key or host.job.job,
    )


def build_of(settings: Settings) -> BuildChoice:
    """The build that the settings name or the host offers; none where no link is wanted."""
    if settings.no_build_link:
        return BuildChoice()
    return BuildChoice(
        settings.build_id,
        settings.build_numbers,
        named=settings.named("build-id"),
        definition=settings.build_definition,
        latest=settings.latest_build,
    )


def point_choice(settings: Settings, config: Config) -> PointChoice:
    """Which test points the settings choose."""
    return PointChoice(
        suites=settings.suites,
        configurations=settings.configurations,
        testers=settings.testers,
        inactive=settings.inactive_points == "publish",
        rule_configurations=tuple((rule.configuration, rule.label) for rule in config.configurations),
        aliases=_aliases(config),
    )


def _aliases(config: Config) -> dict[str, str]:
    return {alias.casefold(): meant for alias, meant in config.configuration_names.aliases.items()}


def _rules(settings: Settings, config: Config) -> MatchRules:
    finding = config.test_cases
    return MatchRules(
        properties=DEFAULT_PROPERTIES if finding.properties is None else finding.properties,
        patterns=DEFAULT_PATTERNS if finding.patterns is None else finding.patterns,
        cases=finding.rules,
        bindings=config.bindings,
        titles=finding.titles,
        configurations=config.configurations,
        configuration_properties=config.configuration_names.properties,
        aliases=_aliases(config),
        outcomes=config.statuses,
        points=settings.points,
        publish_skipped=settings.skipped == "publish",
    )


def identity_of(settings: Settings, host: ci.CiHost) -> tuple[str, ...]:
    """What tells this publish from others of the same build; empty where nothing does."""
    job = host.job
    stage = (job.stage, job.stage_attempt, job.phase, job.phase_attempt, job.job, job.job_attempt)
    release = (settings.release_environment_id,) if settings.release_environment_id else ()
    running = (host.url, host.attempt, *stage, *release) if host.url or host.build_number else ()
    return tuple(map(str, (*running, settings.key))) if running or settings.key else ()


def _release(settings: Settings) -> Release | None:
    if settings.release_id is None or settings.no_build_link:
        return None
    return Release(settings.release_id, settings.release_environment_id, settings.named("release-id"))


def _context_file(host: ci.CiHost) -> FileDraft | None:
    """The run's way back to its CI run: a comment may be cut, a file is not."""
    facts = ci.context_facts(host)
    return FileDraft("ci-context.json", content=json.dumps(facts, indent=2).encode()) if facts else None


def sources_of(settings: Settings, config: Config) -> tuple[list[Source], list[ReportError]]:
    """Every report once, with the format its pattern was named with; and what could not be found."""
    patterns = [(pattern, settings.format) for pattern in settings.files]
    patterns = patterns or [(source.path, source.format) for source in config.reports]
    found: dict[str, Source] = {}
    problems: list[ReportError] = []
    excluded = [pattern for pattern, _ in patterns if pattern.startswith("!")]
    wanted = [each for each in patterns if each[0] not in excluded]
    # With exclusions alone there is nothing to leave something out of, which find tells.
    for pattern, format_ in wanted or patterns[:1]:
        named = reports.find([pattern, *excluded], Path.cwd())
        problems += named.problems
        for path in named.files:
            stream = sys.stdin.buffer if path == "-" else None
            found.setdefault(os.path.realpath(path) if stream is None else path, (path, format_, stream))
    return list(found.values()), problems
