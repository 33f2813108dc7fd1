"""The test plans that a person named: by id, by name, by iteration, or the latest active one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import SettingsError
from ado_publisher.model import TestPlan
from ado_publisher.publish.named import instead

LATEST = "@latest"
ITERATION = "@iteration:"


def choose_plans(session: AdoSession, project: str, wanted: Sequence[str]) -> list[TestPlan]:
    """Every plan that was named, each once, in the order of the names.

    Raises one SettingsError with every name that leads to none, or to several plans.
    """
    known = _Known(session, project)
    found: dict[int, TestPlan] = {}
    problems: list[str] = []
    for name in wanted:
        try:
            plan = known.plan(name.strip())
        except SettingsError as error:
            problems.append(str(error))
        else:
            found[plan.id] = plan
    if problems:
        raise SettingsError("\n".join(problems))
    return list(found.values())


def choose_plan(session: AdoSession, project: str, wanted: Sequence[str]) -> TestPlan:
    """The one plan that was named. Raises SettingsError, also where several were."""
    plans = choose_plans(session, project, wanted)
    if len(plans) != 1:
        raise SettingsError(f"--plan: {len(plans)} test plans are named, and this takes one")
    return plans[0]


class _Known:
    """The project's plans, listed once and only when an id does not settle it."""

    def __init__(self, session: AdoSession, project: str) -> None:
        self.session = session
        self.project = project
        self._all: list[TestPlan] | None = None
        self._active: list[TestPlan] | None = None

    def plan(self, wanted: str) -> TestPlan:
        if wanted.startswith("@"):
            return self._by_word(wanted)
        if re.fullmatch(r"[0-9]{1,10}", wanted):
            plan = testplans.plan_by_id(self.session, self.project, int(wanted))
            if plan is not None:
                return plan
        return self._by_name(wanted)

    def _by_name(self, wanted: str) -> TestPlan:
        """The plan of that name; case decides only between two of them."""
        if self._all is None:
            self._all = testplans.plans(self.session, self.project)
        plans = self._all
        found = [plan for plan in plans if plan.name == wanted]
        found = found or [plan for plan in plans if plan.name.casefold() == wanted.casefold()]
        if len(found) == 1:
            return found[0]
        if found:
            raise SettingsError(
                f"--plan: {len(found)} test plans are named '{wanted}'; give an id: {_ids(found)}"
            )
        raise SettingsError(
            f"--plan: project '{self.project}' has no test plan with id or name '{wanted}'"
            + instead(wanted, [plan.name for plan in plans], "test plans")
        )

    def _by_word(self, wanted: str) -> TestPlan:
        if wanted.casefold() == LATEST:
            return self._latest()
        if wanted.casefold().startswith(ITERATION):
            return self._by_iteration(wanted[len(ITERATION) :])
        try:
            return self._by_name(wanted)
        except SettingsError as error:
            raise SettingsError(
                f"{error}. Words that begin with @ are {LATEST} and {ITERATION}PATH"
            ) from None

    def _active_plans(self) -> list[TestPlan]:
        if self._active is None:
            self._active = testplans.active_plans(self.session, self.project)
        if not self._active:
            raise SettingsError(f"--plan: project '{self.project}' has no active test plan")
        return self._active

    def _latest(self) -> TestPlan:
        # Plans without a date are older than any with one; of equal ones the younger has the higher id.
        return max(self._active_plans(), key=lambda plan: (plan.start_date, plan.id))

    def _by_iteration(self, path: str) -> TestPlan:
        wanted = _iteration(path, self.project)
        plans = self._active_plans()
        found = [plan for plan in plans if _iteration(plan.iteration, self.project) == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise SettingsError(
                f"--plan: {len(found)} active test plans are of iteration '{path}'; give an id: {_ids(found)}"
            )
        raise SettingsError(
            f"--plan: no active test plan is of iteration '{path}'"
            + instead(path, sorted({plan.iteration for plan in plans}), "active test plans with an iteration")
        )


def _iteration(path: str, project: str) -> str:
    """The path below the project's own node, as it is compared."""
    parts = [part.strip().casefold() for part in re.split(r"[\\/]", path) if part.strip()]
    return "\\".join(parts[1:] if parts[:1] == [project.casefold()] else parts)


def _ids(plans: Sequence[TestPlan]) -> str:
    return ", ".join(f"{plan.id} ('{plan.name}')" for plan in plans)
