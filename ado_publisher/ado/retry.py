"""When a request goes again and how long all of them wait: retry and throttling, decided in one place.

429 and 503 with Retry-After say that nothing was done, so any request goes again; other 5xx, 408
and lost connections only where a second time changes nothing. Times are in seconds.
"""

from __future__ import annotations

import email.utils
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import requests

# A delayed call answers 200 with Retry-After; the service counts over five minutes (azure-devops.md 3).
_LONGEST_DELAY = 300.0
_AFTER_A_STOP = 5.0
_LIMITS = ("Resource", "Delay", "Limit", "Remaining", "Reset")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long (in seconds) a request is tried; waits double from `first_wait`, with jitter.

    A server that has never answered is given up after `first_attempts`: its address is probably
    wrong. Being throttled is no failure, and has a patience of its own.
    """

    attempts: int = 10
    first_attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0
    budget: float = 300.0
    patience: float = 3600.0

    def back_off(self, failures: int) -> float:
        """How long to wait after so many failures."""
        doubled = min(self.first_wait * 2 ** min(failures - 1, 20), self.longest_wait)
        # Jitter keeps parallel jobs from coming back in step; it needs no secrecy.
        return float(doubled * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret


class Pace:
    """When the next request may go: shared by all threads, because the service counts them together."""

    def __init__(self, sleep: Callable[[float], None] | None, note: Callable[[str], None]) -> None:
        self._sleep = sleep or self._wait
        self._note = note
        self._lock = threading.Lock()
        self._hurried = threading.Event()
        self._not_before = 0.0
        self._last_moment = float("inf")
        self._told = False

    def pause(self, seconds: float) -> None:
        """Wait so long; less when somebody wants to stop."""
        self._sleep(seconds)

    def wait_for_turn(self) -> None:
        """Wait as long as the service has asked for, also when it asks for more meanwhile."""
        until = 0.0
        while self._not_before > max(until, time.monotonic()):
            until = self._not_before
            wait = until - time.monotonic()
            # All threads wake at the same moment; they shall not come back as one burst.
            self._sleep(wait + random.uniform(0, min(0.5, wait / 20)))  # noqa: S311 - jitter, no secret

    def hold(self, seconds: float) -> None:
        """Let every thread wait so long before its next request."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def heed(self, response: requests.Response) -> None:
        """Do as an answer that was served says about the pace, and tell a person once."""
        wait = min(retry_after(response), _LONGEST_DELAY)
        if wait:
            self.hold(wait)
        if wait or response.headers.get("X-RateLimit-Delay", "").strip() not in ("", "0"):
            self.tell(response, wait)

    def tell(self, response: requests.Response, wait: float) -> None:
        """Tell once that the service slows us down, with what it says about its limits."""
        with self._lock:
            if self._told:
                return
            self._told = True
        limits = [
            f"{name.lower()} {value[:100]}"
            for name in _LIMITS
            if (value := response.headers.get(f"X-RateLimit-{name}", "").strip())
        ]
        self._note(
            f"Azure DevOps slows us down: HTTP {response.status_code}, it asks to wait {wait:.0f} s"
            + (f" (X-RateLimit: {', '.join(limits)})" if limits else "")
            + ". Nothing is lost by it; it takes longer."
        )

    def hurry(self) -> None:
        """Somebody wants to stop: waits end now, and no request is tried for more than a few seconds."""
        self._last_moment = time.monotonic() + _AFTER_A_STOP
        self._not_before = 0.0
        self._hurried.set()

    def too_late(self, wait: float) -> bool:
        """Whether a request that waits so long would come after the last moment."""
        return time.monotonic() + wait > self._last_moment

    def _wait(self, seconds: float) -> None:
        if self._hurried.is_set():
            time.sleep(min(seconds, _AFTER_A_STOP))
        else:
            self._hurried.wait(seconds)


def retry_after(response: requests.Response) -> float:
    """Seconds to wait, from a number or a date; 0 where there is none that can be read."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    moment = _moment(value)
    if moment is None:
        return 0.0
    # By the server's own clock where it shows it: ours may be wrong.
    return max(0.0, moment - (_moment(response.headers.get("Date", "")) or time.time()))


def _moment(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
