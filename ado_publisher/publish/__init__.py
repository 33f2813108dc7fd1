"""The main job: read, match, plan, write. What was read is published, or listed with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ado_publisher.ado.http import AdoSession
from ado_publisher.drafts import FileDraft, RunDraft
from ado_publisher.errors import ServiceError, SettingsError, Unreachable
from ado_publisher.itemfacts import ItemFacts
from ado_publisher.journal import Journal, Publication, RunEntry, digest_of
from ado_publisher.matching import PlanView, match
from ado_publisher.model import Match, TestPlan, TestResult, TestRun
from ado_publisher.publish.desk import Note
from ado_publisher.publish.drafted import Drafted, drafted
from ado_publisher.publish.drafting import Part, RunPart, run_parts
from ado_publisher.publish.files import companion_files, run_files
from ado_publisher.publish.linking import choose_build
from ado_publisher.publish.looking import plans_of, view_of
from ado_publisher.publish.naming import check_template
from ado_publisher.publish.neighbours import doubled
from ado_publisher.publish.notices import notices
from ado_publisher.publish.preparing import (
    key_of,
    planned_posts,
    planned_writes,
    reads_of_runs,
    run_entries,
    with_contents,
)
from ado_publisher.publish.recording import write
from ado_publisher.publish.redacting import redacted_files, redactor_of
from ado_publisher.publish.request import PublishRequest
from ado_publisher.publish.shared import shared_entry, usable_run
from ado_publisher.publish.workitems.creating import Created, create_cases
from ado_publisher.publish.workitems.following import follow, is_asked
from ado_publisher.publish.workitems.paths import check_template as check_suite_template
from ado_publisher.redaction import Redactor
from ado_publisher.summary import Published, RunFacts, Target

__all__ = ["PublishRequest", "publish"]


def publish(
    request: PublishRequest,
    session: AdoSession,
    results: Sequence[TestResult],
    note: Note,
    journal: Journal,
    ends: Callable[[Published], int],
    seen: Callable[[PlanView], object] = lambda _: None,
) -> Published:
    """Publish the results to the plans' test points, linked to the build.

    `note` is told what a person should know while it happens; `ends` gives the exit code that
    `resume` ends with as well; `seen` is given the points that the matches rest on. Raises SettingsError
    for a name that the service does not know, ServiceError when it refuses the whole or stays away; the
    journal then knows what is left to do.
    """
    check_template(request.run_name)
    check_suite_template(request.new_cases.suite)
    shared = _shared_run(request, session)
    plans = plans_of(request, session, shared)
    link = choose_build(session, request.project, request.build)
    others = doubled(session, request.project, link.build, request.job) if link.build and request.job else ""
    for warning in filter(None, (link.warning, others)):
        note(warning)
    view = view_of(request, session, plans, results)
    keep_out = redactor_of(request.redaction, results)
    created = _created(request, session, plans, view, match(results, view, request.rules), keep_out)
    matches = created.matches
    seen(view)
    drafts = drafted(request, session, matches, keep_out)
    files, unusable = _files_of_run(request, drafts.parts, keep_out)
    runs = [_without(keep_out, run) for run in run_parts(request, plans, link, drafts.parts, files)]
    published = replace(
        _facts(request, created, view, drafts, unusable),
        plans=tuple(plans),
        runs=tuple(_run_facts(run, shared) for run in runs),
        build=link.build,
        notices=(
            *notices(request, link, view, drafts.points),
            *created.notices,
            *drafts.notices,
            *filter(None, (others,)),
        ),
    )
    key = _key(request, session, published)
    entries: Sequence[RunEntry] = run_entries([run.draft for run in runs], key)
    if request.dry_run:
        published = follow(request, session, published, drafts.points, drafts.known)
        return _with_plan(published, request.project, entries, session, shared=shared is not None)
    if shared is not None:
        draft = runs[0].draft if runs else RunDraft("", plans[0].id, ())
        entries = [shared_entry(session, request.project, draft, shared, key)]
    if not entries:
        return replace(published, requests=session.requests)
    entries = with_contents(entries)
    facts = {
        "exit_code": ends(published),
        "job": request.job_name,
        "work_items": is_asked(request, drafts.known),
    }
    publication = Publication(key, digest_of(entries), session.base, request.project, entries, facts)
    recognizable = bool(request.identity) or link.build is not None or shared is not None
    published = write(session, note, journal, published, publication, recognizable=recognizable)
    return follow(request, session, published, drafts.points, drafts.known)


def _facts(
    request: PublishRequest, created: Created, view: PlanView, drafts: Drafted, unusable: Sequence[str]
) -> Published:
    """What is known before anything is written; the plans, runs and the build come from elsewhere."""
    return Published(
        matches=created.matches,
        points_not_reached=_not_reached(view, created.matches),
        attachments_failed=len(drafts.chooser.problems) + len(unusable),
        attachments_skipped=len(drafts.chooser.inner.left_out),
        problems=(*view.gaps, *drafts.problems, *unusable),
        targets={part.slot: _target(part) for part in drafts.parts},
        unplanned={place: -number for number, (place, _) in enumerate(drafts.loose, 1)},
        refused=created.refused + len(view.gaps),
        writes=created.writes,
        dry_run=request.dry_run,
        items=ItemFacts(created.facts),
    )


def _created(
    request: PublishRequest,
    session: AdoSession,
    plans: Sequence[TestPlan],
    view: PlanView,
    matches: Sequence[Match],
    keep_out: Redactor,
) -> Created:
    if request.unmatched != "create":
        return Created(tuple(matches))
    try:
        return create_cases(request, session, plans, view, matches, keep_out.hides)
    except ServiceError as error:
        if isinstance(error, Unreachable):
            raise
        # Results that have their test case wait for nobody's right to make one.
        told = f"no test cases were made for those that have none: {str(error).splitlines()[0]}"
        return Created(tuple(matches), refused=1, notices=(told,))


def _without(keep_out: Redactor, run: RunPart) -> RunPart:
    """The run without what is not to be published in its own texts; those of its results are done."""
    name, comment = keep_out.text(run.draft.name), keep_out.text(run.draft.comment)
    return replace(run, draft=replace(run.draft, name=name, comment=comment))


def _not_reached(view: PlanView, matches: Sequence[Match]) -> int:
    """How many chosen points no result reached."""
    reached = {point.id for each in matches for point in each.points}
    return sum(point.id not in reached and point.id not in view.excluded for point in view.points)


def _shared_run(request: PublishRequest, session: AdoSession) -> TestRun | None:
    if not request.shared_run:
        return None
    if request.unmatched == "publish":
        raise SettingsError("--unmatched: a run of many jobs takes no results without a test point")
    return usable_run(session, request.project, request.shared_run)


def _key(request: PublishRequest, session: AdoSession, published: Published) -> str:
    build_id = published.build and published.build.id
    plans = [plan.id for plan in published.plans]
    return key_of((session.base, request.project, *plans, build_id, request.shared_run, *request.identity))


def _files_of_run(
    request: PublishRequest, parts: Sequence[Part], keep_out: Redactor
) -> tuple[list[FileDraft], list[str]]:
    if not parts:
        return [], []
    failed = any(part.draft.outcome.counts_as_failed for part in parts)
    beside, missing = companion_files(request.companions, request.attachments, failed=failed)
    named, unusable = run_files(request.run_files, request.attachments)
    context = [request.context_file] if request.context_file else []
    kept, large = redacted_files(keep_out, [*named, *beside, *context])
    return kept, [*unusable, *missing, *large]


def _run_facts(run: RunPart, shared: TestRun | None) -> RunFacts:
    name = shared.name if shared else run.draft.name
    return RunFacts(name, len(run.slots), plan_id=run.draft.plan_id, slots=run.slots)


def _target(part: Part) -> Target:
    point = part.draft.point
    if point is None:
        return Target(None, None, "", part.draft.outcome)
    return Target(point.case_id, point.id, point.configuration.name, part.draft.outcome)


def _with_plan(
    published: Published, project: str, entries: Sequence[RunEntry], session: AdoSession, *, shared: bool
) -> Published:
    writes = (*(planned_posts if shared else planned_writes)(project, entries), *published.writes)
    reads = Counter(session.sent) + Counter(dict(published.reads))
    if shared:
        cases = len({target.test_case_id for target in published.targets.values()})
        reads["get the test cases' revisions"] = -(-cases // 200)
        reads["list the run's attachments"] = 1
        reads["get the test run"] = reads.get("get the test run", 0) + 1
    elif entries:
        reads["list the run's results"] = reads_of_runs(entries)
    total = sum(reads.values()) + sum(write.count for write in writes)
    return replace(published, writes=writes, reads=tuple(reads.items()), requests=total)
