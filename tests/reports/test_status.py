"""Words and skips that must never make a pass, or nothing, of a test that has failed."""

import pytest

from ado_publisher import reports
from ado_publisher.model import Outcome


def read(tmp_path, testcase):
    path = tmp_path / "report.xml"
    path.write_text(f'<testsuite name="s">{testcase}</testsuite>', encoding="utf-8")
    notes = reports.Notes()
    (result,) = reports.read(str(path), format="junit", notes=notes)
    return result, notes.warnings


@pytest.mark.parametrize(
    ("inside", "outcome", "attempts"),
    [
        ('<flakyError message="e"/><skipped/>', "Error", ["Error", "NotExecuted"]),
        ('<skipped/><rerunFailure message="e"/>', "Failed", ["NotExecuted", "Failed"]),
        ('<flakyFailure message="f"/><rerunError message="e"/><skipped/>', "Error", None),
        ('<rerunFailure message="e"/><warning/>', "Failed", ["Warning", "Failed"]),
    ],
)
def test_a_skip_never_hides_the_tries_that_failed(tmp_path, inside, outcome, attempts):
    result, _ = read(tmp_path, f'<testcase name="t">{inside}</testcase>')
    assert (result.outcome, result.message) == (outcome, "e")
    assert attempts is None or [each.outcome for each in result.attempts] == attempts


def test_a_status_of_skipped_never_hides_a_try_that_failed(tmp_path):
    result, _ = read(tmp_path, '<testcase name="t" status="skipped"><flakyFailure/></testcase>')
    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ('status="unsuccessful"', "Failed"),
        ('status="not passed"', "Failed"),
        ('status="not ok"', "Failed"),
        ('status="Not_OK"', "Failed"),
        ('result="nok"', "Failed"),
        ('result="false"', "Failed"),
        ('success="false"', "Failed"),
        ('success="False"', "Failed"),
        ('outcome="failed"', "Failed"),
        ('status="fatal"', "Error"),
        ('status="exception"', "Error"),
        ('outcome="uncaught exception"', "Failed"),
        ('status="run" result="completed"', "Passed"),
        ('status="PASSED"', "Passed"),
        ('outcome="Pass"', "Passed"),
        ('success="true"', "Passed"),
        ('status=""', "Passed"),
        ('status="notrun" outcome="failed"', "Failed"),
    ],
)
def test_a_known_word_in_any_of_the_four_attributes_is_heard(tmp_path, said, outcome):
    result, warnings = read(tmp_path, f'<testcase name="t" {said}/>')
    assert (result.outcome, warnings) == (outcome, [])


@pytest.mark.parametrize("attribute", ["status", "result", "outcome", "success"])
@pytest.mark.parametrize("word", ["red", "defect", "unstable", "2", "0 passed", "не ok", "nicht ok", "✗"])
def test_an_unknown_word_proves_no_pass_and_is_named(tmp_path, attribute, word):
    result, (warning,) = read(tmp_path, f'<testcase name="t" {attribute}="{word}"/>')
    assert result.outcome is Outcome.INCONCLUSIVE
    assert repr(word) in warning
    assert "Inconclusive" in warning


@pytest.mark.parametrize(("child", "outcome"), [("failure", "Failed"), ("skipped", "NotExecuted")])
def test_an_unknown_word_beside_a_verdict_changes_nothing(tmp_path, child, outcome):
    result, _ = read(tmp_path, f'<testcase name="t" status="red"><{child}/></testcase>')
    assert result.outcome == outcome
