"""Work items by their ids: whether each is a test case, and what it says of itself.

Asked at the level of the organization, so that one of another project is known for what it is.
Vendor page: wit/work-items (list); 200 ids a request (azure-devops.md section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ado_publisher.ado.fields import integer, part, text
from ado_publisher.ado.http import AdoSession, items_of
from ado_publisher.ado.versions import Operation

LIST_BY_ID = Operation("get work items by id", "GET", "/_apis/wit/workitems")
AT_ONCE = 200
_STATUS = "Microsoft.VSTS.TCM.AutomationStatus"
_NAME = "Microsoft.VSTS.TCM.AutomatedTestName"
_FIELDS = ("System.Title", "System.State", "System.WorkItemType", "System.TeamProject", _STATUS, _NAME)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A work item as the service shows it. Fields that its type does not have are empty."""

    id: int
    title: str
    kind: str
    state: str
    project: str
    automation_status: str
    automated_test_name: str


def cases_by_id(session: AdoSession, ids: Iterable[int]) -> dict[int, CaseFacts]:
    """What the credential sees of these work items; one that is not in it does not exist, or is hidden."""
    return {facts.id: facts for batch in batches(ids) for facts in batch_of(session, batch)}


def batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids, each once, as many as one request takes."""
    wanted = list(dict.fromkeys(ids))
    return (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))


def batch_of(session: AdoSession, ids: Iterable[int]) -> list[CaseFacts]:
    """What one request tells of at most 200 work items."""
    # "omit" puts a null in the place of each that is missing, where one bad id would refuse them all.
    query = {"ids": ",".join(map(str, ids)), "fields": ",".join(_FIELDS), "errorPolicy": "omit"}
    answer = session.call(LIST_BY_ID, {}, query=query)
    found = []
    for item in items_of(answer, LIST_BY_ID):
        if isinstance(item, dict):
            fields = part(item, "fields")
            said = {name: text(fields, name) for name in _FIELDS}
            found.append(
                CaseFacts(
                    id=integer(item),
                    title=said["System.Title"],
                    kind=said["System.WorkItemType"],
                    state=said["System.State"],
                    project=said["System.TeamProject"],
                    automation_status=said[_STATUS],
                    automated_test_name=said[_NAME],
                )
            )
    return found
