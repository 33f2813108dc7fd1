"""The HTTP front: sign-in, versions, routes, paging, faults, log, control calls."""

import base64
import json
import sqlite3
import threading
import time

import pytest
import requests
from support.emulator_seed import small_seed

from ado_publisher.emulator import Emulator, FaultError

SUPPRESS = {"X-TFS-FedAuthRedirect": "Suppress"}


def test_a_refused_credential_is_answered_in_the_three_ways_that_were_observed(service):
    wrong = {"auth": ("u", "wrong")}
    page = service.call("GET", "test/runs", **wrong)
    assert (page.status_code, page.headers["content-type"]) == (203, "text/html; charset=utf-8")
    assert "Sign In" in page.text
    assert service.call("POST", "test/runs", {"name": "x"}, **wrong).status_code == 203
    patched = service.call("PATCH", "test/runs/1", {}, **wrong)
    assert (patched.status_code, patched.json()["typeKey"]) == (401, "UnauthorizedRequestException")
    empty = service.call("GET", "test/runs", headers=SUPPRESS, **wrong)
    assert (empty.status_code, empty.content) == (401, b"")
    assert empty.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert "X-VSS-UserData" not in empty.headers
    assert service.emulator.state()["runs"] == []


def test_basic_with_any_user_and_bearer_are_both_taken(service):
    token = base64.b64encode(b":demo-pat").decode()
    for value in (f"Basic {token}", f"basic {token}", "Bearer demo-pat"):
        answer = requests.get(
            f"{service.emulator.url}/_apis/projects", headers={"Authorization": value}, timeout=9
        )
        assert answer.status_code == 200
    for value in ("Bearer x", "Basic demo-pat", "Basic ////", "Digest demo-pat", ""):
        answer = requests.get(
            f"{service.emulator.url}/_apis/projects", headers={"Authorization": value}, timeout=9
        )
        assert answer.status_code == 203


@pytest.mark.parametrize(
    ("server", "version", "path", "key"),
    [
        ("cloud", "7.1", "testplan/plans", None),
        ("cloud", "6.0", "testplan/plans", None),
        ("cloud", "5.0-preview.1", "testplan/plans", None),
        ("cloud", "7.2-preview.1", "testplan/plans", None),
        ("cloud", "7.2", "testplan/plans", "VssInvalidPreviewVersionException"),
        ("cloud", "7.3", "testplan/plans", "VssVersionOutOfRangeException"),
        ("cloud", "7.1-preview.9", "testplan/plans", "VssVersionOutOfRangeException"),
        ("cloud", "seven", "testplan/plans", "VssInvalidApiResourceVersionException"),
        ("cloud", "7.1", "test/plans", "VssVersionOutOfRangeException"),
        ("cloud", "5.0", "test/plans", None),
        ("server2022", "7.0", "testplan/plans", None),
        ("server2022", "7.1", "testplan/plans", "VssVersionOutOfRangeException"),
        ("server2020", "6.0", "test/runs", None),
        ("server2020", "6.0", "testplan/plans", "VssInvalidPreviewVersionException"),
        ("server2020", "6.0-preview.1", "testplan/plans", None),
        ("server2020", "6.0-preview", "testplan/plans", None),
        ("server2020", "7.0", "test/runs", "VssVersionOutOfRangeException"),
    ],
)
def test_a_version_is_served_by_what_the_resource_has_released(start, server, version, path, key):
    service = start(small_seed(server=server))
    in_query = service.call("GET", path, version=version)
    accept = {"Accept": f"application/json;api-version={version}"}
    in_accept = service.call("GET", path, version=None, headers=accept)
    for answer in (in_query, in_accept):
        assert answer.status_code == (400 if key else 200)
        assert answer.json().get("typeKey") == key
        if not key:
            assert answer.headers["content-type"] == f"application/json; charset=utf-8; api-version={version}"


def test_only_a_get_may_leave_its_version_out(service):
    assert service.call("GET", "test/runs", version=None).status_code == 200
    answer = service.call("POST", "test/runs", {"name": "x"}, version=None)
    assert answer.json()["typeKey"] == "VssVersionNotSpecifiedException"


