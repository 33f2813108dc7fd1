"""The test case ids that a Katalon project gives a result: one look into a mapping. Pure."""

from __future__ import annotations

from ado_publisher.katalon.cases import case_id
from ado_publisher.katalon.content import CaseIds, KatalonProject
from ado_publisher.katalon.values import is_id
from ado_publisher.model import TestResult
from ado_publisher.values import shown

BOUND = "variable."
"""What the reports' reader puts before the name of a variable whose value the report tells."""


def case_ids(project: KatalonProject, result: TestResult) -> CaseIds:
    """The ids in the test case whose id is the result's name; none and no problem where it has none.

    The id of a `${variable}` is the value that the report tells for the result's data row; a value that it
    does not tell is a problem, and gives no id.
    """
    binding = project.bindings.get(case_id(result.name))
    if binding is None:
        return CaseIds()
    ids = dict.fromkeys(binding.ids)
    problems = list(binding.problems)
    for variable in binding.variables:
        told = dict(result.properties).get(BOUND + variable)
        if told is None:
            problems.append(
                f"{binding.place}: the report tells no test case id for the variable {variable!r} of this row"
            )
            continue
        for part in filter(None, map(str.strip, told.split(","))):
            if is_id(part):
                ids[int(part)] = None
            else:
                problems.append(f"{binding.place}: {variable!r} is {shown(part, 80)}, no id of a test case")
    return CaseIds(tuple(ids), binding.place if ids else "", tuple(problems))
