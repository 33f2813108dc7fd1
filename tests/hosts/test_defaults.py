"""What a host tells by itself stands in the run: build, place in the pipeline, release, CI run."""

from __future__ import annotations

import json

import pytest
import requests

from .conftest import ENVIRONMENTS


@pytest.fixture
def run_of(publish, surroundings, report, shop):
    """`run_of(host, …)` publishes under that host with nothing else said; the run that came of it."""

    def published(host: str, *arguments: str, **variables: str):
        before = len(shop.state()["runs"])
        finished = publish(surroundings(host, **variables), *arguments)
        assert finished.code == 0, finished.output
        *_, run = shop.state()["runs"]
        assert len(shop.state()["runs"]) == before + 1, finished.output
        assert (run["state"], len(run["results"])) == ("Completed", 2)
        return run

    return published


def context_of(run, shop):
    """The content of the run's ci-context.json; None where there is none."""
    found = [each["id"] for each in run["attachments"] if each["name"] == "ci-context.json"]
    if not found:
        return None
    url = f"{shop.url}/Shop/_apis/test/runs/{run['id']}/attachments/{found[0]}"
    answer = requests.get(url, params={"api-version": "7.1"}, auth=("", shop.token), timeout=20)
    return json.loads(answer.content)


def test_azure_pipelines_names_organization_project_build_and_job(run_of, shop):
    run = run_of("azure")
    assert (run["build_id"], run["release_id"]) == (41, None)
    reference = run["pipelineReference"]
    assert reference["pipelineId"] == 41
    assert reference["stageReference"] == {"stageName": "Test", "attempt": 2}
    assert reference["phaseReference"] == {"phaseName": "e2e", "attempt": 1}
    assert reference["jobReference"] == {"jobName": "chrome", "attempt": 3}
    assert f"{shop.url}/Shop/_build/results?buildId=41; branch main; commit abc123" in run["comment"]
    assert run["name"].startswith("20261122.1")
    assert context_of(run, shop) is None  # the build is linked


def test_a_build_that_the_service_does_not_know_is_refused_when_named_and_told_when_found(
    publish, surroundings, report, shop
):
    found = publish(surroundings("azure", BUILD_BUILDID="4711"))
    named = publish(surroundings("azure"), "--build-id", "4711")
    assert named.code == 2
    assert "4711" in named.stderr
    assert found.code == 0, found.output
    assert "4711" in found.output
    assert [run["build_id"] for run in shop.state()["runs"]] == [None]


def test_another_build_than_the_running_one_gets_no_job_of_it(run_of):
    run = run_of("azure", "--build-number", "20261122.1", BUILD_BUILDID="40")
    assert run["build_id"] == 41
    assert not run.get("pipelineReference")


def test_a_pull_request_is_named_with_the_branch_it_goes_to(run_of):
    run = run_of("azure pull request")
    assert run["build_id"] == 41
    assert "branch fix; pull request 7 into main; commit abc123" in run["comment"]


def test_a_classic_release_and_its_stage_are_linked(run_of):
    run = run_of("azure release")
    assert (run["release_id"], run["release_environment_id"], run["build_id"]) == (9, 91, 41)
    # The build is an artifact of the release: no job of it runs.
    assert not run.get("pipelineReference")
    assert "_release?releaseId=9" in run["comment"]


def test_a_release_without_a_build_is_linked_all_the_same(run_of):
    run = run_of("azure release", BUILD_BUILDID="", BUILD_BUILDNUMBER="")
    assert (run["release_id"], run["release_environment_id"], run["build_id"]) == (9, 91, None)


def test_each_stage_of_a_release_publishes_for_itself(run_of):
    production = {
        "RELEASE_ENVIRONMENTNAME": "Production",
        "RELEASE_ENVIRONMENTURI": "vstfs:///ReleaseManagement/Environment/92",
    }
    first, second = run_of("azure release"), run_of("azure release", **production)
    assert (first["release_environment_id"], second["release_environment_id"]) == (91, 92)


GITHUB_CONTEXT = {
    "host": "github",
    "run": "77",
    "attempt": 2,
    "url": "https://github.com/acme/shop/actions/runs/123456/attempts/2",
    "repository": "acme/shop",
    "branch": "main",
    "pull_request": "",
    "target_branch": "",
    "commit": "abc123",
    "job": "e2e",
}


def test_github_is_linked_by_comment_name_and_file(run_of, shop):
    run = run_of("github")
    assert run["build_id"] is None
    assert not run.get("pipelineReference")
    assert f"{GITHUB_CONTEXT['url']}; branch main; commit abc123" in run["comment"]
    assert run["name"].startswith("77")
    assert context_of(run, shop) == GITHUB_CONTEXT


def test_a_pull_request_on_github_is_named(run_of, shop):
    run = run_of("github pull request")
    assert "branch fix; pull request 7 into main" in run["comment"]
    wanted = {"branch": "fix", "pull_request": "7", "target_branch": "main"}
    assert context_of(run, shop) == GITHUB_CONTEXT | wanted


def test_a_github_run_may_name_a_build_of_azure_devops(run_of):
    run = run_of("github", "--build-number", "20261122.1")
    assert run["build_id"] == 41
    assert "actions/runs/123456" in run["comment"]


def test_legs_of_a_matrix_are_told_apart_by_their_key(run_of, publish, surroundings, shop):
    run_of("github", ADO_PUBLISHER_KEY="chrome")
    run_of("github", ADO_PUBLISHER_KEY="firefox")
    again = publish(surroundings("github", ADO_PUBLISHER_KEY="chrome"))
    assert again.code == 0, again.output
    assert len(shop.state()["runs"]) == 2


@pytest.mark.parametrize(
    ("host", "url", "number"),
    [
        ("gitlab", "https://gitlab.example.com/acme/shop/-/jobs/8", "8"),
        ("jenkins", "https://jenkins.example.com/job/shop/5/", "5"),
    ],
)
def test_gitlab_and_jenkins_are_linked_by_comment_name_and_file(run_of, shop, host, url, number):
    run = run_of(host)
    assert f"{url}; branch fix; pull request 7 into main; commit abc123" in run["comment"]
    assert run["name"].startswith(number)
    facts = context_of(run, shop)
    assert (facts["host"], facts["url"], facts["pull_request"]) == (host, url, "7")


def test_a_console_claims_nothing(run_of, shop):
    run = run_of("console")
    assert run["build_id"] is None
    assert context_of(run, shop) is None
    assert "branch" not in run["comment"]


def test_a_host_is_known_by_its_own_variables_alone(run_of, shop):
    """Jenkins' BUILD_NUMBER and GitLab's CI on a machine of one's own are no host."""
    run = run_of("console", CI="true", BUILD_NUMBER="5", BUILD_URL="https://x")
    assert context_of(run, shop) is None
    assert set(ENVIRONMENTS) >= {"azure", "github", "gitlab", "jenkins", "console"}
