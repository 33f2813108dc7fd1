"""The pipelines in examples/pipelines: they give inputs that exist, and pass on what the publisher reads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import UserDict

import pytest
import yaml

from ado_publisher import ci
from ado_publisher.options import OPTIONS

from .conftest import ENVIRONMENTS

KNOWN_BY = ("TF_BUILD", "RELEASE_RELEASEID", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL")
PIPELINES = "examples/pipelines"
OWN = {option.variable for option in OPTIONS} | {name for option in OPTIONS for name in option.fallbacks}


def read_by(host: str) -> set[str]:
    """The variables that `ci.detect` asks for on this host, be the others there or not."""
    names = set()

    class Recording(UserDict):
        def get(self, name, default=None):
            names.add(name)
            return super().get(name, default)

    full = ENVIRONMENTS[host]
    for environment in (full, {name: full[name] for name in KNOWN_BY if name in full}):
        ci.detect(Recording(environment))
    return names


def steps(root, file: str) -> list[dict]:
    """Every step of a pipeline, wherever it stands."""

    def walk(node):
        if isinstance(node, dict):
            yield from node.get("steps", [])
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    return list(walk(yaml.safe_load((root / PIPELINES / file).read_text(encoding="utf-8"))))


def test_the_azure_pipeline_gives_the_task_inputs_it_has(root):
    task = json.loads((root / "task.json").read_text(encoding="utf-8"))
    (step,) = [each for each in steps(root, "azure-pipelines.yml") if "task" in each]
    assert step["task"] == f"{task['name']}@{task['version']['Major']}"
    assert set(step["inputs"]) <= {each["name"] for each in task["inputs"]}


def test_readme_names_the_tasks_major_version(root):
    task = json.loads((root / "task.json").read_text(encoding="utf-8"))
    named = re.findall(r"AdoPublisher@(\d+)", (root / "README.md").read_text(encoding="utf-8"))
    assert set(named) == {str(task["version"]["Major"])}


def test_the_workflow_gives_the_action_inputs_it_has(root):
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    (step,) = [
        each for each in steps(root, "github-workflow.yml") if "ado-publisher@" in each.get("uses", "")
    ]
    assert set(step["with"]) <= set(action["inputs"])


@pytest.mark.parametrize(
    ("file", "host"), [("azure-pipelines.yml", "azure pull request"), ("Jenkinsfile", "jenkins")]
)
def test_docker_is_given_variables_that_are_read(root, file, host):
    text = (root / PIPELINES / file).read_text(encoding="utf-8")
    passed = set(re.findall(r"-e (\w+)", text))
    assert passed
    assert passed <= read_by(host) | OWN
    # A value in an argument could be read by anybody on the machine.
    assert re.findall(r"-e \w+=", text) == []


def test_the_gitlab_job_sets_options_that_exist(root):
    job = yaml.safe_load((root / PIPELINES / "gitlab-ci.yml").read_text(encoding="utf-8"))["publish"]
    assert set(job["variables"]) <= OWN


def test_the_page_names_every_variable_that_is_read(root):
    text = (root / "docs/ci-hosts.md").read_text(encoding="utf-8")
    wanted = set().union(*(read_by(host) for host in ENVIRONMENTS))
    # `…ATTEMPT` stands for three of a kind, `…_PULLREQUESTID` has its number beside it.
    short = {"SYSTEM_STAGEATTEMPT", "SYSTEM_PHASEATTEMPT", "SYSTEM_JOBATTEMPT"}
    short |= {"SYSTEM_PULLREQUEST_PULLREQUESTID"}
    assert sorted(name for name in wanted - short if name not in text) == []


@pytest.mark.parametrize(
    ("file", "schema"),
    [("github-workflow.yml", "vendor.github-workflows"), ("gitlab-ci.yml", "vendor.gitlab-ci")],
)
def test_the_pipelines_are_valid(root, file, schema):
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, root / PIPELINES / file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shared_runs_workflow_gives_the_action_inputs_it_has(root):
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    (step,) = [
        each for each in steps(root, "github-shared-run.yml") if "ado-publisher@" in each.get("uses", "")
    ]
    assert set(step["with"]) <= set(action["inputs"])


@pytest.mark.parametrize("file", ["azure-parallel.yml", "github-shared-run.yml"])
def test_pipelines_call_commands_that_exist(root, file):
    text = (root / PIPELINES / file).read_text(encoding="utf-8")
    called = {
        tuple(words.split()) for words in re.findall(r"ado-publisher (run open|run close|publish)", text)
    }
    assert ("run", "open") in called
    assert ("run", "close") in called
    for words in called:
        done = subprocess.run(
            [sys.executable, "-m", "ado_publisher", *words, "--help"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
