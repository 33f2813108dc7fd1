"""Where test cases that are made go to: suites by path, made where they are missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ado_publisher.ado import suites, testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import SettingsError
from ado_publisher.model import TestPlan, TestResult, TestSuite
from ado_publisher.publish.choosing import suites_chosen
from ado_publisher.publish.named import instead
from ado_publisher.publish.naming import suite_of
from ado_publisher.text import clean, short_name

_FIELDS = ("suite", "class")
_LIMIT = 255

Path = tuple[str, ...]


def check_template(template: str) -> None:
    """Raise SettingsError for a field in braces that does not exist."""
    for name in re.findall(r"\{([^{}]*)\}", template):
        if name not in _FIELDS:
            raise SettingsError(
                f"--new-case-suite: '{{{name}}}' is no field{instead(name, list(_FIELDS), 'fields')}"
            )


def path_of(template: str, result: TestResult) -> Path:
    """The names of the suites from below the root to the one meant; empty for the root itself.

    A name from the report makes one suite: what would divide it is replaced.
    """
    values = {"suite": suite_of(result), "class": result.class_name}
    filled = [
        re.sub(r"\{([^{}]*)\}", lambda hit: re.sub(r"[/\\]", "-", values[hit[1]]), piece)
        for piece in template.split("/")
    ]
    names = (short_name(" ".join(clean(name).split()), _LIMIT) for name in filled)
    return tuple(name for name in names if name)


@dataclass(slots=True)
class Suites:
    """The suites of one plan, and those that are made now. Not for several threads."""

    session: AdoSession
    project: str
    plan: TestPlan
    chosen: Sequence[str] = ()
    known: list[TestSuite] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = testplans.suites(self.session, self.project, self.plan)

    def problem(self, path: Path) -> str:
        """Why no test case can go there; empty where it can."""
        suite, missing = self._walk(path)
        if suite is not None and suite.kind != "static":
            return f"suite '{suite.path}' is {suite.kind}-based and fills itself"
        if self.chosen and not self._is_chosen(path, suite, missing):
            return f"suite '{shown(path)}' is not among those that --suite chooses"
        return ""

    def missing(self, path: Path) -> list[Path]:
        """The suites on the way that do not exist, outermost first."""
        _, names = self._walk(path)
        return [path[: len(path) - len(names) + count + 1] for count in range(len(names))]

    def ensure(self, path: Path) -> int:
        """The id of the suite, made with everything that is missing above it. Raises ServiceError."""
        suite, missing = self._walk(path)
        parent = suite.id if suite is not None else self.plan.root_suite_id
        for count, name in enumerate(missing, len(path) - len(missing) + 1):
            made = suites.create_suite(self.session, self.project, self.plan, parent, name)
            self.known.append(TestSuite(made, name, "/".join(path[:count]), parent))
            parent = made
        return parent

    def _walk(self, path: Path) -> tuple[TestSuite | None, Path]:
        """The deepest suite on the way that exists, and the names below it."""
        here: TestSuite | None = None
        parent: int | None = self.plan.root_suite_id
        for at, name in enumerate(path):
            below = [suite for suite in self.known if suite.parent_id == parent and suite.id != parent]
            # Upper and lower case decide only between two of them.
            named = [suite for suite in below if suite.name == name]
            named = named or [suite for suite in below if suite.name.casefold() == name.casefold()]
            if not named:
                return here, path[at:]
            here, parent = named[0], named[0].id
        return here, ()

    def _is_chosen(self, path: Path, suite: TestSuite | None, missing: Path) -> bool:
        everything = list(self.known)
        parent = suite.id if suite is not None else self.plan.root_suite_id
        # What does not exist yet is chosen as it would be if it did.
        for count, name in enumerate(missing, 1):
            whole = "/".join(path[: len(path) - len(missing) + count])
            everything.append(TestSuite(-count, name, whole, parent))
            parent = -count
        return parent in suites_chosen(everything, self.chosen)


def shown(path: Path) -> str:
    """The path as a person reads it."""
    return "/".join(path) or "the plan's root"
