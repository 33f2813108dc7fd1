"""The way to the server as the machine tells it: proxies and private CAs.

What a person set for this process (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE) goes before what the
Azure Pipelines agent was configured with (AGENT_PROXYURL, AGENT_CAINFO).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from requests.utils import select_proxy, should_bypass_proxies

from ado_publisher.ado.network import Network
from ado_publisher.errors import SettingsError

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AGENT_CAINFO", "AGENT_SSLCAINFO")
_SCHEMES = ("http", "https")


def network_of(environ: Mapping[str, str], url: str) -> Network:
    """How to reach that URL.

    Raises SettingsError for a proxy, a bypass list or a CA file that cannot be used; a proxy's
    password is in no message.
    """
    return Network(proxy=_proxy(environ, url), ca_bundle=_ca_bundle(environ))


def _proxy(environ: Mapping[str, str], url: str) -> str:
    said = {scheme: text for scheme in (*_SCHEMES, "all") if (text := _either(environ, f"{scheme}_proxy"))}
    if chosen := select_proxy(url, said):
        # requests reads NO_PROXY from the process otherwise, and networks in CIDR form as well.
        no_proxy = _either(environ, "no_proxy")
        return "" if should_bypass_proxies(url, no_proxy or " ") else _checked(chosen, "HTTPS_PROXY")
    address = environ.get("AGENT_PROXYURL", "").strip()
    if not address or _bypassed_by_agent(environ.get("AGENT_PROXYBYPASSLIST", ""), url):
        return ""
    proxy = _checked(address, "AGENT_PROXYURL")
    user = environ.get("AGENT_PROXYUSERNAME", "").strip()
    if not user or "@" in urlsplit(proxy).netloc:
        return proxy
    inside = f"{quote(user, safe='')}:{quote(environ.get('AGENT_PROXYPASSWORD', ''), safe='')}"
    return proxy.replace("://", f"://{inside}@", 1)


def _either(environ: Mapping[str, str], name: str) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def _checked(address: str, variable: str) -> str:
    whole = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(whole)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            f"{variable}: not the address of an HTTP proxy, such as http://proxy.example:8080 "
            "(its value is not shown, as it may hold a password)"
        )
    return whole


def _bypassed_by_agent(text: str, url: str) -> bool:
    """The agent's list is a JSON array of regular expressions, searched in the URL without case."""
    if not text.strip():
        return False
    try:
        patterns = json.loads(text)
        return any(re.search(each, url, re.IGNORECASE) for each in patterns if each.strip())
    except (ValueError, TypeError, AttributeError, re.error) as error:
        raise SettingsError(
            f"AGENT_PROXYBYPASSLIST: '{text[:200]}' is not a JSON list of regular expressions: {error}"
        ) from error


def _ca_bundle(environ: Mapping[str, str]) -> str:
    for variable in _CA_VARIABLES:
        if name := environ.get(variable, "").strip():
            if not Path(name).exists():
                raise SettingsError(f"{variable}: there is no file '{name}' with certificate authorities")
            return name
    return ""
