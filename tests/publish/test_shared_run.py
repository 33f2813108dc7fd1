"""One run for many jobs: nobody waits, nothing is doubled, the worst is the last word."""

import json
import re

import pytest

from .conftest import FAILURE, case, outcomes

TOKEN = {"ADO_PUBLISHER_TOKEN": "demo-pat"}


@pytest.fixture
def service(emulator, shop):
    return emulator(shop)


@pytest.fixture
def run(service, cli):
    """`run("open", …)` and `run("close", …)` against the service."""
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_PROJECT": "Shop", **TOKEN}

    def call(*arguments):
        return cli("run", *arguments, env=settings)

    return call


@pytest.fixture
def opened(run):
    def call(*arguments):
        done = run("open", "--plan", "10", "--json", *arguments)
        assert done.code == 0, done.output
        return done.json()["run_id"]

    return call


def test_open_prints_what_scripts_need(service, run):
    done = run("open", "--plan", "Release 1", "--build-id", "41", "--expect", "2", "--json")
    told = done.json()
    assert set(told) == {"run_id", "run_url", "key"}
    (made,) = service.state()["runs"]
    assert (made["id"], made["state"], made["build_id"]) == (told["run_id"], "InProgress", 41)


def test_opening_twice_for_one_build_is_one_run(service, opened):
    assert opened("--build-id", "41") == opened("--build-id", "41")
    assert opened("--build-id", "41", "--key", "other") != opened("--build-id", "41")


def test_two_jobs_on_one_point_leave_the_worst_as_the_last_word(service, opened, junit, publish, run):
    number = opened("--build-id", "41", "--expect", "chrome,firefox")
    first = junit(case("TC102", FAILURE), case("TC101"), name="first.xml")
    second = junit(case("TC102"), case("test_locked", classname="shop.login"), name="second.xml")
    for report, job in ((first, "chrome"), (second, "firefox")):
        done, facts = publish(service, report, "--run", number, "--key", job)
        assert done.code == 0, done.output
        assert facts["runs"][0]["id"] == number
    assert outcomes(service)[2] == "passed"
    closed = run("close", number)
    assert closed.code == 0, closed.output
    assert outcomes(service)[2] == "failed"
    (made,) = service.state()["runs"]
    assert made["state"] == "Completed"
    assert len(made["results"]) == 5
    worst = next(r for r in made["results"] if r["outcome"] == "Failed")
    assert sorted(sub["outcome"] for sub in worst["sub_results"]) == ["Failed", "Passed"]
    assert "5 results of 2 jobs on 4 test points, 1 of them failed" in closed.stdout


def test_a_missing_job_is_named_and_is_exit_1_unless_allowed(service, opened, junit, publish, run):
    number = opened("--expect", "chrome,firefox")
    publish(service, junit(case("TC102")), "--run", number, "--key", "chrome")
    closed = run("close", number)
    assert closed.code == 1
    assert "missing: firefox published nothing" in closed.stderr
    assert service.state()["runs"][0]["state"] == "Completed"
    number = opened("--expect", "3", "--key", "again")
    publish(service, junit(case("TC101")), "--run", number)
    assert run("close", number, "--allow-missing").code == 0


def test_the_same_job_started_twice_is_written_once(service, opened, junit, publish):
    number = opened()
    for _ in range(2):
        done, _ = publish(service, junit(case("TC102")), "--run", number, "--key", "chrome")
        assert done.code == 0, done.output
    assert len(service.state()["runs"][0]["results"]) == 1


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"truncate": 5}, {"drop": "before"}, {"status": 503}])
@pytest.mark.parametrize("path", ["/results", "/attachments"])
def test_a_lost_answer_doubles_nothing(service, opened, junit, publish, fault, path):
    number = opened()
    service.faults([{"method": "POST", "path": f"{path}\\?", "times": 1, **fault}])
    report = junit(case("TC101"), case("TC102", FAILURE), case("TC103 row", FAILURE), case("TC103 row"))
    done, _ = publish(service, report, "--run", number, "--key", "chrome")
    assert done.code == 0, done.output
    (made,) = service.state()["runs"]
    assert sorted(int(r["point_id"]) for r in made["results"]) == [1, 2, 3, 6]
    assert max(len(r["sub_results"]) for r in made["results"]) == 2
    assert len(made["attachments"]) == 1


