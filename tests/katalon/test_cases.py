"""Test cases and their ids: what is bound, what is not, and what strangers put into such files."""

import os
from pathlib import Path

import pytest
from katalon.build import case, case_text, cases, settings

from ado_publisher.errors import SettingsError
from ado_publisher.katalon import CaseState, read_project
from ado_publisher.katalon.cases import MAX_BYTES, binding_in
from ado_publisher.katalon.settings import FILE

BOMB = '<!DOCTYPE x [<!ENTITY a "11"><!ENTITY b "&a;&a;&a;">]>'


def told(project, name):
    """Ids, variables and the lines of the problems of one case."""
    binding = project.bindings[f"Test Cases/{name}"]
    return binding.ids, binding.variables, [problem.partition(": ")[0] for problem in binding.problems]


def test_ids_are_read_as_lists_trimmed_and_once(tmp_path):
    cases(
        tmp_path,
        single="24635",
        several=" 101,102 , 101,,\n 103 ",
        broken_line="\r\n  7\r\n",
        variable="${caseId}, 5, ${ other id }",
        empty=" , ",
        none=None,
    )
    project = read_project(tmp_path)
    assert told(project, "single") == ((24635,), (), [])
    assert told(project, "several") == ((101, 102, 103), (), [])
    assert told(project, "broken_line") == ((7,), (), [])
    assert told(project, "variable") == ((5,), ("caseId", "other id"), [])
    assert told(project, "empty") == told(project, "none") == ((), (), [])
    assert project.bindings["Test Cases/single"].place == f"{tmp_path}/Test Cases/single.tc:11"
    states = {
        state: [case.removeprefix("Test Cases/") for case, _ in project.cases(state)] for state in CaseState
    }
    assert states == {
        CaseState.BOUND: ["broken_line", "several", "single", "variable"],
        CaseState.UNBOUND: ["empty", "none"],
        CaseState.INVALID: [],
    }


@pytest.mark.parametrize(
    "bad", ["A-17", "0", "-1", "2147483648", "9" * 5000, "1 2", "1.5", "${}", "TC${x}", "٣", "#12"]
)
def test_what_is_no_id_is_a_problem_with_its_line_and_the_rest_is_used(tmp_path, bad):
    cases(tmp_path, x=f"101,\n102,\n\n {bad},\n103")
    project = read_project(tmp_path)
    place = f"{tmp_path}/Test Cases/x.tc:14"
    assert told(project, "x") == ((101, 102, 103), (), [place])
    assert project.bindings["Test Cases/x"].state is CaseState.INVALID
    (problem,) = [each for each in project.problems if place in each]
    assert len(problem) < len(place) + 130


def test_only_azure_s_ids_are_taken(tmp_path):
    other = case_text("5", "qTest")
    case(tmp_path, "q", other)
    case(
        tmp_path,
        "both",
        other.replace(
            "<comment>", case_text("6").split("<tag></tag>")[1].split("<comment>")[0] + "<comment>"
        ),
    )
    case(tmp_path, "key", case_text("5").replace("azure.testcase.ids", "azure.testcase.id"))
    case(tmp_path, "value", case_text("5").replace("<value>5</value>", ""))
    project = read_project(tmp_path)
    assert {name.rpartition("/")[2]: binding.ids for name, binding in project.bindings.items()} == {
        "q": (),
        "both": (6,),
        "key": (),
        "value": (),
    }


def test_cases_lie_in_folders_and_other_files_are_none(tmp_path):
    case(tmp_path, "Login/Áé, deep/Valid", case_text("1"))
    case(tmp_path, "Login/Valid", case_text("2"))
    (tmp_path / "Test Cases/notes.txt").write_text("x")
    (tmp_path / "Test Cases/folder.tc").mkdir()
    (tmp_path / "Elsewhere").mkdir()
    (tmp_path / "Elsewhere/x.tc").write_text(case_text("3"))
    project = read_project(tmp_path)
    assert list(project.bindings) == ["Test Cases/Login/Valid", "Test Cases/Login/Áé, deep/Valid"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (
            case_text("&a;").replace("&amp;", "&").replace("\n<TestCaseEntity>", f"\n{BOMB}<TestCaseEntity>"),
            "entities",
        ),
        (
            case_text("&x;")
            .replace("&amp;", "&")
            .replace("\n<Test", '\n<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]><Test', 1),
            "entities",
        ),
        (case_text("1").replace("\n<Test", '\n<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd"><Test', 1), ""),
        (b"", "well-formed"),
        (b"\x00\x01\xff" * 50, "well-formed"),
        (case_text("1")[:200], "well-formed"),
        (case_text("1").replace('"UTF-8"', '"nonsense"'), "well-formed"),
        ("<a>" * 5000, "well-formed"),
        (case_text("1") + " " * MAX_BYTES, "larger than"),
        (case_text("1").encode("utf-16"), ""),
    ],
    ids=[
        "bomb",
        "file",
        "dtd",
        "empty",
        "binary",
        "cut",
        "encoding",
        "deep",
        "huge",
        "utf-16 that says utf-8",
    ],
)
def test_a_hostile_file_is_a_problem_of_its_own(tmp_path, content, word):
    case(tmp_path, "bad", content)
    case(tmp_path, "good", case_text("2"))
    project = read_project(tmp_path)
    assert project.bindings["Test Cases/good"].ids == (2,)
    bad = project.bindings["Test Cases/bad"]
    if word:
        assert (bad.ids, bad.state) == ((), CaseState.INVALID)
        assert word in bad.problems[0]
        assert bad.problems[0].startswith(f"{tmp_path}/Test Cases/bad.tc")
        assert bad.problems[0] in project.problems
    else:
        assert (bad.ids, bad.problems) == ((1,), ())


