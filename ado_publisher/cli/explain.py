"""`explain`: tells why results reached their test points, or why not, and writes nothing."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from difflib import get_close_matches

import click

from ado_publisher import reports
from ado_publisher.cli import host as speaking
from ado_publisher.cli.connection import session_for
from ado_publisher.cli.context import gather
from ado_publisher.cli.options import options_of
from ado_publisher.cli.publish import request_of, sources_of
from ado_publisher.cli.telling import tell_error
from ado_publisher.cli.text import harmless
from ado_publisher.errors import ExitCode, SettingsError
from ado_publisher.explaining import Explainer
from ado_publisher.explaining.as_json import SCHEMA_VERSION, case_facts, dumped, result_facts
from ado_publisher.explaining.as_text import case_lines, result_lines
from ado_publisher.explaining.casewise import explain_case
from ado_publisher.matching import match
from ado_publisher.model import Match
from ado_publisher.publish.looking import plans_of, view_of

_REQUIRED = ("files", "organization-url", "project", "plan", "token")
_MOST = 20


@click.command("explain")
@click.argument("name", metavar="NAME|ID")
@options_of("explain")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
def command(name: str, as_json: bool, **flags: object) -> int:
    """Tell why a result reached its test points, or why not. Nothing is written.

    NAME is a test's name (also with its class in front), a glob, or a part of it; ID is a test case's.
    """
    settings, config, host = gather(flags, os.environ, required=_REQUIRED, stdout_is_data=as_json)
    for warning in (*settings.warnings, *config.warnings):
        speaking.warn(host, warning)
    sources, errors = sources_of(settings, config)
    read = reports.collect(sources, salvage=settings.salvage)
    errors += read.errors
    for error in errors:
        tell_error(error, host)
    request = request_of(settings, config, host)
    with session_for(settings, settings.organization_url) as session:
        plans = plans_of(request, session, None)
        view = view_of(request, session, plans, read.results)
    matches = match(read.results, view, request.rules)
    explainer = Explainer(view, request.rules)
    found = _named(name, matches)
    case_id = re.fullmatch(r"#?([0-9]{1,10})", name.strip())
    if not found and case_id is not None:
        case = explain_case(int(case_id[1]), matches, explainer)
        _tell(as_json, {"test_cases": [case_facts(case)]}, list(case_lines(case)))
    elif not found:
        raise SettingsError(f"no result is named '{name}'{_nearest(name, matches)}")
    else:
        told = [explainer.explain(each) for each in found[:_MOST]]
        lines = [line for each in told for line in (*result_lines(each), "")]
        if len(found) > _MOST:
            lines.append(f"{len(found) - _MOST} more results have such a name")
        _tell(as_json, {"results": [result_facts(each) for each in told], "found": len(found)}, lines)
    return int(ExitCode.REPORT if errors else ExitCode.OK)


def _tell(as_json: bool, facts: dict[str, object], lines: Sequence[str]) -> None:
    if as_json:
        click.echo(dumped({"schema_version": SCHEMA_VERSION, **facts}, indent=2))
        return
    for line in lines:
        click.echo(harmless(line))


def _named(name: str, matches: Sequence[Match]) -> list[Match]:
    """The results of that name; else those that a glob or a part of it fits, case ignored."""
    exact = [each for each in matches if name in (each.result.name, each.result.automated_name)]
    if exact or re.fullmatch(r"#?[0-9]{1,10}", name.strip()):
        return exact
    wanted = name.casefold()
    fits = re.compile(fnmatch.translate(wanted)).match
    return [
        each for each in matches if fits(each.result.automated_name.casefold())
        or fits(each.result.name.casefold()) or wanted in each.result.automated_name.casefold()
    ]  # fmt: skip


def _nearest(name: str, matches: Sequence[Match]) -> str:
    known = list(dict.fromkeys(each.result.name for each in matches))[:20_000]
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f" - did you mean {', '.join(repr(each) for each in close)}?"
    return f"; {len(matches)} results were read" + (f", the first is '{known[0]}'" if known else "")
