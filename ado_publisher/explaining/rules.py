"""Rules of the config that came close to a result, nearest first. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from ado_publisher.model import TestResult
from ado_publisher.rules import CaseRule, ConfigurationRule, Misfit, misfit_of

# Of very many rules the first ones are held against a result: the file's order is a person's.
MOST_RULES = 500
_MOST_SHOWN = 5
_MOST_COMPARED = 20
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class _Compiled:
    label: str
    misfit: Callable[[TestResult], Misfit | None]


class NearRules:
    """The rules of one kind, made ready to say why they do not fit."""

    def __init__(self, rules: Sequence[CaseRule] | Sequence[ConfigurationRule]) -> None:
        self._count = len(rules)
        self._compiled = [_Compiled(rule.label, misfit_of(rule.when)) for rule in rules[:MOST_RULES]]

    def misfits(self, result: TestResult) -> Iterator[str]:
        """For each of the nearest rules the first condition that does not fit, in words."""
        missed = [(rule, misfit) for rule in self._compiled if (misfit := rule.misfit(result)) is not None]
        missed.sort(key=lambda entry: _cheap_rank(entry[1]), reverse=True)
        nearest = sorted(missed[:_MOST_COMPARED], key=lambda entry: _rank(entry[1]), reverse=True)
        for rule, misfit in nearest[:_MOST_SHOWN]:
            yield f"{rule.label}: {told(misfit)}"
        if len(missed) > _MOST_SHOWN:
            yield f"and {self._count - _MOST_SHOWN} more rules"


def told(misfit: Misfit) -> str:
    """`name 'X' does not fit 'Login/*'`, or `property browser is missing`."""
    texts = [text for text in dict.fromkeys(misfit.texts) if text]
    if not texts:
        return f"{misfit.condition} is missing (wanted {_pattern(misfit)})"
    return f"{misfit.condition} '{_short(texts[0])}' does not fit {_pattern(misfit)}"


def _pattern(misfit: Misfit) -> str:
    return f"the regex '{misfit.pattern.text}'" if misfit.pattern.regex else f"'{misfit.pattern.text}'"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _cheap_rank(misfit: Misfit) -> tuple[float, int]:
    literal = _literal(misfit)
    common = max((_common(literal, text[:_LONGEST].casefold()) for text in misfit.texts), default=0)
    return misfit.held / misfit.conditions, common


def _common(one: str, other: str) -> int:
    """How many characters they begin with together."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _rank(misfit: Misfit) -> tuple[float, float]:
    literal = _literal(misfit)
    ratios = (
        SequenceMatcher(None, literal, text[:_LONGEST].casefold(), autojunk=False).ratio()
        for text in misfit.texts[:3]
    )
    return misfit.held / misfit.conditions, max(ratios, default=0.0)


def _literal(misfit: Misfit) -> str:
    return re.sub(r"[*?\[\]^$\\()+|]", "", misfit.pattern.text[:_LONGEST]).casefold()
