"""`sync demo`: the embedded Azure DevOps and TestRail kept equal while both are edited, on one machine.

The last part is the whole way of a result: a report is published, and a sync tells TestRail.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
import requests
import yaml

from ado_publisher import resources
from ado_publisher.cli.demo import publish
from ado_publisher.cli.syncconfig import connect, load
from ado_publisher.errors import ServiceError
from ado_publisher.sync.connectors.testrail import TestRailHttp
from ado_publisher.sync.context import Context
from ado_publisher.sync.engine import sync_partition
from ado_publisher.sync.report import Report
from ado_publisher.sync.store import Store

if TYPE_CHECKING:
    from ado_publisher.emulator import Emulator
    from ado_publisher.emulator.testrail import TestRailEmulator

_KEYS = {
    "ADO_PUBLISHER_TOKEN": "demo-pat",
    "TESTRAIL_USER": "user@example.com",
    "TESTRAIL_KEY": "demo-key",
}
_REPORT = """<testsuite name="Pay">
  <testcase name="TC101 Pay by card"><failure message="the card was declined"/></testcase>
  <testcase name="TC102 Pay by bill"/>
</testsuite>
"""


def run() -> None:
    """Show it, step by step. Raises ServiceError when a step does not do what it says."""
    from ado_publisher.emulator import Emulator
    from ado_publisher.emulator.testrail import TestRailEmulator

    rail_seed = yaml.safe_load(resources.text("examples/sync", "testrail.yml"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ado-publisher-sync-demo-")))
        ado = stack.enter_context(Emulator(seed_file=resources.path("examples/sync", "azure-devops.yml")))
        rail = stack.enter_context(TestRailEmulator(rail_seed))
        store = Store(folder / "sync.sqlite")
        stack.callback(store.close)
        _Demo(folder, ado, rail, store).show()


class _Demo:
    def __init__(self, folder: Path, ado: Emulator, rail: TestRailEmulator, store: Store) -> None:
        self.folder, self.ado, self.rail, self.store = folder, ado, rail, store
        self.client = TestRailHttp(rail.url, _KEYS["TESTRAIL_USER"], _KEYS["TESTRAIL_KEY"])
        config = {
            "version": 1,
            "azure_devops": {"organization_url": ado.url, "project": "Shop", "plan": 10},
            "testrail": {"url": rail.url, "project": 1},
            "runs": "none",
            "results": {"of": "all_runs"},
        }
        (folder / "sync.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        self.config = load(str(folder / "sync.yml"))

    def show(self) -> None:
        """Three parts, each checked."""
        click.echo("Each side has suites and test cases that the other does not know. One sync:")
        self._sync()
        self._both()
        click.echo("\nSomebody renames a test case in Azure DevOps, somebody else writes another one's")
        click.echo("preconditions in TestRail. One sync:")
        self._edit_ado(102, "Pay by bill, within 30 days")
        self.client.post("update_case", 1, body={"custom_preconds": "A user that **exists** and may log in"})
        self._sync()
        self._both()
        click.echo("\nA test run is open in TestRail. A pipeline publishes its report. One sync:")
        self.client.post("add_run", 1, body={"name": "Release 1"})
        self._publish()
        self._sync()
        self._results()
        click.echo("\nOnce more, with nothing to do:")
        if self._sync():
            raise ServiceError("the demo's last sync wrote something")

    def _sync(self) -> int:
        report: Report = sync_partition(Context(connect(self.config, _KEYS), self.store))
        made = {what: report.total(what) for what in ("create", "update")}
        click.echo(f"  {made['create']} records created, {made['update']} updated")
        return sum(made.values())

    def _both(self) -> None:
        state = self.ado.state()
        cases = {point["case_id"] for point in state["points"]}
        ours = {
            item["fields"]["System.Title"]: item["id"] for item in state["work_items"] if item["id"] in cases
        }
        theirs = {row["title"]: row["id"] for row in self.rail.state()["cases"]}
        if ours.keys() != theirs.keys():
            raise ServiceError("the demo's sides are not equal")
        for title in sorted(ours):
            click.echo(f"  {title:32} Azure DevOps {ours[title]:>5}   TestRail C{theirs[title]}")

    def _results(self) -> None:
        names = {row["id"]: row["name"] for row in self.rail.data.statuses}
        for test in self.rail.state()["tests"]:
            click.echo(f"  {test['title']:32} TestRail T{test['id']} {names[test['status_id']]}")

    def _edit_ado(self, number: int, title: str) -> None:
        requests.patch(
            f"{self.ado.url}/_apis/wit/workitems/{number}",
            params={"api-version": "7.1"},
            json=[{"op": "add", "path": "/fields/System.Title", "value": title}],
            headers={"Content-Type": "application/json-patch+json"},
            auth=("", _KEYS["ADO_PUBLISHER_TOKEN"]),
            timeout=10,
        ).raise_for_status()

    def _publish(self) -> None:
        (self.folder / "report.xml").write_text(_REPORT, encoding="utf-8")
        options = ("--project", "Shop", "--plan", "10", "--no-build-link")
        said = publish(self.folder, self.ado.url, _KEYS["ADO_PUBLISHER_TOKEN"], "report.xml", *options)
        click.echo("  " + next(line for line in said.splitlines() if "updated by test run" in line))
