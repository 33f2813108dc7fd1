"""What a valid config holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ado_publisher.model import Outcome
from ado_publisher.rules import Binding, CaseRule, ConfigurationRule, FailureRule
from ado_publisher.values import Given


@dataclass(frozen=True, slots=True)
class ReportSource:
    """Reports to publish: a glob relative to the working directory, and their format or `auto`.

    `label` is where the file says so.
    """

    path: str
    format: str = "auto"
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """How a result's test case is found. None where the config says nothing and the defaults hold.

    `requirements` and `bugs` are names of properties that hold ids of other work items.
    """

    properties: tuple[str, ...] | None = None
    patterns: tuple[str, ...] | None = None
    rules: tuple[CaseRule, ...] = ()
    titles: bool = False
    requirements: tuple[str, ...] = ("requirement", "requirements")
    bugs: tuple[str, ...] = ("bug", "bugs", "known_bug")


@dataclass(frozen=True, slots=True)
class ConfigurationNames:
    """Properties by which a result names its test configuration, and other names of configurations."""

    properties: tuple[str, ...] = ("test_configuration",)
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BugFields:
    """What a new bug holds beside the failure; `fields` are further ones by reference name."""

    type: str = "Bug"
    area: str = ""
    iteration: str = ""
    tags: tuple[str, ...] = ()
    assigned_to: str = ""
    fields: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """A config file that is valid; without arguments, the config of one who has none.

    `options` are the values of the table of options, by option name, each with `FILE:LINE`.
    `statuses` holds only what the file maps. `bindings` and `switched_off`, the reason why nothing
    shall be published, come from a Katalon project. `warnings` are for a person to read.
    """

    file: str = ""
    version: int = 1
    options: Mapping[str, Given] = field(default_factory=dict)
    reports: tuple[ReportSource, ...] = ()
    test_cases: CaseFinding = CaseFinding()
    statuses: Mapping[Outcome, Outcome] = field(default_factory=dict)
    configurations: tuple[ConfigurationRule, ...] = ()
    configuration_names: ConfigurationNames = ConfigurationNames()
    failures: tuple[FailureRule, ...] = ()
    bugs: BugFields = BugFields()
    redaction_patterns: tuple[str, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    switched_off: str = ""
    warnings: tuple[str, ...] = ()
