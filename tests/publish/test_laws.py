"""Whatever is published, by whatever policy, and whatever happens meanwhile: what always holds."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.inprocess import Crash, cli_here, crash_at
from support.sampling import slow_run

from .conftest import CHROME, FAILURE, case, outcomes
from .machine import FAULTS, OUT, Machine

SAID = st.sampled_from(["passed", "failed", "error", "skipped"])
INSIDE = {"passed": "", "failed": FAILURE, "error": '<error message="no">no</error>', "skipped": "<skipped/>"}
PASSING = ("503", "503 with Retry-After", "502 twice", "429", "dropped before", "dropped after", "truncated")
POINTS = {101: (1, 6), 102: (2,), 103: (3,), 104: (4,)}
POLICIES = {
    "worst": lambda said: max(said, key=lambda each: each != "passed"),
    "last": lambda said: said[-1],
    "first": lambda said: said[0],
}


@given(
    tests=st.lists(st.tuples(st.sampled_from([*POINTS, 999]), SAID, st.booleans()), max_size=9),
    several=st.sampled_from(list(POLICIES)),
    fault=st.none() | st.tuples(st.integers(0, 14), st.sampled_from(PASSING)),
    crash=st.none() | st.tuples(st.integers(1, 16), st.booleans()),
)
@settings(
    max_examples=400 if slow_run() else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_counts_add_up_no_point_is_greener_and_a_crash_changes_nothing(
    running, tmp_path_factory, tests, several, fault, crash
):
    running.reset()
    cases = [
        case(f"TC{number} test {at}", INSIDE[said] + (OUT if attached and said == "failed" else ""))
        for at, (number, said, attached) in enumerate(tests)
    ]
    machine = Machine(tmp_path_factory.mktemp("law"), running, cases)
    more = ("--several", several, "--report-json", "facts.json", "--allow-empty", "--configuration", CHROME)
    if fault:
        running.faults([{"skip": fault[0], "times": 1, **FAULTS[fault[1]]}])
    done = published(machine, more, crash)
    assert done.code == 0, done.output

    counts_add_up(json.loads((machine.folder / "facts.json").read_text()), tests)
    ran = {number: [s for n, s, _ in tests if n == number and s != "skipped"] for number in POINTS}
    points_are_true(running, {number: said for number, said in ran.items() if said}, several)

    before = json.dumps(running.state(), sort_keys=True)
    if running.state()["runs"]:
        again = machine.resume()
        assert (again.code, "nothing is left to do" in again.stdout) == (0, True), again.output
    assert json.dumps(running.state(), sort_keys=True) == before


def published(machine, more, crash):
    """The publish that ends it, after the crash and the resume that there may have been."""
    if crash:
        try:
            with crash_at(lambda number, _method, _url: number == crash[0], served=crash[1]):
                machine.publish(*more)
        except Crash:
            if (machine.folder / ".ado-publisher" / "journal.sqlite").exists():
                machine.resume()
    done = machine.publish(*more)
    return machine.publish(*more) if done.code == 4 else done


def counts_add_up(facts, tests):
    counts = facts["counts"]
    assert counts["read"] == len(tests) == len(facts["results"])
    assert counts["read"] == sum(counts[each] for each in ("matched", "unmatched", "ambiguous", "skipped"))


def points_are_true(running, ran, several):
    runs = running.state()["runs"]
    assert [run["state"] for run in runs] == ["Completed"] * bool(ran)
    shown = outcomes(running)
    expected = {point: said for number, said in ran.items() for point in POINTS[number]}
    for point, said in expected.items():
        assert (shown[point] == "passed") == (POLICIES[several](said) == "passed")
    for point in {point for points in POINTS.values() for point in points} - expected.keys():
        assert shown[point] == "unspecified"
    for run in runs:
        assert sorted(int(result["point_id"]) for result in run["results"]) == sorted(expected)
        for result in run["results"]:
            inside = len(expected[int(result["point_id"])])
            assert len(result["sub_results"]) == (inside if inside > 1 else 0)


def test_the_collector_works_again_after_a_publish(tmp_path):
    """A process that goes on after a publish, as these tests do, must not grow without end."""
    import gc

    cli_here(["publish", "gone.xml", "--project", "Shop", "--plan", "10"], cwd=tmp_path, env={
        "ADO_PUBLISHER_ORGANIZATION_URL": "http://127.0.0.1:9/demo", "ADO_PUBLISHER_TOKEN": "t",
        "ADO_PUBLISHER_RETRY_SECONDS": "1",
    })  # fmt: skip
    assert gc.isenabled()
