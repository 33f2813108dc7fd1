"""The table of all operations."""

from ado_publisher.emulator.api import (
    attachments,
    build,
    configurations,
    core,
    discovery,
    plan_write,
    points,
    results,
    results_query,
    runs,
    suite_case_write,
    suite_write,
    testplan,
    wiql,
    wit,
    wit_history,
    wit_meta,
    wit_nodes,
)
from ado_publisher.emulator.web import Route

ROUTES: tuple[Route, ...] = (
    *discovery.ROUTES,
    *core.ROUTES,
    *build.ROUTES,
    *testplan.ROUTES,
    *configurations.ROUTES,
    *plan_write.ROUTES,
    *suite_write.ROUTES,
    *suite_case_write.ROUTES,
    *points.ROUTES,
    *runs.ROUTES,
    *results.ROUTES,
    *results_query.ROUTES,
    *attachments.ROUTES,
    *wit.ROUTES,
    *wit_history.ROUTES,
    *wit_meta.ROUTES,
    *wit_nodes.ROUTES,
    *wiql.ROUTES,
)
