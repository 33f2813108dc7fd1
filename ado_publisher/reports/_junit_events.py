"""The events of a JUnit document, turned into results one by one.

Performance optimized: two calls for every element, no tree (a tree alone costs as much as all the
parser's calls, before anything of it is looked at), slots instead of a dict, and what stands in most
tests is handled without a further call. Measure with `benchmarks/reading.py` before a change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ado_publisher.errors import ReportError
from ado_publisher.model import Attempt, Outcome, TestResult
from ado_publisher.reports._junit_verdicts import TRIES, VERDICTS, Told, heeding_status, judged_by
from ado_publisher.reports._source import Source
from ado_publisher.reports._suites import SHOWN, Remarks, Suite
from ado_publisher.reports._values import attachment_markers, moment, seconds
from ado_publisher.reports._xml import MAX_DEPTH, local_name

_JUDGING = frozenset((*VERDICTS, *TRIES))
_OUTPUTS = ("system-out", "system-err", "stackTrace")
_SUITES = ("testsuite", "testsuites")
_TAGS = ("testcase", *_SUITES, "properties", "property", *_OUTPUTS, *_JUDGING)
_KINDS = {tag: tag for tag in _TAGS}
_KINDS_BY_LETTERS = {tag.lower(): tag for tag in _TAGS}
_MOST_KINDS = 10_000
_MOST_PLAIN = 100

_SPECIAL = frozenset({"status", "result", "outcome", "success", "timestamp", "hostname", "class"})
_STATUS = ("status", "result", "outcome", "success")
_ATTACHMENT_PROPERTIES = ("attachment", "testrail_attachment")
_MARKER = "[[ATTACHMENT|"
_new = tuple.__new__
_PASSED = Outcome.PASSED  # looking a member up in its class costs more than it seems


_Case = tuple[dict[str, str], list[tuple[str, str]], list[Told], str, str, list[str]]


class Events:
    """A parser target. `results` is taken and emptied by the reader between two pieces of the file."""

    __slots__ = (
        "_case",
        "_clear",
        "_collecting",
        "_depth",
        "_inside_property",
        "_judged",
        "_kinds",
        "_outer",
        "_path",
        "_paths",
        "_plain_names",
        "_properties",
        "_property",
        "_source",
        "_stack_trace",
        "_stderr",
        "_stdout",
        "_suite",
        "_suites",
        "_texts",
        "_verdict",
        "_verdict_depth",
        "_verdict_text",
        "data",
        "remarks",
        "results",
    )

    def __init__(self, source: Source) -> None:
        self.results: list[TestResult] = []
        self.remarks = Remarks(source.notes.warnings)
        self._source = source
        self._path = source.path
        self._kinds = dict(_KINDS)
        self._plain_names: set[tuple[str, ...]] = set()
        self._depth = 0
        self._suites: list[Suite] = []
        self._suite = Suite("testsuites", {}, None)
        # The test that is open, and those around it should one ever stand inside another.
        self._case: dict[str, str] | None = None
        self._outer: list[_Case] = []
        self._properties: list[tuple[str, str]] = []
        self._judged: list[Told] = []
        self._stdout = ""
        self._stderr = ""
        self._paths: list[str] = []
        # The element whose text is being collected.
        self._property: Mapping[str, str] | None = None
        self._inside_property = 0
        self._verdict: Mapping[str, str] | None = None
        self._verdict_depth = 0
        self._verdict_text = ""
        self._stack_trace = ""
        self._collecting = False
        self._texts: list[str] = []
        self.data: Callable[[str], None] = self._texts.append
        self._clear = self._texts.clear

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: C901  # a call costs more than a branch
        """An element begins."""
        if self._property is not None:
            self._open_inside_property(tag, attributes)
            return
        try:
            kind = self._kinds[tag]
        except KeyError:
            kind = self._kind_of(tag)
        if kind == "property":
            self._property = attributes
            if self._texts:
                self._clear()
            return
        self._depth = depth = self._depth + 1
        if depth > MAX_DEPTH:
            raise self._too_deep()
        if kind == "properties":
            if self._case is None:
                self._open_properties()
        elif kind == "testcase":
            if self._case is not None or not self._suite.began:
                self._prepare_case()
            self._case = attributes or {}  # the parser gives an immutable one when there are none
            self._properties = []
            if self._judged:
                self._judged = []
            if self._paths:
                self._paths = []
            self._stdout = self._stderr = ""
            if self._texts:
                self._clear()
        elif kind in _OUTPUTS:
            if self._verdict is not None:
                self._verdict_text += "".join(self._texts)
            self._collecting = True
            if self._texts:
                self._clear()
        elif kind in _JUDGING:
            self._open_verdict(kind, attributes)
        else:
            self._open_other(kind, attributes)

    def end(self, tag: str) -> None:  # noqa: C901  # as above
        """An element ends."""
        attributes = self._property
        if attributes is not None:
            if self._inside_property:
                self._inside_property -= 1
                return
            self._property = None
            try:
                name, value = attributes["name"], attributes["value"]
            except KeyError:
                name, value = attributes.get("name", ""), "".join(self._texts).strip()
            if name:
                self._properties.append((name, value))
                if "ttachment" in name:
                    self._note_property(name, value)
            return
        kind = self._kinds[tag]
        self._depth -= 1
        if kind == "properties":
            return
        if kind in _OUTPUTS:
            self._close_output(kind)
        elif kind == "testcase":
            if self._case is not None:
                self.results.append(self._result(self._case))
            if self._outer:
                self._return_to_outer_case()
            else:
                self._case = None
                self._properties = self._suite.stated
        elif kind in _JUDGING:
            if self._depth == self._verdict_depth and self._verdict is not None:
                self._close_verdict(kind, self._verdict)
        elif kind in _SUITES:
            self._close_suite()

    def close(self) -> None:
        """The document ends."""
        self.remarks.finish()

    def _kind_of(self, tag: str) -> str:
        """What an unusual tag stands for: one in a namespace, or in other letters; empty when for nothing."""
        if len(self._kinds) > _MOST_KINDS:
            raise self._source.error(
                f"more than {_MOST_KINDS:,} different element names: this is no JUnit report"
            )
        kind = self._kinds[tag] = _KINDS_BY_LETTERS.get(local_name(tag).lower(), "")
        return kind

    def _open_suite(self, tag: str, attributes: Mapping[str, str]) -> None:
        outer = self._suites[-1] if self._suites else None
        if outer is not None and not outer.began:
            outer.begin()
        suite = Suite(tag, attributes, outer)
        self._suites.append(suite)
        self._suite = suite
        if self._case is None:
            self._properties = suite.stated
        if tag == "testsuite":
            self._source.notes.suites += 1

    def _close_suite(self) -> None:
        closed = self._suites.pop()
        for warning in closed.wrong_totals():
            self.remarks.warn(warning)
        if self._suites:
            self._suite = self._suites[-1]
            self._suite.inner.add(closed.own)
            self._suite.inner.add(closed.inner)
        if self._case is None:
            self._properties = self._suite.stated

    def _open_properties(self) -> None:
        if self._suite.began:
            self._properties = []
            called = self._suite.called
            self.remarks.warn(f"{called} has properties behind its tests: the tests did not get them")

    def _open_other(self, kind: str, attributes: Mapping[str, str]) -> None:
        if kind:
            self._open_suite(kind, attributes)
        elif not self._collecting and self._verdict is None:
            self._clear()

    def _open_inside_property(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Only text is expected in a property; a verdict still judges, wherever it stands."""
        self._inside_property += 1
        if self._inside_property > MAX_DEPTH:
            raise self._too_deep()
        kind = self._kinds.get(tag) or self._kind_of(tag)
        if kind in _JUDGING:
            self._judged.append(Told(kind, attributes))

    def _note_property(self, name: str, value: str) -> None:
        if value and name.lower().startswith(_ATTACHMENT_PROPERTIES):
            self._note_markers([value])

    def _too_deep(self) -> ReportError:
        return self._source.error(f"elements are nested deeper than {MAX_DEPTH} levels: refused")

    def _close_output(self, kind: str) -> None:
        text = "".join(self._texts)
        self._clear()
        self._collecting = False
        if _MARKER in text:
            self._note_markers(attachment_markers(text))
        if kind == "stackTrace":
            self._stack_trace += text
        elif self._verdict is not None:
            pass  # what a single try wrote has no place in an Attempt; its attachments do
        elif kind == "system-out":
            self._stdout = f"{self._stdout}\n{text}" if self._stdout else text
        else:
            self._stderr = f"{self._stderr}\n{text}" if self._stderr else text

    def _note_markers(self, markers: Sequence[str]) -> None:
        if self._case is not None:
            self._paths.extend(markers)
        elif markers:
            shown = ", ".join(markers[:3])[:SHOWN]
            self.remarks.warn(f"{self._suite.called} names attachments outside of its tests: {shown}")

    def _open_verdict(self, kind: str, attributes: Mapping[str, str]) -> None:
        if self._verdict is not None:
            # A verdict inside a verdict still judges; its text stays with the outer one.
            self._judged.append(Told(kind, attributes))
            return
        self._verdict = attributes
        self._verdict_depth = self._depth - 1
        self._verdict_text = self._stack_trace = ""
        self._clear()

    def _close_verdict(self, kind: str, attributes: Mapping[str, str]) -> None:
        text = (self._stack_trace or self._verdict_text + "".join(self._texts)).strip()
        self._verdict = None
        self._clear()
        told = Told(kind, attributes, text)
        if self._case is not None:
            self._judged.append(told)
            for said in (text, attributes.get("message", "")):
                if _MARKER in said:
                    self._paths += attachment_markers(said)
        elif kind in ("failure", "error"):
            said = " ".join(told.message.split())[:SHOWN]
            self.remarks.warn(f"{self._suite.called} has <{kind}> outside of its tests: {said}")

    def _prepare_case(self) -> None:
        """The first test of its suite begins, or one inside another."""
        if self._case is not None:
            state = (self._case, self._properties, self._judged, self._stdout, self._stderr, self._paths)
            self._outer.append(state)
            self._judged, self._paths = [], []
        elif not self._suite.began:
            self._suite.begin()

    def _return_to_outer_case(self) -> None:
        state = self._outer.pop()
        self._case, self._properties, self._judged, self._stdout, self._stderr, self._paths = state

    def _are_plain(self, names: tuple[str, ...]) -> bool:
        """Whether no attribute has a meaning or a namespace; most tests of a report have the same ones."""
        if not _SPECIAL.isdisjoint(names) or any(name.startswith("{") for name in names):
            return False
        if len(self._plain_names) < _MOST_PLAIN:
            self._plain_names.add(names)
        return True

    def _result(self, attributes: dict[str, str]) -> TestResult:
        suite = self._suite
        outcome, message, stack = _PASSED, "", ""
        attempts: tuple[Attempt, ...] = ()
        if self._judged:
            outcome, message, stack, attempts = judged_by(self._judged)
        take = attributes.pop
        name, class_name, duration = take("name", ""), take("classname", ""), take("time", "")
        started, host = suite.started, suite.host
        if attributes:  # what JUnit does not define says something about the test
            names = (*attributes,)
            if names not in self._plain_names and not self._are_plain(names):
                words = [take(key, "") for key in _STATUS]
                outcome = heeding_status(outcome, words, attempts, self.remarks)
                started = moment(take("timestamp", "")) or started
                host = take("hostname", "") or host
                class_name = class_name or attributes.get("class", "")
                attributes = _without_namespace(attributes)
            properties = (*self._properties, *attributes.items())
        else:
            properties = tuple(self._properties)
        if outcome is _PASSED:
            suite.own.tests += 1
        else:
            suite.count(outcome)
        # Note: past the constructor, which takes four times as long; keywords, ten times.
        return _new(
            TestResult,
            (
                name,
                outcome,
                class_name,
                suite.path,
                self._path,
                None,
                seconds(duration),
                started,
                message,
                stack,
                properties,
                suite.inherited,
                tuple(dict.fromkeys(self._paths)) if self._paths else (),
                attempts,
                self._stdout,
                self._stderr,
                host,
                "JUnit",
                (),
            ),
        )


def _without_namespace(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if not name.startswith("{")}
