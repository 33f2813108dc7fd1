"""Azure DevOps as one side of a sync: suites, test cases, test runs and results of one test plan."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from ado_publisher.ado.http import AdoSession, LostAnswer
from ado_publisher.ado.workitems import AREA, ITERATION, Changed, refused_alone
from ado_publisher.errors import ServiceError
from ado_publisher.model import TestPlan
from ado_publisher.sync.connectors.ado.cases import AdoCases
from ado_publisher.sync.connectors.ado.checks import AdoChecks
from ado_publisher.sync.connectors.ado.runs import KINDS, AdoRuns
from ado_publisher.sync.connectors.ado.suites import KINDS_OF_SUITES, AdoSuites
from ado_publisher.sync.connectors.ado.verdicts import AdoVerdicts
from ado_publisher.sync.model import (
    CASE,
    CONTAINER,
    RESULT,
    RUN,
    VERDICT,
    Capabilities,
    Change,
    Done,
    FieldInfo,
    Outcome,
    Problem,
    Record,
    Ref,
    SyncAway,
)

# A plan of thousands of suites takes a few dozen requests to list, which is too much for every poll.
_SUITES_EVERY = 900.0
# Our clock and the service's may differ: what is known in its revision is not read again.
_CLOCKS = 600.0


class AdoConnector:
    """`id_field` and `url_field` are reference names; an empty area or iteration is the project's. The rest
    says which results count, as AdoRuns takes it.
    """

    name = "Azure DevOps"
    kinds: Mapping[str, Capabilities] = {
        CONTAINER: Capabilities(feed=False, listed_every=_SUITES_EVERY),
        CASE: Capabilities(lag=_CLOCKS, index_lag=30.0),
        **KINDS,
    }

    def __init__(
        self,
        session: AdoSession,
        project: str,
        plan: TestPlan,
        *,
        id_field: str = "Custom.TestRailID",
        url_field: str = "Custom.TestRailURL",
        area: str = "",
        iteration: str = "",
        steps: bool = False,
        all_runs: bool = False,
        since: float = 0.0,
        bugs: bool = True,
        step_results: bool = False,
        configuration: str = "",
        suites: Sequence[str] = KINDS_OF_SUITES,
    ) -> None:
        self.session = session
        self.project = project
        # Kinds that were listed to look for something, while nothing is written.
        self._looked: set[str] = set()
        self._markers = {"twin_id": id_field, "twin_url": url_field}
        self._suites = AdoSuites(session, project, plan, suites)
        constants = {name: value for name, value in ((AREA, area), (ITERATION, iteration)) if value}
        self._cases = AdoCases(
            session, project, plan, self._suites, self._markers, constants=constants, steps=steps
        )
        self._checks = AdoChecks(session, project, (id_field, url_field), constants, configuration)
        self._runs = AdoRuns(
            session,
            project,
            plan,
            all_runs=all_runs,
            since=since,
            bugs=bugs,
            steps=step_results,
            configuration=configuration,
            configurations=self._cases.configurations,
        )
        self._verdicts = AdoVerdicts(
            session, project, plan, configuration=configuration, home=self._cases.home
        )

    def now(self) -> float:
        """The service's clock, as the Date of its answers tells it."""
        return time.time() + self.session.clock_offset

    def check(self, *, create: bool = False, prove: bool = False) -> Iterator[Problem]:
        """Fields for markers, required ones, paths, the configuration; the plan was found before."""
        with _Away():
            found = list(self._checks.problems(create=create))
            yield from found
            cases = self._cases.unmarked() if prove and not found else None
            if cases:
                yield from self._checks.proof(cases)

    def schema(self, kind: str) -> Mapping[str, FieldInfo]:
        """The fields that records have; identity is not writable."""
        names = {
            CONTAINER: ("title", "text", "@container"),
            CASE: ("title", "text", "state", "steps", *self._markers, "@container"),
            RUN: ("title", "state"),
            RESULT: (),
            VERDICT: ("outcome", "text", "duration"),
        }[kind]
        found = {name: FieldInfo(name, required=name == "title") for name in names}
        fixed = ("id", "url", *(("outcome", "text", "duration", "bugs", "steps") if kind == RESULT else ()))
        return {**found, **{name: FieldInfo(name, writable=False) for name in fixed}}

    def changed(self, kind: str, since: float | None) -> Iterator[Ref]:
        """Test cases, runs and results by their time of change; suites are listed."""
        self._looked.clear()
        with _Away():
            if kind == VERDICT:
                yield from self._verdicts.listed(self._runs.synced_runs(since))
                return
            if kind in KINDS:
                yield from self._runs.changed(kind, since)
                return
            if kind == CONTAINER or since is None:
                self._suites.forget()
            records = self._suites.records() if kind == CONTAINER else self._cases.changed(since)
            yield from (Ref(record.id, record.rev) for record in records)

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Record]:
        """Those that are there; test cases also where they stand in no suite of the plan."""
        with _Away():
            if kind == VERDICT:
                yield from self._verdicts.read(ids)
            elif kind in KINDS:
                yield from self._runs.read(kind, ids)
            elif kind == CASE:
                yield from self._cases.records([int(number) for number in ids])
            else:
                if not set(ids) <= {str(suite.id) for suite in self._suites.synced()}:
                    self._suites.forget()
                yield from self._suites.records(ids)

    def write(self, kind: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One after the other; what the service refuses costs only itself."""
        self._looked.clear()
        if kind == VERDICT:
            with _Away():
                yield from self._verdicts.write(changes)
            return
        write = {CONTAINER: self._suites.write, CASE: self._cases.write, RUN: self._runs.write}[kind]
        for change in changes:
            try:
                record = write(change)
            except Changed as error:
                yield Outcome(Done.STALE, reason=str(error).splitlines()[0])
            except LostAnswer as error:
                raise SyncAway(f"Azure DevOps: {error}") from error
            except ServiceError as error:
                why = refused_alone(error)
                if not why:
                    raise SyncAway(f"Azure DevOps: {error}") from error
                yield Outcome(Done.REJECT, reason=f"Azure DevOps: {why}")
            else:
                yield Outcome(Done.OK, record.id, record.rev, record.fields)

    def find(self, kind: str, change: Change) -> str | None:
        """A test case or run by its marker, a suite by name and parent."""
        with _Away():
            if kind not in self._looked:
                # A crash leaves many to be looked for: one list serves them all, until something is written.
                self._looked.add(kind)
                self._suites.forget()
                self._runs.forget()
                self._verdicts.forget()
            if kind == CONTAINER:
                return self._suites.named(change)
            if kind == VERDICT:
                return self._verdicts.find(change)
            return self._cases.find(change) if kind == CASE else self._runs.find(change)


class _Away:
    """Whatever refuses the whole, or stays away, is told as that."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ServiceError):
            raise SyncAway(f"Azure DevOps: {error}") from error
