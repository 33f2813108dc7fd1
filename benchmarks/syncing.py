"""A first sync, and quiet ones, against both embedded services: requests a record, and memory.

usage: python benchmarks/syncing.py [CASES]     20,000 by default, with a tenth as many suites, 2.5 times as
many results

The services run in processes of their own, so that the memory is the sync's. A row shows how many requests of
a call were sent for one changed record: figures that do not depend on the machine.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.emulator import Emulator
from ado_publisher.emulator.testrail import TestRailEmulator
from ado_publisher.sync.connectors.ado import AdoConnector
from ado_publisher.sync.connectors.testrail import TestRailConnector, TestRailHttp
from ado_publisher.sync.context import Context, Partition
from ado_publisher.sync.engine import sync_partition
from ado_publisher.sync.model import CASE, CONTAINER, RESULT, Side
from ado_publisher.sync.preset import Choices, integrations
from ado_publisher.sync.store import Store

RESULTS_A_CASE = 2.5


def seed(cases: int) -> dict[str, Any]:
    """A plan with ten cases in each suite, and the fields for markers."""
    suites = [
        {
            "name": f"Suite {number}",
            "cases": [
                {
                    "id": 100_000 + number * 10 + each,
                    "title": f"case {number}.{each}",
                    "description": "<p>a</p>",
                }
                for each in range(10)
            ],
        }
        for number in range(cases // 10)
    ]
    markers = {"Custom.TestRailID": "-", "Custom.TestRailURL": "-"}
    project = {
        "name": "Shop",
        "configurations": [{"id": 1, "name": "Windows", "default": True}],
        "plans": [{"id": 10, "name": "Release", "suites": suites}],
        "work_items": [{"id": 99_999, "type": "Test Case", "title": "loose", "fields": markers}],
    }
    return {"organization": "demo", "token": "demo-pat", "projects": [project]}


def serve_ado(cases: int, pipe: Connection) -> None:
    """Azure DevOps, until the pipe is closed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "seed.json"
        file.write_text(json.dumps(seed(cases)), encoding="utf-8")
        with Emulator(seed_file=file) as emulator:
            pipe.send(emulator.url)
            pipe.recv()


def serve_testrail(pipe: Connection) -> None:
    """TestRail, until the pipe is closed."""
    names = ("ID", "URL")
    fields = [{"name": f"azure_devops_{n.lower()}", "label": f"Azure DevOps {n}"} for n in names]
    with TestRailEmulator({"case_fields": fields, "projects": [{"name": "Shop"}]}) as emulator:
        pipe.send(emulator.url)
        pipe.recv()


class Counting(TestRailHttp):
    """Counts requests by call."""

    def __init__(self, *arguments: str) -> None:
        super().__init__(*arguments)
        self.sent: Counter[str] = Counter()

    def _call(self, method: str, name: str, *more: Any) -> object:
        self.sent[f"{method} {name}"] += 1
        return super()._call(method, name, *more)


def publish(session: AdoSession, cases: int) -> int:
    """Runs of the plan with results of every case; how many results."""
    from ado_publisher.ado.versions import Operation

    make = Operation("make a run", "POST", "/{project}/_apis/test/runs")
    rows = Operation("list", "GET", "/{project}/_apis/test/Runs/{run}/results")
    write = Operation("write", "PATCH", "/{project}/_apis/test/Runs/{run}/results")
    plan = testplans.plan_by_id(session, "Shop", 10)
    assert plan is not None
    points = [point.id for point in testplans.points(session, "Shop", plan)]
    made, wanted = 0, int(cases * RESULTS_A_CASE)
    while made < wanted:
        some = points[: min(len(points), wanted - made)]
        body = {"name": "nightly", "automated": True, "plan": {"id": "10"}, "pointIds": some}
        run = session.call(make, {"project": "Shop"}, body=json.dumps(body).encode()).json["id"]
        path = {"project": "Shop", "run": run}
        for skip in range(0, len(some), 1000):
            found = session.call(rows, path, query={"$top": 1000, "$skip": skip}).json["value"]
            done = [{"id": row["id"], "outcome": "Passed", "state": "Completed"} for row in found]
            session.call(write, path, body=json.dumps(done).encode())
        made += len(some)
    return made


def table(title: str, records: int, sent: Mapping[str, int], seconds: float) -> None:
    """Print the requests of one step."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{title}: {records} records changed, {sum(sent.values())} requests, {seconds:.0f} s, {peak:.0f} MB"
    )
    for name, count in sorted(sent.items(), key=lambda each: -each[1]):
        print(f"  {name:44} {count:8} {count / records if records else 0:8.3f} a record")


def main(cases: int) -> None:
    """Serve, sync, print."""
    context = multiprocessing.get_context("spawn")
    here = [context.Pipe() for _ in range(2)]
    ado = context.Process(target=serve_ado, args=(cases, here[0][1]), daemon=True)
    rail = context.Process(target=serve_testrail, args=(here[1][1],), daemon=True)
    ado.start()
    rail.start()
    addresses = [pipe[0].recv() for pipe in here]
    session = AdoSession(addresses[0], "demo-pat")
    http = Counting(addresses[1], "user@example.com", "demo-key")
    plan = testplans.plan_by_id(session, "Shop", 10)
    assert plan is not None
    kinds = frozenset({CONTAINER, CASE, RESULT})
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "sync.sqlite")

        def sync(title: str) -> None:
            session.sent.clear()
            http.sent.clear()
            sides = {
                Side.ADO: AdoConnector(session, "Shop", plan, all_runs=True),
                Side.REMOTE: TestRailConnector(http, 1),
            }
            preset = integrations("ado-testrail", Choices(kinds=kinds, every_run=True))
            began = time.monotonic()
            report = sync_partition(Context(Partition("p", sides, preset, "v1"), store))
            sent = {f"Azure DevOps: {name}": n for name, n in session.sent.items()}
            sent |= {f"TestRail: {name}": n for name, n in http.sent.items()}
            table(title, report.total("create", "update"), sent, time.monotonic() - began)

        sync("first sync of suites and test cases")
        http.post("add_run", 1, body={"name": "Release"})
        print(f"\n{publish(session, cases)} results published")
        sync("first sync of results")
        # The windows overlap by ten minutes: as if they had passed.
        store.db.execute("update cursor set watermark = watermark + 700, swept = swept + 700")
        sync("quiet sync, ten minutes later")
        store.close()
    for pipe in here:
        pipe[0].send("end")
    ado.join(10)
    rail.join(10)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
