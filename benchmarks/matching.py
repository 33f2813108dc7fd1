"""Matching and planning: does ten times the input cost ten times the time?

    python benchmarks/matching.py

Results and as many points; a third of the results has an id by property, a third by a pattern
in the name, a third by automated test name; one in ten failed; every tenth point takes two
results. Prints the times, the ratio for ten times the input (target: at most 12), and the
requests that the plan would send beside the formula of docs/requests.md.
"""

from __future__ import annotations

import gc
import time

from ado_publisher.drafts import RunDraft
from ado_publisher.matching import MatchRules, PlanView, match
from ado_publisher.model import Outcome, TestCase, TestConfiguration, TestPoint, TestResult
from ado_publisher.publication import Aggregation, plan_points
from ado_publisher.publish.preparing import planned_writes, reads_of_runs, run_entries

ROUNDS = 7
SIZES = (1_000, 10_000)


def inputs(size: int) -> tuple[list[TestResult], PlanView]:
    configuration = TestConfiguration(1, "Windows 11 + Chrome")
    points = tuple(
        TestPoint(n, 12, "Suite", 100_000 + n, f"Case {n}", configuration) for n in range(1, size + 1)
    )
    cases = tuple(TestCase(p.case_id, p.case_title, f"shop.tests.Case.test_{p.id}") for p in points)
    results = [result(n if n % 10 else n - 1) for n in range(1, size + 1)]
    return results, PlanView("plan", points, cases=cases)


def result(number: int) -> TestResult:
    case = 100_000 + number
    outcome, message = (
        (Outcome.FAILED, "expected 1, got 2\n" * 20) if number % 10 == 3 else (Outcome.PASSED, "")
    )
    name, properties = f"test_{number}", ()
    if number % 3 == 0:
        properties = (("test_case_id", str(case)),)
    elif number % 3 == 1:
        name = f"TC{case} test_{number}"
    return TestResult(
        name=name,
        outcome=outcome,
        class_name="shop.tests.Case",
        message=message,
        duration=0.1,
        properties=properties,
    )


def planned(results: list[TestResult], view: PlanView) -> RunDraft:
    matches = match(results, view, MatchRules())
    points = plan_points(matches, Aggregation(), lambda *_: ())
    return RunDraft("run", 10, tuple(point.draft for point in points))


def seconds(results: list[TestResult], view: PlanView) -> float:
    gc.collect()
    gc.disable()  # as `publish` does once the reports are read
    start = time.perf_counter()
    planned(results, view)
    return time.perf_counter() - start


def main() -> None:
    small, large = (inputs(size) for size in SIZES)
    times = [(seconds(*small), seconds(*large)) for _ in range(ROUNDS)]
    fast, slow = min(t for t, _ in times), min(t for _, t in times)
    print(f"{SIZES[0]:>7,} results x points: {fast * 1000:8.1f} ms")
    print(f"{SIZES[1]:>7,} results x points: {slow * 1000:8.1f} ms")
    print(f"10 x the input costs {slow / fast:.1f} x the time (target: at most 12)")
    for size, (results, view) in zip(SIZES, (small, large), strict=True):
        entries = run_entries([planned(results, view)], "key")
        pages = -(-size // 200)
        reads, writes = reads_of_runs(entries), sum(w.count for w in planned_writes("Shop", entries))
        print(
            f"{size:>7,}: requests = plan 1 + build 1 + points {pages} + cases {pages} + ids {reads} "
            f"+ writes {writes} (run 2, batches {writes - 2}) = {2 + 2 * pages + reads + writes}"
        )


if __name__ == "__main__":
    main()
