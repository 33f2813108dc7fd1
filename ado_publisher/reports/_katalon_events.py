"""The events of Katalon's JUnit_Report.xml: JUnit's, with Katalon's names, statuses and environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ado_publisher.model import Outcome, Properties, TestResult, worst
from ado_publisher.reports._junit_events import Events
from ado_publisher.reports._junit_verdicts import VERDICTS
from ado_publisher.reports._katalon_files import is_there
from ado_publisher.reports._katalon_log import Log, read_log
from ado_publisher.reports._katalon_side import Binding, bindings, collection_of, environment, home_of
from ado_publisher.reports._katalon_text import (
    CASES,
    SUITES,
    CaseEntry,
    base_name,
    case_entry,
    label_of,
    layout_of,
    told,
    unescaped,
)
from ado_publisher.reports._source import Source
from ado_publisher.reports._status import outcome_of
from ado_publisher.reports._suites import Suite

STATUSES = {
    "PASSED": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "ERROR": Outcome.ERROR,
    "INCOMPLETE": Outcome.ABORTED,
    "SKIPPED": Outcome.NOT_EXECUTED,
    "NOT_RUN": Outcome.NOT_EXECUTED,
    "WARNING": Outcome.WARNING,
}
TEST_TYPE = "Katalon"
_MOST_UNKNOWN = 20
_VERSION = re.compile(r"\s+(?=\d).*$")


@dataclass(slots=True)
class Facts:
    """What the tests of one suite inherit; `log` and `bound` are consumed in the order of the tests."""

    suites: tuple[str, ...]
    properties: Properties
    host: str
    started: datetime | None
    home: Path | None
    log: Log
    bound: Iterator[Binding] | None


class KatalonEvents(Events):
    """A parser target whose results speak Katalon; `facts` are those of the suite read last."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        # Standard input has no folder, and a stream's name is only a name.
        self._has_folder = source.path != "-" and Path(source.path).is_file()
        self._known: dict[Suite, Facts] = {}
        self._logs: dict[int, Log] = {}
        self._unknown: set[str] = set()

    def log_of(self, result: TestResult) -> Log | None:
        """The log of the suite that a result of this report stands in, when it tells of retries."""
        return self._logs.get(id(result.suite_properties))

    def _note_markers(self, markers: Sequence[str]) -> None:
        # What a suite lists outside of its tests are the files of the run: `companions` finds them.
        if self._case is not None:
            super()._note_markers(markers)

    def _open_suite(self, tag: str, attributes: Mapping[str, str]) -> None:
        if attributes.get("id", "").startswith(SUITES):
            attributes = {**attributes, "name": attributes["id"]}
        super()._open_suite(tag, attributes)

    def _close_suite(self) -> None:
        suite = self._suites[-1]
        inside = (suite.own, suite.inner)
        passed = sum(each.tests - each.failures - each.errors - each.skipped for each in inside)
        if suite.attributes.get("tests") == str(passed):
            # Up to 6.x the total counts the tests that passed.
            suite.attributes = {name: value for name, value in suite.attributes.items() if name != "tests"}
        super()._close_suite()

    def _result(self, attributes: dict[str, str]) -> TestResult:
        entry = case_entry(self._stdout)
        status = _status(attributes, entry)
        result = super()._result({**attributes, "status": self._heeded(status)})
        outcome = result.outcome
        if outcome is Outcome.ABORTED:
            # Katalon counts what is incomplete in no total.
            self._suite.own.errors -= 1
        if outcome.counts_as_failed:
            said = (VERDICTS[each.kind] for each in self._judged if each.kind in VERDICTS)
            outcome = worst((outcome, STATUSES.get(status, outcome), *said))
        facts = self._known.get(self._suite)
        if facts is None:
            facts = self._known[self._suite] = self._facts(self._suite, result)
            if facts.log.has_retries:
                self._logs[id(facts.properties)] = facts.log
        name, class_name, iteration = _named(result)
        message, stack = result.message, result.stack_trace
        if outcome is not Outcome.PASSED:
            message, trace = told(message, entry, result.name)
            stack = stack or trace
        own = entry.began if entry is not None else None
        return result.replaced(
            name=name,
            outcome=outcome,
            class_name=class_name,
            suites=facts.suites,
            # Note: from 11.0 on the suite's time has a zone and the output's has none: they do not mix.
            started=facts.started if facts.started and facts.started.tzinfo else own or result.started,
            message=message,
            stack_trace=stack,
            properties=(*self._iteration(facts, name, iteration), *result.properties),
            suite_properties=facts.properties,
            attachments=_attachments(result.attachments, facts.home),
            host=facts.host,
            test_type=TEST_TYPE,
        )

    def _heeded(self, status: str) -> str:
        """The word to judge by. Katalon gives a child to FAILED and ERROR alone: beside a status that
        says nothing, its absence proves no pass.
        """
        if not status or outcome_of(status) is not None:
            return status
        if status not in self._unknown and len(self._unknown) < _MOST_UNKNOWN:
            self._unknown.add(status)
            self.remarks.warn(
                f"status {status[:40]!r} is no verdict of Katalon's: without a failure or error beside it "
                "a test counts as Inconclusive"
            )
        return "inconclusive"

    def _facts(self, suite: Suite, result: TestResult) -> Facts:
        stated = [(name, value.strip()) for name, value in result.suite_properties if value.strip()]
        known = dict(reversed(stated))
        suites = result.suites
        home: Path | None = None
        log, bound = Log(), None
        warn = self.remarks.warn
        if self._has_folder:
            home = home_of(self._source.path, known.get("logFolder", ""))
            beside = environment(home, suites[-1] if suites else "", warn)
            stated += [pair for pair in beside if pair[0] not in known]
            known = {**dict(beside), **known}
            collection = collection_of(home, warn) or _collection_in(self._source.path, suites)
            suites = (collection, *suites) if collection and collection not in suites else suites
            log = read_log(home, warn)
            bound = iter(bindings(home, warn)) if (home / "testCaseBinding").is_file() else None
        stated += _normalized(known)
        own = suite.attributes.get("hostname", "")
        host = known.get("hostName") or own.rpartition(" - ")[2] or result.host
        return Facts(suites, tuple(dict.fromkeys(stated)), host, result.started, home, log, bound)

    def _iteration(self, facts: Facts, case: str, told_by_name: str) -> Properties:
        """The iteration, where its name or the next binding tells of one, and what its data row bound."""
        binding = next(facts.bound, None) if facts.bound is not None else None
        if binding is not None and binding.case != case:
            # What ran and what was bound went apart: from here on an iteration would be a guess.
            facts.bound = None
            self.remarks.warn(f"testCaseBinding has {binding.case!r} where the report has {case!r}")
            binding = None
        iteration = told_by_name or (binding.iteration if binding is not None else "")
        values = binding.values if binding is not None else ()
        if not iteration:
            return values
        variable = binding.variable if binding is not None else ""
        named = (("iterationVariableName", variable),) if variable else ()
        return (("iteration", iteration), *named, *values)


