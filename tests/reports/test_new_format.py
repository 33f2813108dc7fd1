"""A new report format costs one module and one sample: detection, reading and every command follow."""

from __future__ import annotations

import json
import subprocess
import sys

MODULE = '''
"""Lines such as `ok 101 pays by card`, as no real producer writes them."""

from collections.abc import Iterator

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source


def _is_lines(head: Head) -> bool:
    return head.start.startswith(b"# lines")


@report_format("lines", recognizes=_is_lines)
def read(source: Source) -> Iterator[TestResult]:
    for line in source.stream.read().decode().splitlines()[1:]:
        word, number, name = line.split(" ", 2)
        outcome = Outcome.PASSED if word == "ok" else Outcome.FAILED
        yield TestResult(name, outcome, properties=with_ids([("TestCaseId", number)]), file=source.path)
'''
SAMPLE = "# lines\nok 101 pays by card\nbad 102 pays by bill\n"
RUN = """
import sys
import ado_publisher.reports
ado_publisher.reports.__path__.append(sys.argv.pop(1))
from ado_publisher.__main__ import main
main()
"""


def test_a_new_format_is_one_module_and_one_sample(tmp_path):
    folder = tmp_path / "formats"
    folder.mkdir()
    (folder / "lines.py").write_text(MODULE)
    (tmp_path / "sample.txt").write_text(SAMPLE)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", RUN, folder, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("inspect", "sample.txt", "--json")
    assert done.returncode == 0, done.stderr
    (file,) = json.loads(done.stdout)["files"]
    assert (file["format"], file["total"], file["outcomes"]) == ("lines", 2, {"Failed": 1, "Passed": 1})
    assert "2 of 2 tests name some by themselves: 101, 102" in run("inspect", "sample.txt").stdout
    assert run("inspect", "sample.txt", "--format", "lines").returncode == 0
    (tmp_path / "my.yml").write_text("version: 1\npublish: {format: lines}\n")
    assert run("validate", "--config", "my.yml").returncode == 0
