"""Fault rules: answers on demand that a real service gives only on its bad days."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

DROPS = ("before", "after")


class FaultError(Exception):
    """A list of fault rules that cannot be used; the message names every problem."""


@dataclass(slots=True)
class Rule:
    """One rule and how often it has been met and applied."""

    method: str | None = None
    path: re.Pattern[str] | None = None
    skip: int = 0
    times: int = 1
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    delay_ms: int = 0
    drop: str | None = None
    truncate: int | None = None
    met: int = 0
    applied: int = 0

    @property
    def served(self) -> bool:
        """Whether the request is really carried out under this rule."""
        if self.drop == "before":
            return False
        return self.status is None or self.drop == "after" or self.truncate is not None


class Faults:
    """The current list of rules; the first one that fits a request wins."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def replace(self, rules: object) -> int:
        """Take a new list of rules as the control call gives it, or raise FaultError; return how many."""
        fresh = _read(rules)
        with self._lock:
            self._rules = fresh
        return len(fresh)

    def match(self, method: str, target: str) -> Rule | None:
        """Return the rule to apply to a request, whose target is its decoded path and query."""
        with self._lock:
            for rule in self._rules:
                if rule.method and rule.method != method:
                    continue
                if rule.path and not rule.path.search(target):
                    continue
                if rule.times and rule.applied >= rule.times:
                    continue
                rule.met += 1
                if rule.met <= rule.skip:
                    continue
                rule.applied += 1
                return rule
        return None


def _read(rules: object) -> list[Rule]:
    if not isinstance(rules, Sequence) or isinstance(rules, (str, bytes)):
        raise FaultError("'rules' must be a list of rules")
    problems: list[str] = []
    read: list[Rule] = []
    for index, item in enumerate(rules):
        if not isinstance(item, dict):
            problems.append(f"rules[{index}]: {item!r:.60} is not a mapping")
            continue
        rule = Rule()
        for key, value in item.items():
            text = _take(rule, key, value)
            if text:
                problems.append(f"rules[{index}].{key}: {text}")
        read.append(rule)
    if problems:
        raise FaultError("; ".join(problems))
    return read


def _take(rule: Rule, key: str, value: Any) -> str | None:  # noqa: ANN401, C901
    """Put one key of a rule in its place; return what is wrong with it, if anything."""
    if key not in Rule.__slots__ or key in ("met", "applied"):
        known = [name for name in Rule.__slots__ if name not in ("met", "applied")]
        return f"unknown key; known are {', '.join(known)}"
    if value is None:
        return None
    if key in ("skip", "times", "delay_ms", "truncate", "status"):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return f"{value!r:.60} is not a whole number from 0"
        if key == "status" and not 200 <= value <= 599:
            return f"{value} is not a status from 200 to 599"
        setattr(rule, key, value)
    elif key == "method":
        if not isinstance(value, str):
            return f"{value!r:.60} is not a method"
        rule.method = value.upper()
    elif key == "path":
        try:
            rule.path = re.compile(value, re.IGNORECASE)
        except (re.error, TypeError) as error:
            return f"{value!r:.60} is not a regular expression: {error}"
    elif key == "drop":
        if value not in DROPS:
            return f"{value!r:.60} is not 'before' or 'after'"
        rule.drop = value
    elif key == "headers":
        if not isinstance(value, dict) or any(
            "\n" in f"{k}{v}" or "\r" in f"{k}{v}" for k, v in value.items()
        ):
            return f"{value!r:.60} is not a mapping of header names to values"
        rule.headers = tuple((str(name), str(text)) for name, text in value.items())
    elif isinstance(value, str):
        rule.body = value.encode()
    else:
        rule.body = orjson.dumps(value)
    return None