def test_a_job_that_crashed_is_resumed_without_doubling(service, opened, junit, publish, cli):
    number = opened()
    report = junit(case("TC101"), case("TC102", FAILURE))
    service.faults([{"method": "POST", "path": "/attachments", "times": 0, "status": 401}])
    done, _ = publish(service, report, "--run", number, "--key", "chrome")
    assert done.code == 4, done.output
    assert "ado-publisher resume" in done.stderr
    service.faults([])
    assert cli("resume", env=TOKEN).code == 0
    (made,) = service.state()["runs"]
    assert (len(made["results"]), made["state"]) == (3, "InProgress")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--run", "77"], "no test run 77"),
        (["--run", "1", "--plan", "10"], "Completed already"),
    ],
)
def test_a_run_that_is_gone_or_closed_is_told(service, opened, junit, publish, run, arguments, told):
    run("close", opened())
    done, _ = publish(service, junit(case("TC102")), *arguments)
    assert done.code == 2, done.output
    assert told in done.stderr


def test_a_wrong_expectation_is_told(run):
    done = run("open", "--plan", "10", "--expect", "a;b")
    assert done.code == 2
    assert re.search(r"--expect: 'a;b' is neither a number nor job names", done.stderr)


def test_many_jobs_in_one_folder_lose_nothing(service, opened, tmp_path):
    """Jobs share the working directory, and so the journal."""
    import subprocess
    import sys

    from support.process import clean_environment

    number = opened("--expect", "4")
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, **TOKEN}
    jobs = []
    for index, name in enumerate(("TC101", "TC102", "TC103", "TC101")):
        report = tmp_path / f"{index}.xml"
        report.write_text(f'<testsuite name="s">{case(name, FAILURE if index == 3 else "")}</testsuite>')
        command = [sys.executable, "-m", "ado_publisher", "publish", str(report), "--project", "Shop"]
        command += ["--run", str(number), "--key", f"leg {index}"]
        jobs.append(subprocess.Popen(command, cwd=tmp_path, env=clean_environment(tmp_path, settings)))
    assert [job.wait(timeout=120) for job in jobs] == [0] * 4
    (made,) = service.state()["runs"]
    assert len(made["results"]) == 6
    assert json.dumps(made["attachments"]).count("ado-publisher-job-leg") == 4


def test_where_the_service_takes_no_posts_the_jobs_keep_journals_and_close_publishes_them_all(
    emulator, shop, junit, publish, cli, tmp_path
):
    service = emulator({**shop, "behaviours": {"post_on_planned_run": "refused"}})
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_PROJECT": "Shop", **TOKEN}
    opened = cli("run", "open", "--plan", "10", "--expect", "a,b,c", "--json", env=settings).json()["run_id"]
    (tmp_path / "shot.png").write_bytes(b"PNG")
    shot = "<system-out>[[ATTACHMENT|shot.png]]</system-out>"
    first = junit(case("TC102", FAILURE + shot), case("TC101"), name="first.xml")
    second = junit(case("TC102"), case("test_locked", classname="shop.login"), name="second.xml")
    for report, job in ((first, "a"), (second, "b")):
        done, _ = publish(service, report, "--run", opened, "--key", job, "--journal", f"{job}.sqlite")
        assert done.code == 0, done.output
        assert f"run close {opened} --journal {job}.sqlite" in done.stdout
    arguments = ["--journal", "a.sqlite", "--journal", "b.sqlite"]
    closed = cli("run", "close", opened, *arguments, env=settings)
    assert closed.code == 1, closed.output
    assert "missing: c kept nothing" in closed.stderr
    empty, made = service.state()["runs"]
    assert (empty["state"], made["state"], len(made["results"])) == ("Aborted", "Completed", 4)
    assert outcomes(service)[2] == "failed"
    worst = next(result for result in made["results"] if int(result["point_id"]) == 2)
    assert [sub["outcome"] for sub in worst["sub_results"]] == ["Failed", "Passed"]
    assert [file["name"] for file in worst["attachments"]] == ["shot.png"]
    assert "nothing is left to do" in cli("resume", "--journal", "a.sqlite", env=TOKEN).stdout


