"""Who the credential is, and what it sees of the organization: connection data and team projects.

Vendor page: core/projects. ConnectionData is not in the published contract, and a preview in every
version (azure-devops.md section 1, "Not in the Swagger").
"""

from __future__ import annotations

from dataclasses import dataclass

from ado_publisher.ado.fields import part, text
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.versions import CLOUD, SERVER_2020, SERVER_2022, Operation

_PREVIEW = dict.fromkeys((CLOUD, SERVER_2022, SERVER_2020), "preview.1")
GET_CONNECTION = Operation("ask who the credential is", "GET", "/_apis/connectionData", _PREVIEW)
LIST_PROJECTS = Operation("list projects", "GET", "/_apis/projects")
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the service takes the credential for; empty where it does not say."""

    name: str = ""
    account: str = ""
    on_premises: bool = False


@dataclass(frozen=True, slots=True)
class TeamProject:
    """A project of the organization, by its GUID and name."""

    id: str
    name: str


def identity(session: AdoSession) -> Identity:
    """Whom the service takes the credential for. Raises CredentialError when it is refused."""
    answer = session.call(GET_CONNECTION, {}, query={"connectOptions": "none"})
    user = part(answer.json, "authenticatedUser")
    account = part(part(user, "properties"), "Account")
    return Identity(
        name=text(user, "customDisplayName") or text(user, "providerDisplayName"),
        account=text(account, "$value"),
        on_premises=text(answer.json, "deploymentType").casefold() == "onpremises",
    )


def projects(session: AdoSession) -> list[TeamProject]:
    """Every project that the credential sees."""
    listed = session.pages(LIST_PROJECTS, {}, {"$top": _PAGE})
    return [TeamProject(text(item, "id"), text(item, "name")) for item in listed]
