"""Matching and planning: does ten times the input cost ten times the time, and how much memory a result?

    python benchmarks/matching.py

Twice as many results as points, up to 100,000 x 50,000: a third of the results has an id by property,
a third by a pattern in the name, a third by automated test name; one in ten failed; of the points' cases
every fifth has two configurations, which a rule tells apart; every point takes two results. Each size runs
in processes of its own. Prints the time, the ratio for ten times the input (target: at most 12), the
memory of a result from the reader's object to the body that is sent (target: at most 3 KB), and the
requests that the plan would send beside the formula of docs/requests.md.
"""

from __future__ import annotations

import gc
import itertools
import json
import resource
import subprocess
import sys
import time

from ado_publisher.drafts import RunDraft
from ado_publisher.matching import MatchRules, PlanView, match
from ado_publisher.model import Outcome, TestCase, TestConfiguration, TestPoint, TestResult
from ado_publisher.publication import Aggregation, plan_points
from ado_publisher.publish.preparing import planned_writes, reads_of_runs, run_entries
from ado_publisher.rules import ConfigurationRule, TextPattern, When

ROUNDS = 5
SIZES = (1_000, 10_000, 100_000)
CHROME, FIREFOX = TestConfiguration(1, "Windows 11 + Chrome"), TestConfiguration(2, "Windows 11 + Firefox")
RULES = MatchRules(
    configurations=(
        ConfigurationRule(When(browser=TextPattern("Chrome*")), CHROME.name, "configurations[0]"),
        ConfigurationRule(When(browser=TextPattern("Firefox*")), FIREFOX.name, "configurations[1]"),
    )
)


def inputs(size: int) -> tuple[list[TestResult], PlanView]:
    """So many results and half as many points; a point's case is 100,000 and the number of the case."""
    points: list[TestPoint] = []
    cases: list[TestCase] = []
    while len(points) < size // 2:
        case = 100_000 + len(cases) + 1
        title = f"Case {case}"
        cases.append(TestCase(case, title, f"shop.tests.Case.test_{case}"))
        ran_on = (CHROME, FIREFOX) if len(cases) % 5 == 0 else (CHROME,)
        points += [
            TestPoint(len(points) + n, 12, "Suite", case, title, each, plan_id=10)
            for n, each in enumerate(ran_on, 1)
        ]
    results = [result(number, points[number % len(points)]) for number in range(size)]
    return results, PlanView("test plan 10", tuple(points), cases=tuple(cases))


def result(number: int, point: TestPoint) -> TestResult:
    outcome, message = (
        (Outcome.FAILED, "expected 1, got 2\n" * 20) if number % 10 == 3 else (Outcome.PASSED, "")
    )
    name, properties = f"test_{point.case_id}", ()
    if number % 3 == 0:
        properties = (("test_case_id", str(point.case_id)),)
    elif number % 3 == 1:
        name = f"TC{point.case_id} {name}"
    browser = "Chrome 120" if point.configuration is CHROME else "Firefox 121"
    return TestResult(
        name=name,
        outcome=outcome,
        class_name="shop.tests.Case",
        message=message,
        duration=0.1,
        properties=(*properties, ("browser", browser)),
    )


def planned(results: list[TestResult], view: PlanView) -> RunDraft:
    matches = match(results, view, RULES)
    assert all(each.points for each in matches)
    points = plan_points(matches, Aggregation(), lambda *_: ())
    return RunDraft("run", 10, tuple(point.draft for point in points))


def measured(size: int) -> dict[str, float]:
    """Seconds of matching and planning, and peak bytes of everything from results to bodies."""
    gc.disable()  # as `publish` does once the reports are read
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results, view = inputs(size)
    start = time.perf_counter()
    draft = planned(results, view)
    seconds = time.perf_counter() - start
    entries = run_entries([draft], "key")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "bytes": (peak - before) * 1024 / size,
        "reads": reads_of_runs(entries),
        "writes": sum(write.count for write in planned_writes("Shop", entries)),
    }


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measured(int(sys.argv[1]))))
        return
    rounds = []
    for _ in range(ROUNDS):
        told = [subprocess.check_output([sys.executable, __file__, str(size)]) for size in SIZES]
        rounds.append([json.loads(line) for line in told])
    best = [min((each[at] for each in rounds), key=lambda run: run["seconds"]) for at in range(len(SIZES))]
    for size, run in zip(SIZES, best, strict=True):
        print(
            f"{size:>7,} results x {size // 2:>6,} points: {run['seconds'] * 1000:8.1f} ms, "
            f"{run['bytes']:6.0f} bytes a result"
        )
    for at, (small, large) in enumerate(itertools.pairwise(best)):
        ratio = large["seconds"] / small["seconds"]
        print(f"{SIZES[at]:,} to {SIZES[at + 1]:,}: {ratio:.1f} x the time (target: at most 12)")
    most = best[-1]["bytes"]
    print(f"memory at {SIZES[-1]:,}: {most / 1024:.2f} KB a result (target: at most 3)")
    for size, run in zip(SIZES, best, strict=True):
        pages, reads, writes = -(-size // 2 // 200), int(run["reads"]), int(run["writes"])
        print(
            f"{size:>7,}: requests = plan 1 + build 1 + points {pages} + cases {pages} + ids {reads} "
            f"+ writes {writes} (run 2, batches {writes - 2}) = {2 + 2 * pages + reads + writes}"
        )


if __name__ == "__main__":
    main()
