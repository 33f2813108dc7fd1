"""Exactly once: whatever is interrupted is finished by `resume`, and nothing is doubled."""

import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from support.process import clean_environment
from support.sampling import sample

from .conftest import FAILURE, case, outcomes

JOURNAL = ".ado-publisher/journal.sqlite"
TOKEN = {"ADO_PUBLISHER_TOKEN": "demo-pat"}
OUT = "<system-out>[[ATTACHMENT|shot.png]]</system-out>"


@pytest.fixture
def service(emulator, shop):
    return emulator(shop)


@pytest.fixture
def report(junit, tmp_path):
    (tmp_path / "shot.png").write_bytes(b"\x89PNG" * 100)
    return junit(
        case("TC101"),
        case("TC102", FAILURE + OUT),
        case("TC103 row", FAILURE + OUT),
        case("TC103 row"),
    )


EXPECTED = {1: "passed", 2: "failed", 3: "failed", 6: "passed"}


def check_everything_stands_once(service):
    (run,) = [run for run in service.state()["runs"] if run["state"] != "Aborted"]
    assert run["state"] == "Completed"
    by_point = {int(result["point_id"]): result for result in run["results"]}
    assert {point: outcomes(service)[point] for point in EXPECTED} == EXPECTED
    assert len(run["results"]) == len(by_point) == 4
    assert all(result["state"] == "Completed" for result in run["results"])
    assert [len(by_point[point]["sub_results"]) for point in (1, 2, 3, 6)] == [0, 0, 2, 0]
    assert [len(by_point[point]["attachments"]) for point in (1, 2, 3, 6)] == [0, 1, 1, 0]
    assert [file["name"] for file in run["attachments"]] == ["log.txt"]


WRITES = {
    "create": ("POST", r"/test/runs\?"),
    "plain results": ("PATCH", r"/Runs/\d+/results\?"),
    "nested results": ("PATCH", r"/Runs/\d+/results\?", 1),
    "result file": ("POST", r"/Results/\d+/attachments"),
    "second file": ("POST", r"/Results/\d+/attachments", 1),
    "complete": ("PATCH", r"/test/runs/\d+\?"),
    "run file": ("POST", r"/Runs/\d+/attachments"),
}


@pytest.mark.parametrize("boundary", sample(list(WRITES), 2))
def test_kill_9_at_every_write_then_resume_leaves_every_result_once(service, report, cli, tmp_path, boundary):
    (tmp_path / "log.txt").write_text("log")
    method, path, *skip = WRITES[boundary]
    held = {"method": method, "path": path, "skip": skip[0] if skip else 0}
    service.faults([{**held, "delay_ms": 60_000, "times": 0}])
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, **TOKEN}
    arguments = ["--project", "Shop", "--plan", "10", "--build-id", "41", "--run-files", "log.txt"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ado_publisher", "publish", str(report), *arguments],
        cwd=tmp_path,
        env=clean_environment(tmp_path, settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until_it_hangs(process, tmp_path / JOURNAL)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    service.faults([])
    done = cli("resume", env=TOKEN)
    assert done.code == 0, done.output
    check_everything_stands_once(service)


def wait_until_it_hangs(process, journal):
    """The journal stands still: the request that is held is under way."""
    deadline, before, since = time.monotonic() + 60, None, time.monotonic()
    while time.monotonic() < deadline and process.poll() is None:
        stamp = journal.stat().st_mtime_ns if journal.exists() else None
        if stamp != before:
            before, since = stamp, time.monotonic()
        elif stamp is not None and time.monotonic() - since > 1.5:
            return
        time.sleep(0.05)
    raise AssertionError(f"the publish did not hang: exit code {process.poll()}")


def test_the_same_publish_started_twice_makes_one_run(service, report, publish):
    _, first = publish(service, report, "--build-id", "41")
    done, second = publish(service, report, "--build-id", "41")
    assert done.code == 0, done.output
    assert len(service.state()["runs"]) == 1
    assert "published already" in done.stdout
    assert second["runs"] == first["runs"]
    assert second["results"] == first["results"]


def test_two_matrix_legs_make_two_runs(service, report, publish):
    for leg in ("chrome", "firefox"):
        publish(service, report, "--build-id", "41", "--key", leg)
    assert len(service.state()["runs"]) == 2


def test_other_content_under_the_same_key_makes_a_new_run(service, report, junit, publish):
    publish(service, report, "--build-id", "41")
    publish(service, junit(case("TC102"), name="other.xml"), "--build-id", "41")
    done, _ = publish(service, report, "--build-id", "41")
    # The first content came again, but not the last: its points must show it again.
    assert done.code == 0, done.output
    assert len(service.state()["runs"]) == 3


def test_without_a_build_or_a_key_the_same_is_published_again(service, junit, publish):
    for _ in range(2):
        publish(service, junit(case("TC102", FAILURE)))
    assert len(service.state()["runs"]) == 2


@pytest.fixture
def interrupted(service, report, publish, tmp_path):
    """A publish that stopped before its results were written."""
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 401}])
    done, _ = publish(service, report, "--build-id", "41")
    assert done.code == 4, done.output
    service.faults([])
    return tmp_path / JOURNAL


