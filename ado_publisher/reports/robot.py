"""Robot Framework: `output.xml` of 2.5 to 7.x, also what `rebot --merge` put together.

https://github.com/robotframework/robotframework/tree/master/doc/schema (schema versions 1 to 5)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape

from ado_publisher.errors import ReportError
from ado_publisher.model import Attempt, Outcome, Properties, Step, TestResult, worst
from ado_publisher.reports._head import Head
from ado_publisher.reports._held import Held, held
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._nested import Nest
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import known_or_warned
from ado_publisher.reports._tree import At, Element, below, each, line_of, text_of, walk
from ado_publisher.reports._values import moment, seconds

_OUTCOMES = {
    "PASS": Outcome.PASSED,
    "FAIL": Outcome.FAILED,
    "SKIP": Outcome.NOT_EXECUTED,
    "NOT RUN": Outcome.NOT_EXECUTED,
    "NOT_RUN": Outcome.NOT_EXECUTED,
}
# What may stand in a test, or in a suite as its set-up: keywords and, since 4.0, control structures.
_BODY = (
    "kw",
    "for",
    "iter",
    "while",
    "if",
    "branch",
    "try",
    "group",
    "return",
    "break",
    "continue",
    "variable",
    "error",
)
_OLD_TIME = re.compile(r"(\d{4})(\d\d)(\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)")
_TAG = re.compile(r"<[^<>]{0,200}>")
_SOURCE = re.compile(r"""<(?:img|a|video|source)\b[^<>]{0,500}?(?:src|href)=["']([^"'<>]{1,500})["']""")
_MERGED = "Test has been re-executed and results merged."
_PART = re.compile(r"(New|Old) (status|message):")


def _is_robot(head: Head) -> bool:
    return head.root == "robot"


@report_format("robot", recognizes=_is_robot)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<test>`, in its suites; keywords of the test itself are its steps.

    The tear-down of a suite stands behind its tests, and where it fails they have failed: Robot Framework's
    own reports say so, and so does its exit code. So they wait for it.
    """
    damage: ReportError | None = None
    ended: set[str] = set()
    with held(source.path) as waiting:
        try:
            _gather(source, waiting, ended)
        except ReportError as error:
            damage = error
        for key, result in waiting.waiting():
            suites = [number for number in key.split() if number in ended]
            # The innermost first, as they were run.
            for number in reversed(suites):
                result = _torn_down(result, *waiting.last_said("teardown", number))
            yield result
    if damage is not None:
        raise damage


def _gather(source: Source, waiting: Held, ended: set[str]) -> None:
    """Tests wait by the numbers of their suites; `ended` gets those whose tear-down did not pass."""
    nest = Nest()
    opened: list[str] = []
    leaves = ("test", *_BODY, "statistics", "errors", "metadata", "meta", "doc")
    for at, name, element in walk(source, leaves, ("suite",)):
        if at is At.OPEN:
            source.notes.suites += 1
            opened.append(str(source.notes.suites))
            nest.open(element.get("name", ""))
        elif at is At.CLOSE:
            opened.pop()
            nest.close()
        elif name in ("metadata", "meta"):
            nest.state(_metadata(element))
        elif name == "test":
            waiting.wait(" ".join(opened), _result(source, element, nest))
        elif element.get("type", "").lower() == "teardown" and opened:
            said, message = _verdict(element)
            if said in ("FAIL", "SKIP"):
                ended.add(opened[-1])
                waiting.say("teardown", opened[-1], (said, message))


def _verdict(keyword: Element) -> tuple[str, str]:
    """The status of a keyword, and why it is that."""
    status = below(keyword, "status")
    said = (status.get("status", "") if status is not None else "").upper()
    message = text_of(status) or next(iter(_fails(keyword)), "")
    return said, _plain(message) if message.startswith("*HTML*") else message


def _torn_down(result: TestResult, said: str, message: str) -> TestResult:
    """The test after the tear-down of a suite around it, as robot.api's ExecutionResult shows it."""
    if result.outcome is Outcome.NOT_EXECUTED or (said == "SKIP" and result.outcome is not Outcome.PASSED):
        return result
    outcome = Outcome.FAILED if said == "FAIL" else Outcome.NOT_EXECUTED
    if said == "SKIP":
        return result.replaced(outcome=outcome, message=f"Skipped in parent suite teardown:\n{message}")
    also = f"{result.message}\n\nAlso parent" if result.message else "Parent"
    return result.replaced(outcome=outcome, message=f"{also} suite teardown failed:\n{message}")


