"""One Katalon report by itself: statuses, names, environment, texts, and the files beside it."""

import json
import time
from datetime import UTC, datetime

import pytest
from reports.katalon.build import binding, case, log, suite, write

from ado_publisher import reports
from ado_publisher.model import Outcome
from ado_publisher.reports._katalon_text import layout_of, parted, paths_of, unescaped

THIRD_OF_APRIL = datetime(2026, 4, 3, 10, 15, 5)  # noqa: DTZ001  # Katalon's times have no zone


def read(path, **more):
    notes = reports.Notes()
    return list(reports.read(str(path), notes=notes, **more)), notes.warnings


def test_the_real_runs_are_read_as_expected(shared):
    expected = {"5.9": (0, 1), "7.6": (0, 1), "8.3": (2, 0), "9.3": (1, 0), "10.2": (2, 0), "11.0": (3, 2)}
    for version, counts in expected.items():
        path = shared / "corpus" / "katalon" / version / "JUnit_Report.xml"
        results, warnings = read(path)
        outcomes = [result.outcome for result in results]
        assert (outcomes.count(Outcome.PASSED), outcomes.count(Outcome.FAILED)) == counts
        assert len(results) == sum(counts)
        assert warnings == []
        assert all(result.suites[0].startswith("Test Suites/") for result in results)
        assert all(result.test_type == "Katalon" and result.host == "TESTHOST" for result in results)
        for result in results:
            assert result.automated_name == result.name
            assert result.name.startswith("Test Cases/")
            if result.outcome is Outcome.FAILED:
                assert "\n" in result.message
                assert result.stack_trace.startswith("com.kms.katalon")


@pytest.mark.parametrize(
    ("status", "inside", "outcome"),
    [
        ("PASSED", "", Outcome.PASSED),
        ("FAILED", "", Outcome.FAILED),
        ("ERROR", "", Outcome.ERROR),
        ("INCOMPLETE", "", Outcome.ABORTED),
        ("SKIPPED", "", Outcome.NOT_EXECUTED),
        ("NOT_RUN", "", Outcome.NOT_EXECUTED),
        ("WARNING", "", Outcome.WARNING),
        ("passed", "", Outcome.PASSED),
        ("", "", Outcome.PASSED),
        ("INFO", "", Outcome.INCONCLUSIVE),
        ("NEW_WORD", "", Outcome.INCONCLUSIVE),
        ("NEW_WORD", "<failure/>", Outcome.FAILED),
        ("", "<error/>", Outcome.ERROR),
        ("PASSED", "<failure/>", Outcome.FAILED),
        ("PASSED", "<skipped/>", Outcome.NOT_EXECUTED),
        ("SKIPPED", "<failure/>", Outcome.FAILED),
        ("INCOMPLETE", "<error/>", Outcome.ERROR),
        ("FAILED", "<error/>", Outcome.FAILED),
        ("ERROR", "<failure/>", Outcome.FAILED),
    ],
)
def test_the_status_decides_and_a_graver_child_wins(tmp_path, status, inside, outcome):
    (result,), _ = read(write(tmp_path, suite("S", case("a", status, inside=inside))))
    assert result.outcome is outcome


def test_a_missing_status_is_looked_for_in_the_output(tmp_path):
    said = "<system-out>2026-04-03 10:15:06 - [TEST_CASE][INCOMPLETE] - Test Cases/a: stopped</system-out>"
    (result,), _ = read(write(tmp_path, suite("S", case("a", "", inside=said))))
    assert (result.outcome, result.message) == (Outcome.ABORTED, "stopped")


@pytest.mark.parametrize(
    ("stamp", "started"),
    [
        ("2026-04-03 10:15:05", THIRD_OF_APRIL),
        ("03-04-2026T10:15:05", THIRD_OF_APRIL),
        ("2026-04-03T10:15:05.250Z", datetime(2026, 4, 3, 10, 15, 5, 250_000, UTC)),
        ("", None),
        ("yesterday", None),
    ],
)
def test_the_three_forms_of_a_time_are_read_and_none_is_no_error(tmp_path, stamp, started):
    (result,), _ = read(write(tmp_path, suite("S", case("a"), at=stamp)))
    assert result.started == started


