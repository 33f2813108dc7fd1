"""Exactly once: every request of a publish meets every fault, and every result stands once.

Each case ends well, or with exit code 4 and a journal that `resume` finishes; none lost, none
doubled. A sample runs always, all of it with ADO_PUBLISHER_SLOW=1.
"""

import json
import re
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import requests
from support.inprocess import Crash, crash_at
from support.sampling import sample

from ado_publisher.journal import Journal, JournalError, Publication, ResultEntry, RunEntry

from .conftest import FAILURE, SHOP, case, outcomes
from .machine import FAULTS, LATE, OUT, Machine

# What is published: which requests there are depends on it.
SHAPES = {
    "plain": (case("TC101"), case("TC102", FAILURE), case("TC103")),
    "nested": (case("TC101"), case("TC102", FAILURE), case("TC103 a", FAILURE), case("TC103 b")),
    "files": (case("TC101"), case("TC102", FAILURE + OUT), case("TC103", FAILURE + OUT)),
    "both": (case("TC101"), case("TC102", FAILURE + OUT), case("TC103 a", FAILURE + OUT), case("TC103 b")),
}
EVERYWHERE = {
    "plan": ("GET", "/plans/10"),
    "build": ("GET", "/build/builds"),
    "points": ("GET", "/TestPoint"),
    "create": ("POST", r"/test/runs\?"),
    "ids": ("GET", r"/Runs/\d+/results\?"),
    "results": ("PATCH", r"/Runs/\d+/results\?"),
    "complete": ("PATCH", r"/test/runs/\d+\?"),
}
NESTED = {"nested results": ("PATCH", r"/Runs/\d+/results\?", 1)}
FILES = {
    "file": ("POST", r"/Results/\d+/attachments"),
    "second file": ("POST", r"/Results/\d+/attachments", 1),
    "run file": ("POST", r"/Runs/\d+/attachments"),
}
REQUESTS = {
    "plain": EVERYWHERE,
    "nested": EVERYWHERE | NESTED,
    "files": EVERYWHERE | FILES,
    "both": EVERYWHERE | NESTED | FILES,
}
CRASHES = ("killed before", "killed after")
MATRIX = [
    (shape, request, fault)
    for shape, requests in REQUESTS.items()
    for request in requests
    for fault in (*FAULTS, *CRASHES)
]


@pytest.fixture
def service(running):
    running.reset()
    return running


def rule(request, fault):
    method, path, *skip = request
    return {"method": method, "path": path, "skip": skip[0] if skip else 0, "times": 1, **FAULTS[fault]}


def stands_once(service, shape):
    """What the service shows, after it was found to be the whole and nothing twice."""
    nested, files = shape in ("nested", "both"), shape in ("files", "both")
    state = service.state()
    (run,) = [run for run in state["runs"] if run["state"] != "Aborted"]
    assert run["state"] == "Completed"
    by_point = {int(result["point_id"]): result for result in run["results"]}
    assert len(run["results"]) == len(by_point) == 4
    shown = outcomes(service)
    third = "failed" if shape != "plain" else "passed"
    assert [shown[point] for point in (1, 2, 3, 6)] == ["passed", "failed", third, "passed"]
    assert all(result["state"] == "Completed" for result in run["results"])
    subs = [[each["outcome"].lower() for each in by_point[point]["sub_results"]] for point in (1, 2, 3, 6)]
    assert subs == [[], [], ["failed", "passed"] if nested else [], []]
    attached = [len(by_point[point]["attachments"]) for point in (1, 2, 3, 6)]
    assert attached == ([0, 1, 1, 0] if files else [0, 0, 0, 0])
    assert [file["name"] for file in run["attachments"]] == (["log.txt"] if files else [])
    return json.dumps(state, sort_keys=True)


@pytest.mark.parametrize(("shape", "request_", "fault"), sample(MATRIX, 28))
def test_every_result_stands_once_whatever_happens_to_any_request(service, tmp_path, shape, request_, fault):
    machine = Machine(tmp_path, service, SHAPES[shape])
    target = REQUESTS[shape][request_]
    more = ("--run-files", "log.txt") if shape in ("files", "both") else ()
    if fault in CRASHES:
        done = crashed(machine, target, fault, more)
    else:
        service.faults([rule(target, fault)])
        done = machine.publish(*more)
        service.faults([])
    if done is None or (done.code == 4 and "ado-publisher resume" in done.stderr):
        done = machine.resume()
    elif done.code == 4:
        # Nothing was begun, so there is nothing to resume.
        assert service.state()["runs"] == []
        done = machine.publish(*more)
    if done.code == 2 and "there is no journal" in done.stderr:
        done = machine.publish(*more)
    assert done.code == 0, done.output
    if "timeout" in fault:
        time.sleep(LATE / 1000)  # what was given up is carried out by now
    before = stands_once(service, shape)
    again = machine.resume()
    assert (again.code, "nothing is left to do" in again.stdout) == (0, True), again.output
    assert stands_once(service, shape) == before


