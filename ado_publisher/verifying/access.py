"""Whether the service takes the credential, which projects it sees, and what it may read there.

Scopes: azure-devops.md section 3. No operation is known that proves a right to write and changes nothing.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial

from ado_publisher.ado import account, builds, testcases, testplans
from ado_publisher.ado.versions import CLOUD, SERVER_2022
from ado_publisher.errors import CredentialError, ExitCode, ServiceError, SettingsError
from ado_publisher.model import TestPlan
from ado_publisher.publish.linking import BuildChoice
from ado_publisher.verifying.content import Asked
from ado_publisher.verifying.findings import Findings

TEST_SCOPE = "the scope Test management (read & write) and a user who may see the project's test plans"
WORK_SCOPE = "the scope Work items (read)"
BUILD_SCOPE = "the scope Build (read)"
PROJECT_SCOPE = "the scope Project and team (read)"
RIGHT = "right"
_HTTP_FORBIDDEN = 403
_NEAREST = 3


def credential(findings: Findings, kind: str) -> bool:
    """Ask the service whom it takes the credential for; False when nothing else needs to be tried."""
    session = findings.session
    try:
        found = account.identity(session)
    except CredentialError as refused:
        if refused.status == _HTTP_FORBIDDEN:
            findings.warn("credential", session.credential, f"{kind}; the service does not say whose it is")
            return True
        findings.problem("credential", session.credential, f"{kind}: {refused}", code=ExitCode.SERVICE)
        return False
    except SettingsError as wrong:
        findings.problem("service", session.base, str(wrong))
        return False
    except ServiceError as failed:
        findings.problem("service", session.base, str(failed), code=ExitCode.SERVICE)
        return False
    server = {CLOUD: "7.1", SERVER_2022: "7.0 (Server 2022)"}.get(session.version, "6.0 (Server 2020)")
    where = "Azure DevOps Server" if found.on_premises else "Azure DevOps Services"
    findings.ok("service", session.base, f"{where}, api-version {server}")
    who = f"{found.name} ({found.account})" if found.account else found.name
    if who:
        findings.ok("credential", session.credential, f"accepted, as {who}; {kind}")
    else:
        findings.warn("credential", session.credential, f"accepted, but the service names nobody; {kind}")
    return True


def project(findings: Findings, wanted: str) -> tuple[bool, str]:
    """Whether to go on with the project, and its own name."""
    session = findings.session
    listing = partial(account.projects, session)
    # The list takes a scope that no publish needs: whoever lacks it is not held up by it.
    seen = findings.tried("projects", session.base, listing, scope=PROJECT_SCOPE, needed=False)
    if seen is None:
        return True, wanted
    count = f"{len(seen)} {'project' if len(seen) == 1 else 'projects'} can be seen"
    folded = wanted.casefold()
    found = next((each for each in seen if folded in (each.name.casefold(), each.id.casefold())), None)
    if found is not None:
        findings.ok("project", wanted, f"is there; {count}" if found.name == wanted else
                    f"is there, as '{found.name}'; {count}")  # fmt: skip
        return True, found.name
    by_folded = {each.name.casefold(): each.name for each in seen}
    near = [by_folded[name] for name in get_close_matches(folded, by_folded, n=_NEAREST, cutoff=0.4)]
    others = near or [each.name for each in seen[:_NEAREST]]
    named = ", ".join(f"'{name}'" for name in others)
    nearest = f"{'The nearest are' if near else 'Some are'} {named}. " if others else ""
    findings.problem(
        "project",
        wanted,
        f"the credential sees no project of that name or id; {count}",
        f"{nearest}Check --project, the organization, and the credential's rights.",
    )
    return False, wanted


def read_plans(findings: Findings, name: str) -> list[TestPlan] | None:
    """Every plan of the project; None where they cannot be read."""
    listing = partial(testplans.plans, findings.session, name)
    found = findings.tried(RIGHT, "read test plans", listing, scope=TEST_SCOPE)
    if found is not None:
        findings.ok(
            RIGHT,
            "read test plans",
            f"the project has {len(found)} test plan{'' if len(found) == 1 else 's'}",
        )
    return found


def read_work_items(findings: Findings, some_id: int, writes: tuple[str, ...]) -> bool:
    """Whether work items can be read; only `writes` and the look at test case ids take it."""
    asking = partial(testcases.batch_of, findings.session, [some_id])
    if findings.tried(RIGHT, "read work items", asking, scope=WORK_SCOPE, needed=bool(writes)) is None:
        return False
    findings.ok(RIGHT, "read work items", "it may")
    return True


def read_builds(findings: Findings, name: str, choice: BuildChoice) -> bool:
    """Whether builds can be read; a publish that links no build does not need it."""
    needed = choice != BuildChoice()
    asking = partial(builds.look, findings.session, name)
    before = len(findings.checks)
    findings.tried(RIGHT, "read builds", asking, scope=BUILD_SCOPE, needed=needed)
    if len(findings.checks) > before:
        return False
    findings.ok(RIGHT, "read builds", "it may")
    return True


def write(findings: Findings, asked: Asked) -> None:
    """Say what cannot be proved."""
    findings.unchecked(
        RIGHT,
        "write test runs and results",
        "cannot be proved without writing",
        "It takes the scope Test management (read & write), and of a build service account the permissions "
        "Manage test runs and View test plans.",
    )
    if asked.writes:
        findings.unchecked(
            RIGHT,
            "write work items",
            f"cannot be proved without writing; {', '.join(asked.writes)} takes it",
            "It takes the scope Work items (read & write).",
        )
