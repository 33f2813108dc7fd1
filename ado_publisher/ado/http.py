"""One session with one organization: authentication, versions, retry and errors are decided here."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import orjson
import requests
from requests.adapters import HTTPAdapter

from ado_publisher.ado.errors import refusal
from ado_publisher.ado.fields import Json
from ado_publisher.ado.network import Network, hopeless, never_sent, no_answer, timed_out
from ado_publisher.ado.retry import Pace, RetryPolicy, retry_after
from ado_publisher.ado.versions import CLOUD, Operation, older, versions_refused
from ado_publisher.errors import ServiceError, SettingsError, Unreachable

__all__ = ["AdoSession", "Answer", "LostAnswer", "Network", "RetryPolicy", "items_of"]

# As many requests as are under way at once; the writers of `publish` keep to it.
CONNECTIONS = 16
_CONNECTION_LOST = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)
_LOOKS, _LOOKS_AFTER_A_TIMEOUT = (0.0, 1.0), (0.0, 1.0, 4.0, 15.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: its JSON and the token of the next page, if there is one."""

    json: Json
    continuation: str = ""


class LostAnswer(Unreachable):
    """The request may have been carried out, but its answer never came; read back before going on.

    `slow` says that the server was still at it when the answer was given up.
    """

    def __init__(self, message: str, *, status: int = 0, slow: bool = False) -> None:
        self.slow = slow
        super().__init__(message, status=status)


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
    `note` is told once when the service slows us down.
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
        network: Network | None = None,
        note: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.base = organization_url.rstrip("/")
        self.credential = credential
        self.version = CLOUD
        self.requests = 0
        self.clock_offset = 0.0
        self.sent: Counter[str] = Counter()
        self._retry = retry or RetryPolicy()
        self._network = network or Network()
        self._pace = Pace(sleep, note)
        self._lock = threading.Lock()
        self._reached = False
        self._http = requests.Session()
        # What the environment says about the network is read by the command line alone.
        self._http.trust_env = False
        self._http.verify = self._network.ca_bundle or True
        if self._network.proxy:
            self._http.proxies = {"http": self._network.proxy, "https": self._network.proxy}
        adapter = HTTPAdapter(pool_maxsize=CONNECTIONS)
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

    def hurry(self) -> None:
        """Somebody wants to stop: waits end now, and failing requests are given up soon."""
        self._pace.hurry()

    def looks(self, slow: bool) -> Iterator[None]:
        """The moments to look whether a request without an answer was carried out after all.

        A server that was given up while it worked (`slow`) gets some seconds to end it.
        """
        waits = _LOOKS_AFTER_A_TIMEOUT if slow else _LOOKS
        share = min(1.0, self._retry.budget / sum(_LOOKS_AFTER_A_TIMEOUT))
        for wait in waits:
            if wait:
                self._pace.pause(wait * share)
            yield

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
        failures = throttled = 0
        while True:
            self._pace.wait_for_turn()
            try:
                response = self._send(operation, url, params, body)
            except _CONNECTION_LOST as error:
                told = no_answer(operation.name, self.base, self._network, error)
                if not again and not never_sent(error):
                    raise LostAnswer(told, slow=timed_out(error)) from error
                failures += 1
                wait = self._retry.back_off(failures)
                if hopeless(error) or self._gives_up(failures, began, wait):
                    raise Unreachable(told) from error
                self._pace.pause(wait)
                continue
            except requests.RequestException as error:
                raise SettingsError(f"{self.base}: {self._network.without_secrets(str(error))}") from error
            self._reached = True
            if response.status_code == 429:
                throttled += 1
                wait = retry_after(response) or self._retry.back_off(throttled)
                if time.monotonic() - began + wait <= self._retry.patience and not self._pace.too_late(wait):
                    self._pace.tell(response, wait)
                    self._pace.hold(wait)
                    continue
            elif _goes_again(response, again):
                failures += 1
                wait = retry_after(response) or self._retry.back_off(failures)
                if not self._gives_up(failures, began, wait):
                    self._pace.pause(wait)
                    continue
            return self._read(response, operation, again)

    def _gives_up(self, failures: int, began: float, wait: float) -> bool:
        most = self._retry.attempts if self._reached else self._retry.first_attempts
        too_long = time.monotonic() - began + wait > self._retry.budget
        return failures >= most or too_long or self._pace.too_late(wait)

    def _send(
        self, operation: Operation, url: str, params: Mapping[str, Json], body: bytes | None
    ) -> requests.Response:
        with self._lock:
            self.requests += 1
            self.sent[operation.name] += 1
        headers = {} if body is None else {"Content-Type": operation.content_type}
        return self._http.request(
            operation.method,
            url,
            params=params,
            data=body,
            headers=headers,
            timeout=(self._network.connect, self._network.read),
            allow_redirects=False,
        )

    def _read(self, response: requests.Response, operation: Operation, again: bool) -> Answer:
        if response.ok:
            self._pace.heed(response)
            self.clock_offset = _clock_offset(response, self.clock_offset)
        error = refusal(response, operation.name, self.base, self.credential)
        if error is not None:
            if _may_be_done(response) and not again and type(error) is Unreachable:
                slow = response.status_code == 504
                raise LostAnswer(str(error), status=response.status_code, slow=slow)
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


def _clock_offset(response: requests.Response, known: float) -> float:
    """How far the service's clock is ahead of ours, in seconds, as its Date tells."""
    try:
        date = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return known
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - time.time()


def items_of(answer: Answer, operation: Operation) -> list[Json]:
    """The `value` of a list answer; raises ServiceError where there is none."""
    if isinstance(answer.json, dict) and isinstance(answer.json.get("value"), list):
        return list(answer.json["value"])
    raise ServiceError(f"{operation.name}: the server's answer has no list 'value'; is the URL right?")


def _goes_again(response: requests.Response, again: bool) -> bool:
    if response.status_code == 503 and "Retry-After" in response.headers:
        return True
    return _may_be_done(response) and again


def _may_be_done(response: requests.Response) -> bool:
    return response.status_code >= 500 or response.status_code == 408