def test_a_run_deleted_meanwhile_is_told_and_nothing_is_doubled(service, interrupted, cli, publish, report):
    import requests

    url = f"{service.url}/Shop/_apis/test/runs/1?api-version=7.1"
    assert requests.delete(url, auth=("", "demo-pat"), timeout=10).status_code in (200, 204)
    done = cli("resume", env=TOKEN)
    assert done.code == 2, done.output
    assert "Test run 1 was deleted since. Publish the reports again" in done.stderr
    done, _ = publish(service, report, "--build-id", "41")
    assert done.code == 0, done.output
    assert [run["state"] for run in service.state()["runs"]] == ["Completed"]


def test_a_run_completed_by_someone_else_is_told(service, interrupted, cli):
    import requests

    url = f"{service.url}/Shop/_apis/test/runs/1?api-version=7.1"
    requests.patch(url, json={"state": "Completed"}, auth=("", "demo-pat"), timeout=10).raise_for_status()
    done = cli("resume", env=TOKEN)
    assert done.code == 2, done.output
    assert "was set Completed by someone else" in done.stderr


def test_a_journal_is_used_on_another_machine(service, interrupted, cli, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "carried.sqlite").write_bytes(interrupted.read_bytes())
    (tmp_path / "shot.png").unlink()
    done = cli("resume", "--journal", "carried.sqlite", cwd=elsewhere, env=TOKEN)
    assert done.code == 0, done.output
    attached = [len(result["attachments"]) for result in service.state()["runs"][0]["results"]]
    assert sum(attached) == 2


def test_a_journal_holds_no_secret(interrupted):
    assert b"demo-pat" not in interrupted.read_bytes()
    assert b"ZGVtby1wYXQ" not in interrupted.read_bytes()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:1500]), "is damaged"),
        (lambda path: path.write_text("no database"), "is damaged"),
        (lambda path: change(path, "update meta set version=99"), "version 99, this program knows 1"),
        (lambda path: path.unlink(), "there is no journal"),
        (lambda path: change(path, "update run set state='odd'"), "is damaged"),
    ],
)
def test_a_journal_that_cannot_be_used_is_told_with_the_way_out(interrupted, cli, spoil, told):
    spoil(interrupted)
    done = cli("resume", env=TOKEN)
    assert done.code == 2, done.output
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def change(path, statement):
    with sqlite3.connect(path) as database:
        database.execute(statement)


def test_a_journal_of_another_project_is_refused(interrupted, cli):
    done = cli("resume", env={**TOKEN, "ADO_PUBLISHER_PROJECT": "Other"})
    assert done.code == 2, done.output
    assert "the journal was made for Shop, not for Other" in done.stderr


def test_two_resumes_at_once_write_once(service, interrupted, tmp_path):
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "delay_ms": 2_000}])
    command = [sys.executable, "-m", "ado_publisher", "resume"]
    both = [
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env=clean_environment(tmp_path, TOKEN),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[1] for process in both]
    assert sorted(process.returncode for process in both) in ([0, 2], [0, 0]), told
    if any(process.returncode for process in both):
        assert "another ado-publisher is writing this publish" in "".join(told)
    (run,) = service.state()["runs"]
    assert run["state"] == "Completed"
    assert max(len(result["sub_results"]) for result in run["results"]) == 2


def test_an_outage_keeps_everything_and_one_line_says_how_to_go_on(service, report, publish):
    service.faults([{"method": "POST", "path": "/test/runs", "times": 0, "drop": "before"}])
    done, _ = publish(service, report, env={"ADO_PUBLISHER_RETRY_SECONDS": "1"})
    assert done.code == 4, done.output
    assert re.search(r"^  ado-publisher resume --journal \S+$", done.stderr, re.MULTILINE)


def test_a_read_only_place_is_a_warning_and_the_publish_goes_on(service, report, publish, tmp_path):
    (tmp_path / ".ado-publisher").write_text("a file where the folder should be")
    done, facts = publish(service, report, "--build-id", "41")
    assert done.code == 0, done.output
    assert "No journal can be written" in done.stderr
    assert facts["points_updated"] == 4


