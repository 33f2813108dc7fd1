"""kill -9 of the real command at a write, with the write carried out or not: the next run makes it whole."""

from __future__ import annotations

import copy
import os
import signal
import sqlite3
import subprocess
import sys

import pytest
import requests
import yaml
from support.process import clean_environment
from support.sampling import sample

from ado_publisher.emulator.faults import Rule
from ado_publisher.emulator.testrail import TestRailEmulator

from .test_ado_testrail import ADO
from .test_command import KEYS, containers, titles
from .test_testrail import SEED as TESTRAIL

READING = ("wiql", "workitemsbatch")
# How many writes a first sync of these two makes; the test fails when it is fewer.
WRITES = 11


class Killer:
    """Counts the writes of both services and kills the process at one of them."""

    def __init__(self, services, at, drop):
        self.left, self.drop, self.process = at, drop, None
        for service in services:
            service.fault_rules.match = self.match

    def match(self, method, target):
        if method == "GET" or any(word in target.lower() for word in READING) or "/_emulator" in target:
            return None
        self.left -= 1
        if self.left != 0 or self.process is None:
            return None
        os.kill(self.process.pid, signal.SIGKILL)
        return Rule(drop="before") if self.drop else None


class Shop:
    """Both services, and the real command between them."""

    def __init__(self, services, cli, folder, **more):
        self.services, self.cli, self.folder = services, cli, folder
        ado, testrail = services
        config = {
            "version": 1,
            "azure_devops": {"organization_url": ado.url, "project": "Shop", "plan": 10},
            "testrail": {"url": testrail.url, "project": 1},
            **more,
        }
        (folder / "ado-publisher-sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")

    def killed(self, killer):
        """One run that the killer may end; whether it did."""
        killer.process = subprocess.Popen(
            [sys.executable, "-m", "ado_publisher", "sync", "run"],
            cwd=self.folder,
            env=clean_environment(self.folder, KEYS),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        code = killer.process.wait(120)
        killer.process = None
        with sqlite3.connect(self.folder / ".ado-publisher/sync.sqlite") as store:
            # As if time had passed: what a search does not show by now was never made.
            store.execute("update intent set at = at - 3600")
        return code == -signal.SIGKILL

    def killed_at_every_write(self, drop):
        """Killed again and again until a run comes to its end; how often. A write that is not carried out is
        the first one once, and then the second one, or nothing would ever be written.
        """
        kills = int(drop and self.killed(Killer(self.services, 1, drop)))
        while self.killed(Killer(self.services, 2 if drop else 1, drop)):
            kills += 1
            assert kills < 2000, "it never ends"
        for service in self.services:
            del service.fault_rules.match
        return kills

    def made_whole(self):
        for _ in range(2):
            done = self.cli("sync", "run", "--sweep", env=KEYS)
        assert done.code == 0, done.output
        assert "both sides are equal: nothing to do" in done.stdout


@pytest.mark.off_contract
@pytest.mark.parametrize(
    ("at", "drop"), sample([(n, drop) for n in range(1, WRITES + 1) for drop in (False, True)], 6)
)
def test_a_first_sync_that_is_killed_at_a_write_is_made_whole(emulator, cli, tmp_path, at, drop):
    with TestRailEmulator(TESTRAIL) as testrail:
        shop = Shop((emulator(ADO), testrail), cli, tmp_path)
        assert shop.killed(Killer(shop.services, at, drop))
        shop.made_whole()
        assert titles(shop.services) == (["logs in", "pays by bill", "pays by card"],) * 2
        assert containers(shop.services) == (["Abroad", "Login", "Pay", "Smoke"],) * 2


def many(count):
    """Seeds of both services with so many cases each, in suites and sections of ten."""
    ado, testrail = copy.deepcopy(ADO), copy.deepcopy(TESTRAIL)
    ado["projects"][0]["plans"][0]["suites"] = [
        {
            "id": 2000 + block,
            "name": f"Suite {block}",
            "cases": [{"id": 5000 + number, "title": f"ado {number}"} for number in range(block, block + 10)],
        }
        for block in range(0, count, 10)
    ]
    testrail["projects"][0]["sections"] = [
        {
            "name": f"Section {block}",
            "cases": [{"title": f"rail {number}"} for number in range(block, block + 10)],
        }
        for block in range(0, count, 10)
    ]
    return ado, testrail


@pytest.mark.off_contract
@pytest.mark.slow
@pytest.mark.parametrize("drop", [False, True])
def test_a_first_sync_of_200_cases_that_is_killed_at_every_write_is_made_whole(emulator, cli, tmp_path, drop):
    """One first sync, killed again at each write it comes to: every boundary, on top of all before it."""
    ado, rail = many(100)
    with TestRailEmulator(rail) as testrail:
        shop = Shop((emulator(ado), testrail), cli, tmp_path)
        kills = shop.killed_at_every_write(drop)
        print(f"killed {kills} times")
        assert kills >= 200 + 20
        shop.made_whole()
        cases = sorted(
            [f"ado {number}" for number in range(100)] + [f"rail {number}" for number in range(100)]
        )
        assert titles(shop.services) == (cases, cases)
        homes = sorted(f"{kind} {block}" for kind in ("Suite", "Section") for block in range(0, 100, 10))
        assert containers(shop.services) == (homes, homes)


@pytest.mark.off_contract
@pytest.mark.parametrize("drop", sample([False, True], 1))
def test_runs_and_results_of_both_sides_stand_once_whatever_write_a_kill_meets(emulator, cli, tmp_path, drop):
    with TestRailEmulator(TESTRAIL) as testrail:
        ado = emulator(ADO)
        shop = Shop((ado, testrail), cli, tmp_path, runs="per_testrail_run", create={"results": "both"})
        shop.made_whole()
        told = {row["title"]: row["id"] for row in testrail.state()["cases"]}
        rail(testrail, "add_run/1", {"name": "Release 1"})
        tests = {row["case_id"]: row["id"] for row in testrail.state()["tests"]}
        for title, status in (("pays by card", 5), ("logs in", 1)):
            rail(testrail, f"add_result/{tests[told[title]]}", {"status_id": status})
        assert shop.killed_at_every_write(drop) >= 2
        (made,) = ado.state()["runs"]
        publish(ado, made["id"], 102, "Failed")
        assert shop.killed_at_every_write(drop) >= 1
        shop.made_whole()
        (run,) = ado.state()["runs"]
        titles_of = {row["id"]: row["title"] for row in testrail.state()["tests"]}
        assert sorted((row["testCase"]["name"], row["outcome"]) for row in run["results"]) == [
            ("logs in", "Passed"),
            ("pays by bill", "Failed"),
            ("pays by card", "Failed"),
        ]
        assert sorted(
            (titles_of[row["test_id"]], row["status_id"]) for row in testrail.state()["results"]
        ) == [
            ("logs in", 1),
            ("pays by bill", 5),
            ("pays by card", 5),
        ]


def rail(testrail, call, body):
    """A call of somebody who uses TestRail."""
    target = f"{testrail.url}/index.php?/api/v2/{call}"
    auth = (KEYS["TESTRAIL_USER"], KEYS["TESTRAIL_KEY"])
    requests.post(target, json=body, auth=auth, timeout=10).raise_for_status()


def publish(ado, run, case, outcome):
    """A pipeline's result in a run of the sync."""
    point = next(point["id"] for point in ado.state()["points"] if point["case_id"] == case)
    body = {
        "testPoint": {"id": str(point)},
        "testCase": {"id": str(case)},
        "testCaseTitle": "pays by bill",
        "testCaseRevision": 1,
        "outcome": outcome,
        "state": "Completed",
    }
    answer = requests.post(
        f"{ado.url}/Shop/_apis/test/Runs/{run}/results?api-version=7.1",
        json=[body],
        auth=("", "demo-pat"),
        timeout=10,
    )
    assert answer.ok, answer.text