def test_a_file_is_claimed_by_katalon_and_still_read_when_junit_is_forced(tmp_path):
    path = write(tmp_path, suite("S", case("a", "SKIPPED")))
    assert reports.detect(str(path)) == "katalon"
    (forced,), _ = read(path, format="junit")
    assert (forced.class_name, forced.test_type, forced.outcome) == (
        "Test Cases/a",
        "JUnit",
        Outcome.NOT_EXECUTED,
    )


@pytest.mark.parametrize(
    "text",
    [
        '<testsuite><testcase name="t"><failure message="katalonVersion"/></testcase></testsuite>',
        '<testsuite><properties><property name="note" value="katalonVersion"/></properties></testsuite>',
        '<testsuite name="Test Suites/x"><testcase name="Test Cases/y"/></testsuite>',
        '<testsuite name="s"><testcase name="y" status="PASSED"/></testsuite>',
    ],
)
def test_a_junit_report_that_speaks_of_katalon_stays_junit(tmp_path, text):
    path = tmp_path / "r.xml"
    path.write_text(text)
    assert reports.detect(str(path)) == "junit"


@pytest.mark.parametrize(
    "text",
    [
        '<testsuite><properties><property name="katalonVersion" value="8"/></properties></testsuite>',
        '<testsuite name="s" id="Test Suites/s"/>',
        '<testsuite name="s"><testcase name="Test Cases/y" status="PASSED"/></testsuite>',
        '<testsuite name="s"><testcase name="y"><system-out>2026-04-03 10:15:06 - [TEST_CASE][PASSED] - y: y'
        "</system-out></testcase></testsuite>",
    ],
)
def test_each_mark_of_katalon_is_enough(tmp_path, text):
    path = tmp_path / "r.xml"
    path.write_text(text)
    assert reports.detect(str(path)) == "katalon"


def test_a_person_may_name_katalon_where_the_marks_are_missing(tmp_path):
    path = tmp_path / "r.xml"
    path.write_text('<testsuite name="s"><testcase name="y" classname="y"/></testsuite>')
    (result,), _ = read(path, format="katalon")
    assert (result.name, result.class_name, result.suites) == ("y", "", ("s",))


def test_the_environment_answers_rules_and_falls_back_to_execution_properties(tmp_path):
    beside = {
        "Name": "Chrome",
        "host": {"hostName": "OTHER", "os": "Linux 64bit"},
        "execution": {
            "general": {"executionProfile": "staging"},
            "drivers": {"system": {"WebUI": {"browserType": "EDGE_CHROMIUM_DRIVER"}}},
        },
        "id": "Test Suites/S",
    }
    (tmp_path / "execution.properties").write_text(json.dumps(beside))
    (said,), _ = read(write(tmp_path, suite("S", case("a"))))
    (fallen,), _ = read(write(tmp_path, suite("S", case("a"), os="", browser="", hostName="")))
    assert [list(said.values(name)) for name in ("os", "browser", "browserName", "profile")] == [
        ["Windows 11 64bit"],
        ["Chrome 101.0"],
        ["Chrome"],
        ["staging"],
    ]
    assert [list(fallen.values(name)) for name in ("os", "browser")] == [["Linux 64bit"], ["Edge Chromium"]]
    assert (said.host, fallen.host) == ("PC", "OTHER")


def test_an_api_suite_has_no_browser_and_a_phone_has_a_platform(tmp_path):
    beside = {"Name": "", "execution": {"drivers": {"system": {}}}}
    (tmp_path / "execution.properties").write_text(json.dumps(beside))
    (api,), _ = read(write(tmp_path, suite("S", case("a"), browser="")))
    assert not list(api.values("browser"))
    mobile = {"devicePlatform": "IOS_DRIVER", "deviceName": "iPhone"}
    (tmp_path / "execution.properties").write_text(
        json.dumps({"execution": {"drivers": {"system": {"Mobile": mobile}}}})
    )
    (phone,), _ = read(write(tmp_path, suite("S", case("a"), browser="")))
    assert (list(phone.values("devicePlatform")), list(phone.values("deviceName"))) == (["iOS"], ["iPhone"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("execution.properties", "{"),
        ("execution.properties", "[1]"),
        ("execution.properties", "\udcff"),
        ("execution.properties", "[" * 100_000),
        ("execution.properties", '{"id": "Test Suites/Another"}'),
        ("testCaseBinding", "no json\n"),
        ("testCaseBinding", "{}\n"),
        ("tsc_id.txt", "root:x:0:0:secret"),
        ("tsc_id.txt", "x" * 5000),
        (
            "execution0.log",
            '<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/passwd">]><log>retryCount&a;</log>',
        ),
    ],
)
def test_a_bad_file_beside_the_report_is_a_warning_and_nothing_is_lost(tmp_path, name, content):
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    (result,), warnings = read(write(tmp_path, suite("S", case("a", "FAILED"))))
    assert result.outcome is Outcome.FAILED
    assert result.suites == ("Test Suites/S",)
    assert len(warnings) == 1
    assert name in warnings[0]
    assert "secret" not in warnings[0]


