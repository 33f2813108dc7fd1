"""Matches become the complete list of what will be written. Pure.

Several results on one point become one result: the worst outcome, with every one of them
inside as a sub-result. Only what the report itself marks as a rerun counts as an attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import TypeVar

from ado_publisher.drafts import FileDraft, ResultDraft, SubResult
from ado_publisher.model import (
    SALVAGED,
    Attempt,
    Match,
    Outcome,
    Status,
    TestPoint,
    TestResult,
    published_as,
    worst,
)
from ado_publisher.text import clean, cut, short_name

# azure-devops-observed.md A6: 32,000 on the cloud, 4,000 on Server.
CLOUD_MESSAGE_LIMIT = 32_000
SERVER_MESSAGE_LIMIT = 4_000
# azure-devops.md section 3: 1,000 sub-results a level; names 256; comments 1,000.
MOST_SUB_RESULTS = 1_000
NAME_LIMIT = 256
TITLE_LIMIT = 255
COMMENT_LIMIT = 1_000
# A thousand rows with full messages would make one request of 64 MB; the full text is attached.
SUB_RESULT_MESSAGE_LIMIT = 4_000

_CUT = "… [cut here; the full text is attached as {name}]"
T = TypeVar("T")
FilesOf = Callable[[Sequence[Match], Outcome], Sequence[FileDraft]]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """How several results on one point become one; `several` is worst, last, first or best-of-retries.

    `outcomes` maps the outcomes of attempts as matching maps those of results.
    """

    several: str = "worst"
    message_limit: int = CLOUD_MESSAGE_LIMIT
    outcomes: Mapping[Outcome, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PointPlan:
    """One point, the result that will be written to it, and the matches it was made of."""

    point: TestPoint
    draft: ResultDraft
    matches: tuple[Match, ...]
    greener: bool = False
    problems: tuple[str, ...] = ()


def plan_points(matches: Iterable[Match], aggregation: Aggregation, files_of: FilesOf) -> list[PointPlan]:
    """One PointPlan for each point that was reached, in the order in which points were reached.

    `files_of` chooses the attachments of a point from its matches and its outcome.
    """
    by_point: dict[int, tuple[TestPoint, list[Match]]] = {}
    for match in matches:
        if match.status is Status.MATCHED:
            for point in match.points:
                by_point.setdefault(point.id, (point, []))[1].append(match)
    return [_plan_point(point, group, aggregation, files_of) for point, group in by_point.values()]


def plan_unplanned(
    matches: Iterable[Match], aggregation: Aggregation, files_of: FilesOf
) -> list[tuple[int, ResultDraft]]:
    """A result without a point for each match that reached none although its test ran, with its place.

    Nothing says that two of them are the same test: each stays by itself.
    """
    return [
        (place, _draft(None, [match], aggregation, files_of)[0])
        for place, match in enumerate(matches)
        if match.status in (Status.UNMATCHED, Status.AMBIGUOUS)
    ]


def _plan_point(
    point: TestPoint, matches: list[Match], aggregation: Aggregation, files_of: FilesOf
) -> PointPlan:
    draft, problems = _draft(point, matches, aggregation, files_of)
    gravest = worst(match.outcome for match in matches)
    return PointPlan(point, draft, tuple(matches), draft.outcome.severity > gravest.severity, tuple(problems))


def _draft(
    point: TestPoint | None, matches: list[Match], aggregation: Aggregation, files_of: FilesOf
) -> tuple[ResultDraft, list[str]]:
    outcome = _verdict(matches, aggregation.several)
    # The one whose outcome is shown tells the message, too.
    leading = next((match for match in matches if match.outcome is outcome), matches[0])
    result = leading.result
    texts = _Texts(aggregation)
    children, group_type, problems = _children(matches, texts)
    if any(True for match in matches for _ in match.result.values(SALVAGED)):
        problems = [*problems, "from a damaged report: what stood behind the damage is missing"]
    message = texts.cut(result.message, result.name)
    stack_trace = texts.cut(result.stack_trace, result.name)
    names = {match.result.automated_name for match in matches}
    draft = ResultDraft(
        point=point,
        outcome=outcome,
        automated_test_name=short_name(clean(result.automated_name), NAME_LIMIT),
        automated_test_storage=short_name(clean(storage_of(result)), NAME_LIMIT),
        automated_test_type=result.test_type,
        duration=_total(match.result.duration for match in matches),
        started=_earliest(match.result.started for match in matches),
        message=message,
        stack_trace=stack_trace,
        comment=_comment(matches, names, problems),
        host=short_name(clean(result.host), NAME_LIMIT),
        flaky=outcome is Outcome.PASSED and any(match.result.flaky for match in matches),
        group_type=group_type,
        children=children,
        files=(*files_of(matches, outcome), *texts.files()),
        title="" if point else short_name(clean(result.name), TITLE_LIMIT),
    )
    return draft, problems


def _verdict(matches: Sequence[Match], several: str) -> Outcome:
    if several in ("last", "first"):
        # NotExecuted never hides another outcome, whatever came last.
        ran = [match for match in matches if match.outcome is not Outcome.NOT_EXECUTED] or matches
        return ran[-1 if several == "last" else 0].outcome
    if several == "best-of-retries":
        best: dict[str, Outcome] = {}
        for match in matches:
            name = match.result.automated_name
            best[name] = _greenest(best.get(name), match.outcome)
        return worst(best.values())
    return worst(match.outcome for match in matches)


def _greenest(known: Outcome | None, outcome: Outcome) -> Outcome:
    # A test that did not run is no retry that went well.
    if known is None or known is Outcome.NOT_EXECUTED:
        return outcome
    if outcome is Outcome.NOT_EXECUTED:
        return known
    return max(known, outcome, key=lambda each: each.severity)


def _children(matches: Sequence[Match], texts: _Texts) -> tuple[tuple[SubResult, ...], str, list[str]]:
    if len(matches) == 1:
        attempts = matches[0].result.attempts
        if not attempts:
            return (), "", []
        kept, problems = keep_gravest(attempts, lambda attempt: attempt.outcome, "attempts")
        result = matches[0].result
        return tuple(_attempt(index, a, result, texts) for index, a in kept), "rerun", problems
    if len({base_name(match.result) for match in matches}) == 1:
        rows, problems = _rows(matches, texts)
        return rows, "dataDriven", problems
    groups: dict[str, list[Match]] = {}
    for match in matches:
        groups.setdefault(_suite_name(match.result), []).append(match)
    # One group says nothing that the result does not, and a suite for each test says too much.
    if len(groups) in (1, len(matches)):
        rows, problems = _rows(matches, texts)
        return rows, "generic", problems
    return _grouped(groups, texts)


def _rows(matches: Sequence[Match], texts: _Texts) -> tuple[tuple[SubResult, ...], list[str]]:
    kept, problems = keep_gravest(matches, lambda match: match.outcome, "results")
    return tuple(_row(match, texts) for _, match in kept), problems


def _grouped(
    groups: Mapping[str, Sequence[Match]], texts: _Texts
) -> tuple[tuple[SubResult, ...], str, list[str]]:
    """A group for each suite; with a row's attempts these are the three levels that the service takes."""
    verdicts = [(name, worst(match.outcome for match in group)) for name, group in groups.items()]
    kept, problems = keep_gravest(verdicts, lambda pair: pair[1], "suites")
    children: list[SubResult] = []
    for _, (name, verdict) in kept:
        rows, left_out = _rows(groups[name], texts)
        problems += left_out
        duration = _total(match.result.duration for match in groups[name])
        label = short_name(clean(name), NAME_LIMIT)
        children.append(SubResult(label, verdict, duration, group_type="generic", children=rows))
    return tuple(children), "generic", problems


