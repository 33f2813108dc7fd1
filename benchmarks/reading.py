"""Reading against the cheapest reading there is and against what others would use, in one run on one machine.

    python benchmarks/reading.py [--cases 100000] [--rounds 5] [--million] [--megabytes 50] [--only junit]

Reference: a bare `lxml.etree.iterparse(file, tag=…)` loop that clears what it saw and keeps nothing. Ours is
`ado-publisher inspect FILE --json`, which fills every field of every result, and `kept`, which holds all of
them as publish does. Others are measured where they are installed: junitparser and robot.api (pip), and
test-results-parser (npm, found by NODE_PATH). Each is a process of its own, interpreter start included, and
they take turns, because the speed of a shared machine drifts within seconds. Wall time is the minimum of all
rounds; memory is the peak of the process. Ratios are to the bare loop of the same file, or to ours.

Targets: at most 1.6 times the bare loop (2.2 kept), four times faster than junitparser, 40 MB whatever the
size and shape, four files on two cores 1.5 times faster than one after the other. docs/performance.md says
what was reached.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
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
for _, element in etree.iterparse(sys.argv[1], tag=sys.argv[2], huge_tree=True):
    count += 1
    element.clear()
print(count)
"""
KEPT = """
import gc, sys
from ado_publisher import reports
gc.disable()
print(len(reports.collect([(path, "auto", None) for path in sys.argv[1:]]).results))
"""
JUNITPARSER = """
import sys
from junitparser import JUnitXml
cases = (case for suite in JUnitXml.fromfile(sys.argv[1]) for case in suite)
print(sum(1 for case in cases if (case.name, case.result, case.time)))
"""
# What `inspect` reads of each test as well.
JUNITPARSER_WHOLE = """
import sys
from junitparser import JUnitXml, Properties
def whole(case):
    said = [(each.message, each.type, each.text) for each in case.result]
    listed = case.child(Properties)
    stated = [(each.name, each.value) for each in listed] if listed is not None else []
    return case.name, case.classname, case.time, said, stated, case.system_out, case.system_err
cases = (case for suite in JUnitXml.fromfile(sys.argv[1]) for case in suite)
print(sum(1 for case in cases if whole(case)))
"""
ROBOT = """
import sys
from robot.api import ExecutionResult
print(ExecutionResult(sys.argv[1]).statistics.total.total)
"""
NODE = """
const { parse } = require('test-results-parser');
console.log(parse({ type: process.argv[2], files: [process.argv[1]] }).total);
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


def trx(i: int) -> str:
    """A TRX result."""
    error = (
        f"<Output><ErrorInfo><Message>bad {i}</Message><StackTrace>{TRACE}</StackTrace></ErrorInfo></Output>"
    )
    return (
        f'<UnitTestResult executionId="e{i}" testId="t{i}" testName="Test{i}" computerName="AGENT" '
        f'duration="00:00:00.1000000" outcome="{"Passed" if i % 10 else "Failed"}">'
        f"{'' if i % 10 else f'<Output>{error}</Output>'}</UnitTestResult>\n"
    )


def definition(i: int) -> str:
    """The definition of a TRX test."""
    method = f'<TestMethod className="Shop.Tests" name="Test{i}"/>'
    return f'<UnitTest name="Test{i}" id="t{i}"><Execution id="e{i}"/>{method}</UnitTest>\n'


def nunit3(i: int) -> str:
    """An NUnit 3 test case."""
    failure = f"<failure><message>bad</message><stack-trace>{TRACE}</stack-trace></failure>"
    return (
        f'<test-case id="{i}" name="Test{i}" fullname="Shop.Tests.Test{i}" classname="Shop.Tests" '
        f'result="{"Passed" if i % 10 else "Failed"}" duration="0.1"><properties><property name="TestCaseId" '
        f'value="{i}"/></properties>{"" if i % 10 else failure}<output>paid</output></test-case>\n'
    )


def robot(i: int) -> str:
    """A Robot Framework test with five keywords."""
    word = "PASS" if i % 10 else "FAIL"
    keyword = (
        f'<kw name="Log" owner="BuiltIn"><msg time="2026-01-02T03:04:05" level="INFO">step of {i}</msg>'
        '<arg>x</arg><status status="PASS" start="2026-01-02T03:04:05" elapsed="0.001"/></kw>'
    )
    status = f'<status status="{word}" start="2026-01-02T03:04:05" elapsed="0.1">bad</status>'
    return f'<test id="s1-t{i}" name="Test {i}" line="{i}">{keyword * 5}<tag>TC{i}</tag>{status}</test>\n'


def cucumber(i: int) -> str:
    """A feature with one scenario of five steps, and a comma before all but the first."""
    steps = [
        {"keyword": "Given ", "name": f"step {n}", "result": {"status": "passed", "duration": 1000}}
        for n in range(5)
    ]
    scenario = {
        "type": "scenario",
        "keyword": "Scenario",
        "name": f"scenario {i}",
        "id": f"s;{i}",
        "steps": steps,
    }
    feature = {"uri": f"f{i}.feature", "name": f"feature {i}", "keyword": "Feature", "elements": [scenario]}
    return ("," if i else "") + json.dumps(feature)


# What comes before the tests, one test, what comes behind, its tag, the format's name in the npm parser.
FORMATS = {
    "trx": (
        '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>',
        trx,
        "</TestDefinitions></TestRun>",
        "{*}UnitTestResult",
        "mstest",
    ),
    "nunit3": (
        '<test-run id="1"><test-suite name="s">',
        nunit3,
        "</test-suite></test-run>",
        "test-case",
        "nunit",
    ),
    "robot": ('<robot generator="Robot 7.0"><suite name="s">', robot, "</suite></robot>", "test", ""),
    "cucumber": ("[", cucumber, "]", "", "cucumber"),
}


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


def programs(path: Path, tag: str, npm: str) -> dict[str, list[str]]:
    """Everything that can read the file here, by name."""
    python = [sys.executable, "-c"]
    found = {}
    if tag:
        found["bare loop"] = [*python, BARE, str(path), tag]
    found["ado-publisher inspect"] = [sys.executable, "-m", "ado_publisher", "inspect", "--json", str(path)]
    found["ado-publisher kept"] = [*python, KEPT, str(path)]
    if tag == "testcase" and importlib.util.find_spec("junitparser"):
        found["junitparser"] = [*python, JUNITPARSER, str(path)]
        found["junitparser, every field"] = [*python, JUNITPARSER_WHOLE, str(path)]
    if tag == "test" and importlib.util.find_spec("robot"):
        found["robot.api"] = [*python, ROBOT, str(path)]
    node = shutil.which("node")
    # Beyond some hundred megabytes it does not end.
    if npm and node and os.environ.get("NODE_PATH") and path.stat().st_size < 200e6:
        found["test-results-parser"] = [node, "-e", NODE, str(path), npm]
    return found


def table(title: str, commands: dict[str, list[str]], rounds: int) -> None:
    """Measure the programs in turns and print a row for each; one that fails is told as that."""
    results: dict[str, list[Measured]] = {name: [] for name in commands}
    broken = set()
    for _ in range(rounds):
        for name, command in commands.items():
            if name in broken:
                continue
            try:
                results[name].append(measured(command))
            except RuntimeError:
                broken.add(name)
    first = next(name for name in commands if name not in broken)
    base = min(one.seconds for one in results[first])
    print(f"\n{title}, {rounds} rounds, ratios to the {first}")
    for name, found in results.items():
        if name in broken or not found:
            print(f"  {name:24} does not read it")
            continue
        seconds, peak = min(one.seconds for one in found), max(one.megabytes for one in found)
        print(f"  {name:24} {seconds:7.2f} s {seconds / base:6.2f} x {peak:7.1f} MB")


def junit_file(path: Path, cases: int, *, giant: bool = False) -> Path:
    """A JUnit report on disk."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(report(cases, giant=giant))
    return path


