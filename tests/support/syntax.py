"""What a module says about itself in its syntax tree, without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PRINTING = {"print", "input", "echo", "secho"}
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
STREAMS = {"stdout", "stderr", "stdin", "__stdout__", "__stderr__", "__stdin__"}
LEAVING = {"exit", "quit", "_exit"}
EDGES = {"os": ENVIRONMENT | LEAVING, "sys": STREAMS | LEAVING}
BLANKET = {"Exception", "BaseException"}


@dataclass(frozen=True)
class Source:
    """One module: its dotted name, where it lies, and its text."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def package(self) -> str:
        """What relative imports are counted from."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


def sources(folder: Path) -> dict[str, Source]:
    """Every module of a package, by dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Source(name, path, path.read_text(encoding="utf-8"))
    return found


def imports(source: Source, known: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    """(module, line) of each import, those inside functions and `importlib.import_module("…")` included.

    `from package import name` means the module `package.name` where there is one, else `package`.
    """
    return iter(dict.fromkeys(_imports(source, known)))


def _imports(source: Source, known: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield (inner if inner in known else base), node.lineno
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            argument = node.args[0] if node.args else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value, node.lineno


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    base = source.package.split(".")[: len(source.package.split(".")) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def edge_effects(source: Source) -> Iterator[tuple[int, str]]:
    """(line, what) for each place that prints, reads the environment, uses a standard stream or exits."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _called(node) in PRINTING:
            yield node.lineno, f"{_called(node)}()"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LEAVING:
            yield node.lineno, f"{node.func.id}()"
        elif isinstance(node, ast.Name) and node.id == "SystemExit":
            yield node.lineno, "SystemExit"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner, name = node.value.id, node.attr
            if name in EDGES.get(owner, ()):
                yield node.lineno, f"{owner}.{name}"
        elif isinstance(node, ast.ImportFrom) and node.module in EDGES:
            for alias in node.names:
                if alias.name in EDGES[node.module]:
                    yield node.lineno, f"from {node.module} import {alias.name}"


def blanket_handlers(source: Source) -> Iterator[int]:
    """Lines of handlers that catch everything, unless `except BaseException` cleans up and raises it on."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            last = node.body[-1]
            raised_on = isinstance(last, ast.Raise) and last.exc is None
            if raised_on and isinstance(node.type, ast.Name) and node.type.id == "BaseException":
                continue
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(c is None or (isinstance(c, ast.Name) and c.id in BLANKET) for c in caught):
                yield node.lineno


def undocumented(source: Source) -> Iterator[str]:
    """The module itself, and its public functions and classes, that have no docstring."""
    if ast.get_docstring(source.tree) is None:
        yield f"{source.path}:1: module"
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            public = not node.name.startswith("_") and not _is_overload(node)
            if public and ast.get_docstring(node) is None:
                yield f"{source.path}:{node.lineno}: {node.name}"


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, however long the way round (Tarjan's components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1 or node in graph.get(node, ()):
                found.append(component)

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found
