"""A running emulator with a signed-in session, as the tests of this folder use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from support.emulator_seed import small_seed
from support.emulator_service import Service

from ado_publisher.emulator import Emulator


@pytest.fixture
def start() -> Iterator[Callable[..., Service]]:
    """`start(seed, **options)` serves a seed, the small one when none is given."""
    with ExitStack() as stack:

        def serve(seed: dict[str, Any] | None = None, **options: Any) -> Service:
            seed = None if "seed_file" in options else seed or small_seed()
            emulator = stack.enter_context(Emulator(seed, **options))
            return Service(emulator, stack.enter_context(requests.Session()))

        yield serve


@pytest.fixture
def service(start: Callable[..., Service]) -> Service:
    """The small seed, served."""
    return start()
