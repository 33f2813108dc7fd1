"""From the text of a config to a `Config`: read, held against the schema, then against what none says."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from jsonschema import Draft202012Validator

from ado_publisher import resources
from ado_publisher.config.content import Config
from ado_publisher.config.converting import converted
from ado_publisher.config.document import Document, Path, read
from ado_publisher.config.wording import told
from ado_publisher.errors import ConfigError
from ado_publisher.inputs import secrets
from ado_publisher.options import BY_CONFIG, EXCLUSIVE
from ado_publisher.values import Given, parse, shown

SCHEMA = "ado-publisher.schema.json"

_VARIABLE = re.compile(r"\$\{env:([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|(?:PAT|KEY|PWD)S?(?:_|$)", re.IGNORECASE)
_SECRET_KEY = re.compile(
    r"(?:.*[_-])?(?:token|pat|password|secret|passwd|personal[_-]?access[_-]?token|accesstoken)",
    re.IGNORECASE,
)


def build(text: str, file: str, environ: Mapping[str, str]) -> Config:
    """The config in the text; `file` is how messages name it. Raises ConfigError with every problem."""
    document = read(text, partial(_expand, environ, secrets(environ)))
    if document.data is not None or not document.problems:
        _refuse_secrets(document, document.data, ())
        _check(document)
    if document.problems:
        raise ConfigError(file, sorted(document.problems, key=lambda problem: problem.line))
    options = {name: given for name, (_, given) in _options(document, file)}
    return converted(document, file, options)


def schema() -> dict[str, Any]:
    """The config's JSON Schema as shipped."""
    loaded: dict[str, Any] = json.loads(resources.text("schemas", SCHEMA))
    return loaded


def _expand(environ: Mapping[str, str], hidden: tuple[str, ...], text: str) -> tuple[str, str]:
    """The text with its variables, and what is wrong or "". What a variable holds is not expanded again."""
    for name in _VARIABLE.findall(text):
        if not _NAME.fullmatch(name):
            return text, f"{shown(name)} is no name of an environment variable"
        if _SECRET_NAME.search(name) or environ.get(name, "").strip() in hidden:
            return text, (
                f"${{env:{name}}} looks like a credential, which has no place in a config;"
                " ado-publisher reads ADO_PUBLISHER_TOKEN by itself"
            )
        if name not in environ:
            return text, f"the environment variable {name} is not set"
    return _VARIABLE.sub(lambda found: environ[found[1]], text), ""


def _refuse_secrets(document: Document, data: object, path: Path) -> None:
    """A credential's key is refused wherever it stands, and taken out, so that no message shows its value."""
    if isinstance(data, dict):
        for key in list(data):
            if _SECRET_KEY.fullmatch(key):
                message = f"a credential has no place in a config; remove {key!r} and set ADO_PUBLISHER_TOKEN"
                document.problem((*path, key), message)
                del data[key]
            else:
                _refuse_secrets(document, data[key], (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            _refuse_secrets(document, item, (*path, index))


def _check(document: Document) -> None:
    rules = schema()
    wrong: set[Path] = set()
    for error in Draft202012Validator(rules).iter_errors(document.data):
        for path, message in told(error, rules):
            # A key that is missing says nothing against those that are there.
            if path and error.validator != "required":
                wrong.add(path)
            document.problem(path, message)
    if not isinstance(document.data, dict):
        return
    for path, message in (*_option_problems(document), *_expression_problems(document)):
        # What the schema refused already is not refused again in other words.
        if not any(path[: len(place)] == place for place in wrong):
            document.problem(path, message)


def _option_problems(document: Document) -> Iterator[tuple[Path, str]]:
    given = dict(_options(document, ""))
    for path, value in given.values():
        try:
            parse(BY_CONFIG[".".join(map(str, path))], value.value)
        except ValueError as error:
            yield path, f"{shown(value.value)} {error}"
    for group in EXCLUSIVE:
        named = [name for name in group if name in given and given[name][1].value != "false"]
        if len(named) > 1:
            yield given[named[1]][0], f"{' and '.join(named)} exclude each other; keep one of them"


def _options(document: Document, file: str) -> Iterator[tuple[str, tuple[Path, Given]]]:
    """The values of options by option name, as texts: a build number 20261122.10 is no decimal fraction."""
    for place, option in BY_CONFIG.items():
        section, key = place.split(".")
        inner = document.data.get(section)
        if not isinstance(inner, dict) or inner.get(key) is None:
            continue
        path: Path = (section, key)
        value = inner[key]
        texts = (
            tuple(document.texts.get((*path, index), str(item)) for index, item in enumerate(value))
            if isinstance(value, list)
            else document.texts.get(path, str(value))
        )
        yield option.name, (path, Given(texts, f"{file}:{document.line(path)}"))


def _expression_problems(document: Document) -> Iterator[tuple[Path, str]]:
    """Regular expressions and globs that cannot work."""
    data = document.data
    cases = _mapping(data, "test_cases")
    for index, text in enumerate(_list(cases, "patterns")):
        yield from _regex_problems(("test_cases", "patterns", index), text, groups=True)
    for index, rule in enumerate(_list(cases, "rules")):
        yield from _when_problems(("test_cases", "rules", index, "when"), _mapping(rule, "when"))
    for index, rule in enumerate(_list(data, "configurations")):
        yield from _when_problems(("configurations", index, "when"), _mapping(rule, "when"))
    for index, rule in enumerate(_list(data, "failures")):
        yield from _when_problems(("failures", index, "when"), _mapping(rule, "when"))
    for index, text in enumerate(_list(_mapping(data, "redaction"), "patterns")):
        yield from _regex_problems(("redaction", "patterns", index), text)
    for index, report in enumerate(_list(data, "reports")):
        if isinstance(report, dict):
            place = ("reports", index, "path")
            yield from _glob_problems(place, report.get("path"))
            yield from _depth_problems(place, report.get("path"))
    for index, suite in enumerate(_list(_mapping(data, "publish"), "suites")):
        # A bracket in the name of a suite is just that.
        yield from _depth_problems(("publish", "suites", index), suite)


def _mapping(data: object, key: str) -> dict[str, Any]:
    """The mapping under a key, an empty one where there is none: the schema tells what it is instead."""
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _list(data: object, key: str) -> list[Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def _when_problems(path: Path, when: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    conditions = [((*path, key), value) for key, value in when.items() if key != "property"]
    conditions += [((*path, "property", key), value) for key, value in _mapping(when, "property").items()]
    for place, value in conditions:
        if isinstance(value, dict):
            yield from _regex_problems((*place, "regex"), value.get("regex"))
        else:
            yield from _glob_problems(place, value)


def _regex_problems(path: Path, text: object, *, groups: bool = False) -> Iterator[tuple[Path, str]]:
    if not isinstance(text, str):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(text)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        yield path, f"{shown(text)} is no regular expression: {error}"
        return
    if groups and not compiled.groups:
        yield path, f"{shown(text)} has no group in parentheses around the id, such as (\\d+)"


def _glob_problems(path: Path, text: object) -> Iterator[tuple[Path, str]]:
    if isinstance(text, str) and re.search(r"\[(?!!?.[^\]]*\])", re.sub(r"\[!?.[^\]]*\]", "", text)):
        yield path, f"{shown(text)} opens a [ and never closes it; write [[] for the bracket itself"


def _depth_problems(path: Path, text: object) -> Iterator[tuple[Path, str]]:
    if isinstance(text, str) and any("**" in part and part != "**" for part in re.split(r"[/\\]", text)):
        yield path, f"{shown(text)} uses ** beside other characters; write **/ and then the name"
