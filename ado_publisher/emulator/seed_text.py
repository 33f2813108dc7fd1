"""A seed's text, YAML or JSON, as plain values that remember the line they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import orjson
import yaml

Path = tuple[str | int, ...]
MAX_BYTES = 128 * 1024 * 1024


class SeedError(Exception):
    """A seed that cannot be used; the message lists every problem, `problems` holds them singly."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(slots=True)
class Document:
    """The values of a seed, and the way to say where one of them stands."""

    value: Any
    source: str
    text: bytes | None = None
    _lines: dict[Path, int] | None = field(default=None)

    def where(self, path: Path) -> str:
        """Return `file:line: path` of a value, or only its path when the seed has no text."""
        spelled = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        if self.text is None:
            return f"{self.source}: {spelled or 'the seed'}"
        if self._lines is None:
            self._lines = _lines(self.text)
        line = next((self._lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self._lines), 1)
        return f"{self.source}:{line}: {spelled or 'the seed'}"


def parse(text: bytes, source: str) -> Document:
    """Return the values of a YAML or JSON seed, or raise SeedError naming the line."""
    if len(text) > MAX_BYTES:
        raise SeedError([f"{source}: the seed has {len(text)} bytes, at most {MAX_BYTES} are read"])
    try:
        return Document(orjson.loads(text), source, text)
    except orjson.JSONDecodeError:
        pass  # not JSON, so YAML
    try:
        _refuse_aliases(text, source)
        value = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SeedError(
            [f"{source}:{line}: not readable as YAML: {error.problem or error.context}"]
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SeedError([f"{source}:1: not readable as YAML: {error}"]) from error
    return Document(_plain(value), source, text)


def _refuse_aliases(text: bytes, source: str) -> None:
    """Refuse YAML aliases: a few of them can stand for billions of values, or for themselves."""
    if b"*" not in text or b"&" not in text:
        return
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise SeedError(
                [f"{source}:{line}: aliases (*{event.anchor}) are not taken; write the value out"]
            )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    """Return dates as the text the service writes; YAML turns them into objects."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    return value


def _lines(text: bytes) -> dict[Path, int]:
    """Return the line of every value; only needed when there is a problem to report."""
    found: dict[Path, int] = {}
    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return found
    pending: list[tuple[Path, yaml.Node]] = [((), root)] if root is not None else []
    while pending:
        path, node = pending.pop()
        found.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, item in node.value:
                step = (*path, str(key.value))
                found[step] = key.start_mark.line + 1
                pending.append((step, item))
        elif isinstance(node, yaml.SequenceNode):
            pending.extend(((*path, index), item) for index, item in enumerate(node.value))
    return found
