"""The Azure task's handler, started by node as the agent starts it: with a docker that only tells what it
was given, and with the image.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections import UserDict
from dataclasses import dataclass
from pathlib import Path

import pytest

from ado_publisher import __version__, ci

from .conftest import TOKEN, assert_kept_secret, completed

HANDLER = "azure-task/index.js"
CONNECTION = "5d2f0a83-6e4b-4a52-9f0c-1d2e3f405162"
BUILD = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "Shop",
    "SYSTEM_STAGENAME": "Test",
    "SYSTEM_STAGEATTEMPT": "1",
    "SYSTEM_PHASENAME": "e2e",
    "SYSTEM_PHASEATTEMPT": "1",
    "SYSTEM_JOBNAME": "chrome",
    "SYSTEM_JOBATTEMPT": "2",
    "BUILD_BUILDID": "41",
    "BUILD_BUILDNUMBER": "20261122.1",
    "BUILD_SOURCEBRANCH": "refs/heads/main",
}
VERDICT = re.compile(r"^##vso\[task\.complete result=(\w+);\](.*)$", re.MULTILINE)
# Stands in for docker: writes down what it was given and ends as it was told to.
RECORDER = """#!/usr/bin/env node
const fs = require('node:fs');
const write = (what) => fs.appendFileSync(process.env.RECORD, JSON.stringify(what) + '\\n');
process.on('SIGINT', () => write('SIGINT'));
write({args: process.argv.slice(2), env: process.env});
if (process.argv[2] === 'stop') process.exit(0);
process.stdout.write('said by the container');
setTimeout(() => process.exit(Number(process.env.CODE)), Number(process.env.LASTS));
"""


@dataclass(frozen=True, slots=True)
class Task:
    """How the task ended: what the agent read, and what docker was given."""

    result: str
    message: str
    output: str
    calls: list

    @property
    def args(self) -> list[str]:
        return self.calls[0]["args"]

    def named(self) -> set[str]:
        """The variables that were passed on."""
        return {self.args[at + 1] for at, part in enumerate(self.args) if part == "-e"}


@pytest.fixture
def agent(tool, root, tmp_path):
    """`agent(env)` is the command and the environment of the agent for this task."""
    node = tool("node")
    work = tmp_path / "work"
    for folder in ("1/s", "_temp"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    folders = {
        "AGENT_BUILDDIRECTORY": str(work / "1"),
        "PIPELINE_WORKSPACE": str(work / "1"),
        "SYSTEM_DEFAULTWORKINGDIRECTORY": str(work / "1/s"),
        "AGENT_TEMPDIRECTORY": str(work / "_temp"),
    }

    def environment(more: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        machine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        declared = json.loads((root / "task.json").read_text(encoding="utf-8"))["inputs"]
        # The agent passes every input, given or not.
        inputs = {f"INPUT_{each['name'].upper()}": "" for each in declared}
        return [node, str(root / HANDLER)], {**machine, **inputs, **BUILD, **folders, **more}

    return environment


def ended(done: subprocess.CompletedProcess, calls: list) -> Task:
    """The verdict is the last line, and there is one."""
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    ((result, message),) = VERDICT.findall(done.stdout)
    assert VERDICT.fullmatch(done.stdout.splitlines()[-1])
    return Task(result, message, output, calls)


@pytest.fixture
def task(agent, tmp_path):
    """`task(code=0, **env)` runs the handler with the recording docker."""
    docker, record = tmp_path / "docker", tmp_path / "record"
    docker.write_text(RECORDER)
    docker.chmod(0o755)

    def run(code: int = 0, lasts: int = 0, **more: str) -> Task:
        record.write_text("")
        own = {
            "ADO_PUBLISHER_DOCKER": str(docker),
            "RECORD": str(record),
            "CODE": str(code),
            "LASTS": str(lasts),
        }
        command, environment = agent(own | more)
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return ended(done, [json.loads(line) for line in record.read_text().splitlines()])

    run.docker, run.record = docker, record
    return run


def test_the_container_gets_no_rights_and_runs_as_the_agents_account(task, tmp_path):
    done = task(INPUT_FILES="**/*.xml", INPUT_PLAN="Release 1")
    assert (done.result, done.message) == ("Succeeded", "")
    work = tmp_path / "work"
    name = done.args[3]
    named = [part for variable in sorted(done.named()) for part in ("-e", variable)]
    assert done.args == [
        *("run", "--rm", "--name", name, "--user", f"{os.getuid()}:{os.getgid()}"),
        *("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("-v", f"{work}/1:{work}/1", "-v", f"{work}/_temp:{work}/_temp", "-w", f"{work}/1/s"),
        *named,
        *(f"ado-publisher:{__version__}", "publish"),
    ]
    assert {"INPUT_FILES", "INPUT_PLAN", "BUILD_BUILDID", "AGENT_TEMPDIRECTORY", "TF_BUILD"} <= done.named()
    assert not {"INPUT_SUITE", "INPUT_IMAGE", "PATH", "HOME", "RECORD", "ADO_PUBLISHER_DOCKER"} & done.named()
    assert "said by the container\n##vso[task.complete" in done.output


def test_the_handler_passes_on_what_the_publisher_reads(tool, root):
    names = set()

    class Recording(UserDict):
        def get(self, name, default=None):
            names.add(name)
            return super().get(name, default)

    for host in ({"TF_BUILD": "True"}, {"TF_BUILD": "True", "RELEASE_RELEASEID": "9"}):
        ci.detect(Recording(host))
    script = f"console.log(JSON.stringify(require({json.dumps(str(root / HANDLER))}).VARIABLES))"
    told = subprocess.run([tool("node"), "-e", script], capture_output=True, text=True, check=True).stdout
    assert set(json.loads(told)) == names


DEFAULT = {"ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN": TOKEN}
SCHEME = json.dumps({"scheme": "OAuth", "parameters": {"AccessToken": TOKEN}})
CONNECTED = {
    "INPUT_SERVICECONNECTION": CONNECTION,
    f"ENDPOINT_URL_{CONNECTION}": "https://dev.azure.com/other/",
    f"ENDPOINT_AUTH_PARAMETER_{CONNECTION}_APITOKEN": TOKEN,
}


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        (DEFAULT, "SYSTEM_ACCESSTOKEN"),
        ({"ENDPOINT_AUTH_SYSTEMVSSCONNECTION": SCHEME}, "SYSTEM_ACCESSTOKEN"),
        ({"INPUT_TOKEN": TOKEN, "ENDPOINT_AUTH_SYSTEMVSSCONNECTION": "{}"}, "INPUT_TOKEN"),
        ({"ADO_PUBLISHER_TOKEN": TOKEN}, "ADO_PUBLISHER_TOKEN"),
        ({"SECRET_ADO_PUBLISHER_TOKEN": TOKEN}, "ADO_PUBLISHER_TOKEN"),
        (CONNECTED, "ADO_PUBLISHER_TOKEN"),
    ],
)
def test_the_token_travels_by_name_and_no_other_secret_with_it(task, given, variable):
    others = {"SECRET_DATABASE": "x", "ENDPOINT_AUTH_elsewhere": "y", "SECUREFILE_NAME_z": "z"}
    done = task(**given, **others)
    assert variable in done.named()
    environment = done.calls[0]["env"]
    assert environment[variable] == TOKEN
    assert TOKEN not in json.dumps(done.args)
    assert TOKEN not in done.output
    assert [name for name in environment if re.match("SECRET_|ENDPOINT_|SECUREFILE_", name)] == []


def test_a_token_that_is_named_beats_the_pipelines_own(task):
    done = task(**DEFAULT, INPUT_TOKEN="named")
    assert "INPUT_TOKEN" in done.named()
    assert "SYSTEM_ACCESSTOKEN" not in done.named()


def test_a_service_connection_names_the_organization_too(task):
    done = task(**CONNECTED)
    assert done.calls[0]["env"]["INPUT_ORGANIZATIONURL"] == "https://dev.azure.com/other/"
    assert "INPUT_ORGANIZATIONURL" in done.named()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (CONNECTED | {"INPUT_TOKEN": "x"}, "keep one of them"),
        ({"INPUT_SERVICECONNECTION": CONNECTION}, "holds no token"),
        ({"INPUT_IMAGE": "--privileged"}, "no name of an image"),
        ({"SYSTEM_DEFAULTWORKINGDIRECTORY": "/no/such/folder"}, "does not exist"),
        ({"ADO_PUBLISHER_DOCKER": "/no/docker"}, "needs docker on the agent"),
    ],
)
def test_what_is_wrong_beforehand_fails_the_task_in_words(task, given, told):
    done = task(**given)
    assert done.result == "Failed"
    assert told in done.message
    assert done.calls == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (1, "not everything is well"),
        (2, "setting or the config is wrong"),
        (3, "report could not be read"),
        (4, "ado-publisher resume"),
        (125, "docker could not start the container"),
        (77, "exit code 77"),
    ],
)
def test_every_exit_code_but_0_fails_the_task_and_says_what_it_means(task, code, told):
    done = task(code)
    assert done.result == "Failed"
    assert told in done.message
    assert str(code) in done.message


def test_proxies_certificates_and_a_token_file_reach_the_container(task, tmp_path):
    bundle, token = tmp_path / "ca.pem", tmp_path / "token"
    bundle.touch()
    token.touch()
    done = task(
        AGENT_PROXYURL="http://proxy:3128",
        REQUESTS_CA_BUNDLE=str(bundle),
        ADO_PUBLISHER_TOKEN_FILE=str(token),
    )
    environment = done.calls[0]["env"]
    assert environment["HTTPS_PROXY"] == environment["HTTP_PROXY"] == "http://proxy:3128"
    assert {"HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "ADO_PUBLISHER_TOKEN_FILE"} <= done.named()
    for file in (bundle, token):
        assert f"{file}:{file}:ro" in done.args
    other = task(AGENT_PROXYURL="http://proxy:3128", https_proxy="http://own:1")
    assert "HTTPS_PROXY" not in other.calls[0]["env"]


def wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def test_a_cancelled_step_stops_the_container(task, agent):
    own = {
        "ADO_PUBLISHER_DOCKER": str(task.docker),
        "RECORD": str(task.record),
        "CODE": "130",
        "LASTS": "3000",
    }
    command, environment = agent(own)
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: task.record.exists() and '"run"' in task.record.read_text())
    process.send_signal(signal.SIGINT)
    wait_for(lambda: '"SIGINT"' in task.record.read_text())
    process.send_signal(signal.SIGTERM)
    wait_for(lambda: '"stop"' in task.record.read_text())
    stdout, _ = process.communicate(timeout=60)
    started, _, stopped = (json.loads(line) for line in task.record.read_text().splitlines())
    assert stopped["args"] == ["stop", "-t", "2", started["args"][3]]
    assert VERDICT.findall(stdout) == [("Failed", "The step was cancelled. (exit code 130)")]


@pytest.fixture
def started(agent, engine, workspace, shop, tmp_path):
    """What the agent starts, publishing the example with the image to the emulator by the default token."""
    sources = tmp_path / "work/1/s"
    sources.rmdir()
    workspace.rename(sources)
    # The agent's account starts the container, and the files are its own.
    for each in (sources, *sources.rglob("*")):
        os.chown(each, os.getuid(), os.getgid())
    return agent(
        {
            **engine.environment,
            **DEFAULT,
            "ADO_PUBLISHER_DOCKER": engine.program,
            "INPUT_IMAGE": engine.image,
            "INPUT_FILES": "shop-junit.xml",
            "SYSTEM_COLLECTIONURI": f"{shop.url}/",
        }
    )


def test_the_task_publishes_with_the_pipelines_own_token(started, shop, tmp_path, command_lines):
    command, environment = started
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    done = ended(run, [])
    assert (done.result, done.message) == ("Succeeded", ""), done.output
    made = completed(shop)
    assert made["build_id"] == 41
    reference = made["pipelineReference"]
    assert reference["stageReference"] == {"stageName": "Test", "attempt": 1}
    assert reference["phaseReference"] == {"phaseName": "e2e", "attempt": 1}
    assert reference["jobReference"] == {"jobName": "chrome", "attempt": 2}
    variables = dict(
        re.findall(r"^##vso\[task\.setvariable variable=(\w+);isOutput=true\](.*)$", run.stdout, re.MULTILINE)
    )
    assert (variables["runId"], variables["total"], variables["failed"]) == ("1", "13", "4")
    (summary,) = re.findall(r"^##vso\[task\.uploadsummary\](.*)$", run.stdout, re.MULTILINE)
    # The agent reads the file where it stands on the host, after the container is gone.
    assert Path(summary).parent == tmp_path / "work" / "_temp"
    assert "| 13 | 11 | 1 | 0 | 1 |" in Path(summary).read_text(encoding="utf-8")
    mask = f"##vso[task.setsecret]{TOKEN}"
    assert run.stdout.splitlines()[0] == mask
    assert_kept_secret(done.output, command_lines, mask)


def test_a_cancelled_task_leaves_no_open_run(started, shop):
    shop.faults([{"method": "PATCH", "path": "/results", "times": 0, "delay_ms": 3_000}])
    command, environment = started
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: shop.state()["runs"])
    process.send_signal(signal.SIGINT)
    stdout, told = process.communicate(timeout=90)
    assert VERDICT.findall(stdout) == [("Failed", "The step was cancelled. (exit code 130)")], told
    assert [run["state"] for run in shop.state()["runs"]] == ["Aborted"]
