"""What `inspect` prints is what other programs rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent / "samples" / "junit"


def test_json_has_the_documented_shape_and_nothing_else_is_on_stdout(cli, tmp_path):
    path = tmp_path / "reruns.xml"
    path.write_bytes((SAMPLES / "reruns.xml").read_bytes())
    done = cli("inspect", "reruns.xml", "--json")
    assert done.code == 0, done.output
    assert done.json() == {
        "schema_version": 1,
        "files": [
            {
                "path": "reruns.xml",
                "format": "junit",
                "total": 4,
                "suites": 1,
                "outcomes": {"Failed": 2, "Passed": 2},
                "attempts": 7,
                "duration_seconds": 4.5,
                "warnings": [],
                "error": None,
            }
        ],
    }


def test_one_bad_file_ends_in_three_and_the_others_are_still_reported(cli, tmp_path):
    (tmp_path / "bad.xml").write_text("<testsuite>\n<testcase name='a'>\n")
    done = cli("inspect", "bad.xml", SAMPLES / "verdicts.xml", "absent.xml", "--json")
    assert done.code == 3
    bad, good, absent = done.json()["files"]
    assert (bad["path"], bad["total"], bad["error"]["line"]) == ("bad.xml", 0, 3)
    assert "not well-formed" in bad["error"]["message"]
    assert bad["error"]["column"] > 0
    assert (good["total"], good["error"]) == (10, None)
    assert absent["error"]["line"] is None
    assert "bad.xml:3:" in done.stderr


def test_standard_input_is_a_file_called_minus(cli):
    done = cli("inspect", "-", "--json", stdin=(SAMPLES / "verdicts.xml").read_bytes())
    assert done.code == 0
    assert [(file["path"], file["total"]) for file in done.json()["files"]] == [("-", 10)]


def test_the_table_counts_outcomes_and_warns_of_wrong_totals(cli, tmp_path):
    (tmp_path / "r.xml").write_text('<testsuite name="s" tests="5"><testcase name="a"/></testsuite>')
    done = cli("inspect", "r.xml")
    assert done.code == 0
    assert "1 Passed" in done.stdout
    assert "warning: <testsuite> 's' declares tests=5, but 1 were counted in it" in done.stdout


@pytest.mark.parametrize("command", ["##vso[task.complete result=Failed;]", "::error::x", "##[error]x"])
def test_a_report_cannot_give_the_ci_host_commands(cli, tmp_path, command):
    name = f"{command}&#10;{command}"
    (tmp_path / "r.xml").write_text(f'<testsuite name="{name}" tests="5"/>')
    (tmp_path / "bad.xml").write_text(f"{command}\n{command}")
    done = cli("inspect", "r.xml", "bad.xml", "absent\n" + command)
    assert done.code == 3
    lines = [line.strip() for line in done.output.splitlines()]
    assert not any(line.startswith("::") or "##vso[" in line or "##[" in line for line in lines)


def test_inspect_imports_nothing_it_does_not_need(tmp_path):
    report = tmp_path / "r.xml"
    report.write_text('<testsuite><testcase name="a"/></testsuite>')
    script = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from ado_publisher.cli import main\n"
        f"main(['inspect', {str(report)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "ado_publisher.reports.junit" in loaded
    assert not loaded & {
        "requests",
        "rich",
        "jsonschema",
        "yaml",
        "urllib3",
        "sqlite3",
        "tarfile",
        "zipfile",
        "mimetypes",
    }


def test_a_person_sees_totals_ids_and_what_was_slow(cli, tmp_path):
    (tmp_path / "a.xml").write_text(
        '<testsuite><testcase name="TC101 pays" time="2"/><testcase name="quick" time="0.1"/></testsuite>'
    )
    (tmp_path / "b.xml").write_text(
        '<testsuite name="s"><testcase name="x"><failure/></testcase></testsuite>'
    )
    done = cli("inspect", "{a,b}.xml")
    assert done.code == 0
    lines = done.stdout.splitlines()
    assert "total: 3 tests in 2 files, 2.100 s: 1 Failed, 2 Passed" in lines
    assert "test case ids: 1 of 3 tests name some by themselves: 101" in lines
    assert lines[-2:] == ["slow:     2.000 s  TC101 pays", "slow:     0.100 s  quick"]


def test_a_damaged_report_is_counted_up_to_the_damage_when_that_is_asked(cli, tmp_path):
    cut = '<testsuite name="s"><testcase name="a"/><testcase name="b"><failure/></testcase><testcase na'
    (tmp_path / "cut.xml").write_text(cut)
    strict = cli("inspect", "cut.xml", "--json")
    assert (strict.code, strict.json()["files"][0]["total"]) == (3, 0)
    done = cli("inspect", "cut.xml", "--salvage", "--json")
    assert done.code == 3
    (file,) = done.json()["files"]
    assert (file["total"], file["outcomes"]) == (2, {"Failed": 1, "Passed": 1})
    assert file["error"]["line"] == 1


def test_nothing_is_told_of_the_tests_of_a_report_that_counts_for_nothing(cli, tmp_path):
    (tmp_path / "cut.xml").write_text('<testsuite><testcase name="TC101" time="2"/><testcase na')
    done = cli("inspect", "cut.xml")
    assert done.code == 3
    assert "TC101" not in done.stdout
    assert "TC101" in cli("inspect", "cut.xml", "--salvage").stdout
