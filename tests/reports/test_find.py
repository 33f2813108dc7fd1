"""From what the user names to the files that are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ado_publisher.reports import find


@pytest.fixture
def tree(tmp_path):
    for name in ("b.xml", "a.xml", "notes.txt", "sub/c.xml", "sub/deep/d.XML", "[1].xml", "none/readme.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<testsuite/>")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "files"),
    [
        (["b.xml", "a.xml"], ["b.xml", "a.xml"]),
        (["*.xml"], ["[1].xml", "a.xml", "b.xml"]),
        (["**/*.xml"], ["[1].xml", "a.xml", "b.xml", "sub/c.xml"]),
        (["sub"], ["sub/c.xml", "sub/deep/d.XML"]),
        (["sub/"], ["sub/c.xml", "sub/deep/d.XML"]),
        (["s*"], ["sub/c.xml", "sub/deep/d.XML"]),
        (["[1].xml"], ["[1].xml"]),
        (["notes.txt"], ["notes.txt"]),
        (["-", "a.xml", "-"], ["-", "a.xml"]),
        (["b.xml", "*.xml", "./b.xml", "sub/../b.xml"], ["b.xml", "[1].xml", "a.xml"]),
        (["{b,a,absent}.xml"], ["b.xml", "a.xml"]),
        (["{sub,none}/**/*.{xml,trx}"], ["sub/c.xml"]),
        (["**/*.xml", "!sub/**"], ["[1].xml", "a.xml", "b.xml"]),
        (["!sub", "**/*.xml"], ["[1].xml", "a.xml", "b.xml"]),
        (["**/*.xml", "!**/{a,c}.xml"], ["[1].xml", "b.xml"]),
        (["sub", "!**/deep"], ["sub/c.xml"]),
    ],
)
def test_files_globs_and_folders_name_each_file_once(tree, patterns, files):
    found = find(patterns, tree)
    assert list(found.files) == files
    assert found.problems == ()


def test_an_absolute_glob_stays_absolute(tree):
    assert find([f"{tree}/sub/*.xml"], tree).files == (f"{tree}/sub/c.xml",)


def test_a_link_to_a_file_that_was_named_is_not_read_again(tree):
    (tree / "link.xml").symlink_to(tree / "a.xml")
    assert find(["a.xml", "link.xml"], tree).files == ("a.xml",)


def test_all_problems_are_told_at_once_and_the_rest_is_found(tree):
    found = find(["absent.xml", "a.xml", "**/*.trx", "none", "", "nul\0"], tree)
    assert found.files == ("a.xml",)
    assert [problem.message.split(",")[0] for problem in found.problems] == [
        "no such file or folder",
        "no file matches",
        "no report in this folder or below (*.xml",
        "not a path: give a file",
        "not a path: give a file",
    ]


def test_exclusions_alone_are_told(tree):
    (problem,) = find(["!sub"], tree).problems
    assert "name reports as well" in problem.message


def test_a_list_in_braces_may_be_longer_than_a_name(tree):
    pattern = "{" + ",".join(f"absent-{number}.xml" for number in range(60)) + ",a.xml}"
    assert find([pattern], tree).files == ("a.xml",)


@pytest.mark.parametrize("pattern", ["x" * 300, "x" * 300 + "/a.xml", "x/" * 3000, "a.xml/" + "x" * 300])
def test_a_name_that_is_too_long_is_told(tree, pattern):
    (problem,) = find([pattern], tree).problems
    assert "no such file or folder" in problem.message


def test_a_folder_below_that_cannot_be_read_is_told_and_loses_no_report_in_silence(tmp_path, monkeypatch):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.xml").write_text("<testsuite/>")
    monkeypatch.chdir(tmp_path / "reports")
    # Longer than a path may be: what nobody can read, whoever runs the tests.
    for _ in range(18):
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    (problem,) = find(["reports"], tmp_path).problems
    assert "its folder cannot be read, and reports in it would be lost" in str(problem)
