"""A request becomes an answer: sign-in, route, api-version, the operation in its transaction."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

import orjson

from ado_publisher.emulator import versions
from ado_publisher.emulator.api.discovery import options
from ado_publisher.emulator.api.table import ROUTES
from ado_publisher.emulator.behaviours import effective
from ado_publisher.emulator.errors import (
    ApiError,
    MethodNotAllowedError,
    NotEmulatedError,
    invalid_argument,
    unauthorized,
)
from ado_publisher.emulator.resources import BY_KEY
from ado_publisher.emulator.routing import Router, Target, take_apart
from ado_publisher.emulator.site.pages import page
from ado_publisher.emulator.store import Store, loads, read_meta
from ado_publisher.emulator.web import Answer, Request, Settings

ROUTER = Router(ROUTES)
SIGN_IN = (
    b'<!DOCTYPE html>\r\n<html lang="en-US"><head><title>Azure DevOps Services | Sign In</title></head>'
    b"<body><p>Sign in to your account</p></body></html>"
)
MAX_BODY = 104_857_600
TOO_LARGE = f"Cannot upload file as it exceeded the maximum file size ({MAX_BODY} bytes)."


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came in over HTTP."""

    method: str
    root: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def read_settings(store: Store) -> Settings:
    """Return what the seed says of the organization."""
    meta = read_meta(store.connection)
    chosen = {name: str(value) for name, value in loads(meta["behaviours"]).items()}
    server = meta["server"]
    return Settings(meta["organization"], meta["token"], server, effective(server, chosen))


def answer(call: Call, store: Store, settings: Settings) -> Answer:
    """Return the answer to one request."""
    target = take_apart(call.path)
    if target.organization.lower() != settings.organization.lower() and target.organization:
        return _not_emulated(call.path, f"the organization here is '{settings.organization}'")
    if target.operation is None:
        return _page(call, store, settings, target)
    if not signed_in(call.headers.get("authorization", ""), settings.token):
        return _refused(call)
    try:
        return _operation(call, store, settings, target)
    except NotEmulatedError as error:
        return _not_emulated(call.path, error.why)
    except MethodNotAllowedError:
        text = f"The requested resource does not support http method '{call.method}'."
        return Answer({"count": 1, "value": {"Message": text}}, 405)
    except ApiError as error:
        return Answer(error.body(), error.status)


def _operation(call: Call, store: Store, settings: Settings, target: Target) -> Answer:
    operation = target.operation or ()
    if call.method == "OPTIONS":
        return options(operation, settings.server)
    route, params = ROUTER.find("GET" if call.method == "HEAD" else call.method, operation)
    query = {name.lower(): value for name, value in parse_qsl(call.query, keep_blank_values=True)}
    version = versions.requested(query.get("api-version"), call.headers.get("accept", ""))
    versions.check(version, call.method, BY_KEY[route.resource], settings.server)
    if not target.scope and not route.organization_level:
        raise ApiError(
            404,
            "ProjectDoesNotExistException",
            "A project name is required in order to perform the operation.",
        )
    body = _body(call)
    with store.transaction() as connection:
        request = Request(
            call.method,
            call.root,
            settings,
            connection,
            query,
            target.scope[0] if target.scope else None,
            params,
            body,
            call.headers.get("content-type", ""),
        )
        if target.scope:
            request.project()  # a project that does not exist is told first
        result = route.handler(request)
    if result.content is None and version and result.status < 300 and result.status != 204:
        kind = f"{result.content_type}; api-version={version}"
        return Answer(result.body, result.status, result.headers, None, kind)
    return result


def _body(call: Call) -> object:
    if not call.body:
        return None
    if len(call.body) > MAX_BODY:
        raise ApiError(400, "InvalidPropertyException", TOO_LARGE)
    try:
        return orjson.loads(call.body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise invalid_argument(f"The request body is not valid JSON: {error}") from error


def signed_in(authorization: str, token: str) -> bool:
    """Whether an Authorization header carries the token, as Basic with any user or as Bearer."""
    scheme, _, value = authorization.partition(" ")
    given = value.strip()
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.encode(), token.encode())


def _refused(call: Call) -> Answer:
    """Answer a refused credential in the three ways that were observed."""
    if call.headers.get("x-tfs-fedauthredirect", "").lower() == "suppress":
        return Answer(None, 401, {"WWW-Authenticate": f'Basic realm="{call.root}/"'}, b"", "")
    if call.method in ("PATCH", "PUT", "DELETE"):
        headers = {
            "WWW-Authenticate": "Bearer authorization_uri=https://login.microsoftonline.com/common",
            "X-TFS-FedAuthRedirect": f"{call.root}/_signin",
            "X-VSS-AuthenticateError": "Unauthorized",
        }
        return Answer(unauthorized().body(), 401, headers)
    return Answer(None, 203, {}, SIGN_IN, "text/html; charset=utf-8")


def _page(call: Call, store: Store, settings: Settings, target: Target) -> Answer:
    if call.method not in ("GET", "HEAD"):
        return _not_emulated(call.path, "only GET is served outside of _apis")
    query = {name.lower(): value for name, value in parse_qsl(call.query, keep_blank_values=True)}
    with store.transaction() as connection:
        request = Request(
            call.method, call.root, settings, connection, query, target.scope[0] if target.scope else None
        )
        try:
            return page(request, target.scope)
        except NotEmulatedError:
            return _not_emulated(call.path, "no page stands here")


def _not_emulated(path: str, why: str) -> Answer:
    text = f"The path '{path}' is not emulated: {why}."
    return Answer(
        None, 404, {"X-TFS-ServiceError": quote(text, safe="")}, text.encode(), "text/plain; charset=utf-8"
    )
