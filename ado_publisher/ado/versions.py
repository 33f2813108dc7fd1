"""Which api-version each operation is asked for, and how an older server is found out.

7.1 on the cloud, 7.0 on Server 2022, 6.0 on Server 2020 with the `-preview.N` that each
operation needs there (azure-devops.md section 1). The first request tells: a server that is
older refuses the version and names the latest it knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ado_publisher.errors import ServiceError, SettingsError

CLOUD = "7.1"
SERVER_2022 = "7.0"
SERVER_2020 = "6.0"
_KNOWN = (CLOUD, SERVER_2022, SERVER_2020)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the service. `previews` has the suffix where a version is not released;
    `content_type` is what a body is sent as.
    """

    name: str
    method: str
    template: str
    previews: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def version(self, server: str) -> str:
        """The api-version to send to a server of that version."""
        suffix = self.previews.get(server)
        return f"{server}-{suffix}" if suffix else server


def versions_refused(error: ServiceError) -> bool:
    """The server says that it does not know, or has not released, the version asked for."""
    return error.type_key in ("VssVersionOutOfRangeException", "VssInvalidPreviewVersionException")


def older(version: str, message: str) -> str:
    """The newest version that a server takes which refused `version` with that message.

    Raises SettingsError when it is older than Azure DevOps Server 2020.
    """
    latest = re.search(r"supports is (\d+\.\d+)", message)
    below = _KNOWN[_KNOWN.index(version) + 1 :]
    if latest is not None:
        most = _number(latest[1])
        below = tuple(known for known in below if _number(known) <= most)
    if not below:
        raise SettingsError(
            f"the server refuses api-version {version} and all older ones this program speaks "
            f"(down to {SERVER_2020}, Azure DevOps Server 2020): {message}"
        )
    return below[0]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
