"""Go: the lines of `go test -json`. https://pkg.go.dev/cmd/test2json"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._fields import number, text
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, lines
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._values import moment

_OUTCOMES = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.NOT_EXECUTED}
_FRAMES = ("=== ", "--- ")
_NOT_BUILT = re.compile(r"FAIL\s+(\S{1,500}) \[((?:build|setup) failed)\]")


@dataclass(slots=True)
class _Open:
    """A test that has begun, or a package."""

    line: int
    started: datetime | None = None
    output: list[str] = field(default_factory=list)
    parent: bool = False
    ran: bool = False
    blamed: bool = False


def _is_go(head: Head) -> bool:
    return "Action" in head.keys and bool({"Package", "ImportPath"} & head.keys)


@report_format("go-test", recognizes=_is_go)
def read(source: Source) -> Iterator[TestResult]:
    """Every test; of one that has subtests these count, and it only where it failed by itself.

    A package that failed without a test that did, such as one that does not build, is told as a failed test.
    """
    stream = _Stream(source)
    for line, event in lines(source):
        if isinstance(event, str):
            yield from stream.words(line, event)
        elif text(event, "Test"):
            yield from stream.test(line, event)
        elif text(event, "Package"):
            yield from stream.package(line, event)
        elif text(event, "Action") == "build-output":
            stream.broken.setdefault(text(event, "ImportPath"), []).append(text(event, "Output"))
    for package in dict.fromkeys(package for package, _ in stream.tests):
        yield from stream.aborted(package)


class _Stream:
    """What is running while the lines go by."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tests: dict[tuple[str, str], _Open] = {}
        self.packages: dict[str, _Open] = {}
        self.broken: dict[str, list[str]] = {}
        self.failed: set[str] = set()

    def words(self, line: int, said: str) -> Iterator[TestResult]:
        """Before 1.24 a package that does not build is told in words alone."""
        if found := _NOT_BUILT.fullmatch(said):
            known = self.packages.setdefault(found[1], _Open(line))
            self.source.notes.suites = len(self.packages)
            known.output.append(found[2])
            self.failed.add(found[1])
            yield _package(self.source, found[1], known, {})

    def package(self, line: int, event: Json) -> Iterator[TestResult]:
        """A package says something, or ends."""
        package, action = text(event, "Package"), text(event, "Action")
        known = self.packages.setdefault(package, _Open(line))
        self.source.notes.suites = len(self.packages)
        if action == "output":
            known.output.append(text(event, "Output"))
        elif action in ("pass", "skip"):
            yield from self.unended(package)
        elif action == "fail":
            yield from self.aborted(package)
            if package not in self.failed:
                known.output += self.broken.get(text(event, "FailedBuild"), [])
                yield _package(self.source, package, known, event)

    def test(self, line: int, event: Json) -> Iterator[TestResult]:
        """A test begins, says something, or ends."""
        package, name, action = text(event, "Package"), text(event, "Test"), text(event, "Action")
        known = self.tests.setdefault((package, name), _Open(line))
        if action == "bench":
            del self.tests[package, name]
        elif action == "run":
            known.ran = True
            known.started = moment(text(event, "Time"))
            above = self.tests.get((package, name.rpartition("/")[0]))
            if above is not None:
                above.parent = True
        elif action == "output":
            known.output.append(text(event, "Output"))
        elif action in _OUTCOMES:
            del self.tests[package, name]
            outcome = _OUTCOMES[action]
            if outcome is Outcome.FAILED:
                self.failed.add(package)
                above = self.tests.get((package, name.rpartition("/")[0]))
                if above is not None:
                    above.blamed = True
            # One that failed without a subtest that did has failed by itself, also without a word.
            alone = outcome is Outcome.FAILED and (not known.blamed or _own_words(known.output))
            if not known.parent or alone:
                yield _result(self.source, package, name, known, outcome, event)

    def unended(self, package: str) -> Iterator[TestResult]:
        """Tests of a package that passed whose end is not told: they wrote over it. Benchmarks have none."""
        for key in [key for key in self.tests if key[0] == package]:
            known = self.tests.pop(key)
            if known.ran and not known.parent and not key[1].startswith("Benchmark"):
                result = _result(self.source, *key, known, Outcome.INCONCLUSIVE, {})
                yield result.replaced(message="its package passed, but the report does not hold its own end")

    def aborted(self, package: str) -> Iterator[TestResult]:
        """What had begun when its package ended: a panic or a timeout took it along."""
        for key in [key for key in self.tests if key[0] == package]:
            known = self.tests.pop(key)
            if known.ran and not known.parent:
                self.failed.add(package)
                yield _result(self.source, *key, known, Outcome.ABORTED, {})


def _own_words(output: list[str]) -> bool:
    """A test with subtests said something itself."""
    return any(not each.lstrip().startswith(_FRAMES) and each.strip() for each in output)


def _result(
    source: Source, package: str, name: str, known: _Open, outcome: Outcome, event: Json
) -> TestResult:
    said = "".join(known.output)
    told = [each for each in said.split("\n") if each.strip() and not each.lstrip().startswith(_FRAMES)]
    bad = outcome is not Outcome.PASSED
    first = told[0].strip() if told else ""
    if outcome is Outcome.ABORTED and not first:
        first = "the package ended before this test did"
    return TestResult(
        name,
        outcome,
        package,
        (package,),
        source.path,
        known.line,
        number(event, "Elapsed"),
        known.started,
        first if bad else "",
        "\n".join(told) if bad and len(told) > 1 else "",
        with_ids([("package", package)]),
        stdout=said,
        test_type="Go",
    )


def _package(source: Source, package: str, known: _Open, event: Json) -> TestResult:
    said = "".join(known.output).strip()
    return TestResult(
        package.rpartition("/")[2],
        Outcome.ERROR,
        package,
        (package,),
        source.path,
        known.line,
        number(event, "Elapsed"),
        None,
        said.partition("\n")[0] or "the package failed and no test of it did",
        said,
        with_ids([("package", package)]),
        test_type="Go",
    )