@pytest.mark.parametrize("name", ["execution.properties", "testCaseBinding", "tsc_id.txt", "execution0.log"])
def test_a_link_out_of_the_folder_is_not_read(tmp_path, name):
    (tmp_path / "elsewhere").write_text("Test Suites/Stolen")
    home = tmp_path / "home"
    path = write(home, suite("S", case("a")))
    (home / name).symlink_to(tmp_path / "elsewhere")
    (result,), warnings = read(path)
    assert result.suites == ("Test Suites/S",)
    assert "link out of its folder" in warnings[0]


def test_standard_input_has_no_files_beside_it(tmp_path, monkeypatch):
    path = write(tmp_path, suite("S", case("a")))
    (tmp_path / "tsc_id.txt").write_text("Test Suites/C")
    monkeypatch.chdir(tmp_path)
    with path.open("rb") as stream:
        (result,) = reports.read("-", stream=stream)
    assert result.suites == ("Test Suites/S",)


def test_the_collection_comes_first_among_the_suites(tmp_path):
    (tmp_path / "tsc_id.txt").write_text("Test Suites/All of it\n")
    (result,), _ = read(write(tmp_path, suite("A/S", case("a"))))
    assert result.suites == ("Test Suites/All of it", "Test Suites/A/S")


def test_iterations_share_the_case_and_are_told_apart(tmp_path):
    (tmp_path / "testCaseBinding").write_text(
        binding(("a", "a - Iteration 1"), ("a", "a - Iteration 2"), ("b", "b"))
    )
    results, warnings = read(write(tmp_path, suite("S", case("a"), case("a", "FAILED"), case("b"))))
    assert [(r.automated_name, list(r.values("iteration"))) for r in results] == [
        ("Test Cases/a", ["Iteration 1"]),
        ("Test Cases/a", ["Iteration 2"]),
        ("Test Cases/b", []),
    ]
    assert warnings == []


def test_of_what_a_data_row_bound_only_numbers_become_properties(tmp_path):
    rows = [
        {
            "caseId": "101",
            "password": "hunter2",
            "row": 7,
            "both": "101, 102",
            "excel": 103.0,
            "card": "4" * 16,
        },
        {"caseId": "٣", "flag": True, "list": [1], "none": None, "empty": ""},
        [],
    ]
    told = [
        {"testCaseName": "Test Cases/a", "testCaseId": "Test Cases/a", "bindedValues": row} for row in rows
    ]
    told[0]["testCaseName"] += " - Iteration 1"
    (tmp_path / "testCaseBinding").write_text("\n".join(map(json.dumps, told)))
    results, warnings = read(write(tmp_path, suite("S", *(case("a") for _ in rows))))
    assert [result.properties for result in results] == [
        (
            ("iteration", "Iteration 1"),
            ("variable.caseId", "101"),
            ("variable.row", "7"),
            ("variable.excel", "103"),
        ),
        (),
        (),
    ]
    assert warnings == []


def test_a_binding_that_does_not_fit_names_no_iteration(tmp_path):
    (tmp_path / "testCaseBinding").write_text(binding(("b", "b - Iteration 1"), ("a", "a - Iteration 1")))
    results, warnings = read(write(tmp_path, suite("S", case("a"), case("a"))))
    assert len(results) == 2
    assert not any(list(result.values("iteration")) for result in results)
    assert "testCaseBinding has 'Test Cases/b' where the report has 'Test Cases/a'" in warnings[0]


