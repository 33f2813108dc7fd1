"""`init`: a config to begin with, from the project's real plans, suites and configurations."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ado_publisher import ci, inputs, settings
from ado_publisher.cli import host as speaking
from ado_publisher.cli.asking import ask_text, choose, choose_one
from ado_publisher.cli.connection import session_for
from ado_publisher.cli.katalon import with_katalon
from ado_publisher.cli.options import options_of
from ado_publisher.cli.text import harmless
from ado_publisher.config import Config
from ado_publisher.config.starter import Offer, OfferedConfiguration, starter
from ado_publisher.errors import CredentialError, SettingsError
from ado_publisher.options import DEFAULT_CONFIGS
from ado_publisher.settings import Settings
from ado_publisher.values import organization_url

if TYPE_CHECKING:
    from ado_publisher.ado.account import TeamProject
    from ado_publisher.ado.http import AdoSession
    from ado_publisher.model import TestPlan, TestSuite

_NEEDED = ("organization-url", "project", "plan", "token")
_MOST_ROWS = 50


@click.command("init")
@options_of("init")
@click.option("--output", "output", default=DEFAULT_CONFIGS[0], show_default=True, metavar="FILE",
              help="The config file to write.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(output: str, force: bool, **flags: object) -> int:
    """Write a commented config from what the project has: its plans, suites and configurations.

    On a terminal it asks for what no flag says; elsewhere the flags must say it. It holds no secret.
    """
    path = Path(output)
    _refuse_overwriting(path, force=force)
    asking = sys.stdin.isatty() and sys.stdout.isatty()
    found, said = _settings(flags, os.environ, asking=asking)
    url = found.organization_url or ask_text("URL of the organization or collection", organization_url)
    with session_for(found, url) as session:
        offer = _offered(session, found, asking=asking)
    if found.katalon_project:
        offer = replace(offer, katalon_project=found.katalon_project, katalon_said=_rows(said))
        given = said.options.get("plan")
        if given and given.source == found.source("plan"):
            # What the Katalon project says is read from it again by each publish.
            offer = replace(offer, plans=(), words=())
    _refuse_overwriting(path, force=force)
    _write(path, starter(offer))
    click.echo(harmless(f"{output} is written: project {offer.project}, {_plans_in_words(offer)}"))
    named = "" if output in DEFAULT_CONFIGS else f" --config {output}"
    click.echo(harmless(f"Check it against the project with: ado-publisher verify{named}"))
    return 0


def _settings(
    flags: Mapping[str, object], environ: Mapping[str, str], *, asking: bool
) -> tuple[Settings, Config]:
    """The settings of flags, environment and host, and what a Katalon project says; no config is read."""
    host = ci.detect(environ)
    speaking.mask(host, inputs.secrets(environ))
    said = with_katalon(Config(), flags, environ)
    required = ("token",) if asking else _NEEDED
    found = settings.resolve(flags, environ, said.options, ci.defaults(host), required=required)
    for warning in (*found.warnings, *said.warnings):
        speaking.warn(host, warning)
    return found, said


def _offered(session: AdoSession, found: Settings, *, asking: bool) -> Offer:
    """What the project has and what of it is chosen: by flag, or asked for. Raises SettingsError."""
    # Loaded late: a command's --help asks no service.
    from ado_publisher.ado import testplans
    from ado_publisher.ado.configurations import configuration_facts
    from ado_publisher.publish.plans import choose_plans

    project = _project(session, found.project)
    everything = testplans.plans(session, project.name)
    words = _words(found.plans, everything)
    plans = _plans(session, project.name, everything, found, asking=asking)
    covered = [*plans, *(choose_plans(session, project.name, words) if words else ())]
    suites = [suite for plan in covered for suite in testplans.suites(session, project.name, plan)]
    known = configuration_facts(session, project.name)
    facts = {each.id: OfferedConfiguration(each.id, each.name, each.values) for each in known if each.active}
    chosen_suites, patterns = _suites(suites, covered, found.suites, asking=asking)
    configurations = _configurations(facts, found.configurations, asking=asking)
    return Offer(
        organization_url=session.base,
        project=project.name,
        project_id=project.id,
        plans=tuple(plans),
        words=words,
        all_plans=tuple(everything),
        suites=chosen_suites,
        all_suites=tuple(suites),
        patterns=patterns,
        configurations=configurations,
        all_configurations=tuple(facts.values()),
    )


def _project(session: AdoSession, wanted: str) -> TeamProject:
    """The project that is named, as the service spells it, or one that is chosen from the list."""
    from ado_publisher.ado.account import TeamProject, projects
    from ado_publisher.publish.named import instead

    try:
        seen = projects(session)
    except CredentialError:
        # The list takes a scope that a publish does not need; what is named is looked at with its plans.
        if not wanted or not _takes_us(session):
            raise
        return TeamProject("", wanted)
    if not wanted:
        if not seen:
            raise SettingsError(f"--project: the credential in {session.credential} sees no project")
        return choose_one("Project", seen, lambda each: each.name)
    folded = wanted.casefold()
    for each in seen:
        if folded in (each.name.casefold(), each.id.casefold()):
            return each
    names = [each.name for each in seen]
    raise SettingsError(
        f"--project: the credential sees no project '{wanted}'{instead(wanted, names, 'projects')}"
    )


def _takes_us(session: AdoSession) -> bool:
    from ado_publisher.ado.account import identity

    try:
        identity(session)
    except CredentialError:
        return False
    return True


def _words(wanted: Sequence[str], everything: Sequence[TestPlan]) -> tuple[str, ...]:
    """Words such as @latest, which name a plan anew at each publish and are written as they are."""
    names = {plan.name for plan in everything}
    return tuple(word for word in wanted if word.startswith("@") and word not in names)


def _plans(
    session: AdoSession, project: str, everything: Sequence[TestPlan], found: Settings, *, asking: bool
) -> list[TestPlan]:
    """The plans that are named by id or name, or chosen from the list."""
    from ado_publisher.publish.plans import choose_plans

    if found.plans:
        words = _words(found.plans, everything)
        named = tuple(name for name in found.plans if name not in words)
        return choose_plans(session, project, named) if named else []
    if not asking:
        raise SettingsError("--plan: is missing")
    if not everything:
        raise SettingsError(f"--plan: project '{project}' has no test plan; make one in Test Plans")
    ordered = sorted(everything, key=lambda plan: plan.state.casefold() == "inactive")
    return choose("Test plan", ordered, _plan_in_words, several=True)


def _plan_in_words(plan: TestPlan) -> str:
    return f"{plan.name} ({plan.id})" + (", inactive" if plan.state.casefold() == "inactive" else "")


def _suites(
    known: Sequence[TestSuite], plans: Sequence[TestPlan], wanted: Sequence[str], *, asking: bool
) -> tuple[tuple[TestSuite, ...], tuple[str, ...]]:
    """The suites to write, and what flags said of them, which is written as it is."""
    from ado_publisher.publish.choosing import suites_below
    from ado_publisher.publish.named import instead

    paths = [suite.path for suite in known if suite.path]
    missing = [name for name in wanted if not suites_below(known, name)]
    if missing:
        label = ", ".join(f"{plan.id} '{plan.name}'" for plan in plans)
        told = [f"'{name}'{instead(name, paths, 'suites')}" for name in missing]
        raise SettingsError(f"--suite: test plan {label} has no suite " + "; nor ".join(told))
    below = [suite for suite in known if suite.path]
    if wanted or not asking or not below:
        return (), tuple(wanted)
    return tuple(choose("Test suites", below, lambda suite: suite.path, several=True, needed=False)), ()


def _configurations(
    known: Mapping[int, OfferedConfiguration], wanted: Sequence[str], *, asking: bool
) -> tuple[OfferedConfiguration, ...]:
    from ado_publisher.model import TestConfiguration
    from ado_publisher.publish.choosing import configurations_named

    if wanted:
        problems: list[str] = []
        plain = [TestConfiguration(each.id, each.name) for each in known.values()]
        ids = configurations_named(plain, [(name, "--configuration") for name in wanted], {}, problems)
        if problems:
            raise SettingsError("\n".join(problems))
        return tuple(known[number] for number in sorted(ids))
    if not asking or len(known) < 2:  # of one there is nothing to choose
        return ()
    items = list(known.values())
    return tuple(choose("Configurations", items, lambda each: each.name, several=True, needed=False))


def _rows(said: Config) -> tuple[str, ...]:
    """What a Katalon project's settings say, in words for comments."""
    rows = [f"{name}: {_text(given.value)}" for name, given in said.options.items()]
    rows += [f"{outcome} is published as {shown}" for outcome, shown in said.statuses.items()]
    rows += [f"{rule.label}: configuration {rule.configuration}" for rule in said.configurations]
    left = len(rows) - _MOST_ROWS
    return (*rows[:_MOST_ROWS], *([f"… and {left} more"] if left > 0 else []))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _plans_in_words(offer: Offer) -> str:
    names = [*offer.words, *(f"test plan {plan.id} '{plan.name}'" for plan in offer.plans)]
    return ", ".join(names) or "the test plan of the Katalon project"


def _refuse_overwriting(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise SettingsError(f"--output: {path} is a folder")
    if not force and (path.exists() or path.is_symlink()):
        raise SettingsError(f"--output: {path} exists already; --force overwrites it")


def _write(path: Path, text: str) -> None:
    """The whole file or nothing. Raises SettingsError that names the option."""
    place = partial(tempfile.mkstemp, dir=path.parent, prefix=f".{path.name}.")
    temporary = ""
    try:
        handle, temporary = place()
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        # mkstemp makes a private file; this one is checked in and read by others.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise SettingsError(f"--output: {path} cannot be written: {error.strerror or error}") from error
