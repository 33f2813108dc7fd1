"""Which of two statements about a test stands: the one that was made last; where that is in doubt, the one
that does not say passed. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

# Two services' clocks, each known to about a second by its answers, and TestRail's times in whole seconds.
CLOCKS = 5.0


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody said of a test, and the earliest and the latest moment at which that may have been, in
    seconds since 1970 by our own clock.
    """

    passed: bool
    earliest: float
    latest: float


def stands(shown: Statement, coming: Statement) -> bool:
    """What is shown stands although the other comes to be told now."""
    if shown.passed or not coming.passed:
        return shown.earliest > coming.latest + CLOCKS
    return shown.latest >= coming.earliest - CLOCKS
