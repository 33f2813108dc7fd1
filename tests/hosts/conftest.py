"""The hosts' environments as they make them, and a report whose every word is an attack on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

TOKEN = "s3cret-of-the-host-tests"
EVIL = "##vso[task.setvariable variable=PATH]evil"
ATTACKS = [
    EVIL,
    "##VSO[task.complete result=Succeeded;]",
    "##[error]x ##[group]y ##[set-env name=PATH]z",
    "::set-output name=run-id::666",
    " ::add-mask::s",
    "\u3000::stop-commands::x",
    "a\r\n::set-env name=PATH::evil\r\n" + EVIL,
    "a\r" + EVIL,
    "a\u2028::error::x\u2029::warning::y\x85::debug::z",
    "\x9b31mred\x9b0m \x9d0;title\x07",
    "#\x9b0m#vso[task.setsecret]x #\u202e#[error]x :\x9b0m:error::x",
    "| a | [x](javascript:alert(1)) ![i](http://e/i.png) `c` **b** @team #1 <script>alert(1)</script> &lt;",
    "</td></table><img src=x onerror=alert(1)>",
    "%0A::error::x%0D%25 %AZP25 ;]",
]
CHROME = "Windows 11 + Chrome"
SHOP: dict[str, Any] = {
    "organization": "demo",
    "token": TOKEN,
    "projects": [
        {
            "name": "Shop",
            "configurations": [{"id": 1, "name": CHROME}, {"id": 2, "name": f"{EVIL} ::error::x"}],
            "builds": [{"id": 41, "number": "20261122.1", "definition": {"id": 3, "name": "web-ci"}}],
            "releases": [
                {
                    "id": 9,
                    "name": "Release-9",
                    "environments": [{"id": 91, "name": "Staging"}, {"id": 92, "name": "Production"}],
                }
            ],
            "plans": [
                {
                    "id": 10,
                    "name": f"Release <b>1</b> {EVIL}",
                    "suites": [
                        {
                            "id": 12,
                            "name": f"Login {EVIL}",
                            "cases": [
                                {"id": 101, "title": f"Valid {EVIL}", "configurations": [CHROME]},
                                {"id": 102, "title": "Locked", "configurations": [CHROME]},
                                {
                                    "id": 103,
                                    "title": "Both",
                                    "configurations": [CHROME, f"{EVIL} ::error::x"],
                                },
                            ],
                        }
                    ],
                }
            ],
        }
    ],
}
AZURE_JOB = {
    "TF_BUILD": "True",
    "SYSTEM_TEAMPROJECT": "Shop",
    "SYSTEM_STAGENAME": "Test",
    "SYSTEM_STAGEATTEMPT": "2",
    "SYSTEM_PHASENAME": "e2e",
    "SYSTEM_PHASEATTEMPT": "1",
    "SYSTEM_JOBNAME": "chrome",
    "SYSTEM_JOBATTEMPT": "3",
    "BUILD_BUILDID": "41",
    "BUILD_BUILDNUMBER": "20261122.1",
    "BUILD_SOURCEBRANCH": "refs/heads/main",
    "BUILD_SOURCEVERSION": "abc123",
}
GITHUB_PUSH = {
    "GITHUB_ACTIONS": "true",
    "CI": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "123456",
    "GITHUB_RUN_NUMBER": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_JOB": "e2e",
    "GITHUB_SHA": "abc123",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
}
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "azure": AZURE_JOB,
    "azure pull request": AZURE_JOB
    | {
        "BUILD_SOURCEBRANCH": "refs/pull/7/merge",
        "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/fix",
        "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
    },
    "azure release": {
        "TF_BUILD": "True",
        "SYSTEM_TEAMPROJECT": "Shop",
        "SYSTEM_HOSTTYPE": "release",
        "SYSTEM_JOBATTEMPT": "1",
        "BUILD_BUILDID": "41",
        "BUILD_BUILDNUMBER": "20261122.1",
        "RELEASE_RELEASEID": "9",
        "RELEASE_RELEASENAME": "Release-9",
        "RELEASE_RELEASEWEBURL": "https://dev.azure.com/acme/Shop/_release?releaseId=9",
        "RELEASE_ENVIRONMENTURI": "vstfs:///ReleaseManagement/Environment/91",
        "RELEASE_ENVIRONMENTNAME": "Staging",
        "RELEASE_ATTEMPTNUMBER": "1",
    },
    "github": GITHUB_PUSH,
    "github pull request": GITHUB_PUSH
    | {
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_REF_NAME": "7/merge",
        "GITHUB_HEAD_REF": "fix",
        "GITHUB_BASE_REF": "main",
    },
    "gitlab": {
        "GITLAB_CI": "true",
        "CI": "true",
        "CI_PIPELINE_IID": "8",
        "CI_JOB_NAME": "e2e",
        "CI_JOB_URL": "https://gitlab.example.com/acme/shop/-/jobs/8",
        "CI_PROJECT_PATH": "acme/shop",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "fix",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_COMMIT_SHA": "abc123",
    },
    "jenkins": {
        "JENKINS_URL": "https://jenkins.example.com/",
        "BUILD_NUMBER": "5",
        "BUILD_URL": "https://jenkins.example.com/job/shop/5/",
        "JOB_NAME": "shop",
        "CHANGE_BRANCH": "fix",
        "CHANGE_TARGET": "main",
        "CHANGE_ID": "7",
        "GIT_COMMIT": "abc123",
    },
    "console": {},
}


@pytest.fixture
def shop(emulator: Callable[..., Any]) -> Any:
    """An emulator whose plan, suites, cases and configurations are named by an enemy as well."""
    return emulator(deepcopy(SHOP))


@pytest.fixture
def surroundings(tmp_path: Path, shop: Any) -> Callable[..., dict[str, str]]:
    """`surroundings("github", …)` is that host's environment, its files and folders made."""

    def of(name: str, **more: str) -> dict[str, str]:
        environment = {**ENVIRONMENTS[name]}
        if name.startswith("azure"):
            (tmp_path / "_temp").mkdir(exist_ok=True)
            environment |= {
                "SYSTEM_COLLECTIONURI": f"{shop.url}/",
                "AGENT_TEMPDIRECTORY": str(tmp_path / "_temp"),
            }
            environment["SYSTEM_ACCESSTOKEN"] = TOKEN
        else:
            environment |= {"ADO_PUBLISHER_ORGANIZATION_URL": shop.url, "ADO_PUBLISHER_PROJECT": "Shop"}
            environment["ADO_PUBLISHER_TOKEN"] = TOKEN
        if name.startswith("github"):
            for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
                (tmp_path / variable).touch()
                environment[variable] = str(tmp_path / variable)
        return environment | more

    return of


