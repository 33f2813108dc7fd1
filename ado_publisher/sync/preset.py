"""How Azure DevOps and TestRail belong together, field by field (facts/sync.md 1.4). Pure."""

from __future__ import annotations

from ado_publisher.sync.model import CASE, CONTAINER, Policy, Side
from ado_publisher.sync.rules import FieldRule, Integration

_INTO_ADO, _INTO_REMOTE = frozenset({Side.ADO}), frozenset({Side.REMOTE})
SIDES = {"both": frozenset(Side), "ado": _INTO_ADO, "testrail": _INTO_REMOTE, "none": frozenset[Side]()}


def ado_testrail(policy: Policy, suites: str = "both", cases: str = "both") -> tuple[Integration, ...]:
    """Suites and sections, test cases and test cases. `suites` and `cases` say where new ones are made for
    the other side's: both, ado, testrail or none.
    """
    parent = FieldRule("@container", "@container", link=CONTAINER, policy=policy)
    return (
        Integration(CONTAINER, (FieldRule("title", "title", policy=policy), parent), SIDES[suites]),
        Integration(
            CASE,
            (
                FieldRule("title", "title", policy=policy),
                FieldRule("text", "text", policy=policy),
                parent,
                FieldRule("id", "azure_devops_id", _INTO_REMOTE),
                FieldRule("url", "azure_devops_url", _INTO_REMOTE),
                FieldRule("twin_id", "id", _INTO_ADO),
                FieldRule("twin_url", "url", _INTO_ADO),
            ),
            SIDES[cases],
        ),
    )
