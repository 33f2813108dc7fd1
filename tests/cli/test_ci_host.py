"""Which CI host we run under, what it offers, and how it is spoken to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st

from ado_publisher import ci
from ado_publisher.ci import (
    CiHost,
    HostKind,
    defaults,
    detect,
    issue_line,
    mask_lines,
    output_lines,
    output_text,
)
from ado_publisher.cli import host as speaking
from ado_publisher.model import PipelineJob

# A busy machine is no reason to fail.
slowly = sampling(deadline=None)

AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "My Shop",
    "BUILD_BUILDID": "41",
    "BUILD_BUILDNUMBER": "20261122.1",
    "BUILD_SOURCEBRANCH": "refs/heads/feature/login",
    "BUILD_SOURCEVERSION": "abc123",
    "SYSTEM_STAGENAME": "Test",
    "SYSTEM_STAGEATTEMPT": "2",
    "SYSTEM_PHASENAME": "e2e",
    "SYSTEM_PHASEATTEMPT": "1",
    "SYSTEM_JOBNAME": "chrome",
    "SYSTEM_JOBATTEMPT": "3",
}
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "123456",
    "GITHUB_RUN_NUMBER": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_JOB": "e2e",
    "GITHUB_SHA": "abc123",
    "GITHUB_REF_NAME": "main",
    "GITHUB_OUTPUT": "/github/file_commands/output",
    "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
}


def test_azure_pipelines_tells_everything():
    found = detect(AZURE)
    assert found.kind is HostKind.AZURE
    assert found.organization_url == "https://dev.azure.com/acme"
    assert (found.project, found.build_id, found.build_number) == ("My Shop", 41, "20261122.1")
    assert found.job == PipelineJob("Test", 2, "e2e", 1, "chrome", 3)
    assert (found.branch, found.commit) == ("feature/login", "abc123")
    assert found.url == "https://dev.azure.com/acme/My%20Shop/_build/results?buildId=41"
    assert {name: given.source for name, given in defaults(found).items()} == {
        "organization-url": "SYSTEM_COLLECTIONURI",
        "project": "SYSTEM_TEAMPROJECT",
        "build-id": "BUILD_BUILDID",
    }


def test_a_container_in_an_azure_pipeline_needs_only_what_was_passed_to_it():
    found = detect({"SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": "https://tfs/x/", "BUILD_BUILDID": "4"})
    assert (found.kind, found.organization_url, found.build_id) == (HostKind.AZURE, "https://tfs/x", 4)


@pytest.mark.parametrize("build_id", ["", "0", "none", "-1", "9" * 40])
def test_a_release_without_a_build_offers_none(build_id):
    release = {
        "RELEASE_RELEASEID": "9",
        "RELEASE_RELEASENAME": "Release-9",
        "RELEASE_RELEASEWEBURL": "https://x/9",
    }
    found = detect(
        AZURE | {"BUILD_BUILDID": build_id, "BUILD_BUILDNUMBER": "", "RELEASE_ATTEMPTNUMBER": "2"} | release
    )
    assert (found.build_id, found.build_number, found.url, found.attempt) == (
        None,
        "Release-9",
        "https://x/9",
        2,
    )
    assert "build-id" not in defaults(found)


def test_github_tells_its_run_and_offers_nothing_of_azure_devops():
    found = detect(GITHUB)
    assert found.kind is HostKind.GITHUB
    assert found.url == "https://github.com/acme/shop/actions/runs/123456/attempts/2"
    assert (found.build_number, found.branch, found.commit, found.attempt) == ("77", "main", "abc123", 2)
    assert found.build_id is None
    assert defaults(found) == {}


def test_a_pull_requests_branch_is_the_one_it_comes_from():
    assert detect(GITHUB | {"GITHUB_HEAD_REF": "fix"}).branch == "fix"
    assert detect(AZURE | {"SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/fix"}).branch == "fix"


def test_gitlab_and_jenkins_name_their_runs():
    gitlab = detect(
        {"GITLAB_CI": "true", "CI_PIPELINE_IID": "8", "CI_JOB_NAME": "e2e", "CI_JOB_URL": "https://g/8"}
    )
    assert (gitlab.kind, gitlab.build_number, gitlab.job.job, gitlab.url) == (
        HostKind.GITLAB,
        "8",
        "e2e",
        "https://g/8",
    )
    jenkins = detect({"JENKINS_URL": "https://j", "BUILD_NUMBER": "5", "GIT_BRANCH": "origin/main"})
    assert (jenkins.kind, jenkins.build_number, jenkins.branch) == (HostKind.JENKINS, "5", "main")


def test_a_machine_of_ones_own_is_a_console():
    assert detect({"CI": "true", "BUILD_NUMBER": "5"}) == CiHost()


@slowly
@given(st.text())
def test_no_variable_brings_a_line_break_or_an_escape(text):
    found = detect(GITHUB | {"GITHUB_REF_NAME": text})
    assert found.branch.splitlines() in ([found.branch], [])
    assert "\x1b" not in found.branch


def test_outputs_of_azure_are_escaped_as_its_agent_reads_them():
    lines = output_lines(
        detect(AZURE), {"run-url": "https://x/%20?a;b]\r\n##vso[task.complete result=Succeeded;]"}
    )
    assert lines == (
        "##vso[task.setvariable variable=runUrl;isOutput=true]"
        "https://x/%AZP2520?a;b]%0D%0A##vso[task.complete result=Succeeded;]",
    )


@slowly
@given(st.dictionaries(st.from_regex(r"[a-z]+(-[a-z]+)?", fullmatch=True), st.text(), max_size=4))
def test_an_azure_command_is_always_one_line(values):
    for line in output_lines(detect(AZURE), values):
        assert "\n" not in line
        assert "\r" not in line


def test_outputs_of_github_cannot_end_their_own_block():
    assert output_text({"run-id": "7", "x": "a\nb"}, "D") == "run-id<<D\n7\nD\nx<<D\na\nb\nD\n"
    with pytest.raises(ValueError, match="holds the delimiter"):
        output_text({"x": "a\nDELIMITER\nevil=1"}, "DELIMITER")


def test_a_mask_covers_each_line_of_a_secret():
    assert mask_lines(detect(GITHUB), ("one%\ntwo\n\n",)) == ("::add-mask::one%25", "::add-mask::two")
    assert mask_lines(detect(AZURE), ("s",)) == ("##vso[task.setsecret]s",)
    # Elsewhere nobody swallows the line: it would print the secret.
    assert mask_lines(CiHost(), ("s",)) == ()
    assert mask_lines(detect({"GITLAB_CI": "true"}), ("s",)) == ()


def test_an_issue_stands_where_the_host_shows_it():
    assert issue_line(detect(GITHUB), "error", "a\nb") == "::error::a%0Ab"
    assert issue_line(detect(AZURE), "warning", "a\nb") == "##vso[task.logissue type=warning]a%0Ab"
    assert issue_line(CiHost(), "error", "a") == ""


def test_outputs_and_summary_reach_githubs_files(tmp_path, capsys):
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.write_text("earlier=1\n")
    host = detect(GITHUB | {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)})
    speaking.set_outputs(host, {"run-id": 7, "run-url": None})
    speaking.show_summary(host, "# Done é\n")
    delimiter = re.search(r"run-id<<(\S+)\n", output.read_text())[1]
    assert (
        output.read_text()
        == f"earlier=1\nrun-id<<{delimiter}\n7\n{delimiter}\nrun-url<<{delimiter}\n\n{delimiter}\n"
    )
    assert summary.read_text(encoding="utf-8") == "# Done é\n"
    assert capsys.readouterr() == ("", "")


def test_a_summary_is_cut_before_github_drops_it(tmp_path):
    summary = tmp_path / "summary"
    host = detect(GITHUB | {"GITHUB_STEP_SUMMARY": str(summary)})
    speaking.show_summary(host, "é" * speaking.MAX_SUMMARY)
    written = summary.read_bytes()
    assert len(written) <= speaking.MAX_SUMMARY
    assert "cut here" in written.decode()[-100:]


def test_azure_is_given_its_outputs_and_a_summary_that_stays(tmp_path, capsys):
    host = detect(AZURE | {"AGENT_TEMPDIRECTORY": str(tmp_path)})
    speaking.set_outputs(host, {"run-id": 7})
    speaking.show_summary(host, "# Done\n")
    first, second = capsys.readouterr().out.splitlines()
    assert first == "##vso[task.setvariable variable=runId;isOutput=true]7"
    path = second.removeprefix("##vso[task.uploadsummary]")
    assert path.startswith(str(tmp_path))
    assert Path(path).read_text() == "# Done\n"


def test_outputs_that_cannot_be_written_are_a_warning(tmp_path, capsys):
    host = detect(GITHUB | {"GITHUB_OUTPUT": str(tmp_path / "no" / "file")})
    speaking.set_outputs(host, {"run-id": 7})
    told = capsys.readouterr()
    assert told.out == ""
    assert "warning: the outputs could not be written" in told.err
    assert "::warning::" in told.err


def test_a_console_is_not_spoken_to(capsys):
    speaking.mask(CiHost(), ("secret",))
    speaking.set_outputs(CiHost(), {"run-id": 7})
    speaking.show_summary(CiHost(), "# Done")
    speaking.annotate(CiHost(), "error", "x")
    assert capsys.readouterr() == ("", "")


def test_the_outputs_are_those_that_are_promised():
    assert [name for name, _ in ci.output_names()] == [
        "run-id",
        "run-url",
        "total",
        "passed",
        "failed",
        "unmatched",
    ]
