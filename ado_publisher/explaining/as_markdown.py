"""The mapping report as Markdown, in pieces. Every text from outside goes through `escape`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ado_publisher.explaining.content import Explanation, Part
from ado_publisher.explaining.mapping import Mapping, NotReached
from ado_publisher.model import Status

Escape = Callable[[object], str]
_TITLES = ((Status.UNMATCHED, "Unmatched"), (Status.AMBIGUOUS, "Ambiguous"), (Status.SKIPPED, "Skipped"))


def markdown_pieces(mapping: Mapping, escape: Escape) -> Iterator[str]:
    """The whole report: what needs a person first, what matched as a table, points that nothing reached."""
    counts = mapping.counts()
    plans = ", ".join(f"{plan.id} {escape(plan.name)}" for plan in mapping.plans)
    yield f"# Mapping of {counts['read']} results to test plan {plans}\n\n"
    told = [f"{counts[status.value]} {status.value}" for status in Status]
    points = [
        f"{counts['points_reached']} of {counts['points_chosen']} chosen test points reached",
        f"{counts['points_not_reached']} not",
    ]
    yield f"{', '.join(told)}; {', '.join(points)}.\n"
    for gap in mapping.plan.gaps:
        yield f"\n> not read: {escape(gap)}\n"
    for status, title in _TITLES:
        if counts[status.value]:
            yield f"\n## {title} ({counts[status.value]})\n\n"
            for each in mapping.of(status):
                yield from _result(each, escape)
    if mapping.explainer.left_out:
        yield (
            f"\nNear misses were looked for in the first {mapping.explainer.searches} results; "
            f"{mapping.explainer.left_out} more are listed without them.\n"
        )
    if counts[Status.MATCHED.value]:
        yield from _matched(mapping, escape)
    if counts["points_not_reached"]:
        yield from _not_reached(mapping, escape)


def _result(told: Explanation, escape: Escape) -> Iterator[str]:
    match = told.match
    yield f"- **{escape(match.result.name)}** ({escape(match.outcome.value)}): {escape(match.reason)}\n"
    for asked in told.asked:
        if asked.part is Part.NOTHING:
            yield from (f"  - {asked.means.value}: {escape(note)}\n" for note in asked.notes)
    yield from (f"  - configuration: {escape(note)}\n" for note in told.configuration_notes)
    if told.suggestion:
        yield f"  - what to do: {escape(told.suggestion)}\n"


def _matched(mapping: Mapping, escape: Escape) -> Iterator[str]:
    yield "\n## Matched\n\n| test | outcome | by | test points | problems |\n"
    yield "| --- | --- | --- | --- | --- |\n"
    for match in mapping.matches:
        if match.status is Status.MATCHED:
            points = ", ".join(
                f"{point.id} ({point.case_id}, {point.configuration.name})" for point in match.points[:20]
            )
            more = f" and {len(match.points) - 20} more" if len(match.points) > 20 else ""
            cells = (match.result.name, match.outcome, match.rule, points + more, "; ".join(match.problems))
            yield f"| {' | '.join(map(escape, cells))} |\n"


def _not_reached(mapping: Mapping, escape: Escape) -> Iterator[str]:
    by_suite: dict[tuple[int, str], list[NotReached]] = {}
    for each in mapping.not_reached():
        by_suite.setdefault((each.point.suite_id, each.point.suite_name), []).append(each)
    yield "\n## Test points that no result reached\n"
    for (suite_id, name), points in by_suite.items():
        yield f"\n### {escape(name)} (suite {suite_id}, {len(points)})\n\n"
        yield "| point | test case | configuration | tester | why |\n| --- | --- | --- | --- | --- |\n"
        for each in points:
            point = each.point
            case = f"{point.case_id} {point.case_title}"
            cells = (point.id, case, point.configuration.name, point.tester, each.why)
            yield f"| {' | '.join(map(escape, cells))} |\n"
