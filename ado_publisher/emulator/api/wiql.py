"""Queries over work items. https://learn.microsoft.com/rest/api/azure/devops/wit/wiql"""

from __future__ import annotations

from ado_publisher.emulator import field_values, wiql, wiql_run
from ado_publisher.emulator.errors import WIT, ApiError, invalid_argument
from ado_publisher.emulator.store import Json, now
from ado_publisher.emulator.web import Answer, Request, Route
from ado_publisher.emulator.wit_model import Field


def query(request: Request) -> Answer:
    """Run a flat query; more rows than the limit are refused, unless $top asks for fewer."""
    text = request.object_body().get("query")
    if not isinstance(text, str) or not text.strip():
        raise invalid_argument("The query text is missing or empty.")
    parsed = wiql.parse(text, lambda name: field_values.find(request.connection, name))
    context = wiql_run.Context(
        request.project().name if request.project_name else None,
        request.settings.behaviours,
        request.flag("timePrecision"),
    )
    limit = int(request.behaviour("wiql_row_limit"))
    top = request.count("$top", limit + 1)
    found = wiql_run.select(request.connection, parsed, context)[:top]
    if len(found) > limit:
        message = (
            f"VS402337: The number of work items returned exceeds the size limit of {limit}. "
            "Change the query to return fewer items."
        )
        key = "WorkItemTrackingQueryResultSizeLimitExceededException"
        raise ApiError(400, key, message, assembly=WIT, event_id=3200)
    shown: Json = {
        "queryType": "flat",
        "queryResultType": "workItem",
        "asOf": now(),
        "columns": [_column(request, item) for item in parsed.columns],
    }
    if parsed.order:
        shown["sortColumns"] = [
            {"field": _column(request, item), "descending": descending} for item, descending in parsed.order
        ]
    here = f"{request.base}/_apis/wit/workItems"
    shown["workItems"] = [{"id": number, "url": f"{here}/{number}"} for number in found]
    return Answer(shown)


def _column(request: Request, item: Field) -> Json:
    here = f"{request.base}/_apis/wit/fields/{item.reference}"
    return {"referenceName": item.reference, "name": item.name, "url": here}


ROUTES = (Route("POST", "wit/wiql", query, "wiql", organization_level=True),)
