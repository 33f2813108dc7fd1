"""The resources the emulator serves, as the service's OPTIONS answer lists them.

Ids, route templates and versions are the service's own: official clients look operations up by them.
"""

from __future__ import annotations

from typing import Any

from ado_publisher.emulator.resource_model import FLAVOURS, Resource
from ado_publisher.emulator.resource_wit import WIT

_RUN = "{project}/_apis/test/Runs/{runId}"
_PLAN = "{project}/_apis/test/Plans/{planId}"
_TESTPLAN = "{project}/_apis/{area}/Plans/{planId}"

RESOURCES: tuple[Resource, ...] = (
    Resource(
        "connectiondata",
        "00d9565f-ed9c-4a06-9a50-00e7896ccab4",
        "Location",
        "ConnectionData",
        "_apis/{resource}",
        1,
        always_preview=True,
    ),
    Resource(
        "resourceareas",
        "e81700f7-3be2-46de-8624-2eb35882fcaa",
        "Location",
        "ResourceAreas",
        "_apis/{resource}/{areaId}",
        1,
        "3.2",
        always_preview=True,
    ),
    Resource(
        "projects",
        "603fe2ac-9723-48b9-88ad-09305aa6c6e1",
        "core",
        "projects",
        "_apis/{resource}/{*projectId}",
        4,
    ),
    Resource(
        "builds",
        "0cd358e1-9217-4d94-8269-1c1ee6f93dcf",
        "Build",
        "Builds",
        "{project}/_apis/build/{resource}/{buildId}",
        7,
    ),
    Resource(
        "definitions",
        "dbeaf647-6167-421a-bda9-c9327b25e2e6",
        "Build",
        "Definitions",
        "{project}/_apis/build/{resource}/{definitionId}",
        7,
    ),
    Resource(
        "runs",
        "cadb3810-d47d-4a3c-a234-fe5f3be50138",
        "Test",
        "Runs",
        "{project}/_apis/test/{resource}/{runId}",
        3,
    ),
    Resource(
        "run-statistics",
        "0a42c424-d764-4a16-a2d5-5c85f87d0ae8",
        "Test",
        "Runs",
        "{project}/_apis/test/{resource}/{runId}/Statistics",
        3,
    ),
    Resource(
        "results",
        "4637d869-3a76-4468-8057-0bb02aa385cf",
        "Test",
        "Results",
        _RUN + "/{resource}/{testCaseResultId}",
        6,
    ),
    Resource(
        "results-query",
        "6711da49-8e6f-4d35-9f73-cef7a3c81a5b",
        "Test",
        "Results",
        "{project}/_apis/test/{resource}",
        6,
        "3.0",
    ),
    Resource(
        "iterations",
        "73eb9074-3446-4c44-8296-2f811950ff8d",
        "Test",
        "Iterations",
        _RUN + "/Results/{testCaseResultId}/{resource}/{iterationId}",
        3,
    ),
    Resource(
        "run-attachments",
        "4f004af4-a507-489c-9b13-cb62060beb11",
        "Test",
        "Attachments",
        _RUN + "/{resource}/{attachmentId}",
        1,
        "2.0",
        preview=1,
    ),
    Resource(
        "result-attachments",
        "2bffebe9-2f0f-4639-9af8-56129e9fed2d",
        "Test",
        "Attachments",
        _RUN + "/Results/{testCaseResultId}/{resource}/{attachmentId}",
        1,
        "2.0",
        preview=1,
    ),
    Resource(
        "points",
        "3bcfd5c8-be62-488e-b1da-b8289ce9299c",
        "Test",
        "Points",
        _PLAN + "/Suites/{suiteId}/{resource}/{pointIds}",
        2,
    ),
    Resource(
        "points-query",
        "b4264fd0-a5d1-43e2-82a5-b9c46b7da9ce",
        "Test",
        "Points",
        "{project}/_apis/test/{resource}",
        2,
        preview=2,
    ),
    Resource(
        "old-plans",
        "51712106-7278-4208-8563-1c96f40cf5e4",
        "Test",
        "Plans",
        "{project}/_apis/test/{resource}/{planId}",
        2,
        last_version="5.0",
    ),
    Resource(
        "old-suites",
        "7b7619a0-cb54-4ab3-bf22-194056f45dd1",
        "Test",
        "Suites",
        _PLAN + "/{resource}/{suiteId}",
        3,
        last_version="5.0",
    ),
    Resource(
        "old-suite-cases",
        "a4a1ec1c-b03f-41ca-8857-704594ecf58e",
        "Test",
        "Suites",
        _PLAN + "/{resource}/{suiteId}/{action}/{testCaseIds}",
        3,
    ),
    Resource(
        "plans",
        "0e292477-a0c2-47f3-a9b6-34f153d627f4",
        "testplan",
        "Plans",
        "{project}/_apis/{area}/{resource}/{planId}",
        1,
        "5.0",
        preview=1,
    ),
    Resource(
        "suites",
        "1046d5d3-ab61-4ca7-a65a-36118a978256",
        "testplan",
        "Suites",
        _TESTPLAN + "/{resource}/{suiteId}",
        1,
        "5.0",
        preview=1,
    ),
    Resource(
        "suites-of-case",
        "a4080e84-f17b-4fad-84f1-7960b6525bf2",
        "testplan",
        "Suites",
        "_apis/{area}/{resource}",
        3,
    ),
    Resource(
        "suite-test-cases",
        "a9bd61ac-45cf-4d13-9441-43dcd01edf8d",
        "testplan",
        "SuiteTestCase",
        _TESTPLAN + "/Suites/{suiteId}/TestCase/{testCaseId}",
        3,
        "5.1",
        preview=2,
    ),
    Resource(
        "test-points",
        "52df686e-bae4-4334-b0ee-b6cf4e6f6b73",
        "testplan",
        "TestPoint",
        _TESTPLAN + "/Suites/{suiteId}/TestPoint/{pointIds}",
        2,
        "5.1",
        preview=2,
    ),
    Resource(
        "configurations",
        "8369318e-38fa-4e84-9043-4b2a75d2c256",
        "testplan",
        "Configurations",
        "{project}/_apis/{area}/{resource}/{testConfigurationId}",
        1,
        "5.0",
        preview=1,
    ),
    Resource(
        "variables",
        "2c61fac6-ac4e-45a5-8c38-1c2b8fd8ea6c",
        "testplan",
        "Variables",
        "{project}/_apis/{area}/{resource}/{testVariableId}",
        1,
        "5.0",
        preview=1,
    ),
    Resource(
        "test-cases",
        "29006fb5-816b-4ff7-a329-599943569229",
        "testplan",
        "TestCases",
        "{project}/_apis/{area}/{resource}/{testCaseId}",
        1,
        "5.0",
        preview=1,
    ),
    Resource(
        "suite-entries",
        "d6733edf-72f1-4252-925b-c560dfe9b75a",
        "testplan",
        "SuiteEntry",
        "{project}/_apis/{area}/{resource}/{suiteId}",
        1,
        "5.0",
        preview=1,
    ),
    Resource(
        "test-history",
        "929fd86c-3e38-4d8c-b4b6-90df256e5971",
        "Test",
        "TestHistory",
        "{project}/_apis/test/Results/{resource}",
        2,
        "5.0",
        preview=2,
    ),
    Resource(
        "failure-types",
        "c4ac0486-830c-4a2a-9ef9-e8a1791a70fd",
        "testresults",
        "testfailuretype",
        "{project}/_apis/{area}/{resource}/{failureTypeId}",
        1,
        "5.0",
        always_preview=True,
        listed=False,
    ),
    *WIT,
)

