"""Bugs of failed results: known ones linked; for new failures looked for by fingerprint, made, reopened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ado_publisher.ado import wiql, workitems
from ado_publisher.ado.errors import NotFound
from ado_publisher.ado.workitems import Patch, WorkItem
from ado_publisher.errors import ServiceError
from ado_publisher.itemfacts import BugFact, BugState
from ado_publisher.model import TestRun
from ado_publisher.publish.request import BugPolicy
from ado_publisher.publish.workitems.bugtext import Failure, fields_of, run_link
from ado_publisher.publish.workitems.failing import Case, Where
from ado_publisher.publish.workitems.ledger import Ledger
from ado_publisher.publish.workitems.resultlinks import link_results

_CLOSED = frozenset({"closed", "done", "resolved", "removed"})
_OVER = frozenset({"completed", "removed"})
_FIELDS = (workitems.STATE, workitems.TAGS, workitems.TYPE, workitems.TITLE)


def bugs_of(ledger: Ledger, policy: BugPolicy, cases: Sequence[Case], where: Where) -> tuple[BugFact, ...]:
    """Give each failed result its bugs and link them; raises ServiceError when the service stays away.

    Bugs that are known beforehand are linked. Without one, and where bugs are to be made, a bug is
    looked for by the failure's fingerprint; failures that have the same share one.
    """
    _known(ledger, cases)
    if policy.create:
        fresh = [case for case in cases if not case.known]
        _Maker(ledger, policy, where).settle(fresh)
    link_results(ledger, cases, where)
    return tuple(
        BugFact(
            number,
            state,
            case.title,
            case.plan.point.case_id,
            case.target.run_id if case.target else None,
            case.target.result_id if case.target else None,
            known,
        )
        for case in cases
        for number, state, known in case.bugs
    )


def _known(ledger: Ledger, cases: Iterable[Case]) -> None:
    named = {number for case in cases for number in case.known}
    there = workitems.read(ledger.session, sorted(named), fields=(workitems.TYPE,))
    for number in sorted(named - there.keys()):
        ledger.told(f"bug {number} is not there, or may not be read; no result was linked to it")
    for case in cases:
        case.bugs += [(number, BugState.LINKED, True) for number in case.known if number in there]


@dataclass(slots=True)
class _Maker:
    """Finds, reopens or makes the bug of each fingerprint."""

    ledger: Ledger
    policy: BugPolicy
    where: Where
    made: int = 0
    _states: dict[str, dict[str, str] | None] = field(default_factory=dict)

    def settle(self, cases: Sequence[Case]) -> None:
        """Give every case its bug."""
        groups: dict[str, list[Case]] = {}
        for case in cases:
            groups.setdefault(case.tag, []).append(case)
        found = self._found(list(groups))
        new = {tag: group for tag, group in groups.items() if self._is_new(found.get(tag, ()))}
        areas = self._areas(new.values())
        for tag, group in groups.items():
            closed = [item for item in found.get(tag, ()) if self._closed(item)]
            if tag in new:
                number, state = self._new(tag, group, areas, closed)
            else:
                number, state = self._again(found[tag], closed, group)
            for case in group:
                case.bugs.append((number, state, False))

    def _found(self, tags: Sequence[str]) -> dict[str, list[WorkItem]]:
        """The bugs that carry the tags, by tag, each in the order of their ids."""
        ledger = self.ledger
        ids = [
            number
            for condition in wiql.any_of(workitems.TAGS, "CONTAINS", tags)
            for number in workitems.find(ledger.session, ledger.project, condition)
        ]
        found: dict[str, list[WorkItem]] = {}
        items = workitems.read(ledger.session, ids, relations=True)
        for item in sorted(items.values(), key=lambda each: each.id):
            for tag in item.tags.intersection(tags):
                found.setdefault(tag, []).append(item)
        return found

    def _is_new(self, items: Sequence[WorkItem]) -> bool:
        return all(map(self._closed, items)) and (not items or self.policy.closed == "new")

    def _closed(self, item: WorkItem) -> bool:
        states = self._states_of(item.type)
        state = item.get(workitems.STATE)
        if states is None or state not in states:
            return state.casefold() in _CLOSED
        return states[state].casefold() in _OVER

    def _states_of(self, kind: str) -> dict[str, str] | None:
        if kind not in self._states:
            try:
                self._states[kind] = workitems.states(self.ledger.session, self.ledger.project, kind)
            except NotFound:
                self._states[kind] = None
        return self._states[kind]

    def _areas(self, groups: Iterable[Sequence[Case]]) -> dict[int, str]:
        if self.policy.area:
            return {}
        ids = [group[0].plan.point.case_id for group in groups]
        items = workitems.read(self.ledger.session, ids, fields=(workitems.AREA,))
        return {number: item.get(workitems.AREA) for number, item in items.items()}

    def _new(
        self, tag: str, group: Sequence[Case], areas: Mapping[int, str], closed: Sequence[WorkItem]
    ) -> tuple[int | None, BugState]:
        if self.made >= self.policy.most:
            return None, BugState.OVER_THE_LIMIT
        # Also one that is refused counts: what is wrong with it is wrong with all.
        self.made += 1
        ledger = self.ledger
        if ledger.dry_run:
            ledger.would_send("POST", f"wit/workitems/${self.policy.type}")
            return None, BugState.CREATED

        def made() -> int | None:
            open_ones = [item.id for item in self._found([tag]).get(tag, ()) if not self._closed(item)]
            return next(iter(open_ones), None)

        patch = self._patch(tag, group, areas, closed)
        try:
            item = workitems.create(ledger.session, ledger.project, self.policy.type, patch, made)
        except ServiceError as error:
            ledger.refuse(f"no bug was made of '{group[0].title}'", error)
            return None, BugState.REFUSED
        return item.id, BugState.CREATED

    def _patch(
        self, tag: str, group: Sequence[Case], areas: Mapping[int, str], closed: Sequence[WorkItem]
    ) -> list[Patch]:
        first, ledger = group[0], self.ledger
        failure = Failure(
            first.plan.draft,
            self._run(first),
            self.where.build,
            self.where.branch,
            closed[-1].id if closed else None,
        )
        area = areas.get(first.plan.point.case_id, "")
        fields = fields_of(failure, self.policy, tag, ledger.project, area)
        return [
            *(workitems.set_field(name, value) for name, value in fields.items()),
            *(
                workitems.link_to(ledger.session, workitems.TESTED_BY, number)
                for number in dict.fromkeys(case.plan.point.case_id for case in group)
            ),
        ]

    def _again(
        self, items: Sequence[WorkItem], closed: Sequence[WorkItem], group: Sequence[Case]
    ) -> tuple[int, BugState]:
        """The open bug, or the last one that was closed, which is reopened if that is wanted."""
        open_ones = [item for item in items if item not in closed]
        item = open_ones[0] if open_ones else closed[-1]
        state = BugState.LINKED
        if not open_ones and self.policy.closed == "reopen" and self._reopened(item, group[0]):
            state = BugState.REOPENED
        self._tested_by(item, group)
        return item.id, state

    def _reopened(self, item: WorkItem, case: Case) -> bool:
        ledger = self.ledger
        states = self._states_of(item.type) or {}
        state = next(
            (
                name
                for wanted in ("inprogress", "proposed")
                for name, category in states.items()
                if category.casefold() == wanted
            ),
            "Active",
        )
        said = f"The failure came back in {run_link(self._run(case))}."

        def patch(now: WorkItem) -> list[Patch]:
            if not self._closed(now):
                return []
            return [workitems.set_field(workitems.STATE, state), workitems.set_field("System.History", said)]

        if ledger.dry_run:
            ledger.would_send("PATCH", "wit/workitems/{id}")
            return True
        try:
            return workitems.change(ledger.session, ledger.project, item, patch, fields=_FIELDS)
        except ServiceError as error:
            ledger.refuse(f"bug {item.id} cannot be reopened", error)
            return False

    def _tested_by(self, item: WorkItem, group: Sequence[Case]) -> None:
        """Link the bug to the test cases that it is not linked to yet."""
        ledger = self.ledger
        linked = {target for rel, target in item.relations if rel == workitems.TESTED_BY}
        missing = {case.plan.point.case_id for case in group} - linked
        if not missing:
            return
        if ledger.dry_run:
            ledger.would_send("PATCH", "wit/workitems/{id}")
            return
        patch = [workitems.link_to(ledger.session, workitems.TESTED_BY, number) for number in sorted(missing)]
        try:
            workitems.link(ledger.session, ledger.project, item.id, patch)
        except ServiceError as error:
            ledger.refuse(f"bug {item.id} cannot be linked to its test case", error)

    def _run(self, case: Case) -> TestRun | None:
        return self.where.runs.get(case.target.run_id or 0) if case.target else None