def _status(attributes: Mapping[str, str], entry: CaseEntry | None) -> str:
    """The status in Katalon's word; what the output says of the test where the attribute says nothing."""
    word = attributes.get("status", "").strip().upper()
    if (not word or word == "INFO") and entry is not None:
        return entry.status
    return word


def _named(result: TestResult) -> tuple[str, str, str]:
    """Name, class name and iteration. Katalon gives the id twice; an iteration adds itself to the name."""
    name, case = result.name, result.class_name
    if not case or name == case or not name:
        return name or case, "", ""
    if case.startswith(CASES):
        return case, "", label_of(name, case) or name
    return name, case, ""


def _normalized(known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names without versions, beside what Katalon says: `browserName` Chrome for browser `Chrome 101.0`."""
    browser = known.get("browser", "")
    if browser and "browserName" not in known:
        yield "browserName", _VERSION.sub("", browser)
    device = known.get("deviceOS", "")
    if device and "devicePlatform" not in known:
        yield "devicePlatform", device


def _collection_in(report: str, suites: tuple[str, ...]) -> str:
    """The collection, when the report lies in a folder that is named for something else than its suite."""
    folder = layout_of(str(Path(report).parent.absolute()))
    if folder is None or folder.stamp != folder.session or not suites or not suites[-1].startswith(SUITES):
        return ""
    named = SUITES + folder.suite
    return "" if named == suites[-1] else named


def _attachments(paths: tuple[str, ...], home: Path | None) -> tuple[str, ...]:
    """As the report gives them, unescaped; in the suite's own folder, where the report lies elsewhere."""
    found = []
    for path in map(unescaped, paths):
        moved = home / base_name(path) if home is not None and home.is_absolute() else None
        found.append(str(moved) if moved is not None and is_there(moved) else path)
    return tuple(dict.fromkeys(found))
