"""A Katalon team that leaves the built-in integration: its settings and bindings hold, nothing is retyped."""

import json
import shutil

import pytest

from .conftest import outcomes

SETTINGS = "settings/external/com.kms.katalon.integration.azure.properties"


@pytest.fixture
def katalon(emulator, root, tmp_path):
    """The example project and its reports, and the plan they belong to."""
    shutil.copytree(root / "examples/katalon-project", tmp_path / "shop-tests")
    shutil.copytree(root / "examples/katalon/Reports", tmp_path / "shop-tests/Reports")
    return emulator(seed_file=root / "examples/katalon/seed.yml")


@pytest.fixture
def run(katalon, cli, tmp_path):
    def start(*arguments, command="publish"):
        env = {"ADO_PUBLISHER_ORGANIZATION_URL": katalon.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
        reports = [tmp_path / "shop-tests/Reports"] if command == "publish" else []
        return cli(command, *reports, "--katalon-project", "shop-tests", *arguments, env=env)

    return start


def switched(tmp_path, key, value):
    file = tmp_path / "shop-tests" / SETTINGS
    lines = [line for line in file.read_text().splitlines() if not line.startswith(key)]
    file.write_text("\n".join([*lines, f"{key}={value}"]))


def test_settings_and_bindings_of_the_project_are_enough_to_publish(katalon, run, tmp_path):
    done = run("--unmatched", "fail", "--report-json", "facts.json")
    assert done.code == 0, done.output
    (run_,) = katalon.state()["runs"]
    assert (run_["state"], run_["plan_id"], run_["name"]) == ("Completed", 10, "Run by Katalon Studio")
    facts = json.loads((tmp_path / "facts.json").read_text())
    assert facts["counts"]["matched"] == 6
    assert facts["counts"]["unmatched"] == facts["counts"]["ambiguous"] == 0
    rules = {result["rule"].rpartition("/")[2] for result in facts["results"] if result["rule"]}
    assert "TC101 A customer signs in.tc:11" in rules
    shown = {point["case_id"]: str(point["outcome"]) for point in katalon.state()["points"]}
    assert (shown[201], shown[202]) == ("Failed", "Error")
    assert "did not run" not in done.stderr


def test_options_and_config_override_what_the_project_says(katalon, run, tmp_path):
    (tmp_path / "ado-publisher.yml").write_text("version: 1\npublish: {run_name: From the config}\n")
    done = run("--plan", "10", "--attach", "never")
    assert katalon.state()["runs"][0]["name"] == "From the config", done.output
    assert all(not result["attachments"] for result in katalon.state()["runs"][0]["results"])


@pytest.mark.parametrize("key", ["enableIntegration", "submitOptions.autoSubmitTestRun"])
def test_a_switch_of_katalons_is_obeyed_with_a_word_or_overridden_with_a_warning(katalon, run, tmp_path, key):
    switched(tmp_path, key, "false")
    done = run("--report-json", "facts.json")
    assert done.code == 0, done.output
    assert katalon.state()["runs"] == []
    assert "nothing is published" in done.stderr
    assert f"{SETTINGS}:" in done.stderr
    done = run("--ignore-katalon-switches")
    assert len(katalon.state()["runs"]) == 1, done.output
    assert "--ignore-katalon-switches: published although" in done.stderr


def test_the_projects_credential_is_nowhere(katalon, run, tmp_path):
    switched(tmp_path, "token", "s3cr3t-of-katalon")
    done = run("--report-json", "facts.json")
    everything = done.output + (tmp_path / "facts.json").read_text()
    for file in tmp_path.rglob("*"):
        if file.is_file() and file.name != SETTINGS.rpartition("/")[2]:
            everything += file.read_bytes().decode("latin-1")
    assert "s3cr3t-of-katalon" not in everything


def test_katalons_own_arguments_are_understood(katalon, run):
    done = run("--info", "-adoPlanId=10", "-adoTestRunName=By Katalon", "-adoReleaseDefID=3")
    assert katalon.state()["runs"][0]["name"] == "By Katalon", done.output
    assert "-adoPlanId is taken as --plan=10" in done.stderr
    assert "-adoReleaseDefID is left out" in done.stderr
    done = run("-adoPlanI=10")
    assert done.code == 2
    assert "did you mean '-adoPlanId'?" in done.stderr


def test_a_folder_that_is_no_katalon_project_is_told(cli):
    done = cli("publish", "x.xml", "--katalon-project", ".", env={"ADO_PUBLISHER_TOKEN": "x"})
    assert done.code == 2
    assert "katalon-project: . is no Katalon project" in done.stderr
    assert "Traceback" not in done.output


def test_a_row_that_names_a_configuration_nobody_has_is_told_by_its_place(katalon, run, tmp_path):
    before = outcomes(katalon)
    rows = '[{"os":"--Any--","platform":"--Any--","azureTestConfigurationId":77}]'
    switched(tmp_path, "testConfigurationMappings", rows)
    done = run()
    assert done.code == 2, done.output
    assert f"{SETTINGS}:17 row 1: the project has no test configuration with id or name '77'" in done.stderr
    assert outcomes(katalon) == before
