"""Dart and Flutter: the lines of `dart test --reporter json` and `flutter test --machine`.

https://github.com/dart-lang/test/blob/master/pkgs/test/doc/json_reporter.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._fields import inner, number, plain, text
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, lines
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source

_OUTCOMES = {"success": Outcome.PASSED, "failure": Outcome.FAILED, "error": Outcome.ERROR}


@dataclass(slots=True)
class _Open:
    """A test that has begun."""

    line: int
    test: Json
    began: float
    errors: list[tuple[str, str]] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


def _is_dart(head: Head) -> bool:
    return {"protocolVersion", "type"} <= head.keys or {"testID", "type"} <= head.keys


@report_format("dart-json", recognizes=_is_dart)
def read(source: Source) -> Iterator[TestResult]:
    """Every test that is not hidden, when it is done; one that never is was aborted."""
    stream = _Stream(source)
    for line, event in lines(source):
        if not isinstance(event, str):
            yield from stream.take(line, event)
    for known in stream.running.values():
        result = stream.result(known, Outcome.ABORTED, None)
        yield result.replaced(message=result.message or "the report ends before this test did")


class _Stream:
    """What is known while the lines go by: suites, groups and tests by their ids."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.suites: dict[int, str] = {}
        self.groups: dict[int, str] = {}
        self.running: dict[int, _Open] = {}
        self.ended: dict[int, _Open] = {}
        self.used: set[str] = set()

    def take(self, line: int, event: Json) -> Iterator[TestResult]:
        """One event; the result of the test that it ends."""
        kind = text(event, "type")
        if kind == "suite":
            suite = inner(event, "suite")
            self.suites[_id(suite, "id")] = text(suite, "path")
        elif kind == "group":
            group = inner(event, "group")
            self.groups[_id(group, "id")] = text(group, "name")
        elif kind == "testStart":
            test = inner(event, "test")
            self.running[_id(test, "id")] = _Open(line, test, number(event, "time") or 0.0)
        elif kind == "error" and (ended := self.ended.get(_id(event, "testID"))):
            # The reporter's own words: a test that meets an error after its end has failed.
            ended.errors.append((plain(text(event, "error")), text(event, "stackTrace")))
            outcome = Outcome.FAILED if event.get("isFailure") is True else Outcome.ERROR
            yield self.result(ended, outcome, number(event, "time"))
            ended.errors.clear()
        elif known := self.running.get(_id(event, "testID")):
            if kind == "error":
                known.errors.append((plain(text(event, "error")), text(event, "stackTrace")))
            elif kind == "print":
                known.printed.append(text(event, "message"))
            elif kind == "testDone":
                self.ended[_id(event, "testID")] = _Open(known.line, known.test, known.began)
                del self.running[_id(event, "testID")]
                outcome = _outcome(event)
                # Loading a file is a hidden test, until it fails.
                if event.get("hidden") is not True or outcome.counts_as_failed:
                    yield self.result(known, outcome, number(event, "time"))

    def result(self, known: _Open, outcome: Outcome, until: float | None) -> TestResult:
        """The test as a result, `until` the time in milliseconds at which it ended."""
        test = known.test
        ids = test.get("groupIDs")
        above = (
            [self.groups.get(each, "") for each in ids if isinstance(each, int)]
            if isinstance(ids, list)
            else []
        )
        group = next((name for name in reversed(above) if name), "")
        full, path = text(test, "name"), self.suites.get(_id(test, "suiteID"), "")
        self.used.add(path)
        self.source.notes.suites = len(self.used)
        reason = text(inner(test, "metadata"), "skipReason")
        place = [(name, value) for name, value in (("file", path), ("line", text(test, "line"))) if value]
        return TestResult(
            full.removeprefix(group).strip() if group and full != group else full,
            outcome,
            group,
            tuple(filter(None, (path, group))),
            self.source.path,
            known.line,
            max(0.0, until - known.began) / 1000 if until is not None else None,
            None,
            "\n".join(said for said, _ in known.errors)
            or (reason if outcome is Outcome.NOT_EXECUTED else ""),
            "\n\n".join(stack for _, stack in known.errors if stack),
            with_ids(place),
            stdout="\n".join(known.printed),
            test_type="Dart",
        )


def _id(holder: Json, name: str) -> int:
    value = holder.get(name)
    return value if isinstance(value, int) else -1


def _outcome(event: Json) -> Outcome:
    outcome = _OUTCOMES.get(text(event, "result"), Outcome.INCONCLUSIVE)
    return Outcome.NOT_EXECUTED if event.get("skipped") is True and outcome is Outcome.PASSED else outcome
