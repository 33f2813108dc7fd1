"""An Allure results folder as a whole: its files, and the tries of one test."""

from __future__ import annotations

import json
from pathlib import Path

from ado_publisher import reports
from ado_publisher.model import Outcome

SAMPLES = Path(__file__).parent / "samples/allure"


def written(folder, file, **changes):
    told = json.loads((SAMPLES / "pays-by-card.json").read_text(encoding="utf-8"))
    (folder / f"{file}-result.json").write_text(json.dumps(told | changes), encoding="utf-8")


def test_a_folder_stands_for_its_results_and_tries_of_one_test_are_one(tmp_path):
    folder = tmp_path / "allure-results"
    folder.mkdir()
    written(folder, "b", stop=2000, status="passed")
    written(folder, "a", stop=1000, status="failed", statusDetails={"message": "declined"})
    written(folder, "c", historyId="another", status="broken", name="raises")
    (folder / "x-container.json").write_text('{"uuid": "1", "children": []}')
    (folder / "categories.json").write_text("[]")
    found = reports.find(["allure-results"], tmp_path)
    assert [Path(name).name for name in found.files] == ["a-result.json", "b-result.json", "c-result.json"]
    done = reports.collect([(str(tmp_path / name), "auto", None) for name in found.files])
    assert done.errors == ()
    card, broken = done.results
    assert (card.outcome, card.flaky) == (Outcome.PASSED, True)
    assert [(each.outcome, each.message) for each in card.attempts] == [
        (Outcome.FAILED, "declined"),
        (Outcome.PASSED, ""),
    ]
    assert broken.outcome is Outcome.ERROR
    assert "1 test was run more than once: the last run counts" in done.notices


def test_results_without_a_history_are_never_put_together(tmp_path):
    for name in "ab":
        written(tmp_path, name, historyId=None)
    files = reports.find(["."], tmp_path).files
    done = reports.collect([(str(tmp_path / name), "auto", None) for name in files])
    assert len(done.results) == 2


def test_the_same_test_of_another_job_is_no_retry(tmp_path):
    told = json.loads((SAMPLES / "pays-by-card.json").read_text(encoding="utf-8"))
    labels = [label for label in told["labels"] if label["name"] != "host"]
    for folder, status in (("linux", "passed"), ("windows", "failed")):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, "a", status=status)
    for file, host in (("b", "agent-1"), ("c", "agent-2")):
        own = [*labels, {"name": "host", "value": host}]
        written(tmp_path / "linux", file, labels=own, historyId="two hosts")
    files = reports.find(["**/*.json"], tmp_path).files
    done = reports.collect([(str(tmp_path / name), "auto", None) for name in files])
    assert len(done.results) == 4
    assert not any(result.attempts for result in done.results)
    assert Outcome.FAILED in {result.outcome for result in done.results}