def other_file(path: Path, kind: str, megabytes: int) -> Path:
    """A report of another format of about that size."""
    head, test, end, _, _ = FORMATS[kind]
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        number = 0
        while file.tell() < megabytes * 1_000_000:
            file.writelines(test(number + i) for i in range(1000))
            number += 1000
        if kind == "trx":
            file.write("</Results><TestDefinitions>")
            file.writelines(definition(i) for i in range(number))
        file.write(end)
    return path


def together(path: Path, rounds: int) -> None:
    """Four files at once against one after the other, by the same command."""
    copies = [path.with_name(f"{path.stem}-{number}.xml") for number in range(4)]
    for copy in copies:
        shutil.copy(path, copy)
    inspect = [sys.executable, "-m", "ado_publisher", "inspect", "--json"]
    at_once, apart = [], []
    for _ in range(rounds):
        at_once.append(measured([*inspect, *map(str, copies)]).seconds)
        apart.append(sum(measured([*inspect, str(copy)]).seconds for copy in copies))
    print(f"\nfour files of {path.stat().st_size / 1e6:.0f} MB: one after the other {min(apart):.2f} s, "
          f"together {min(at_once):.2f} s: {min(apart) / min(at_once):.2f} times faster")  # fmt: skip


def main() -> None:
    """Generate, measure in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--million", action="store_true", help="a million JUnit tests as well")
    parser.add_argument("--megabytes", type=int, default=50, help="size of the reports of other formats")
    parser.add_argument("--only", choices=("junit", *FORMATS), help="this format alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ado-publisher-reading-") as name:
        folder = Path(name)
        if options.only in (None, "junit"):
            path = junit_file(folder / "report.xml", options.cases)
            size = path.stat().st_size / 1e6
            title = f"JUnit, {options.cases:,} tests, {size:.0f} MB, suites of 100"
            table(title, programs(path, "testcase", "junit"), options.rounds)
            together(path, min(options.rounds, 3))
            giant = junit_file(folder / "giant.xml", options.cases, giant=True)
            commands = programs(giant, "testcase", "junit")
            table("JUnit, the same in one suite", {name: commands[name] for name in list(commands)[:2]}, 3)
            if options.million:
                large = junit_file(folder / "large.xml", 1_000_000)
                table("JUnit, 1,000,000 tests", programs(large, "testcase", "junit"), 2)
        for kind, (_, _, _, tag, npm) in FORMATS.items():
            if options.only in (None, kind):
                path = other_file(
                    folder / f"{kind}.{'json' if kind == 'cucumber' else 'xml'}", kind, options.megabytes
                )
                table(f"{kind}, {options.megabytes} MB", programs(path, tag, npm), min(options.rounds, 3))


if __name__ == "__main__":
    main()
