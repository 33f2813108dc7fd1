"""The way to the server, and what is told when it leads nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests


@dataclass(frozen=True, slots=True)
class Network:
    """A proxy's URL (empty: none) and a file of trusted CAs (empty: the public ones).

    `connect` and `read` are the seconds after which a server that says nothing counts as gone.
    """

    proxy: str = ""
    ca_bundle: str = ""
    connect: float = 10.0
    read: float = 100.0

    def without_secrets(self, text: str) -> str:
        """The text without the proxy's user and password."""
        inside = urlsplit(self.proxy).netloc.rpartition("@")[0]
        return text.replace(inside, "***") if inside else text

    @property
    def told(self) -> str:
        """The proxy as a person may read it; empty where there is none."""
        if not self.proxy:
            return ""
        proxy = urlsplit(self.proxy)
        return f"{proxy.scheme}://{proxy.hostname}" + (f":{proxy.port}" if proxy.port else "")


def never_sent(error: requests.RequestException) -> bool:
    """Whether the request cannot have reached the server."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    signs = r"NewConnectionError|NameResolutionError|Connection refused|CERTIFICATE_VERIFY_FAILED"
    return re.search(signs, str(error)) is not None


def hopeless(error: requests.RequestException) -> bool:
    """Whether the same would only fail again: a certificate nobody trusts, a proxy's refused password."""
    return isinstance(error, requests.exceptions.SSLError) or "407 Proxy" in str(error)


def timed_out(error: requests.RequestException) -> bool:
    """Whether the server was still at it when it was given up."""
    return isinstance(error, requests.Timeout) or "timed out" in str(error).lower()


def no_answer(name: str, base: str, network: Network, error: requests.RequestException) -> str:
    """What is told of a request that got no answer, with the way it took and what to do."""
    cause = error.args[0] if error.args else error
    reason = network.without_secrets(str(getattr(cause, "reason", cause)))
    reason = re.sub(r"^<[^>]*>: |^.*object at 0x[0-9a-f]+>: |^\(?['\"]?", "", reason)[:300]
    way = f" through the proxy {network.told}" if network.proxy else ""
    told = f"{name}: no answer from {base}{way}: {reason}"
    if isinstance(error, requests.exceptions.SSLError):
        trusted = network.ca_bundle or "the public ones"
        told += (
            f"\nTrusted certificate authorities: {trusted}. Name a file with your own in REQUESTS_CA_BUNDLE."
        )
    return told
