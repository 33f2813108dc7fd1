"""The steps that a report tells of, the steps that a test case has, and which is which. Pure.

A step's result is a claim about what the test case says: where texts differ and their number does
too, nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lxml import etree, html

from ado_publisher.model import Outcome, Step, TestResult
from ado_publisher.text import clean

# trcli's name for it (github.com/gurock/trcli, README), and what people write themselves.
_PROPERTIES = frozenset({"testrail_result_step", "step", "test_step", "teststep"})
_TIME = r"\d{2,4}-\d\d-\d{2,4}[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?"
_ENTRY = re.compile(rf"^[ \t]*{_TIME} - \[([A-Z_]{{1,20}})\]\[([A-Z_]{{1,20}})\] - ", re.MULTILINE)
_MARKER = re.compile(r"^\[\[ATTACHMENT\|", re.MULTILINE)
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "pass": Outcome.PASSED,
    "ok": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "fail": Outcome.FAILED,
    "error": Outcome.ERROR,
    "blocked": Outcome.BLOCKED,
    "warning": Outcome.WARNING,
    "skipped": Outcome.NOT_EXECUTED,
    "untested": Outcome.NOT_EXECUTED,
    "retest": Outcome.NOT_EXECUTED,
    "notrun": Outcome.NOT_EXECUTED,
    "incomplete": Outcome.INCONCLUSIVE,
}
_MOST = 1_000
_LONGEST_NAME = 1_000
_LARGEST_STEPS = 4_000_000
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A step of a test case: `path` is its id as 8 hex digits, behind those of the shared steps that
    hold it; `shared` is the work item of shared steps that stand here, which hold the texts.
    """

    path: str
    text: str = ""
    expected: str = ""
    shared: int | None = None


def steps_of(result: TestResult) -> tuple[Step, ...]:
    """The steps that the report tells of, in their order: its own, or of properties, or of Katalon's log."""
    if result.steps:
        return result.steps[:_MOST]
    named = tuple(_of_properties(result))
    if named or result.test_type != "Katalon":
        return named[:_MOST]
    return tuple(step for step, _ in zip(_of_log(result.stdout), range(_MOST), strict=False))


def _of_properties(result: TestResult) -> Iterator[Step]:
    for name, value in result.properties:
        if name.casefold() in _PROPERTIES:
            word, separator, text = value.partition(":")
            outcome = _outcome(word)
            if separator and outcome is not None and text.strip():
                yield Step(clean(text.strip())[:_LONGEST_NAME], outcome)


def _of_log(output: str) -> Iterator[Step]:
    entries = list(_ENTRY.finditer(output))
    ends = [each.start() for each in entries[1:]] + [len(output)]
    for entry, end in zip(entries, ends, strict=True):
        outcome = _outcome(entry[2])
        if entry[1] != "TEST_STEP" or outcome is None:
            continue
        text = output[entry.end() : min(end, entry.end() + 20 * _LONGEST_NAME)]
        marker = _MARKER.search(text)
        told = clean(text[: marker.start()] if marker else text).strip()
        name = told.partition("\n")[0][:_LONGEST_NAME]
        if name:
            yield Step(name, outcome, told if outcome.counts_as_failed else "")


def _outcome(word: str) -> Outcome | None:
    return _OUTCOMES.get(re.sub(r"[\s_-]", "", word).casefold())


def case_steps(field: str) -> tuple[CaseStep, ...]:
    """The steps in a test case's Microsoft.VSTS.TCM.Steps; empty where it holds none that can be read.

    azure-devops.md section 2: `<step id type>` with two texts of HTML, `<compref id ref>` for shared steps.
    """
    if not field.strip() or len(field) > _LARGEST_STEPS:
        return ()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(field.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return ()
    return tuple(_read(root, 0))[:_MOST]


def steps_field(steps: Sequence[Step]) -> str:
    """The field of a new test case that has these steps, their texts as HTML; empty without any."""
    if not steps:
        return ""
    root = etree.Element("steps", id="0", last=str(len(steps)))
    # The first step of a test case has the id 2 (azure-devops.md section 2).
    for number, step in enumerate(steps, 2):
        element = etree.SubElement(root, "step", id=str(number), type="ActionStep")
        for text in (escape(step.name), ""):
            shown = etree.SubElement(element, "parameterizedString", isformatted="true")
            shown.text = f"<P>{text}</P>" if text else ""
        etree.SubElement(element, "description")
    return etree.tostring(root, encoding="unicode")


def _read(parent: etree._Element, depth: int) -> Iterator[CaseStep]:
    for element in parent:
        number = element.get("id", "")
        if not isinstance(element.tag, str) or not re.fullmatch(r"[0-9]{1,9}", number):
            continue
        path = f"{int(number):08x}"
        if element.tag == "step":
            texts = [*map(_text, element.iterfind("parameterizedString")), "", ""]
            yield CaseStep(path, texts[0], texts[1])
        elif element.tag == "compref":
            ref = element.get("ref", "")
            if re.fullmatch(r"[0-9]{1,9}", ref):
                yield CaseStep(path, shared=int(ref))
            # What follows shared steps stands inside their element.
            if depth < _DEEPEST:
                yield from _read(element, depth + 1)


def _text(element: etree._Element) -> str:
    text = "".join(map(str, element.itertext()))
    if "<" not in text and "&" not in text:
        return _plain(text)
    try:
        return _plain(" ".join(map(str, html.fromstring(f"<div>{text}</div>").itertext())))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return _plain(text)


def expanded(steps: Sequence[CaseStep], shared: Mapping[int, Sequence[CaseStep]]) -> tuple[CaseStep, ...]:
    """The steps with those of shared steps in their places; their paths follow the one that holds them."""
    found: list[CaseStep] = []
    for step in steps:
        if step.shared is None:
            found.append(step)
        else:
            found += [
                CaseStep(step.path + each.path, each.text, each.expected)
                for each in shared.get(step.shared, ())
                if each.shared is None
            ]
    return tuple(found[:_MOST])


def paired(told: Sequence[Step], known: Sequence[CaseStep]) -> tuple[tuple[str, Step], ...]:
    """The path of each step that a report tells of: by equal texts in their order, else by an equal number.

    Empty where neither holds.
    """
    pairs: list[tuple[str, Step]] = []
    at = 0
    for step in told:
        names = {_folded(step.name), _folded(step.name.partition(": ")[0])}
        hit = next((place for place in range(at, len(known)) if _folded(known[place].text) in names), None)
        if hit is not None:
            pairs.append((known[hit].path, step))
            at = hit + 1
    if pairs:
        return tuple(pairs)
    if told and len(told) == len(known):
        return tuple((each.path, step) for each, step in zip(known, told, strict=True))
    return ()


def _folded(text: str) -> str:
    return _plain(text).rstrip(".").casefold() or "\0"


def _plain(text: str) -> str:
    return " ".join(clean(text).split())
