"""No report's contradictions or odd words show a failure as passed, and no test is lost between its lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ado_publisher import reports
from ado_publisher.model import Outcome

TRX = (
    '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>{}</Results></TestRun>'
)
ROW = '<UnitTestResult testName="row" outcome="{}"/>'


@pytest.fixture
def read(tmp_path):
    """`read(text)`: (name, outcome) of each result, and the warnings in `read.warnings`."""

    def run(text):
        path = tmp_path / "report"
        path.write_text(text, encoding="utf-8")
        notes = reports.Notes()
        found = [(result.name, result.outcome) for result in reports.read(str(path), notes=notes)]
        run.warnings = notes.warnings
        return found

    return run


def trx(outcome, *rows):
    own = f' outcome="{outcome}"' if outcome is not None else ""
    inside = "".join(ROW.format(row) for row in rows)
    return TRX.format(
        f'<UnitTestResult testName="t"{own}><InnerResults>{inside}</InnerResults></UnitTestResult>'
    )


@pytest.mark.parametrize(
    ("outcome", "rows", "told"),
    [
        ("Passed", ["Passed", "Failed"], Outcome.FAILED),
        ("Passed", ["Passed", "Timeout"], Outcome.TIMEOUT),
        ("Strange", ["Passed"], Outcome.INCONCLUSIVE),
        (None, ["Passed", "Strange"], Outcome.INCONCLUSIVE),
        (None, ["Passed", "Passed"], Outcome.PASSED),
        (None, [], Outcome.INCONCLUSIVE),
        ("TotallyFailed", [], Outcome.FAILED),
    ],
)
def test_a_trx_result_is_nothing_better_than_its_rows(read, outcome, rows, told):
    assert read(trx(outcome, *rows)) == [("t", told)]


@pytest.mark.parametrize("own", ['outcome="Passed"', ""])
def test_a_trx_result_is_nothing_better_than_what_its_rows_hold(read, own):
    inner = "<InnerResults>{}</InnerResults>".format
    row = f'<UnitTestResult testName="row" {own}>{inner(ROW.format("Failed"))}</UnitTestResult>'
    ordered = f'<TestResultAggregation testName="t" {own}>{inner(row)}</TestResultAggregation>'
    assert read(TRX.format(ordered)) == [("t", Outcome.FAILED)]


def test_a_trx_result_whose_rows_hold_rows_without_end_is_read(read):
    row = '<UnitTestResult testName="t" outcome="Passed"><InnerResults>'
    text = row * 1000 + ROW.format("Failed") + "</InnerResults></UnitTestResult>" * 1000
    assert read(TRX.format(text)) == [("t", Outcome.FAILED)]


@pytest.mark.parametrize(
    "text",
    [
        '<test-run id="1"><test-case name="t" result="Passed"><failure/></test-case></test-run>',
        '<test-results><test-case name="t" result="Success"><failure/></test-case></test-results>',
        '<test-results><test-case name="t" result="Odd"><failure/></test-case></test-results>',
        '<assemblies><test name="t" result="Pass"><failure/></test></assemblies>',
        '<robot><suite name="s"><test name="t"><status status="FAILISH"/></test></suite></robot>',
        '<testng-results><class><test-method name="t" status="FAILED_AGAIN"/></class></testng-results>',
    ],
)
def test_what_holds_a_failure_or_sounds_like_one_has_failed(read, text):
    assert read(text) == [("t", Outcome.FAILED)]


def test_a_suite_that_fails_in_its_own_tear_down_is_told(read):
    suite = (
        '<test-suite name="s" result="Failed" site="{}"><test-case name="t" result="Passed"/></test-suite>'
    )
    read(f'<test-run id="1">{suite.format("TearDown")}</test-run>')
    assert read.warnings == ["suite s failed in its TearDown"]
    read(f'<test-run id="1">{suite.format("Child")}</test-run>')
    assert read.warnings == []


def test_many_odd_words_are_few_warnings(read):
    cases = "".join(f'<test-case name="t" result="odd {number}"/>' for number in range(5000))
    assert len(read(f'<test-run id="1">{cases}</test-run>')) == 5000
    assert len(read.warnings) == 21
    assert read.warnings[-1] == "and more warnings, which are left out"


def test_a_skip_that_replaced_a_failure_in_a_merged_robot_test_hides_it_not(read):
    message = (
        "*HTML* Test has been re-executed and results merged.&lt;hr&gt;New status: SKIP&lt;br&gt;"
        "New message: later&lt;hr&gt;Old status: FAIL&lt;br&gt;Old message: declined"
    )
    test = f'<test name="t"><status status="SKIP">{message}</status></test>'
    assert read(f'<robot><suite name="s">{test}</suite></robot>') == [("t", Outcome.FAILED)]


@pytest.mark.parametrize("status", ["expected", "flaky"])
def test_a_failure_that_playwright_calls_fine_has_passed_only_where_it_was_expected(read, status):
    def report(expected):
        test = {"status": status, "expectedStatus": expected, "results": [{"status": "failed"}]}
        suite = {"title": "s", "file": "f", "specs": [{"title": "t", "tests": [test]}]}
        return json.dumps({"config": {"rootDir": "/"}, "suites": [suite]})

    assert read(report("passed")) == [("t", Outcome.FAILED)]
    assert read(report("failed")) == [("t", Outcome.PASSED)]


def go(*events):
    return "\n".join(
        json.dumps({"Action": action, "Package": "p", **({"Test": name} if name else {})})
        for action, name in events
    )


def test_a_go_test_that_fails_without_a_word_and_without_a_subtest_that_did_is_told(read):
    lines = [("run", "T"), ("run", "T/a"), ("pass", "T/a"), ("fail", "T"), ("fail", "")]
    assert read(go(*lines)) == [("T/a", Outcome.PASSED), ("T", Outcome.FAILED)]
    lines[2] = ("fail", "T/a")
    assert read(go(*lines)) == [("T/a", Outcome.FAILED)]


def test_a_go_test_whose_end_is_missing_is_not_lost(read):
    assert read(go(("run", "T"), ("run", "BenchmarkT"), ("pass", ""))) == [("T", Outcome.INCONCLUSIVE)]


def test_a_dart_test_that_meets_an_error_after_its_end_has_failed(read):
    events = [
        {"type": "start", "protocolVersion": "0.1.1"},
        {"type": "testStart", "test": {"id": 1, "name": "t"}, "time": 1},
        {"type": "testDone", "testID": 1, "result": "success", "time": 2},
        {"type": "error", "testID": 1, "error": "too late", "isFailure": False, "time": 3},
    ]
    told = read("\n".join(map(json.dumps, events)))
    assert told == [("t", Outcome.PASSED), ("t", Outcome.ERROR)]


def allure(folder, file, **changes):
    sample = Path(__file__).parent / "samples/allure/pays-by-card.json"
    told = json.loads(sample.read_text(encoding="utf-8")) | changes
    path = folder / f"{file}-result.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return str(path), "auto", None


def test_an_allure_try_that_did_not_run_hides_no_failure(tmp_path):
    files = [allure(tmp_path, "a", stop=1, status="failed"), allure(tmp_path, "b", stop=2, status="skipped")]
    (result,) = reports.collect(files).results
    assert result.outcome is Outcome.FAILED
    assert [each.outcome for each in result.attempts] == [Outcome.FAILED, Outcome.NOT_EXECUTED]


def test_allure_times_that_are_none_break_nothing(tmp_path):
    files = [allure(tmp_path, "a", stop="soon", start=None), allure(tmp_path, "b", stop=[], start="x")]
    (result,) = reports.collect(files).results
    assert len(result.attempts) == 2
