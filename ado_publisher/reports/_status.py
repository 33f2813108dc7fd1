"""What a report's status words mean, where a format lets its writers choose them freely."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ado_publisher.model import Outcome
from ado_publisher.reports._source import Notes

_WORDS: dict[str, Outcome] = {
    **dict.fromkeys(
        ("passed", "pass", "success", "successful", "succeeded", "ok", "run", "completed", "true", "yes"),
        Outcome.PASSED,
    ),
    **dict.fromkeys(
        ("failed", "fail", "failure", "ko", "nok", "notok", "notpassed", "unsuccessful", "false", "no"),
        Outcome.FAILED,
    ),
    **dict.fromkeys(("error", "errored", "broken", "crashed", "fatal", "exception"), Outcome.ERROR),
    **dict.fromkeys(("timeout", "timedout"), Outcome.TIMEOUT),
    **dict.fromkeys(("aborted", "incomplete", "cancelled", "canceled", "interrupted"), Outcome.ABORTED),
    **dict.fromkeys(("blocked",), Outcome.BLOCKED),
    **dict.fromkeys(("inconclusive", "undefined"), Outcome.INCONCLUSIVE),
    **dict.fromkeys(("warning", "warn"), Outcome.WARNING),
    **dict.fromkeys(
        (
            "skipped",
            "skip",
            "ignored",
            "disabled",
            "notrun",
            "notexecuted",
            "pending",
            "suppressed",
            "untested",
        ),
        Outcome.NOT_EXECUTED,
    ),
}
_NO_LETTERS = re.compile(r"[^a-z]+")
_SEPARATORS = re.compile(r"[\s_-]+")
_SOUNDS_BAD = re.compile(r"fail|err|abort|crash|kill|broke|fatal|exception|unsuccess")


def outcome_of(word: str) -> Outcome | None:
    """The outcome a status word stands for; None when it says nothing we know.

    An unknown word that sounds like a failure is one: a failure shown as passed is the worse mistake.
    """
    plain = _NO_LETTERS.sub("", word.lower())
    known = _WORDS.get(plain)
    if known is None and _SOUNDS_BAD.search(plain):
        return Outcome.FAILED
    if known is Outcome.PASSED and _SEPARATORS.sub("", word.lower()) != plain:
        return None  # "0 passed" says something else
    return known


def known_or_warned(notes: Notes, table: Mapping[str, Outcome], word: str) -> Outcome:
    """The outcome that a format's own table gives a word.

    One that it does not have, nobody knows: it is a failure where it sounds like one, proves no pass
    otherwise, and is told.
    """
    outcome = table.get(word)
    if outcome is not None:
        return outcome
    heard = outcome_of(word)
    outcome = heard if heard is not None and heard.counts_as_failed else Outcome.INCONCLUSIVE
    notes.warn(f"outcome {word[:40]!r} is not known: told as {outcome}")
    return outcome
