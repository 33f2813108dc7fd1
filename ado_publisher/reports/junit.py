"""JUnit XML in every dialect that was met: Ant, Surefire, Gradle, pytest, PHPUnit, GoogleTest, Jest, others.

There is no standard; https://github.com/testmoapp/junitxml and Surefire's own schema come closest
(https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd).
Elements are counted, totals are never believed. A test with a failing child has failed, wherever
the child stands and whatever its status says; a test whose status says that it did not run or did
not pass has not passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ado_publisher.model import Attempt, Outcome, TestResult, worst
from ado_publisher.reports._head import Head
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import outcome_of
from ado_publisher.reports._suites import Suite, Suites, properties_in
from ado_publisher.reports._values import attachment_markers, moment, seconds
from ado_publisher.reports._xml import elements, local_name, syntax_errors, text_of

_VERDICTS = {
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
_LATER_TRIES = {"rerunFailure": Outcome.FAILED, "rerunError": Outcome.ERROR}
_EARLIER_TRIES = {"flakyFailure": Outcome.FAILED, "flakyError": Outcome.ERROR}
_TRIES = {**_LATER_TRIES, **_EARLIER_TRIES}
_GROUPS = ("properties", "property", "system-out", "system-err")
_KNOWN = {name.lower(): name for name in (*_VERDICTS, *_TRIES, *_GROUPS)}
# The order in which verdicts on one test win: an error is told as an error also when there is a failure.
_RANK = {Outcome.ERROR: -1}

_STANDARD = frozenset({"name", "classname", "time", "timestamp", "status", "result", "hostname"})
_ATTACHMENT_PROPERTIES = ("attachment", "testrail_attachment")
_MARKER = "[[ATTACHMENT|"
_LAST_SURE_LINE = 65_534  # libxml2 keeps a node's line in 16 bits

_Child = tuple[str, Any]


def _is_junit(head: Head) -> bool:
    return head.root in ("testsuites", "testsuite")


@report_format("junit", recognizes=_is_junit)
def read(source: Source) -> Iterator[TestResult]:
    """Every `<testcase>` of the document. Parsing is performance optimized: measure before you change it."""
    suites = Suites(source.notes)
    path = source.path
    with syntax_errors(path):
        for _, element in elements(source, "testcase", "testsuite", "testsuites"):
            tag = element.tag
            if tag == "testcase" or tag.endswith("}testcase"):
                parent = element.getparent()
                suite = suites.current
                if suite is None or suite.element is not parent:
                    suite = suites.enter(parent)
                yield _result(element, suite, suites, path)
                # Note: a test inside a test stays, or its outer one would lose children before it is read.
                if suite.element is parent:
                    suite.drop_before(element)
            else:
                suites.leave(element)
    suites.finish()


def _result(element: Any, suite: Suite, suites: Suites, path: str) -> TestResult:  # noqa: ANN401  # lxml's element
    attributes = dict(element.items())
    get = attributes.get
    properties, judged, outputs = _children(element)
    properties += [pair for pair in attributes.items() if pair[0] not in _STANDARD and pair[0][0] != "{"]
    stdout, stderr = _joined(outputs, "system-out"), _joined(outputs, "system-err")
    outcome, message, stack = Outcome.PASSED, "", ""
    attempts: tuple[Attempt, ...] = ()
    if judged:
        outcome, message, stack, attempts = _judged(judged)
    if "status" in attributes or "result" in attributes:
        outcome = _heeding_status(outcome, attributes, suites)
    suite.count(outcome)
    when = get("timestamp")
    line = element.sourceline
    return TestResult(  # in the fields' order: keywords would take three times as long
        get("name", ""),
        outcome,
        get("classname") or get("class", ""),
        suite.path,
        path,
        line if line <= _LAST_SURE_LINE else None,
        seconds(get("time")),
        moment(when) or suite.started if when else suite.started,
        message,
        stack,
        tuple(properties),
        suite.properties,
        _attachments(properties, stdout, stderr, judged),
        attempts,
        stdout,
        stderr,
        get("hostname") or suite.host,
    )


def _children(element: Any) -> tuple[list[tuple[str, str]], list[_Child], list[_Child]]:  # noqa: ANN401
    """A test's properties, the elements that judge it, and its outputs."""
    properties: list[tuple[str, str]] = []
    judged: list[_Child] = []
    outputs: list[_Child] = []
    for child in element:
        tag = child.tag
        if tag == "system-out" or tag == "system-err":
            outputs.append((tag, child))
        elif tag == "properties":
            properties.extend(properties_in(child))
        elif tag in _VERDICTS or tag in _TRIES:
            judged.append((tag, child))
        else:
            _unusual(child, properties, judged, outputs)
    return properties, judged, outputs


