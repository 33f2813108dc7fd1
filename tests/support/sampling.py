"""Large matrices: a sample in every run, the whole of it in the slow run."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def slow_run() -> bool:
    """True when everything is wanted, however long it takes."""
    return os.environ.get("ADO_PUBLISHER_SLOW") == "1"


def seed() -> int:
    """The number this run's samples are drawn with; conftest sets and prints it."""
    return int(os.environ.get("ADO_PUBLISHER_SEED", "0"))


def sample(cases: Sequence[T], count: int) -> list[T]:
    """`count` of the cases in their own order, drawn with the run's seed; all of them in the slow run.

    Use it in `parametrize`: every worker draws the same sample.
    """
    if slow_run() or len(cases) <= count:
        return list(cases)
    chosen = sorted(random.Random(seed()).sample(range(len(cases)), count))
    return [cases[index] for index in chosen]
