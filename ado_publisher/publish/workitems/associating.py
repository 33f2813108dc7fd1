"""Test cases that results reached: associated with their automated test, linked to requirements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ado_publisher.ado import workitems
from ado_publisher.ado.workitems import Patch, WorkItem
from ado_publisher.errors import ServiceError
from ado_publisher.model import Match, Status, TestResult
from ado_publisher.publication import base_name
from ado_publisher.publish.desk import several
from ado_publisher.publish.workitems.automation import FIELDS, automated_fields, line, name_of
from ado_publisher.publish.workitems.knowing import ids_of
from ado_publisher.publish.workitems.ledger import Ledger

_WRITERS = 4
_PATCHED = "wit/workitems/{id}"
# What tests, or holds tests, is nothing that a test case tests.
_NO_REQUIREMENTS = frozenset(
    {"test case", "test plan", "test suite", "shared steps", "shared parameter", "shared parameters"}
)


def associate(ledger: Ledger, matches: Iterable[Match], policy: str) -> tuple[int, ...]:
    """Associate the test cases that were reached with their test; gives those that were changed.

    `policy` is missing (only those without an automated test name) or always. A case that several
    different tests reached is left alone. Raises ServiceError when the service stays away.
    """
    wanted: dict[int, dict[str, str]] = {}
    for case_id, results in _by_case(matches).items():
        fields = _association(results)
        if any(map(ledger.hides, fields.values())):
            ledger.told(
                f"test case {case_id} is not associated: its test's name holds what --redact keeps out"
            )
        elif fields:
            wanted[case_id] = fields
        else:
            names = ", ".join(f"'{each}'" for each in list(dict.fromkeys(map(name_of, results)))[:4])
            ledger.told(
                f"test case {case_id} is reached by several tests ({names}) and is associated with none"
            )
    there = workitems.read(ledger.session, wanted, fields=FIELDS)

    def patch(item: WorkItem) -> list[Patch]:
        if policy == "missing" and item.get(workitems.TEST_NAME):
            return []
        fields = wanted[item.id]
        same = all(item.get(name) == value for name, value in fields.items())
        return [] if same else [workitems.set_field(name, value) for name, value in fields.items()]

    def write(item: WorkItem) -> int | None:
        if ledger.dry_run:
            ledger.would_send("PATCH", _PATCHED, bool(patch(item)))
            return item.id if patch(item) else None
        try:
            changed = workitems.change(ledger.session, ledger.project, item, patch, fields=FIELDS)
        except ServiceError as error:
            ledger.refuse(f"test case {item.id} cannot be associated", error)
            return None
        return item.id if changed else None

    for number in wanted.keys() - there.keys():
        ledger.told(f"test case {number} cannot be associated: it is not there, or may not be read")
    done = several(write, list(there.values()), _WRITERS, on_stop=ledger.session.hurry)
    return tuple(number for number in done if number is not None)


def _by_case(matches: Iterable[Match]) -> dict[int, list[TestResult]]:
    by_case: dict[int, list[TestResult]] = {}
    for match in matches:
        if match.status is Status.MATCHED:
            for case_id in dict.fromkeys(point.case_id for point in match.points):
                by_case.setdefault(case_id, []).append(match.result)
    return by_case


def _association(results: Sequence[TestResult]) -> dict[str, str]:
    """The fields of the one test behind them; empty where they are several. Data rows are one test."""
    names = {name_of(result) for result in results}
    if len(names) == 1:
        return automated_fields(results[0], names.pop())
    bases = {base_name(result) for result in results}
    class_name, name = next(iter(bases))
    if len(bases) > 1 or not name:
        return {}
    return automated_fields(results[0], line(f"{class_name}.{name}" if class_name else name))


def link_requirements(
    ledger: Ledger, matches: Iterable[Match], properties: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    """Link test cases to the requirements that the properties of their results name; gives new pairs.

    What is not there, or is itself a part of test plans, is a problem. Anything else may be tested,
    a bug as well. Raises ServiceError when the service stays away.
    """
    wanted: dict[int, dict[int, None]] = {}
    for case_id, results in _by_case(matches).items():
        for result in results:
            ids, wrong = ids_of(result, properties)
            wanted.setdefault(case_id, {}).update(dict.fromkeys(ids))
            for problem in wrong:
                ledger.told(f"{result.name}: {problem}")
    wanted = {case_id: ids for case_id, ids in wanted.items() if ids}
    usable = _requirements(ledger, {number for ids in wanted.values() for number in ids})
    there = workitems.read(ledger.session, wanted, relations=True)

    def write(case_id: int) -> list[tuple[int, int]]:
        linked = {target for rel, target in there[case_id].relations if rel == workitems.TESTS}
        missing = [number for number in wanted[case_id] if number in usable and number not in linked]
        if ledger.dry_run:
            ledger.would_send("PATCH", _PATCHED, bool(missing))
        elif missing and not _linked(ledger, case_id, missing):
            return []
        return [(case_id, number) for number in missing]

    cases = [case_id for case_id in wanted if case_id in there]
    done: Iterator[list[tuple[int, int]]] = several(write, cases, _WRITERS, on_stop=ledger.session.hurry)
    return tuple(pair for pairs in done for pair in pairs)


def _requirements(ledger: Ledger, ids: Iterable[int]) -> frozenset[int]:
    """Those of the ids that a test case can test; the others are told."""
    ids = sorted(ids)
    found = workitems.read(ledger.session, ids, fields=(workitems.TYPE,))
    usable = []
    for number in ids:
        item = found.get(number)
        if item is None:
            ledger.told(f"requirement {number} is not there, or may not be read")
        elif item.type.casefold() in _NO_REQUIREMENTS:
            ledger.told(f"work item {number} is a {item.type}, which is no requirement")
        else:
            usable.append(number)
    return frozenset(usable)


def _linked(ledger: Ledger, case_id: int, requirements: Sequence[int]) -> bool:
    patch = [workitems.link_to(ledger.session, workitems.TESTS, number) for number in requirements]
    try:
        workitems.link(ledger.session, ledger.project, case_id, patch)
    except ServiceError as error:
        named = ", ".join(map(str, requirements))
        ledger.refuse(f"test case {case_id} cannot be linked to {named}", error)
        return False
    return True
