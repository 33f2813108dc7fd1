"""What a refused answer means: the service's error bodies become this program's errors."""

from __future__ import annotations

import html
import re

import orjson
import requests

from ado_publisher.errors import CredentialError, ServiceError, SettingsError, Unreachable

_MISSING_PROJECT = {"ProjectDoesNotExistWithNameException", "ProjectDoesNotExistException"}


class NotFound(ServiceError):
    """The service does not know the thing; the caller knows what a person calls it."""


def refusal(
    response: requests.Response, operation: str, base: str, credential: str
) -> ServiceError | SettingsError | None:
    """The error that an answer stands for, or None for a usable one.

    An expired token is not always a 401: GET and POST answer 203 with a sign-in page, some
    hosts redirect to one (azure-devops.md section 0.5).
    """
    status = response.status_code
    kind = response.headers.get("Content-Type", "").lower()
    if status == 401 or status == 203 or 300 <= status < 400 or (response.ok and "text/html" in kind):
        return CredentialError(_refused_token(response, base, credential), status=status)
    if response.ok:
        return None
    message, type_key = _body(response)
    told = f"{operation}: HTTP {status}: {message}"
    if type_key in _MISSING_PROJECT:
        return SettingsError(f"{message} (option --project; organization {base})")
    if status == 403:
        return CredentialError(
            f"{told}\nThe token in {credential} lacks a right: it needs Test management (read & write) "
            "and Build (read), and its user access to the project's test plans.",
            status=status,
            type_key=type_key,
        )
    if status == 404:
        return NotFound(told, status=status, type_key=type_key)
    if status in (408, 429) or status >= 500:
        return Unreachable(told, status=status, type_key=type_key)
    return ServiceError(told, status=status, type_key=type_key)


def _refused_token(response: requests.Response, base: str, credential: str) -> str:
    how = f"HTTP {response.status_code}"
    if 300 <= response.status_code < 400:
        how += ", a redirect to a sign-in page"
    elif "text/html" in response.headers.get("Content-Type", "").lower():
        how += ", a sign-in page"
    else:
        message, _ = _body(response)
        how += f": {message}" if message else ""
    return (
        f"Azure DevOps did not accept the token in {credential} ({how}) at {base}.\n"
        "It may be expired, revoked, of another organization, or lack the scopes Test management "
        "(read & write) and Build (read). In Azure Pipelines map it: "
        "env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)"
    )


def _body(response: requests.Response) -> tuple[str, str]:
    """The service's message and its typeKey; the words of an HTML or plain body otherwise."""
    content = response.content.removeprefix(b"\xef\xbb\xbf")
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError:
        parsed = None
    if isinstance(parsed, dict):
        inner = parsed.get("value")
        wrapped = inner.get("Message") if isinstance(inner, dict) else None
        message = parsed.get("message") or parsed.get("Message") or wrapped or ""
        return str(message)[:2000], str(parsed.get("typeKey") or "")
    text = content[:20_000].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", text)
    return " ".join(html.unescape(text).split())[:300] or (response.reason or ""), ""
