"""What new work items are called, and the paths that people write. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ado_publisher.model import TestResult
from ado_publisher.publish.workitems.automation import line, name_of

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def titles(results: Sequence[TestResult]) -> list[str]:
    """A title for each: the test's name, with its class in front where two would be equal otherwise."""
    plain = [line(result.name) for result in results]
    counts = Counter(title.casefold() for title in plain)
    return [
        name_of(result) if title and counts[title.casefold()] > 1 else title
        for result, title in zip(results, plain, strict=True)
    ]


def area_path(path: str, project: str) -> str:
    """An area or iteration as the service spells it: by backslashes, from the project's own node on."""
    steps = [step.strip() for step in re.split(r"[\\/]", path) if step.strip()]
    # A project that is given by its id has a name that only the service knows.
    if not _GUID.fullmatch(project) and [step.casefold() for step in steps[:1]] != [project.casefold()]:
        steps.insert(0, project)
    return "\\".join(steps)
