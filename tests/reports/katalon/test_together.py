"""Katalon reports of one start together: collections, copies, retries. Each test is counted once."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports.katalon.build import SESSION, case, log, place, suite, write

from ado_publisher import reports
from ado_publisher.model import Outcome

LATER = {"stamp": "20260403_101600", "at": "2026-04-03 10:16:05"}


def collect(*paths):
    done = reports.collect([(str(path), "auto", None) for path in paths])
    assert done.errors == ()
    return done


def shown(done):
    return [(r.name.removeprefix("Test Cases/"), r.outcome.value, len(r.attempts)) for r in done.results]


def first_and_second(root, first, second, name="S", **more):
    """A suite and a second folder of it in the same session."""
    return (
        write(place(root, name), suite(name, *first)),
        write(place(root, name, LATER["stamp"]), suite(name, *second, **{**LATER, **more})),
    )


def test_a_collection_and_its_suites_count_each_test_once(tmp_path):
    one, two = suite("A/One", case("a"), case("b", "FAILED")), suite("Two", case("a"))
    children = [write(place(tmp_path, "A/One"), one), write(place(tmp_path, "Two"), two)]
    whole = write(place(tmp_path, "All"), one, two)
    alone = collect(whole)
    assert shown(alone) == [("a", "Passed", 0), ("b", "Failed", 0), ("a", "Passed", 0)]
    assert alone.results[0].suites == ("Test Suites/All", "Test Suites/A/One")
    assert shown(collect(*children)) == shown(alone)
    for order in ([whole, *children], [*children, whole]):
        together = collect(*order)
        assert shown(together) == shown(alone)
        assert {r.file for r in together.results} == {str(child) for child in children}
        assert together.results[0].suites == ("Test Suites/All", "Test Suites/A/One")
        assert len(together.notices) == 2
        assert "counted once" in together.notices[0]


@given(data=st.data())
def test_any_split_into_collection_and_children_counts_each_test_once(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("r")
    statuses = st.sampled_from(["PASSED", "FAILED", "ERROR", "SKIPPED", "INCOMPLETE"])
    cases = data.draw(
        st.lists(st.lists(st.tuples(st.sampled_from("abc"), statuses), min_size=1), min_size=1, max_size=4)
    )
    suites = [suite(f"S{n}", *(case(*each) for each in listed)) for n, listed in enumerate(cases)]
    whole = write(place(root, "All"), *suites)
    chosen = data.draw(st.sets(st.integers(0, len(suites) - 1)))
    paths = [whole, *(write(place(root, f"S{n}"), suites[n]) for n in chosen)]
    done = collect(*data.draw(st.permutations(paths)))
    assert sorted(shown(done)) == sorted(shown(collect(whole)))
    assert len(done.results) == sum(map(len, cases))


def test_a_collection_and_a_suite_that_tell_differently_are_both_counted(tmp_path):
    child = write(place(tmp_path, "S"), suite("S", case("a")))
    whole = write(place(tmp_path, "All"), suite("S", case("a", "FAILED")), suite("T", case("b")))
    done = collect(whole, child)
    assert sorted(shown(done)) == [("a", "Failed", 0), ("a", "Passed", 0), ("b", "Passed", 0)]
    assert "tell differently" in done.notices[0]


def test_a_report_that_was_copied_is_counted_once(tmp_path):
    path = write(place(tmp_path, "S"), suite("S", case("a", "FAILED"), case("b")))
    copy = tmp_path / "copy.xml"
    shutil.copy(path, copy)
    done = collect(path, copy)
    assert shown(done) == [("a", "Failed", 0), ("b", "Passed", 0)]
    assert str(copy) in done.notices[0]


def test_a_copy_without_a_log_folder_is_known_by_its_whole_content(tmp_path):
    said = suite("S", case("a"), logFolder="")
    assert len(collect(write(tmp_path / "1", said), write(tmp_path / "2", said)).results) == 1
    timeless = suite("S", case("a"), logFolder="", at="")
    assert len(collect(write(tmp_path / "1", timeless), write(tmp_path / "2", timeless)).results) == 2


@pytest.mark.parametrize(
    "other",
    [{"browser": "Firefox 1"}, {"hostName": "PC2"}, {"os": "Linux"}],
    ids=lambda other: next(iter(other)),
)
def test_the_same_suite_elsewhere_is_neither_copy_nor_retry(tmp_path, other):
    paths = [
        write(tmp_path / "1", suite("S", case("a"))),
        write(tmp_path / "2", suite("S", case("a"), **other)),
    ]
    assert len(collect(*paths).results) == 2
    paths = first_and_second(tmp_path, [case("a", "FAILED")], [case("a")], **other)
    assert shown(collect(*paths)) == [("a", "Failed", 0), ("a", "Passed", 0)]


def test_a_second_folder_in_the_session_is_a_retry_and_the_last_run_decides(tmp_path):
    paths = first_and_second(
        tmp_path, [case("a"), case("b", "FAILED"), case("c", "FAILED")], [case("b"), case("c", "ERROR")]
    )
    for order in (paths, paths[::-1]):
        done = collect(*order)
        assert sorted(shown(done)) == [("a", "Passed", 0), ("b", "Passed", 2), ("c", "Error", 2)]
        assert "merged as retries" in done.notices[0]
    (flaky,) = [result for result in done.results if result.flaky]
    assert [attempt.outcome for attempt in flaky.attempts] == [Outcome.FAILED, Outcome.PASSED]


def test_a_third_folder_is_a_third_attempt(tmp_path):
    paths = first_and_second(tmp_path, [case("a", "FAILED"), case("b")], [case("a", "FAILED")])
    third = suite("S", case("a"), stamp="20260403_101700", at="2026-04-03 10:17:05")
    done = collect(*paths, write(place(tmp_path, "S", "20260403_101700"), third))
    assert shown(done) == [("a", "Passed", 3), ("b", "Passed", 0)]


def test_times_may_be_missing_where_the_folders_tell_the_order(tmp_path):
    one = write(place(tmp_path, "S"), suite("S", case("a", "FAILED"), at=""))
    two = write(place(tmp_path, "S", LATER["stamp"]), suite("S", case("a"), stamp=LATER["stamp"], at=""))
    assert shown(collect(two, one)) == [("a", "Passed", 2)]


def test_other_folders_prove_no_retry(tmp_path):
    loose = {"logFolder": ""}
    before = write(tmp_path / "1", suite("S", case("a", "FAILED"), **loose))
    after = write(tmp_path / "2", suite("S", case("a"), at=LATER["at"], **loose))
    assert shown(collect(before, after)) == [("a", "Failed", 0), ("a", "Passed", 0)]
    other = suite(
        "S", case("a"), session="20260403_111500", stamp="20260403_111500", at="2026-04-03 11:15:05"
    )
    first = write(place(tmp_path, "S"), suite("S", case("a", "FAILED")))
    again = write(place(tmp_path, "S", "20260403_111500", "20260403_111500"), other)
    assert shown(collect(first, again)) == [("a", "Failed", 0), ("a", "Passed", 0)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([case("a")], [case("a")]),
        ([case("a", "FAILED")], [case("b")]),
        ([case("a", "FAILED")], [case("a"), case("a")]),
        ([case("a", "FAILED", time="600")], [case("a")]),
    ],
    ids=["nothing had failed", "another test", "more tests than before", "began before the first had ended"],
)
def test_a_second_folder_that_cannot_be_a_retry_stays_by_itself(tmp_path, first, second):
    done = collect(*first_and_second(tmp_path, first, second))
    assert [attempts for _, _, attempts in shown(done)] == [0] * (len(first) + len(second))


def test_a_suite_that_a_collection_lists_twice_is_no_retry(tmp_path):
    first, second = first_and_second(tmp_path, [case("a", "FAILED")], [case("a")])
    for path in (first, second):
        (path.parent / "tsc_id.txt").write_text("Test Suites/All")
    assert shown(collect(first, second)) == [("a", "Failed", 0), ("a", "Passed", 0)]
    (second.parent / "execution0.log").write_text(log([("a", 0)], allowed=2))
    assert shown(collect(first, second)) == [("a", "Passed", 2)]
    (second.parent / "execution0.log").write_text(log([("a", 0)], allowed=0))
    assert shown(collect(first, second)) == [("a", "Failed", 0), ("a", "Passed", 0)]


def test_in_a_collection_a_folder_with_nothing_but_failed_tests_is_a_retry(tmp_path):
    first, second = first_and_second(tmp_path, [case("a", "FAILED"), case("b")], [case("a")])
    other = write(place(tmp_path, "T"), suite("T", case("c")))
    assert shown(collect(first, second, other)) == [
        ("a", "Passed", 2),
        ("b", "Passed", 0),
        ("c", "Passed", 0),
    ]


def test_the_log_alone_proves_a_retry_in_any_folder(tmp_path):
    first = write(tmp_path / "1", suite("S", case("a", "FAILED"), logFolder=""))
    second = write(tmp_path / "2", suite("S", case("a"), at=LATER["at"], logFolder=""))
    (tmp_path / "2" / "execution0.log").write_text(log([("a", 1)], end=""))
    done = collect(first, second)
    assert shown(done) == [("a", "Passed", 2)]
    assert "execution0.log says so" in done.notices[0]


def test_a_retry_that_did_not_run_leaves_the_verdict(tmp_path):
    done = collect(*first_and_second(tmp_path, [case("a", "FAILED"), case("b")], [case("a", "SKIPPED")]))
    assert shown(done) == [("a", "Failed", 0), ("b", "Passed", 0), ("a", "NotExecuted", 0)]


def test_a_log_of_other_tests_proves_nothing(tmp_path):
    first = write(tmp_path, suite("S", case("a", "FAILED"), logFolder=""), name="1.xml")
    second = write(tmp_path, suite("S", case("a"), at=LATER["at"], logFolder=""), name="2.xml")
    (tmp_path / "execution0.log").write_text(log([("b", 1)]))
    assert shown(collect(first, second)) == [("a", "Failed", 0), ("a", "Passed", 0)]


def test_a_collection_finds_the_files_of_its_suites_where_they_lie(tmp_path):
    marker = "<system-out>[[ATTACHMENT|C:\\\\x\\\\1.png]] [[ATTACHMENT|C:\\\\x\\\\2.png]]</system-out>"
    whole = write(
        place(tmp_path, "All"), suite("S", case("a", "FAILED", inside=marker)), suite("T", case("b"))
    )
    home = place(tmp_path, "S")
    home.mkdir(parents=True)
    (home / "1.png").touch()
    (home / "tsc_id.txt").write_text("Test Suites/Every night")
    first, second = collect(whole).results
    assert first.attachments == (str(home / "1.png"), "C:\\x\\2.png")
    assert first.suites == ("Test Suites/Every night", "Test Suites/S")
    assert second.suites == ("Test Suites/All", "Test Suites/T")


def test_a_bad_report_is_one_error_and_the_others_are_kept(tmp_path):
    good = write(tmp_path / "1", suite("S", case("a")))
    bad = write(tmp_path / "2", suite("T", case("b")))
    bad.write_text(bad.read_text()[:-20])
    junit = tmp_path / "j.xml"
    junit.write_text('<testsuite name="j"><testcase name="x"/></testsuite>')
    done = reports.collect([(str(path), "auto", None) for path in (junit, bad, good)])
    assert [r.name for r in done.results] == ["x", "Test Cases/a"]
    assert [error.file for error in done.errors] == [str(bad)]


def test_files_of_the_run_are_those_of_no_test(tmp_path):
    home = place(tmp_path, "S")
    marker = f"<system-out>[[ATTACHMENT|C:\\\\x\\\\{SESSION}\\\\1.png]]</system-out>"
    listed = r"C:\\x, y\\1.png, C:\\x, y\\a, b.dat, C:\\x, y\\passwd"
    path = write(home, suite("S", case("a", "FAILED", inside=marker), attachments=listed))
    for name in (
        "1.png",
        "2.png",
        "execution0.log",
        "console0.log",
        f"{SESSION}.html",
        "a, b.dat",
        "notes.txt",
    ):
        (home / name).touch()
    (home / "requests" / "main").mkdir(parents=True)
    (home / "requests" / "main" / "0.har").touch()
    (home / "passwd").symlink_to("/etc/passwd")
    named = {p.removeprefix(f"{home}/") for p in reports.companions(str(path))}
    assert named == {
        "2.png",
        "execution0.log",
        "console0.log",
        f"{SESSION}.html",
        "requests/main/0.har",
        "a, b.dat",
    }


def test_a_project_folder_gives_only_what_katalon_named(tmp_path):
    path = write(tmp_path, suite("S", case("a")))
    for name in ("index.html", "server.log", "console0.log"):
        (tmp_path / name).touch()
    assert reports.companions(str(path)) == (str(tmp_path / "console0.log"),)
    (tmp_path / "j.xml").write_text('<testsuite name="j"><testcase name="x"/></testsuite>')
    assert reports.companions(str(tmp_path / "j.xml")) == ()
