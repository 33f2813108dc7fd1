"""How two systems belong together, field by field: read from the presets beside, as the config chooses. Pure
but for reading them.
"""

from __future__ import annotations

import html
import json
import re
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
KIND_OPTIONS = {CONTAINER: "suites", CASE: "cases", RUN: "runs"}
Translation = Callable[[Value], Value]
_UNTESTED = "untested"
_ELAPSED = re.compile(r"(?:(\d{1,4})h)?\s*(?:(\d{1,5})m)?\s*(?:(\d{1,7})s)?")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a config says beside its preset.

    `policies` are by field of Azure DevOps, "" for all others; `create` by suites, cases and runs;
    `kinds` are those that are synced at all; `every_run`: results of all runs of the plan; `outcomes` and
    `statuses` change the preset's maps, None where nothing is told; `leave_unmapped`: what is not in the map
    is not told either.
    """

    policies: Mapping[str, Policy] = field(default_factory=dict)
    create: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset({CONTAINER, CASE, RUN, RESULT})
    every_run: bool = False
    steps: bool = False
    defects: bool = True
    step_results: bool = False
    outcomes: Mapping[str, str | int | None] = field(default_factory=dict)
    statuses: Mapping[str, str | None] = field(default_factory=dict)
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
    settings = {
        "steps": choices.steps,
        "defects": choices.defects,
        "step_results": choices.step_results,
    }
    fields = [each for each in given["fields"] if settings.get(each.get("when", ""), True)]
    create = choices.create.get(KIND_OPTIONS.get(kind, ""), given["create"])
    return Integration(kind, tuple(_rule(data, kind, each, choices) for each in fields), SIDES[create])


def _rule(data: Mapping[str, Any], kind: str, given: Mapping[str, Any], choices: Choices) -> FieldRule:
    default = choices.policies.get("", Policy(data["conflict"]))
    outcomes = {str(each): value for each, value in {**data["outcomes"], **choices.outcomes}.items()}
    statuses = {
        str(each).casefold(): value for each, value in {**data["statuses"], **choices.statuses}.items()
    }
    leave = choices.leave_unmapped
    translations: dict[str, Translation] = {
        "outcome": partial(_mapped, outcomes, "outcomes", leave),
        "status": partial(_mapped, statuses, "statuses", leave),
        "said": partial(_said, statuses),
        "milliseconds": milliseconds,
        "covered": _covered,
        "step_results": partial(_step_results, outcomes, leave),
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
        later=given.get("later", False),
        optional=kind == RESULT and given.get("link") == RUN and choices.every_run,
        policy=choices.policies.get(given["ado"], default),
        to_remote=translate,
        to_ado=translate,
    )


def _mapped(known: Mapping[str, str | int | None], name: str, leave_unmapped: bool, value: Value) -> Value:
    """The status of an outcome, or the outcome of a status."""
    if (value or "") not in known:
        if leave_unmapped:
            raise Unwanted(value)
        raise Untranslatable(f"'{value}' is not in the map of {name}; add it to `results.{name}`")
    status = known[value or ""]
    if status is None:
        raise Unwanted(value)
    return str(status)


def milliseconds(value: Value) -> Value:
    """`1h 2m 3s` as milliseconds; None for days and weeks, whose length each TestRail says for itself."""
    found = _ELAPSED.fullmatch(value.strip()) if value else None
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return str((hours * 3600 + minutes * 60 + seconds) * 1000)


def elapsed(value: Value) -> Value:
    """Milliseconds as TestRail writes a duration, in whole seconds: `1h 2m 3s`. At least one."""
    if not value:
        return None
    seconds = max(1, round(int(value) / 1000))
    parts = (("h", seconds // 3600), ("m", seconds // 60 % 60), ("s", seconds % 60))
    return " ".join(f"{count}{unit}" for unit, count in parts if count)


def _step_results(known: Mapping[str, str | int | None], leave_unmapped: bool, value: Value) -> Value:
    """Each step with the status of its outcome; one that did not run is untested."""
    told: list[list[str]] = []
    for step, expected, outcome, message in json.loads(value) if value else ():
        try:
            status = _mapped(known, "outcomes", leave_unmapped, outcome) or _UNTESTED
        except Unwanted:
            status = _UNTESTED
        told.append([step, expected, status, f"<pre>{html.escape(message)}</pre>" if message else ""])
    return json.dumps(told, ensure_ascii=False) if told else None


def _said(known: Mapping[str, str | int | None], value: Value) -> Value:
    """The outcome of `STATUS#RESULT`, with the result; None where the status itself tells what is wrong."""
    status, _, number = (value or "").partition("#")
    outcome = known.get(status)
    return f"{outcome}#{number}" if outcome is not None else None


def _covered(value: Value) -> Value:
    """What something newer covers is not told any more."""
    if value:
        raise Unwanted(value)
    return None


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
