"""`verify` with a Katalon project: its settings, its switches, and which test case is bound to which."""

from __future__ import annotations

import json
from pathlib import Path

from katalon.build import case, case_text, settings

from .conftest import rows, states


def _project(folder: Path, **values: object) -> Path:
    settings(folder, **values)
    case(folder, "Login/Valid", case_text("101, 102"))
    case(folder, "Login/Other", case_text(None))
    case(folder, "Login/Broken", case_text("103, A-1"))
    case(folder, "Login/Rows", case_text("${case}"))
    case(folder, "Old/One", case_text("105"))
    case(folder, "Old/Gone", case_text("4711"))
    return folder


def test_bound_unbound_and_invalid_are_told_and_what_the_plan_has_without_automation(
    emulator, shop, verify, tmp_path
):
    folder = _project(tmp_path / "katalon", enableIntegration=True, autoSubmitTestRun=True)
    told, found = verify(emulator(shop), "--katalon-project", folder)
    assert told.code == 2
    katalon = found["katalon"]
    assert [each["name"] for each in katalon["bound"]] == [
        "Test Cases/Login/Rows",
        "Test Cases/Login/Valid",
        "Test Cases/Old/Gone",
        "Test Cases/Old/One",
    ]
    assert katalon["bound"][1]["ids"] == [101, 102]
    assert katalon["bound"][0]["variables"] == ["case"]
    assert [each["name"] for each in katalon["unbound"]] == ["Test Cases/Login/Other"]
    assert [each["name"] for each in katalon["invalid"]] == ["Test Cases/Login/Broken"]
    assert katalon["plan_cases_without_automation"] == [104]
    assert (katalon["enable_integration"], katalon["auto_submit_test_run"]) == (True, True)
    assert rows(found, "Katalon test cases")["of the plan"] == (
        "1 of 4 test cases of the plan are bound to no Katalon test case: 104 'By card'"
    )
    # 105 stands in another plan, which the project may be for as well; 4711 stands nowhere.
    assert states(found, "test case") == {
        "101": "ok",
        "102": "ok",
        "103": "warning",
        "105": "warning",
        "4711": "problem",
    }
    assert any("'A-1' is no id" in text for text in rows(found, "Katalon", "problem").values())


def test_its_settings_name_the_plan_and_its_mapped_configurations_are_looked_up(
    emulator, shop, verify, tmp_path
):
    folder = _project(
        tmp_path / "katalon",
        testPlan={"id": 10, "name": "Release 1"},
        testConfigurationMappings=[
            {"os": "Windows", "platform": "Chrome", "azureTestConfigurationId": 1},
            {"os": "Windows", "platform": "Firefox", "azureTestConfigurationId": 9},
        ],
        enableIntegration=False,
    )
    told, found = verify(emulator(shop), "--katalon-project", folder, plan="")
    assert told.code == 2
    assert states(found, "test plan") == {"10": "ok"}, json.dumps(found["checks"], indent=1)
    assert list(states(found, "configuration rule").values()) == ["ok", "problem"]
    assert "enableIntegration" in rows(found, "Katalon settings", "warning")["switches"]


def test_a_folder_that_is_no_katalon_project_is_a_wrong_setting(emulator, shop, verify, tmp_path):
    told, found = verify(emulator(shop), "--katalon-project", "nowhere")
    assert told.code == 2
    assert any("katalon-project" in text for text in rows(found, "settings", "problem").values())
    assert found["katalon"] is None


def test_without_a_katalon_project_there_is_none_in_the_json(emulator, shop, verify):
    assert verify(emulator(shop))[1]["katalon"] is None