def test_an_attachment_that_changed_since_is_told_and_the_rest_is_finished(
    service, junit, publish, cli, tmp_path
):
    # Too large for the journal to hold: it stays a path.
    with (tmp_path / "film.mp4").open("wb") as film:
        film.truncate(5 * 1024 * 1024 + 1)
    out = "<system-out>[[ATTACHMENT|film.mp4]]</system-out>"
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 401}])
    done, _ = publish(
        service, junit(case("TC102", FAILURE + out)), "--build-id", "41", "--attach-types", "mp4"
    )
    assert done.code == 4, done.output
    service.faults([])
    (tmp_path / "film.mp4").write_bytes(b"other")
    done = cli("resume", env=TOKEN)
    assert done.code == 1, done.output
    assert "has changed since: 5242881 bytes then, 5 now" in done.stdout
    assert [run["state"] for run in service.state()["runs"]] == ["Completed"]


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"status": 503}, {"status": 401}])
def test_an_outage_before_anything_was_planned_keeps_everything_for_resume(
    service, report, publish, cli, tmp_path, fault
):
    (tmp_path / "bad.xml").write_text("<testsuite>")
    service.faults([{"path": "/_apis/", "times": 0, **fault}])
    quick = {"ADO_PUBLISHER_RETRY_SECONDS": "1"}
    done, _ = publish(service, report, "bad.xml", "--build-id", "41", env=quick)
    assert done.code == 4, done.output
    assert "ado-publisher resume --journal" in done.stderr
    assert "bad.xml:1" in done.stderr
    service.faults([])
    assert cli("resume", env=TOKEN).code == 0
    (run,) = service.state()["runs"]
    assert (run["state"], len(run["results"])) == ("Completed", 4)
    assert outcomes(service)[2] == "failed"


def test_what_an_outage_kept_is_let_go_when_the_same_is_published(service, junit, publish, cli):
    report = junit(case("TC102", FAILURE))
    service.faults([{"path": "/_apis/", "times": 0, "status": 401}])
    publish(service, report)
    service.faults([])
    assert publish(service, report)[0].code == 0
    assert "nothing is left to do" in cli("resume", env=TOKEN).stdout
    assert len(service.state()["runs"]) == 1


def test_a_publish_killed_before_it_recorded_anything_is_told_and_never_green(service, report, cli, tmp_path):
    service.faults([{"method": "GET", "path": "/plans/10", "times": 0, "delay_ms": 30_000}])
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, **TOKEN}
    process = subprocess.Popen(
        [sys.executable, "-m", "ado_publisher", "publish", str(report), "--project", "Shop", "--plan", "10"],
        cwd=tmp_path,
        env=clean_environment(tmp_path, settings),
    )
    wait_until_it_hangs(process, tmp_path / JOURNAL)
    process.kill()
    process.wait(timeout=30)
    service.faults([])
    done = cli("resume", env=TOKEN)
    assert done.code == 2, done.output
    assert "publish its reports again" in done.stderr


def test_resume_ends_as_the_publish_would_have_when_a_report_could_not_be_read(
    service, report, publish, cli, tmp_path
):
    (tmp_path / "bad.xml").write_text("<testsuite>")
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 401}])
    assert publish(service, report, "bad.xml", "--build-id", "41")[0].code == 4
    service.faults([])
    assert cli("resume", env=TOKEN).code == 3


def test_an_empty_journal_is_not_taken_for_a_finished_one(service, cli, tmp_path):
    (tmp_path / "empty.sqlite").touch()
    done = cli("resume", "--journal", "empty.sqlite", env=TOKEN)
    assert done.code == 2, done.output
    assert "no publish is recorded here" in done.stderr


def test_other_content_under_the_same_key_is_told(service, report, junit, publish):
    publish(service, report, "--build-id", "41")
    done, _ = publish(service, junit(case("TC102"), name="other.xml"), "--build-id", "41")
    assert "The same build, job and key published other content" in done.stderr


def test_a_run_that_was_deleted_is_made_again_when_the_same_is_published_again(
    service, report, publish, shop
):
    import requests

    publish(service, report, "--build-id", "41")
    requests.post(f"{service.root_url}/_emulator/reset", timeout=10).raise_for_status()
    # Another run bears the old id now.
    publish(service, report, "--build-id", "41", "--key", "other")
    done, facts = publish(service, report, "--build-id", "41")
    assert done.code == 0, done.output
    assert [run["state"] for run in service.state()["runs"]] == ["Completed", "Completed"]
    assert facts["runs"][0]["id"] == 2


def test_an_interrupted_publish_whose_run_is_gone_begins_anew_when_published_again(
    service, interrupted, publish, report
):
    import requests

    requests.post(f"{service.root_url}/_emulator/reset", timeout=10).raise_for_status()
    done, _ = publish(service, report, "--build-id", "41")
    assert done.code == 0, done.output
    assert [run["state"] for run in service.state()["runs"]] == ["Completed"]
