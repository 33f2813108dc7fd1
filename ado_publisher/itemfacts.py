"""What a publish did to work items: test cases made and associated, requirements and bugs linked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class BugState(StrEnum):
    """What became of the bug of a failed result."""

    CREATED = "created"
    LINKED = "linked"
    REOPENED = "reopened"
    OVER_THE_LIMIT = "over the limit"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CaseFact:
    """A test case that was made, or (`existed`) found elsewhere and put into the suite.

    `id` is None where nothing is written yet; `suite` is a path below the plan's root.
    """

    id: int | None
    title: str
    suite: str
    existed: bool = False


@dataclass(frozen=True, slots=True)
class BugFact:
    """The bug of one failed result; `id` is None where there is none (yet)."""

    id: int | None
    state: BugState
    title: str
    test_case_id: int | None
    run_id: int | None = None
    result_id: int | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Everything of it; `requirements` are pairs of a test case and the requirement it tests."""

    cases: tuple[CaseFact, ...] = ()
    associated: tuple[int, ...] = ()
    requirements: tuple[tuple[int, int], ...] = ()
    bugs: tuple[BugFact, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        """As it stands in the report of `--report-json`; every key is always there."""
        return {
            "cases_created": [
                {"id": each.id, "title": each.title, "suite": each.suite, "existed": each.existed}
                for each in self.cases
            ],
            "associated": list(self.associated),
            "requirements_linked": [list(pair) for pair in self.requirements],
            "bugs": [
                {
                    "id": bug.id,
                    "state": bug.state.value,
                    "title": bug.title,
                    "known": bug.known,
                    "test_case_id": bug.test_case_id,
                    "run_id": bug.run_id,
                    "result_id": bug.result_id,
                }
                for bug in self.bugs
            ],
        }

    def counts(self) -> Iterator[str]:
        """What a person reads first: how many of each, of those that there are any of."""
        found = sum(case.existed for case in self.cases)
        created = len({bug.id or bug.title for bug in self.bugs if bug.state is BugState.CREATED})
        told = [
            (len(self.cases) - found, "test cases created"),
            (found, "test cases of other suites added"),
            (len(self.associated), "test cases associated"),
            (len(self.requirements), "requirements linked"),
            (created, "bugs created"),
            (len({bug.id for bug in self.bugs if bug.state is BugState.REOPENED}), "bugs reopened"),
            (sum(bug.state is BugState.LINKED for bug in self.bugs), "results linked to known bugs"),
            (sum(bug.state is BugState.OVER_THE_LIMIT for bug in self.bugs), "failures over --max-bugs"),
        ]
        yield from (f"{count} {what}" for count, what in told if count)

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Each of them as what it is, its id and what became of it."""
        for case in self.cases:
            done = "added to" if case.existed else "created in"
            yield "test case", _id(case.id), f"{case.title}: {done} suite '{case.suite}'"
        for number in self.associated:
            yield "test case", str(number), "associated with its automated test"
        for number, requirement in self.requirements:
            yield "requirement", str(requirement), f"tested by test case {number}"
        for bug in self.bugs:
            of = f" (test case {bug.test_case_id})" if bug.test_case_id else ""
            yield "bug", _id(bug.id), f"{bug.state.value}: {bug.title}{of}"


def _id(number: int | None) -> str:
    return "" if number is None else str(number)
