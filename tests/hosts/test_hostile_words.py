"""Whatever stands in a report, in the service's answers or in the host's own variables: on no host's log
is it more than words.
"""

from __future__ import annotations

import re

import pytest

from ado_publisher.ci import output_names

from .conftest import ATTACKS, ENVIRONMENTS, EVIL, TOKEN
from .logs import azure_commands, azure_formats, github_commands, github_file

NAMES = [name for name, _ in output_names()]
CAMEL = ["runId", "runUrl", "total", "passed", "failed", "unmatched"]
FACTS = {"run-id": "1", "total": "19", "passed": "15", "failed": "3"}
# Escapes, C1, line and paragraph separators, direction marks.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
HOSTILE_VARIABLES = {
    "BUILD_SOURCEBRANCH": f"refs/heads/{EVIL}",
    "BUILD_BUILDNUMBER": EVIL,
    "SYSTEM_JOBNAME": EVIL,
    "GITHUB_REF_NAME": f"a\n::set-output name=run-id::666\n{EVIL}",
    "GITHUB_HEAD_REF": "::error::x",
    "GITHUB_JOB": EVIL,
    "CI_JOB_NAME": EVIL,
    "BRANCH_NAME": EVIL,
    "JOB_NAME": EVIL,
}


@pytest.fixture(params=ENVIRONMENTS)
def done(request, publish, surroundings, hostile, shop):
    """(host, finished process) of a publish of the hostile reports."""
    variables = {
        name: text for name, text in HOSTILE_VARIABLES.items() if name in ENVIRONMENTS[request.param]
    }
    finished = publish(surroundings(request.param, **variables))
    # The report that cannot be read; the other one is published.
    assert finished.code == 3, finished.output
    assert [run["state"] for run in shop.state()["runs"]] == ["Completed"]
    return request.param, finished


def test_the_log_holds_no_command_but_our_own(done, tmp_path):
    host, finished = done
    assert UNSEEN.findall(finished.output) == []
    assert len(finished.stdout.splitlines()) > len(ATTACKS)
    if host.startswith("azure"):
        _only_ours_on_azure(finished, tmp_path)
    elif host.startswith("github"):
        _only_ours_on_github(finished, tmp_path)
    else:
        assert azure_commands(finished.output) == []
        assert azure_formats(finished.output) == []
        assert github_commands(finished.output) == []
        assert TOKEN not in finished.output


def _only_ours_on_azure(finished, folder) -> None:
    said, told = azure_commands(finished.stdout), azure_commands(finished.stderr)
    mask, *variables, summary = said
    assert (mask.name, mask.data) == ("task.setsecret", TOKEN)
    assert finished.stdout.splitlines()[0] == mask.line
    assert [each.name for each in variables] == ["task.setvariable"] * len(CAMEL)
    assert [each.properties for each in variables] == [{"variable": n, "isOutput": "true"} for n in CAMEL]
    values = {name: each.data for name, each in zip(NAMES, variables, strict=True)}
    assert values | FACTS == values
    assert summary.name == "task.uploadsummary"
    assert summary.data.startswith(str(folder / "_temp"))
    assert {each.name for each in told} == {"task.logissue"}
    assert {each.properties["type"] for each in told} <= {"warning", "error"}
    assert all(each.line.startswith("##vso[") for each in (*said, *told))
    assert all(line in ("##[endgroup]", "##[group]unmatched (15)") for line in azure_formats(finished.output))
    # The old form of GitHub's commands and the new one are broken here as well.
    assert github_commands("\n".join(line for line in finished.output.split("\n") if "##" not in line)) == []
    assert finished.output.count(TOKEN) == 1


