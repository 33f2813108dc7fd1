"""The plans that are named and what is chosen of them: suites, configurations, testers, points."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from ado_publisher.ado import testcases, testplans
from ado_publisher.ado.configurations import ConfigurationFacts, configuration_facts
from ado_publisher.errors import ExitCode
from ado_publisher.model import Exclusion, TestConfiguration, TestPlan, TestPoint
from ado_publisher.publish import PublishRequest
from ado_publisher.publish.choosing import (
    configurations_named,
    exclusions,
    points_of_testers,
    suites_below,
)
from ado_publisher.publish.named import instead
from ado_publisher.publish.plans import choose_plans
from ado_publisher.verifying.access import RIGHT, TEST_SCOPE
from ado_publisher.verifying.content import Seen, State
from ado_publisher.verifying.findings import Findings

_LEFT_OUT = {
    Exclusion.SUITE: "of suites that are not chosen",
    Exclusion.CONFIGURATION: "of configurations that are not chosen",
    Exclusion.TESTER: "of other testers",
    Exclusion.INACTIVE: "not active",
}


def target(findings: Findings, project: str, request: PublishRequest) -> Seen:
    """Every plan, and the points of it that a publish would be about."""
    seen = Seen(plans=_plans(findings, project, request.plans))
    for plan in seen.plans:
        _read(findings, project, plan, seen)
    if seen.plans and seen.complete:
        findings.ok(RIGHT, "read test points", f"{_count(seen.points)} were read")
    suites = _suites(findings, project, request.points.suites, seen)
    configurations = _configurations(findings, project, request, seen)
    testers = _testers(findings, request.points.testers, seen)
    seen.excluded = exclusions(seen.points, suites, configurations, testers, inactive=request.points.inactive)
    if seen.plans:
        _chosen(findings, seen, lenient=request.unmatched in ("publish", "create"))
    return seen


def _plans(findings: Findings, project: str, wanted: Sequence[str]) -> list[TestPlan]:
    """The plans that are named, each with a row, and its details as the service gives them by id only."""
    found: dict[int, TestPlan] = {}
    for name in wanted:
        choosing = partial(choose_plans, findings.session, project, (name,))
        before = len(findings.checks)
        chosen = findings.tried("test plan", name, choosing, scope=TEST_SCOPE)
        if chosen is None:
            _of_another_project(findings, name, before)
            continue
        plan = chosen[0]
        if plan.id in found:
            continue
        details = partial(testplans.plan_by_id, findings.session, project, plan.id)
        detailed = findings.tried("test plan", name, details, scope=TEST_SCOPE)
        plan = detailed or plan
        found[plan.id] = plan
        _tell(findings, name, plan)
    return list(found.values())


def _tell(findings: Findings, name: str, plan: TestPlan) -> None:
    places = (("area", plan.area), ("iteration", plan.iteration))
    told = f"{_label(plan)}: state {plan.state or 'unknown'}" + "".join(
        f", {noun} {path}" for noun, path in places if path
    )
    if plan.state.casefold() in ("active", ""):
        findings.ok("test plan", name, told)
    else:
        findings.warn("test plan", name, told, "It is not active: is it still the one to publish to?")
    shared = plan.sync_outcome_across_suites
    findings.ok(
        "sync outcome",
        str(plan.id),
        "on: an outcome is shown by the points of every suite that holds the test case"
        if shared
        else "off: a point shows the outcome that was published to it alone",
    )


def _of_another_project(findings: Findings, name: str, before: int) -> None:
    """A plan is a work item: one that this project does not have may be known elsewhere."""
    told = findings.checks[before:]
    if not re.fullmatch(r"[0-9]{1,10}", name) or not told or told[-1].code is not ExitCode.SETTINGS:
        return
    asking = partial(testcases.batch_of, findings.session, [int(name)])
    found = findings.tried("test plan", name, asking, needed=False)
    if found and found[0].kind == "Test Plan" and found[0].project:
        del findings.checks[before:]
        findings.problem(
            "test plan",
            name,
            f"is of another project: '{found[0].project}' ('{found[0].title}')",
            "Name that project with --project, or a plan of this one.",
        )


def _read(findings: Findings, project: str, plan: TestPlan, seen: Seen) -> None:
    session = findings.session
    reading = partial(testplans.points_and_gaps, session, project, plan)
    points, gaps = findings.tried("test points", str(plan.id), reading, scope=TEST_SCOPE) or (None, [])
    listing = partial(testplans.cases, session, project, plan)
    cases = findings.tried("test cases", str(plan.id), listing, scope=TEST_SCOPE)
    seen.complete = seen.complete and points is not None and not gaps
    seen.points += points or []
    for gap in gaps:
        findings.problem("test points", str(plan.id), f"cannot be read of {gap}", code=ExitCode.SERVICE)
    if points is not None:
        inactive = sum(not point.active for point in points)
        told = _count(points) + (f", {inactive} of them not active" if inactive else "")
        (findings.ok if points else findings.warn)("test points", str(plan.id), told)
    if cases is not None:
        seen.cases.update((case.id, case) for case in cases)
        named = sum(bool(case.automated_test_name) for case in cases)
        findings.ok(
            "test cases",
            str(plan.id),
            f"{len(cases)} test cases: {named} with an automated test name, {len(cases) - named} without",
        )


def _suites(findings: Findings, project: str, wanted: Sequence[str], seen: Seen) -> frozenset[int] | None:
    if not wanted:
        return None
    known = []
    for plan in seen.plans:
        listing = partial(testplans.suites, findings.session, project, plan)
        listed = findings.tried("test suite", str(plan.id), listing, scope=TEST_SCOPE)
        if listed is None:
            seen.complete = False
        known.append(listed or [])
    chosen: set[int] = set()
    paths = [suite.path for suites in known for suite in suites if suite.path]
    for name in dict.fromkeys(wanted):
        found = set[int]().union(*(suites_below(suites, name) for suites in known))
        chosen |= found
        if not seen.plans or not any(known):
            findings.unchecked("test suite", name, "the suites are not known")
        elif not found:
            label = ", ".join(map(_label, seen.plans))
            findings.problem(
                "test suite",
                name,
                f"test plan {label} has no suite with id or path '{name}'" + instead(name, paths, "suites"),
            )
        else:
            points = [point for point in seen.points if point.suite_id in found]
            plural = "suite" if len(found) == 1 else "suites"
            _reached(findings, "test suite", name, f"{len(found)} {plural}", points)
    return frozenset(chosen)


def _configurations(
    findings: Findings, project: str, request: PublishRequest, seen: Seen
) -> frozenset[int] | None:
    choice = request.points
    named = [(name, "--configuration", "configuration") for name in choice.configurations]
    named += [(meant, f"alias '{alias}'", "alias") for alias, meant in choice.aliases.items()]
    named += [(name, label, "configuration rule") for name, label in choice.rule_configurations]
    if not named:
        return None
    listing = partial(configuration_facts, findings.session, project)
    known = findings.tried("configuration", "", listing, scope=TEST_SCOPE)
    if known is None:
        return None
    chosen: set[int] = set()
    for name, said_by, check in dict.fromkeys(named):
        problems: list[str] = []
        plain: list[TestConfiguration] = [each.plain for each in known]
        found = configurations_named(plain, [(name, said_by)], choice.aliases, problems)
        subject = name if check == "configuration" else said_by
        for problem in problems:
            findings.problem(check, subject, problem.removeprefix(f"{said_by}: "))
        if not problems:
            _known_configuration(findings, check, subject, [each for each in known if each.id in found], seen)
        if check == "configuration":
            chosen |= found
    return frozenset(chosen) if choice.configurations else None


def _known_configuration(
    findings: Findings, check: str, subject: str, found: Sequence[ConfigurationFacts], seen: Seen
) -> None:
    ids = {each.id for each in found}
    told = ", ".join(f"'{each.name}' ({each.id})" for each in found)
    points = [point for point in seen.points if point.configuration.id in ids]
    if inactive := [each.name for each in found if not each.active]:
        findings.warn(check, subject, f"{told}: not active: {', '.join(inactive)}")
    elif seen.plans and seen.complete:
        _reached(findings, check, subject, told, points)
    else:
        findings.ok(check, subject, told)


def _testers(findings: Findings, wanted: Sequence[str], seen: Seen) -> frozenset[int] | None:
    if not wanted:
        return None
    chosen: set[int] = set()
    for name in dict.fromkeys(wanted):
        if not seen.plans or not seen.complete:
            findings.unchecked("tester", name, "the test points are not known")
            continue
        problems: list[str] = []
        found = points_of_testers(seen.points, (name,), problems) or frozenset()
        chosen |= found
        if problems:
            findings.problem("tester", name, problems[0])
        else:
            points = [point for point in seen.points if point.id in found]
            _reached(findings, "tester", name, "", points)
    return frozenset(chosen)


def _reached(findings: Findings, check: str, subject: str, told: str, points: Sequence[TestPoint]) -> None:
    """How many points something chooses; none is a warning."""
    inactive = sum(not point.active for point in points)
    counted = _count(points) + (f", {inactive} of them not active" if inactive else "")
    told = f"{told}: {counted}" if told else counted
    (findings.ok if points else findings.warn)(check, subject, told)


def _chosen(findings: Findings, seen: Seen, *, lenient: bool) -> None:
    reasons = Counter(seen.excluded.values())
    chosen = len(seen.points) - sum(reasons.values())
    left = "; ".join(f"{reasons[why]} left out, {_LEFT_OUT[why]}" for why in Exclusion if reasons[why])
    told = f"{chosen} of {len(seen.points)} test points would be written to" + (f"; {left}" if left else "")
    subject = ", ".join(str(plan.id) for plan in seen.plans)
    if chosen or not seen.complete:
        state = State.OK if seen.complete else State.UNCHECKED
    else:
        state = State.WARNING if lenient else State.PROBLEM
    tell = {
        State.OK: findings.ok,
        State.UNCHECKED: findings.unchecked,
        State.WARNING: findings.warn,
        State.PROBLEM: findings.problem,
    }[state]
    advice = "" if chosen else "Add test cases to the suites of the plan, or choose less narrowly."
    tell("chosen points", subject, told, advice)


def _count(points: Iterable[TestPoint]) -> str:
    number = sum(1 for _ in points)
    return f"{number} test {'point' if number == 1 else 'points'}"


def _label(plan: TestPlan) -> str:
    return f"{plan.id} '{plan.name}'"