def _suite_name(result: TestResult) -> str:
    """The suites around a test as one name or, where they have none, its class."""
    named = " / ".join(name for name in result.suites if name.strip())
    return named or result.class_name or PurePath(result.file).name or "Tests"


def keep_gravest(
    items: Sequence[T], outcome_of: Callable[[T], Outcome], noun: str, most: int = MOST_SUB_RESULTS
) -> tuple[list[tuple[int, T]], list[str]]:
    """At most so many of the items with their places, in their order; the gravest stay.

    What had to go is said in the second part, which is empty where nothing had to.
    """
    numbered = list(enumerate(items))
    if len(numbered) <= most:
        return numbered, []
    by_gravity = sorted(numbered, key=lambda entry: outcome_of(entry[1]).severity)
    kept = sorted(by_gravity[:most], key=lambda entry: entry[0])
    left = len(numbered) - most
    return kept, [f"{len(numbered)} {noun} on one point; {most} are taken, {left} are left out"]


def _row(match: Match, texts: _Texts) -> SubResult:
    result = match.result
    kept, _ = keep_gravest(result.attempts, lambda attempt: attempt.outcome, "attempts")
    return SubResult(
        display_name=short_name(clean(_row_name(result)), NAME_LIMIT),
        outcome=match.outcome,
        duration=result.duration,
        message=texts.cut(result.message, result.name, SUB_RESULT_MESSAGE_LIMIT),
        stack_trace=texts.cut(result.stack_trace, result.name, SUB_RESULT_MESSAGE_LIMIT),
        group_type="rerun" if kept else "",
        children=tuple(_attempt(index, attempt, result, texts) for index, attempt in kept),
    )