def crashed(machine, target, fault, more):
    method, path, *skip = target
    left = [skip[0] if skip else 0]
    # A session's URL has no query yet: the path ends where the pattern has its question mark.
    pattern = re.compile(re.sub(r"\\\?$", "$", path), re.IGNORECASE)

    def meets(_number, now, url):
        fits = now == method and pattern.search(url) is not None
        left[0] -= fits
        return fits and left[0] < 0

    with pytest.raises(Crash), crash_at(meets, served=fault == "killed after"):
        machine.publish(*more)
    began = (machine.folder / ".ado-publisher" / "journal.sqlite").exists()
    done = machine.resume() if began else None
    if done is None or "publish the reports again" in done.stderr:
        done = machine.publish(*more)
    return done


def run_changed_while_results_are_written(service, machine, change):
    """A publish whose results are held up until somebody has changed the run."""
    service.faults([{"method": "PATCH", "path": r"/Runs/\d+/results\?", "delay_ms": 250}])
    found = []

    def meddle():
        deadline = time.monotonic() + 20
        while not (found := service.state()["runs"]) and time.monotonic() < deadline:
            time.sleep(0.01)
        change(f"{service.url}/Shop/_apis/test/runs/{found[0]['id']}?api-version=7.1")

    meddler = threading.Thread(target=meddle)
    meddler.start()
    done = machine.publish()
    meddler.join()
    return done, found


def complete(url):
    requests.patch(url, json={"state": "Completed"}, auth=("", "demo-pat"), timeout=10).raise_for_status()


def delete(url):
    requests.delete(url, auth=("", "demo-pat"), timeout=10).raise_for_status()


@pytest.mark.parametrize("switch", ["refused", "empty"])
@pytest.mark.parametrize(
    ("change", "told"), [(complete, "was set Completed by someone else"), (delete, "was deleted since")]
)
def test_a_run_closed_while_it_is_written_is_told_and_published_again(
    emulator, tmp_path, switch, change, told
):
    service = emulator({**SHOP, "behaviours": {"write_to_completed_run": switch}})
    many = [case(f"TC10{number}") for number in (1, 2, 3)]
    machine = Machine(tmp_path, service, many)
    done, _ = run_changed_while_results_are_written(service, machine, change)
    assert done.code == 2, done.output
    assert told in done.stderr
    service.faults([])
    again = machine.publish()
    assert again.code == 0, again.output
    last = service.state()["runs"][-1]
    assert [result["outcome"] for result in last["results"]] == ["Passed"] * 4
    assert [outcomes(service)[point] for point in (1, 2, 3, 6)] == ["passed"] * 4


def test_an_interrupted_creation_is_found_again_days_later(service, tmp_path):
    machine = Machine(tmp_path, service, SHAPES["plain"])
    with (
        pytest.raises(Crash),
        crash_at(lambda _n, method, url: method == "POST" and url.endswith("/test/runs"), served=True),
    ):
        machine.publish()
    (run,) = service.state()["runs"]
    journal = tmp_path / ".ado-publisher" / "journal.sqlite"
    long_ago = (datetime.now(UTC) - timedelta(days=20)).isoformat(timespec="seconds")
    with closing(sqlite3.connect(journal)) as database, database:
        database.execute("update publication set created=?", (long_ago,))
    with service.store.transaction() as connection:
        connection.execute("update runs set updated=? where id=?", (long_ago, run["id"]))
    done = machine.resume()
    assert done.code == 0, done.output
    assert [each["id"] for each in service.state()["runs"]] == [run["id"]]


def test_a_disk_that_fills_up_midway_names_the_open_run_and_resume_goes_on(service, tmp_path, monkeypatch):
    machine = Machine(tmp_path, service, SHAPES["both"])

    def full(_journal, *_args, **_more):
        raise JournalError("journal.sqlite: no space is left for the journal (database or disk is full)")

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "mark_file", full)
        done = machine.publish("--run-files", "log.txt")
    assert done.code == 2, done.output
    assert "no space is left" in done.stderr
    assert "Test run 1 is still in progress: http" in done.stderr
    assert "`ado-publisher resume` finishes it" in done.stderr
    done = machine.resume()
    assert done.code == 0, done.output
    stands_once(service, "both")


def test_a_journal_without_room_says_so(tmp_path):
    journal = Journal(tmp_path / "j.sqlite")
    pages = journal._db.execute("pragma page_count").fetchone()[0]
    journal._db.execute(f"pragma max_page_count={pages}")
    results = tuple(ResultEntry(point, b"x" * 5000, False) for point in range(10))
    run = RunEntry(1, "run", "[marker]", 10, b"{}", results=results)
    with pytest.raises(JournalError, match="no space is left for the journal"):
        journal.begin(Publication("key", "digest", "http://x", "Shop", (run,)), again=False)
    assert journal.publications() == []
    journal.close()
