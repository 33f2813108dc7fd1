"""What README and the example say holds: commands, links, config, inputs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def steps(readme: str, name: str) -> dict:
    """The inputs that README's examples give to our action or task."""
    for block in fenced(readme, "yaml"):
        document = yaml.safe_load(block)
        listed = document["steps"] if isinstance(document, dict) and "steps" in document else document
        for step in listed if isinstance(listed, list) else []:
            if name in str(step.get("uses", step.get("task", ""))):
                return step.get("with") or step.get("inputs")
    raise AssertionError(f"README shows no step with {name}")


def readme_block(root: Path, word: str) -> subprocess.CompletedProcess[str]:
    command = [root / ".ci/readme-block", word]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("word", ["demo", "pytest"])
def test_each_of_the_two_commands_is_one_block_that_stands_alone(root: Path, readme: str, word: str):
    told = readme_block(root, word).stdout
    assert told == next(block for block in fenced(readme, "sh") if word in block)
    assert told.startswith("python3 -m venv")
    assert "sudo" not in told


def test_ci_says_when_a_command_is_gone(root: Path):
    done = readme_block(root, "no such word")
    assert done.returncode == 1
    assert "no sh block with 'no such word'" in done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_links_into_the_repository_lead_somewhere(root: Path, page: str):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (root / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (root / link).exists()] == []


def test_links_inside_readme_lead_to_a_heading(readme: str):
    headings = re.findall(r"^#+ (.*)$", readme, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", readme)) <= anchors


def test_the_config_that_readme_shows_is_valid(cli, readme: str, tmp_path: Path):
    block = next(block for block in fenced(readme, "yaml") if block.startswith("version: 1"))
    (tmp_path / "ado-publisher.yml").write_text(block, encoding="utf-8")
    done = cli("validate")
    assert done.code == 0, done.output


def test_the_config_of_the_example_is_valid(cli, root: Path):
    done = cli("validate", "--config", root / "examples/junit/ado-publisher.yml")
    assert done.code == 0, done.output


def test_the_action_takes_what_readme_gives_it(root: Path, readme: str):
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    assert set(steps(readme, "ado-publisher@")) <= set(action["inputs"])


def test_the_task_takes_what_readme_gives_it(root: Path, readme: str):
    task = json.loads((root / "task.json").read_text(encoding="utf-8"))
    assert set(steps(readme, "AdoPublisher@")) <= {item["name"] for item in task["inputs"]}


CONFIG_KEYS = re.compile(
    r"^(version|azure_devops|publish|reports|test_cases|statuses|configurations|test_configurations|attachments"
    r"|failures|new_cases|bugs|redaction):",
)


@pytest.mark.parametrize("page", ["results", "workitems", "mapping", "katalon"])
def test_every_piece_of_config_in_the_docs_is_valid(root: Path, page: str):
    from ado_publisher.config.build import build

    path = root / f"docs/{page}.md"
    blocks = [block for block in fenced(path.read_text(encoding="utf-8"), "yaml") if CONFIG_KEYS.match(block)]
    for block in blocks:
        build(block if block.startswith("version:") else f"version: 1\n{block}", path.name, {})
    assert blocks or page not in ("results", "workitems")