def _unusual(
    child: Any,  # noqa: ANN401  # lxml's element
    properties: list[tuple[str, str]],
    judged: list[_Child],
    outputs: list[_Child],
) -> None:
    """A child in a namespace, in other letters, or outside of its group."""
    if not isinstance(child.tag, str):
        return  # an entity that nobody declared: nothing to read
    tag = _KNOWN.get(local_name(child.tag).lower(), "")
    if tag.startswith("system-"):
        outputs.append((tag, child))
    elif tag == "properties":
        properties.extend(properties_in(child))
    elif tag == "property":
        properties.extend(properties_in([child]))
    elif tag:
        judged.append((tag, child))


def _judged(judged: Sequence[_Child]) -> tuple[Outcome, str, str, tuple[Attempt, ...]]:
    """The final verdict, its message and stack trace, and the tries when the report tells of several."""
    verdicts = [(_VERDICTS[tag], child) for tag, child in judged if tag in _VERDICTS]
    earlier = [_attempt(tag, child) for tag, child in judged if tag in _EARLIER_TRIES]
    later = [_attempt(tag, child) for tag, child in judged if tag in _LATER_TRIES]
    if verdicts:
        outcome = min((told for told, _ in verdicts), key=lambda told: _RANK.get(told, told.severity))
        shown = [_told(child) for told, child in sorted(verdicts, key=lambda one: one[0] is not outcome)]
        message = "\n".join(text for text, _ in shown if text)
        stack = "\n\n".join(text for _, text in shown if text)
        first = Attempt(outcome, message, stack)
    elif later:
        # Only a test that failed every time has reruns: a missing first failure proves no pass.
        outcome, message, stack = later[-1].outcome, later[0].message, later[0].stack_trace
        return outcome, message, stack, (*earlier, *later)
    else:
        outcome, message, stack = Outcome.PASSED, "", ""
        first = Attempt(outcome)
    tries = (*earlier, first, *later) if earlier or later else ()
    return outcome, message, stack, tries


def _told(child: Any) -> tuple[str, str]:  # noqa: ANN401  # lxml's element
    """The stack trace of a verdict, and its message: the attribute, else the first line, else the type."""
    text = text_of(child).strip()
    message = child.get("message", "").strip()
    if not message:
        message = text.partition("\n")[0].strip() or child.get("type", "")
    return message, text


def _attempt(tag: str, child: Any) -> Attempt:  # noqa: ANN401  # lxml's element
    stack = child.text or ""
    for inner in child.iterchildren("{*}stackTrace"):
        stack = text_of(inner)
    stack = stack.strip()
    message = child.get("message", "").strip() or stack.partition("\n")[0].strip() or child.get("type", "")
    return Attempt(_TRIES[tag], message, stack, seconds(child.get("time")))


def _heeding_status(outcome: Outcome, attributes: Mapping[str, str], suites: Suites) -> Outcome:
    """What becomes of the children's verdict when the status is heard too: never anything better."""
    for attribute in ("status", "result"):
        word = attributes.get(attribute)
        if not word:
            continue
        said = outcome_of(word)
        if said is None:
            suites.unknown_status(word)
        elif outcome is Outcome.PASSED:
            outcome = said
        elif not outcome.counts_as_failed:
            outcome = worst((outcome, said)) if said is not Outcome.PASSED else outcome
    return outcome


def _joined(outputs: Sequence[_Child], tag: str) -> str:
    return "\n".join([text_of(child) for name, child in outputs if name == tag])


def _attachments(
    properties: Sequence[tuple[str, str]], stdout: str, stderr: str, judged: Sequence[_Child]
) -> tuple[str, ...]:
    """Every path that the test names as its attachment, each once."""
    paths = [value for name, value in properties if value and name.lower().startswith(_ATTACHMENT_PROPERTIES)]
    if _MARKER in stdout:
        paths += attachment_markers(stdout)
    if _MARKER in stderr:
        paths += attachment_markers(stderr)
    for _, child in judged:
        paths += attachment_markers(text_of(child))
        paths += attachment_markers(child.get("message", ""))
    return tuple(dict.fromkeys(paths)) if paths else ()
