"""Rights that end at an area: what test management answers where only reading is allowed.

Nobody has recorded these answers; the status and typeKey are the service's own for a denied access.
"""

from __future__ import annotations

from collections.abc import Iterable

from ado_publisher.emulator.areas import FULL
from ado_publisher.emulator.errors import ApiError
from ado_publisher.emulator.store import Row, loads, marks
from ado_publisher.emulator.web import Request

CHUNK = 1000


def denied(what: str, area: str) -> ApiError:
    """Return the 403 of test management."""
    text = f"You do not have the permission to change {what} in the area path {area}."
    return ApiError(403, "AccessDeniedException", text)


def need_cases(request: Request, numbers: Iterable[int | None]) -> None:
    """Raise 403 when one of the test cases lies in an area that may only be read."""
    wanted = sorted({number for number in numbers if number})
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        row = request.connection.execute(
            "SELECT id, json_extract(fields, '$.\"System.AreaPath\"') AS area FROM work_items"  # noqa: S608
            f" WHERE access > ? AND id IN ({marks(len(part))}) ORDER BY id LIMIT 1",
            (FULL, *part),
        ).fetchone()
        if row is not None:
            raise denied(f"test results of test case {row['id']}", row["area"])


def need_plan(plan: Row) -> None:
    """Raise 403 when a plan lies in an area that may only be read."""
    if plan["access"] != FULL:
        raise denied(f"test plan {plan['id']}", loads(plan["data"]).get("area", ""))
