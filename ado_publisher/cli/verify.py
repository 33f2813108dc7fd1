"""`verify`: before a run, everything that a publish would need; nothing is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ado_publisher import katalon, reports
from ado_publisher.cli import host as speaking
from ado_publisher.cli.checks import as_json, plain, print_table
from ado_publisher.cli.connection import session_for
from ado_publisher.cli.context import Gathered, gather_all
from ado_publisher.cli.options import options_of
from ado_publisher.cli.publish import Source, request_of, sources_of
from ado_publisher.errors import ExitCode, ReportError, SettingsError, gravest
from ado_publisher.katalon import CaseBinding, CaseState, KatalonProject
from ado_publisher.model import TestResult
from ado_publisher.publish import PublishRequest
from ado_publisher.publish.naming import check_template
from ado_publisher.settings import Settings
from ado_publisher.verifying import Asked, BoundCase, Check, KatalonFacts, State, Verified, verify

_REQUIRED = ("organization-url", "project", "plan", "token")
# GitHub shows ten annotations of a step.
_ANNOTATIONS = 10


@click.command("verify")
@options_of("verify")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON, and nothing else, on standard output.")
def command(json_wanted: bool, **flags: object) -> int:
    """Check everything that a publish would need, before a run; nothing is written anywhere.

    FILE is a report, a glob, a folder, or - for standard input: each test case that it names is looked up.
    Exit code 0 when all is well, 2 when a setting is wrong or names what is not there, 3 when a report
    cannot be read, 4 when Azure DevOps refuses the credential or stays away.
    """
    gathered = gather_all(flags, os.environ, required=_REQUIRED, stdout_is_data=json_wanted)
    checks = list(_settings(gathered))
    results, told = _reports(gathered)
    checks += told
    request, told = _request(gathered)
    checks += told
    facts = _katalon(gathered.settings)
    found = _asked(gathered, request, results, facts)
    checks += found.checks
    whole = Verified(tuple(checks), found.cases, found.without_automation)
    if json_wanted:
        click.echo(as_json(whole, facts))
    elif sys.stdout.isatty():
        print_table(whole.checks)
    else:
        for line in plain(whole.checks):
            click.echo(line)
    problems = [check for check in whole.checks if check.state is State.PROBLEM]
    for check in problems[:_ANNOTATIONS]:
        speaking.annotate(gathered.host, "error", f"{check.check} {check.subject}: {check.told}")
    return int(gravest([check.code for check in problems]))


def _settings(gathered: Gathered) -> Iterator[Check]:
    file = gathered.config.file
    for problem in gathered.problems:
        yield Check("settings", "", State.PROBLEM, problem, code=ExitCode.SETTINGS)
    for warning in (*gathered.settings.warnings, *gathered.config.warnings):
        yield Check("settings", "", State.WARNING, warning)
    if not gathered.problems:
        yield Check("settings", file or "no config file", State.OK, "valid")


def _reports(gathered: Gathered) -> tuple[list[TestResult], list[Check]]:
    """What the reports say; one that the config expects and that is not there yet is no problem."""
    settings, config = gathered.settings, gathered.config
    if not settings.files and not config.reports:
        return [], []
    sources, missing = sources_of(settings, config)
    checks = [_missing(error, named=bool(settings.files)) for error in missing]
    read = reports.collect(_readable(sources))
    checks += [
        Check("report", each.file, State.PROBLEM, str(each), code=ExitCode.REPORT) for each in read.errors
    ]
    checks += [Check("report", "", State.WARNING, notice) for notice in read.notices]
    return list(read.results), checks


def _readable(sources: Sequence[Source]) -> list[Source]:
    known = (reports.AUTO, *reports.formats())
    # A format that nobody knows is told with the settings, and is no fault of the report's.
    return [source for source in sources if source[1] in known]


def _missing(error: ReportError, *, named: bool) -> Check:
    if named:
        return Check("report", error.file, State.PROBLEM, error.message, code=ExitCode.REPORT)
    return Check("report", error.file, State.UNCHECKED, f"{error.message}: not there yet")


def _request(gathered: Gathered) -> tuple[PublishRequest, list[Check]]:
    """What a publish would be asked; a value that only its request refuses is a problem as well."""
    settings = gathered.settings
    try:
        request = request_of(settings, gathered.whole, gathered.host)
        check_template(settings.run_name)
    except SettingsError as wrong:
        problem = Check("settings", "", State.PROBLEM, str(wrong), code=ExitCode.SETTINGS)
        return PublishRequest(settings.project, settings.plans), [problem]
    return request, []


def _asked(
    gathered: Gathered,
    request: PublishRequest,
    results: Sequence[TestResult],
    facts: KatalonFacts | None,
) -> Verified:
    settings = gathered.settings
    if not gathered.usable:
        told = "not tried: it takes an organization and a credential that may go there"
        return Verified((Check("service", settings.organization_url, State.UNCHECKED, told),))
    kind = _kind(settings)
    asked = Asked(request, kind, results, facts, tuple(_writes(settings)))
    with session_for(settings, settings.organization_url) as session:
        return verify(asked, session)


def _kind(settings: Settings) -> str:
    """What the credential is, as its variable and form show it; no part of it is told."""
    if settings.source("token") == "SYSTEM_ACCESSTOKEN":
        return "the pipeline's System.AccessToken"
    if settings.token.startswith("eyJ") and settings.token.count(".") == 2:  # a JWT has three parts
        return "a token of Microsoft Entra or System.AccessToken"
    return "a personal access token"


def _writes(settings: Settings) -> Iterator[str]:
    """The options that change work items."""
    if settings.unmatched == "create":
        yield "--unmatched create"
    if settings.associate != "never":
        yield f"--associate {settings.associate}"
    if settings.link_requirements:
        yield "--link-requirements"
    if settings.create_bugs:
        yield "--create-bugs"


def _katalon(settings: Settings) -> KatalonFacts | None:
    if not settings.katalon_project:
        return None
    try:
        project = katalon.read_project(Path(settings.katalon_project))
    except SettingsError:
        # Told with the settings already.
        return None
    return katalon_facts(project, ignored=settings.ignore_katalon_switches)


def katalon_facts(project: KatalonProject, *, ignored: bool = False) -> KatalonFacts:
    """A Katalon project in the words of a verification."""
    said = project.settings
    sorted_ = {state: tuple(_bound(*each) for each in project.cases(state)) for state in CaseState}
    return KatalonFacts(
        folder=project.folder,
        file=said.file if said else "",
        off=katalon.obeyed(project),
        off_is_ignored=ignored,
        enabled=said.enabled if said else None,
        auto_submit=said.auto_submit if said else None,
        settings=tuple((name, _shown(given.value)) for name, given in katalon.options_of(project).items()),
        bound=sorted_[CaseState.BOUND],
        unbound=sorted_[CaseState.UNBOUND],
        invalid=sorted_[CaseState.INVALID],
        problems=project.problems,
        warnings=katalon.warnings_of(project),
    )


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _bound(name: str, binding: CaseBinding) -> BoundCase:
    return BoundCase(name, binding.place, binding.ids, binding.variables, binding.problems)
