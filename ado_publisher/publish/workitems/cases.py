"""Which test cases results ask for, what each shall have, and which of them exist already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ado_publisher.ado import testplans, wiql, workitems
from ado_publisher.ado.http import AdoSession
from ado_publisher.matching import MatchRules, PlanView
from ado_publisher.matching.finding import own_ids
from ado_publisher.matching.narrowing import Narrowing, Wanted
from ado_publisher.model import Match, Outcome, Status
from ado_publisher.publish.choosing import configurations_named
from ado_publisher.publish.request import PublishRequest
from ado_publisher.publish.workitems.automation import name_of
from ado_publisher.publish.workitems.naming import titles
from ado_publisher.publish.workitems.paths import Path, Suites, path_of

_TEST_CASES = "[System.WorkItemType] IN GROUP 'Microsoft.TestCaseCategory'"


@dataclass(slots=True)
class NewCase:
    """A test case that results ask for, by their places among the matches, and what becomes of it.

    `number` is its id once it exists, `existed` says that it did before; `problem` why it cannot be
    used, and `refused` that it is the service that says so.
    """

    name: str
    path: Path
    title: str = ""
    places: list[int] = field(default_factory=list)
    configurations: frozenset[int] = frozenset()
    number: int | None = None
    existed: bool = False
    problem: str = ""
    refused: bool = False

    def refuse(self, why: str) -> None:
        """The service does not take it."""
        self.problem, self.refused = why, True


def new_cases(
    request: PublishRequest, matches: Sequence[Match], places: Callable[[], Suites]
) -> list[NewCase]:
    """One for each automated test whose results name no test case; the suites are read only for those."""
    by_name: dict[str, NewCase] = {}
    for place in _asking(matches, request.rules):
        result = matches[place].result
        name = name_of(result)
        case = by_name.setdefault(name, NewCase(name, path_of(request.new_cases.suite, result)))
        case.places.append(place)
    found = list(by_name.values())
    named = titles([matches[each.places[0]].result for each in found])
    for case, title in zip(found, named, strict=True):
        case.title = title
        case.problem = places().problem(case.path) if title else "the test has no name"
    return found


def _asking(matches: Sequence[Match], rules: MatchRules) -> Iterator[int]:
    """The places of results whose test ran and that name no test case, not even a wrong one."""
    find = own_ids(rules)
    for place, each in enumerate(matches):
        ran = each.status is Status.UNMATCHED and each.outcome is not Outcome.NOT_EXECUTED
        if ran and not each.rule and not each.lost_ids:
            found = find(each.result)
            if not (found.ids or found.conflict or found.problems):
                yield place


def configure(
    request: PublishRequest,
    session: AdoSession,
    view: PlanView,
    matches: Sequence[Match],
    cases: Iterable[NewCase],
) -> None:
    """Each case's configurations: those that were chosen, else those that its results ask for, else none."""
    choice = request.points
    asks = Narrowing(view, request.rules).configuration
    asked = [(case, [asks(matches[place].result) for place in case.places]) for case in cases]
    named = any(each is not None and each.name for _, group in asked for each in group)
    known = testplans.configurations(session, request.project) if choice.configurations or named else []
    # Every name that was chosen is known: the points were chosen by it before.
    named_ones = [(name, "--configuration") for name in choice.configurations]
    chosen = configurations_named(known, named_ones, choice.aliases, [])
    for case, group in asked:
        problems = [each.conflict for each in group if each is not None and each.conflict]
        ids = set(chosen)
        for name, said_by in () if chosen else dict.fromkeys(_names(group)):
            ids |= configurations_named(known, [(name, said_by)], {}, problems)
        case.configurations = frozenset(ids)
        case.problem = case.problem or "; ".join(dict.fromkeys(problems))


def _names(asked: Iterable[Wanted | None]) -> Iterator[tuple[str, str]]:
    return ((each.name, each.said_by) for each in asked if each is not None and each.name)


def look(session: AdoSession, project: str, cases: Iterable[NewCase]) -> None:
    """Those that exist, wherever in the project: they are not made again."""
    waiting = [case for case in cases if not case.problem]
    found = by_name(session, project, [case.name for case in waiting])
    for case in waiting:
        ids = found.get(case.name, [])
        if len(ids) > 1:
            told = ", ".join(map(str, ids[:8]))
            case.problem = f"test cases {told} have the automated test name '{case.name}' already"
        elif ids:
            case.number, case.existed = ids[0], True


def by_name(session: AdoSession, project: str, names: Sequence[str]) -> dict[str, list[int]]:
    """The ids of the project's test cases by their automated test name, of those names."""
    ids = [
        number
        for condition in wiql.any_of(workitems.TEST_NAME, "=", names)
        for number in workitems.find(session, project, f"{_TEST_CASES} AND ({condition})")
    ]
    found: dict[str, list[int]] = {}
    # The service compares without case; a test is another one when its name differs in it.
    for item in workitems.read(session, ids, fields=(workitems.TEST_NAME,)).values():
        found.setdefault(item.get(workitems.TEST_NAME), []).append(item.id)
    return found
