"""Steps of test cases, where the config asks for them."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.sync.connectors.ado.steps import read_steps, write_steps
from ado_publisher.sync.connectors.testrail import steps as testrail

from .test_ado_testrail import ADO
from .test_command import KEYS
from .test_testrail import SEED as TESTRAIL

STEPS = (
    '<steps id="0" last="3"><step id="2" type="ActionStep"><parameterizedString isformatted="true">'
    "&lt;P&gt;open &lt;B&gt;it&lt;/B&gt;&lt;/P&gt;</parameterizedString>"
    '<parameterizedString isformatted="true">'
    "&lt;P&gt;it is open&lt;/P&gt;</parameterizedString><description/></step></steps>"
)
TEXTS = st.text("ab *<&", max_size=8)


def seeded(field):
    seed = copy.deepcopy(ADO)
    seed["projects"][0]["plans"][0]["suites"][0]["cases"][0]["fields"] = {"Microsoft.VSTS.TCM.Steps": field}
    return seed


@pytest.fixture
def sync(emulator, testrail_service, cli, tmp_path):
    def start(field):
        service = testrail_service(TESTRAIL)
        sync_.testrail = service
        sync_.ado = emulator(seeded(field))
        config = {
            "version": 1,
            "azure_devops": {"organization_url": sync_.ado.url, "project": "Shop", "plan": 10},
            "testrail": {"url": service.url, "project": 1},
            "steps": True,
        }
        (tmp_path / "ado-publisher-sync.yml").write_text(json.dumps(config), encoding="utf-8")
        return sync_

    def sync_(*arguments):
        return cli("sync", *arguments, env=KEYS)

    return start


def test_steps_go_both_ways(sync):
    run = sync(STEPS)
    assert run("run").code == 0
    card = next(row for row in run.testrail.state()["cases"] if row["title"] == "pays by card")
    assert card["custom_steps_separated"] == [{"content": "open **it**", "expected": "it is open"}]
    with run.testrail.data.lock:
        row = run.testrail.data.tables["cases"][card["id"]]
        row["custom_steps_separated"] = [{"content": "open", "expected": ""}, {"content": "close"}]
        row["updated_on"] = run.testrail.data.stamp() + 1
    assert "1 test case updated" in run("run").stdout
    item = next(item for item in run.ado.state()["work_items"] if item["id"] == 101)
    field = item["fields"]["Microsoft.VSTS.TCM.Steps"]
    assert json.loads(read_steps(field)) == [["<p>open</p>", ""], ["<p>close</p>", ""]]
    assert "nothing to do" in run("run", "--sweep").stdout


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ('<steps id="0" last="2"><compref id="2" ref="300"/></steps>', "it has shared steps"),
        ("<steps", "it has steps that cannot be read"),
    ],
)
def test_steps_that_the_other_side_cannot_have_are_told_and_nothing_is_lost(sync, field, told):
    run = sync(field)
    done = run("run")
    assert done.code == 5
    assert told in done.stdout
    item = next(item for item in run.ado.state()["work_items"] if item["id"] == 101)
    assert item["fields"]["Microsoft.VSTS.TCM.Steps"] == field


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_steps_come_back_as_they_were_written(texts):
    rows = [{"content": testrail.to_markdown(a), "expected": testrail.to_markdown(b)} for a, b in texts]
    steps = testrail.read_steps(rows)
    assert read_steps(write_steps(steps)) == steps
    written = testrail.write_steps(steps)
    assert testrail.read_steps(written) == steps
