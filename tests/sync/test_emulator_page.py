"""docs/emulator-testrail.md describes the embedded TestRail as it is."""

from __future__ import annotations

import re

import yaml

from ado_publisher.emulator.testrail.data import _KNOBS, Data

ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)


def page(root):
    return (root / "docs/emulator-testrail.md").read_text(encoding="utf-8")


def test_every_behaviour_is_described_with_what_holds_without_it(root):
    told = {name: without.strip() for name, without in ROW.findall(page(root))}
    assert told == {name: str(value) for name, value in _KNOBS.items()}


def test_the_seed_on_the_page_is_one(root):
    seed = yaml.safe_load(page(root).partition("```yaml\n")[2].partition("```")[0])
    data = Data(seed)
    assert [row["title"] for row in data.rows("cases")] == ["A user logs in"]
    assert [row["system_name"] for row in data.rows("result_fields")] == ["custom_step_results"]


def test_a_coarse_clock_cuts_its_times():
    assert Data({"behaviours": {"resolution": 60}}).stamp() % 60 == 0