def _metadata(element: Element) -> Iterator[tuple[str, str]]:
    """`<meta name>` since 4.0, `<item name>` in `<metadata>` before."""
    for item in [element] if element.get("name") else each(element, "item"):
        if name := item.get("name"):
            yield name, text_of(item)


def _result(source: Source, test: Element, nest: Nest) -> TestResult:
    status = below(test, "status")
    said = status.get("status", "") if status is not None else ""
    outcome = known_or_warned(source.notes, _OUTCOMES, said.upper())
    message = text_of(status)
    attempts = _attempts(message) if _MERGED in message else ()
    if attempts:
        message = attempts[-1].message
        if outcome is Outcome.NOT_EXECUTED:
            # A skip is no verdict on the run that it replaced.
            outcome = worst(attempt.outcome for attempt in attempts)
    elif message.startswith("*HTML*"):
        message = _plain(message)
    tags = [text_of(tag) for tag in (*each(test, "tag"), *each(test, "tags/tag"))]
    return TestResult(
        test.get("name", ""),
        outcome,
        ".".join(nest.names),
        nest.names,
        source.path,
        line_of(test),
        _duration(status),
        _moment(status, "start", "starttime"),
        message,
        "",
        with_ids(_told(test), tags),
        nest.properties,
        tuple(_files(test)),
        attempts,
        stdout="\n".join(_said(test)),
        test_type="RobotFramework",
        steps=tuple(_steps(test)),
    )


def _told(test: Element) -> Properties:
    doc = text_of(below(test, "doc"))
    return (("documentation", doc),) if doc else ()


def _moment(status: Element, new: str, old: str) -> datetime | None:
    if status is None:
        return None
    if found := _OLD_TIME.fullmatch(status.get(old, "")):
        return moment("{}-{}-{} {}".format(*found.groups()))
    return moment(status.get(new) or status.get(old))


def _duration(status: Element) -> float | None:
    if status is None:
        return None
    if (elapsed := seconds(status.get("elapsed"))) is not None:
        return elapsed
    start, end = _moment(status, "start", "starttime"), _moment(status, "end", "endtime")
    return max(0.0, (end - start).total_seconds()) if start and end else None


def _steps(test: Element) -> Iterator[Step]:
    """The keywords and control structures of the test itself, its set-up and tear-down among them."""
    for child in test:
        name = child.tag.rpartition("}")[2]
        if name not in _BODY:
            continue
        status = below(child, "status")
        outcome = _OUTCOMES.get((status.get("status", "") if status is not None else "").upper())
        title = child.get("name") or child.get("condition") or name.upper()
        if kind := child.get("type", ""):
            title = f"{kind.title()}: {title}" if kind.lower() in ("setup", "teardown") else title
        message = text_of(status) or next((text for text in _fails(child)), "")
        yield Step(title, outcome or Outcome.NOT_EXECUTED, message, _duration(status))


def _fails(keyword: Element) -> Iterator[str]:
    return (text_of(each_) for each_ in keyword.iter("{*}msg") if each_.get("level") == "FAIL")


def _said(test: Element) -> Iterator[str]:
    return (f"{each_.get('level', 'INFO')}: {text_of(each_)}" for each_ in test.iter("{*}msg"))


def _files(test: Element) -> Iterator[str]:
    """Files that HTML messages show, such as screenshots; what is not beside the report is left out."""
    found: dict[str, None] = {}
    for message in test.iter("{*}msg"):
        if message.get("html", "").lower() in ("true", "yes"):
            for path in _SOURCE.findall(text_of(message)):
                if not path.lower().startswith(("data:", "http:", "https:", "//", "#", "javascript:")):
                    found[unescape(path)] = None
    return iter(found)


def _plain(message: str) -> str:
    return unescape(_TAG.sub(" ", message.removeprefix("*HTML*"))).strip()


def _attempts(message: str) -> tuple[Attempt, ...]:
    """The runs of a merged test, the oldest first, as `rebot --merge` tells of them in its message."""
    parts = _PART.split(_plain(message))
    runs: list[dict[str, str]] = []
    for age, what, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=False):
        if what == "status":
            runs.append({"age": age, "status": text.split()[0] if text.split() else "", "message": ""})
        elif runs:
            runs[-1]["message"] = text.strip()
    found = [Attempt(_OUTCOMES.get(run["status"], Outcome.INCONCLUSIVE), run["message"]) for run in runs]
    return tuple(reversed(found)) if len(found) > 1 else ()
