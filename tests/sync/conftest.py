"""What tests of sync share."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from ado_publisher.emulator.testrail import TestRailEmulator


@pytest.fixture
def testrail_service(exchange_log):
    """`testrail_service(seed)` starts an embedded TestRail; closed at the end. CI checks its exchanges."""
    with ExitStack() as started:
        yield lambda seed: started.enter_context(
            TestRailEmulator(seed, exchange_log=exchange_log("testrail"))
        )
