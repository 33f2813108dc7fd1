"""What official clients ask before their first call: OPTIONS, resource areas, connection data."""

from __future__ import annotations

from collections.abc import Sequence

from ado_publisher.emulator.errors import NotEmulatedError
from ado_publisher.emulator.identity import USER, guid, split
from ado_publisher.emulator.resource_model import FLAVOURS
from ado_publisher.emulator.resources import AREAS, RESOURCES, location
from ado_publisher.emulator.store import Json
from ado_publisher.emulator.web import Answer, Request, Route, listing


def options(operation: Sequence[str], flavour: str) -> Answer:
    """Answer OPTIONS `_apis` with every resource, OPTIONS `_apis/{area}` with those of one area."""
    if len(operation) > 1:
        raise NotEmulatedError
    area = operation[0].lower() if operation else None
    found = [
        location(item, flavour) for item in RESOURCES if item.listed and area in (None, item.area.lower())
    ]
    return Answer({"value": found, "count": len(found)})


def resource_areas(request: Request) -> Answer:
    """List the areas; an on-premises server answers null, and everything goes to its base URL."""
    if FLAVOURS[request.settings.server].on_premises:
        return Answer({"count": 0, "value": None})
    return listing([_area(request, area_id, name) for area_id, name in AREAS])


def resource_area(request: Request) -> Answer:
    """Return one area by its id."""
    wanted = request.params["area"].lower()
    found = next(((area_id, name) for area_id, name in AREAS if area_id == wanted), None)
    if found is None or FLAVOURS[request.settings.server].on_premises:
        return Answer(None)
    return Answer(_area(request, *found))


def _area(request: Request, area_id: str, name: str) -> Json:
    return {"id": area_id, "name": name, "locationUrl": f"{request.base}/"}


def connection_data(request: Request) -> Answer:
    """Say who signed in."""
    display, unique = split(USER)
    user = {
        "id": guid("identity", unique),
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{guid('tenant')}\\{unique}",
        "subjectDescriptor": f"aad.{guid('identity', unique)}",
        "providerDisplayName": display,
        "customDisplayName": display,
        "isActive": True,
        "properties": {"Account": {"$type": "System.String", "$value": unique}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }
    on_premises = FLAVOURS[request.settings.server].on_premises
    return Answer(
        {
            "authenticatedUser": user,
            "authorizedUser": dict(user),
            "instanceId": guid("instance", request.settings.organization),
            "deploymentId": guid("deployment"),
            "deploymentType": "onPremises" if on_premises else "hosted",
            "locationServiceData": {
                "serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7",
                "defaultAccessMappingMoniker": "PublicAccessMapping",
                "lastChangeId": 1,
                "lastChangeId64": 1,
            },
        }
    )


ROUTES = (
    Route("GET", "connectionData", connection_data, "connectiondata", organization_level=True),
    Route("GET", "resourceAreas", resource_areas, "resourceareas", organization_level=True),
    Route("GET", "resourceAreas/{area}", resource_area, "resourceareas", organization_level=True),
)
