"""Words from reports on a console: whatever stands in them, they stay words.

A CI host takes a line of output that looks like a command for one: Azure Pipelines `##vso[…]` and
`##[…]` anywhere in a line, GitHub `::…` at its start
(https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands,
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands).
They are broken on every host, since logs are copied from one to the other.
"""

from __future__ import annotations

import re

from ado_publisher.text import clean

_LINE_ENDS = {"\r": "\\r", "\n": "\\n", "\x85": "\\x85", "\u2028": "\\u2028", "\u2029": "\\u2029", "\t": " "}
# What is left of C1 once escapes are gone, and what turns the direction of writing around.
_INVISIBLE = dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_VISIBLE = {ord(character): shown for character, shown in _LINE_ENDS.items()}
_AGENT_COMMAND = re.compile(r"#(?=#(?:vso)?\[)", re.IGNORECASE)
_WORKFLOW_COMMAND = re.compile(r"^(\s*:)(?=:)")


def harmless(text: str) -> str:
    """The text on one line, without control characters, escapes and log commands; line ends are shown."""
    shown = clean(text).translate(_INVISIBLE | _VISIBLE)
    return _WORKFLOW_COMMAND.sub(r"\1 ", _AGENT_COMMAND.sub("# ", shown))


def harmless_lines(text: str) -> str:
    """A message of several lines, each of them harmless."""
    return "\n".join(harmless(line) for line in text.split("\n"))
