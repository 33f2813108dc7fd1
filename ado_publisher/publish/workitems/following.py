"""What follows when the runs are written: associations, links to requirements, bugs.

All of it is looked up before it is written, so that the same publish once more finishes what an
earlier one began, and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import ServiceError
from ado_publisher.publication import PointPlan
from ado_publisher.publish.redacting import redactor_of
from ado_publisher.publish.request import PublishRequest
from ado_publisher.publish.workitems.associating import associate, link_requirements
from ado_publisher.publish.workitems.bugs import bugs_of
from ado_publisher.publish.workitems.failing import Where, failures_of
from ado_publisher.publish.workitems.ledger import Ledger
from ado_publisher.summary import Published


def is_asked(request: PublishRequest, known: Mapping[int, tuple[int, ...]]) -> bool:
    """Something is to be done to work items; `known` are bugs that are known beforehand, by point."""
    return bool(request.associate != "never" or request.link_requirements or request.bugs.create or known)


def follow(
    request: PublishRequest,
    session: AdoSession,
    published: Published,
    points: Sequence[PointPlan],
    known: Mapping[int, tuple[int, ...]],
) -> Published:
    """Do what was asked for, and give the facts with what became of it.

    Raises ServiceError when the service stays away; it says what stands and how the rest is done.
    """
    if not is_asked(request, known):
        return published
    keep_out = redactor_of(request.redaction, (match.result for match in published.matches))
    ledger = Ledger(session, request.project, keep_out.hides, request.dry_run)
    try:
        published = _followed(request, ledger, published, points, known)
    except ServiceError as error:
        runs = ", ".join(f"{run.id} ({run.url})" for run in published.made)
        error.add_advice(
            "\n".join(filter(None, (error.advice, f"The results stand in test run {runs}." if runs else "")))
            + "\nWhat was asked for test cases, requirements and bugs is not finished: publishing the same"
            " reports again does the rest and doubles nothing."
        )
        raise
    return replace(
        published,
        problems=(*published.problems, *ledger.problems),
        refused=published.refused + ledger.refused,
        writes=(*published.writes, *ledger.writes),
        reads=(*published.reads, *ledger.reads.items()),
        requests=published.requests if request.dry_run else session.requests,
    )


def _followed(
    request: PublishRequest,
    ledger: Ledger,
    published: Published,
    points: Sequence[PointPlan],
    known: Mapping[int, tuple[int, ...]],
) -> Published:
    facts = published.items
    if request.associate != "never":
        facts = replace(facts, associated=associate(ledger, published.matches, request.associate))
    if request.link_requirements:
        pairs = link_requirements(ledger, published.matches, request.link_requirements)
        facts = replace(facts, requirements=pairs)
    if request.bugs.create or known:
        runs = {run.id: run for run in published.made}
        where = Where(published.targets, runs, published.build, request.branch)
        cases = failures_of(points, known, where)
        facts = replace(facts, bugs=bugs_of(ledger, request.bugs, cases, where))
    return replace(published, items=facts)
