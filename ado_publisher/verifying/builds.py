"""The builds and the release that a run would be linked to."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ado_publisher.ado import builds
from ado_publisher.publish import PublishRequest
from ado_publisher.publish.linking import BuildChoice, choose_build
from ado_publisher.verifying.access import BUILD_SCOPE
from ado_publisher.verifying.findings import Findings


def links(findings: Findings, project: str, request: PublishRequest, *, readable: bool) -> None:
    """A row for each build, definition and release that is named or that the CI host offers."""
    choice = request.build
    named = [("build number", number) for number in choice.numbers]
    if choice.build_id is not None:
        named.append(("build", str(choice.build_id)))
    if choice.definition:
        named.append(("build definition", choice.definition))
    if not named and not choice.latest:
        findings.ok("build", "", "none is named: the run would be made without a link to a build")
    elif not readable:
        for check, subject in named:
            findings.unchecked(check, subject, "builds cannot be read")
    else:
        _builds(findings, project, choice)
    if request.release is not None:
        stage = request.release.environment_id
        subject = f"{request.release.id}" + (f", environment {stage}" if stage else "")
        findings.unchecked("release", subject, "is checked by the service only when the run is made")


def _builds(findings: Findings, project: str, choice: BuildChoice) -> None:
    if choice.definition:
        _definition(findings, project, choice.definition)
    if choice.latest:
        _choose(findings, project, "latest build", choice.definition, choice)
    for number in choice.numbers:
        _choose(findings, project, "build number", number, replace(choice, numbers=(number,)))
    if choice.build_id is not None and not choice.latest:
        _choose(findings, project, "build", str(choice.build_id), choice)


def _choose(findings: Findings, project: str, check: str, subject: str, choice: BuildChoice) -> None:
    choosing = partial(choose_build, findings.session, project, choice)
    link = findings.tried(check, subject, choosing, scope=BUILD_SCOPE)
    if link is None:
        return
    build = link.build
    told = f"build {build.id} of {build.definition_name or 'an unknown definition'}" if build else ""
    if link.warning:
        findings.warn(check, subject, link.warning if not told else f"{told}: {link.warning}")
    else:
        findings.ok(check, subject, told)


def _definition(findings: Findings, project: str, wanted: str) -> None:
    session = findings.session
    check, by_name = "build definition", partial(builds.definitions_by_name, session, project, wanted)
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 10:  # as linking takes it for an id
        before = len(findings.checks)
        asking = partial(builds.definition_by_id, session, project, int(wanted))
        name = findings.tried(check, wanted, asking, scope=BUILD_SCOPE)
        if name is not None:
            findings.ok(check, wanted, f"'{name}'")
        elif len(findings.checks) == before:
            findings.problem(check, wanted, f"project '{project}' has no build definition with id {wanted}")
        return
    found = findings.tried(check, wanted, by_name, scope=BUILD_SCOPE)
    if found is None:
        return
    ids = ", ".join(map(str, found[:8]))
    if len(found) == 1:
        findings.ok(check, wanted, f"id {ids}")
    elif found:
        findings.warn(check, wanted, f"{len(found)} build definitions have that name: {ids}")
    else:
        findings.problem(check, wanted, f"project '{project}' has no build definition '{wanted}'")
