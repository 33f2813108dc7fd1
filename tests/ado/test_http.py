"""What may be repeated is, what may not is not, and a refused token is told by its variable."""

import threading
import time

import pytest
import requests
import requests_mock as rm

from ado_publisher.ado.http import AdoSession, LostAnswer, RetryPolicy
from ado_publisher.ado.versions import Operation
from ado_publisher.errors import CredentialError, ServiceError, SettingsError, Unreachable

BASE = "https://ado.example/demo"
READ = Operation("read", "GET", "/{project}/_apis/x", {"6.0": "preview.2"})
WRITE = Operation("write", "POST", "/{project}/_apis/x")
CHANGE = Operation("change", "PATCH", "/{project}/_apis/x")
PATH = {"project": "Shop"}


@pytest.fixture
def waits():
    return []


@pytest.fixture
def session(waits):
    return AdoSession(BASE, "secret-pat", sleep=waits.append, retry=RetryPolicy(attempts=3, first_attempts=3))


@pytest.fixture
def service():
    with rm.Mocker() as mocker:
        yield mocker


def answers(service, *responses):
    service.register_uri(rm.ANY, rm.ANY, list(responses))


OK = {"json": {"value": []}}


@pytest.mark.parametrize("operation", [READ, WRITE, CHANGE])
def test_429_is_sent_again_after_retry_after_whatever_the_method(session, service, waits, operation):
    answers(service, {"status_code": 429, "headers": {"Retry-After": "7"}}, OK)
    assert session.call(operation, PATH, body=b"[]").json == {"value": []}
    assert waits == [pytest.approx(7.0, abs=0.5)]
    assert session.requests == 2


@pytest.mark.parametrize("operation", [READ, WRITE, CHANGE])
def test_503_with_retry_after_is_sent_again_whatever_the_method(session, service, operation):
    answers(service, {"status_code": 503, "headers": {"Retry-After": "0.1"}}, OK)
    session.call(operation, PATH)
    assert session.requests == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_is_not_repeated_after_a_5xx(session, service, status):
    answers(service, {"status_code": status}, OK)
    with pytest.raises(LostAnswer):
        session.call(WRITE, PATH)
    assert session.requests == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_get_and_a_patch_by_id_are_repeated_after_a_5xx(session, service, status):
    answers(service, {"status_code": status}, OK, {"status_code": status}, OK)
    session.call(READ, PATH)
    session.call(CHANGE, PATH)
    assert session.requests == 4


@pytest.mark.parametrize("error", [requests.ReadTimeout("slow"), requests.ConnectionError("reset by peer")])
def test_a_lost_answer_is_told_apart_where_a_repeat_would_append(session, service, error):
    answers(service, {"exc": error}, OK)
    with pytest.raises(LostAnswer, match="no answer from"):
        session.call(CHANGE, PATH, repeatable=False)


def test_a_server_that_stays_away_is_unreachable_after_the_last_try(session, service, waits):
    answers(service, {"exc": requests.ConnectionError("reset by peer")})
    with pytest.raises(Unreachable, match="reset by peer"):
        session.call(READ, PATH)
    assert session.requests == 3
    assert len(waits) == 2
    assert waits[1] > waits[0] / 2


def test_a_post_that_never_left_is_sent_again(session, service):
    answers(service, {"exc": requests.ConnectTimeout("connect")}, OK)
    session.call(WRITE, PATH)
    assert session.requests == 2


def test_retry_after_on_a_success_delays_the_next_request(session, service, waits):
    answers(service, {**OK, "headers": {"Retry-After": "5"}}, OK)
    session.call(READ, PATH)
    assert waits == []
    session.call(READ, PATH)
    assert 4 < waits[0] <= 5.5


@pytest.mark.parametrize("value", ["soon", "-1", "", "99999999999999999999", "Wed, 99 Nov"])
def test_an_odd_retry_after_is_no_reason_to_fail(session, service, value):
    answers(service, {"status_code": 429, "headers": {"Retry-After": value}}, OK)
    assert session.call(READ, PATH).json == {"value": []}
    assert session.requests == 2