def test_a_close_that_was_interrupted_has_the_last_word_when_it_is_done_again(
    service, opened, junit, publish, run
):
    number = opened("--expect", "a,b,c")
    publish(service, junit(case("TC102", FAILURE), name="a.xml"), "--run", number, "--key", "a")
    publish(service, junit(case("TC102"), name="b.xml"), "--run", number, "--key", "b")
    service.faults([{"method": "PATCH", "path": r"/test/runs/\d+\?", "times": 0, "status": 401}])
    interrupted = run("close", number)
    assert interrupted.code == 4
    assert f"ado-publisher run close {number}" in interrupted.stderr
    service.faults([])
    # A job that comes in between writes its pass behind the last word.
    publish(service, junit(case("TC102 late"), name="c.xml"), "--run", number, "--key", "c")
    assert run("close", number).code == 0
    assert outcomes(service)[2] == "failed"
    (made,) = service.state()["runs"]
    worst = next(result for result in made["results"] if result["outcome"] == "Failed")
    assert sorted(sub["outcome"] for sub in worst["sub_results"]) == ["Failed", "Passed", "Passed"]


def test_a_job_from_a_fresh_workspace_doubles_nothing(service, opened, junit, publish, tmp_path):
    number = opened()
    report = junit(case("TC102", FAILURE))
    for journal in ("one.sqlite", "two.sqlite"):
        done, facts = publish(service, report, "--run", number, "--key", "a", "--journal", journal)
        assert done.code == 0, done.output
        assert facts["results"][0]["targets"][0]["result_id"] == 100_000
    assert len(service.state()["runs"][0]["results"]) == 1


def test_a_job_counts_once_however_often_it_publishes(service, opened, junit, publish, run):
    number = opened("--expect", "2")
    for name in ("TC101", "TC102"):
        publish(service, junit(case(name), name=f"{name}.xml"), "--run", number, "--key", "leg")
    closed = run("close", number)
    assert closed.code == 1
    assert "missing: 1 of 2 jobs" in closed.stderr


@pytest.mark.parametrize("host", [{"GITHUB_ACTIONS": "true"}, {"TF_BUILD": "True"}])
def test_json_is_all_there_is_on_standard_output_on_every_host(service, cli, host):
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_PROJECT": "Shop", **TOKEN}
    done = cli("run", "open", "--plan", "10", "--json", env={**settings, **host})
    assert done.code == 0, done.output
    assert done.json()["run_id"] == 1
    assert "demo-pat" not in done.stdout


def test_a_dry_run_into_a_shared_run_tells_the_requests_it_would_send(service, opened, junit, publish):
    number = opened("--build-id", "41")
    report = junit(case("TC101"), case("TC102", FAILURE))
    _, planned = publish(service, report, "--run", number, "--key", "a", "--dry-run")
    assert service.state()["runs"][0]["results"] == []
    _, written = publish(service, report, "--run", number, "--key", "a")
    assert planned["requests"] == written["requests"]
    assert [write["method"] for write in planned["writes"]] == ["POST", "POST"]
    assert written["runs"][0]["state"] == "InProgress"
    assert not any("without a link to a build" in notice for notice in written["notices"])


def test_a_job_without_rights_on_one_area_loses_only_the_results_there(emulator, shop, cli, junit, publish):
    shop["projects"][0] |= {"areas": ["Open", "Frozen"], "read_only_areas": ["Frozen"]}
    cases = shop["projects"][0]["plans"][0]["suites"][0]["cases"]
    for each, area in zip(cases, ("Open", "Frozen", "Open", "Open"), strict=True):
        each["area"] = area
    service = emulator(shop)
    settings = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_PROJECT": "Shop", **TOKEN}
    number = cli("run", "open", "--plan", "10", "--json", env=settings).json()["run_id"]
    report = junit(case("TC101", FAILURE), case("TC102", FAILURE), case("TC103", FAILURE))
    done, facts = publish(service, report, "--run", number, "--key", "a")
    assert done.code == 1, done.output
    assert "do not have the permission" in facts["results"][1]["targets"][0]["error"]
    assert facts["points_updated"] == 3
    assert cli("run", "close", str(number), env=settings).code == 0
    assert service.state()["runs"][0]["state"] == "Completed"
    shown = outcomes(service)
    assert (shown[1], shown[2], shown[3]) == ("failed", "unspecified", "failed")
