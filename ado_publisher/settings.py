"""The table of options, resolved into one frozen `Settings`.

Order of precedence: flag, environment, config file, the CI host's default, the table's
default. A secret comes from the environment alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ado_publisher import inputs
from ado_publisher.errors import SettingsError
from ado_publisher.options import BY_NAME, EXCLUSIVE, OPTIONS, Kind, Option
from ado_publisher.values import Given, Threshold, Value, none_of, parse, same_organization, shown

__all__ = ["OPTIONS", "Given", "Kind", "Option", "Settings", "Threshold", "resolve"]

_CI = "ci"
# An open run knows its plan; who only defers needs no credential.
_STANDS_FOR = {"plan": "run", "token": "defer"}
_OF_THE_CI_ORGANIZATION = ("project", "build-id", "build-number", "release-id", "release-environment-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every option's value. Absent texts are empty, absent numbers None, absent lists ().

    `sources` holds, by option name, what gave the value: `--plan`, `INPUT_PLAN`,
    `ado-publisher.yml:12`, a CI variable; options at their default are not in it.
    """

    files: tuple[str, ...]
    format: str
    organization_url: str
    project: str
    plans: tuple[str, ...]
    suites: tuple[str, ...]
    configurations: tuple[str, ...]
    testers: tuple[str, ...]
    config: str
    token: str = field(repr=False)
    salvage: bool
    katalon_project: str
    ignore_katalon_switches: bool
    attach: str
    attach_types: tuple[str, ...]
    attach_roots: tuple[str, ...]
    attach_output: bool
    run_files: tuple[str, ...]
    path_map: tuple[str, ...]
    run_name: str
    run_per: str
    build_id: int | None
    build_numbers: tuple[str, ...]
    build_definition: str
    latest_build: bool
    no_build_link: bool
    release_id: int | None
    release_environment_id: int | None
    key: str
    run: int | None
    points: str
    several: str
    unmatched: str
    unknown_id: str
    inactive_points: str
    skipped: str
    steps: str
    redact: tuple[str, ...]
    fail_on_failed_tests: bool
    max_failed: Threshold | None
    allow_empty: bool
    new_case_suite: str
    new_case_area: str
    new_case_iteration: str
    new_case_tags: tuple[str, ...]
    associate: str
    link_requirements: bool
    create_bugs: bool
    max_bugs: int
    closed_bugs: str
    dry_run: bool
    report_json: str
    mapping_report: str
    retry_seconds: int
    journal: str
    defer: bool
    sources: Mapping[str, str]
    from_ci: frozenset[str]
    warnings: tuple[str, ...]

    def source(self, name: str) -> str:
        """What gave the option's value, or `default`."""
        return self.sources.get(name, "default")

    def named(self, name: str) -> bool:
        """A person gave it, by flag, variable or config; it is neither a default nor detected."""
        return name in self.sources and name not in self.from_ci


def resolve(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    config: Mapping[str, Given] | None = None,
    ci_defaults: Mapping[str, Given] | None = None,
    *,
    required: Collection[str] = (),
    known: Mapping[str, Collection[str]] | None = None,
    collect: list[str] | None = None,
) -> Settings:
    """Settle every option.

    `flags` is keyed by field name, None and () being absent; `config` and `ci_defaults` by
    option name; `known` holds the words of options whose choices only the caller knows.
    Raises one SettingsError with every problem: option, source and value. With `collect` the
    problems are added to it instead, and what is wrong is at its default.
    """
    environment = inputs.read(environ)
    problems = list(environment.problems)
    layers = [_flags(flags), environment.given, config or {}, _usable_ci(ci_defaults or {})]
    chosen, from_ci = _choose(layers, problems)
    values: dict[str, Value] = {}
    for option in OPTIONS:
        given = chosen.get(option.name)
        values[option.name] = _default(option) if given is None else _parsed(option, given, problems)
    problems += _unknown(values, chosen, known or {})
    if "organization-url" in chosen:
        _forget_foreign_ci(ci_defaults or {}, values, chosen, from_ci)
    needed = [name for name in required if not values.get(_STANDS_FOR.get(name, ""))]
    missing = [name for name in needed if not values[name] and not _is_wrong(name, problems)]
    problems += [_missing(BY_NAME[name]) for name in missing]
    warnings = [*environment.warnings, *_insecure(str(values["organization-url"]))]
    if problems and collect is None:
        raise SettingsError(_without(_message(problems, warnings), str(values["token"])))
    if collect is not None:
        collect += [_without(problem, str(values["token"])) for problem in problems]
    given_fields: dict[str, Any] = {BY_NAME[name].field: value for name, value in values.items()}
    sources = {name: given.source for name, given in chosen.items()}
    return Settings(**given_fields, sources=sources, from_ci=frozenset(from_ci), warnings=tuple(warnings))