REFUSED = [
    {"status_code": 203, "text": "<html>Sign In</html>", "headers": {"Content-Type": "text/html"}},
    {"status_code": 302, "headers": {"Location": "https://login.example/"}},
    {"status_code": 401, "json": {"message": "TF400813: not authorized"}},
    {"status_code": 401, "text": ""},
    {"status_code": 200, "text": "<html>Sign In</html>", "headers": {"Content-Type": "text/html"}},
]


@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("operation", [READ, WRITE, CHANGE])
def test_a_refused_token_is_told_by_its_variable_and_never_shown(session, service, refused, operation):
    answers(service, refused)
    with pytest.raises(CredentialError, match="ADO_PUBLISHER_TOKEN") as told:
        session.call(operation, PATH)
    assert "secret-pat" not in str(told.value)
    assert session.requests == 1


def test_a_redirect_is_never_followed_with_the_token(session, service):
    answers(service, {"status_code": 307, "headers": {"Location": "https://elsewhere.example/"}}, OK)
    with pytest.raises(CredentialError):
        session.call(READ, PATH)
    assert len(service.request_history) == 1


def test_netrc_does_not_replace_the_token(service, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine ado.example login me password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    answers(service, OK)
    AdoSession(BASE, "secret-pat").call(READ, PATH)
    assert service.last_request.headers["Authorization"] == "Basic OnNlY3JldC1wYXQ="


def test_a_jwt_is_sent_as_bearer(service):
    answers(service, OK)
    AdoSession(BASE, "eyJhbGciOi.e30.sig").call(READ, PATH)
    assert service.last_request.headers["Authorization"] == "Bearer eyJhbGciOi.e30.sig"


def test_a_service_error_carries_the_services_words_and_its_type_key(session, service):
    answers(service, {"status_code": 400, "json": {"message": "Build 9 cannot be found.", "typeKey": "X"}})
    with pytest.raises(ServiceError, match=r"write: HTTP 400: Build 9 cannot be found\.") as told:
        session.call(WRITE, PATH)
    assert (told.value.status, told.value.type_key) == (400, "X")


def test_an_unknown_project_is_a_setting(session, service):
    body = {"message": "TF200016: no project Shop", "typeKey": "ProjectDoesNotExistWithNameException"}
    answers(service, {"status_code": 404, "json": body})
    with pytest.raises(SettingsError, match=r"TF200016.*--project"):
        session.call(READ, PATH)


def test_a_body_with_a_bom_is_read(session, service):
    answers(service, {"content": b'\xef\xbb\xbf{"value":[1]}'})
    assert session.call(READ, PATH).json == {"value": [1]}


@pytest.mark.parametrize("content", [b"[]", b"null", b'"x"', b"{}", b'{"value":5}'])
def test_a_list_without_a_value_is_an_error_not_an_empty_list(session, service, content):
    answers(service, {"content": content})
    with pytest.raises(ServiceError):
        list(session.pages(READ, PATH))


def test_pages_are_read_until_there_is_no_token(session, service):
    answers(
        service,
        {"json": {"value": [1]}, "headers": {"x-ms-continuationtoken": "2;1"}},
        {"json": {"value": [2]}},
    )
    assert list(session.pages(READ, PATH, {"isRecursive": "true"})) == [1, 2]
    assert service.last_request.qs["continuationtoken"] == ["2;1"]


def test_a_token_that_comes_back_ends_the_reading_with_an_error(session, service):
    answers(service, {"json": {"value": [1]}, "headers": {"x-ms-continuationtoken": "1"}})
    with pytest.raises(ServiceError, match="repeats the continuation token"):
        list(session.pages(READ, PATH))


RANGE = (
    "The requested REST API version of 7.1 is out of range for this server. "
    "The latest REST API version this server supports is {}."
)


@pytest.mark.parametrize(
    ("latest", "sent"), [("7.0", "7.0"), ("6.0", "6.0-preview.2"), ("6.1", "6.0-preview.2")]
)
def test_an_older_server_is_asked_in_its_own_version_from_then_on(session, service, latest, sent):
    body = {"message": RANGE.format(latest), "typeKey": "VssVersionOutOfRangeException"}
    answers(service, {"status_code": 400, "json": body}, OK, OK)
    session.call(READ, PATH)
    session.call(READ, PATH)
    versions = [request.qs["api-version"] for request in service.request_history]
    assert versions == [["7.1"], [sent], [sent]]


def test_a_version_in_preview_on_the_server_steps_down(session, service):
    body = {
        "message": 'The requested version "7.1" is under preview',
        "typeKey": "VssInvalidPreviewVersionException",
    }
    answers(service, {"status_code": 400, "json": body}, OK)
    session.call(READ, PATH)
    assert service.last_request.qs["api-version"] == ["7.0"]


def test_a_server_older_than_2020_is_refused_with_its_version(session, service):
    body = {"message": RANGE.format("5.1"), "typeKey": "VssVersionOutOfRangeException"}
    answers(service, {"status_code": 400, "json": body})
    with pytest.raises(SettingsError, match="Server 2020"):
        session.call(READ, PATH)


def test_names_are_quoted_in_the_path(session, service):
    answers(service, OK)
    session.call(READ, {"project": "A/B & ü"})
    assert service.last_request.path_url.startswith("/demo/A%2FB%20%26%20%C3%BC/_apis/x")


def test_a_retry_after_is_waited_for_in_full_and_given_up_beyond_the_patience(session, service, waits):
    answers(service, {"status_code": 429, "headers": {"Retry-After": "240"}}, OK)
    session.call(READ, PATH)
    assert waits == [pytest.approx(240.3, abs=0.5)]
    answers(service, {"status_code": 429, "headers": {"Retry-After": "86400"}})
    with pytest.raises(Unreachable, match="429"):
        session.call(WRITE, PATH)
    assert max(waits) < 250


def test_a_retry_after_that_is_a_date_is_read_by_the_servers_own_clock(session, service, waits):
    headers = {"Date": "Thu, 01 Jan 2009 00:00:00 GMT", "Retry-After": "Thu, 01 Jan 2009 00:00:08 GMT"}
    answers(service, {"status_code": 429, "headers": headers}, OK)
    session.call(READ, PATH)
    assert waits == [pytest.approx(8.2, abs=0.4)]


def test_throttling_without_retry_after_backs_off_further_each_time(session, service, waits):
    answers(service, *[{"status_code": 429}] * 6, OK)
    session.call(WRITE, PATH)
    assert len(waits) == 6
    assert waits[5] > 2 * waits[0]
    assert sum(waits) > 10


def test_a_wait_that_breaks_the_budget_is_not_begun(service, waits):
    session = AdoSession(BASE, "t", sleep=waits.append, retry=RetryPolicy(budget=5))
    answers(service, {"status_code": 503, "headers": {"Retry-After": "30"}})
    with pytest.raises(Unreachable, match="503"):
        session.call(READ, PATH)
    assert (waits, session.requests) == ([], 1)


LIMITS = {
    "X-RateLimit-Resource": "AzureDevOpsTestManagement",
    "X-RateLimit-Limit": "200",
    "X-RateLimit-Remaining": "0",
}


@pytest.mark.parametrize(
    "slowed",
    [
        {"status_code": 429, "headers": {**LIMITS, "Retry-After": "30"}},
        {"json": {}, "headers": {**LIMITS, "Retry-After": "30"}},
        {"json": {}, "headers": {**LIMITS, "X-RateLimit-Delay": "0.8"}},
    ],
)
def test_a_person_is_told_once_that_the_service_slows_us_down(service, waits, slowed):
    told = []
    session = AdoSession(BASE, "t", sleep=waits.append, note=told.append)
    answers(service, slowed, OK, slowed, OK)
    for _ in range(4):
        session.call(READ, PATH)
    (line,) = told
    assert line.startswith("Azure DevOps slows us down: HTTP ")
    assert "resource AzureDevOpsTestManagement" in line
    assert "limit 200, remaining 0" in line


def test_408_is_lost_for_a_post_and_repeated_for_a_get(session, service):
    answers(service, {"status_code": 408}, OK)
    session.call(READ, PATH)
    answers(service, {"status_code": 408}, OK)
    with pytest.raises(LostAnswer):
        session.call(WRITE, PATH)


def test_somebody_who_wants_to_stop_does_not_wait_for_the_retries(service):
    session = AdoSession(BASE, "t", retry=RetryPolicy(first_wait=60, longest_wait=60))
    answers(service, {"status_code": 503})
    began = time.monotonic()
    threading.Timer(0.2, session.hurry).start()
    with pytest.raises(Unreachable):
        session.call(READ, PATH)
    assert time.monotonic() - began < 5
