"""Reading against the cheapest reading there is, in one run on one machine.

    python benchmarks/reading.py [--cases 100000] [--rounds 7] [--giant]

Reference: a bare `lxml.etree.iterparse(file, tag="testcase")` loop that clears what it saw and
keeps nothing. Measured: `ado-publisher inspect FILE --json`, which fills every field of every
result. Both are processes of their own, interpreter start included, and take turns, because the
speed of a shared machine drifts within seconds. Wall time is the minimum over the rounds; memory
is the peak resident set of the process. `--giant` puts every test into one suite.

Targets: at most 2.0 times the reference, and 40 MB whatever the size and shape.

Measured 2026-11, Python 3.11, lxml 6.1, two shared cores: 1.9 times (1.5 to 2.1 as others were at
work; 1.75 by the instructions that valgrind counts), and 22 MB in suites of 100 as in one suite.
A parser target that does nothing takes 0.85 to 0.9 of the reference, the same as building a tree and
deleting it unread; reading that tree takes as much again, so a tree gains nothing. Start-up is 0.1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BARE = """
import sys
from lxml import etree
count = 0
for _, element in etree.iterparse(sys.argv[1], tag="testcase"):
    count += 1
    element.clear()
print(count)
"""
TRACE = "".join(f"\tat com.example.shop.Checkout.step{i}(Checkout.java:{i * 7})\n" for i in range(12))


@dataclass(frozen=True, slots=True)
class Measured:
    """One process: seconds from start to end, and its peak in MB."""

    seconds: float
    megabytes: float


def report(cases: int, *, giant: bool) -> Iterator[str]:
    """A report with properties, outputs, every tenth test failed and every fiftieth skipped."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    size = cases if giant else 100
    for first in range(0, cases, size):
        count = min(size, cases - first)
        yield f'<testsuite name="com.example.Suite{first // size}" tests="{count}" hostname="agent"'
        yield ' timestamp="2026-01-02T03:04:05">'
        yield '<properties><property name="browser" value="Chrome 120"/></properties>\n'
        for number in range(first, first + count):
            yield case(number)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def case(i: int) -> str:
    """One test of about 450 bytes."""
    verdict = ""
    if i % 10 == 0:
        verdict = (
            f'<failure message="expected {i} &lt; 5" type="AssertionError"><![CDATA[{TRACE}]]></failure>'
        )
    elif i % 50 == 49:
        verdict = '<skipped message="later"/>'
    marker = f"[[ATTACHMENT|shots/{i}.png]]\n" if i % 10 == 0 else ""
    return (
        f'<testcase classname="com.example.shop.Suite{i // 100}" name="test number {i} does what it says" '
        f'time="0.{i % 1000:03d}" file="src/t{i % 50}.java" line="{i % 900}">'
        f'<properties><property name="test_case_id" value="{i + 1000}"/>'
        f'<property name="owner" value="team-{i % 7}"/></properties>{verdict}'
        f"<system-out><![CDATA[opening page {i}\nclicking the button\nwaiting for the answer\n{marker}]]>"
        "</system-out></testcase>\n"
    )


def measured(command: Sequence[str]) -> Measured:
    """Run a process to its end. Raises RuntimeError when it fails."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Measured(seconds, usage.ru_maxrss / 1024)


def main() -> None:
    """Generate, measure in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--giant", action="store_true", help="one suite that holds every test")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ado-publisher-reading-") as folder:
        path = Path(folder) / "report.xml"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(report(options.cases, giant=options.giant))
        commands = {
            "bare loop": [sys.executable, "-c", BARE, str(path)],
            "inspect": [sys.executable, "-m", "ado_publisher", "inspect", "--json", str(path)],
        }
        shape = "one suite" if options.giant else "suites of 100"
        size = path.stat().st_size / 1e6
        print(f"{options.cases:,} tests, {size:.0f} MB, {shape}, {options.rounds} rounds")
        rounds = [
            {name: measured(command) for name, command in commands.items()} for _ in range(options.rounds)
        ]
    fastest = {name: min(one[name].seconds for one in rounds) for name in commands}
    for name in commands:
        peak = max(one[name].megabytes for one in rounds)
        print(f"{name:10} {fastest[name]:6.2f} s  {peak:6.1f} MB")
    paired = sorted(one["inspect"].seconds / one["bare loop"].seconds for one in rounds)
    ratio = fastest["inspect"] / fastest["bare loop"]
    median = paired[len(paired) // 2]
    print(f"inspect / bare loop: {ratio:.2f} (minimum / minimum), {median:.2f} (median of pairs)")


if __name__ == "__main__":
    main()
