"""One table of options stands behind every surface. ADO_PUBLISHER_REWRITE=1 writes them anew."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from ado_publisher import __version__
from ado_publisher.ci import output_names
from ado_publisher.cli.options import help_text, options_of
from ado_publisher.options import EXCLUSIVE, OPTIONS
from ado_publisher.settings import Settings

_SPEC = importlib.util.spec_from_file_location("surfaces", Path(__file__).with_name("surfaces.py"))
surfaces = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(surfaces)

SCHEMA = "schemas/ado-publisher.schema.json"
RENDERED = {
    "action.yml": surfaces.action_as_rendered,
    "task.json": surfaces.task_as_rendered,
    SCHEMA: surfaces.schema_as_rendered,
    "README.md": surfaces.readme_as_rendered,
}


@pytest.mark.parametrize("name", RENDERED)
def test_every_surface_says_what_the_table_says(name, root):
    file = root / name
    text = file.read_text(encoding="utf-8")
    wanted = RENDERED[name](text)
    if os.environ.get("ADO_PUBLISHER_REWRITE") == "1" and text != wanted:
        file.write_text(wanted, encoding="utf-8")
        text = wanted
    assert text == wanted, "run: ADO_PUBLISHER_REWRITE=1 pytest tests/settings"


def test_the_readme_holds_the_table(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    for marker in surfaces.README_MARKERS:
        assert text.count(marker) == 1
    for option in OPTIONS:
        assert f"`{option.variable}`" in text


def test_every_option_is_a_field_of_the_settings_and_no_field_is_left_over():
    own = {"sources", "from_ci", "warnings"}
    assert [option.field for option in OPTIONS] == [f.name for f in fields(Settings) if f.name not in own]


def test_help_shows_every_option_with_its_default_and_variable():
    command = options_of("publish")(click.Command("publish", callback=lambda **_: None).callback)
    shown = {p.name: p for p in command.__click_params__}
    for option in OPTIONS:
        if option.secret:
            assert option.field not in shown
        elif not option.positional:
            assert shown[option.field].help == help_text(option)
            assert option.variable in shown[option.field].help
            assert f"--{option.name}" in shown[option.field].opts
            assert not option.default or str(option.default) in shown[option.field].help


def test_the_actions_inputs_are_the_options_and_pass_no_default_on(root):
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    assert list(action["inputs"]) == [option.name for option in OPTIONS]
    # A default would arrive as a variable, and outrank the config file.
    assert all("default" not in each and each["required"] is False for each in action["inputs"].values())
    assert list(action["outputs"]) == [name for name, _ in output_names()]
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_the_tasks_inputs_reach_the_same_options(root):
    task = json.loads((root / "task.json").read_text(encoding="utf-8"))
    own = [each["name"] for each in surfaces.HANDLER_INPUTS]
    assert [each["name"].upper() for each in task["inputs"] if each["name"] not in own] == [
        option.azure_variable.removeprefix("INPUT_") for option in OPTIONS
    ]
    assert all("defaultValue" not in each for each in task["inputs"])
    groups = {group["name"] for group in task["groups"]}
    assert groups == {each["groupName"] for each in task["inputs"]}
    outputs = [each["name"] for each in task["outputVariables"]]
    assert task["restrictions"]["settableVariables"]["allowed"] == outputs


def test_the_tasks_version_is_the_programs(root):
    version = json.loads((root / "task.json").read_text(encoding="utf-8"))["version"]
    assert f"{version['Major']}.{version['Minor']}.{version['Patch']}" == __version__


def test_the_schema_is_one_and_its_examples_are_valid(root):
    schema = json.loads((root / SCHEMA).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)


def test_an_editor_finds_a_description_of_every_key(root):
    schema = json.loads((root / SCHEMA).read_text(encoding="utf-8"))

    def bare(place, node):
        for key, value in node.get("properties", {}).items():
            defined = schema["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
            if "description" not in value | defined:
                yield f"{place}.{key}"
            yield from bare(f"{place}.{key}", value)
        if isinstance(node.get("items"), dict):
            yield from bare(f"{place}[]", node["items"])

    found = [*bare("", schema), *bare("when", schema["$defs"]["when"])]
    assert found == []


def test_no_secret_has_a_flag_or_a_config_key():
    for option in OPTIONS:
        if option.secret:
            assert option.flag is None
            assert option.config is None


def test_options_that_exclude_each_other_exist():
    names = {option.name for option in OPTIONS}
    assert {name for group in EXCLUSIVE for name in group} <= names


def check_schema(*arguments: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema")
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *arguments], capture_output=True, text=True, check=False
    )


def test_github_accepts_the_action(root):
    done = check_schema("--builtin-schema", "vendor.github-actions", str(root / "action.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_azure_pipelines_accepts_the_task(root, shared):
    schema = shared / "contracts/manifests/azure-pipelines-task.schema.json"
    done = check_schema("--regex-variant", "python", "--schemafile", str(schema), str(root / "task.json"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_task_may_show_its_summary(root):
    """Restricted commands would stop task.uploadsummary; only what it may set is limited."""
    task = json.loads((root / "task.json").read_text(encoding="utf-8"))
    assert "commands" not in task["restrictions"]
