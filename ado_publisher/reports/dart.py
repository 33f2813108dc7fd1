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
    suites: dict[int, str] = {}
    groups: dict[int, str] = {}
    running: dict[int, _Open] = {}
    used: set[str] = set()
    for number_, event in lines(source):
        kind = text(event, "type")
        if kind == "suite":
            suite = inner(event, "suite")
            suites[_id(suite, "id")] = text(suite, "path")
        elif kind == "group":
            group = inner(event, "group")
            groups[_id(group, "id")] = text(group, "name")
        elif kind == "testStart":
            test = inner(event, "test")
            running[_id(test, "id")] = _Open(number_, test, number(event, "time") or 0.0)
        elif kind in ("error", "print", "testDone") and (known := running.get(_id(event, "testID"))):
            if kind == "error":
                known.errors.append((plain(text(event, "error")), text(event, "stackTrace")))
            elif kind == "print":
                known.printed.append(text(event, "message"))
            else:
                del running[_id(event, "testID")]
                outcome = _outcome(event)
                if event.get("hidden") is not True or outcome.counts_as_failed:
                    result = _result(source, known, outcome, suites, groups, number(event, "time"))
                    used.add("/".join(result.suites[:1]))
                    source.notes.suites = len(used)
                    yield result
    for known in running.values():
        result = _result(source, known, Outcome.ABORTED, suites, groups, None)
        used.add("/".join(result.suites[:1]))
        source.notes.suites = len(used)
        yield result.replaced(message=result.message or "the report ends before this test did")


def _id(holder: Json, name: str) -> int:
    value = holder.get(name)
    return value if isinstance(value, int) else -1


def _outcome(event: Json) -> Outcome:
    outcome = _OUTCOMES.get(text(event, "result"), Outcome.INCONCLUSIVE)
    return Outcome.NOT_EXECUTED if event.get("skipped") is True and outcome is Outcome.PASSED else outcome


def _result(
    source: Source,
    known: _Open,
    outcome: Outcome,
    suites: dict[int, str],
    groups: dict[int, str],
    until: float | None,
) -> TestResult:
    test = known.test
    ids = test.get("groupIDs")
    above = [groups.get(each, "") for each in ids if isinstance(each, int)] if isinstance(ids, list) else []
    group = next((name for name in reversed(above) if name), "")
    full = text(test, "name")
    path = suites.get(_id(test, "suiteID"), "")
    reason = text(inner(test, "metadata"), "skipReason")
    messages = [message for message, _ in known.errors]
    return TestResult(
        full.removeprefix(group).strip() if group and full != group else full,
        outcome,
        group,
        tuple(filter(None, (path, group))),
        source.path,
        known.line,
        max(0.0, until - known.began) / 1000 if until is not None else None,
        None,
        "\n".join(messages) or (reason if outcome is Outcome.NOT_EXECUTED else ""),
        "\n\n".join(stack for _, stack in known.errors if stack),
        with_ids([(name, value) for name, value in (("file", path), ("line", text(test, "line"))) if value]),
        stdout="\n".join(known.printed),
        test_type="Dart",
    )
