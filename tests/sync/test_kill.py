"""kill -9 of the real command at a write, with the write carried out or not: the next run makes it whole."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys

import pytest
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


@pytest.mark.off_contract
@pytest.mark.parametrize(
    ("at", "drop"), sample([(n, drop) for n in range(1, WRITES + 1) for drop in (False, True)], 6)
)
def test_a_first_sync_that_is_killed_at_a_write_is_made_whole(emulator, cli, tmp_path, at, drop):
    with TestRailEmulator(TESTRAIL) as testrail:
        services = emulator(ADO), testrail
        config = {
            "version": 1,
            "azure_devops": {"organization_url": services[0].url, "project": "Shop", "plan": 10},
            "testrail": {"url": testrail.url, "project": 1},
        }
        (tmp_path / "ado-publisher-sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        killer = Killer(services, at, drop)
        killer.process = subprocess.Popen(
            [sys.executable, "-m", "ado_publisher", "sync", "run"],
            cwd=tmp_path,
            env=clean_environment(tmp_path, KEYS),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert killer.process.wait(60) == -signal.SIGKILL
        killer.process = None
        # As if time had passed: what a search does not show by now was never made.
        with sqlite3.connect(tmp_path / ".ado-publisher/sync.sqlite") as store:
            store.execute("update intent set at = at - 3600")
        for _ in range(2):
            done = cli("sync", "run", "--sweep", env=KEYS)
        assert done.code == 0, done.output
        assert "both sides are equal: nothing to do" in done.stdout
        assert titles(services) == (["logs in", "pays by bill", "pays by card"],) * 2
        assert containers(services) == (["Abroad", "Login", "Pay", "Smoke"],) * 2