def _only_ours_on_github(finished, folder) -> None:
    said, told = github_commands(finished.stdout), github_commands(finished.stderr)
    assert [each.name for each in said] == ["add-mask", "group", "endgroup"]
    assert said[0].data == TOKEN
    assert finished.stdout.splitlines()[0] == said[0].line
    assert said[1].data == "unmatched (15)"
    assert {each.name for each in told} <= {"error", "warning"}
    assert "error" in {each.name for each in told}
    assert all(each.properties == {} for each in told)
    assert azure_commands(finished.output) == []
    assert finished.output.count(TOKEN) == 1
    values = github_file((folder / "GITHUB_OUTPUT").read_text(encoding="utf-8"))
    assert list(values) == NAMES
    assert values | FACTS == values


def test_the_summary_is_text_and_one_link(done, tmp_path):
    host, _ = done
    if host.startswith("github"):
        summary = (tmp_path / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
    elif host.startswith("azure"):
        (file,) = (tmp_path / "_temp").iterdir()
        summary = file.read_text(encoding="utf-8")
    else:
        assert not (tmp_path / "_temp").exists()
        return
    assert UNSEEN.findall(summary) == []
    links = re.findall(r"\[[^\]]*\]\([^)]*\)", summary)
    assert len(links) == 1
    assert re.fullmatch(r"\[Test run 1\]\(http://127\.0\.0\.1:\d+/\S+\)", links[0])
    rest = summary.replace(links[0], "")
    assert re.findall(r"[<>`\[\]*@\\]", rest) == []
    # A row has as many cells as its table's head, whatever stands in it.
    for table in re.split(r"\n\n", rest):
        rows = [line for line in table.split("\n") if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1
    assert TOKEN not in summary


@pytest.mark.parametrize("host", ENVIRONMENTS)
def test_an_error_is_shown_and_is_words_as_well(publish, surroundings, report, shop, host):
    variable = "SYSTEM_ACCESSTOKEN" if host.startswith("azure") else "ADO_PUBLISHER_TOKEN"
    refused = "an-expired-token"
    finished = publish(surroundings(host, **{variable: refused}))
    assert finished.code == 4, finished.output
    assert variable in finished.stderr
    unknown = publish(surroundings(host), "--suite", f"{EVIL}\n::error::x\r##[error]y")
    assert unknown.code == 2, unknown.output
    for ended, token in ((finished, refused), (unknown, TOKEN)):
        masks = [line for line in ended.output.splitlines() if token in line]
        if host.startswith("azure"):
            assert masks == [f"##vso[task.setsecret]{token}"]
            (issue,) = azure_commands(ended.stderr)
            assert (issue.name, issue.properties) == ("task.logissue", {"type": "error"})
            assert azure_formats(ended.output) == []
        elif host.startswith("github"):
            assert masks == [f"::add-mask::{token}"]
            (issue,) = github_commands(ended.stderr)
            assert (issue.name, issue.properties) == ("error", {})
        else:
            assert masks == []
            assert azure_commands(ended.output) == github_commands(ended.output) == []
            continue
        assert issue.data
        assert "\n::" not in issue.data


@pytest.mark.parametrize(
    ("host", "command"), [("azure", "##vso[task.setsecret]"), ("github", "::add-mask::")]
)
def test_a_token_from_a_file_is_masked_first_too(
    publish, surroundings, report, shop, tmp_path, host, command
):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    environment = surroundings(host, ADO_PUBLISHER_TOKEN_FILE=str(file))
    for variable in ("ADO_PUBLISHER_TOKEN", "SYSTEM_ACCESSTOKEN"):
        environment.pop(variable, None)
    finished = publish(environment)
    assert finished.code == 0, finished.output
    assert finished.stdout.splitlines()[0] == f"{command}{TOKEN}"
    assert finished.output.count(TOKEN) == 1


@pytest.mark.parametrize("host", ["gitlab", "jenkins", "console"])
def test_a_log_that_cannot_fold_shows_its_lists_plainly(publish, surroundings, hostile, shop, host):
    finished = publish(surroundings(host))
    assert finished.stdout.count("\nunmatched: ") == 15
    assert [line for line in finished.stdout.splitlines() if "unmatched (" in line] == []