def test_entities_without_a_declaration_are_no_ids():
    binding = binding_in(case_text("&x;,5").replace("&amp;", "&").encode(), "f.tc")
    assert binding.ids == ()
    assert binding.problems[0].startswith("f.tc:11: not well-formed XML")


def test_links_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    case(outside, "secret", case_text("666"))
    project = tmp_path / "project"
    case(project, "Login/good", case_text("1"))
    inside = project / "Test Cases"
    (inside / "loop").symlink_to(inside)
    (inside / "self.tc").symlink_to("self.tc")
    (inside / "out").symlink_to(outside / "Test Cases")
    (inside / "out.tc").symlink_to(outside / "Test Cases/secret.tc")
    os.mkfifo(inside / "pipe.tc")
    (project / FILE).parent.mkdir(parents=True)
    (project / FILE).symlink_to(outside / "Test Cases/secret.tc")
    found = read_project(project)
    assert list(found.bindings) == ["Test Cases/Login/good"]
    assert found.settings is None
    assert [problem.rpartition("/")[2] for problem in found.problems[1:]] == [
        f"{name} is a link: not followed" for name in ("loop", "out", "out.tc", "self.tc")
    ]
    assert "is a link out of the project: not read" in found.problems[0]


def test_a_folder_of_test_cases_that_is_a_link_is_not_followed(tmp_path):
    case(tmp_path / "outside", "x", case_text("1"))
    project = tmp_path / "project"
    project.mkdir()
    (project / "Test Cases").symlink_to(tmp_path / "outside/Test Cases")
    assert read_project(project).bindings == {}
    assert "is a link: not followed" in read_project(project).problems[-1]


def test_settings_that_are_a_loop_of_links_are_a_problem(tmp_path):
    cases(tmp_path, x="1")
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).symlink_to(tmp_path / FILE)
    project = read_project(tmp_path)
    assert (project.settings, len(project.problems)) == (None, 1)


def test_more_cases_than_can_be_are_cut_with_a_word(tmp_path, monkeypatch):
    monkeypatch.setattr("ado_publisher.katalon.cases.MAX_FILES", 2)
    cases(tmp_path, a="1", b="2", c="3")
    project = read_project(tmp_path)
    assert list(project.bindings) == ["Test Cases/a", "Test Cases/b"]
    assert "more than 2 test cases: the rest is not read" in project.problems[-1]


def test_names_that_no_report_can_hold_are_told(tmp_path):
    cases(tmp_path, good="1")
    (tmp_path / "Test Cases" / os.fsdecode(b"\xff.tc")).write_text(case_text("2"))
    for name in ("é", "e\N{COMBINING ACUTE ACCENT}"):
        case(tmp_path, name, case_text("3"))
    project = read_project(tmp_path)
    assert sorted(project.bindings) == ["Test Cases/good", "Test Cases/é"]
    told = "\n".join(project.problems).encode().decode()  # no lone surrogate among it
    assert "its name is no UTF-8" in told
    assert "has the same name in other Unicode" in told


@pytest.mark.parametrize("what", ["missing", "a file", "empty"])
def test_a_folder_that_is_no_katalon_project_is_refused(tmp_path, what):
    folder: Path = tmp_path / "x"
    if what == "a file":
        folder.touch()
    elif what == "empty":
        folder.mkdir()
    with pytest.raises(SettingsError, match=r"no folder|no Katalon project: it holds neither Test Cases nor"):
        read_project(folder)


def test_a_project_without_settings_or_without_cases_is_read(tmp_path):
    settings(tmp_path, enableIntegration=True)
    assert read_project(tmp_path).problems == ()
    (tmp_path / FILE).unlink()
    cases(tmp_path, x="1")
    project = read_project(tmp_path)
    assert project.settings is None
    assert "does not exist: only the ids in the test cases are used" in project.problems[0]
    (tmp_path / FILE).write_bytes(b"#" * (4 * 1024**2 + 1))
    assert "is larger than 4,194,304 bytes" in read_project(tmp_path).problems[0]
