"""Cucumber JSON of cucumber-jvm, cucumber-js, Ruby's cucumber, behave and whoever writes the same.

https://github.com/cucumber/cucumber-json-schema. Durations are nanoseconds; behave's are seconds.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence

from ado_publisher.model import Outcome, Step, TestResult
from ado_publisher.reports._embedded import keep
from ado_publisher.reports._fields import inner, number, objects, plain, text
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, values
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Notes, Source
from ado_publisher.reports._values import moment

# Gravest first. An undefined or pending step proves nothing, and the steps behind it did not run.
_OUTCOMES = {
    "failed": Outcome.FAILED,
    "ambiguous": Outcome.FAILED,
    "error": Outcome.ERROR,
    "cleanup_error": Outcome.ERROR,
    "hook_error": Outcome.ERROR,
    "undefined": Outcome.INCONCLUSIVE,
    "pending": Outcome.INCONCLUSIVE,
    "skipped": Outcome.NOT_EXECUTED,
    "untested": Outcome.NOT_EXECUTED,
    "unused": Outcome.NOT_EXECUTED,
    "passed": Outcome.PASSED,
}
_RANK = {said: rank for rank, said in enumerate(_OUTCOMES)}
_LONGEST_TEXT = 1024 * 1024


def _is_cucumber(head: Head) -> bool:
    if head.start.strip() == b"[]":
        return True  # nothing but Cucumber's reports is a bare list
    return (
        "item.elements" in head.keys
        or {"item.keyword", "item.uri"} <= head.keys
        or ({"item.keyword", "item.location"} <= head.keys)
    )


@report_format("cucumber-json", recognizes=_is_cucumber)
def read(source: Source) -> Iterator[TestResult]:
    """Every scenario and every row of an outline; a background belongs to the scenarios behind it."""
    for _, feature in values(source, ("item",)):
        if not isinstance(feature, dict):
            continue
        source.notes.suites += 1
        background: list[Json] = []
        for element in objects(feature, "elements"):
            # The type counts; a keyword is a word of the feature's language.
            if (text(element, "type") or text(element, "keyword").strip().lower()) == "background":
                # behave repeats these steps in every scenario, and gives them no results here.
                background = [step for step in objects(element, "steps") if "result" in step]
            else:
                yield _result(source, feature, element, background)


def _verdict(element: Json, parts: Sequence[Json]) -> tuple[Outcome, str]:
    """The gravest of what its steps and hooks say, and the word for it."""
    words = [text(inner(part, "result"), "status").lower() for part in parts]
    known = [word for word in words if word in _RANK]
    whole = text(element, "status").lower()  # behave's own word for a scenario
    if whole in _RANK and (not known or _RANK[whole] < min(_RANK[word] for word in known)):
        return _OUTCOMES[whole], whole
    if any(word and word not in _RANK for word in words):
        known.append("undefined")
    gravest = min(known, key=_RANK.__getitem__, default="")
    return _OUTCOMES.get(gravest, Outcome.INCONCLUSIVE), gravest


def _result(source: Source, feature: Json, element: Json, background: list[Json]) -> TestResult:
    own = list(objects(element, "steps"))
    hooks = [hook for part in (element, *own) for name in ("before", "after") for hook in objects(part, name)]
    steps = [*background, *own]
    parts = [*steps, *hooks]
    outcome, word = _verdict(element, parts)
    to_seconds = 1.0 if "location" in feature and "uri" not in feature else 1e-9
    message = _why(parts, word) if outcome is not Outcome.PASSED else ""
    durations = [number(inner(part, "result"), "duration", to_seconds) for part in parts]
    name = text(feature, "name")
    return TestResult(
        text(element, "name"),
        outcome,
        name,
        (name,) if name else (),
        source.path,
        duration=sum(filter(None, durations)) if any(each is not None for each in durations) else None,
        started=moment(text(element, "start_timestamp")),
        message=message.partition("\n")[0],
        stack_trace=message if "\n" in message else "",
        properties=with_ids(_place(feature, element), _tags(element)),
        suite_properties=with_ids((), [tag for tag in _tags(feature) if tag not in set(_tags(element))]),
        stdout="\n".join(_said(parts)),
        attachments=tuple(_files(source.notes, parts)) if source.with_files else (),
        test_type="Cucumber",
        steps=tuple(_step(part, to_seconds) for part in steps if part.get("hidden") is not True),
    )


def _why(parts: Sequence[Json], word: str) -> str:
    """The message of what decided, else the step it was at."""
    said = [(part, text(inner(part, "result"), "status").lower()) for part in parts]
    told = [part for part, status in said if status == word] or [
        p for p, status in said if status != "passed"
    ]
    message = next((message for part in told if (message := _message(part))), "")
    if message or not told:
        return message or word
    return f"{text(inner(told[0], 'result'), 'status') or word}: {_title(told[0])}"


def _tags(holder: Json) -> list[str]:
    """Tags without their `@`: objects with a name, or behave's plain texts."""
    tags = holder.get("tags")
    found = [each if isinstance(each, str) else text(each, "name") if isinstance(each, dict) else ""
             for each in tags] if isinstance(tags, list) else []  # fmt: skip
    return [tag.removeprefix("@") for tag in found if tag]


def _place(feature: Json, element: Json) -> list[tuple[str, str]]:
    pairs = [
        ("uri", text(feature, "uri") or text(element, "location")),
        ("line", text(element, "line")),
        ("scenario_id", text(element, "id")),
    ]
    return [pair for pair in pairs if pair[1]]


def _message(part: Json) -> str:
    result = inner(part, "result")
    told = result.get("error_message")
    if isinstance(told, list):
        return plain("\n".join(each for each in told if isinstance(each, str)))
    return plain(text(result, "error_message"))


def _title(part: Json) -> str:
    title = f"{text(part, 'keyword').strip()} {text(part, 'name')}".strip()
    return title or text(inner(part, "match"), "location") or "a hook"


def _step(part: Json, to_seconds: float) -> Step:
    result = inner(part, "result")
    outcome = _OUTCOMES.get(text(result, "status").lower(), Outcome.NOT_EXECUTED)
    return Step(_title(part), outcome, _message(part), number(result, "duration", to_seconds))


def _said(parts: Sequence[Json]) -> Iterator[str]:
    """What steps wrote, and texts they attached."""
    for part in parts:
        output = part.get("output")
        yield from (each for each in output if isinstance(each, str)) if isinstance(output, list) else ()
        for file in objects(part, "embeddings"):
            kind = text(file, "mime_type") or text(inner(file, "media"), "type")
            data = text(file, "data")
            if kind.startswith("text/plain") and len(data) < _LONGEST_TEXT:
                yield _decoded(data)


def _files(notes: Notes, parts: Sequence[Json]) -> Iterator[str]:
    """Pictures and other files that steps attached; texts are part of the output."""
    for part in parts:
        for file in objects(part, "embeddings"):
            kind = text(file, "mime_type") or text(inner(file, "media"), "type")
            if not kind.startswith("text/plain") and (
                kept := keep(notes, text(file, "data"), kind, text(file, "name"))
            ):
                yield kept


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return data
