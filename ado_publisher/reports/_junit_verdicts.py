"""What the elements and the status of one JUnit test make of it: outcome, message, tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ado_publisher.model import Attempt, Outcome, worst
from ado_publisher.reports._status import outcome_of
from ado_publisher.reports._suites import Remarks
from ado_publisher.reports._values import seconds

VERDICTS = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.NOT_EXECUTED,
    "ignored": Outcome.NOT_EXECUTED,
    "disabled": Outcome.NOT_EXECUTED,
    "warning": Outcome.WARNING,
    "inconclusive": Outcome.INCONCLUSIVE,
    "incomplete": Outcome.ABORTED,
    "aborted": Outcome.ABORTED,
    "timeout": Outcome.TIMEOUT,
}
# Surefire's words, https://maven.apache.org/surefire/maven-surefire-plugin/examples/rerun-failing-tests.html
_LATER = {"rerunFailure": Outcome.FAILED, "rerunError": Outcome.ERROR}
_EARLIER = {"flakyFailure": Outcome.FAILED, "flakyError": Outcome.ERROR}
TRIES = {**_LATER, **_EARLIER}


class Told(NamedTuple):
    """An element that judges a test, and the text inside it."""

    kind: str
    attributes: Mapping[str, str]
    text: str = ""

    @property
    def message(self) -> str:
        """Its message: the attribute, else the first line, else the type."""
        get = self.attributes.get
        return get("message", "").strip() or self.text.partition("\n")[0].strip() or get("type", "")

    @property
    def attempt(self) -> Attempt:
        """The same as one try of several."""
        return Attempt(TRIES[self.kind], self.message, self.text, seconds(self.attributes.get("time")))


def judged_by(judged: Sequence[Told]) -> tuple[Outcome, str, str, tuple[Attempt, ...]]:
    """The final verdict, its message and stack trace, and every try when the report tells of several."""
    if len(judged) == 1 and (only := judged[0]).kind in VERDICTS:  # nearly always
        return VERDICTS[only.kind], only.message, only.text, ()
    verdicts = [told for told in judged if told.kind in VERDICTS]
    earlier = [told.attempt for told in judged if told.kind in _EARLIER]
    later = [told.attempt for told in judged if told.kind in _LATER]
    if verdicts:
        outcome = min((VERDICTS[told.kind] for told in verdicts), key=_rank)
        # What led to the outcome is told first.
        verdicts.sort(key=lambda told: VERDICTS[told.kind] is not outcome)
        message = "\n".join([told.message for told in verdicts if told.message])
        stack = "\n\n".join([told.text for told in verdicts if told.text])
        first = Attempt(outcome, message, stack)
    elif later:
        # Only a test that failed every time has reruns: a missing first failure proves no pass.
        last = later[-1]
        return last.outcome, later[0].message, later[0].stack_trace, (*earlier, *later)
    else:
        outcome, message, stack = Outcome.PASSED, "", ""
        first = Attempt(outcome)
    if not earlier and not later:
        return outcome, message, stack, ()
    attempts = (*earlier, first, *later)
    if outcome is Outcome.NOT_EXECUTED or (later and not outcome.counts_as_failed):
        # A skip beside tries that failed is no verdict on them, and reruns are of what never passed.
        gravest = min(attempts, key=lambda attempt: _rank(attempt.outcome))
        return gravest.outcome, gravest.message, gravest.stack_trace, attempts
    return outcome, message, stack, attempts


def heeding_status(
    outcome: Outcome, words: Sequence[str], attempts: Sequence[Attempt], remarks: Remarks
) -> Outcome:
    """What becomes of the elements' verdict when status words are heard too: never anything better.

    A word that nobody knows beside no verdict proves no pass: Inconclusive.
    """
    judged = outcome is not Outcome.PASSED
    for word in words:
        if not word.strip():
            continue
        said = outcome_of(word)
        if said is None:
            remarks.unknown_status(word)
            if judged:
                continue
            said = Outcome.INCONCLUSIVE
        if said is Outcome.NOT_EXECUTED:
            said = worst((said, *(each.outcome for each in attempts if each.outcome.counts_as_failed)))
        if outcome is Outcome.PASSED:
            outcome = said
        elif said is not Outcome.PASSED and not outcome.counts_as_failed:
            outcome = worst((outcome, said))
    return outcome


def _rank(outcome: Outcome) -> int:
    """An error is told as an error also when there is a failure beside it."""
    return -1 if outcome is Outcome.ERROR else outcome.severity
