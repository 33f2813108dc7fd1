"""How two systems belong together, field by field: read from the presets beside, as the config chooses. Pure
but for reading them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from ado_publisher.sync.model import CASE, CONTAINER, RESULT, RUN, Policy, Side, Value
from ado_publisher.sync.rules import FieldRule, Integration, Untranslatable, Unwanted

SIDES = {
    "both": frozenset(Side),
    "ado": frozenset({Side.ADO}),
    "testrail": frozenset({Side.REMOTE}),
    "remote": frozenset({Side.REMOTE}),
    "none": frozenset[Side](),
}
# What the config calls the kinds.
KIND_OPTIONS = {CONTAINER: "suites", CASE: "cases", RUN: "runs", RESULT: "results"}
Translation = Callable[[Value], Value]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a config says beside its preset.

    `policies` are by field of Azure DevOps, "" for all others; `create` by suites, cases, runs and results;
    `kinds` are those that are synced at all; `every_run`: results of all runs of the plan; `outcomes` changes
    the preset's map, None where nothing is told; `leave_unmapped`: what is not in the map is not told either.
    """

    policies: Mapping[str, Policy] = field(default_factory=dict)
    create: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset({CONTAINER, CASE, RUN, RESULT})
    every_run: bool = False
    steps: bool = False
    defects: bool = True
    outcomes: Mapping[str, str | int | None] = field(default_factory=dict)
    leave_unmapped: bool = False


@cache
def preset(name: str) -> Mapping[str, Any]:
    """The preset of that name, as its file says it."""
    text = (Path(__file__).with_name("presets") / f"{name}.yml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def integrations(name: str, choices: Choices) -> tuple[Integration, ...]:
    """The integrations of a preset with these choices."""
    data = preset(name)
    return tuple(
        _integration(data, each, choices) for each in data["integrations"] if each["kind"] in choices.kinds
    )


def _integration(data: Mapping[str, Any], given: Mapping[str, Any], choices: Choices) -> Integration:
    kind = given["kind"]
    settings = {"steps": choices.steps, "defects": choices.defects}
    fields = [each for each in given["fields"] if settings.get(each.get("when", ""), True)]
    create = choices.create.get(KIND_OPTIONS[kind], given["create"])
    return Integration(kind, tuple(_rule(data, kind, each, choices) for each in fields), SIDES[create])


def _rule(data: Mapping[str, Any], kind: str, given: Mapping[str, Any], choices: Choices) -> FieldRule:
    default = choices.policies.get("", Policy(data["conflict"]))
    outcomes = {str(each): value for each, value in {**data["outcomes"], **choices.outcomes}.items()}
    translations: dict[str, Translation] = {
        "outcome": partial(_outcome, outcomes, choices.leave_unmapped),
        "elapsed": elapsed,
        "several": _several,
        "steps": _steps,
        "": lambda value: value,
    }
    translate = translations[given.get("translate", "")]
    return FieldRule(
        given["ado"],
        given["remote"],
        SIDES[given.get("into", "both")],
        link=given.get("link", ""),
        placed=given.get("placed", False),
        optional=kind == RESULT and given.get("link") == RUN and choices.every_run,
        policy=choices.policies.get(given["ado"], default),
        to_remote=translate,
        to_ado=translate,
    )


def _outcome(known: Mapping[str, str | int | None], leave_unmapped: bool, value: Value) -> Value:
    """The status of an outcome."""
    if (value or "") not in known:
        if leave_unmapped:
            raise Unwanted(value)
        raise Untranslatable(f"'{value}' is not in the map of outcomes; add it to `results.outcomes`")
    status = known[value or ""]
    if status is None:
        raise Unwanted(value)
    return str(status)


def elapsed(value: Value) -> Value:
    """Milliseconds as TestRail writes a duration, in whole seconds: `1h 2m 3s`. At least one."""
    if not value:
        return None
    seconds = max(1, round(int(value) / 1000))
    parts = (("h", seconds // 3600), ("m", seconds // 60 % 60), ("s", seconds % 60))
    return " ".join(f"{count}{unit}" for unit, count in parts if count)


def _several(value: Value) -> Value:
    if value:
        raise Untranslatable(
            f"the test case is run in several configurations ({value}) and its twin shows one result: name "
            "the one that counts in `results.configuration`"
        )
    return None


def _steps(value: Value) -> Value:
    for each in json.loads(value) if value else ():
        if isinstance(each, dict):
            told = "shared steps" if "shared" in each else "steps that cannot be read"
            raise Untranslatable(f"it has {told}, which only the system has that holds them")
    return value