def test_paths_are_matched_without_case_and_projects_by_name_or_id(service):
    number = service.get("/_apis/projects/shop")["id"]
    for project in ("SHOP", number, number.upper()):
        service.project = project
        assert service.get("TESTPLAN/pLans/10")["name"] == "Release 1"
    for path in ("test/runs", "/Nowhere/_apis/projects"):
        service.project = "Nowhere"
        answer = service.call("GET", path)
        assert (answer.status_code, answer.json()["typeKey"]) == (404, "ProjectDoesNotExistWithNameException")


@pytest.mark.parametrize("path", ["git/repositories", "test/runs/0x1", "test/runs/99999999999"])
def test_an_unknown_route_says_not_emulated_as_plain_text(service, path):
    answer = service.call("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert "not emulated" in answer.text


def test_another_organization_is_not_here(service):
    answer = requests.get(f"{service.emulator.root_url}/acme/_apis/projects", timeout=9)
    assert (answer.status_code, "organization here is 'demo'" in answer.text) == (404, True)


def test_a_method_the_path_does_not_have_is_405(service):
    answer = service.call("PUT", "test/runs", {})
    assert (answer.status_code, list(answer.json()["value"])) == (405, ["Message"])


def test_official_clients_find_what_they_ask_before_their_first_call(start):
    service = start()
    every = service.session.options(f"{service.emulator.url}/_apis", auth=("", "demo-pat")).json()
    assert every["count"] == len(every["value"])
    runs = next(item for item in every["value"] if item["id"] == "cadb3810-d47d-4a3c-a234-fe5f3be50138")
    assert (runs["maxVersion"], runs["releasedVersion"], runs["resourceVersion"]) == ("7.2", "7.1", 3)
    plans = service.session.options(f"{service.emulator.url}/_apis/TESTPLAN", auth=("", "demo-pat")).json()
    assert {item["area"] for item in plans["value"]} == {"testplan"}
    areas = service.call("GET", "/_apis/ResourceAreas", version="7.1-preview.1").json()
    assert all(item["locationUrl"] == f"{service.emulator.url}/" for item in areas["value"])
    assert (
        service.call("GET", "/_apis/connectionData").json()["typeKey"] == "VssInvalidPreviewVersionException"
    )
    server = start(small_seed(server="server2020"))
    assert server.call("GET", "/_apis/ResourceAreas", version="6.0-preview.1").json() == {
        "count": 0,
        "value": None,
    }


def test_lists_come_in_pages_of_200_and_the_last_page_has_no_token(start):
    cases = [{"title": f"case {number}"} for number in range(400)]
    service = start({"projects": [{"name": "Shop", "plans": [{"id": 1, "name": "P", "cases": cases}]}]})
    for path, key in (("TestPoint", "id"), ("TestCase", "workItem")):
        found, token, sizes = [], None, []
        while True:
            params = {"continuationToken": token} if token else {}
            answer = service.call("GET", f"testplan/Plans/1/Suites/2/{path}", params=params)
            found += [json.dumps(item[key]) for item in answer.json()["value"]]
            sizes.append(answer.json()["count"])
            token = answer.headers.get("x-ms-continuationtoken")
            if token is None:
                break
        assert (sizes, len(set(found))) == ([200, 200], 400)
    small = service.call(
        "GET", "testplan/Plans/1/Suites/2/TestPoint", params={"continuationToken": "-2147483648;25"}
    )
    assert (small.json()["count"], small.headers["x-ms-continuationtoken"]) == (25, "25;25")


def test_suites_below_are_only_taken_when_asked_for(service):
    path = "testplan/Plans/10/Suites/12/TestPoint"
    assert {item["testSuite"]["id"] for item in service.get(path)["value"]} == {12}
    assert {item["testSuite"]["id"] for item in service.get(path, isRecursive="true")["value"]} == {12, 14}
    root = service.get("testplan/Plans/10/Suites/11/TestPoint", isRecursive="true", testCaseId=101)["value"]
    assert {item["testSuite"]["id"] for item in root} == {12, 13}
    plain = service.get(path, includePointDetails="false")["value"][0]
    assert "results" not in plain


def test_builds_are_found_by_exact_number_or_prefix(service):
    numbers = lambda **query: [item["buildNumber"] for item in service.get("build/builds", **query)["value"]]  # noqa: E731
    assert numbers(buildNumber="20261122.1") == ["20261122.1"]
    assert numbers(buildNumber="20261122") == []
    assert numbers(buildNumber="20261122*") == ["20261122.1", "20261122.2"]
    assert numbers(statusFilter="inProgress") == ["20261122.2"]
    assert numbers(definitions="3") == ["20261122.1"]
    assert numbers(buildIds="42,90") == ["20261122.2"]
    assert service.call("GET", "build/builds/90").status_code == 404


def test_a_body_that_is_not_json_is_400(service):
    url = f"{service.emulator.url}/Shop/_apis/test/runs?api-version=7.1"
    for body in (b"{", b'{"name": "\xff"}', b"[1]", b'{"a": 1e999}', b"\xef\xbb\xbf{}"):
        assert requests.post(url, data=body, auth=("", "demo-pat"), timeout=9).status_code == 400


def test_faults_answer_in_place_of_the_service_and_skip_and_times_count(service):
    rule = {
        "method": "patch",
        "path": "test/RUNS",
        "skip": 1,
        "times": 2,
        "status": 503,
        "headers": {"Retry-After": "7"},
        "body": "busy",
    }
    service.emulator.faults([rule])
    run = service.planned_run(1)
    codes = [service.call("PATCH", f"test/runs/{run}", {"comment": "c"}).status_code for _ in range(4)]
    assert codes == [200, 503, 503, 200]
    service.emulator.faults([{**rule, "skip": 0, "times": 0}])
    answers = [service.call("PATCH", f"test/runs/{run}", {}) for _ in range(3)]
    assert {(a.status_code, a.text, a.headers["Retry-After"]) for a in answers} == {(503, "busy", "7")}


def test_a_fault_without_status_adds_headers_to_what_is_served(service):
    service.emulator.faults([{"headers": {"Retry-After": "1", "X-RateLimit-Remaining": "0"}}])
    answer = service.call("GET", "test/runs")
    assert (answer.json()["count"], answer.headers["Retry-After"]) == (0, "1")


def test_a_dropped_request_is_carried_out_only_when_dropped_after(service):
    for drop, stored in (("before", 0), ("after", 1)):
        service.emulator.faults([{"method": "POST", "drop": drop}])
        with pytest.raises(requests.ConnectionError):
            service.call("POST", "test/runs", {"name": drop})
        assert service.get("test/runs")["count"] == stored


def test_a_truncated_answer_ends_early_though_the_write_is_done(service):
    service.emulator.faults([{"method": "POST", "truncate": 20}])
    with pytest.raises(requests.RequestException):
        service.call("POST", "test/runs", {"name": "x"})
    assert service.get("test/runs")["count"] == 1


def test_a_delay_holds_up_no_other_request(service):
    service.emulator.faults([{"path": "projects", "delay_ms": 1500}])
    slow = threading.Thread(target=service.call, args=("GET", "/_apis/projects"))
    began = time.monotonic()
    slow.start()
    time.sleep(0.05)
    requests.get(f"{service.emulator.url}/Shop/_apis/test/runs", auth=("", "demo-pat"), timeout=9)
    assert time.monotonic() - began < 1.2
    slow.join()
    assert time.monotonic() - began >= 1.5


def test_wrong_fault_rules_are_all_named_and_change_nothing(service):
    with pytest.raises(FaultError, match=r"rules\[0\].pth: unknown key.*rules\[1\].drop"):
        service.emulator.faults([{"pth": "x"}, {"drop": "never"}])
    control = f"{service.emulator.root_url}/_emulator/faults"
    answer = requests.post(control, json={"rules": [{"path": "("}]}, timeout=9)
    assert (answer.status_code, len(answer.json()["problems"])) == (400, 1)
    assert requests.post(control, json={"rules": [{"status": 500}]}, timeout=9).status_code == 200
    assert service.call("GET", "test/runs").status_code == 500


def test_the_log_holds_every_call_as_sent_without_credentials(start, tmp_path):
    log = tmp_path / "log.jsonl"
    service = start(exchange_log=log)
    service.emulator.faults(
        [{"method": "DELETE", "status": 429, "body": "slow down"}, {"method": "PUT", "drop": "before"}]
    )
    service.get("test/runs")
    service.call("POST", "test/runs", {"name": "x"})
    service.call("DELETE", "test/runs/1")
    with pytest.raises(requests.ConnectionError):
        service.call("PUT", "test/runs/1")
    requests.get(f"{service.emulator.root_url}/_emulator/state", timeout=9)
    requests.get(service.emulator.url, timeout=9)
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["method"], line["status"]) for line in lines] == [
        ("GET", 200),
        ("POST", 200),
        ("DELETE", 429),
        ("PUT", None),
    ]
    assert lines[1]["body"] == {"name": "x"}
    assert lines[1]["response_body"]["id"] == 1
    assert lines[1]["url"].startswith(f"{service.emulator.url}/Shop/_apis/test/runs?")
    assert lines[2]["response_body"] == "slow down"
    assert set(lines[0]) == {"method", "url", "body", "status", "response_body", "headers"}
    assert "authorization" not in text.lower()
    assert "demo-pat" not in text


