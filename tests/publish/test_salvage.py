"""A report that was damaged while it was written: refused whole, or published up to the damage and marked."""

from __future__ import annotations

from .conftest import outcomes


def test_a_published_result_says_that_its_report_was_damaged(emulator, shop, publish, tmp_path):
    service = emulator(shop)
    report = tmp_path / "cut.xml"
    report.write_text('<testsuite name="s"><testcase name="TC102"/><testcase na', encoding="utf-8")
    strict, _ = publish(service, report)
    assert strict.code == 3
    assert service.state()["runs"] == []
    done, facts = publish(service, report, "--salvage")
    assert done.code == 3, done.output
    assert "damaged: what stands before line 1 was read, tests: 1" in done.output
    assert facts["counts"]["matched"] == 1
    assert outcomes(service)[2] == "passed"
    (result,) = service.state()["runs"][0]["results"]
    assert "from a damaged report" in result["comment"]
