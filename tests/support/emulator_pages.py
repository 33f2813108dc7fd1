"""A publish with everything a page can show, hostile texts included, and the addresses of its pages."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from support.emulator_seed import small_seed

EVIL = "<script>alert('x')</script>\"&"
DONE = {"state": "Completed"}


def picture() -> bytes:
    """Return a small PNG image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 40, 20, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x2a\x7f\xc0" * 40 for _ in range(20))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


FILES = {
    "shot.png": picture(),
    "console.log": b"INFO start\nERROR <b>boom</b>\n",
    "page.html": b"<script>alert(1)</script>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "trace.zip": b"PK\x03\x04\0\0\xff",
}


def rich_seed() -> dict[str, Any]:
    """The small seed with a release, a requirement and a name that must be quoted in addresses."""
    seed = small_seed()
    shop = seed["projects"][0]
    shop["releases"] = [{"id": 7, "name": "Release-7", "environments": [{"id": 71, "name": "Staging"}]}]
    shop["work_items"] = [
        {
            "id": 301,
            "type": "Requirement",
            "title": EVIL,
            "links": [{"type": "Microsoft.VSTS.Common.TestedBy-Forward", "target": 101, "comment": EVIL}],
        }
    ]
    return seed


def publish(service: Any) -> int:
    """Write two runs onto the plan, the second with everything; return its id."""
    first = service.planned_run(1, 3, name="nightly")
    service.patch(
        f"test/runs/{first}/results",
        [
            {"id": 100000, "outcome": "Passed", "durationInMs": 812, **DONE},
            {"id": 100001, "outcome": "NotExecuted", **DONE},
        ],
    )
    service.patch(f"test/runs/{first}", DONE)
    run = service.planned_run(
        *(1, 2, 3, 4),
        name=EVIL,
        automated=True,
        build={"id": "41"},
        comment=f"see https://ci.example/run/7?a=1&b=2, {EVIL}",
        tags=[{"name": "nightly"}],
        releaseUri="vstfs:///ReleaseManagement/Release/7",
        releaseEnvironmentUri="vstfs:///ReleaseManagement/Environment/71",
    )
    row = {"displayName": "row 2", "outcome": "Failed", "errorMessage": EVIL, "comment": EVIL}
    failed = {
        "id": 100000,
        "outcome": "Failed",
        "errorMessage": f"AssertionError: {EVIL}",
        "stackTrace": f"at shop.Login {EVIL}",
        "comment": EVIL,
        "automatedTestName": EVIL,
        "computerName": EVIL,
        "durationInMs": 75312.5,
        "resultGroupType": "rerun",
        "associatedBugs": [{"id": "301"}],
        "subResults": [
            {"displayName": "Attempt# 0", "outcome": "Failed", "subResults": [{"displayName": EVIL}, row]},
            {"displayName": "Attempt# 1", "outcome": "Failed", "durationInMs": 2000, "stackTrace": EVIL},
        ],
        **DONE,
    }
    blocked = {"id": 100002, "outcome": "Blocked", "comment": "environment down", **DONE}
    service.patch(f"test/runs/{run}/results", [failed, {"id": 100001, "outcome": "Passed", **DONE}, blocked])
    for name, content in {**FILES, EVIL: b"hi"}.items():
        attach(service, f"test/runs/{run}/Results/100000/attachments", name, content)
    attach(
        service,
        f"test/runs/{run}/Results/100000/attachments?testSubResultId=4",
        "attempt.txt",
        b"of attempt 1",
    )
    attach(service, f"test/runs/{run}/attachments", "junit.xml", b"<testsuite/>")
    return run


def attach(service: Any, path: str, name: str, content: bytes) -> None:
    """Store an attachment."""
    stream = base64.b64encode(content).decode()
    service.post(path, {"stream": stream, "fileName": name, "attachmentType": "GeneralAttachment"})


def addresses(service: Any, run: int) -> dict[str, str]:
    """Return the address of every kind of page."""
    shop = f"{service.emulator.url}/Shop"
    runs = f"{shop}/_TestManagement/Runs"
    return {
        "root": service.emulator.root_url,
        "home": service.emulator.url,
        "project": shop,
        "plans": f"{shop}/_testPlans",
        "legacy plans": f"{shop}/_testManagement?planId=10",
        "plan": f"{shop}/_testPlans/execute?planId=10",
        "suite": f"{shop}/_testPlans/execute?planId=10&suiteId=12",
        "point": f"{shop}/_testPlans/_results?testCaseId=101&contextPointId=1",
        "points of a case": f"{shop}/_testPlans/_results?testCaseId=101",
        "runs": runs,
        "run": f"{runs}?runId={run}&_a=runCharts",
        "results": f"{runs}?runId={run}&_a=resultQuery",
        "failed results": f"{runs}?runId={run}&_a=resultQuery&outcome=Failed",
        "result": f"{runs}?runId={run}&_a=resultSummary&resultId=100000",
        "builds": f"{shop}/_build",
        "build": f"{shop}/_build/results?buildId=41&view=results",
        "release": f"{shop}/_releaseProgress?releaseId=7",
        "case": f"{shop}/_workitems/edit/101",
        "work item": f"{service.emulator.url}/_workitems/edit/301",
    }
