"""Playwright: the output of its `json` reporter. https://playwright.dev/docs/test-reporters#json-reporter"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ado_publisher.model import Attempt, Outcome, Step, TestResult
from ado_publisher.reports._embedded import keep
from ado_publisher.reports._fields import inner, number, objects, plain, text, texts
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, values
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._values import moment

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "timedOut": Outcome.TIMEOUT,
    "interrupted": Outcome.ABORTED,
    "skipped": Outcome.NOT_EXECUTED,
}


def _is_playwright(head: Head) -> bool:
    return ("suites" in head.keys and ("config.rootDir" in head.keys or "config.projects" in head.keys)) or (
        {"suites.item.specs", "suites.item.file"} <= head.keys
    )


@report_format("playwright-json", recognizes=_is_playwright)
def read(source: Source) -> Iterator[TestResult]:
    """Every test in every project that ran it; retries are attempts, and Playwright's own verdict counts."""
    for path, value in values(source, ("suites.item", "errors.item")):
        if not isinstance(value, dict):
            continue
        if path == "errors.item":
            said = " ".join(plain(text(value, "message", "value")).split())[:200]
            source.notes.warn(f"an error outside of tests: {said}")
        else:
            source.notes.suites += 1
            yield from _suite(source, value, ())


def _suite(source: Source, suite: Json, above: tuple[str, ...]) -> Iterator[TestResult]:
    names = (*above, text(suite, "title"))
    for spec in objects(suite, "specs"):
        for test in objects(spec, "tests"):
            yield _result(source, spec, test, tuple(filter(None, names)))
    for each in objects(suite, "suites"):
        yield from _suite(source, each, names)


def _outcome(test: Json, results: list[Json]) -> Outcome:
    """Playwright's verdict: a test that was expected to fail and did has passed, and the other way round."""
    status = text(test, "status")
    last = (
        _OUTCOMES.get(text(results[-1], "status"), Outcome.INCONCLUSIVE) if results else Outcome.NOT_EXECUTED
    )
    if status == "skipped" or (not status and last is Outcome.NOT_EXECUTED):
        return Outcome.NOT_EXECUTED
    if status in ("expected", "flaky"):
        wanted = text(test, "expectedStatus") or "passed"
        # A failure that nobody expected has not passed, whatever the summary of it says.
        failed = last.counts_as_failed and wanted == "passed"
        return last if failed or last is Outcome.NOT_EXECUTED else Outcome.PASSED
    if status == "unexpected":
        return last if last.counts_as_failed else Outcome.FAILED
    return last


def _result(source: Source, spec: Json, test: Json, names: tuple[str, ...]) -> TestResult:
    results = list(objects(test, "results"))
    outcome = _outcome(test, results)
    last = results[-1] if results else {}
    message, stack = _error(last)
    # Passing where a failure was expected leaves no error; the verdict needs a reason all the same.
    if outcome.counts_as_failed and not message:
        message = f"expected to be {text(test, 'expectedStatus') or 'failed'}, but was {text(last, 'status')}"
    notes = [*objects(test, "annotations"), *objects(spec, "annotations"), *objects(last, "annotations")]
    pairs = [(text(note, "type"), text(note, "description")) for note in notes]
    place = [(name, text(spec, name)) for name in ("file", "line") if text(spec, name)]
    project = text(test, "projectName", "projectId")
    links = [value for name, value in pairs if value.startswith(("http:", "https:"))]
    return TestResult(
        text(spec, "title"),
        outcome,
        " > ".join(names),
        names,
        source.path,
        duration=number(last, "duration", 0.001),
        started=moment(text(last, "startTime")),
        message=message if outcome is not Outcome.PASSED else "",
        stack_trace=stack if outcome is not Outcome.PASSED else "",
        properties=with_ids(
            [
                *dict.fromkeys(pair for pair in pairs if pair[0] and pair[1]),
                *([("project", project)] if project else []),
                *place,
            ],
            dict.fromkeys(tag.removeprefix("@") for tag in texts(spec, "tags")),
            dict.fromkeys(links),
        ),
        attachments=tuple(dict.fromkeys(_files(results, source))),
        attempts=tuple(_attempt(each) for each in results) if len(results) > 1 else (),
        stdout=_said(last, "stdout"),
        stderr=_said(last, "stderr"),
        test_type="Playwright",
        steps=tuple(_steps(last)),
    )


def _error(result: Json) -> tuple[str, str]:
    errors = [inner(result, "error"), *objects(result, "errors")]
    told = dict.fromkeys(
        (plain(text(each, "message", "value")), plain(text(each, "stack"))) for each in errors if each
    )
    return "\n".join(dict.fromkeys(m for m, _ in told if m)), "\n\n".join(
        dict.fromkeys(s for _, s in told if s)
    )


def _files(results: Sequence[Json], source: Source) -> Iterator[str]:
    """The paths of attachments, and those that stand inside the report where that is wanted."""
    for each in results:
        for file in objects(each, "attachments"):
            body = text(file, "body")
            if path := text(file, "path"):
                yield path
            elif (
                source.with_files
                and body
                and (kept := keep(source.notes, body, text(file, "contentType"), text(file, "name")))
            ):
                yield kept


def _attempt(result: Json) -> Attempt:
    outcome = _OUTCOMES.get(text(result, "status"), Outcome.INCONCLUSIVE)
    return Attempt(outcome, *_error(result), number(result, "duration", 0.001))


def _said(result: Json, name: str) -> str:
    return "".join(text(each, "text") for each in objects(result, name))


def _steps(result: Json) -> Iterator[Step]:
    for step in objects(result, "steps"):
        message = plain(text(inner(step, "error"), "message"))
        outcome = Outcome.FAILED if step.get("error") else Outcome.PASSED
        yield Step(text(step, "title"), outcome, message, number(step, "duration", 0.001))
