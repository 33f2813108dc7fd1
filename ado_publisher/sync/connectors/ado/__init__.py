"""Azure DevOps as one side of a sync: suites, test cases, test runs and results of one test plan."""

from ado_publisher.sync.connectors.ado.connector import AdoConnector
from ado_publisher.sync.connectors.ado.runs import AdoRuns

__all__ = ["AdoConnector", "AdoRuns"]
