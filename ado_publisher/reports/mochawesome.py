"""Mochawesome, as Mocha and Cypress write it. https://github.com/adamgruber/mochawesome"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._fields import inner, number, objects, plain, text
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, values
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._values import moment

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "pending": Outcome.NOT_EXECUTED,
    "skipped": Outcome.NOT_EXECUTED,
}
_FILES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".mp4",
    ".webm",
    ".txt",
    ".log",
    ".html",
    ".json",
    ".har",
    ".zip",
)


def _is_mochawesome(head: Head) -> bool:
    return {"stats.suites", "stats.tests", "results"} <= head.keys


@report_format("mochawesome", recognizes=_is_mochawesome)
def read(source: Source) -> Iterator[TestResult]:
    """Every test of every suite; a hook that failed is told as a test that failed."""
    started = None
    for path, value in values(source, ("stats.start", "results.item")):
        if path == "stats.start":
            started = moment(value if isinstance(value, str) else "")
        elif isinstance(value, dict):
            for result in _suite(source, value, (), text(value, "file")):
                yield result.replaced(started=started)


def _suite(source: Source, suite: Json, above: tuple[str, ...], file: str) -> Iterator[TestResult]:
    title = text(suite, "title")
    names = (*above, title) if title else above
    file = text(suite, "file") or file
    source.notes.suites += bool(title and suite.get("tests"))
    for hook in (*objects(suite, "beforeHooks"), *objects(suite, "afterHooks")):
        if hook.get("fail") is True or text(hook, "state") == "failed":
            yield _result(source, hook, names, file)
    for test in objects(suite, "tests"):
        yield _result(source, test, names, file)
    for each in objects(suite, "suites"):
        yield from _suite(source, each, names, file)


def _outcome(test: Json) -> Outcome:
    if test.get("fail") is True:
        return Outcome.TIMEOUT if test.get("timedOut") is True else Outcome.FAILED
    said = _OUTCOMES.get(text(test, "state"))
    if said is None:
        if test.get("pass") is True:
            return Outcome.PASSED
        quiet = test.get("pending") is True or test.get("skipped") is True
        return Outcome.NOT_EXECUTED if quiet else Outcome.INCONCLUSIVE
    return said


def _result(source: Source, test: Json, names: tuple[str, ...], file: str) -> TestResult:
    err = inner(test, "err")
    words = [word for word in text(test, "fullTitle").split() if word.startswith("@") and len(word) > 1]
    context = _context(test)
    pairs = [(name, value) for name, value in context if name and not value.lower().endswith(_FILES)]
    return TestResult(
        text(test, "title"),
        _outcome(test),
        " ".join(names),
        names,
        source.path,
        duration=number(test, "duration", 0.001),
        message=plain(text(err, "message")),
        stack_trace=plain(text(err, "estack", "stack")),
        properties=with_ids([*pairs, *([("file", file)] if file else [])], words),
        attachments=tuple(
            value
            for _, value in context
            if value.lower().endswith(_FILES) and not value.startswith(("http:", "https:", "data:"))
        ),
        test_type="Mocha",
    )


def _context(test: Json) -> list[tuple[str, str]]:
    """What `addContext` kept: (title, value) pairs, in JSON inside the JSON."""
    told = test.get("context")
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except (ValueError, RecursionError):
            return []
    found: list[tuple[str, str]] = []
    for each in told if isinstance(told, list) else [told]:
        if isinstance(each, str):
            found.append(("", each))
        elif isinstance(each, dict) and isinstance(each.get("value"), str):
            found.append((text(each, "title"), each["value"]))
    return found
