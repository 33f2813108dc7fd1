"""`run open` and `run close`: one test run that many jobs publish into."""

from __future__ import annotations

import json
import os

import click

from ado_publisher import ci
from ado_publisher.ado.bodies import pipeline
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.sharedruns import open_body
from ado_publisher.cli import host as speaking
from ado_publisher.cli.collecting import publish_journals
from ado_publisher.cli.connection import session_for
from ado_publisher.cli.context import gather
from ado_publisher.cli.options import options_of
from ado_publisher.cli.publish import build_of, identity_of
from ado_publisher.cli.text import harmless
from ado_publisher.errors import ExitCode, ServiceError
from ado_publisher.model import TestRun
from ado_publisher.publish.linking import choose_build
from ado_publisher.publish.naming import check_template, run_comment, run_name, values_of
from ado_publisher.publish.plans import choose_plan
from ado_publisher.publish.preparing import key_of
from ado_publisher.publish.shared import Closed, Expected, close_run, expected, open_run
from ado_publisher.settings import Settings


@click.group("run")
def command() -> None:
    """One test run for many jobs: open it once, publish into it with --run ID, close it once."""


@command.command("open")
@options_of("run open")
@click.option("--expect", default="", metavar="N|NAME[,NAME]",
              help="How many jobs will publish into the run, or their names (each job's --key).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
def open_command(expect: str, as_json: bool, **flags: object) -> int:
    """Open a test run and print its id; opened twice for the same build and key it is one run."""
    required = ("organization-url", "project", "plan", "token")
    settings, config, host = gather(flags, os.environ, required=required, stdout_is_data=as_json)
    for warning in (*settings.warnings, *config.warnings):
        speaking.warn(host, warning)
    jobs = expected(expect)
    with session_for(settings, settings.organization_url) as session:
        key, run = _open(session, settings, host, jobs)
    if as_json:
        click.echo(json.dumps({"run_id": run.id, "run_url": run.url, "key": key}))
        return int(ExitCode.OK)
    click.echo(harmless(f"test run {run.id} is open; each job publishes into it with --run {run.id}"))
    click.echo(harmless(run.url))
    speaking.set_outputs(host, {"run-id": run.id, "run-url": run.url})
    return int(ExitCode.OK)


@command.command("close")
@options_of("run close")
@click.argument("run_id", metavar="ID", type=click.IntRange(min=1))
@click.option(
    "--allow-missing", is_flag=True, help="Exit code 0 although jobs that were expected are missing."
)
@click.option("--journal", "journals", multiple=True, metavar="FILE",
              help="A job's journal, where the service took no results. May be repeated.")  # fmt: skip
def close_command(run_id: int, allow_missing: bool, journals: tuple[str, ...], **flags: object) -> int:
    """Complete a test run: of several results on one test point the worst becomes the last word."""
    settings, config, host = gather(flags, os.environ, required=("organization-url", "project", "token"))
    for warning in (*settings.warnings, *config.warnings):
        speaking.warn(host, warning)
    if journals:
        return publish_journals(run_id, journals, settings, host, allow_missing=allow_missing)
    with session_for(settings, settings.organization_url) as session:
        try:
            closed = close_run(session, settings.project, run_id)
        except ServiceError as error:
            error.add_advice(f"The run is still open. Close it with\n  ado-publisher run close {run_id}")
            raise
    _tell(closed, host)
    incomplete = closed.problems or (closed.missing and not allow_missing)
    return int(ExitCode.POLICY if incomplete else ExitCode.OK)


def _open(session: AdoSession, settings: Settings, host: ci.CiHost, jobs: Expected) -> tuple[str, TestRun]:
    check_template(settings.run_name)
    plan = choose_plan(session, settings.project, settings.plans)
    link = choose_build(session, settings.project, build_of(settings))
    values = values_of((), link, branch=host.branch, job=host.job.job, build_number=host.build_number)
    number = link.build.id if link.build else None
    key = key_of((session.base, settings.project, plan.id, number, "open", *identity_of(settings, host)))
    marker = f"[ado-publisher {key}; {jobs.text}]"
    body = open_body(
        name=run_name(settings.run_name, values, fallback=plan.name),
        plan_id=plan.id,
        build_id=number,
        comment=f"{run_comment(link, ci.context_text(host))[:800]} {marker}".strip(),
        pipeline=pipeline(number, host.job) if number is not None and number == host.build_id else {},
    )
    return key, open_run(session, settings.project, body, plan_id=plan.id, marker=marker)


def _tell(closed: Closed, host: ci.CiHost) -> None:
    click.echo(
        harmless(
            f"test run {closed.run.id} is {closed.run.state}: {closed.results} results of "
            f"{len(closed.jobs)} jobs on {closed.points} test points, {closed.failed} of them failed"
        )
    )
    if closed.crowned:
        click.echo(f"{len(closed.crowned)} test points had several results; each shows the worst of its own")
    for problem in closed.problems:
        speaking.warn(host, problem)
    for name in closed.missing:
        speaking.warn(host, f"missing: {name} published nothing into test run {closed.run.id}")
    click.echo(harmless(closed.run.url))
