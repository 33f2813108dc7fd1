"""Real reports, counted by others before us (../shared/corpus)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ado_publisher import reports
from ado_publisher.errors import ReportError
from ado_publisher.inspection import inspect
from ado_publisher.model import Outcome

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

# The corpus counts child elements alone; where a status says that a test did not run, the truth is
# that it did not pass (DESIGN section 4: disabled, not run -> NotExecuted). File -> such tests.
NOT_RUN_BY_STATUS = {"junit/googletest-1.xml": 5, "junit/generic-9.xml": 10}


def entries() -> list[dict]:
    index = CORPUS / "EXPECTED.jsonl"
    lines = index.read_text(encoding="utf-8").splitlines() if index.is_file() else []
    return [json.loads(line) for line in lines]


def counted(format_name: str) -> list[dict]:
    return [entry for entry in entries() if entry["format"] == format_name and entry["expected"]]


def ids(values: list[dict]) -> list[str]:
    return [value["path"] for value in values]


JUNIT = [entry for entry in counted("junit") if entry["expected"]["wellformed"]]
BROKEN = [entry for entry in counted("junit") if not entry["expected"]["wellformed"]]
EDGE = [entry for entry in entries() if entry["format"] == "edge"]


def test_the_corpus_is_there(shared):
    assert (len(JUNIT), len(BROKEN), len(EDGE)) == (142, 3, 8)


@pytest.mark.parametrize("entry", JUNIT, ids=ids(JUNIT))
def test_a_real_report_is_counted_right(entry):
    expected, not_run = entry["expected"], NOT_RUN_BY_STATUS.get(entry["path"], 0)
    report = inspect(str(CORPUS / entry["path"]))
    assert report.error is None
    assert report.format == "junit"
    assert (report.total, report.suites) == (expected["total"], expected["suites"])
    assert {outcome: count for outcome, count in report.outcomes.items() if count} == +Counter(
        {
            Outcome.PASSED: expected["passed"] - not_run,
            Outcome.FAILED: expected["failed"],
            Outcome.ERROR: expected["error"],
            Outcome.NOT_EXECUTED: expected["skipped"] + not_run,
        }
    )


@pytest.mark.parametrize("entry", BROKEN, ids=ids(BROKEN))
def test_a_broken_report_names_its_file_line_and_column(entry):
    path = str(CORPUS / entry["path"])
    with pytest.raises(ReportError) as caught:
        list(reports.read(path))
    assert caught.value.file == path
    assert caught.value.line
    assert caught.value.column


@pytest.mark.parametrize("entry", EDGE, ids=ids(EDGE))
def test_what_is_no_report_is_told_by_what_it_is(entry):
    path = CORPUS / entry["path"]
    with pytest.raises(ReportError, match=r"the file is (XML with the root element <\w+>|JSON|neither XML)"):
        reports.detect(str(path))


FORMATS = {entry["format"] for entry in entries()} - {"junit", "katalon", "edge"}
OTHERS = [entry for name in sorted(FORMATS) for entry in counted(name)]
# What the corpus says of these is argued with, each for its reason.
REFUSED = {"nunit2/jenkins-12.xml", "robot/legacy-25.xml"}  # they declare an external entity
# Robot Framework 2 has a <suite> without a name in its <statistics>, which is no suite.
SUITES = {"robot/legacy-3.xml": 3, "robot/legacy-14.xml": 6, "robot/legacy-15.xml": 5}
BAD = (Outcome.ERROR, Outcome.TIMEOUT, Outcome.ABORTED)


@pytest.mark.parametrize("entry", OTHERS, ids=ids(OTHERS))
def test_a_real_report_of_another_format_is_counted_right(entry):
    expected = entry["expected"]
    report = inspect(str(CORPUS / entry["path"]))
    if entry["path"] in REFUSED:
        assert "declares XML entities" in report.error.message
        return
    if expected.get("wellformed") is False:
        assert report.error.line
        assert report.error.column
        return
    assert report.error is None
    assert report.format in {entry["format"], "mochawesome"}
    found = Counter(report.outcomes)
    assert {
        "total": report.total,
        "passed": found[Outcome.PASSED],
        "failed": found[Outcome.FAILED],
        "error": sum(found[outcome] for outcome in BAD),
        "skipped": found[Outcome.NOT_EXECUTED],
        "suites": report.suites,
    } == {
        **{name: expected[name] for name in ("total", "passed", "failed", "error", "skipped")},
        "suites": SUITES.get(entry["path"], expected["suites"]),
    }


@pytest.mark.parametrize("entry", entries(), ids=ids(entries()))
def test_each_report_is_claimed_by_its_format_alone(entry):
    try:
        claimed = reports.detect(str(CORPUS / entry["path"]))
    except ReportError:
        claimed = ""
    if entry["format"] == "edge":
        assert claimed == ""
    elif (entry["expected"] or {}).get("wellformed") is not False and entry["path"] not in REFUSED:
        assert claimed == {"mocha-json": "mochawesome"}.get(entry["format"], entry["format"]) or (
            claimed == entry["format"]
        )
