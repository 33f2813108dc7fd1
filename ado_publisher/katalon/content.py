"""What a Katalon project says about Azure DevOps, typed; the credential in it is no part of any of this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ado_publisher.model import Outcome


class CaseState(StrEnum):
    """Whether a Katalon test case leads to test cases of Azure DevOps. INVALID: something in it is wrong,
    though other ids of it may be usable.
    """

    BOUND = "bound"
    UNBOUND = "unbound"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class CaseBinding:
    """The Azure DevOps test cases that one `.tc` file names.

    `variables` are the names inside `${…}`, whose values differ from data row to data row. `line` is where
    the ids stand; 0 where there are none.
    """

    ids: tuple[int, ...] = ()
    variables: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    problems: tuple[str, ...] = ()

    @property
    def state(self) -> CaseState:
        """Bound, unbound or invalid."""
        if self.problems:
            return CaseState.INVALID
        return CaseState.BOUND if self.ids or self.variables else CaseState.UNBOUND

    @property
    def place(self) -> str:
        """`FILE:LINE`, as messages name it."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class StatusMapping:
    """A row of the Execution Status Mapping: Katalon's status and the outcome it is submitted as."""

    status: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ConfigurationMapping:
    """A row of the Test Configuration Mapping; an empty `os` or `platform` is any. `row` counts from 1."""

    os: str
    platform: str
    configuration: int
    row: int


@dataclass(frozen=True, slots=True)
class AzureSettings:
    """The settings of Katalon's Azure DevOps integration; what the file leaves out is None or empty.

    `lines` holds, by key without `submitOptions.`, where the file says so. Keys and defaults:
    katalon.md section 1.
    """

    file: str
    enabled: bool | None = None
    server_url: str = ""
    project_id: str = ""
    project_name: str = ""
    statuses: tuple[StatusMapping, ...] = ()
    configurations: tuple[ConfigurationMapping, ...] = ()
    plan_id: int | None = None
    plan_name: str = ""
    auto_submit: bool | None = None
    run_name: str = ""
    several_points: bool | None = None
    build_definition: int | None = None
    release_definition: int | None = None
    include_attachments: bool | None = None
    attachment_sending: str = ""
    attachment_types: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    def source(self, *keys: str) -> str:
        """`FILE:LINE` of the first of these keys that the file holds."""
        return next((f"{self.file}:{self.lines[key]}" for key in keys if key in self.lines), self.file)


@dataclass(frozen=True, slots=True)
class KatalonProject:
    """A Katalon Studio project: its settings, None without a settings file, and every test case by its id.

    An id is the path without `.tc`, such as `Test Cases/Login/Valid`, in Unicode's composed form.
    `problems` are what could not be used, each with its place.
    """

    folder: str
    settings: AzureSettings | None = None
    bindings: Mapping[str, CaseBinding] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def cases(self, state: CaseState) -> Iterator[tuple[str, CaseBinding]]:
        """The test cases in that state, by id."""
        return ((case, binding) for case, binding in self.bindings.items() if binding.state is state)