BY_KEY = {resource.key: resource for resource in RESOURCES}

AREAS: tuple[tuple[str, str], ...] = (
    ("79134c72-4a58-4b42-976c-04e7115f32bf", "core"),
    ("5264459e-e5e0-4bd8-b118-0985e68a4ec5", "wit"),
    ("3b95fb80-fdda-4218-b60e-1052d070ae6b", "Test"),
    ("c2aa639c-3ccc-4740-b3b6-ce2a1e1d984e", "Test"),
    ("5d6898bb-45ec-463f-95f9-54d49c71752e", "build"),
    ("965220d5-5bb9-42cf-8d67-9b146df2a5a4", "Build"),
    ("e4c27205-9d23-4c98-b958-d798bc3f9cd4", "testplan"),
    ("c83eaf52-edf3-4034-ae11-17d38f25404c", "testresults"),
)


def number(version: str) -> float:
    """Return a version such as "7.1" as something that compares."""
    return float(version)


def versions(resource: Resource, flavour: str) -> tuple[str, str, int]:
    """Return maxVersion, releasedVersion and resourceVersion of a resource on a server flavour."""
    server = FLAVOURS[flavour]
    if resource.last_version and number(resource.last_version) <= number(server.max_version):
        return resource.last_version, resource.last_version, resource.revision
    if resource.always_preview:
        return server.max_version, "0.0", resource.revision
    if flavour == "server2020" and resource.preview:
        return server.max_version, "0.0", resource.preview
    return server.max_version, server.released_version, resource.revision


def location(resource: Resource, flavour: str) -> dict[str, Any]:
    """Return a resource as the OPTIONS answer lists it."""
    max_version, released, revision = versions(resource, flavour)
    return {
        "id": resource.id,
        "area": resource.area,
        "resourceName": resource.name,
        "routeTemplate": resource.route,
        "resourceVersion": revision,
        "minVersion": resource.min_version,
        "maxVersion": max_version,
        "releasedVersion": released,
    }
