"""What the HTTP front needs of the emulator it serves."""

from __future__ import annotations

from typing import Any, Protocol

from ado_publisher.emulator.exchange_log import ExchangeLog
from ado_publisher.emulator.faults import Faults
from ado_publisher.emulator.store import Store
from ado_publisher.emulator.web import Settings


class Host(Protocol):
    """The emulator as the front and the control calls see it."""

    store: Store
    settings: Settings
    fault_rules: Faults
    exchange_log: ExchangeLog | None
    root_url: str

    @property
    def url(self) -> str:
        """The organization's base URL."""

    def state(self) -> dict[str, Any]:
        """Return everything the emulator holds."""

    def reset(self) -> None:
        """Go back to the seed, and drop all fault rules."""

    def seed_text(self, text: bytes, source: str) -> None:
        """Replace everything by a seed given as YAML or JSON."""
