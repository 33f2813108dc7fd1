"""Points set by hand: an outcome makes a manual run of its own, a reset makes the point active again."""

from __future__ import annotations

from collections.abc import Sequence

from ado_publisher.emulator import result_rows, rights, run_rows
from ado_publisher.emulator.identity import USER
from ado_publisher.emulator.point_view import Reached, reach
from ado_publisher.emulator.result_rows import points_by_id
from ado_publisher.emulator.store import Row, now
from ado_publisher.emulator.web import Request


def set_outcome(request: Request, points: Sequence[int], outcome: str) -> None:
    """Give points an outcome, as the web page does: in a completed manual run."""
    plan_id = request.integer("plan")
    _allowed(request, points)
    if outcome == "Unspecified":
        reset_points(request, points)
        return
    name = request.connection.execute("SELECT name FROM plans WHERE id = ?", (plan_id,)).fetchone()["name"]
    moment = now()
    project = request.project()
    run_id = run_rows.insert(
        request.connection,
        project.id,
        plan_id=plan_id,
        build_id=None,
        name=f"{name} (Manual)",
        state="Completed",
        automated=False,
        with_points=True,
        data={"startedDate": moment, "completedDate": moment},
    )
    made = result_rows.pre_made(request, run_id, points, outcome=outcome, state="Completed")
    run: Row = run_rows.row(request.connection, project.id, run_id)
    reach(
        request.connection,
        request.settings.behaviours,
        run,
        [Reached(point, result, outcome, USER) for point, result in made],
    )


def _allowed(request: Request, points: Sequence[int]) -> None:
    rows = points_by_id(request, request.integer("plan"), points)
    rights.need_cases(request, (row["case_id"] for row in rows.values()))


def reset_points(request: Request, points: Sequence[int]) -> None:
    """Make points active again, without outcome and without a last run."""
    _allowed(request, points)
    moment = now()
    request.connection.executemany(
        "UPDATE points SET outcome = 'Unspecified', state = 'Ready', last_state = 'Unspecified',"
        " run_id = NULL,"
        " result_id = NULL, build_number = NULL, run_by = NULL, completed = NULL, duration = NULL,"
        " active = 1,"
        " revision = revision + 1, updated = ?, reset = ? WHERE id = ?",
        [(moment, moment, point) for point in points],
    )
