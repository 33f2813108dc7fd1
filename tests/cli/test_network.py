"""Proxies and private CAs: everybody's variables before the agent's, no password in any message."""

import json

import pytest

from ado_publisher.cli.network import network_of
from ado_publisher.errors import SettingsError

CLOUD, SERVER = "https://dev.azure.com/acme", "http://tfs.corp.example:8080/tfs/Main"
PROXY, AGENT = "http://proxy.example:3128", "http://agent-proxy.example:8888"
OF_AGENT = {"AGENT_PROXYURL": AGENT, "AGENT_PROXYUSERNAME": "ann", "AGENT_PROXYPASSWORD": "p@ss/1"}


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, CLOUD, ""),
        ({"HTTPS_PROXY": PROXY}, CLOUD, PROXY),
        ({"https_proxy": PROXY}, CLOUD, PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, CLOUD, PROXY),
        ({"HTTPS_PROXY": PROXY}, SERVER, ""),
        ({"HTTP_PROXY": PROXY}, SERVER, PROXY),
        ({"ALL_PROXY": PROXY}, SERVER, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "example.org,.azure.com"}, CLOUD, ""),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "*"}, CLOUD, ""),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "example.org"}, CLOUD, PROXY),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, "http://10.1.2.3/tfs", ""),
        ({"AGENT_PROXYURL": AGENT}, CLOUD, AGENT),
        (OF_AGENT, CLOUD, "http://ann:p%40ss%2F1@agent-proxy.example:8888"),
        ({**OF_AGENT, "HTTPS_PROXY": PROXY}, CLOUD, PROXY),
        ({**OF_AGENT, "HTTPS_PROXY": PROXY, "NO_PROXY": "dev.azure.com"}, CLOUD, ""),
        ({"AGENT_PROXYURL": AGENT, "AGENT_PROXYBYPASSLIST": json.dumps([r"DEV\.azure\.com"])}, CLOUD, ""),
        ({"AGENT_PROXYURL": AGENT, "AGENT_PROXYBYPASSLIST": json.dumps(["github"])}, CLOUD, AGENT),
        ({"AGENT_PROXYURL": " ", "HTTPS_PROXY": ""}, CLOUD, ""),
    ],
)
def test_the_proxy_is_the_one_that_the_variables_name(environ, url, proxy):
    assert network_of(environ, url).proxy == proxy


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTPS_PROXY": "socks5://ann:hidden-word@proxy.example:1080"},
        {"AGENT_PROXYURL": "http://ann:hidden-word@:x"},
        {"AGENT_PROXYURL": "http://"},
        {"HTTPS_PROXY": "http://ann:hidden-word@proxy.example:port"},
        {"AGENT_PROXYURL": AGENT, "AGENT_PROXYBYPASSLIST": "dev.azure.com"},
        {"AGENT_PROXYURL": AGENT, "AGENT_PROXYBYPASSLIST": '["("]'},
        {"AGENT_PROXYURL": AGENT, "AGENT_PROXYBYPASSLIST": "[1]"},
        {"AGENT_PROXYURL": AGENT, "AGENT_PROXYBYPASSLIST": "7"},
        {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"},
        {"AGENT_CAINFO": "/nowhere/ca.pem"},
    ],
)
def test_what_cannot_be_used_is_told_by_its_variable_and_without_a_password(environ):
    with pytest.raises(SettingsError, match=f"^({'|'.join(environ)}): ") as told:
        network_of(environ, CLOUD)
    assert "hidden-word" not in str(told.value)


@pytest.mark.parametrize(
    "variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AGENT_CAINFO", "AGENT_SSLCAINFO"]
)
def test_a_private_ca_is_named_by_any_of_the_variables(tmp_path, variable):
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    assert network_of({variable: str(bundle)}, CLOUD).ca_bundle == str(bundle)


def test_a_persons_ca_goes_before_the_agents(tmp_path):
    for name in ("mine.pem", "agents.pem"):
        (tmp_path / name).write_text("")
    environ = {
        "AGENT_CAINFO": str(tmp_path / "agents.pem"),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "mine.pem"),
    }
    assert network_of(environ, CLOUD).ca_bundle.endswith("mine.pem")
