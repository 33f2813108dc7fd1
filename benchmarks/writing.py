"""Writing at 100 ms latency: how near is a publish to the requests that must wait for each other?

    python benchmarks/writing.py

The embedded Azure DevOps runs in a process of its own and holds every request for 100 ms. 10,000
results: wall time beside (requests that wait for each other x 100 ms) + own computing (target: at
most 1.3), own computing beside 33.5 s, which a comparable task took in all (target: at most 0.1).
200 attachments of 50 KB: the time that one by one would take beside ours (target: at least 6).
The server's own computing is measured by the same publish without latency, and taken off.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

from ado_publisher.ado import runresults, testplans, testruns
from ado_publisher.publish.writing import RESULT_WRITERS

RESULTS, FILES, SIZE = 10_000, 200, 50_000
LATENCY = 0.1
PEER_SECONDS = 33.5
NAMED = "Windows 11 + Chrome"


def seed() -> dict[str, Any]:
    cases = [{"id": 100_000 + n, "title": f"Case {n}", "configurations": [NAMED]} for n in range(RESULTS)]
    suite = {"id": 12, "name": "All", "cases": cases}
    plan = {"id": 10, "name": "Release", "suites": [suite]}
    builds = [{"id": 41, "number": "1", "definition": {"id": 3, "name": "ci"}}]
    shop = {
        "name": "Shop",
        "configurations": [{"id": 1, "name": NAMED}],
        "builds": builds,
        "plans": [plan],
    }
    return {"token": "demo-pat", "projects": [shop]}


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    (folder / "seed.yml").write_text(json.dumps(seed()))
    ready = folder / "ready"
    command = [
        sys.executable,
        "-m",
        "ado_publisher",
        "emulator",
        "--seed",
        "seed.yml",
        "--ready-file",
        "ready",
    ]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        while not ready.exists():
            time.sleep(0.1)
        yield ready.read_text().strip()
    finally:
        process.terminate()
        process.wait()


def control(url: str, call: str, body: object) -> None:
    address = f"{url.rsplit('/', 1)[0]}/_emulator/{call}"
    data = json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()


def publish(folder: Path, url: str, report: str, latency: float) -> tuple[float, float, dict[str, Any]]:
    """Wall seconds, own seconds of computing, and the facts of one publish."""
    control(url, "reset", {})
    control(url, "faults", {"rules": [{"delay_ms": int(latency * 1000), "times": 0}] if latency else []})
    environment = {**os.environ, "ADO_PUBLISHER_TOKEN": "demo-pat", "ADO_PUBLISHER_ORGANIZATION_URL": url}
    flags = ["--project", "Shop", "--plan", "10", "--build-id", "41", "--key", str(time.time_ns())]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "ado_publisher", "publish", report, "--report-json", "facts.json", *flags],
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, json.loads((folder / "facts.json").read_text())


def many_results(folder: Path, url: str) -> None:
    lines = [f'<testcase classname="shop.Case" name="TC{100_000 + n} works"/>' for n in range(RESULTS)]
    (folder / "many.xml").write_text(f'<testsuite name="Web">{"".join(lines)}</testsuite>')
    plain, _, _ = publish(folder, url, "many.xml", 0)
    wall, cpu, facts = publish(folder, url, "many.xml", LATENCY)
    pages = ceil(RESULTS / testplans.PAGE)
    ids = 1 + ceil((ceil(RESULTS / testruns.READ_PAGE) - 1) / testruns.READERS)
    batches = ceil(ceil(RESULTS / runresults.BATCH) / RESULT_WRITERS)
    path = 1 + 1 + pages + 1 + ids + batches + 1
    server = max(0.0, plain - cpu)
    print(f"{RESULTS:,} results: {facts['requests']} requests, {path} of them wait for each other")
    print(f"  wall {wall:.1f} s with latency, {plain:.1f} s without; own computing {cpu:.1f} s")
    ratio = (wall - server) / (path * LATENCY + cpu)
    print(f"  wall / (path x latency + own computing) = {ratio:.2f} (target: at most 1.3)")
    print(f"  own computing / {PEER_SECONDS} s = {cpu / PEER_SECONDS:.3f} (target: at most 0.1)")


def many_files(folder: Path, url: str) -> None:
    lines = []
    for n in range(FILES):
        (folder / f"shot{n}.png").write_bytes(os.urandom(SIZE))
        out = f"<system-out>[[ATTACHMENT|shot{n}.png]]</system-out>"
        lines.append(f'<testcase name="TC{100_000 + n} x"><failure message="no"/>{out}</testcase>')
    (folder / "files.xml").write_text(f'<testsuite name="Web">{"".join(lines)}</testsuite>')
    bare = [line.partition("<system-out>")[0] + "</testcase>" for line in lines]
    (folder / "bare.xml").write_text(f'<testsuite name="Web">{"".join(bare)}</testsuite>')
    without, _, _ = publish(folder, url, "bare.xml", LATENCY)
    wall, _, facts = publish(folder, url, "files.xml", LATENCY)
    assert facts["attachments"]["uploaded"] == FILES
    ours = wall - without
    print(f"{FILES} attachments of {SIZE // 1000} KB: {ours:.1f} s beside {FILES * LATENCY:.0f} s one by one")
    print(f"  one by one / ours = {FILES * LATENCY / ours:.1f} (target: at least 6)")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, emulator(Path(name)) as url:
        many_results(Path(name), url)
        many_files(Path(name), url)


if __name__ == "__main__":
    main()
