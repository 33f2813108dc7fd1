"""The rows of a verification, told: a table on a terminal, plain lines in a log, JSON for scripts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from ado_publisher.cli.text import harmless
from ado_publisher.verifying import BoundCase, CaseRow, Check, KatalonFacts, State, Verified

SCHEMA_VERSION = 1
MOST = 20
COLOURS = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "red", State.UNCHECKED: "cyan"}
_RANK = {state: rank for rank, state in enumerate(State)}


def plain(checks: Sequence[Check]) -> Iterator[str]:
    """A line for each check, what to do below it; then how many there are of each state."""
    shown = list(folded(checks))
    nouns = [harmless(f"{check.check} {check.subject}".strip()) for check, _ in shown]
    width = max(map(len, State), default=0)
    for (check, more), noun in zip(shown, nouns, strict=True):
        yield f"{check.state:<{width}}  {noun}: {harmless(check.told)}"
        if check.advice:
            yield f"{'':<{width}}    {harmless(check.advice)}"
        if more:
            yield f"{'':<{width}}  … {more}"
    yield verdict(checks)


def print_table(checks: Sequence[Check]) -> None:
    """The same as a table, in colours where the terminal has some."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=False)
    for heading in ("", "Check", "Of", "What was found"):
        table.add_column(heading, overflow="fold", no_wrap=not heading)
    for check, more in folded(checks):
        told = Text(harmless(check.told))
        if check.advice:
            told.append(f"\n{harmless(check.advice)}", style="italic")
        state = Text(check.state, style=COLOURS[check.state])
        # Text, since a name like [b] would be markup.
        table.add_row(state, Text(harmless(check.check)), Text(harmless(check.subject)), told)
        if more:
            table.add_row("", "", "", Text(f"… {more}", style="dim"))
    console = Console(highlight=False)
    console.print(table)
    console.print(Text(verdict(checks)))


def folded(checks: Sequence[Check]) -> Iterator[tuple[Check, str]]:
    """Every check to be shown, and what is left out behind it: of many of a kind the gravest 20 stay."""
    for _, group in groupby(checks, lambda check: check.check):
        rows = list(group)
        if len(rows) <= MOST:
            yield from ((check, "") for check in rows)
            continue
        rows.sort(key=lambda check: _RANK[check.state])
        yield from ((check, "") for check in rows[: MOST - 1])
        yield rows[MOST - 1], f"and {_counted(rows[MOST:])} more; --json has all"


def verdict(checks: Sequence[Check]) -> str:
    """How many checks ended how."""
    return f"{len(checks)} checks: {_counted(checks)}"


def _counted(checks: Sequence[Check]) -> str:
    counts = Counter(check.state for check in checks)
    told = []
    for state in State:
        noun = {State.PROBLEM: "problem", State.WARNING: "warning"}.get(state, str(state))
        plural = "s" if counts[state] != 1 and noun in ("problem", "warning") else ""
        if counts[state]:
            told.append(f"{counts[state]} {noun}{plural}")
    return ", ".join(told)


def as_json(verified: Verified, facts: KatalonFacts | None) -> str:
    """Everything, as JSON of schema version 1."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "checks": [
            {
                "check": check.check,
                "subject": check.subject,
                "state": check.state,
                "told": check.told,
                "advice": check.advice,
            }
            for check in verified.checks
        ],
        "cases": [_case(row) for row in verified.cases],
        "katalon": _katalon(verified, facts) if facts else None,
    }
    # In JSON these are the same characters, and no agent takes them for a command of its own.
    return json.dumps(document, indent=2).replace("##", "\\u0023\\u0023")


def _case(row: CaseRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "state": row.state,
        "automation_status": row.automation_status,
        "automated_test_name": row.automated_test_name,
        "points": row.points,
        "chosen_points": row.chosen,
        "named_by": list(row.named_by),
        "verdict": row.verdict,
        "told": row.told,
    }


def _katalon(verified: Verified, facts: KatalonFacts) -> dict[str, Any]:
    return {
        "folder": facts.folder,
        "settings_file": facts.file,
        "enable_integration": facts.enabled,
        "auto_submit_test_run": facts.auto_submit,
        "switched_off": facts.off,
        "settings": dict(facts.settings),
        "bound": [_bound(each) for each in facts.bound],
        "unbound": [_bound(each) for each in facts.unbound],
        "invalid": [_bound(each) for each in facts.invalid],
        "plan_cases_without_automation": list(verified.without_automation),
        "problems": list(facts.problems),
        "warnings": list(facts.warnings),
    }


def _bound(each: BoundCase) -> dict[str, Any]:
    return {
        "name": each.name,
        "place": each.place,
        "ids": list(each.ids),
        "variables": list(each.variables),
        "problems": list(each.problems),
    }
