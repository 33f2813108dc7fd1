"""A job without rights only writes the journal; one that has them publishes the same."""

import json
import sqlite3
import zlib

import pytest

from .conftest import FAILURE, case, outcomes

TOKEN = {"ADO_PUBLISHER_TOKEN": "demo-pat"}
JOURNAL = ".ado-publisher/journal.sqlite"


@pytest.fixture
def service(emulator, shop):
    return emulator(shop)


@pytest.fixture
def deferred(service, junit, cli, tmp_path):
    """A fork's job: no token, reports with a screenshot and an attempt, everything put off."""
    (tmp_path / "shot.png").write_bytes(b"\x89PNG")
    (tmp_path / "log.txt").write_text("log")
    report = junit(
        case("TC101"),
        case("TC102", FAILURE + "<system-out>[[ATTACHMENT|shot.png]]</system-out>"),
        case("TC103", '<flakyFailure message="first">x</flakyFailure>'),
        case("nobody knows me"),
    )
    arguments = ["--project", "Shop", "--plan", "10", "--build-id", "41", "--run-files", "log.txt"]
    done = cli(
        *["publish", report, *arguments, "--defer", "--fail-on-failed-tests"],
        env={"ADO_PUBLISHER_ORGANIZATION_URL": service.url},
    )
    assert done.code == 0, done.output
    assert "4 tests are put off" in done.stdout
    assert service.state()["runs"] == []
    return tmp_path / JOURNAL


def test_resume_publishes_what_was_put_off_elsewhere_with_its_files_and_its_policy(
    service, deferred, cli, tmp_path
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "j.sqlite").write_bytes(deferred.read_bytes())
    (tmp_path / "shot.png").unlink()
    done = cli("resume", "--journal", "j.sqlite", cwd=elsewhere, env=TOKEN)
    # The policy of the job that put it off: a failed test fails.
    assert done.code == 1, done.output
    (run,) = service.state()["runs"]
    assert (run["state"], run["build_id"]) == ("Completed", 41)
    assert [file["name"] for file in run["attachments"]] == ["log.txt"]
    assert {point: outcomes(service)[point] for point in (1, 2, 3)} == {1: "passed", 2: "failed", 3: "passed"}
    by_point = {int(result["point_id"]): result for result in run["results"]}
    assert [file["name"] for file in by_point[2]["attachments"]] == ["shot.png"]
    assert len(by_point[3]["sub_results"]) == 2
    assert "unmatched: nobody knows me" in done.stdout
    again = cli("resume", "--journal", "j.sqlite", cwd=elsewhere, env=TOKEN)
    assert "nothing is left to do" in again.stdout
    assert len(service.state()["runs"]) == 1


def test_an_outage_while_publishing_what_was_put_off_is_resumed_once(service, deferred, cli):
    service.faults([{"method": "PATCH", "path": "/results", "times": 0, "status": 401}])
    assert cli("resume", env=TOKEN).code == 4
    service.faults([])
    done = cli("resume", env=TOKEN)
    assert done.code == 1, done.output
    (run,) = service.state()["runs"]
    assert (run["state"], len(run["results"])) == ("Completed", 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zlib",
        zlib.compress(b"no json"),
        zlib.compress(b"{}"),
        zlib.compress(json.dumps([1]).encode()),
    ],
)
def test_what_is_no_publish_is_told_and_nothing_is_written(service, deferred, cli, content):
    with sqlite3.connect(deferred) as database:
        database.execute("update deferred set content=?", (content,))
    done = cli("resume", env=TOKEN)
    assert done.code == 2, done.output
    assert "not a publish that was put off" in done.stderr
    assert service.state()["runs"] == []


def test_files_from_a_journal_stay_in_their_folder(tmp_path):
    from ado_publisher.publish.deferring import _laid

    place = _laid(0, {"name": "../../etc/passwd", "content": "eA=="}, tmp_path)
    assert place == tmp_path / "0" / "passwd"


def test_a_place_that_cannot_be_written_is_told_since_nothing_else_keeps_the_results(junit, cli, tmp_path):
    (tmp_path / ".ado-publisher").write_text("in the way")
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": "https://dev.azure.com/acme"}
    done = cli("publish", junit(case("x")), "--project", "Shop", "--plan", "10", "--defer", env=env)
    assert done.code == 2, done.output
    assert "the journal cannot be written" in done.stderr


def test_one_that_cannot_be_published_keeps_no_other_from_it(service, deferred, junit, cli, tmp_path):
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url}
    report = junit(case("TC104"), name="second.xml")
    wrong = ["--project", "Shop", "--plan", "99", "--defer"]
    assert cli("publish", report, *wrong, env=env).code == 0
    done = cli("resume", env=TOKEN)
    assert done.code == 2, done.output
    assert "no test plan with id or name '99'" in done.stderr
    assert outcomes(service)[2] == "failed"


def test_defer_writes_the_report_json_and_refuses_a_dry_run(service, junit, cli, tmp_path):
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url}
    arguments = ["publish", junit(case("TC102")), "--project", "Shop", "--plan", "10", "--defer"]
    assert cli(*arguments, "--report-json", "f.json", env=env).code == 0
    facts = json.loads((tmp_path / "f.json").read_text())
    assert facts["counts"] == {"read": 1, "matched": 0, "unmatched": 0, "ambiguous": 0, "skipped": 1}
    assert "put off" in facts["results"][0]["reason"]
    done = cli(*arguments, "--dry-run", env=env)
    assert done.code == 2
    assert "leave out --dry-run" in done.stderr
