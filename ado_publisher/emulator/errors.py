"""The error bodies Azure DevOps answers with, one constructor for each kind.

Shape and texts: recorded exchanges and threads (docs/emulator.md names them). A client decides on
`typeKey`; the texts are kept word for word where they were seen.
"""

from __future__ import annotations

from typing import Any

TCM = "Microsoft.TeamFoundation.TestManagement.WebApi"
VSS = "Microsoft.VisualStudio.Services.WebApi"
CORE = "Microsoft.TeamFoundation.Core.WebApi"
WIT = "Microsoft.TeamFoundation.WorkItemTracking.Server"
FRAMEWORK = "Microsoft.TeamFoundation.Framework.Server"
BUILD = "Microsoft.TeamFoundation.Build.WebApi"
COMMON = "Microsoft.VisualStudio.Services.Common"
WEBAPI_PATCH = "Microsoft.VisualStudio.Services.WebApi.Patch"
BOARDS = "Microsoft.Azure.Boards.WebApi.Common"


class ApiError(Exception):
    """An answer other than success, as the service words it."""

    def __init__(
        self, status: int, type_key: str, message: str, *, assembly: str = TCM, event_id: int = 3000
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type_key = type_key
        self.message = message
        self.assembly = assembly
        self.event_id = event_id

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        return {
            "$id": "1",
            "innerException": None,
            "message": self.message,
            "typeName": f"{self.assembly}.{self.type_key}, {self.assembly}",
            "typeKey": self.type_key,
            "errorCode": 0,
            "eventId": self.event_id,
        }


class NotEmulatedError(Exception):
    """A route that this emulator does not serve; answered as plain text, never guessed."""

    def __init__(self, why: str = "see docs/emulator.md for what is") -> None:
        super().__init__(why)
        self.why = why


class MethodNotAllowedError(Exception):
    """The path is served, the method is not."""


def not_found(what: str) -> ApiError:
    """Return the 404 of test management, for example "Test point 0 not found."."""
    return ApiError(404, "TestObjectNotFoundException", f"{what} not found.")


def invalid(message: str) -> ApiError:
    """Return the 400 test management answers when a property has a value it does not take."""
    return ApiError(400, "InvalidPropertyException", message)


def invalid_argument(message: str) -> ApiError:
    """Return the 400 of a query parameter or body that cannot be read."""
    return ApiError(400, "InvalidArgumentValueException", message, assembly=VSS)


def project_missing(name: str) -> ApiError:
    """Return TF200016 for a project named in the path that does not exist."""
    text = (
        f"TF200016: The following project does not exist: {name}. Verify that the name of the project is "
        "correct and that the project exists on the specified Azure DevOps Server."
    )
    return ApiError(404, "ProjectDoesNotExistWithNameException", text, assembly=CORE)


def work_item_missing(work_item_id: int) -> ApiError:
    """Return TF401232 for a work item that does not exist."""
    text = f"TF401232: Work item {work_item_id} does not exist, or you do not have permissions to read it."
    return ApiError(404, "WorkItemUnauthorizedAccessException", text, assembly=WIT, event_id=3200)


def field_missing(name: str, status: int = 400) -> ApiError:
    """Return TF51535 for a field that does not exist; asked for by itself that is a 404."""
    text = f"TF51535: Cannot find field {name[:200]}."
    key = "WorkItemTrackingFieldDefinitionNotFoundException"
    return ApiError(status, key, text, assembly=f"{WIT}.Metadata", event_id=3200)


def tree_name_invalid(work_item_id: int, field: str) -> ApiError:
    """Return TF401347 for an area or iteration path that does not exist."""
    text = f"TF401347: Invalid tree name given for work item {work_item_id}, field '{field}'."
    return ApiError(400, "WorkItemFieldInvalidTreeNameException", text, assembly=WIT, event_id=3200)


def rule_broken(message: str) -> ApiError:
    """Return the 400 of a field whose value the work item type's rules refuse."""
    return ApiError(400, "RuleValidationException", message, assembly=WIT, event_id=3200)


def type_missing(name: str, project_id: str) -> ApiError:
    """Return VS402323 for a work item type that a project does not have."""
    text = (
        f"VS402323: Work item type {name[:200]} does not exist in project {project_id} or you do not have "
        "permission to access it."
    )
    return ApiError(404, "WorkItemTypeNotFoundException", text, assembly=f"{WIT}.Metadata", event_id=3200)


def area_forbidden() -> ApiError:
    """Return TF237111 for a work item in an area that may only be read."""
    text = (
        "TF237111: The current user does not have permissions to save work items under the specified area "
        "path."
    )
    return ApiError(403, "PermissionDeniedException", text, assembly=WIT, event_id=3200)


def build_missing(build_id: int) -> ApiError:
    """Return the 404 of the build area itself (a run that names such a build is answered 400)."""
    text = f"The requested build {build_id} could not be found."
    return ApiError(404, "BuildNotFoundException", text, assembly=BUILD)


def unauthorized() -> ApiError:
    """Return TF400813, what a PATCH with a refused credential is answered."""
    text = "TF400813: The user '' is not authorized to access this resource."
    return ApiError(401, "UnauthorizedRequestException", text, assembly=FRAMEWORK)
