"""Which files go along, to the result and to the run, and which never do."""

import os
from pathlib import Path

import pytest

from ado_publisher.errors import SettingsError
from ado_publisher.model import Match, Outcome, Status, TestResult
from ado_publisher.publish.files import AttachmentChooser, AttachmentPolicy, path_mapping, run_files


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("a.png", "b.log", "c.tar.gz"):
        (folder / name).write_bytes(b"x")
    return folder


def chosen(reports, *named, outcome=Outcome.FAILED, **policy):
    result = TestResult(
        "t", outcome, file=str(reports / "r.xml"), attachments=named, stdout="out", stderr="err\x00"
    )
    chooser = AttachmentChooser(AttachmentPolicy(roots=(reports,), **policy))
    return chooser.files_of([Match(result, outcome, Status.MATCHED)], outcome), chooser


def names(files):
    return [file.name for file in files]


@pytest.mark.parametrize(
    ("when", "outcome", "expected"),
    [
        ("failed", Outcome.FAILED, 1),
        ("failed", Outcome.ERROR, 1),
        ("failed", Outcome.INCONCLUSIVE, 1),
        ("failed", Outcome.PASSED, 0),
        ("always", Outcome.PASSED, 1),
        ("never", Outcome.FAILED, 0),
    ],
)
def test_when_decides_by_the_points_outcome(reports, when, outcome, expected):
    files, chooser = chosen(reports, "a.png", outcome=outcome, when=when)
    assert (len(files), len(chooser.left_out)) == (expected, 1 - expected)


def test_types_decide_by_the_ending(reports):
    files, chooser = chosen(reports, "a.png", "b.log", types=("png",))
    assert names(files) == ["a.png"]
    assert len(chooser.left_out) == 1


def test_output_goes_along_when_asked_under_the_names_microsofts_agent_uses(reports):
    files, _ = chosen(reports, output=True)
    assert [(f.name, f.content) for f in files] == [
        ("Standard_Console_Output.log", b"out"),
        ("Standard_Console_Error.log", b"err"),
    ]


def test_a_path_of_another_machine_is_found_by_its_base_name_beside_the_report(reports):
    files, _ = chosen(reports, r"C:\Users\ann\Reports\a.png", "/home/ann/b.log")
    assert names(files) == ["a.png", "b.log"]


def test_a_path_map_leads_into_the_container(reports, tmp_path):
    inside = tmp_path / "workspace"
    inside.mkdir()
    (inside / "shot.png").write_bytes(b"x")
    mappings = (("/home/runner/work/shop", str(tmp_path)), ("/home/runner/work/shop/shop", str(inside)))
    result = TestResult(
        "t",
        Outcome.FAILED,
        file=str(reports / "r.xml"),
        attachments=("/home/runner/work/shop/shop/shot.png", "/home/runner/work/shopping/shot.png"),
    )
    chooser = AttachmentChooser(AttachmentPolicy(roots=(tmp_path,), path_map=mappings))
    files = chooser.files_of([Match(result, Outcome.FAILED, Status.MATCHED)], Outcome.FAILED)
    assert [file.path for file in files] == [str(inside / "shot.png")]
    assert "shopping" in chooser.problems[0]


@pytest.mark.parametrize("text", ["", "=", "a", "a=", "=b", " = "])
def test_a_path_map_that_maps_nothing_is_refused(text):
    with pytest.raises(SettingsError, match="FROM=TO"):
        path_mapping(text)


@pytest.mark.parametrize(
    "named", ["link.png", "../outside.txt", "/etc/passwd", "folder", "gone.png", "a\x00b"]
)
def test_what_lies_outside_or_is_no_file_is_refused_and_told(reports, tmp_path, named):
    (reports / "link.png").symlink_to("/etc/passwd")
    (reports / "folder").mkdir()
    (tmp_path / "outside.txt").write_text("secret")
    files, chooser = chosen(reports, named)
    assert files == []
    assert len(chooser.problems) == 1


def test_a_file_over_the_services_limit_is_told_with_its_size(reports):
    with (reports / "big.bin").open("wb") as file:
        file.truncate(200 * 2**20)
    files, chooser = chosen(reports, "big.bin")
    assert files == []
    assert "has 200 MiB; the service takes 75 MiB" in chooser.problems[0]


def test_run_files_come_from_files_globs_and_folders_each_once(reports):
    policy = AttachmentPolicy(roots=(Path(),))
    files, problems = run_files([str(reports / "*.log"), str(reports), str(reports / "gone*")], policy)
    assert names(files) == ["b.log", "a.png", "c.tar.gz"]
    assert "gone*' does not exist, or matches no file" in problems[0]


def test_a_link_among_run_files_leads_nowhere(reports):
    (reports / "link.log").symlink_to("/etc/passwd")
    files, problems = run_files([str(reports / "link.log")], AttachmentPolicy(roots=(reports,)))
    assert files == []
    assert "outside the allowed folders" in problems[0]


def test_a_file_that_may_not_be_read_is_told_before_anything_is_written(reports, monkeypatch):
    # Root, as which CI may run, is refused nothing.
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("a.png"))
    files, chooser = chosen(reports, "a.png", "b.log")
    assert names(files) == ["b.log"]
    assert "cannot be read: check its permissions" in chooser.problems[0]


def test_a_loop_of_links_among_run_files_is_told(reports):
    (reports / "loop.log").symlink_to("loop.log")
    files, problems = run_files([str(reports)], AttachmentPolicy())
    assert names(files) == ["a.png", "b.log", "c.tar.gz"]
    assert "cannot be read" in problems[0]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.PASSED])
def test_what_is_missing_is_told_of_each_result_also_when_they_come_one_by_one(reports, outcome):
    chooser = AttachmentChooser(AttachmentPolicy())
    for number in range(20):
        result = TestResult(f"t{number}", outcome, file=str(reports / "r.xml"), attachments=("gone.png",))
        chooser.files_of([Match(result, outcome, Status.MATCHED)], outcome)
    assert len(chooser.problems) + len(chooser.left_out) == 20
