"""A Katalon project beside the plan: what its settings say, and which test cases are bound to which."""

from __future__ import annotations

from ado_publisher.verifying.content import BoundCase, KatalonFacts, Seen
from ado_publisher.verifying.findings import Findings

_SHOWN = 5


def katalon(findings: Findings, facts: KatalonFacts) -> None:
    """What the project itself shows, without asking the service."""
    _settings(findings, facts)
    for problem in facts.problems:
        findings.problem("Katalon", facts.folder, problem)
    for warning in facts.warnings:
        findings.warn("Katalon", facts.folder, warning)
    bound, unbound, invalid = len(facts.bound), len(facts.unbound), len(facts.invalid)
    findings.ok("Katalon test cases", facts.folder, f"{bound} bound, {unbound} unbound, {invalid} invalid")
    if facts.unbound:
        findings.warn(
            "Katalon test cases",
            "unbound",
            f"{unbound} are bound to no test case of Azure DevOps: {_names(facts.unbound)}",
        )
    if open_ := [each for each in facts.bound if each.variables]:
        findings.unchecked(
            "Katalon test cases",
            "variables",
            f"{len(open_)} take ids from variables, which only a report tells: {_names(open_)}",
        )


def without_automation(findings: Findings, facts: KatalonFacts, seen: Seen) -> None:
    """Which test cases of the plans no Katalon test case is bound to."""
    if not seen.cases:
        return
    missing = cases_without_automation(facts, seen)
    told = f"{len(missing)} of {len(seen.cases)} test cases of the plan are bound to no Katalon test case"
    shown = ", ".join(f"{number} '{seen.cases[number].title}'" for number in missing[:_SHOWN])
    more = f" and {len(missing) - _SHOWN} more" if missing[_SHOWN:] else ""
    tell = findings.warn if missing else findings.ok
    tell("Katalon test cases", "of the plan", f"{told}: {shown}{more}" if missing else told)


def cases_without_automation(facts: KatalonFacts, seen: Seen) -> list[int]:
    """The ids of the plans' test cases that no Katalon test case is bound to."""
    bound = facts.ids
    return [number for number in sorted(seen.cases) if number not in bound]


def _settings(findings: Findings, facts: KatalonFacts) -> None:
    if not facts.file:
        findings.warn("Katalon settings", facts.folder, "has no settings of the Azure DevOps integration")
        return
    told = ", ".join(f"{name} {value}" for name, value in facts.settings)
    findings.ok("Katalon settings", facts.file, told or "name nothing")
    if facts.off and facts.off_is_ignored:
        findings.warn(
            "Katalon settings", "switches", f"{facts.off}; --ignore-katalon-switches publishes anyway"
        )
    elif facts.off:
        findings.warn(
            "Katalon settings", "switches", facts.off, "--ignore-katalon-switches publishes all the same."
        )
    else:
        findings.ok("Katalon settings", "switches", "enableIntegration and autoSubmitTestRun are not off")


def _names(cases: tuple[BoundCase, ...] | list[BoundCase]) -> str:
    shown = ", ".join(each.name for each in cases[:_SHOWN])
    return shown + (f" and {len(cases) - _SHOWN} more" if cases[_SHOWN:] else "")
