"""What a person named, found in the service: plan, suites, configurations, build.

A name that the service does not know is a SettingsError that says which option named it
and what there is instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ado_publisher.ado import builds, testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import SettingsError
from ado_publisher.model import Build, TestConfiguration, TestPlan, TestPoint, TestSuite


@dataclass(frozen=True, slots=True)
class BuildChoice:
    """The build a run shall be linked to; `named` by a person, or detected from the CI host."""

    build_id: int | None = None
    numbers: tuple[str, ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True)
class BuildLink:
    """The build the run is linked to, those that are only mentioned, and why one is missing."""

    build: Build | None = None
    others: tuple[Build, ...] = ()
    warning: str = ""
    mention: str = ""


def choose_plan(session: AdoSession, project: str, wanted: str) -> TestPlan:
    """The plan with that id, else the one with that name; case decides only between two of them."""
    if re.fullmatch(r"[0-9]{1,10}", wanted):
        plan = testplans.plan_by_id(session, project, int(wanted))
        if plan is not None:
            return plan
    plans = testplans.plans(session, project)
    found = [plan for plan in plans if plan.name == wanted]
    found = found or [plan for plan in plans if plan.name.casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(plan.id) for plan in found)
        raise SettingsError(f"--plan: {len(found)} test plans are named '{wanted}'; give an id: {ids}")
    raise SettingsError(
        f"--plan: project '{project}' has no test plan with id or name '{wanted}'"
        + instead(wanted, [f"{plan.name}" for plan in plans], "test plans")
    )


def choose_points(
    session: AdoSession,
    project: str,
    plan: TestPlan,
    points: Iterable[TestPoint],
    *,
    suites: Sequence[str],
    configurations: Sequence[str],
    rule_configurations: Sequence[tuple[str, str]] = (),
) -> frozenset[int]:
    """The ids of the points in the suites and configurations that were named; all when none were.

    `rule_configurations` are names that config rules use, each with the rule's place in its file:
    unknown ones are refused as well.
    """
    suite_ids: frozenset[int] | None = None
    configuration_ids: frozenset[int] | None = None
    problems: list[str] = []
    if suites:
        suite_ids = _suites(testplans.suites(session, project, plan), plan, suites, problems)
    if configurations or rule_configurations:
        known = testplans.configurations(session, project)
        _configurations(known, rule_configurations, problems)
        if configurations:
            named = [(name, "--configuration") for name in configurations]
            configuration_ids = _configurations(known, named, problems)
    if problems:
        raise SettingsError("\n".join(problems))
    return frozenset(
        point.id
        for point in points
        if (suite_ids is None or point.suite_id in suite_ids)
        and (configuration_ids is None or point.configuration.id in configuration_ids)
    )


def choose_build(session: AdoSession, project: str, choice: BuildChoice) -> BuildLink:
    """Verify the build before it is written: a run with a build the project does not have is refused whole.

    A build that a person named must exist; one that was detected is mentioned instead, with a
    warning (azure-devops.md section 0.4: builds of another project cannot be linked).
    """
    if choice.numbers:
        found = [_build_by_number(session, project, number) for number in choice.numbers]
        return BuildLink(found[0], tuple(found[1:]))
    if choice.build_id is None:
        return BuildLink()
    build = builds.build_by_id(session, project, choice.build_id)
    if build is not None:
        return BuildLink(build)
    problem = f"project '{project}' has no build with id {choice.build_id}"
    if choice.named:
        raise SettingsError(
            f"--build-id: {problem}; a run can only be linked to a build of its own project. "
            "Leave the link out with --no-build-link."
        )
    return BuildLink(
        warning=f"{problem}: it is of another project or was deleted. The run is made without a link to it.",
        mention=f"build {choice.build_id} (not in this project)",
    )


def instead(wanted: str, known: Sequence[str], noun: str) -> str:
    """What there is instead: a close name first, else the first few."""
    if not known:
        return f"; it has no {noun}"
    lowered = {name.lower(): name for name in known}
    close = get_close_matches(wanted.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f" - did you mean '{lowered[close[0]]}'?"
    shown = ", ".join(f"'{name}'" for name in known[:8])
    return f"; it has {shown}" + (f" and {len(known) - 8} more" if len(known) > 8 else "")


def _suites(
    known: Sequence[TestSuite], plan: TestPlan, wanted: Sequence[str], problems: list[str]
) -> frozenset[int]:
    children: dict[int | None, list[int]] = {}
    for suite in known:
        children.setdefault(suite.parent_id, []).append(suite.id)
    chosen: set[int] = set()
    for name in wanted:
        found = _named_suites(known, name)
        if not found:
            paths = [suite.path for suite in known if suite.path]
            problems.append(
                f"--suite: test plan {plan.id} '{plan.name}' has no suite with id or path '{name}'"
                + instead(name, paths, "suites")
            )
        # A folder that is named plainly means what is in it; a pattern says itself how deep it goes.
        chosen.update(found if _is_glob(name) else _with_descendants(found, children))
    return frozenset(chosen)


def _named_suites(known: Sequence[TestSuite], name: str) -> list[int]:
    by_id = [suite.id for suite in known if str(suite.id) == name.strip()]
    if by_id:
        return by_id
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


def _configurations(
    known: Sequence[TestConfiguration], wanted: Sequence[tuple[str, str]], problems: list[str]
) -> frozenset[int]:
    """The ids of what is wanted: pairs of an id or name, and of who says so."""
    chosen: set[int] = set()
    for name, said_by in dict.fromkeys(wanted):
        found = {each.id for each in known if str(each.id) == name or each.name == name}
        found = found or {each.id for each in known if each.name.casefold() == name.casefold()}
        if not found:
            problems.append(
                f"{said_by}: the project has no test configuration with id or name '{name}'"
                + instead(name, [each.name for each in known], "test configurations")
            )
        chosen |= found
    return frozenset(chosen)


def _build_by_number(session: AdoSession, project: str, number: str) -> Build:
    if "*" in number:
        raise SettingsError(f"--build-number: '{number}' holds a *, which would search; give it whole")
    found = builds.builds_by_number(session, project, number)
    if len(found) == 1:
        return found[0]
    if not found:
        raise SettingsError(
            f"--build-number: project '{project}' has no build with number '{number}'. Check the number, "
            "or leave the link out with --no-build-link."
        )
    ids = ", ".join(f"{build.id} ({build.definition_name})" for build in found[:8])
    raise SettingsError(
        f"--build-number: {len(found)} builds of project '{project}' have number '{number}'; "
        f"name one with --build-id: {ids}"
    )
