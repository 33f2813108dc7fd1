"""Test cases made for results that name none: looked for first, made, put into a suite, matched again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ado_publisher.ado import suites, testplans, workitems
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import ServiceError
from ado_publisher.itemfacts import CaseFact
from ado_publisher.matching import PlanView, match
from ado_publisher.model import Match, TestCase, TestPlan
from ado_publisher.publish.choosing import excluded_points
from ado_publisher.publish.desk import several
from ado_publisher.publish.request import PublishRequest
from ado_publisher.publish.workitems.automation import automated_fields, line
from ado_publisher.publish.workitems.cases import NewCase, by_name, configure, look, new_cases
from ado_publisher.publish.workitems.naming import area_path
from ado_publisher.publish.workitems.paths import Path, Suites, shown
from ado_publisher.summary import Write
from ado_publisher.teststeps import steps_field, steps_of

_WRITERS = 4
# Nobody reads more; a log of keywords has thousands.
_MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Created:
    """The matches as they are with the test cases that were made, and what became of each."""

    matches: tuple[Match, ...]
    facts: tuple[CaseFact, ...] = ()
    refused: int = 0
    notices: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()


def create_cases(
    request: PublishRequest,
    session: AdoSession,
    plans: Sequence[TestPlan],
    view: PlanView,
    matches: Sequence[Match],
    hides: Callable[[str], bool],
) -> Created:
    """A test case in the first plan for each automated test that names none, and its results on its points.

    A test whose name `hides` what is not to be published gets none: its name would be its association.
    With `dry_run` nothing is written, and each is told. Raises ServiceError when the service stays
    away: what was made until then is found again by its automated test name.
    """
    read: list[Suites] = []

    def places() -> Suites:
        if not read:
            read.append(Suites(session, request.project, plans[0], request.points.suites))
        return read[0]

    cases = new_cases(request, matches, places)
    if not cases:
        return Created(tuple(matches))
    for case in cases:
        if hides(case.name) or hides(case.title):
            case.problem = "its name holds what is redacted"
    configure(request, session, view, matches, cases)
    look(session, request.project, cases)
    if request.dry_run:
        return _planned(request, matches, cases, places())
    _make(request, session, matches, cases)
    _fill(request, session, places(), view, cases)
    return _matched(request, session, plans, view, matches, cases)


def _make(
    request: PublishRequest, session: AdoSession, matches: Sequence[Match], cases: Iterable[NewCase]
) -> None:
    def make(case: NewCase) -> None:
        def made() -> int | None:
            return next(iter(by_name(session, request.project, [case.name]).get(case.name, ())), None)

        patch = list(_patch(request, matches, case))
        try:
            case.number = workitems.create(session, request.project, workitems.CASE, patch, made).id
        except ServiceError as error:
            why = workitems.refused_alone(error)
            if not why:
                raise
            case.refuse(why)

    waiting = [case for case in cases if not case.problem and case.number is None]
    for _ in several(make, waiting, _WRITERS, on_stop=session.hurry):
        pass


def _patch(request: PublishRequest, matches: Sequence[Match], case: NewCase) -> Iterator[workitems.Patch]:
    new, result = request.new_cases, matches[case.places[0]].result
    yield workitems.set_field(workitems.TITLE, case.title)
    for name, value in automated_fields(result, case.name).items():
        yield workitems.set_field(name, value)
    if steps := steps_field(steps_of(result)[:_MOST_STEPS]):
        yield workitems.set_field(workitems.STEPS, steps)
    if new.area:
        yield workitems.set_field(workitems.AREA, area_path(new.area, request.project))
    if new.iteration:
        yield workitems.set_field(workitems.ITERATION, area_path(new.iteration, request.project))
    if new.tags:
        yield workitems.set_field(workitems.TAGS, "; ".join(map(line, new.tags)))


def _fill(
    request: PublishRequest,
    session: AdoSession,
    places: Suites,
    view: PlanView,
    cases: Iterable[NewCase],
) -> None:
    """Put the cases into their suites, as far as they are not there."""
    there = {(point.case_id, point.suite_id) for point in view.points if point.plan_id == places.plan.id}
    groups: dict[Path, list[NewCase]] = {}
    for case in cases:
        if case.number is not None and not case.problem:
            groups.setdefault(case.path, []).append(case)
    for path, group in groups.items():
        try:
            suite = places.ensure(path)
        except ServiceError as error:
            why = workitems.refused_alone(error)
            if not why:
                raise
            for case in group:
                case.refuse(f"suite '{shown(path)}' cannot be made: {why}")
            continue
        absent = {
            case.number: sorted(case.configurations)
            for case in group
            if case.number is not None and (case.number, suite) not in there
        }
        refused = suites.add_cases(session, request.project, places.plan.id, suite, absent)
        for case in group:
            if (told := refused.get(case.number or 0)) is not None:
                case.refuse(f"test case {case.number} cannot be put into suite '{shown(path)}': {told}")


def _matched(
    request: PublishRequest,
    session: AdoSession,
    plans: Sequence[TestPlan],
    view: PlanView,
    matches: Sequence[Match],
    cases: Sequence[NewCase],
) -> Created:
    """The results of the cases that stand now, matched again by automated test name."""
    changed = list(matches)
    standing = [case for case in cases if case.number is not None and not case.problem]
    if standing:
        fresh = _view(request, session, plans, view, matches, standing)
        again = [place for case in standing for place in case.places]
        for place, found in zip(
            again, match([matches[place].result for place in again], fresh, request.rules), strict=True
        ):
            changed[place] = found
    _tell(changed, cases, _why_not)
    return Created(
        tuple(changed),
        tuple(_facts(standing)),
        sum(case.refused for case in cases),
        tuple(
            f"test case {case.number} has the automated test name '{case.name}' already; "
            f"it is used in suite '{shown(case.path)}' and not made again"
            for case in standing
            if case.existed
        ),
    )


def _view(
    request: PublishRequest,
    session: AdoSession,
    plans: Sequence[TestPlan],
    view: PlanView,
    matches: Sequence[Match],
    cases: Sequence[NewCase],
) -> PlanView:
    plan = plans[0]
    others = [point for point in view.points if point.plan_id != plan.id]
    points = (*testplans.points(session, request.project, plan), *others)
    excluded = excluded_points(session, request.project, plans, points, request.points)
    # By the whole name: a test case may hold only the beginning of a long one.
    made = (
        TestCase(case.number or 0, case.title, matches[place].result.automated_name)
        for case in cases
        for place in case.places
    )
    return replace(view, points=points, excluded=excluded, cases=(*view.cases, *made))


def _planned(
    request: PublishRequest, matches: Sequence[Match], cases: Sequence[NewCase], places: Suites
) -> Created:
    """What would be made, and the requests that would make it."""
    base = f"/{request.project}/_apis"
    usable = [case for case in cases if not case.problem]
    missing = {path for case in usable for path in places.missing(case.path)}
    adding = Counter(case.path for case in usable)
    writes = (
        Write("POST", f"{base}/wit/workitems/${workitems.CASE}", sum(case.number is None for case in usable)),
        Write("POST", f"{base}/testplan/Plans/{places.plan.id}/suites", len(missing)),
        Write(
            "POST",
            f"{base}/testplan/Plans/{places.plan.id}/Suites/{{suite}}/TestCase",
            sum(-(-count // suites.CASES_AT_ONCE) for count in adding.values()),
        ),
    )
    changed = list(matches)
    _tell(changed, cases, _would)
    return Created(
        tuple(changed), tuple(_facts(usable)), writes=tuple(write for write in writes if write.count)
    )


def _why_not(case: NewCase) -> str:
    return f"no test case was made: {case.problem}" if case.problem else ""


def _would(case: NewCase) -> str:
    if case.problem:
        return f"no test case would be made: {case.problem}"
    if case.number is not None:
        return f"test case {case.number} would be added to suite '{shown(case.path)}'"
    return f"test case '{case.title}' would be made in suite '{shown(case.path)}'"


def _tell(matches: list[Match], cases: Iterable[NewCase], told: Callable[[NewCase], str]) -> None:
    """Why results stay unmatched although a test case was asked for."""
    for case in cases:
        for place in case.places if told(case) else ():
            reason = f"{matches[place].reason}; {told(case)}"
            matches[place] = replace(matches[place], reason=reason)


def _facts(cases: Iterable[NewCase]) -> Iterator[CaseFact]:
    return (CaseFact(case.number, case.title, shown(case.path), case.existed) for case in cases)
