"""Which api-version a request asks for, and whether the server would serve it.

The rule is per resource of the server: plain X is served when minVersion <= X <= releasedVersion,
anything up to maxVersion needs the -preview flag.
"""

from __future__ import annotations

import re

from ado_publisher.emulator.errors import VSS, ApiError
from ado_publisher.emulator.resource_model import FLAVOURS, Resource
from ado_publisher.emulator.resources import number, versions

_IN_ACCEPT = re.compile(r"api-version\s*=\s*\"?([^;,\s\"]+)", re.IGNORECASE)
_FORM = re.compile(r"(\d{1,3}\.\d{1,3})(-preview(?:\.(\d{1,3}))?)?", re.IGNORECASE)


def requested(query_version: str | None, accept: str) -> str | None:
    """Return the version of the query, or else of the Accept header, or None."""
    if query_version:
        return query_version
    found = _IN_ACCEPT.search(accept)
    return found.group(1) if found else None


def check(version: str | None, method: str, resource: Resource, flavour: str) -> None:
    """Raise the service's 400 when this server would not serve the resource in that version."""
    if version is None:
        if method in ("GET", "HEAD", "OPTIONS"):
            return
        raise _error(
            "VssVersionNotSpecifiedException",
            f'No api-version was supplied for the "{method}" request. The version must be supplied either '
            'as part of the Accept header (e.g. "application/json; api-version=1.0") or as a query '
            'parameter (e.g. "?api-version=1.0").',
        )
    match = _FORM.fullmatch(version)
    if match is None:
        raise _error(
            "VssInvalidApiResourceVersionException",
            f'The api-version "{version}" is not valid. Use a form such as "1.0" or "1.0-preview.1".',
        )
    _check_range(version, match, resource, flavour)


def _check_range(version: str, match: re.Match[str], resource: Resource, flavour: str) -> None:
    plain, preview, revision = match.group(1), match.group(2), match.group(3)
    max_version, released, newest_revision = versions(resource, flavour)
    if number(plain) > number(max_version):
        latest = max_version if resource.last_version else FLAVOURS[flavour].max_version
        raise _out_of_range(plain, latest)
    if number(plain) < number(resource.min_version):
        raise _error(
            "VssVersionOutOfRangeException",
            f"The requested REST API version of {plain} is out of range for this server. "
            f"The earliest REST API version this server supports is {resource.min_version}.",
        )
    if preview and revision and int(revision) > newest_revision:
        raise _out_of_range(version, max_version)
    if not preview and number(plain) > number(released):
        raise _error(
            "VssInvalidPreviewVersionException",
            f'The requested version "{plain}" of the resource is under preview. The -preview flag must be '
            f'supplied in the api-version for such requests. For example: "{plain}-preview"',
        )


def _out_of_range(version: str, latest: str) -> ApiError:
    return _error(
        "VssVersionOutOfRangeException",
        f"The requested REST API version of {version} is out of range for this server. "
        f"The latest REST API version this server supports is {latest}.",
    )


def _error(type_key: str, message: str) -> ApiError:
    return ApiError(400, type_key, message, assembly=VSS)