def _flags(flags: Mapping[str, object]) -> dict[str, Given]:
    by_field = {option.field: option for option in OPTIONS}
    found = {}
    for name, value in flags.items():
        option = by_field[name]
        if value is not None and value != ():
            found[option.name] = Given(value, _flag_source(option, value))
    return found


def _flag_source(option: Option, value: object) -> str:
    if option.positional:
        return "argument"
    return f"--no-{option.name}" if option.negatable and value is False else f"--{option.name}"


def _usable_ci(defaults: Mapping[str, Given]) -> dict[str, Given]:
    return {name: given for name, given in defaults.items() if BY_NAME[name].ci}


def _choose(layers: list[Mapping[str, Given]], problems: list[str]) -> tuple[dict[str, Given], set[str]]:
    """The strongest layer that gives an option decides; so it does for options that exclude each other."""
    chosen: dict[str, Given] = {}
    from_ci: set[str] = set()
    for rank, layer in enumerate(layers):
        for name, given in layer.items():
            if name not in chosen:
                chosen[name] = given
                if rank == len(layers) - 1:
                    from_ci.add(name)
    for group in EXCLUSIVE:
        deciding = next((named for layer in layers if (named := _asserted(group, layer))), [])
        if len(deciding) > 1:
            told = " and ".join(f"{chosen[name].source}={shown(chosen[name].value)}" for name in deciding)
            problems.append(f"{deciding[0]}: {told} exclude each other; keep one of them")
        for name in group:
            if deciding and name not in deciding:
                chosen.pop(name, None)
                from_ci.discard(name)
    return chosen, from_ci


def _asserted(group: tuple[str, ...], layer: Mapping[str, Given]) -> list[str]:
    """Members the layer really names: a flag that says no names nothing."""
    return [name for name in group if name in layer and str(layer[name].value).strip().lower() not in _NO]


_NO = ("false", "no", "off", "0")


def _parsed(option: Option, given: Given, problems: list[str]) -> Value:
    try:
        return parse(option, given.value)
    except ValueError as error:
        value = "the value" if option.secret else shown(given.value)
        problems.append(f"{option.name}: {value} from {given.source} {error}")
        return _default(option)


def _unknown(
    values: Mapping[str, Value], chosen: Mapping[str, Given], known: Mapping[str, Collection[str]]
) -> Iterator[str]:
    for name, words in known.items():
        value = str(values[name])
        if name in chosen and value not in words:
            yield f"{name}: {shown(value)} from {chosen[name].source} {none_of(value, words)}"


def _default(option: Option) -> Value:
    if option.multiple:
        return ()
    if option.default is None and option.kind not in (Kind.INT, Kind.THRESHOLD):
        return ""
    return option.default


def _forget_foreign_ci(
    ci_defaults: Mapping[str, Given], values: dict[str, Value], chosen: dict[str, Given], from_ci: set[str]
) -> None:
    """The pipeline's project and build mean nothing in an organization that is not the pipeline's."""
    offered = ci_defaults.get("organization-url")
    if offered is None or same_organization(str(offered.value), str(values["organization-url"])):
        return
    for name in _OF_THE_CI_ORGANIZATION:
        if name in from_ci:
            from_ci.discard(name)
            del chosen[name]
            values[name] = _default(BY_NAME[name])


def _is_wrong(name: str, problems: list[str]) -> bool:
    return any(problem.startswith(f"{name}: ") for problem in problems)


def _missing(option: Option) -> str:
    ways = [option.flag, option.variable, f"{option.config} in the config" if option.config else None]
    if option.positional:
        ways = ["a file or folder", option.variable, "reports in the config"]
    if option.secret:
        ways = [option.variable, f"{option.variable}_FILE", *option.fallbacks]
    told = [way for way in ways if way]
    return f"{option.name}: is missing; give {', '.join(told[:-1])} or {told[-1]}"


def _insecure(url: str) -> list[str]:
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    if not url.startswith("http://") or host in ("localhost", "::1") or host.startswith("127."):
        return []
    return [f"organization-url {url} is not encrypted: the token travels readable; use https://"]


def _message(problems: list[str], warnings: list[str]) -> str:
    count = len(problems)
    head = "1 setting is wrong:" if count == 1 else f"{count} settings are wrong:"
    told = [*(f"  - {problem}" for problem in problems), *(f"  note: {text}" for text in warnings)]
    return "\n".join([head, *told])


def _without(text: str, secret: str) -> str:
    """A credential that was pasted into another option must not come out in its message."""
    return text.replace(secret, "***") if len(secret) > 3 else text
