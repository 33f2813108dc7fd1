"""Damaged reports: refused whole, or read up to the damage and marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from ado_publisher import reports
from ado_publisher.model import SALVAGED

SAMPLES = Path(__file__).parent / "samples"
# Formats whose samples hold several tests, one in each of the ways that reports are read.
WHOLE = [
    "junit/verdicts.xml",
    "trx/outcomes.trx",
    "nunit3/outcomes.xml",
    "robot/rf7.xml",
    "dart-json/outcomes.jsonl",
]


@pytest.mark.parametrize("sample", WHOLE)
def test_what_stands_before_the_damage_is_kept_and_marked(tmp_path, sample):
    whole = (SAMPLES / sample).read_bytes()
    full = list(reports.read(str(SAMPLES / sample)))
    path = tmp_path / sample.replace("/", "-")
    path.write_bytes(whole[: len(whole) * 2 // 3])
    strict = reports.collect([(str(path), "auto", None)])
    assert (len(strict.errors), strict.results) == (1, ())
    kept = reports.collect([(str(path), "auto", None)], salvage=True)
    assert [error.file for error in kept.errors] == [str(path)]
    assert 0 < len(kept.results) < len(full)
    assert any("damaged: what stands" in notice for notice in kept.notices)
    for result, known in zip(kept.results, full, strict=False):
        # The class of a TRX result may stand behind the damage: its name is then still the full one.
        assert result.name.endswith(known.name)
        assert result.outcome is known.outcome
        assert list(result.values(SALVAGED))


def test_a_published_result_says_that_its_report_was_damaged(emulator, cli, tmp_path):
    seed = {
        "organization": "demo",
        "token": "demo-pat",
        "projects": [
            {
                "name": "Shop",
                "configurations": [{"id": 1, "name": "Windows", "default": True}],
                "plans": [
                    {
                        "id": 10,
                        "name": "P",
                        "suites": [{"id": 12, "name": "S", "cases": [{"id": 101, "title": "t"}]}],
                    }
                ],
            }
        ],
    }
    ado = emulator(seed)
    (tmp_path / "cut.xml").write_text('<testsuite name="s"><testcase name="TC101"/><testcase na')
    options = ("--organization-url", ado.url, "--project", "Shop", "--plan", "10", "--no-build-link")
    env = {"ADO_PUBLISHER_TOKEN": "demo-pat"}
    strict = cli("publish", "cut.xml", *options, env=env)
    assert strict.code == 3
    assert ado.state()["runs"] == []
    done = cli("publish", "cut.xml", "--salvage", *options, env=env)
    assert done.code == 3, done.output
    assert "damaged: what stands before line 1 was read, tests: 1" in done.output
    (result,) = ado.state()["runs"][0]["results"]
    assert result["outcome"] == "Passed"
    assert "from a damaged report" in result["comment"]
