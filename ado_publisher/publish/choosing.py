"""The test points that a person chose: by suite, configuration, tester, and whether they are active.

A name that the service does not know is a SettingsError that says which option named it
and what there is instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import SettingsError
from ado_publisher.model import Exclusion, TestConfiguration, TestPlan, TestPoint, TestSuite
from ado_publisher.publish.named import instead

_REQUIREMENT = re.compile(r"requirement:\s*#?([0-9]{1,10})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PointChoice:
    """Which points a person wants, as the options say; `rule_configurations` are names that rules of
    the config use, each with its place in the file. `aliases` are other names of configurations, folded.
    """

    suites: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()
    testers: tuple[str, ...] = ()
    inactive: bool = False
    rule_configurations: tuple[tuple[str, str], ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


def excluded_points(
    session: AdoSession,
    project: str,
    plans: Sequence[TestPlan],
    points: Iterable[TestPoint],
    choice: PointChoice,
) -> dict[int, Exclusion]:
    """Why each point that was not chosen was left out, by point; a point that is not in it was chosen.

    Raises one SettingsError with every suite, configuration and tester that leads to nothing.
    """
    problems: list[str] = []
    everything = list(points)
    suites = _chosen_suites(session, project, plans, choice.suites, problems)
    configurations = _chosen_configurations(session, project, choice, problems)
    testers = points_of_testers(everything, choice.testers, problems)
    if problems:
        raise SettingsError("\n".join(problems))
    return exclusions(everything, suites, configurations, testers, inactive=choice.inactive)


def exclusions(
    points: Iterable[TestPoint],
    suites: Container[int] | None,
    configurations: Container[int] | None,
    testers: Container[int] | None,
    *,
    inactive: bool,
) -> dict[int, Exclusion]:
    """Why each point is left out, by point. Suites and configurations are ids, `testers` the ids of points
    that are assigned to one of them; None chooses all. Pure.
    """
    reasons: dict[int, Exclusion] = {}
    for point in points:
        if suites is not None and point.suite_id not in suites:
            reasons[point.id] = Exclusion.SUITE
        elif configurations is not None and point.configuration.id not in configurations:
            reasons[point.id] = Exclusion.CONFIGURATION
        elif testers is not None and point.id not in testers:
            reasons[point.id] = Exclusion.TESTER
        elif not point.active and not inactive:
            reasons[point.id] = Exclusion.INACTIVE
    return reasons


def _chosen_suites(
    session: AdoSession, project: str, plans: Sequence[TestPlan], wanted: Sequence[str], problems: list[str]
) -> frozenset[int] | None:
    """The suites that were named, of whichever plan has them; None when none were."""
    if not wanted:
        return None
    known = {plan.id: testplans.suites(session, project, plan) for plan in plans}
    missing = dict.fromkeys(wanted, 0)
    chosen: set[int] = set()
    for plan in plans:
        for name in wanted:
            found = suites_below(known[plan.id], name)
            missing[name] += bool(found)
            chosen |= found
    label = ", ".join(f"{plan.id} '{plan.name}'" for plan in plans)
    paths = [suite.path for suites in known.values() for suite in suites if suite.path]
    problems += [
        f"--suite: test plan {label} has no suite with id or path '{name}'" + instead(name, paths, "suites")
        for name, plans_with_it in missing.items()
        if not plans_with_it
    ]
    return frozenset(chosen)


def suites_chosen(known: Sequence[TestSuite], wanted: Iterable[str]) -> set[int]:
    """The ids of the suites that any of those names means, with what is below them."""
    return {number for name in wanted for number in suites_below(known, name)}


def suites_below(known: Sequence[TestSuite], name: str) -> set[int]:
    """The ids of the suites that an id, a path, a pattern or `requirement:ID` chooses; none is unknown."""
    children: dict[int | None, list[int]] = {}
    for suite in known:
        children.setdefault(suite.parent_id, []).append(suite.id)
    found = _named_suites(known, name)
    # A folder that is named plainly means what is in it; a pattern says itself how deep it goes.
    return set(found) if _is_glob(name) else _with_descendants(found, children)


def _named_suites(known: Sequence[TestSuite], name: str) -> list[int]:
    by_id = [suite.id for suite in known if str(suite.id) == name.strip()]
    if by_id:
        return by_id
    requirement = _REQUIREMENT.fullmatch(name.strip())
    if requirement is not None:
        return [suite.id for suite in known if suite.requirement_id == int(requirement[1])]
    path = name.strip().strip("/")
    if _is_glob(path):
        fits = _suite_glob(path)
        return [suite.id for suite in known if fits(suite.path)]
    return [suite.id for suite in known if suite.path.casefold() == path.casefold()]


def _is_glob(name: str) -> bool:
    return bool(re.search(r"[*?]", name))


def _suite_glob(pattern: str) -> Callable[[str], object]:
    """`*` stays within one suite's name, `**` crosses; `Login/**` takes Login itself as well."""
    expression = ""
    for part in re.split(r"(/\*\*(?=/|$)|^\*\*(?:/|$)|[*?])", pattern):
        if part == "/**":
            expression += "(?:/[^/]+)*"
        elif part in ("**", "**/"):
            expression += "(?:.*/)?" if part == "**/" else ".*"
        else:
            expression += {"*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part)
    return re.compile(expression, re.IGNORECASE | re.DOTALL).fullmatch


def _with_descendants(found: Iterable[int], children: dict[int | None, list[int]]) -> set[int]:
    chosen: set[int] = set()
    waiting = list(found)
    while waiting:
        suite = waiting.pop()
        if suite not in chosen:
            chosen.add(suite)
            waiting.extend(children.get(suite, ()))
    return chosen


def _chosen_configurations(
    session: AdoSession, project: str, choice: PointChoice, problems: list[str]
) -> frozenset[int] | None:
    if not choice.configurations and not choice.rule_configurations and not choice.aliases:
        return None
    known = testplans.configurations(session, project)
    aliased = [(meant, f"alias '{alias}'") for alias, meant in choice.aliases.items()]
    configurations_named(known, [*choice.rule_configurations, *aliased], choice.aliases, problems)
    if not choice.configurations:
        return None
    named = [(name, "--configuration") for name in choice.configurations]
    return configurations_named(known, named, choice.aliases, problems)


def configurations_named(
    known: Sequence[TestConfiguration],
    wanted: Sequence[tuple[str, str]],
    aliases: Mapping[str, str],
    problems: list[str],
) -> frozenset[int]:
    """The ids of what is wanted: pairs of an id, name or alias, and of who says so.

    What leads to none, or to several, is added to `problems`.
    """
    chosen: set[int] = set()
    for said, said_by in dict.fromkeys(wanted):
        name = aliases.get(said.casefold(), said)
        found = {each.id for each in known if str(each.id) == name or each.name == name}
        found = found or {each.id for each in known if each.name.casefold() == name.casefold()}
        if not found:
            problems.append(
                f"{said_by}: the project has no test configuration with id or name '{name}'"
                + instead(name, [each.name for each in known], "test configurations")
            )
        elif len(found) > 1 and all(each.name != name for each in known if each.id in found):
            spelled = ", ".join(f"'{each.name}' ({each.id})" for each in known if each.id in found)
            problems.append(
                f"{said_by}: '{name}' fits several test configurations that differ in case: {spelled}; "
                "write it as the one you mean, or give its id"
            )
        chosen |= found
    return frozenset(chosen)


def points_of_testers(
    points: Sequence[TestPoint], wanted: Sequence[str], problems: list[str]
) -> frozenset[int] | None:
    """The ids of the points that are assigned to one of them; None where nobody is named.

    A tester without any point is added to `problems`.
    """
    if not wanted:
        return None
    known = {name for point in points for name in (point.tester, point.tester_name) if name}
    folded = {name.casefold() for name in known}
    problems += [
        f"--tester: no test point is assigned to '{name}'" + instead(name, sorted(known), "testers")
        for name in wanted
        if name.strip().casefold() not in folded
    ]
    names = {name.strip().casefold() for name in wanted}
    return frozenset(
        point.id for point in points if names & {point.tester.casefold(), point.tester_name.casefold()}
    )