def test_reset_goes_back_to_the_seed_and_a_new_seed_replaces_it(service):
    root = service.emulator.root_url
    service.planned_run(1)
    assert requests.post(f"{root}/_emulator/reset", timeout=9).status_code == 200
    assert service.emulator.state()["runs"] == []
    assert service.planned_run(1) == 1
    answer = requests.post(f"{root}/_emulator/seed", data=b"projects: [{name: New}]\ntoken: t2", timeout=9)
    assert answer.status_code == 200
    state = requests.get(f"{root}/_emulator/state", timeout=9).json()
    assert [project["name"] for project in state["projects"]] == ["New"]
    bad = requests.post(f"{root}/_emulator/seed", data=b"projects:\n  - nam: x", timeout=9)
    assert (bad.status_code, len(bad.json()["problems"])) == (400, 2)
    assert service.emulator.token == "t2"


def test_a_data_file_is_continued_by_the_same_seed_and_replaced_by_another(start, tmp_path):
    data = tmp_path / "data.sqlite"
    first = start(small_seed(), data=data)
    first.planned_run(1)
    first.emulator.stop = lambda: None  # closed here, not again at the end of the test
    type(first.emulator).stop(first.emulator)
    again = start(small_seed(), data=data)
    assert len(again.emulator.state()["runs"]) == 1


