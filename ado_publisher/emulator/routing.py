"""From a path to an operation: literals are matched without case, `{name:int}` takes only numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from ado_publisher.emulator.errors import MethodNotAllowedError, NotEmulatedError
from ado_publisher.emulator.web import MAX_INT, Route


@dataclass(frozen=True, slots=True)
class Target:
    """A path taken apart: organization, what stands before `_apis`, and what comes after."""

    organization: str
    scope: tuple[str, ...]
    operation: tuple[str, ...] | None


def take_apart(path: str) -> Target:
    """Return the parts of a raw (still quoted) path; `operation` is None outside of `_apis`."""
    steps = [unquote(step) for step in path.split("/") if step]
    if not steps:
        return Target("", (), None)
    at = next((index for index, step in enumerate(steps) if step.lower() == "_apis"), None)
    if at is None:
        return Target(steps[0], tuple(steps[1:]), None)
    return Target(steps[0] if at else "", tuple(steps[1:at]), tuple(steps[at + 1 :]))


class Router:
    """The table of operations."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[tuple[str, ...], Route]]] = {}
        for route in routes:
            steps = tuple(route.template.split("/"))
            self._by_length.setdefault(len(steps), []).append((steps, route))
        for entries in self._by_length.values():
            entries.sort(key=lambda entry: sum(step.startswith("{") for step in entry[0]))

    def find(self, method: str, operation: Sequence[str]) -> tuple[Route, dict[str, str]]:
        """Return the operation and its path values, or raise NotEmulatedError or MethodNotAllowedError."""
        other = False
        for steps, route in self._by_length.get(len(operation), ()):
            values = _match(steps, operation)
            if values is None:
                continue
            if route.method == method:
                return route, values
            other = True
        raise MethodNotAllowedError if other else NotEmulatedError


def _match(steps: Sequence[str], operation: Sequence[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for step, given in zip(steps, operation, strict=True):
        if not step.startswith("{"):
            if step.lower() != given.lower():
                return None
        elif step.endswith(":int}"):
            if not (given.isascii() and given.isdigit() and int(given) <= MAX_INT):
                return None
            values[step[1:-5]] = given
        else:
            values[step[1:-1]] = given
    return values
