"""What the settings and the config keep out of what is published, with the names that this machine knows."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from ado_publisher.config import Config
from ado_publisher.publish.request import Redaction
from ado_publisher.settings import Settings

_HOSTS = ("HOSTNAME", "COMPUTERNAME", "AGENT_MACHINENAME", "AGENT_NAME", "RUNNER_NAME")
_USERS = (
    "USER",
    "USERNAME",
    "LOGNAME",
    "BUILD_REQUESTEDFOR",
    "BUILD_REQUESTEDFOREMAIL",
    "BUILD_QUEUEDBY",
    "RELEASE_REQUESTEDFOR",
    "RELEASE_REQUESTEDFOREMAIL",
    "GITHUB_ACTOR",
    "GITHUB_TRIGGERING_ACTOR",
    "GITLAB_USER_LOGIN",
    "GITLAB_USER_NAME",
    "GITLAB_USER_EMAIL",
)


def redaction_of(settings: Settings, config: Config, environ: Mapping[str, str]) -> Redaction:
    """What is to be kept out; the machine's and the users' names come from the environment."""
    if not settings.redact:
        return Redaction(patterns=config.redaction_patterns)
    hosts = [platform.node(), *(environ.get(name, "") for name in _HOSTS)]
    users = [environ.get(name, "") for name in _USERS]
    return Redaction(
        tuple(settings.redact),
        config.redaction_patterns,
        tuple(dict.fromkeys(filter(None, hosts))),
        tuple(dict.fromkeys(filter(None, users))),
    )
