"""The table of all operations."""

from ado_publisher.emulator.api import (
    attachments,
    build,
    core,
    discovery,
    points,
    results,
    runs,
    testplan,
    wit,
)
from ado_publisher.emulator.web import Route

ROUTES: tuple[Route, ...] = (
    *discovery.ROUTES,
    *core.ROUTES,
    *build.ROUTES,
    *testplan.ROUTES,
    *points.ROUTES,
    *runs.ROUTES,
    *results.ROUTES,
    *attachments.ROUTES,
    *wit.ROUTES,
)
