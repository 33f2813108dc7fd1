"""TestRail, over its API version 2 (facts/sync.md section 2.4)."""

from ado_publisher.sync.connectors.testrail.connector import TestRailConnector
from ado_publisher.sync.connectors.testrail.http import ApiRefused, TestRailHttp

__all__ = ["ApiRefused", "TestRailConnector", "TestRailHttp"]
