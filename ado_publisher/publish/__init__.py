"""The main job: read, match, plan, write. What was read is published, or listed with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ado_publisher.ado import testplans
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.versions import CLOUD
from ado_publisher.drafts import FileDraft, RunDraft
from ado_publisher.errors import SettingsError
from ado_publisher.journal import Journal, Publication, RunEntry, digest_of
from ado_publisher.matching import MatchRules, PlanView, match, needs_automated_names
from ado_publisher.model import PipelineJob, Release, TestPlan, TestResult, TestRun
from ado_publisher.publication import (
    CLOUD_MESSAGE_LIMIT,
    SERVER_MESSAGE_LIMIT,
    Aggregation,
    PointPlan,
    plan_points,
)
from ado_publisher.publish.choosing import (
    BuildChoice,
    BuildLink,
    choose_build,
    choose_plan,
    choose_points,
)
from ado_publisher.publish.files import (
    AttachmentChooser,
    AttachmentPolicy,
    companion_files,
    run_files,
)
from ado_publisher.publish.naming import check_template, run_comment, run_name, suite_of, values_of
from ado_publisher.publish.preparing import (
    key_of,
    planned_posts,
    planned_writes,
    reads_of_runs,
    run_entries,
    with_contents,
)
from ado_publisher.publish.recording import write
from ado_publisher.publish.shared import shared_entry, usable_run
from ado_publisher.publish.writing import Note
from ado_publisher.summary import Published, RunFacts, Target


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """Where results go and by which rules. Texts are as a person gave them.

    `run_per` is publish, or suite: one run for each outermost suite of the reports.
    `identity` is what tells this publish from others of the same build: attempt, job, the user's key.
    `shared_run` is an open run of many jobs that the results go to, `job_name` what this one is called.
    `run_files` are globs, `companions` files beside the reports; `context_file` tells where the
    results come from. All of them go to the run.
    """

    project: str
    plan: str
    suites: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()
    build: BuildChoice = field(default_factory=BuildChoice)
    build_number: str = ""
    release: Release | None = None
    job: PipelineJob | None = None
    branch: str = ""
    run_name: str = "{build_number} {suite}"
    context: str = ""
    rules: MatchRules = field(default_factory=MatchRules)
    several: str = "worst"
    run_per: str = "publish"
    attachments: AttachmentPolicy = field(default_factory=AttachmentPolicy)
    run_files: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    context_file: FileDraft | None = None
    dry_run: bool = False
    identity: tuple[str, ...] = ()
    shared_run: int | None = None
    job_name: str = ""


def publish(
    request: PublishRequest,
    session: AdoSession,
    results: Sequence[TestResult],
    note: Note,
    journal: Journal,
    ends: Callable[[Published], int],
) -> Published:
    """Publish the results to the plan's test points, linked to the build.

    `note` is told what a person should know while it happens; `ends` gives the exit code that
    `resume` ends with as well. Raises SettingsError for a name that the service does not know, ServiceError
    when it refuses the whole or stays away; the journal then knows what is left to do.
    """
    check_template(request.run_name)
    shared = usable_run(session, request.project, request.shared_run) if request.shared_run else None
    plan = _plan(request, session, shared)
    link = choose_build(session, request.project, request.build)
    if link.warning:
        note(link.warning)
    view = _view(request, session, plan, results)
    matches = match(results, view, request.rules)
    chooser = AttachmentChooser(request.attachments)
    # After the first answer the session knows which server it speaks with.
    limit = CLOUD_MESSAGE_LIMIT if session.version == CLOUD else SERVER_MESSAGE_LIMIT
    aggregation = Aggregation(request.several, limit, request.rules.outcomes)
    points = plan_points(matches, aggregation, chooser.files_of)
    files, unusable = _files_of_run(request, points)
    drafts = _run_drafts(request, plan, link, points, files)
    published = Published(
        matches=tuple(matches),
        plan=plan,
        runs=tuple(RunFacts(shared.name if shared else d.name, len(d.results)) for d in drafts),
        build=link.build,
        attachments_failed=len(chooser.problems) + len(unusable),
        attachments_skipped=len(chooser.left_out),
        problems=(*_of_points(points), *chooser.problems, *unusable),
        notices=tuple(_notices(request, link, points)),
        targets={each.point.id: _target(each) for each in points},
        dry_run=request.dry_run,
    )
    target = (session.base, request.project, plan.id, link.build and link.build.id, request.shared_run)
    key = key_of((*target, *request.identity))
    entries: Sequence[RunEntry] = run_entries(drafts, key)
    if request.dry_run:
        return _with_plan(published, request.project, entries, session, shared=shared is not None)
    if shared is not None:
        draft = drafts[0] if drafts else RunDraft("", plan.id, ())
        entries = [shared_entry(session, request.project, draft, shared, key)]
    if not entries:
        return replace(published, requests=session.requests)
    entries = with_contents(entries)
    facts = {"exit_code": ends(published), "job": request.job_name}
    publication = Publication(key, digest_of(entries), session.base, request.project, entries, facts)
    recognizable = bool(request.identity) or link.build is not None or shared is not None
    return write(session, note, journal, published, publication, recognizable=recognizable)


def _plan(request: PublishRequest, session: AdoSession, shared: TestRun | None) -> TestPlan:
    if shared is None:
        return choose_plan(session, request.project, request.plan)
    if shared.plan_id is None:
        raise SettingsError(f"--run: test run {shared.id} belongs to no test plan; open one with `run open`")
    plan = choose_plan(session, request.project, request.plan or str(shared.plan_id))
    if plan.id != shared.plan_id:
        raise SettingsError(
            f"--run: test run {shared.id} belongs to test plan {shared.plan_id}, not to {plan.id}"
        )
    return plan


def _view(
    request: PublishRequest, session: AdoSession, plan: TestPlan, results: Sequence[TestResult]
) -> PlanView:
    points = testplans.points(session, request.project, plan)
    chosen = choose_points(
        session,
        request.project,
        plan,
        points,
        suites=request.suites,
        configurations=request.configurations,
        rule_configurations=[(rule.configuration, rule.label) for rule in request.rules.configurations],
    )
    cases = (
        testplans.cases(session, request.project, plan)
        if points and needs_automated_names(results, request.rules)
        else []
    )
    return PlanView(f"test plan {plan.id} '{plan.name}'", tuple(points), chosen, tuple(cases))


def _files_of_run(request: PublishRequest, points: Sequence[PointPlan]) -> tuple[list[FileDraft], list[str]]:
    if not points:
        return [], []
    failed = any(each.draft.outcome.counts_as_failed for each in points)
    beside, missing = companion_files(request.companions, request.attachments, failed=failed)
    named, unusable = run_files(request.run_files, request.attachments)
    context = [request.context_file] if request.context_file else []
    return [*named, *beside, *context], [*unusable, *missing]


def _run_drafts(
    request: PublishRequest,
    plan: TestPlan,
    link: BuildLink,
    points: Sequence[PointPlan],
    files: Sequence[FileDraft],
) -> list[RunDraft]:
    """One run for all points, or one for each suite of the reports.

    A point belongs to one run only, that of the suite which reached it first: two runs on one
    point would leave the last as its outcome, not the worst.
    """
    groups: dict[str, list[PointPlan]] = {}
    for each in points:
        key = suite_of(each.matches[0].result) if request.run_per == "suite" else ""
        groups.setdefault(key, []).append(each)
    drafts = [_run_draft(request, plan, link, group, suite) for suite, group in groups.items()]
    return [replace(draft, files=tuple(files)) for draft in drafts[:1]] + drafts[1:]


def _run_draft(
    request: PublishRequest, plan: TestPlan, link: BuildLink, points: Sequence[PointPlan], suite: str
) -> RunDraft:
    values = values_of(
        (match.result for each in points for match in each.matches),
        link,
        branch=request.branch,
        job=request.job.job if request.job else request.job_name,
        build_number=request.build_number,
    )
    values["suite"] = suite or values["suite"]
    return RunDraft(
        name=run_name(request.run_name, values, fallback=plan.name or f"Test plan {plan.id}"),
        plan_id=plan.id,
        results=tuple(each.draft for each in points),
        build_id=link.build.id if link.build else None,
        release=request.release,
        job=request.job if link.build else None,
        comment=run_comment(link, request.context),
    )


def _with_plan(
    published: Published, project: str, entries: Sequence[RunEntry], session: AdoSession, *, shared: bool
) -> Published:
    writes = tuple((planned_posts if shared else planned_writes)(project, entries))
    reads = dict(session.sent)
    if shared:
        cases = len({target.test_case_id for target in published.targets.values()})
        reads["get the test cases' revisions"] = -(-cases // 200)
        reads["list the run's attachments"] = 1
        reads["get the test run"] = reads.get("get the test run", 0) + 1
    elif entries:
        reads["list the run's results"] = reads_of_runs(entries)
    total = sum(reads.values()) + sum(write.count for write in writes)
    return replace(published, writes=writes, reads=tuple(reads.items()), requests=total)


def _notices(request: PublishRequest, link: BuildLink, points: Sequence[PointPlan]) -> list[str]:
    notices = [link.warning] if link.warning else []
    if link.build is None and not link.warning and not request.shared_run:
        notices.append("The run is made without a link to a build.")
    greener = [each.point.id for each in points if each.greener]
    if greener:
        notices.append(
            f"--several {request.several} shows {len(greener)} test points greener than their worst result: "
            + ", ".join(map(str, greener[:20]))
        )
    for said, shown in request.rules.outcomes.items():
        if shown.severity > said.severity and said.counts_as_failed and not shown.counts_as_failed:
            notices.append(f"The config's statuses show {said} as {shown}.")
    return notices


def _of_points(points: Sequence[PointPlan]) -> list[str]:
    return [f"test point {each.point.id}: {problem}" for each in points for problem in each.problems]


def _target(planned: PointPlan) -> Target:
    point = planned.point
    return Target(point.case_id, point.id, point.configuration.name, planned.draft.outcome)
