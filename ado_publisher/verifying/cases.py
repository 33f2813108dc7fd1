"""The test cases that reports, rules and a Katalon project name: whether each can be reached."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ado_publisher.ado import testcases
from ado_publisher.ado.testcases import CaseFacts
from ado_publisher.matching import PlanView
from ado_publisher.matching.finding import ids_by_names, own_ids
from ado_publisher.model import Exclusion, TestPoint
from ado_publisher.summary import named_plans
from ado_publisher.verifying.access import WORK_SCOPE
from ado_publisher.verifying.content import Asked, CaseRow, NamedCase, Seen, State
from ado_publisher.verifying.findings import Findings

CASE = "Test Case"
_SHOWN = 3
_REASONS = {
    Exclusion.SUITE: "suites",
    Exclusion.CONFIGURATION: "configurations",
    Exclusion.TESTER: "testers",
}


def named_cases(asked: Asked) -> dict[int, list[NamedCase]]:
    """Who names which test case: reports, rules of the config, a Katalon project."""
    named: defaultdict[int, dict[NamedCase, None]] = defaultdict(dict)
    find = own_ids(asked.request.rules)
    for result in asked.results:
        for number in find(result).ids:
            named[number][NamedCase(result.file)] = None
    for rule in asked.request.rules.cases:
        for number in rule.ids:
            named[number][NamedCase(rule.label)] = None
    for bound in (*asked.katalon.bound, *asked.katalon.invalid) if asked.katalon else ():
        for number in bound.ids:
            named[number][NamedCase(bound.place, firmly=False)] = None
    return {number: list(by) for number, by in named.items()}


def reports(findings: Findings, asked: Asked, seen: Seen) -> None:
    """How many tests of the reports name a test case, and what is wrong with their ids."""
    if not asked.results:
        return
    find = own_ids(asked.request.rules)
    view = PlanView(named_plans(seen.plans), tuple(seen.points), seen.excluded, tuple(seen.cases.values()))
    by_name = ids_by_names(view, asked.request.rules)
    counts: Counter[str] = Counter()
    nameless: list[str] = []
    for result in asked.results:
        found = find(result)
        for problem in dict.fromkeys((*found.problems, found.conflict)):
            if problem:
                findings.warn("report", result.name, f"{result.file}: {problem}")
        if found.settled:
            counts["own"] += 1
        elif by_name(result, found).ids:
            counts["name"] += 1
        else:
            nameless.append(result.name)
    told = (
        f"{len(asked.results)} tests: {counts['own']} name their test case, {counts['name']} are found by "
        f"the automated test name or title, {len(nameless)} by nothing"
    )
    files = list(dict.fromkeys(result.file for result in asked.results))
    subject = files[0] if len(files) == 1 else f"{len(files)} reports"
    if nameless:
        shown = ", ".join(nameless[:_SHOWN]) + (
            f" and {len(nameless) - _SHOWN} more" if nameless[_SHOWN:] else ""
        )
        findings.warn("reports", subject, told, f"Without a test case: {shown}. README tells how to name it.")
    else:
        findings.ok("reports", subject, told)


def verdicts(
    findings: Findings, asked: Asked, seen: Seen, project: str, *, readable: bool
) -> tuple[CaseRow, ...]:
    """A row for each test case that is named; gives those and every other case of the plans, by id."""
    named = named_cases(asked)
    facts, asked_for = _look_up(findings, named) if readable else ({}, set[int]())
    of_case: defaultdict[int, list[TestPoint]] = defaultdict(list)
    for point in seen.points:
        of_case[point.case_id].append(point)
    rows = []
    for number in sorted({*named, *seen.cases, *of_case}):
        points = of_case.get(number, [])
        row = _row(number, points, seen, facts.get(number), named.get(number, ()))
        if number in named:
            state, told, advice = verdict(
                points, seen, facts.get(number), project, looked_up=number in asked_for
            )
            if state is State.PROBLEM and facts.get(number) and not any(by.firmly for by in named[number]):
                # Other plans may hold it, where the fact itself is no mistake of the project's.
                state = State.WARNING if _is_case_here(facts[number], project) else state
            _tell(findings, row, state, f"{told}; named by {_by(named[number])}", advice)
            row = _with(row, state, told)
        rows.append(row)
    return tuple(rows)


def verdict(
    points: Sequence[TestPoint], seen: Seen, facts: CaseFacts | None, project: str, *, looked_up: bool
) -> tuple[State, str, str]:
    """How a publish would fare with a test case: the state, why, and what to do. Pure."""
    if points:
        return _with_points(points, seen.excluded)
    if facts is None:
        if not looked_up:
            told = "no test point was found in the plan, and whether it exists is not known"
            return (State.PROBLEM if seen.plans and seen.complete else State.UNCHECKED), told, ""
        return State.PROBLEM, "does not exist, or the credential cannot see it", "Check the id."
    if facts.kind != CASE:
        return State.PROBLEM, f"is not a test case but a {facts.kind or 'thing without a type'}", ""
    if facts.project.casefold() != project.casefold():
        return (
            State.PROBLEM,
            f"is of another project: '{facts.project}'",
            "A plan takes test cases of its own project.",
        )
    if not seen.plans or not seen.complete:
        return State.UNCHECKED, "is a test case; the plan's test points are not known", ""
    return State.PROBLEM, f"has no test point in {named_plans(seen.plans)}", "Add it to a suite of the plan."


def _with_points(points: Sequence[TestPoint], excluded: Mapping[int, Exclusion]) -> tuple[State, str, str]:
    count = f"{len(points)} test {'point' if len(points) == 1 else 'points'}"
    chosen = [point for point in points if point.id not in excluded]
    names = ", ".join(dict.fromkeys(f"'{point.configuration.name}'" for point in chosen or points))
    if chosen:
        left = f", {len(chosen)} of them chosen" if len(chosen) < len(points) else ""
        return State.OK, f"{count}{left}: {names}", ""
    reasons = {excluded[point.id] for point in points}
    if reasons == {Exclusion.INACTIVE}:
        told = f"has only test points that are not active ({count})"
        return State.WARNING, told, "--inactive-points publish writes to them."
    nouns = " and ".join(noun for why, noun in _REASONS.items() if why in reasons)
    return State.WARNING, f"has points only in {nouns} not chosen ({names})", ""


def _look_up(findings: Findings, ids: Iterable[int]) -> tuple[dict[int, CaseFacts], set[int]]:
    """What the service says of the ids, and which of them it was asked for."""
    facts: dict[int, CaseFacts] = {}
    asked_for: set[int] = set()
    for batch in testcases.batches(ids):
        subject = f"{batch[0]} to {batch[-1]}" if len(batch) > 1 else str(batch[0])
        asking = partial(testcases.batch_of, findings.session, batch)
        found = findings.tried("test case", subject, asking, scope=WORK_SCOPE)
        if found is not None:
            asked_for.update(batch)
            facts.update((each.id, each) for each in found)
    return facts, asked_for


def _is_case_here(facts: CaseFacts, project: str) -> bool:
    return facts.kind == CASE and facts.project.casefold() == project.casefold()


def _row(
    number: int, points: Sequence[TestPoint], seen: Seen, facts: CaseFacts | None, by: Iterable[NamedCase]
) -> CaseRow:
    case = seen.cases.get(number)
    title = (facts and facts.title) or (case and case.title) or (points[0].case_title if points else "")
    return CaseRow(
        id=number,
        title=title,
        state=facts.state if facts else "",
        automation_status=facts.automation_status if facts else "",
        automated_test_name=case.automated_test_name if case else facts.automated_test_name if facts else "",
        points=len(points),
        chosen=sum(point.id not in seen.excluded for point in points),
        named_by=tuple(each.by for each in by),
    )


def _with(row: CaseRow, state: State, told: str) -> CaseRow:
    return replace(row, verdict=state, told=told)


def _tell(findings: Findings, row: CaseRow, state: State, told: str, advice: str) -> None:
    facts = ", ".join(filter(None, (row.state, row.automation_status)))
    title = f"'{row.title}'" + (f" ({facts})" if facts else "") if row.title else ""
    tell: Callable[..., None] = {
        State.OK: findings.ok,
        State.WARNING: findings.warn,
        State.UNCHECKED: findings.unchecked,
        State.PROBLEM: findings.problem,
    }[state]
    tell("test case", str(row.id), f"{title}: {told}" if title else told, advice)


def _by(named: Sequence[NamedCase]) -> str:
    shown = ", ".join(each.by for each in named[:_SHOWN])
    return shown + (f" and {len(named) - _SHOWN} more" if named[_SHOWN:] else "")
