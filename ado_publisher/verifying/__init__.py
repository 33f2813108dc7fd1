"""Before a run: everything that a publish would need, looked at and told, and nothing written.

Every check is a row, and none of them ends the verification; only without an accepted credential
the rest is not tried, since it could tell nothing.
"""

from __future__ import annotations

from ado_publisher.ado.http import AdoSession
from ado_publisher.verifying import access
from ado_publisher.verifying.bindings import cases_without_automation, katalon, without_automation
from ado_publisher.verifying.builds import links
from ado_publisher.verifying.cases import named_cases, reports, verdicts
from ado_publisher.verifying.content import (
    Asked,
    BoundCase,
    CaseRow,
    Check,
    KatalonFacts,
    Seen,
    State,
    Verified,
)
from ado_publisher.verifying.findings import Findings
from ado_publisher.verifying.target import target

__all__ = ["Asked", "BoundCase", "CaseRow", "Check", "KatalonFacts", "State", "Verified", "verify"]


def verify(asked: Asked, session: AdoSession) -> Verified:
    """Look at everything that the publish would need. Reads only; raises nothing that the service answers."""
    findings = Findings(session)
    if asked.katalon is not None:
        katalon(findings, asked.katalon)
    if not access.credential(findings, asked.kind):
        findings.unchecked("everything else", "", "is not tried: the service did not let us in")
        return Verified(tuple(findings.checks))
    wanted = asked.request.project
    if not wanted:
        findings.unchecked("project", "", "none is named")
    there, name = access.project(findings, wanted) if wanted else (False, "")
    if not there:
        findings.unchecked("everything else", "", "is not tried without a project")
        return Verified(tuple(findings.checks))
    return _of_project(findings, asked, name)


def _of_project(findings: Findings, asked: Asked, project: str) -> Verified:
    request = asked.request
    plans = access.read_plans(findings, project)
    some_id = next(iter(named_cases(asked)), 1)
    items = access.read_work_items(findings, some_id, asked.writes)
    builds = access.read_builds(findings, project, request.build)
    access.write(findings, asked)
    seen = Seen(complete=False)
    if plans is None:
        findings.unchecked("test plan", ", ".join(request.plans), "test plans cannot be read")
    else:
        seen = target(findings, project, request)
        if not request.plans:
            names = ", ".join(f"{plan.id} '{plan.name}'" for plan in plans[:8])
            findings.unchecked("test plan", "", "none is named", f"The project has {names}." if names else "")
    links(findings, project, request, readable=builds)
    reports(findings, asked, seen)
    rows = verdicts(findings, asked, seen, project, readable=items)
    if asked.katalon is not None:
        without_automation(findings, asked.katalon, seen)
    return Verified(tuple(findings.checks), rows, _unbound(asked, seen))


def _unbound(asked: Asked, seen: Seen) -> tuple[int, ...]:
    return tuple(cases_without_automation(asked.katalon, seen)) if asked.katalon else ()
