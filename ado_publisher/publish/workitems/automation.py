"""What a test case says of the automated test behind it. Pure."""

from __future__ import annotations

import uuid

from ado_publisher.ado import workitems
from ado_publisher.model import TestResult
from ado_publisher.publication import storage_of
from ado_publisher.text import clean, short_name

AUTOMATED = "Automated"
# Any fixed one would do: the id of a test is the same wherever and whenever it is made from its name.
_NAMESPACE = uuid.UUID("7d3a3c0e-6a55-5d0c-9a3c-0f1f5b7c2a11")
FIELDS = (
    workitems.TEST_NAME,
    workitems.TEST_STORAGE,
    workitems.TEST_TYPE,
    workitems.TEST_ID,
    workitems.AUTOMATION,
)


def automated_fields(result: TestResult, name: str) -> dict[str, str]:
    """The five fields that associate a test case with its automated test of that name.

    They are written together: the service refuses Automated without a name (azure-devops.md section 1).
    """
    return {
        workitems.TEST_NAME: name,
        workitems.TEST_STORAGE: line(storage_of(result)),
        workitems.TEST_TYPE: line(result.test_type),
        workitems.TEST_ID: str(uuid.uuid5(_NAMESPACE, name)),
        workitems.AUTOMATION: AUTOMATED,
    }


def name_of(result: TestResult) -> str:
    """The automated test name as a test case holds it."""
    return line(result.automated_name)


def line(text: str) -> str:
    """The text as a field of one line takes it."""
    return short_name(" ".join(clean(text).split()), workitems.LINE_LIMIT)
