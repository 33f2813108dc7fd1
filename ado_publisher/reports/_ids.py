"""Test case ids where people usually put them: tags, labels, traits, annotations, links, names of properties.

What is found becomes the property `test_case_id`, which matching looks at without any configuration. Only
what names itself a test case counts: a bare number in a tag may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ado_publisher.model import Properties

ID_PROPERTY = "test_case_id"
_NAMES = "|".join(
    (
        r"tc",
        r"test[-_ .]?case(?:[-_ .]?id)?",
        r"test[-_ .]?id",
        r"case[-_ .]?id",
        # "azure" or "ado" alone may be anything.
        r"azure[-_ .]?(?:devops[-_ .]?)?(?:test[-_ .]?case(?:[-_ .]?id)?|tc|id)",
        r"ado[-_ .]?(?:test[-_ .]?case(?:[-_ .]?id)?|tc|id)",
        r"tms(?:[-_ .]?id)?",
        r"as[-_]id",
    )
)
_TAG = re.compile(rf"@?(?:{_NAMES})[-_ :=#(]*(\d{{1,10}})\)?", re.IGNORECASE)
_NAME = re.compile(_NAMES, re.IGNORECASE)
_VALUE = re.compile(r"(?:@?(?:tc|c)?[-_ #:]*)?(\d{1,10})", re.IGNORECASE)
_LINK = re.compile(
    r"(?:_workitems/edit/|[?&]workitem=|_workItems\?id=|/TC-?)(\d{1,10})(?:[/?#]|$)", re.IGNORECASE
)


def of_tags(tags: Iterable[str]) -> Iterator[str]:
    """The ids in tags such as `TC123`, `@tc:123`, `TestCaseId=123`, `test_case_id(123)`."""
    for tag in tags:
        if found := _TAG.fullmatch(tag.strip()[:80]):
            yield found[1]


def of_pair(name: str, value: str) -> str | None:
    """The id in a named value, such as a trait `TestCaseId` = `123`, or `TestCase` = `TC-123`."""
    if not _NAME.fullmatch(name.strip()[:80]):
        return None
    found = _VALUE.fullmatch(value.strip()[:80])
    return found[1] if found else of_link(value)


def of_link(address: str) -> str | None:
    """The id in the address of a work item."""
    found = _LINK.search(address[:2000])
    return found[1] if found else None


def with_ids(
    pairs: Iterable[tuple[str, str]], tags: Iterable[str] = (), links: Iterable[str] = ()
) -> Properties:
    """Properties, then each tag as `tag`, each link as `link`, and the test case ids of properties and tags.

    A link is no id: most work items that a test links to are stories and bugs.
    """
    pairs, tags = list(pairs), list(tags)
    ids = dict.fromkeys(of_tags(tags))
    ids |= dict.fromkeys(
        found for name, value in pairs if name != ID_PROPERTY and (found := of_pair(name, value))
    )
    stated = {value for name, value in pairs if name == ID_PROPERTY}
    return (
        *pairs,
        *(("tag", tag) for tag in tags),
        *(("link", link) for link in links),
        *((ID_PROPERTY, found) for found in ids if found not in stated),
    )
