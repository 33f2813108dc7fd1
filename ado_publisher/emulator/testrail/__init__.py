"""The embedded TestRail, for sync: API version 2 over HTTP, in memory."""

from ado_publisher.emulator.testrail.server import TestRailEmulator

__all__ = ["TestRailEmulator"]
