"""One session with one organization: authentication, versions, retry and errors are decided here.

Retry by what may be repeated: 429 and 503 with Retry-After say that nothing was done, so any
request goes again; other 5xx and lost connections only where a second time changes nothing.
"""

from __future__ import annotations

import email.utils
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import orjson
import requests
from requests.adapters import HTTPAdapter

from ado_publisher.ado.errors import refusal
from ado_publisher.ado.fields import Json
from ado_publisher.ado.versions import CLOUD, Operation, older, versions_refused
from ado_publisher.errors import ServiceError, SettingsError, Unreachable

_CONNECT_SECONDS, _READ_SECONDS = 10.0, 100.0
_CONNECTION_LOST = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)
_SLOWEST_WAIT = 60.0


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


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: its JSON and the token of the next page, if there is one."""

    json: Json
    continuation: str = ""


class LostAnswer(Unreachable):
    """The request may have been carried out, but its answer never came; read back before going on."""


class _Token(requests.auth.AuthBase):
    # An auth object, not a header: requests would replace a header by what ~/.netrc says.
    def __init__(self, token: str) -> None:
        self._value = _authorization(token)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def _authorization(token: str) -> str:
    # Entra and System.AccessToken are JWTs; a PAT is the password of an empty user.
    if token.startswith("eyJ") and token.count(".") == 2:
        return f"Bearer {token}"
    return requests.auth._basic_auth_str("", token)


class AdoSession:
    """Requests to one organization, safe to use from several threads.

    `credential` names the variable the token came from: a refused one is told by that name.
    Raises CredentialError, ServiceError, Unreachable (LostAnswer where the request may have
    been carried out), and SettingsError for what the service does not know.
    """

    def __init__(
        self,
        organization_url: str,
        token: str,
        *,
        credential: str = "ADO_PUBLISHER_TOKEN",
        user_agent: str = "ado-publisher",
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
        connections: int = 8,
    ) -> None:
        self.base = organization_url.rstrip("/")
        self.credential = credential
        self.version = CLOUD
        self.requests = 0
        self._retry = retry or RetryPolicy()
        self._sleep = sleep
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._reached = False
        self._http = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=connections)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)
        self._http.auth = _Token(token)
        self._http.headers.update(
            {
                "Accept": "application/json",
                "User-Agent": user_agent,
                # Without it a refused token is answered with a sign-in page (azure-devops.md section 3).
                "X-TFS-FedAuthRedirect": "Suppress",
            }
        )

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def call(
        self,
        operation: Operation,
        path: Mapping[str, object],
        *,
        query: Mapping[str, object] | None = None,
        body: bytes | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send one request and give its answer.

        `path` fills the operation's template. `repeatable` says that a second time changes
        nothing; by default GET, PUT, DELETE and PATCH are, POST is not.
        """
        again = operation.method != "POST" if repeatable is None else repeatable
        while True:
            version = self.version
            try:
                return self._call(operation, path, query, body, again, version)
            except ServiceError as error:
                if not versions_refused(error):
                    raise
                self.version = older(version, str(error))

    def pages(
        self,
        operation: Operation,
        path: Mapping[str, object],
        query: Mapping[str, object] | None = None,
    ) -> Iterator[Json]:
        """Every item of a list that pages by `x-ms-continuationtoken`."""
        token, seen = "", set[str]()
        while True:
            asked = {**(query or {}), **({"continuationToken": token} if token else {})}
            answer = self.call(operation, path, query=asked)
            yield from items_of(answer, operation)
            if not answer.continuation:
                return
            if answer.continuation in seen:
                raise ServiceError(
                    f"{operation.name}: the server repeats the continuation token "
                    f"'{answer.continuation[:80]}'; stopped rather than read for ever"
                )
            token = answer.continuation
            seen.add(token)

    def _call(
        self,
        operation: Operation,
        path: Mapping[str, object],
        query: Mapping[str, object] | None,
        body: bytes | None,
        again: bool,
        version: str,
    ) -> Answer:
        filled = {name: quote(str(value), safe="") for name, value in path.items()}
        url = f"{self.base}{operation.template.format(**filled)}"
        params = {**(query or {}), "api-version": operation.version(version)}
        began = time.monotonic()
        failures = 0
        while True:
            self._wait_for_turn()
            try:
                response = self._send(operation.method, url, params, body)
            except _CONNECTION_LOST as error:
                if not again and not _never_sent(error):
                    raise LostAnswer(_no_answer(operation, self.base, error)) from error
                failures += 1
                if self._gives_up(failures, began) or isinstance(error, requests.exceptions.SSLError):
                    raise Unreachable(_no_answer(operation, self.base, error)) from error
                self._sleep(self._back_off(failures))
                continue
            except requests.RequestException as error:
                raise SettingsError(f"{self.base}: {error}") from error
            self._reached = True
            if response.status_code == 429 and time.monotonic() - began < self._retry.patience:
                self._hold(_retry_after(response) or self._back_off(failures + 1))
                continue
            failures += 1
            if self._goes_again(response, again) and not self._gives_up(failures, began):
                self._sleep(min(_retry_after(response), _SLOWEST_WAIT) or self._back_off(failures))
                continue
            return self._read(response, operation, again)

    def _gives_up(self, failures: int, began: float) -> bool:
        most = self._retry.attempts if self._reached else self._retry.first_attempts
        return failures >= most or time.monotonic() - began > self._retry.budget

    def _send(
        self, method: str, url: str, params: Mapping[str, Json], body: bytes | None
    ) -> requests.Response:
        with self._lock:
            self.requests += 1
        headers = {} if body is None else {"Content-Type": "application/json"}
        return self._http.request(
            method,
            url,
            params=params,
            data=body,
            headers=headers,
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            allow_redirects=False,
        )

    def _goes_again(self, response: requests.Response, again: bool) -> bool:
        if response.status_code == 503 and "Retry-After" in response.headers:
            return True
        return response.status_code >= 500 and again

    def _read(self, response: requests.Response, operation: Operation, again: bool) -> Answer:
        # A delayed call answers 200 with Retry-After (azure-devops.md section 3, throttling).
        if response.ok and (wait := _retry_after(response)):
            self._hold(wait)
        error = refusal(response, operation.name, self.base, self.credential)
        if error is not None:
            if response.status_code >= 500 and not again and type(error) is Unreachable:
                raise LostAnswer(str(error), status=response.status_code)
            raise error
        if response.status_code == 204 or not response.content:
            return Answer(None)
        try:
            # 503 bodies have been seen with a BOM; orjson takes none.
            parsed = orjson.loads(response.content.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            message = f"{operation.name}: HTTP {response.status_code}, but the answer is not JSON ({error})"
            raise (Unreachable if again else LostAnswer)(message) from error
        return Answer(parsed, response.headers.get("x-ms-continuationtoken", ""))

    def _wait_for_turn(self) -> None:
        wait = self._not_before - time.monotonic()
        if wait > 0:
            self._sleep(min(wait, _SLOWEST_WAIT))

    def _hold(self, seconds: float) -> None:
        """Let every thread wait: the service counts the requests of all of them together."""
        self._not_before = max(self._not_before, time.monotonic() + min(seconds, _SLOWEST_WAIT))

    def _back_off(self, failures: int) -> float:
        doubled = min(self._retry.first_wait * 2 ** (failures - 1), self._retry.longest_wait)
        # Jitter keeps parallel jobs from coming back in step; it needs no secrecy.
        return float(doubled * random.uniform(0.5, 1.0))  # noqa: S311


def items_of(answer: Answer, operation: Operation) -> list[Json]:
    """The `value` of a list answer; raises ServiceError where there is none."""
    if isinstance(answer.json, dict) and isinstance(answer.json.get("value"), list):
        return list(answer.json["value"])
    raise ServiceError(f"{operation.name}: the server's answer has no list 'value'; is the URL right?")


def _never_sent(error: requests.RequestException) -> bool:
    return isinstance(error, requests.exceptions.ConnectTimeout) or bool(
        re.search(r"NewConnectionError|NameResolutionError|Connection refused", str(error))
    )


def _no_answer(operation: Operation, base: str, error: requests.RequestException) -> str:
    cause = error.args[0] if error.args else error
    reason = getattr(cause, "reason", cause)
    text = re.sub(r"^<[^>]*>: |^.*object at 0x[0-9a-f]+>: |^\(?['\"]?", "", str(reason))[:300]
    return f"{operation.name}: no answer from {base}: {text}"


def _retry_after(response: requests.Response) -> float:
    """Seconds to wait, from a number or a date; 0 where there is none that can be read."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
