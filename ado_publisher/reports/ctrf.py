"""CTRF, the Common Test Report Format. https://github.com/ctrf-io/ctrf (schema of the specification)"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.model import Attempt, Outcome, Properties, Step, TestResult
from ado_publisher.reports._embedded import keep
from ado_publisher.reports._fields import epoch, inner, number, objects, plain, text, texts
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, values
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import known_or_warned

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.NOT_EXECUTED,
    "pending": Outcome.NOT_EXECUTED,
    "other": Outcome.INCONCLUSIVE,
}
_TOLD = ("id", "type", "filePath", "line", "browser", "device", "rawStatus", "ai")


def _is_ctrf(head: Head) -> bool:
    return (
        "results.tests" in head.keys and ("results.tool" in head.keys or "results.summary" in head.keys)
    ) or ("results.tool.name" in head.keys and "results.summary.tests" in head.keys)


@report_format("ctrf", recognizes=_is_ctrf)
def read(source: Source) -> Iterator[TestResult]:
    """Every test of `results.tests`; what the environment says stands before them or is left out."""
    suites: set[tuple[str, ...]] = set()
    environment: Properties = ()
    for path, value in values(source, ("results.tests.item", "results.environment")):
        if not isinstance(value, dict):
            continue
        if path == "results.environment":
            environment = tuple((name, text(value, name)) for name in value if text(value, name))
            continue
        result = _result(source, value, environment)
        if result.suites:
            suites.add(result.suites)
            source.notes.suites = len(suites)
        yield result


def _suites(test: Json) -> tuple[str, ...]:
    """A path of names since 0.0.17 of the schema, one text with ` > ` between them before."""
    told = test.get("suite")
    if isinstance(told, str):
        return tuple(part for part in told.split(" > ") if part)
    return tuple(texts(test, "suite"))


def _result(source: Source, test: Json, environment: Properties) -> TestResult:
    said = text(test, "status")
    outcome = known_or_warned(source.notes, _OUTCOMES, said)
    suites = _suites(test)
    labels, extra, parameters = (inner(test, name) for name in ("labels", "extra", "parameters"))
    pairs = [(name, text(test, name)) for name in _TOLD if text(test, name)]
    pairs += [
        (name, text(holder, name)) for holder in (labels, extra) for name in holder if text(holder, name)
    ]
    pairs += [(f"parameter.{name}", text(parameters, name)) for name in parameters if text(parameters, name)]
    message, stack = plain(text(test, "message")), plain(text(test, "trace"))
    return TestResult(
        text(test, "name"),
        outcome,
        " > ".join(suites),
        suites,
        source.path,
        duration=number(test, "duration", 0.001),
        started=epoch(test, "start"),
        message=message,
        stack_trace=stack,
        properties=with_ids(pairs, texts(test, "tags")),
        suite_properties=environment,
        attachments=tuple(_files(test, source)),
        attempts=tuple(_attempts(test, Attempt(outcome, message, stack, number(test, "duration", 0.001)))),
        stdout="\n".join(texts(test, "stdout")),
        stderr="\n".join(texts(test, "stderr")),
        test_type="CTRF",
        steps=tuple(
            Step(text(step, "name"), _OUTCOMES.get(text(step, "status"), Outcome.INCONCLUSIVE))
            for step in objects(test, "steps")
        ),
    )


def _files(test: Json, source: Source) -> Iterator[str]:
    """The paths of attachments, and the screenshot that stands inside the report where that is wanted."""
    yield from (text(file, "path") for file in objects(test, "attachments") if text(file, "path"))
    picture = text(test, "screenshot")
    if source.with_files and picture and (kept := keep(source.notes, picture, "image/png", "screenshot")):
        yield kept


def _attempts(test: Json, last: Attempt) -> Iterator[Attempt]:
    """The tries as `retryAttempts` has them, the final one last; a number alone tells of failures before."""
    told = list(objects(test, "retryAttempts"))
    if told:
        for each in told:
            outcome = _OUTCOMES.get(text(each, "status"), Outcome.INCONCLUSIVE)
            yield Attempt(
                outcome,
                plain(text(each, "message")),
                plain(text(each, "trace")),
                number(each, "duration", 0.001),
            )
        # Some writers list the final try as well.
        if len(told) < (number(test, "retries") or 0) + 1:
            yield last
    elif test.get("flaky") is True and last.outcome is Outcome.PASSED:
        yield from (Attempt(Outcome.FAILED),) * max(1, min(int(number(test, "retries") or 1), 100))
        yield last