def test_lost_line_breaks_come_back_from_the_output(tmp_path):
    full = (
        "Test Cases/a FAILED.\nReason:\njava.lang.AssertionError: no\n\tat a.b(C.java:1)\n"
        "Caused by: x\n\tat d.e(F.java:2)"
    )
    inside = (
        f'<failure message="{full}"/>'
        f"<system-out>2026-04-03 10:15:06 - [TEST_CASE][FAILED] - Test Cases/a: {full}\n\n"
        "2026-04-03 10:15:07 - [MESSAGE][INFO] - later</system-out>"
    )
    bare = case("a", "FAILED").replace('<failure type="FAILED" message="no"/>', inside)
    (result,), _ = read(write(tmp_path, suite("S", bare)))
    assert result.message == "Test Cases/a FAILED.\nReason:\njava.lang.AssertionError: no"
    assert result.stack_trace == full.partition("Reason:\n")[2]


def test_an_attribute_that_says_something_else_than_the_output_is_kept():
    assert parted("only words") == ("only words", "")
    assert parted("no  \tat a.b.C.d(C.java:1) \tat e.f(G.java:2)") == (
        "no",
        "at a.b.C.d(C.java:1) \tat e.f(G.java:2)",
    )


@pytest.mark.parametrize(
    ("escaped", "path"),
    [
        (r"C:\\a b\\c, d\\1.png", r"C:\a b\c, d\1.png"),
        (r"C:\new\tests\1.png", r"C:\new\tests\1.png"),
        (r"\\\\server\\share\\1.png", r"\\server\share\1.png"),
        ("/home/Ren\\u00e9/1.png", "/home/René/1.png"),
        ("/home/x/1.png", "/home/x/1.png"),
        ("1.png", "1.png"),
    ],
)
def test_paths_lose_javas_escapes(escaped, path):
    assert unescaped(escaped) == path


def test_a_list_of_paths_with_commas_is_split_between_paths_only():
    folder = r"C:\\My, D: project\\R"
    assert paths_of(rf"{folder}\\1.png, {folder}\\a, b.png", folder) == [
        r"C:\My, D: project\R\1.png",
        r"C:\My, D: project\R\a, b.png",
    ]
    assert paths_of("/a, b/1.png, /a, b/2.png") == ["/a, b/1.png", "/a, b/2.png"]
    assert paths_of(r"C:\\x, y\\1.log, D:\\2.log") == [r"C:\x, y\1.log", r"D:\2.log"]
    assert paths_of(" ") == []


def test_a_folder_tells_session_suite_and_stamp():
    named = layout_of(r"C:\P\Reports\20260403_101500\A\My suite\20260403_101501")
    assert named is not None
    assert (named.session, named.suite, named.stamp) == ("20260403_101500", "A/My suite", "20260403_101501")
    assert layout_of("/p/Reports/Suite/20181215_000834") is None
    assert layout_of("/p/20260403_101500/../20260403_101501") is None


def test_retries_inside_a_report_are_attempts_where_the_log_counts_them(tmp_path):
    (tmp_path / "execution0.log").write_text(log([("a", 0), ("a", 1), ("b", 0)], end="<record><lev"))
    results, _ = read(write(tmp_path, suite("S", case("a", "FAILED"), case("a"), case("b"))))
    assert [(r.name, r.outcome, [a.outcome for a in r.attempts]) for r in results] == [
        ("Test Cases/a", Outcome.PASSED, [Outcome.FAILED, Outcome.PASSED]),
        ("Test Cases/b", Outcome.PASSED, []),
    ]
    assert results[0].flaky


@pytest.mark.parametrize(
    "tests", [[], [("a", 0), ("a", 0)], [("a", 0), ("b", 1)], [("a", None), ("a", None)]]
)
def test_the_same_case_twice_stays_two_results_without_proof(tmp_path, tests):
    (tmp_path / "execution0.log").write_text(log(tests))
    results, _ = read(write(tmp_path, suite("S", case("a", "FAILED"), case("a"))))
    assert [(r.outcome, r.attempts) for r in results] == [(Outcome.FAILED, ()), (Outcome.PASSED, ())]


@pytest.mark.parametrize(
    "filler", [" \t", "\n", "a.", "\tat a.b(", "2026-04-03 10:15:06 - [", "[[ATTACHMENT|"]
)
def test_an_endless_output_is_read_in_linear_time(tmp_path, filler):
    said = f"2026-04-03 10:15:06 - [TEST_CASE][FAILED] - x{filler * 200_000}y"
    inside = f"<system-out>{said}</system-out>"
    began = time.monotonic()
    (result,), _ = read(write(tmp_path, suite("S", case("a", "FAILED", inside=inside))))
    assert result.outcome is Outcome.FAILED
    assert time.monotonic() - began < 10
