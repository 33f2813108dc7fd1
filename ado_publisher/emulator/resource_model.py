"""What the OPTIONS answer says of a resource, and what each server flavour knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """One row of the OPTIONS answer; `preview` is the revision Server 2020 still wants flagged, or 0."""

    key: str
    id: str
    area: str
    name: str
    route: str
    revision: int
    min_version: str = "1.0"
    last_version: str = ""  # set where the service stopped serving the resource
    preview: int = 0
    always_preview: bool = False
    listed: bool = True  # the testresults area is not in the main host's OPTIONS answer


@dataclass(frozen=True, slots=True)
class Server:
    """The API versions a server flavour knows."""

    max_version: str
    released_version: str
    on_premises: bool


FLAVOURS = {
    "cloud": Server("7.2", "7.1", on_premises=False),
    "server2022": Server("7.0", "7.0", on_premises=True),
    "server2020": Server("6.0", "6.0", on_premises=True),
}
