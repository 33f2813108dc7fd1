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


@pytest.mark.parametrize("damage", ["", " nope", "\x00", '{"name": "fourth", "status": "pass'])
def test_every_test_before_the_damage_of_a_json_report_is_kept(tmp_path, damage):
    path = tmp_path / "ctrf.json"
    tests = "".join(f'{{"name": "t{number}", "status": "failed"}},' for number in range(3))
    path.write_text(
        f'{{"reportFormat": "CTRF", "results": {{"tool": {{"name": "x"}}, "tests": [{tests}{damage}'
    )
    kept = reports.collect([(str(path), "auto", None)], salvage=True)
    assert [(result.name, result.outcome.value) for result in kept.results] == [
        ("t0", "Failed"),
        ("t1", "Failed"),
        ("t2", "Failed"),
    ]
    assert len(kept.errors) == 1
