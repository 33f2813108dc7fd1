"""Test configurations with all that the service says of them: state, whether a default, values.

Vendor page: testplan/configurations.
"""

from __future__ import annotations

from dataclasses import dataclass

from ado_publisher.ado.fields import integer, record, text
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.testplans import LIST_CONFIGURATIONS
from ado_publisher.model import TestConfiguration


@dataclass(frozen=True, slots=True)
class ConfigurationFacts:
    """A test configuration; `values` are its variables, such as Operating System, each with its value."""

    id: int
    name: str
    active: bool = True
    default: bool = False
    values: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> TestConfiguration:
        """Its id and name."""
        return TestConfiguration(self.id, self.name)


def configuration_facts(session: AdoSession, project: str) -> list[ConfigurationFacts]:
    """Every test configuration of the project, with its values."""
    found = []
    for item in session.pages(LIST_CONFIGURATIONS, {"project": project}):
        values = record(item).get("values")
        pairs = values if isinstance(values, list) else []
        found.append(
            ConfigurationFacts(
                id=integer(item),
                name=text(item, "name"),
                active=text(item, "state").casefold() != "inactive",
                default=item.get("isDefault") is True,
                values=tuple(
                    (text(pair, "name"), text(pair, "value"))
                    for pair in pairs
                    if isinstance(pair, dict) and text(pair, "name")
                ),
            )
        )
    return found
