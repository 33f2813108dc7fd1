"""A publish through what companies put before a service: nginx with a private CA, a proxy with a password."""

from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from support.proxies import ForwardProxy, certificates, nginx

from .conftest import FAILURE, case, outcomes

OUT = "<system-out>{}</system-out>"


class Behind:
    """The emulator as it is reached through nginx."""

    def __init__(self, service, port):
        self.service, self.state, self.faults = service, service.state, service.faults
        self.url = f"https://localhost:{port}{urlsplit(service.url).path}"


@pytest.fixture
def corp(emulator, shop, tool, tmp_path):
    """`corp(rate=…)` starts nginx with TLS under a private CA before an emulator."""
    folder = tmp_path / "corp"
    folder.mkdir()
    program, openssl = tool("nginx"), tool("openssl")
    with ExitStack() as started:

        def start(rate=0):
            service = emulator(shop)
            certificates(folder, openssl)
            upstream = urlsplit(service.url).netloc
            return Behind(service, started.enter_context(nginx(program, folder, upstream, rate=rate)))

        start.ca = str(folder / "ca.pem")
        yield start


def files(tmp_path, sizes):
    for number, size in enumerate(sizes):
        (tmp_path / f"shot{number}.png").write_bytes(b"\x89PNG" * (size // 4))
    return OUT.format(" ".join(f"[[ATTACHMENT|shot{number}.png]]" for number in range(len(sizes))))


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "AGENT_CAINFO"])
def test_a_server_behind_nginx_with_a_private_ca_is_published_to(corp, junit, publish, variable, tmp_path):
    service = corp()
    report = junit(case("TC101"), case("TC102", FAILURE + files(tmp_path, [40, 40])))
    done, facts = publish(service, report, env={variable: corp.ca})
    assert done.code == 0, done.output
    assert outcomes(service)[3 - 1] == "failed"
    assert facts["attachments"]["uploaded"] == 2


def test_a_private_ca_that_is_not_named_is_told_with_the_variable_to_name_it_with(corp, junit, publish):
    service = corp()
    done, _ = publish(service, junit(case("TC101")))
    assert done.code == 4, done.output
    assert "REQUESTS_CA_BUNDLE" in done.stderr
    assert "Traceback" not in done.output
    assert service.state()["runs"] == []


def test_what_nginx_refuses_is_a_problem_of_that_file_alone(corp, junit, publish, tmp_path):
    service = corp()
    report = junit(case("TC102", FAILURE + files(tmp_path, [40, 2_000_000])))
    done, facts = publish(service, report, env={"REQUESTS_CA_BUNDLE": corp.ca})
    assert done.code == 1, done.output
    assert "HTTP 413" in " ".join(facts["problems"])
    assert facts["attachments"]["uploaded"] == 1
    assert [run["state"] for run in service.state()["runs"]] == ["Completed"]


def test_nginx_that_throttles_slows_us_down_and_a_person_is_told_once(corp, junit, publish, tmp_path):
    service = corp(rate=1200)
    report = junit(case("TC102", FAILURE + files(tmp_path, [40] * 24)))
    done, facts = publish(service, report, env={"REQUESTS_CA_BUNDLE": corp.ca})
    assert done.code == 0, done.output
    assert done.stderr.count("Azure DevOps slows us down: HTTP 429, it asks to wait 1 s") == 1
    assert facts["attachments"]["uploaded"] == 24
    assert facts["requests"] < 3 * 34


SECRET = "hidden-word"


def test_the_way_leads_through_a_proxy_that_wants_a_password(corp, junit, publish):
    service = corp()
    report = junit(case("TC101"))
    with ForwardProxy(f"ann:{SECRET}@1") as proxy:
        agent = {
            "AGENT_PROXYURL": f"http://127.0.0.1:{proxy.server_port}",
            "AGENT_PROXYUSERNAME": "ann",
            "AGENT_PROXYPASSWORD": f"{SECRET}@1",
            "AGENT_CAINFO": corp.ca,
        }
        done, _ = publish(service, report, env=agent)
        assert done.code == 0, done.output
        assert set(proxy.tunnels) == {urlsplit(service.url).netloc}
        assert proxy.refused == 0
        assert len(proxy.tunnels) < 10, "connections are used again"

        bypassed = {**agent, "AGENT_PROXYBYPASSLIST": '["localhost"]'}
        before = len(proxy.tunnels)
        assert publish(service, report, env=bypassed)[0].code == 0
        assert len(proxy.tunnels) == before


def test_a_refused_proxy_password_is_told_without_it(corp, junit, publish):
    service = corp()
    with ForwardProxy("ann:other") as proxy:
        url = f"http://ann:{SECRET}@127.0.0.1:{proxy.server_port}"
        done, _ = publish(service, junit(case("TC101")), env={"HTTPS_PROXY": url})
    assert done.code == 4, done.output
    assert "407" in done.stderr
    assert f"through the proxy http://127.0.0.1:{proxy.server_port}" in done.stderr
    assert SECRET not in done.output


@pytest.mark.slow
def test_two_hundred_requests_a_minute_are_enough_to_end_without_an_error(corp, junit, publish, tmp_path):
    service = corp(rate=200)
    report = junit(case("TC102", FAILURE + files(tmp_path, [40] * 250)))
    done, facts = publish(service, report, env={"REQUESTS_CA_BUNDLE": corp.ca}, timeout=400)
    assert done.code == 0, done.output
    assert facts["attachments"]["uploaded"] == 250
    print(f"throttled to 200 a minute: {facts['requests']} requests sent for 260 that were needed")
    assert facts["requests"] < 2 * 260
