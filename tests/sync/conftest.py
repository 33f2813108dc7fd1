"""What tests of sync share."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest
import yaml

from ado_publisher.emulator.testrail import TestRailEmulator

from .test_ado_testrail import ADO
from .test_testrail import SEED as TESTRAIL

KEYS = {"ADO_PUBLISHER_TOKEN": "demo-pat", "TESTRAIL_USER": "user@example.com", "TESTRAIL_KEY": "demo-key"}


@pytest.fixture
def testrail_service(exchange_log):
    """`testrail_service(seed)` starts an embedded TestRail; closed at the end. CI checks its exchanges."""
    with ExitStack() as started:
        yield lambda seed: started.enter_context(
            TestRailEmulator(seed, exchange_log=exchange_log("testrail"))
        )


@pytest.fixture
def services(emulator, testrail_service):
    """Azure DevOps and TestRail."""
    testrail = testrail_service(TESTRAIL)
    return emulator(ADO), testrail


@pytest.fixture
def sync(cli, services, tmp_path):
    """`sync("run")` types it beside a config of both services."""
    ado, testrail = services

    def write(**more):
        config = {
            "version": 1,
            "azure_devops": {"organization_url": ado.url, "project": "Shop", "plan": 10},
            "testrail": {"url": testrail.url, "project": 1},
            **more,
        }
        (tmp_path / "ado-publisher-sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")

    def run(*arguments, env=None):
        return cli("sync", *arguments, env=KEYS if env is None else env)

    write()
    run.write = write
    return run


@pytest.fixture
def passes(monkeypatch):
    """`passes(seconds)`: so much time passes, for both services and for the sync."""
    shift, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + shift[0])

    def passes(seconds):
        shift[0] += seconds

    return passes
