"""What is known of failures beforehand: by properties of the report and by the config's rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ado_publisher.model import Match, TestResult
from ado_publisher.publication import PointPlan
from ado_publisher.publish.request import PublishRequest
from ado_publisher.rules import FailureRule, When, decider

_ID = re.compile(r"\s*(?:AB)?#?([0-9]{1,10})\s*", re.IGNORECASE)
_LARGEST_ID = 2**31 - 1
_OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the failures on one point; `problems` say what contradicts."""

    failure_type: str = ""
    resolution: str = ""
    owner: str = ""
    bugs: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()


def ids_of(result: TestResult, properties: Iterable[str]) -> tuple[list[int], list[str]]:
    """The ids of work items in those properties (`12`, `#12`, `AB#12`, with commas), and what is no id."""
    ids: dict[int, None] = {}
    wrong: list[str] = []
    for name in properties:
        for value in result.values(name):
            for piece in filter(str.strip, value.split(",")):
                hit = _ID.fullmatch(piece)
                if hit is not None and 0 < int(hit[1]) <= _LARGEST_ID:
                    ids[int(hit[1])] = None
                else:
                    wrong.append(f"property {name}: '{piece.strip()[:80]}' is no id of a work item")
    return list(ids), wrong


def knower(request: PublishRequest) -> Callable[[Sequence[Match]], Known]:
    """A function that tells what is known of a point's failing results."""
    decide = decider(request.failures)

    def of_one(result: TestResult) -> Known:
        bugs, problems = ids_of(result, request.bug_properties)
        rules = decide(result)
        said = {(each.failure_type, each.resolution, each.owner, frozenset(each.bugs)) for each in rules}
        if len(said) > 1:
            labels = " and ".join(rule.label for rule in rules)
            problems.append(f"{labels} have equal rank and say different things of it; none of them counts")
        rule = rules[0] if len(said) == 1 else FailureRule(When(), "", "", "", (), "")
        named = next((text.strip() for text in result.values(_OWNER) if text.strip()), "")
        return Known(
            rule.failure_type,
            rule.resolution,
            # Without rules nobody asked for the analysis of failures: the property says nothing then.
            (named if request.failures else "") or rule.owner,
            tuple(dict.fromkeys((*bugs, *rule.bugs))),
            tuple(problems),
        )

    def of_all(matches: Sequence[Match]) -> Known:
        each = [of_one(match.result) for match in matches if match.outcome.counts_as_failed]
        problems = [problem for known in each for problem in known.problems]
        return Known(
            _agreed("failure types", [known.failure_type for known in each], problems),
            _agreed("resolutions", [known.resolution for known in each], problems),
            _agreed("owners", [known.owner for known in each], problems),
            tuple(dict.fromkeys(bug for known in each for bug in known.bugs)),
            tuple(dict.fromkeys(problems)),
        )

    return of_all


def _agreed(what: str, values: Sequence[str], problems: list[str]) -> str:
    said = list(dict.fromkeys(filter(None, values)))
    if len(said) > 1:
        problems.append(f"its failures have several {what} ({', '.join(said)}); none of them is written")
    return said[0] if len(said) == 1 else ""


def with_known(
    points: Iterable[PointPlan], known: Callable[[Sequence[Match]], Known]
) -> tuple[list[PointPlan], dict[int, tuple[int, ...]]]:
    """The same points, each failed one with what is known of it; and the bugs that are known, by point."""
    analysed: list[PointPlan] = []
    bugs: dict[int, tuple[int, ...]] = {}
    for plan in points:
        found = known(plan.matches) if plan.draft.outcome.counts_as_failed else Known()
        if found.bugs:
            bugs[plan.point.id] = found.bugs
        draft = plan.draft
        if found.failure_type or found.resolution or found.owner:
            draft = replace(
                draft, failure_type=found.failure_type, resolution=found.resolution, owner=found.owner
            )
        analysed.append(replace(plan, draft=draft, problems=(*plan.problems, *found.problems)))
    return analysed, bugs