def test_a_data_file_of_another_version_is_replaced(start, tmp_path):
    data = tmp_path / "data.sqlite"
    with sqlite3.connect(data) as connection:
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, old TEXT)")
    connection.close()
    assert len(start(small_seed(), data=data).emulator.state()["plans"]) == 1


def test_many_threads_write_without_losing_a_result(service):
    run = service.post("test/runs", {"name": "r"})["id"]
    url = f"{service.emulator.url}/Shop/_apis/test/runs/{run}/results?api-version=7.1"
    body = [{"testCaseTitle": "t", "outcome": "Passed", "state": "Completed"}] * 10

    def post() -> None:
        with requests.Session() as session:
            for _ in range(10):
                assert session.post(url, json=body, auth=("", "demo-pat"), timeout=20).status_code == 200

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert service.get(f"test/runs/{run}")["passedTests"] == 600


def test_an_address_that_is_taken_is_an_error_that_leaves_nothing_open(service):
    port = int(service.emulator.root_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Emulator(port=port)


def test_a_downloaded_file_is_no_answer_that_the_contract_knows(tmp_path):
    """JSON that somebody attached is not JSON of the service."""

    log = tmp_path / "download.jsonl"
    with Emulator(exchange_log=log) as emulator:
        runs = f"{emulator.url}/Shop/_apis/test/runs"
        asked = {"auth": ("", emulator.token), "params": {"api-version": "7.1"}, "timeout": 10}
        run = requests.post(runs, json={"name": "r", "automated": True}, **asked).json()["id"]
        body = {"stream": base64.b64encode(b'{"a": 1}').decode(), "fileName": "a.json"}
        made = requests.post(f"{runs}/{run}/attachments", json=body, **asked).json()["id"]
        got = requests.get(f"{runs}/{run}/attachments/{made}", **asked)
    assert got.json() == {"a": 1}
    assert json.loads(log.read_text().splitlines()[-1])["response_body"] is None
