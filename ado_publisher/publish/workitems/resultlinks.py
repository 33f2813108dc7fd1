"""Bugs linked to the results of their failures, beside those that are linked there already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ado_publisher.ado import resultbugs
from ado_publisher.publish.workitems.failing import Case, Where
from ado_publisher.publish.workitems.ledger import Ledger


def link_results(ledger: Ledger, cases: Iterable[Case], where: Where) -> None:
    """Link each failed result to its bugs. Raises ServiceError when the service stays away."""
    by_run: dict[int | None, dict[int, dict[int, None]]] = {}
    for case in cases:
        numbers = [number for number, _, _ in case.bugs if number is not None or ledger.dry_run]
        if not numbers or case.target is None:
            continue
        if not ledger.dry_run and (case.target.result_id or 0) <= 0:
            ledger.told(
                f"test point {case.plan.point.id}: the service did not tell the id of its result, which was "
                "not linked to its bug"
            )
            continue
        slot = case.plan.point.id if ledger.dry_run else case.target.result_id or 0
        bugs = by_run.setdefault(case.target.run_id, {}).setdefault(slot, {})
        bugs.update(dict.fromkeys(number or 0 for number in numbers))
    for run_id, wanted in by_run.items():
        if run_id is None:
            _would_link(ledger, len(wanted))
        else:
            _link_in(ledger, run_id, wanted, where)


def _link_in(ledger: Ledger, run_id: int, wanted: Mapping[int, Mapping[int, None]], where: Where) -> None:
    run = where.runs.get(run_id)
    there = resultbugs.bugs_of_failed(ledger.session, ledger.project, run_id)
    missing = {
        result: tuple(dict.fromkeys((*there.get(result, ()), *bugs)))
        for result, bugs in wanted.items()
        if not set(bugs) <= set(there.get(result, ()))
    }
    ours = run is not None and run.state.casefold() != "inprogress"
    refused = resultbugs.link_bugs(ledger.session, ledger.project, run_id, missing, ours=ours)
    for result, why in refused.items():
        ledger.refused += 1
        ledger.told(f"result {result} of test run {run_id} cannot be linked to its bug: {why}")


def _would_link(ledger: Ledger, count: int) -> None:
    ledger.would_send("PATCH", "test/runs/{run}/results", -(-count // resultbugs.BATCH))
    ledger.reads["get the test run"] += 1
    ledger.reads["list the run's results"] += -(-count // resultbugs.PAGE)
