"""The config of a sync: read, checked with every problem at once, made into a partition."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ado_publisher import __version__, resources
from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.cli.network import network_of
from ado_publisher.config.document import Document, read
from ado_publisher.config.wording import told
from ado_publisher.errors import ConfigError, SettingsError
from ado_publisher.sync.connectors.ado import AdoConnector
from ado_publisher.sync.connectors.testrail import TestRailConnector, TestRailHttp
from ado_publisher.sync.context import Partition
from ado_publisher.sync.model import CASE, CONTAINER, RESULT, RUN, VERDICT, Connector, Policy, Side
from ado_publisher.sync.preset import Choices, integrations

DEFAULT_FILE = "ado-publisher-sync.yml"
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class SyncConfig:
    """What the file says; `data` fits the schema."""

    file: str
    data: Mapping[str, Any]

    @property
    def state(self) -> Path:
        """The file that holds what the sync knows."""
        return Path(self.data.get("state", ".ado-publisher/sync.sqlite"))

    @property
    def sweep_every(self) -> float:
        """Seconds after which everything is looked at."""
        return float(self.data.get("sweep_hours", 24)) * _HOUR

    @property
    def partition(self) -> str:
        """What the pairs of the two containers are known by."""
        ado, testrail = self.data["azure_devops"], self.data["testrail"]
        parts = [ado["organization_url"], ado["project"], ado["plan"]]
        parts += [testrail["url"], testrail["project"], testrail.get("suite", "")]
        return sha256("\n".join(map(str, parts)).casefold().encode()).hexdigest()[:16]

    @property
    def digest(self) -> str:
        """What tells this config from another one of the same partition."""
        return sha256(json.dumps(self.data, sort_keys=True).encode()).hexdigest()[:16]


def load(path: str) -> SyncConfig:
    """The config in the file. Raises ConfigError with every problem, SettingsError where there is no file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the sync's config cannot be read: {error}") from error
    document = read(text, lambda found: (found, ""))
    if not document.problems:
        _check(document)
    if not document.problems:
        _check_since(document)
        _check_results(document)
    if document.problems:
        raise ConfigError(path, sorted(document.problems, key=lambda problem: problem.line))
    return SyncConfig(path, document.data)


def _check(document: Document) -> None:
    schema = json.loads(resources.text("schemas", "sync.schema.json"))
    for error in Draft202012Validator(schema).iter_errors(document.data):
        for place, message in told(error, schema):
            document.problem(place, message)


def _check_since(document: Document) -> None:
    since = document.data.get("results", {}).get("since")
    try:
        datetime.fromisoformat(since or "2026-01-01")
    except ValueError:
        document.problem(("results", "since"), f"there is no day {since}")


def _check_results(document: Document) -> None:
    into = document.data.get("create", {}).get("results")
    if into in ("both", "ado") and document.data.get("runs") == "none":
        told = (
            f"`{into}` needs runs: a result of Azure DevOps stands in a test run; set `runs` to another value"
        )
        document.problem(("create", "results"), told)


def connect(config: SyncConfig, environ: Mapping[str, str] = os.environ) -> Partition:
    """Both sides, ready to be synced. Raises SettingsError with every variable that is missing."""
    ado, testrail = config.data["azure_devops"], config.data["testrail"]
    names = (
        ado.get("token_variable", "ADO_PUBLISHER_TOKEN"),
        testrail.get("user_variable", "TESTRAIL_USER"),
        testrail.get("key_variable", "TESTRAIL_KEY"),
    )
    missing = [name for name in names if not environ.get(name, "").strip()]
    if missing:
        raise SettingsError(
            f"{config.file}: the environment variable{'s' if missing[1:] else ''} {', '.join(missing)} "
            f"{'are' if missing[1:] else 'is'} not set"
        )
    token, user, key = (environ[name].strip() for name in names)
    session = AdoSession(
        ado["organization_url"],
        token,
        credential=names[0],
        user_agent=f"ado-publisher/{__version__}",
        network=network_of(environ, ado["organization_url"]),
    )
    sides: dict[Side, Connector] = {
        Side.ADO: _ado(config, session),
        Side.REMOTE: _testrail(
            config, TestRailHttp(testrail["url"], user, key, per_minute=testrail.get("requests_per_minute"))
        ),
    }
    return Partition(config.partition, sides, integrations("ado-testrail", choices(config)), config.digest)


def _ado(config: SyncConfig, session: AdoSession) -> AdoConnector:
    ado, results = config.data["azure_devops"], config.data.get("results", {})
    plan = testplans.plan_by_id(session, ado["project"], ado["plan"])
    if plan is None:
        raise SettingsError(f"{config.file}: project '{ado['project']}' has no test plan {ado['plan']}")
    return AdoConnector(
        session,
        ado["project"],
        plan,
        **{
            name: ado[name]
            for name in ("id_field", "url_field", "area", "iteration", "suites")
            if name in ado
        },
        steps=config.data.get("steps", False),
        all_runs=results.get("of") == "all_runs",
        since=_since(results),
        bugs=results.get("defects", True),
        step_results=results.get("steps", False),
        configuration=results.get("configuration", ""),
    )


def _since(results: Mapping[str, Any]) -> float:
    if "since" not in results:
        return 0.0
    return datetime.fromisoformat(results["since"]).replace(tzinfo=UTC).timestamp()


def _testrail(config: SyncConfig, http: TestRailHttp) -> TestRailConnector:
    testrail, results = config.data["testrail"], config.data.get("results", {})
    return TestRailConnector(
        http,
        testrail["project"],
        testrail.get("suite"),
        **{name: testrail[name] for name in ("id_field", "url_field", "text_field") if name in testrail},
        steps=config.data.get("steps", False),
        statuses=[
            *(each for each in results.get("outcomes", {}).values() if each),
            *results.get("statuses", {}),
        ],
        constants={name: testrail[name] for name in ("priority", "type", "template") if name in testrail},
        step_results=results.get("steps", False),
        per_test=config.data.get("runs", "per_test") == "per_test",
    )


def choices(config: SyncConfig) -> Choices:
    """What the config says beside the preset."""
    data, results = config.data, config.data.get("results", {})
    said = data.get("conflict", {})
    by_field = {"default": said} if isinstance(said, str) else said
    names = {"default": "", "place": "@container"}
    kinds = {CONTAINER, CASE}
    if data.get("runs") != "none":
        kinds.add(RUN)
    into = data.get("create", {}).get("results", "testrail")
    if into in ("both", "ado"):
        kinds.add(VERDICT)
    if into in ("both", "testrail") and _told(results, kinds):
        kinds.add(RESULT)
    return Choices(
        policies={
            names.get(name, name): Policy.REMOTE if value == "testrail" else Policy(value)
            for name, value in by_field.items()
        },
        create={name: value for name, value in data.get("create", {}).items() if name != "results"},
        kinds=frozenset(kinds),
        every_run=results.get("of") == "all_runs",
        steps=data.get("steps", False),
        defects=results.get("defects", True),
        step_results=results.get("steps", False),
        outcomes=results.get("outcomes", {}),
        statuses=results.get("statuses", {}),
        leave_unmapped=results.get("unmapped") == "leave",
    )


def _told(results: Mapping[str, Any], kinds: set[str]) -> bool:
    """Results go to TestRail: those of every run of the plan, or of the runs that are synced."""
    return results.get("of") == "all_runs" or (results.get("of") != "none" and RUN in kinds)
