"""What the service checks before it makes a test run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ado_publisher.emulator import rights
from ado_publisher.emulator.enums import member
from ado_publisher.emulator.errors import ApiError, invalid, not_found
from ado_publisher.emulator.point_view import automation_status
from ado_publisher.emulator.result_rows import points_by_id
from ado_publisher.emulator.store import Json
from ado_publisher.emulator.web import (
    Project,
    Request,
    canonical,
    date,
    integer,
    items,
    reference_id,
    text,
)

MAX_NAME = 256
MAX_TAGS = 5
_TAG = re.compile(r"[A-Za-z0-9]{1,29}")
_CREATE_STATES = ("Unspecified", "NotStarted", "InProgress", "Waiting")


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a creation asks for, checked."""

    name: str
    state: str
    automated: bool
    plan_id: int | None
    build_id: int | None
    points: tuple[int, ...]


def read(request: Request, project: Project, body: Json) -> RunFacts:
    """Return what a body asks for, or raise what the service answers."""
    name = text(body.get("name"), "name")
    if not name or not name.strip():
        raise invalid("The test run must have a name; the property name is missing or empty.")
    state = member("TestRunState", body["state"]) if body.get("state") not in (None, "") else "Unspecified"
    if state not in _CREATE_STATES:
        raise invalid(f"Test run state {state} is not valid for a new run; use NotStarted or InProgress.")
    automated = str(body.get("automated", False)).lower() == "true"
    plan = reference_id(body.get("plan"), "plan")
    if plan is not None:
        _check_plan(request, project, plan)
    points = tuple(integer(item, "pointIds") for item in items(body.get("pointIds"), "pointIds"))
    if points and plan is None:
        raise invalid("A test plan must be specified when pointIds are given.")
    if points:
        _check_points(request, plan or 0, points, automated=automated)
    build = build_id(request, project, body)
    _check_pipeline(body.get("pipelineReference"), build)
    check_tags(body.get("tags"))
    for key in ("startDate", "completeDate", "dueDate"):
        date(body.get(key), key)
    return RunFacts(run_name(request, name), state, automated, plan, build, points)


def run_name(request: Request, name: str) -> str:
    """Return a run's name as it is kept: at most 256 characters."""
    if len(name) > MAX_NAME and request.behaviour("long_run_name") == "refused":
        raise invalid(f"The name of the test run has {len(name)} characters, at most {MAX_NAME} are allowed.")
    return name[:MAX_NAME]


def _check_plan(request: Request, project: Project, plan: int) -> None:
    found = request.connection.execute(
        "SELECT * FROM plans WHERE id = ? AND project_id = ? AND access < 2", (plan, project.id)
    ).fetchone()
    if found is None:
        raise not_found(f"Test plan {plan}")
    rights.need_plan(found)


def _check_points(request: Request, plan: int, points: tuple[int, ...], *, automated: bool) -> None:
    rows = points_by_id(request, plan, points)
    rights.need_cases(request, (row["case_id"] for row in rows.values()))
    refused = request.behaviour("automated_run_with_manual_cases") == "refused"
    if (
        automated
        and refused
        and any(automation_status(row["fields"]) != "Automated" for row in rows.values())
    ):
        raise invalid("Mismatch in automation status of test case and test run.")


def build_id(request: Request, project: Project, body: Json) -> int | None:
    """Return the build a run names, or raise when its project has no such build."""
    number = reference_id(body.get("build"), "build")
    if not number:
        number = reference_id(body.get("buildReference"), "buildReference")
    if not number:
        return None
    found = request.connection.execute(
        "SELECT 1 FROM builds WHERE id = ? AND project_id = ?", (number, project.id)
    ).fetchone()
    if found is None:
        status = int(request.behaviour("unknown_build_status"))
        raise ApiError(status, "InvalidPropertyException", f"Build {number} cannot be found.")
    return number


def _check_pipeline(reference: object, build: int | None) -> None:
    """Check the stage, phase and job a run names: an empty reference is refused."""
    if reference is None:
        return
    if not isinstance(reference, dict):
        raise invalid("The value specified for pipelineReference is not valid.")
    given = canonical(reference)
    names = []
    for part, key in (
        ("stageReference", "stageName"),
        ("phaseReference", "phaseName"),
        ("jobReference", "jobName"),
    ):
        item = given.get(part)
        name = canonical(item).get(key) if isinstance(item, dict) else None
        if isinstance(name, str) and len(name) > MAX_NAME:
            raise invalid(f"{key} has {len(name)} characters, at most {MAX_NAME} are allowed.")
        if name:
            names.append(name)
    if not names:
        raise invalid("pipelineReference must name a stage, a phase or a job.")
    pipeline = given.get("pipelineId")
    if integer(0 if pipeline is None else pipeline, "pipelineId") != (build or 0):
        raise invalid(
            f"pipelineReference.pipelineId {pipeline} must be equal to the id of the build {build}."
        )


def check_tags(tags: object) -> None:
    """Check a run's tags: at most five, alphanumeric, under 30 characters."""
    if tags is None:
        return
    if not isinstance(tags, list) or len(tags) > MAX_TAGS:
        raise invalid(f"A test run takes a list of at most {MAX_TAGS} tags.")
    for tag in tags:
        name = canonical(tag).get("name") if isinstance(tag, dict) else None
        if not isinstance(name, str) or not _TAG.fullmatch(name):
            raise invalid(
                f"Tag '{str(name)[:60]}' is not valid: tags are alphanumeric and under 30 characters."
            )
