"""Explanations as lines a person reads on a terminal. Their texts are untrusted: print them harmlessly."""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.explaining.content import Asked, CaseExplanation, CaseTold, Explanation, Part, PointTold


def result_lines(told: Explanation) -> Iterator[str]:
    """One result: where it ended, what was asked for its test case, its points, and what to do."""
    match = told.match
    result = match.result
    place = f"{result.file}:{result.line}" if result.line else result.file
    yield f"{result.name}  ({place})" if place else result.name
    yield f"  reported as {result.outcome}, {match.status}" + (f": {match.reason}" if match.reason else "")
    yield "  which test case:"
    for asked in told.asked:
        if not _silent(asked):
            yield from _asked(asked)
    silent = [asked.means.value for asked in told.asked if _silent(asked)]
    if silent:
        yield f"    nothing by {', '.join(silent)}"
    if told.wanted is not None and told.wanted.name:
        yield f"  which configuration: '{told.wanted.name}' ({told.wanted.said_by})"
    for note in told.configuration_notes:
        yield f"  which configuration: {note}"
    for case in told.cases:
        yield from _case(case)
    if told.suggestion:
        yield f"  what to do: {told.suggestion}"


def case_lines(told: CaseExplanation) -> Iterator[str]:
    """One test case: its points and the results that name it."""
    yield f"test case {told.id}" + (f" '{told.title}'" if told.title else "")
    if told.automated_test_name:
        yield f"  automated test name {told.automated_test_name}"
    for point in told.points:
        yield _point(point)
    for naming in told.namings:
        what = f"reaches points {', '.join(map(str, naming.reached))}" if naming.reached else naming.why
        yield f"  named by '{naming.match.result.name}' ({naming.rule}): {what}"
    if told.named > len(told.namings):
        yield f"  and by {told.named - len(told.namings)} more results"
    for note in told.notes:
        yield f"  {note}"
    if told.suggestion:
        yield f"  what to do: {told.suggestion}"


def _silent(asked: Asked) -> bool:
    return asked.part is Part.NOTHING and not asked.notes


def _asked(asked: Asked) -> Iterator[str]:
    ids = ", ".join(map(str, asked.ids[:20]))
    said = f"{ids} ({asked.said_by})" if ids else "gives none"
    what = {
        Part.DECIDED: f"{said}, and decides" if ids else "decides that it cannot be said",
        Part.OVERRULED: f"{said}, overruled",
        Part.NOT_ASKED: "not asked",
        Part.NOTHING: said,
    }[asked.part]
    yield f"    {asked.means}: {what}"
    for note in asked.notes:
        yield f"      {note}"


def _case(case: CaseTold) -> Iterator[str]:
    yield f"  test case {case.id}" + (f" '{case.title}'" if case.title else "")
    for point in case.points:
        yield _point(point)
    if case.more:
        yield f"    and {case.more} more points"
    if case.policy:
        yield f"    {case.policy}"
    if case.reason:
        yield f"    {case.reason}"


def _point(told: PointTold) -> str:
    point = told.point
    tester = f", {point.tester_name or point.tester}" if point.tester else ""
    state = "reached" if told.reached else f"not reached{': ' if told.why else ''}{told.why}"
    return f"    point {point.id} ({point.suite_name} / {point.configuration.name}{tester}): {state}"
