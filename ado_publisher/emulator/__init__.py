"""The embedded Azure DevOps: a real HTTP server over SQLite, for demos, dry runs and tests.

It imports nothing of the rest of the package: it must not share our client's misunderstandings.
"""

from ado_publisher.emulator.behaviours import BEHAVIOURS
from ado_publisher.emulator.emulator import Emulator
from ado_publisher.emulator.faults import FaultError
from ado_publisher.emulator.seed_text import SeedError

__all__ = ["BEHAVIOURS", "Emulator", "FaultError", "SeedError"]
