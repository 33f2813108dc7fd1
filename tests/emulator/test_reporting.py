"""The feed of changed work items."""

import pytest
from support.emulator_work import work_seed

PATH = "wit/reporting/workitemrevisions"


@pytest.fixture
def shop(start):
    return start(work_seed(hidden_areas=["Secret"]))


def everything(shop, **query):
    """Every item, page by page."""
    found, token = [], {}
    while True:
        batch = shop.get(PATH, includeLatestOnly="true", **query, **token)
        found += batch["values"]
        if batch["isLastBatch"]:
            return found, batch["continuationToken"]
        token = {"continuationToken": batch["continuationToken"]}


def test_all_work_items_that_may_be_seen_are_told_once_each(shop):
    whole, _ = everything(shop)
    paged, _ = everything(shop, **{"$maxPageSize": 1})
    assert whole == paged
    ids = [item["id"] for item in whole]
    assert len(ids) == len(set(ids)) > 3
    assert all(item["fields"]["System.Rev"] == item["rev"] for item in whole)


def test_only_what_changed_since_then_and_of_these_types_is_told(shop):
    whole, token = everything(shop)
    again, same = everything(shop, continuationToken=token)
    assert (again, same) == ([], token)
    number = next(item["id"] for item in whole if item["fields"]["System.WorkItemType"] == "Test Case")
    patch = [{"op": "add", "path": "/fields/System.Title", "value": "another"}]
    answer = shop.call(
        "PATCH", f"wit/workitems/{number}", patch, headers={"Content-Type": "application/json-patch+json"}
    )
    assert answer.status_code == 200, answer.text
    changed, _ = everything(shop, continuationToken=token)
    assert [item["id"] for item in changed] == [number]
    since = changed[0]["fields"]["System.ChangedDate"]
    assert [item["id"] for item in everything(shop, startDateTime=since)[0]] == [number]
    assert everything(shop, startDateTime=since, types="Bug")[0] == []
    assert everything(shop, startDateTime=since, types="bug,TEST CASE", fields="System.Id")[0] == [
        {"id": number, "rev": changed[0]["rev"], "fields": {"System.Id": number}}
    ]


def test_a_token_that_is_none_is_refused(shop):
    answer = shop.call("GET", f"{PATH}?includeLatestOnly=true&continuationToken=x")
    assert answer.status_code == 400
