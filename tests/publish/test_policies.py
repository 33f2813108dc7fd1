"""Policies: each is an option, each has its effect, and one that can show a point greener is named."""

import pytest

from .conftest import FAILURE, case, outcomes

IDS = '<properties><property name="test_case_id" value="101,999"/></properties>'


def test_an_unknown_id_is_told_and_fails_the_publish_only_when_asked(emulator, shop, junit, publish):
    service = emulator(shop)
    report = junit(case("two ids", IDS + FAILURE), case("TC102"))
    done, facts = publish(service, report)
    assert (done.code, outcomes(service)[1]) == (0, "failed")
    assert "test case 999 has no test point in test plan 10 'Release 1'" in facts["results"][0]["problems"]
    assert publish(service, report, "--unknown-id", "fail", "--key", "2")[0].code == 1
    known = junit(case("TC101"))
    assert publish(service, known, "--unknown-id", "fail", "--key", "3")[0].code == 0


def test_an_unknown_id_alone_is_unmatched_and_counts_as_unknown(emulator, shop, junit, publish):
    report = junit(case("TC999"), case("TC101"))
    done, facts = publish(emulator(shop), report, "--unknown-id", "fail")
    assert done.code == 1
    assert facts["results"][0]["status"] == "unmatched"


@pytest.mark.parametrize(
    ("flags", "config", "told"),
    [
        (("--several", "last"), "", "--several last shows 1 test points greener than their worst result: 2"),
        (("--several", "first"), "", "--several first shows 0 test points greener"),
        (("--several", "best-of-retries"), "", "--several best-of-retries shows 1 test points greener"),
        (("--skipped", "publish"), "", "--skipped publish shows NotExecuted on points"),
        ((), "statuses: {failed: Passed}\n", "The config's statuses show Failed as Passed."),
    ],
)
def test_every_policy_that_can_show_a_point_greener_is_named_in_every_summary(
    emulator, shop, junit, publish, tmp_path, flags, config, told
):
    summary = tmp_path / "summary.md"
    if config:
        (tmp_path / "ado-publisher.yml").write_text("version: 1\n" + config)
    report = junit(case("TC102", FAILURE), case("TC102"))
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done, facts = publish(emulator(shop), report, *flags, env=env)
    assert done.code == 0, done.output
    assert any(told in notice for notice in facts["notices"])
    assert told in done.stdout
    assert "greener" in summary.read_text() or "show" in summary.read_text()


def test_no_policy_is_named_when_none_can_show_a_point_greener(emulator, shop, junit, publish):
    done, facts = publish(emulator(shop), junit(case("TC102", FAILURE), case("TC102")))
    assert done.code == 0
    assert facts["notices"] == ["The run is made without a link to a build."]


@pytest.mark.parametrize(("most", "code"), [("1", 0), ("0", 1), ("50%", 0), ("49%", 1)])
def test_a_threshold_counts_failed_tests_as_a_number_or_a_share(emulator, shop, junit, publish, most, code):
    report = junit(case("TC101", FAILURE), case("TC102"))
    assert publish(emulator(shop), report, "--max-failed", most)[0].code == code
