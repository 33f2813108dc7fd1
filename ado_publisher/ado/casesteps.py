"""The steps of test cases as the service holds them, those of shared steps in their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ado_publisher.ado import workitems
from ado_publisher.ado.http import AdoSession
from ado_publisher.teststeps import CaseStep, case_steps, expanded


def steps_by_case(session: AdoSession, cases: Iterable[int]) -> Mapping[int, Sequence[CaseStep]]:
    """By test case its steps; one that cannot be read has none. Raises ServiceError."""
    own = _read(session, sorted(set(cases)))
    refs = {step.shared for steps in own.values() for step in steps if step.shared is not None}
    shared = _read(session, sorted(refs))
    return {number: expanded(steps, shared) for number, steps in own.items()}


def _read(session: AdoSession, ids: Sequence[int]) -> dict[int, tuple[CaseStep, ...]]:
    items = workitems.read(session, ids, fields=(workitems.STEPS,)) if ids else {}
    return {number: case_steps(item.get(workitems.STEPS)) for number, item in items.items()}
