"""A YAML text as plain data that knows its lines; bounded, because a config can be hostile too.

Scalars are read as YAML 1.2 has them: `on`, `yes`, `1_000`, `12:30` and dates are texts,
not what YAML 1.1 makes of them. Duplicate keys, tags, bombs and endless nesting are problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from ado_publisher.errors import ConfigProblem

Path = tuple[str | int, ...]

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 24

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_TEXTS = frozenset({_TAG + "str", _TAG + "timestamp", _TAG + "value", _TAG + "merge"})
_RESOLVED = frozenset({_TAG + "null", _TAG + "bool", _TAG + "int", _TAG + "float"})
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"(true|True|TRUE)|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")


@dataclass(slots=True)
class Document:
    """The data of a document. `lines` and `texts` hold, by place, a value's line and its text as written."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    problems: list[ConfigProblem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a place, or of what encloses it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, message: str) -> None:
        """Add one thing that is wrong there."""
        self.problems.append(ConfigProblem(self.line(path), dotted(path), message))


def dotted(path: Path) -> str:
    """`test_cases.rules[0].ids` for a place inside a document."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read(text: str, expand: Callable[[str], tuple[str, str]]) -> Document:
    """Read one YAML document; what is wrong is in its `problems`.

    `expand` gives a text with its variables replaced, and what is wrong with it or "".
    """
    document = Document()
    try:
        _bounded(text)
        node = yaml.compose(text, Loader=_LOADER)
    except _TooMuchError as error:
        document.problems.append(ConfigProblem(error.line, "", str(error)))
    except yaml.YAMLError as error:
        document.problems.append(_syntax_problem(text, error))
    else:
        if node is None:
            document.problems.append(ConfigProblem(1, "", "the file is empty; the least is 'version: 1'"))
        else:
            try:
                document.data = _Builder(document, expand).build(node, (), 0)
            except _TooMuchError as error:
                document.problems.append(ConfigProblem(error.line, "", str(error)))
    return document


class _TooMuchError(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _bounded(text: str) -> None:
    """Refuse endless nesting by events, before anything recurses over it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _TooMuchError(f"nested deeper than {MAX_DEPTH} levels", _line(event))
        if count > MAX_NODES:
            raise _TooMuchError(f"more than {MAX_NODES} values", _line(event))


def _line(item: yaml.Event | yaml.Node) -> int:
    return item.start_mark.line + 1 if item.start_mark is not None else 1


def _syntax_problem(text: str, error: yaml.YAMLError) -> ConfigProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if isinstance(error, yaml.reader.ReaderError) or mark is None:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position if isinstance(position, int) else 0) + 1
        return ConfigProblem(line, "", "a character that YAML does not allow")
    line = mark.line + 1
    lines = text.splitlines()
    written = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return ConfigProblem(line, "", "a tab indents here; YAML wants spaces")
    told = str(getattr(error, "problem", "") or "not YAML")
    if "nesting depth" in told:
        # Newer parsers have a limit of their own, far above ours.
        return ConfigProblem(line, "", f"nested deeper than {MAX_DEPTH} levels")
    if "expected a single document" in str(error):
        return ConfigProblem(line, "", "a second document begins here; the config is one document")
    return ConfigProblem(line, "", f"not valid YAML at column {mark.column + 1}: {told}")


class _Builder:
    """Turns nodes into data. Aliases are expanded, so the count of values is bounded here once more."""

    def __init__(self, document: Document, expand: Callable[[str], tuple[str, str]]) -> None:
        self.document = document
        self.expand = expand
        self.count = 0

    def build(self, node: yaml.Node, path: Path, depth: int) -> object:
        self.count += 1
        line = _line(node)
        if depth > MAX_DEPTH:
            raise _TooMuchError(
                f"nested deeper than {MAX_DEPTH} levels, or an anchor that holds itself", line
            )
        if self.count > MAX_NODES:
            raise _TooMuchError(f"more than {MAX_NODES} values once anchors are expanded", line)
        # A mapping's line is its key's, which was noted when the key was met.
        self.document.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            if node.tag != _TAG + "seq":
                self.document.problem(path, f"the tag {node.tag!r} is not allowed here")
            return [self.build(child, (*path, index), depth + 1) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Any]:
        if node.tag != _TAG + "map":
            self.document.problem(path, f"the tag {node.tag!r} is not allowed here")
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = _line(key)
            if not isinstance(key, yaml.ScalarNode):
                self.document.problems.append(ConfigProblem(line, dotted(path), "a key that is not a text"))
                continue
            place = (*path, key.value)
            if key.value in found:
                first = self.document.line(place)
                message = f"the key {key.value!r} stands here twice, first in line {first}"
                self.document.problems.append(ConfigProblem(line, dotted(path), message))
                continue
            self.document.lines[place] = line
            found[key.value] = self.build(value, place, depth + 1)
        return found

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        text = str(node.value)
        if node.tag in _RESOLVED and not node.style:
            self.document.texts[path] = text
            return _plain(text)
        if node.tag not in _TEXTS | _RESOLVED:
            self.document.problem(path, f"the tag {node.tag!r} is not allowed here")
        expanded, problem = self.expand(text)
        if problem:
            self.document.problem(path, problem)
        self.document.texts[path] = expanded
        return expanded


def _plain(text: str) -> str | int | float | None:
    """What an unquoted scalar is in YAML 1.2; what only YAML 1.1 would resolve stays a text."""
    if _NULL.fullmatch(text):
        return None
    if found := _BOOL.fullmatch(text):
        return bool(found[1])
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
