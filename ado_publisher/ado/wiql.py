"""Queries for work items, in the service's query language.

https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# A query may have 32,000 characters, and the service turns each value into a condition of its own.
_LONGEST = 12_000
_MOST_VALUES = 50
_SELECT = "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project"


def quoted(text: str) -> str:
    """The text as a literal: it ends only where it ends."""
    return "'" + text.replace("'", "''") + "'"


def query(where: str) -> str:
    """A query for the ids of the project's work items that fit, in their order."""
    return f"{_SELECT} AND ({where}) ORDER BY [System.Id]"


def any_of(field: str, operator: str, values: Iterable[str]) -> Iterator[str]:
    """Conditions that together ask for each value, each as long as one query may be."""
    terms: list[str] = []
    for value in dict.fromkeys(values):
        term = f"[{field}] {operator} {quoted(value)}"
        if terms and (len(terms) >= _MOST_VALUES or sum(map(len, terms)) + len(term) > _LONGEST):
            yield " OR ".join(terms)
            terms = []
        terms.append(term)
    if terms:
        yield " OR ".join(terms)
