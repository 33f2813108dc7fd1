"""Classic releases that a run may be linked to, named by their artifact addresses."""

from __future__ import annotations

import re

from ado_publisher.emulator.errors import invalid
from ado_publisher.emulator.store import Json, Row, loads
from ado_publisher.emulator.web import MAX_INT, Project, Request, canonical, integer, text

RELEASE = "vstfs:///ReleaseManagement/Release/"
STAGE = "vstfs:///ReleaseManagement/Environment/"
_URI = re.compile(r"vstfs:///ReleaseManagement/(Release|Environment)/(\d{1,10})", re.IGNORECASE)


def link(request: Request, project: Project, body: Json) -> Json:
    """Return what a run keeps of the release and stage that its body names, checked; nothing when none.

    Raises 400 in the service's words (azure-devops-observed.md A9) when the project has no such release
    or the release no such stage.
    """
    release, stage = _named(body)
    if release is None and stage is None:
        return {}
    found = request.connection.execute(
        "SELECT data FROM releases WHERE project_id = ? AND id = ?", (project.id, _number(release, "Release"))
    ).fetchone()
    if found is None:
        raise _missing(release, stage)
    number = _number(stage, "Environment")
    if stage is None:
        if request.behaviour("release_without_stage") == "refused":
            raise _missing(release, stage)
    elif number not in {item["id"] for item in loads(found["data"])["environments"]}:
        raise _missing(release, stage)
    kept: Json = {"releaseUri": release, "release_id": _number(release, "Release")}
    return {**kept, "releaseEnvironmentUri": stage, "release_environment_id": number} if stage else kept


def _named(body: Json) -> tuple[str | None, str | None]:
    """Return the addresses of a body, also where it names the release by a reference with ids."""
    release = text(body.get("releaseUri"), "releaseUri") or None
    stage = text(body.get("releaseEnvironmentUri"), "releaseEnvironmentUri") or None
    reference = body.get("releaseReference")
    if isinstance(reference, dict):
        given = canonical(reference)
        if not release and given.get("id"):
            release = f"{RELEASE}{integer(given['id'], 'releaseReference.id')}"
        if not stage and given.get("environmentId"):
            stage = f"{STAGE}{integer(given['environmentId'], 'releaseReference.environmentId')}"
    return release, stage


def _number(uri: str | None, kind: str) -> int:
    found = _URI.fullmatch(uri or "")
    good = found is not None and found.group(1).lower() == kind.lower() and int(found.group(2)) <= MAX_INT
    return int(found.group(2)) if found is not None and good else 0


def _missing(release: str | None, stage: str | None) -> Exception:
    return invalid(
        f"Release environment with release uri {release or ''} and environment uri {stage or ''} "
        "cannot be found."
    )


def row(request: Request, project: Project, number: int) -> Row | None:
    """Return a release of the project, or None."""
    found: Row | None = request.connection.execute(
        "SELECT * FROM releases WHERE project_id = ? AND id = ?", (project.id, number)
    ).fetchone()
    return found


def reference(request: Request, project: Project, run: Json) -> Json | None:
    """Return the reference that a run's stored data makes, as `release` of the run shows it."""
    found = row(request, project, run.get("release_id", 0))
    if found is None:
        return None
    data = loads(found["data"])
    shown: Json = {
        "id": found["id"],
        "name": found["name"],
        "definitionId": data["definition"]["id"],
        "creationDate": data["created"],
        "attempt": 1,
    }
    for stage in data["environments"]:
        if stage["id"] == run.get("release_environment_id"):
            shown |= {
                "environmentId": stage["id"],
                "environmentName": stage["name"],
                "environmentDefinitionId": stage["id"],
                "environmentDefinitionName": stage["name"],
                "environmentCreationDate": data["created"],
            }
    return shown
