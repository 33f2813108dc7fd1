"""Requests to TestRail: its query form, both shapes of lists, budgets, maintenance, lost answers.

Vendor page: support.testrail.com, "Introduction to the TestRail API".
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import requests

from ado_publisher.sync.model import SyncAway

Json = dict[str, Any]
_TIMEOUT = (10, 60)
_TRIES = 4
# Longer than this nobody waits inside a run; the next one goes on.
_LONGEST_WAIT = 120.0
_MOST_PAGES = 100_000
_MINUTE = 60.0
# sync.md section 2.4: 180 a minute for all users of a Professional cloud, 300 for Enterprise; servers: none.
_CLOUD, _CLOUD_BUDGET = ".testrail.io", 150


class ApiRefused(Exception):
    """TestRail refused one request; the message is its own."""

    def __init__(self, told: str, status: int) -> None:
        self.status = status
        super().__init__(told)


class Budget:
    """So many requests to a host in any minute; 0 for as many as it answers.

    A host's limit counts for all who use it: what stays below leaves something for the others.
    """

    _sent: ClassVar[dict[str, deque[float]]] = {}

    def __init__(
        self,
        host: str,
        per_minute: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute = per_minute
        self._sleep = sleep
        self._clock = clock
        # One account for each host, whoever sends.
        self._recent = self._sent.setdefault(host, deque())

    def take(self) -> None:
        """Wait until one more request may be sent, and count it."""
        if not self._per_minute:
            return
        while len(self._recent) >= self._per_minute:
            left = self._recent[-self._per_minute] + _MINUTE - self._clock()
            if left <= 0:
                break
            self._sleep(left)
        now = self._clock()
        while self._recent and self._recent[0] <= now - _MINUTE:
            self._recent.popleft()
        self._recent.append(now)


class TestRailHttp:
    """A session with one TestRail. The key never stands in an error; redirects are not followed with it.

    `per_minute` is its budget of requests; without it that of TestRail's own cloud, or none.
    """

    __test__ = False

    def __init__(
        self,
        url: str,
        user: str,
        key: str,
        *,
        per_minute: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        host = urlsplit(self.url).hostname or ""
        most = (_CLOUD_BUDGET if host.endswith(_CLOUD) else 0) if per_minute is None else per_minute
        self._budget = Budget(host, most, sleep=sleep)
        self.requests = 0
        self.offset = 0.0
        self._sleep = sleep
        self._session = requests.Session()
        self._session.auth = (user, key)
        self._session.headers["Content-Type"] = "application/json"

    def get(self, name: str, *arguments: object, **query: object) -> object:
        """What a call reads. Raises ApiRefused, SyncAway."""
        return self._call("GET", name, arguments, query, None)

    def one(self, name: str, number: object) -> Json | None:
        """The row of that id; None where there is none. Raises SyncAway, also for what is refused else."""
        try:
            return row_of(self.get(name, number), name)
        except ApiRefused as error:
            # 400 means as well that it does not exist.
            if error.status in (400, 404):
                return None
            raise SyncAway(f"TestRail: {error}") from error

    def post(self, name: str, *arguments: object, body: Mapping[str, Any]) -> object:
        """What a call that writes answers. Raises ApiRefused; SyncAway also when its answer was lost."""
        return self._call("POST", name, arguments, {}, body)

    def pages(self, name: str, key: str, *arguments: object, **query: object) -> Iterator[Json]:
        """Every item of a list: of a version that answers everything, or page by page."""
        offset = 0
        for _ in range(_MOST_PAGES):
            answer = self.get(name, *arguments, **query, **({"offset": offset} if offset else {}))
            if isinstance(answer, list):
                yield from (row_of(item, name) for item in answer)
                return
            items = answer.get(key) if isinstance(answer, dict) else None
            if not isinstance(items, list):
                raise SyncAway(f"TestRail answered {name} with something that is no list")
            yield from (row_of(item, name) for item in items)
            links = answer.get("_links") if isinstance(answer, dict) else None
            # Only whether there is more: an address that somebody sends is not followed with a key.
            if not items or not (isinstance(links, dict) and links.get("next")):
                return
            offset += len(items)

    def _call(
        self,
        method: str,
        name: str,
        arguments: tuple[object, ...],
        query: Mapping[str, object],
        body: object,
    ) -> object:
        path = "/".join([name, *(quote(str(each), safe="") for each in arguments)])
        # The query begins before the method: what follows is joined by &, and no URL builder does that.
        more = "".join(f"&{each}={quote(str(value), safe='')}" for each, value in query.items())
        target = f"{self.url}/index.php?/api/v2/{path}{more}"
        for tries in range(_TRIES):
            last = tries == _TRIES - 1
            self._budget.take()
            try:
                self.requests += 1
                answer = self._session.request(
                    method, target, json=body, timeout=_TIMEOUT, allow_redirects=False
                )
            except requests.RequestException as error:
                if method != "GET" or last:
                    raise SyncAway(f"TestRail at {self.url} did not answer {name}: {_short(error)}") from None
                self._sleep(2.0**tries)
                continue
            self._learn_clock(answer)
            wait = self._wait(answer, name, repeatable=method == "GET", last=last)
            if wait is None:
                return self._read(answer, name)
            self._sleep(wait)
        raise SyncAway(f"TestRail at {self.url} does not answer {name}")

    def _wait(self, answer: requests.Response, name: str, *, repeatable: bool, last: bool) -> float | None:
        """Seconds until the same may be sent again; None when the answer is one."""
        status = answer.status_code
        if status == 409:
            raise SyncAway(f"TestRail at {self.url} is in maintenance", after=600.0)
        if status == 429:
            wait = _seconds(answer.headers.get("Retry-After", ""), 10.0)
            if wait > _LONGEST_WAIT or last:
                raise SyncAway(f"TestRail at {self.url} slows us down for {wait:.0f} s", after=wait)
            return wait
        if status >= 500:
            if not repeatable or last:
                raise SyncAway(f"TestRail at {self.url} answered {name} with HTTP {status}")
            return 2.0
        return None

    def _read(self, answer: requests.Response, name: str) -> object:
        status = answer.status_code
        if status == 401 or 300 <= status < 400:
            raise SyncAway(f"TestRail at {self.url} did not accept the user and key (HTTP {status})")
        try:
            found = answer.json()
        except ValueError:
            raise SyncAway(f"TestRail at {self.url} answered {name} with no JSON (HTTP {status})") from None
        if answer.ok:
            return found
        told = found.get("error") if isinstance(found, dict) else None
        raise ApiRefused(str(told or f"HTTP {status}")[:500], status)

    def _learn_clock(self, answer: requests.Response) -> None:
        try:
            date = parsedate_to_datetime(answer.headers.get("Date", ""))
        except ValueError:
            return
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        self.offset = date.timestamp() - time.time()


def row_of(answer: object, name: str) -> Json:
    """What TestRail answered, as the row of a table that it must be. Raises SyncAway."""
    if not isinstance(answer, dict) or type(answer.get("id")) is not int:
        raise SyncAway(f"TestRail answered {name} with something that has no id")
    return answer


def _seconds(text: str, default: float) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else default


def _short(error: Exception) -> str:
    return type(error).__name__
