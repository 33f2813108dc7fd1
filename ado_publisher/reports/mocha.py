"""Mocha: the output of its `json` reporter. https://mochajs.org/#json

All tests stand in one list and what became of them in three more: they wait until the end. A hook that
failed stands among the failures alone; it is told as a test that failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ado_publisher.model import Attempt, Outcome, TestResult
from ado_publisher.reports._fields import inner, number, plain, text
from ado_publisher.reports._head import Head
from ado_publisher.reports._held import Held, held
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, values
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._values import moment

_LISTS = {
    "passes.item": Outcome.PASSED,
    "failures.item": Outcome.FAILED,
    "pending.item": Outcome.NOT_EXECUTED,
}
_FAILURES = "failures"
_MOST_TRIES = 100


def _is_mocha(head: Head) -> bool:
    return {"stats.suites", "stats.tests", "tests"} <= head.keys and "results" not in head.keys


@report_format("mocha-json", recognizes=_is_mocha)
def read(source: Source) -> Iterator[TestResult]:
    """Every test in its order, then the hooks that failed."""
    with held(source.path) as waiting:
        started, untold = _gather(source, waiting)
        for key, test in waiting.waiting():
            result = _result(source, test, _verdict(waiting, key, test)).replaced(started=started)
            untold -= result.outcome is Outcome.FAILED
            yield result
        for hook in waiting.all_said(_FAILURES):
            # Those of tests are taken: what is left failed without being a test.
            if untold > 0 and waiting.take(Outcome.FAILED, _key(hook)):
                untold -= 1
                yield _result(source, hook, Outcome.FAILED).replaced(started=started)


def _gather(source: Source, waiting: Held) -> tuple[datetime | None, int]:
    """Tests and verdicts as the file has them; when the run began, and how many failures there are."""
    started, failures = None, 0
    for path, value in values(source, ("tests.item", "stats.start", "stats.suites", *_LISTS)):
        if path == "stats.start":
            started = moment(value if isinstance(value, str) else "")
        elif path == "stats.suites":
            # Suites have no list of their own, and a title does not tell where one of them ends.
            source.notes.suites = value if isinstance(value, int) and 0 <= value < 10**9 else 0
        elif not isinstance(value, dict):
            continue
        elif path == "tests.item":
            waiting.wait(_key(value), value)
        else:
            waiting.say(_LISTS[path], _key(value))
            if path == "failures.item":
                waiting.say(_FAILURES, "", value)
                failures += 1
    return started, failures


def _key(test: Json) -> str:
    return f"{text(test, 'file')}\n{text(test, 'fullTitle')}"


def _verdict(waiting: Held, key: str, test: Json) -> Outcome:
    """What became of a test; of several with one name each takes the verdict that fits it best."""
    failed = bool(inner(test, "err"))
    order = [Outcome.PASSED, Outcome.NOT_EXECUTED, Outcome.FAILED]
    for outcome in reversed(order) if failed else order:
        if waiting.take(outcome, key):
            return Outcome.FAILED if failed and outcome is Outcome.PASSED else outcome
    return Outcome.FAILED if failed else Outcome.INCONCLUSIVE


def _result(source: Source, test: Json, outcome: Outcome) -> TestResult:
    title, full, err = text(test, "title"), text(test, "fullTitle"), inner(test, "err")
    above = full.removesuffix(title).strip()
    file = text(test, "file")
    tries = min(int(number(test, "currentRetry") or 0), _MOST_TRIES)
    message, stack = plain(text(err, "message")), plain(text(err, "stack"))
    # A retry is only made of a try that failed; why it did is not told.
    attempts = (*(Attempt(Outcome.FAILED),) * tries, Attempt(outcome, message, stack)) if tries else ()
    return TestResult(
        title,
        outcome,
        above,
        (above,) if above else (),
        source.path,
        duration=number(test, "duration", 0.001),
        message=message or stack.partition("\n")[0],
        stack_trace=stack,
        properties=with_ids([("file", file)] if file else [], _tags(full)),
        attempts=attempts,
        test_type="Mocha",
    )


def _tags(title: str) -> list[str]:
    """Words such as `@smoke` in titles, as Mocha's people tag with them."""
    return [word for word in title.split() if word.startswith("@") and len(word) > 1]
