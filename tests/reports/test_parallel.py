"""Many files: looked at together where that pays, with the same answer as one after the other."""

from __future__ import annotations

import os
import signal

import pytest

from ado_publisher.reports import _parallel, mapped


def marked(path):
    return os.getpid(), path


def killed(path):
    if path.endswith("1.xml") and os.getpid() != int(os.environ["ADO_PUBLISHER_TEST_PARENT"]):
        os.kill(os.getpid(), signal.SIGKILL)
    return path


@pytest.fixture
def files(tmp_path):
    paths = []
    for number in range(4):
        path = tmp_path / f"{number}.xml"
        path.write_text("<testsuite/>")
        os.truncate(path, 3 * 1024 * 1024)
        paths.append(str(path))
    return paths


def test_large_files_are_read_by_several_processes_in_their_order(files, monkeypatch):
    monkeypatch.setattr(_parallel, "_processors", lambda: 2)
    done = list(mapped(marked, files))
    assert [path for _, path in done] == files
    assert os.getpid() not in {pid for pid, _ in done}


@pytest.mark.parametrize(
    "few", [lambda files: files[:1], lambda files: files[:2], lambda files: ["absent", "-"]]
)
def test_little_is_read_here(files, few):
    assert {pid for pid, _ in mapped(marked, few(files))} == {os.getpid()}


def test_the_work_of_a_worker_that_is_killed_is_done_here(files, monkeypatch):
    monkeypatch.setattr(_parallel, "_processors", lambda: 2)
    monkeypatch.setenv("ADO_PUBLISHER_TEST_PARENT", str(os.getpid()))
    assert list(mapped(killed, files)) == files


def test_inspect_tells_the_same_of_many_large_files_as_of_each(cli, tmp_path):
    body = "".join(
        f'<testcase name="TC{number} pays" time="0.{number % 10}"><system-out>{"x" * 900}</system-out>'
        "</testcase>"
        for number in range(1, 4001)
    )
    for name in "abc":
        (tmp_path / f"{name}.xml").write_text(f'<testsuite name="{name}">{body}</testsuite>')
    together = cli("inspect", "*.xml", "--json")
    each = [cli("inspect", f"{name}.xml", "--json").json()["files"][0] for name in "abc"]
    assert together.json()["files"] == each
    told = cli("inspect", "*.xml").stdout
    assert "total: 12000 tests in 3 files" in told
    assert "test case ids: 12000 of 12000 tests name some by themselves: 1, 2, 3" in told


def test_files_that_are_named_one_by_one_are_looked_at_together(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from ado_publisher.cli import inspect

    asked = []

    def record(work, paths):
        asked.append(list(paths))
        return map(work, paths)

    monkeypatch.setattr(inspect.reports, "mapped", record)
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / f"{name}.xml").write_text('<testsuite name="s"><testcase name="t"/></testsuite>')
    done = CliRunner().invoke(inspect.command, ["b.xml", "absent.xml", "a.xml", "--json"])
    assert asked == [["b.xml", "a.xml"]]
    assert [line.split('"')[3] for line in done.stdout.splitlines() if '"path"' in line] == [
        "b.xml",
        "absent.xml",
        "a.xml",
    ]