def a_test(name: str, *inside: str, **properties: str) -> str:
    """A testcase element; its properties name cases and whatever else."""
    told = "".join(
        f"<property name={_quoted(key)} value={_quoted(text)}/>" for key, text in properties.items()
    )
    held = f"<properties>{told}</properties>" if told else ""
    return f"<testcase name={_quoted(name)} classname={_quoted(name)}>{held}{''.join(inside)}</testcase>"


def _quoted(text: str) -> str:
    # As references, so that the parser keeps line ends as they are.
    ends = {"\r": "&#13;", "\n": "&#10;", "\x85": "&#133;", "\x07": ""}
    return quoteattr(text, ends)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Reports that attack by names, messages, suites, properties, outputs and names of files."""
    cases = [a_test(attack) for attack in ATTACKS]  # unmatched, all of them
    for number, attack in zip((101, 102, 103), (EVIL, "::error::x", "##[error]x"), strict=True):
        failure = f"<failure message={_quoted(attack)} type={_quoted(attack)}>{attack}</failure>"
        output = f"<system-out>[[ATTACHMENT|{EVIL}.png]]\n{attack}</system-out>"
        cases.append(a_test(attack, failure + output, test_case_id=str(number), browser=attack))
    cases.append(a_test(EVIL, f"<skipped message={_quoted(EVIL)}/>", test_case_id="102"))
    cases.append(a_test("::error::unknown", test_case_id=f"999,{EVIL}"))
    (tmp_path / f"{EVIL}.png").write_bytes(b"not really")
    body = f"<testsuite name={_quoted(EVIL)} package='::error::x'>{''.join(cases)}</testsuite>"
    (tmp_path / "report.xml").write_text(body, encoding="utf-8")
    (tmp_path / f"::error::\x1b[31m{EVIL}\n::set-output name=a::b.xml").write_text(
        "<testsuite", encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Two tests that reach their points, one of them failed."""
    cases = a_test("one", test_case_id="101") + a_test("two", "<failure message='no'/>", test_case_id="102")
    path = tmp_path / "report.xml"
    path.write_text(f'<testsuite name="Web">{cases}</testsuite>', encoding="utf-8")
    return path


@pytest.fixture
def publish(cli: Callable[..., Any]) -> Callable[..., Any]:
    """`publish(environment, …)` runs the command under these variables alone."""

    def run(environment: Mapping[str, str], *arguments: str) -> Any:
        return cli("publish", "*.xml", "--plan", "10", *arguments, env=environment)

    return run
