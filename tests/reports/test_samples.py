"""Every sample is read as its golden file says. Rewrite them with ADO_PUBLISHER_REWRITE=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from reports.as_json import golden

from ado_publisher import reports

SAMPLES = Path(__file__).parent / "samples"
FILES = sorted(path for path in SAMPLES.glob("*/*") if path.suffix != ".golden")


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("sample", FILES, ids=named)
def test_a_sample_is_read_as_its_golden_file_says(sample):
    notes = reports.Notes()
    results = list(reports.read(str(sample), format=sample.parent.name, notes=notes))
    expected = sample.with_suffix(".golden")
    if os.environ.get("ADO_PUBLISHER_REWRITE"):
        expected.write_text(golden(results, notes.warnings), encoding="utf-8")
    assert expected.is_file(), f"no golden file: run ADO_PUBLISHER_REWRITE=1 pytest {__file__} and look at it"
    assert golden(results, notes.warnings) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", FILES, ids=named)
def test_exactly_one_format_claims_a_sample(sample):
    assert reports.detect(str(sample)) == sample.parent.name


def test_every_format_has_a_sample():
    assert set(reports.formats()) == {path.parent.name for path in FILES}


def test_every_golden_file_has_its_sample():
    assert {path.with_suffix("") for path in SAMPLES.glob("*/*.golden")} == {
        path.with_suffix("") for path in FILES
    }


def test_the_docs_name_every_format(root):
    page = (root / "docs/formats.md").read_text(encoding="utf-8")
    assert [name for name in reports.formats() if f"| `{name}` |" not in page] == []
