"""Runs that name a classic release and its stage: linked where both are known, refused otherwise."""

import pytest
from support.emulator_seed import small_seed

RELEASE = "vstfs:///ReleaseManagement/Release/"
STAGE = "vstfs:///ReleaseManagement/Environment/"
RELEASES = [
    {
        "id": 7,
        "name": "Release-7",
        "definition": {"id": 2, "name": "web-cd"},
        "environments": [{"id": 71, "name": "Staging"}, {"name": "Production"}],
    },
    {"name": "Release-8"},
]


@pytest.fixture
def shop(start):
    """`shop(**behaviours)` serves a project that has releases."""

    def serve(**behaviours):
        seed = small_seed(behaviours=behaviours)
        seed["projects"][0]["releases"] = RELEASES
        return start(seed)

    return serve


def named(release, stage=None):
    return {"releaseUri": f"{RELEASE}{release}"} | (
        {"releaseEnvironmentUri": f"{STAGE}{stage}"} if stage else {}
    )


def test_a_run_is_linked_to_the_release_and_stage_it_names(shop):
    service = shop()
    run = service.planned_run(1, **named(7, 71))
    shown = service.get(f"test/runs/{run}")
    assert shown["release"]["name"] == "Release-7"
    assert (shown["release"]["id"], shown["release"]["environmentId"]) == (7, 71)
    assert shown["release"]["environmentName"] == "Staging"
    assert shown["release"]["definitionId"] == 2
    assert shown["releaseUri"] == f"{RELEASE}7"
    state = service.emulator.state()
    assert (state["runs"][0]["release_id"], state["runs"][0]["release_environment_id"]) == (7, 71)
    shop_state = next(project for project in state["projects"] if project["name"] == "Shop")
    assert [
        (item["id"], [stage["id"] for stage in item["environments"]]) for item in shop_state["releases"]
    ] == [
        (1, [2]),
        (7, [71, 1]),
    ]


def test_a_run_may_name_its_release_by_ids(shop):
    service = shop()
    run = service.planned_run(1, releaseReference={"id": 7, "environmentId": 1})
    assert service.get(f"test/runs/{run}")["release"]["environmentName"] == "Production"


@pytest.mark.parametrize(("release", "stage"), [(9, 71), (7, 2), (7, 99), (8, 71), ("x", 71), (9, None)])
def test_an_unknown_release_or_stage_is_refused_in_the_services_words(shop, release, stage):
    service = shop()
    answer = service.call("POST", "test/runs", {"name": "r", **named(release, stage)})
    assert (answer.status_code, answer.json()["typeKey"]) == (400, "InvalidPropertyException")
    assert answer.json()["message"] == (
        f"Release environment with release uri {RELEASE}{release} and environment uri "
        f"{f'{STAGE}{stage}' if stage else ''} cannot be found."
    )
    assert service.emulator.state()["runs"] == []


def test_a_release_of_another_project_is_unknown(shop):
    service = shop()
    service.project = "Other"
    assert service.call("POST", "test/runs", {"name": "r", **named(7, 71)}).status_code == 400


def test_a_release_without_a_stage_is_linked_or_refused(shop):
    for value, linked in (("accepted", [7]), ("refused", [])):
        service = shop(release_without_stage=value)
        service.call("POST", "test/runs", {"name": "r", **named(7)})
        assert [run["release_id"] for run in service.emulator.state()["runs"]] == linked


def test_a_run_is_linked_later_and_found_by_its_release(shop):
    service = shop()
    run = service.planned_run(1)
    assert service.call("PATCH", f"test/runs/{run}", named(9, 9)).status_code == 400
    service.patch(f"test/runs/{run}", named(7, 71))
    updated = service.get(f"test/runs/{run}")["lastUpdatedDate"]
    when = {"minLastUpdatedDate": updated, "maxLastUpdatedDate": updated}
    assert service.get("test/runs", releaseIds=7, **when)["count"] == 1
    assert service.get("test/runs", releaseEnvIds=1, **when)["count"] == 0
