"""The table of all operations."""

from ado_publisher.emulator.api import (
    attachments,
    build,
    core,
    discovery,
    points,
    results,
    results_query,
    runs,
    testplan,
    wiql,
    wit,
    wit_history,
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
    *results_query.ROUTES,
    *attachments.ROUTES,
    *wit.ROUTES,
    *wit_history.ROUTES,
    *wiql.ROUTES,
)
