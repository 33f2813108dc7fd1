"""What a new bug says. Pure; every text of a report is escaped before it becomes HTML."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

from ado_publisher.ado import workitems
from ado_publisher.drafts import ResultDraft
from ado_publisher.model import Build, TestRun
from ado_publisher.publish.request import BugPolicy
from ado_publisher.publish.workitems.automation import line
from ado_publisher.publish.workitems.naming import area_path
from ado_publisher.text import clean, cut

REPRO = "Microsoft.VSTS.TCM.ReproSteps"
SYSTEM_INFO = "Microsoft.VSTS.TCM.SystemInfo"
DESCRIPTION = "System.Description"
ASSIGNED_TO = "System.AssignedTo"
_LONGEST = 32_000
_CUT = "… [cut here; the test result holds all of it]"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed result and where it stands."""

    draft: ResultDraft
    run: TestRun | None
    build: Build | None
    branch: str = ""
    earlier: int | None = None


def title_of(draft: ResultDraft) -> str:
    """The test and the first line of what it said."""
    first = next((each.strip() for each in clean(draft.message).splitlines() if each.strip()), "")
    told = " ".join(first.split()) or draft.outcome.value
    return cut(line(f"{draft.automated_test_name or draft.title}")[:200] + f": {told}", 255, "…")


def fields_of(failure: Failure, policy: BugPolicy, tag: str, project: str, area: str) -> dict[str, object]:
    """The fields of the bug of this failure, by reference name; `area` is that of the test case."""
    fields: dict[str, object] = {
        workitems.TITLE: title_of(failure.draft),
        workitems.TAGS: "; ".join([tag, *map(line, policy.tags)]),
    }
    steps, system = "".join(_steps(failure)), "".join(_system(failure))
    if policy.type.casefold() == "bug":
        fields |= {REPRO: steps, SYSTEM_INFO: system}
    else:
        # Other types, such as the Issue of the Basic process, have no such fields.
        fields[DESCRIPTION] = steps + system
    for name, value in (
        (workitems.AREA, area_path(policy.area, project) if policy.area else area),
        (workitems.ITERATION, area_path(policy.iteration, project) if policy.iteration else ""),
        (ASSIGNED_TO, policy.assigned_to),
    ):
        if value:
            fields[name] = value
    return {**fields, **policy.fields}


def run_link(run: TestRun | None) -> str:
    """The run as HTML, a link where it has an address."""
    if run is None:
        return "a test run"
    label = html.escape(f"test run {run.id}")
    if not run.url.startswith(("https://", "http://")):
        return label
    return f'<a href="{html.escape(run.url, quote=True)}">{label}</a>'


def _steps(failure: Failure) -> Iterator[str]:
    draft = failure.draft
    name = html.escape(clean(draft.automated_test_name or draft.title))
    ended = f"ended as {draft.outcome.value} in {run_link(failure.run)}"
    yield f"<p>The automated test <b>{name}</b> {ended}.</p>"
    if failure.build is not None:
        yield f"<p>Build: {html.escape(clean(failure.build.number))}</p>"
    if failure.earlier is not None:
        yield f"<p>An earlier bug of the same failure is closed: #{failure.earlier}</p>"
    for label, text in (("Message", draft.message), ("Stack trace", draft.stack_trace)):
        if text.strip():
            yield f"<p>{label}:</p><pre>{html.escape(cut(clean(text), _LONGEST, _CUT))}</pre>"


def _system(failure: Failure) -> Iterator[str]:
    draft, build = failure.draft, failure.build
    facts = (
        ("Configuration", draft.point.configuration.name if draft.point else ""),
        ("Host", draft.host),
        ("Kind of test", draft.automated_test_type),
        ("Build", build.number if build else ""),
        ("Branch", failure.branch or (build.branch if build else "")),
        ("Commit", build.source_version if build else ""),
    )
    yield from (f"<div>{name}: {html.escape(clean(value))}</div>" for name, value in facts if value)
