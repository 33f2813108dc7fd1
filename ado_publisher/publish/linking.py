"""The build that a run is linked to, verified before it is written.

A name that the service does not know is a SettingsError that says which option named it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ado_publisher.ado import builds
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import SettingsError
from ado_publisher.model import Build


@dataclass(frozen=True, slots=True)
class BuildChoice:
    """The build a run shall be linked to; `named` by a person, or detected from the CI host.

    `definition` (an id or a name) decides between builds of one number; with `latest` its latest
    completed build is taken.
    """

    build_id: int | None = None
    numbers: tuple[str, ...] = ()
    named: bool = False
    definition: str = ""
    latest: bool = False


@dataclass(frozen=True, slots=True)
class BuildLink:
    """The build the run is linked to, those that are only mentioned, and why one is missing."""

    build: Build | None = None
    others: tuple[Build, ...] = ()
    warning: str = ""
    mention: str = ""


def choose_build(session: AdoSession, project: str, choice: BuildChoice) -> BuildLink:
    """Verify the build before it is written: a run with a build the project does not have is refused whole.

    A build that a person named must exist; one that was detected is mentioned instead, with a
    warning (azure-devops.md section 0.4: builds of another project cannot be linked).
    """
    if choice.latest:
        return _latest(session, project, choice.definition)
    if choice.numbers:
        found = [_build_by_number(session, project, number, choice.definition) for number in choice.numbers]
        return BuildLink(found[0], tuple(found[1:]))
    if choice.build_id is None:
        return BuildLink(warning=_definition_alone(choice.definition))
    build = builds.build_by_id(session, project, choice.build_id)
    if build is not None:
        return BuildLink(build)
    problem = f"project '{project}' has no build with id {choice.build_id}"
    if choice.named:
        raise SettingsError(
            f"--build-id: {problem}; a run can only be linked to a build of its own project. "
            "Leave the link out with --no-build-link."
        )
    return BuildLink(
        warning=f"{problem}: it is of another project or was deleted. The run is made without a link to it.",
        mention=f"build {choice.build_id} (not in this project)",
    )


def _definition_alone(definition: str) -> str:
    if not definition:
        return ""
    return (
        f"build definition {definition} alone does not say which build made the results: the run is made "
        "without a link to a build. Give --build-number, or take its latest build with --latest-build."
    )


def _latest(session: AdoSession, project: str, definition: str) -> BuildLink:
    if not definition:
        raise SettingsError("--latest-build: of which definition? Name it with --build-definition.")
    build = builds.latest_build(session, project, _definition_id(session, project, definition))
    if build is None:
        raise SettingsError(f"--latest-build: definition '{definition}' has no completed build")
    return BuildLink(
        build,
        warning=f"the run is linked to build {build.number}, the latest of definition '{definition}', "
        "which need not be the one that made the results",
    )


def _definition_id(session: AdoSession, project: str, definition: str) -> int:
    if definition.isascii() and definition.isdigit() and len(definition) <= 10:
        return int(definition)
    found = builds.definitions_by_name(session, project, definition)
    if len(found) == 1:
        return found[0]
    if not found:
        raise SettingsError(f"--build-definition: project '{project}' has no build definition '{definition}'")
    ids = ", ".join(map(str, found[:8]))
    raise SettingsError(
        f"--build-definition: {len(found)} build definitions are named '{definition}'; give an id: {ids}"
    )


def _build_by_number(session: AdoSession, project: str, number: str, definition: str) -> Build:
    if "*" in number:
        raise SettingsError(f"--build-number: '{number}' holds a *, which would search; give it whole")
    found = builds.builds_by_number(session, project, number)
    if definition and len(found) != 1:
        wanted = definition.casefold()
        found = [
            build for build in found if wanted in (str(build.definition_id), build.definition_name.casefold())
        ]
    if len(found) == 1:
        return found[0]
    of = f" of definition '{definition}'" if definition else ""
    if not found:
        raise SettingsError(
            f"--build-number: project '{project}' has no build with number '{number}'{of}. Check the number, "
            "or leave the link out with --no-build-link."
        )
    ids = ", ".join(f"{build.id} ({build.definition_name})" for build in found[:8])
    raise SettingsError(
        f"--build-number: {len(found)} builds of project '{project}' have number '{number}'{of}; "
        f"name one with --build-id or its --build-definition: {ids}"
    )
