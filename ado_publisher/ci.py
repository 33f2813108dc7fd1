"""The CI host we run under, as its variables tell it, and how one speaks to it. Pure.

Variables: facts/azure-devops.md section 4; https://learn.microsoft.com/azure/devops/pipelines/build/variables,
https://docs.github.com/actions/reference/variables-reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from ado_publisher.model import PipelineJob
from ado_publisher.text import clean
from ado_publisher.values import Given


class HostKind(StrEnum):
    """Who runs us."""

    GITHUB = "github"
    AZURE = "azure-pipelines"
    GITLAB = "gitlab"
    JENKINS = "jenkins"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class CiHost:
    """What the host tells about this run; what it does not tell is empty.

    `organization_url`, `project` and `build_id` are Azure DevOps' own and known under Azure
    Pipelines alone; `build_number` is what the host calls the run, for people. `job` is where
    in an Azure pipeline the tests ran (in a classic release the stage is the environment),
    elsewhere no more than the job's name. `target_branch` and `pull_request` are known when a
    pull request is built. `url` leads a person to the run. `output_file` and `summary_file` are
    GitHub's. `path_map` says where folders that reports name lie in the container.
    """

    kind: HostKind = HostKind.CONSOLE
    organization_url: str = ""
    project: str = ""
    build_id: int | None = None
    build_number: str = ""
    job: PipelineJob = field(default_factory=PipelineJob)
    branch: str = ""
    target_branch: str = ""
    pull_request: str = ""
    commit: str = ""
    repository: str = ""
    url: str = ""
    attempt: int = 1
    output_file: str = ""
    summary_file: str = ""
    temporary_folder: str = ""
    release_id: int | None = None
    release_environment_id: int | None = None
    path_map: tuple[tuple[str, str], ...] = ()


def detect(environ: Mapping[str, str]) -> CiHost:
    """The host these variables are of; a plain console when they are of none that we know."""
    told = _Told(environ)
    if told("TF_BUILD").lower() == "true" or (_collection(told) and told("BUILD_BUILDID")):
        return _azure(told)
    if told("GITHUB_ACTIONS").lower() == "true":
        return _github(told)
    if told("GITLAB_CI").lower() == "true":
        return _gitlab(told)
    if told("JENKINS_URL") or told("JENKINS_HOME"):
        return _jenkins(told)
    return CiHost()


def defaults(host: CiHost) -> dict[str, Given]:
    """What the host offers for options nobody named, each with the variable it came from."""
    offered = {
        "organization-url": (host.organization_url, "SYSTEM_COLLECTIONURI"),
        "project": (host.project, "SYSTEM_TEAMPROJECT"),
        "build-id": (host.build_id, "BUILD_BUILDID"),
        "release-id": (host.release_id, "RELEASE_RELEASEID"),
        "release-environment-id": (host.release_environment_id, "RELEASE_ENVIRONMENTURI"),
    }
    return {name: Given(value, source) for name, (value, source) in offered.items() if value}


class _Told:
    """One variable at a time: absent is empty, and none can carry a line break or an escape."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __call__(self, name: str) -> str:
        return " ".join(clean(self._environ.get(name, "")).split())

    def number(self, name: str) -> int:
        text = self(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    def attempt(self, name: str) -> int:
        return self.number(name) or 1


def _collection(told: _Told) -> str:
    return (told("SYSTEM_COLLECTIONURI") or told("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")).rstrip("/")


def _azure(told: _Told) -> CiHost:
    collection, project = _collection(told), told("SYSTEM_TEAMPROJECT")
    build_id = told.number("BUILD_BUILDID") or None
    released = bool(told("RELEASE_RELEASEID"))
    url = told("RELEASE_RELEASEWEBURL")
    if not url and collection and build_id:
        url = f"{collection}/{quote(project, safe='')}/_build/results?buildId={build_id}"
    return CiHost(
        kind=HostKind.AZURE,
        organization_url=collection,
        project=project,
        build_id=build_id,
        build_number=told("BUILD_BUILDNUMBER") or told("RELEASE_RELEASENAME"),
        job=PipelineJob(
            stage=told("RELEASE_ENVIRONMENTNAME" if released else "SYSTEM_STAGENAME"),
            stage_attempt=told.attempt("RELEASE_ATTEMPTNUMBER" if released else "SYSTEM_STAGEATTEMPT"),
            phase=told("SYSTEM_PHASENAME"),
            phase_attempt=told.attempt("SYSTEM_PHASEATTEMPT"),
            job=told("SYSTEM_JOBNAME"),
            job_attempt=told.attempt("SYSTEM_JOBATTEMPT"),
        ),
        branch=_short_branch(told("SYSTEM_PULLREQUEST_SOURCEBRANCH") or told("BUILD_SOURCEBRANCH")),
        target_branch=_short_branch(told("SYSTEM_PULLREQUEST_TARGETBRANCH")),
        # The number is GitHub's; of a repository in Azure DevOps the id is what people see.
        pull_request=told("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER") or told("SYSTEM_PULLREQUEST_PULLREQUESTID"),
        commit=told("BUILD_SOURCEVERSION"),
        repository=told("BUILD_REPOSITORY_NAME"),
        url=url,
        attempt=told.attempt("RELEASE_ATTEMPTNUMBER" if released else "SYSTEM_JOBATTEMPT"),
        temporary_folder=told("AGENT_TEMPDIRECTORY"),
        release_id=told.number("RELEASE_RELEASEID") or None,
        # vstfs:///ReleaseManagement/Environment/7: the id's own variable is unverified.
        release_environment_id=_last_number(told("RELEASE_ENVIRONMENTURI")),
    )


def _github(told: _Told) -> CiHost:
    server, repository, run = told("GITHUB_SERVER_URL"), told("GITHUB_REPOSITORY"), told("GITHUB_RUN_ID")
    attempt = told.attempt("GITHUB_RUN_ATTEMPT")
    url = (
        f"{server}/{repository}/actions/runs/{run}/attempts/{attempt}"
        if server and repository and run
        else ""
    )
    return CiHost(
        kind=HostKind.GITHUB,
        build_number=told("GITHUB_RUN_NUMBER"),
        job=PipelineJob(job=told("GITHUB_JOB"), job_attempt=attempt),
        branch=told("GITHUB_HEAD_REF") or told("GITHUB_REF_NAME") or _short_branch(told("GITHUB_REF")),
        target_branch=told("GITHUB_BASE_REF"),
        pull_request=_between(told("GITHUB_REF"), "refs/pull/", "/"),
        commit=told("GITHUB_SHA"),
        repository=repository,
        url=url,
        attempt=attempt,
        output_file=told("GITHUB_OUTPUT"),
        summary_file=told("GITHUB_STEP_SUMMARY"),
        path_map=_github_paths(told),
    )


def _github_paths(told: _Told) -> tuple[tuple[str, str], ...]:
    """In a container action reports name the runner's folders, and the workspace is mounted elsewhere."""
    workspace, repository = told("GITHUB_WORKSPACE"), told("GITHUB_REPOSITORY").rpartition("/")[2]
    outside = told("RUNNER_WORKSPACE")
    if not (workspace and repository and outside):
        return ()
    return ((f"{outside.rstrip('/')}/{repository}", workspace),)


def _gitlab(told: _Told) -> CiHost:
    return CiHost(
        kind=HostKind.GITLAB,
        build_number=told("CI_PIPELINE_IID") or told("CI_PIPELINE_ID"),
        job=PipelineJob(job=told("CI_JOB_NAME")),
        branch=told("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") or told("CI_COMMIT_REF_NAME"),
        target_branch=told("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        pull_request=told("CI_MERGE_REQUEST_IID"),
        commit=told("CI_COMMIT_SHA"),
        repository=told("CI_PROJECT_PATH"),
        url=told("CI_JOB_URL") or told("CI_PIPELINE_URL"),
    )


def _jenkins(told: _Told) -> CiHost:
    return CiHost(
        kind=HostKind.JENKINS,
        build_number=told("BUILD_NUMBER"),
        job=PipelineJob(job=told("JOB_NAME")),
        branch=told("CHANGE_BRANCH") or told("BRANCH_NAME") or told("GIT_BRANCH").removeprefix("origin/"),
        target_branch=told("CHANGE_TARGET"),
        pull_request=told("CHANGE_ID"),
        commit=told("GIT_COMMIT"),
        url=told("BUILD_URL"),
    )


def _last_number(uri: str) -> int | None:
    last = uri.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() and len(last) < 10 else None


def _between(text: str, before: str, after: str) -> str:
    return text.removeprefix(before).partition(after)[0] if text.startswith(before) else ""


def _short_branch(reference: str) -> str:
    return reference.removeprefix("refs/heads/").removeprefix("refs/tags/")


# What follows renders; `cli.host` prints and writes it.


def context_text(host: CiHost) -> str:
    """Where the results come from, for the comment of a run, which may be cut: what leads there is first."""
    request = f"pull request {host.pull_request}" if host.pull_request else ""
    if host.target_branch:
        request = f"{request or 'pull request'} into {host.target_branch}"
    parts = (
        host.url,
        f"branch {host.branch}" if host.branch else "",
        request,
        f"commit {host.commit}" if host.commit else "",
    )
    return "; ".join(part for part in parts if part)


def context_facts(host: CiHost) -> dict[str, object]:
    """The same for programs: what links a run to a CI run that is no Azure DevOps build.

    Empty where a build does that, and on a plain console.
    """
    if host.kind in (HostKind.CONSOLE, HostKind.AZURE):
        return {}
    return {
        "host": host.kind.value,
        "run": host.build_number,
        "attempt": host.attempt,
        "url": host.url,
        "repository": host.repository,
        "branch": host.branch,
        "pull_request": host.pull_request,
        "target_branch": host.target_branch,
        "commit": host.commit,
        "job": host.job.job,
    }


def mask_lines(host: CiHost, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Commands that make the host hide these texts in its log, one for each line of each."""
    lines = [line for secret in secrets for raw in secret.splitlines() if (line := raw.strip())]
    match host.kind:
        case HostKind.GITHUB:
            return tuple(f"::add-mask::{_github_data(line)}" for line in lines)
        case HostKind.AZURE:
            return tuple(f"##vso[task.setsecret]{_azure_data(line)}" for line in lines)
        case _:
            return ()


def issue_line(host: CiHost, level: str, message: str) -> str:
    """The command that shows an `error` or a `warning` where the host shows such; empty elsewhere."""
    match host.kind:
        case HostKind.GITHUB:
            return f"::{level}::{_github_data(message)}"
        case HostKind.AZURE:
            return f"##vso[task.logissue type={level}]{_azure_data(message)}"
        case _:
            return ""


def group_lines(host: CiHost, title: str) -> tuple[str, str] | None:
    """The lines that begin and end a part of the log that is folded; None where the host has none."""
    match host.kind:
        case HostKind.GITHUB:
            return f"::group::{_github_data(title)}", "::endgroup::"
        case HostKind.AZURE:
            return f"##[group]{' '.join(title.split())}", "##[endgroup]"
        case _:
            return None


def output_lines(host: CiHost, values: Mapping[str, str]) -> tuple[str, ...]:
    """Azure Pipelines: commands that set output variables, `run-id` as `runId`. Elsewhere none."""
    if host.kind is not HostKind.AZURE:
        return ()
    return tuple(
        f"##vso[task.setvariable variable={_azure_property(_camel(name))};isOutput=true]{_azure_data(value)}"
        for name, value in values.items()
    )


def output_text(values: Mapping[str, str], delimiter: str) -> str:
    """What is appended to GITHUB_OUTPUT. The delimiter is random; raises ValueError if a value holds it."""
    return "".join(_github_output(name, value, delimiter) for name, value in values.items())


def _github_output(name: str, value: str, delimiter: str) -> str:
    if delimiter in name or delimiter in value:
        raise ValueError(f"the output {name!r} holds the delimiter")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def summary_line(host: CiHost, path: str) -> str:
    """Azure Pipelines: the command that shows a Markdown file on the run's page; empty elsewhere."""
    return f"##vso[task.uploadsummary]{_azure_data(path)}" if host.kind is HostKind.AZURE else ""


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


def _github_data(text: str) -> str:
    # actions/runner ActionCommand: % first. A line that begins with :: is not searched for ##[.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _azure_data(text: str) -> str:
    # azure-pipelines-agent CommandStringConvertor: % first.
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _azure_property(text: str) -> str:
    return _azure_data(text).replace("]", "%5D").replace(";", "%3B")


def output_names() -> Iterator[tuple[str, str]]:
    """The outputs every CI host gets, each with what it says."""
    yield "run-id", "The test run's id; of several the first; empty when none was made."
    yield "run-url", "Where a person sees the test run."
    yield "total", "How many tests the reports hold."
    yield "passed", "How many of them passed."
    yield "failed", "How many failed, ended in an error, timed out or were aborted."
    yield "unmatched", "How many found no test point."
