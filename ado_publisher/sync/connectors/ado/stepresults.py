"""What a result says of each step of its test case, in the form in which sides exchange it. Pure.

That form is JSON: a list of [step, expected result, outcome, message], step and expected as canonical rich
text. azure-devops.md section 2: `iterationDetails`, whose `actionResults` name steps by their paths.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

from ado_publisher.ado.fields import Json, text
from ado_publisher.teststeps import CaseStep

_MOST = 1_000


def steps_told(row: Json, known: Sequence[CaseStep]) -> str | None:
    """The results of steps of a result's iterations, one after the other; None where it has none."""
    by_path = {step.path.upper(): step for step in known}
    found = [_told(each, by_path) for each in _actions(row)]
    return json.dumps(found[:_MOST], ensure_ascii=False) if found else None


def _actions(row: Json) -> list[Json]:
    iterations = row.get("iterationDetails")
    actions = [
        each.get("actionResults")
        for each in (iterations if isinstance(iterations, list) else ())
        if isinstance(each, dict)
    ]
    return [each for some in actions if isinstance(some, list) for each in some if isinstance(each, dict)]


def _told(action: Json, known: dict[str, CaseStep]) -> list[str]:
    path = text(action, "actionPath")
    step = known.get(path.upper()) or CaseStep(path, f"Step {text(action, 'stepIdentifier') or path}")
    outcome = text(action, "outcome") or "Unspecified"
    return [html.escape(step.text), html.escape(step.expected), outcome, text(action, "errorMessage")]
