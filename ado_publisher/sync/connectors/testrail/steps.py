"""The steps of a case: `custom_steps_separated` to and from the form in which sides compare them. Pure.

That form is JSON: a list of [action, expected result], both canonical rich text; TestRail has Markdown.
"""

from __future__ import annotations

import json

from ado_publisher.richtext import from_markdown, to_markdown

STEPS = "custom_steps_separated"


def read_steps(value: object) -> str | None:
    """The steps that the field holds; None for none."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    found: list[object] = []
    for row in rows:
        if row.get("shared_step_id"):
            found.append({"shared": str(row["shared_step_id"])})
        else:
            found.append([from_markdown(str(row.get(name) or "")) for name in ("content", "expected")])
    return json.dumps(found, ensure_ascii=False) if found else None


def write_steps(steps: str | None) -> list[dict[str, str]]:
    """The field's value for those steps."""
    wanted = json.loads(steps) if steps else []
    return [
        {"content": to_markdown(action), "expected": to_markdown(expected)} for action, expected in wanted
    ]