def _row_name(result: TestResult) -> str:
    # Katalon's iterations share the test case's name and are told apart by a property.
    iteration = next((value for name, value in result.properties if name == "iteration"), "")
    return f"{result.name} [{iteration}]" if iteration else result.name


def _attempt(index: int, attempt: Attempt, result: TestResult, texts: _Texts) -> SubResult:
    # PublishTestResults labels attempts this way (azure-devops.md section 2, sub-results).
    label = f"Attempt# {index} - {result.name}"
    return SubResult(
        display_name=short_name(clean(label), NAME_LIMIT),
        outcome=published_as(attempt.outcome, result.test_type, texts.outcomes),
        duration=attempt.duration,
        message=texts.cut(attempt.message, label, SUB_RESULT_MESSAGE_LIMIT),
        stack_trace=texts.cut(attempt.stack_trace, label, SUB_RESULT_MESSAGE_LIMIT),
    )


def base_name(result: TestResult) -> tuple[str, str]:
    """Class and name of the test without the data row that it ran with."""
    # pytest and JUnit 5 append the row: test_pay[101], "pay(int)[1]", "[1] 5, 10".
    return result.class_name, result.name.split("[", 1)[0].strip()


def storage_of(result: TestResult) -> str:
    """What holds the automated test: its package or, without one, its class or the report."""
    # A class belongs to its package; a report without classes is at least a file.
    head, _, _ = result.class_name.rpartition(".")
    return head or result.class_name or PurePath(result.file).name


def _comment(matches: Sequence[Match], names: set[str], problems: Sequence[str]) -> str:
    parts = list(problems)
    if len(matches) > 1:
        tests = "1 test" if len(names) == 1 else f"{len(names)} tests"
        parts.insert(0, f"{len(matches)} results of {tests} on this test point")
    elif matches[0].result.attempts:
        parts.insert(0, f"{len(matches[0].result.attempts)} attempts")
    return cut("; ".join(parts), COMMENT_LIMIT, "… [cut]")


def _total(durations: Iterable[float | None]) -> float | None:
    known = [duration for duration in durations if duration is not None]
    return sum(known) if known else None


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    known = [time for time in times if time is not None]
    # Times with and without a zone do not compare; the readers give one kind per report.
    zoned = [time for time in known if time.tzinfo is not None]
    return min(zoned or known, default=None)


class _Texts:
    """Maps outcomes of attempts, cuts texts to the limit, keeps what was cut for one attachment."""

    name = "full-messages.txt"

    def __init__(self, aggregation: Aggregation) -> None:
        self.limit = aggregation.message_limit
        self.outcomes = aggregation.outcomes
        self.sections: list[str] = []

    def cut(self, text: str, label: str, limit: int | None = None) -> str:
        text = clean(text)
        most = min(limit or self.limit, self.limit)
        if len(text) <= most:
            return text
        self.sections.append(f"== {clean(label)} ==\n{text}\n")
        return cut(text, most, _CUT.format(name=self.name))

    def files(self) -> tuple[FileDraft, ...]:
        if not self.sections:
            return ()
        return (FileDraft(self.name, content="\n".join(dict.fromkeys(self.sections)).encode()),)
