"""What a config that is valid says, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ado_publisher.config.content import BugFields, CaseFinding, Config, ConfigurationNames, ReportSource
from ado_publisher.config.document import Document, Path
from ado_publisher.model import Outcome
from ado_publisher.rules import CaseRule, ConfigurationRule, FailureRule, TextPattern, When
from ado_publisher.values import Given

_CONDITIONS = ("name", "class_name", "suite", "file", "message", "os", "browser")


def converted(document: Document, file: str, options: Mapping[str, Given]) -> Config:
    """The config of a document that the schema and the checks found nothing wrong with."""
    data = document.data
    statuses = {_outcome(key): Outcome(value) for key, value in data.get("statuses", {}).items()}
    return Config(
        file=file,
        version=data["version"],
        options=options,
        reports=tuple(
            ReportSource(each["path"], each.get("format", "auto"), _label(document, file, ("reports", index)))
            for index, each in enumerate(data.get("reports", []))
        ),
        test_cases=_finding(document, file),
        statuses=statuses,
        configurations=tuple(
            ConfigurationRule(
                _when(each["when"]),
                document.texts.get(("configurations", index, "configuration"), str(each["configuration"])),
                _label(document, file, ("configurations", index)),
            )
            for index, each in enumerate(data.get("configurations", []))
        ),
        configuration_names=_configuration_names(document),
        failures=tuple(
            FailureRule(
                _when(each["when"]),
                each.get("failure_type", ""),
                each.get("resolution", ""),
                each.get("owner", ""),
                tuple(each.get("bugs", ())),
                _label(document, file, ("failures", index)),
            )
            for index, each in enumerate(data.get("failures", []))
        ),
        bugs=_bugs(data.get("bugs", {})),
        redaction_patterns=tuple(data.get("redaction", {}).get("patterns", ())),
        warnings=tuple(_greener(document, file, statuses)),
    )


def _finding(document: Document, file: str) -> CaseFinding:
    cases = document.data.get("test_cases", {})
    named = {key: tuple(cases[key]) if key in cases else None for key in ("properties", "patterns")}
    kept = {key: tuple(cases[key]) for key in ("requirements", "bugs") if key in cases}
    return CaseFinding(
        properties=named["properties"],
        patterns=named["patterns"],
        rules=tuple(
            CaseRule(
                _when(each["when"]),
                tuple(each["ids"]),
                _label(document, file, ("test_cases", "rules", index)),
            )
            for index, each in enumerate(cases.get("rules", []))
        ),
        titles=cases.get("titles", False),
        **kept,
    )


def _configuration_names(document: Document) -> ConfigurationNames:
    names = document.data.get("test_configurations", {})
    aliases = {
        alias: document.texts.get(("test_configurations", "aliases", alias), str(meant))
        for alias, meant in names.get("aliases", {}).items()
    }
    if "properties" not in names:
        return ConfigurationNames(aliases=aliases)
    return ConfigurationNames(tuple(names["properties"]), aliases)


def _bugs(data: Mapping[str, Any]) -> BugFields:
    return BugFields(
        type=data.get("type", "Bug"),
        area=data.get("area", ""),
        iteration=data.get("iteration", ""),
        tags=tuple(data.get("tags", ())),
        assigned_to=data.get("assigned_to", ""),
        fields=dict(data.get("fields", {})),
    )


def _label(document: Document, file: str, path: Path) -> str:
    return f"{file}:{document.line(path)}"


def _outcome(key: str) -> Outcome:
    """`error`, `not_executed`, `skipped`, or the service's own word."""
    word = key.replace("_", "").lower()
    return (
        Outcome.NOT_EXECUTED if word == "skipped" else next(each for each in Outcome if each.lower() == word)
    )


def _greener(document: Document, file: str, statuses: Mapping[Outcome, Outcome]) -> Iterator[str]:
    for outcome, shown_as in statuses.items():
        if outcome.counts_as_failed and not shown_as.counts_as_failed:
            line = document.line(("statuses",))
            yield f"{file}:{line}: statuses show results that are {outcome} as {shown_as}"


def _when(data: Mapping[str, Any]) -> When:
    conditions = {key: _pattern(data[key]) for key in _CONDITIONS if key in data}
    properties = tuple((key, _pattern(value)) for key, value in data.get("property", {}).items())
    return When(**conditions, properties=properties)


def _pattern(value: object) -> TextPattern:
    return TextPattern(value["regex"], regex=True) if isinstance(value, dict) else TextPattern(str(value))
