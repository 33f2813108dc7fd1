"""Mistakes that were measured in other publishers, each with our answer."""

import re
from pathlib import Path

from ado_publisher.options import OPTIONS

from .conftest import CHROME, FAILURE, FIREFOX, case, outcomes

ROOT = Path(__file__).resolve().parents[2]


def test_first_wins_never_pass_fail_pass_is_failed(emulator, shop, junit, publish):
    service = emulator(shop)
    done, facts = publish(service, junit(case("TC102"), case("TC102", FAILURE), case("TC102")))
    assert (done.code, outcomes(service)[2]) == (0, "failed")
    assert facts["counts"]["matched"] == 3


def test_digits_in_a_name_hide_no_property(emulator, shop, junit, publish):
    by_property = '<properties><property name="test_case_id" value="101"/></properties>'
    names = ("test 7 of 9", "shop2.test_404", "v1.2.3 [102]")
    done, facts = publish(emulator(shop), junit(*(case(name, by_property) for name in names)))
    assert done.code == 0, done.output
    targets = [{target["test_case_id"] for target in result["targets"]} for result in facts["results"]]
    assert targets == [{101}] * 3


def test_no_configuration_of_a_case_is_dropped(emulator, shop, junit, publish):
    shop["projects"][0]["plans"][0]["suites"][0]["cases"] = [
        {"id": 1000 + n, "title": f"Case {n}", "configurations": [CHROME, FIREFOX]} for n in range(10)
    ]
    shop["projects"][0]["plans"][0]["suites"][0]["suites"] = []
    service = emulator(shop)
    report = junit(*(case(f"TC{1000 + n}") for n in range(10)))
    done, facts = publish(service, report)
    assert (done.code, facts["counts"]["ambiguous"]) == (1, 10), done.output
    done, facts = publish(service, report, "--points", "all")
    assert (done.code, facts["points_updated"]) == (0, 20), done.output
    assert set(outcomes(service).values()) == {"passed"}


def test_several_ids_of_one_result_all_count(emulator, shop, junit, publish):
    service = emulator(shop)
    several = '<properties><property name="test_case_id" value="101,102"/></properties>'
    done, _ = publish(service, junit(case("both", several + FAILURE)))
    assert done.code == 0, done.output
    assert (outcomes(service)[1], outcomes(service)[2]) == ("failed", "failed")


def test_a_test_in_a_nested_suite_is_read_and_published(emulator, shop, publish, tmp_path):
    service = emulator(shop)
    inner = f'<testsuite name="inner">{case("TC102", FAILURE)}</testsuite>'
    (tmp_path / "report.xml").write_text(
        f'<testsuites><testsuite name="outer">{case("TC101")}<testsuite name="middle">{inner}</testsuite>'
        "</testsuite></testsuites>"
    )
    done, facts = publish(service, "report.xml")
    assert (done.code, facts["counts"]["read"]) == (0, 2), done.output
    assert (outcomes(service)[1], outcomes(service)[2]) == ("passed", "failed")


def test_totals_are_counted_and_never_taken_from_attributes(emulator, shop, publish, tmp_path):
    for attributes in ("", 'tests="NaN" failures="x"', 'tests="900" failures="0" errors="0"'):
        service = emulator(shop)
        (tmp_path / "report.xml").write_text(
            f'<testsuite name="s" {attributes}>{case("TC101")}{case("TC102", FAILURE)}</testsuite>'
        )
        done, facts = publish(service, "report.xml", "--fail-on-failed-tests")
        assert (done.code, facts["counts"]["read"]) == (1, 2), attributes
        assert "nan" not in done.output.lower()
        assert outcomes(service)[2] == "failed"


def test_an_error_is_never_a_pass(emulator, shop, junit, publish):
    service = emulator(shop)
    publish(service, junit(case("TC102", '<error message="boom"/>')))
    assert outcomes(service)[2] == "failed"


def test_an_empty_report_is_no_success(emulator, shop, publish, tmp_path):
    (tmp_path / "report.xml").write_text('<testsuite name="s"/>')
    done, facts = publish(emulator(shop), "report.xml")
    assert (done.code, facts["counts"]["read"]) == (1, 0), done.output
    assert publish(emulator(shop), "report.xml", "--allow-empty")[0].code == 0


def test_every_result_beyond_the_last_point_is_listed(emulator, shop, junit, publish):
    done, facts = publish(emulator(shop), junit(*(case(f"TC{n}") for n in range(101, 131))))
    assert done.code == 0, done.output
    assert len(facts["results"]) == 30
    assert sum(result["status"] == "unmatched" for result in facts["results"]) == 26
    assert all(result["reason"] for result in facts["results"] if result["status"] != "matched")


def test_one_refused_write_leaves_no_unfinished_run(emulator, shop, junit, publish):
    service = emulator(shop)
    service.faults([{"method": "PATCH", "path": r"/results\?", "status": 503, "times": 1}])
    done, _ = publish(service, junit(case("TC101")))
    assert (done.code, service.state()["runs"][0]["state"]) == (0, "Completed"), done.output


def test_no_option_is_without_effect():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "ado_publisher").rglob("*.py")
        if path.name != "settings.py" and "options" not in path.parts
    )
    # What decides before there are settings: which config, and the credential itself.
    read_otherwise = {"config", "katalon_project"}
    unread = [
        option.field
        for option in OPTIONS
        if option.field not in read_otherwise and not re.search(rf"settings\.{option.field}\b", code)
    ]
    assert unread == []
