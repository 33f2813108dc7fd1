"""Fifty publishers into one run, one request in twenty fails: every result once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.process import clean_environment
from support.sampling import seed, slow_run

PUBLISHERS, RESULTS = (50, 2_000) if slow_run() else (4, 60)
CONFIGURATION = "Windows 11 + Chrome"


@pytest.fixture
def shop():
    cases = [
        {"id": 100_000 + number, "title": f"Case {number}", "configurations": [CONFIGURATION]}
        for number in range(RESULTS)
    ]
    project = {
        "name": "Shop",
        "configurations": [{"id": 1, "name": CONFIGURATION}],
        "plans": [{"id": 10, "name": "Release 1", "suites": [{"id": 12, "name": "All", "cases": cases}]}],
    }
    return {"organization": "demo", "token": "demo-pat", "projects": [project]}


def fails(number, publisher):
    return (number + 7 * publisher) % 400 == 3


def faults():
    """One request in twenty: not served, served without an answer, refused, cut."""
    draw = random.Random(seed())
    kinds = [{"drop": "before"}, {"drop": "after"}, {"status": 503}, {"truncate": 9}]
    kinds.append({"status": 429, "headers": {"Retry-After": "0"}})
    requests = PUBLISHERS * (8 + RESULTS // 100)
    return [
        {"path": "/_apis/", "skip": place, "times": 1, **draw.choice(kinds)}
        for place in sorted(draw.sample(range(requests), max(2, requests // 20)))
    ]


def test_every_result_of_every_publisher_stands_once(emulator, shop, tmp_path):
    service = emulator(shop, exchange_log=None)
    settings = {
        "ADO_PUBLISHER_ORGANIZATION_URL": service.url,
        "ADO_PUBLISHER_TOKEN": "demo-pat",
        "ADO_PUBLISHER_PROJECT": "Shop",
    }

    def call(*arguments, folder):
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "ado_publisher", *map(str, arguments)]
        environment = clean_environment(folder, settings)
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    opened = call("run", "open", "--plan", 10, "--expect", PUBLISHERS, "--json", folder=tmp_path)
    number = json.loads(opened.stdout)["run_id"]

    def publish(index):
        folder = tmp_path / f"job-{index}"
        folder.mkdir()
        cases = "".join(
            f'<testcase name="TC{100_000 + n}">{"<failure/>" if fails(n, index) else ""}</testcase>'
            for n in range(RESULTS)
        )
        (folder / "r.xml").write_text(f"<testsuite>{cases}</testsuite>")
        done = call("publish", "r.xml", "--run", number, "--key", f"job {index}", folder=folder)
        if done.returncode == 4 and "ado-publisher resume" in done.stderr:
            done = call("resume", folder=folder)
        elif done.returncode == 4:
            done = call("publish", "r.xml", "--run", number, "--key", f"job {index}", folder=folder)
        return done.returncode, done.stderr

    service.faults(faults())
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(publish, range(PUBLISHERS)))
    assert [code for code, _ in ended] == [0] * PUBLISHERS, [told for _, told in ended if told][:3]
    service.faults([])
    closed = call("run", "close", number, folder=tmp_path)
    assert closed.returncode == 0, closed.stderr
    (run,) = service.state()["runs"]
    assert run["state"] == "Completed"
    marks = [
        (result["comment"].split("[ado-publisher ")[1][:25], result["point_id"]) for result in run["results"]
    ]
    assert len(marks) == len(set(marks)) == PUBLISHERS * RESULTS
    red = {n for n in range(RESULTS) if any(fails(n, index) for index in range(PUBLISHERS))}
    shown = [point["outcome"] for point in service.state()["points"]]
    assert [n for n, outcome in enumerate(shown) if outcome == "Failed"] == sorted(red)
    assert shown.count("Passed") == RESULTS - len(red)
