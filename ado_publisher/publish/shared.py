"""Many jobs, one run: opened once, written to by each job on its own, closed once.

Nobody waits for anybody. Each job posts results that carry its marker and leaves a small file on
the run when it has finished; `close` reads all of it back and has the last word on each point.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from ado_publisher.ado import attachments, sharedruns, testruns
from ado_publisher.ado.http import AdoSession, LostAnswer
from ado_publisher.ado.sharedruns import Crowning, SharedRow
from ado_publisher.drafts import RunDraft
from ado_publisher.errors import SettingsError
from ado_publisher.journal import ResultEntry, RunEntry, State
from ado_publisher.model import Outcome, TestRun
from ado_publisher.publication import COMMENT_LIMIT
from ado_publisher.publish.desk import Desk, Written, attach_files, note_refused, several, told_parts
from ado_publisher.publish.preparing import content_of, file_entries, results_of
from ado_publisher.text import cut, short_name

_JOB_FILE = re.compile(r"ado-publisher-job-(.*)-[0-9a-f]{8}\.json")
_WRITERS = 4
_CLOSED = re.compile(r"\[ado-publisher closed to ([0-9]{1,12})\]")
_ROUNDS = 5
_NAMELESS = "job"


@dataclass(frozen=True, slots=True)
class Expected:
    """The jobs that shall write to a run: so many, or these."""

    count: int = 0
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it stands in the run's comment."""
        return f"expects {','.join(self.names) if self.names else self.count}"


@dataclass(frozen=True, slots=True)
class Closed:
    """What `close` found: how many results and points, where it had the last word, who was missing."""

    run: TestRun
    results: int
    points: int
    crowned: tuple[int, ...]
    jobs: tuple[str, ...]
    missing: tuple[str, ...]
    problems: tuple[str, ...]
    failed: int


def expected(text: str) -> Expected:
    """`3` or `chrome,firefox`. Raises SettingsError for anything else."""
    if not text.strip():
        return Expected()
    if re.fullmatch(r"\s*0*[1-9][0-9]{0,5}\s*", text):
        return Expected(count=int(text))
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    wrong = [name for name in names if not re.fullmatch(r"(?=.*[^\W0-9])[\w .+-]{1,80}", name)]
    if wrong or not names:
        raise SettingsError(
            f"--expect: '{text}' is neither a number nor job names separated by commas "
            "(letters, digits, space, . + - _)"
        )
    return Expected(names=names)


def open_run(session: AdoSession, project: str, body: bytes, *, plan_id: int, marker: str) -> TestRun:
    """The open run with that marker, made now unless it is there: opening twice gives one run."""
    name = str(orjson.loads(body)["name"])
    found = testruns.find_run(session, project, plan_id, name, marker)
    if found is not None and found.state.lower() == "inprogress":
        return found
    try:
        return testruns.create_run(session, project, body)
    except LostAnswer:
        found = testruns.find_run(session, project, plan_id, name, marker)
        if found is None:
            raise
        return found


def shared_entry(session: AdoSession, project: str, draft: RunDraft, run: TestRun, key: str) -> RunEntry:
    """What the journal keeps of one job's part in a shared run."""
    content = content_of(results_of(draft))
    marker = f"[ado-publisher {key}-{content[:8]}]"
    points = [each.point for each in draft.results if each.point]
    cases = sharedruns.revisions(session, project, (point.case_id for point in points))
    bodies = {entry.point_id: entry for entry in results_of(draft)}
    results = []
    for each, point in ((each, each.point) for each in draft.results if each.point):
        comment = f"{cut(each.comment, COMMENT_LIMIT - len(marker) - 1, '… [cut]')} {marker}".strip()
        entry = bodies[point.id]
        body = sharedruns.addressed(entry.body, point, cases.get(point.case_id, 1), comment)
        results.append(ResultEntry(entry.point_id, body, entry.nested))
    return RunEntry(
        number=1,
        name=draft.name,
        marker=marker,
        plan_id=draft.plan_id or 0,
        body=b"{}",
        shared=True,
        run_id=run.id,
        url=run.url,
        results=tuple(results),
        files=tuple(file_entries(draft)),
    )


def write_shared(desk: Desk, entry: RunEntry, job: str) -> Written:
    """Post this job's results, attach its files, leave its file on the run. The run stays open.

    Raises SettingsError when the run is gone or closed, PostRefused when the service takes no
    such results, ServiceError when it stays away.
    """
    run = usable_run(desk.session, desk.project, entry.run_id or 0)
    ids = {each.point_id: each.result_id for each in entry.results if each.result_id}
    refused = {each.point_id: each.error for each in entry.results if each.state is State.REFUSED}
    waiting = [each for each in entry.results if each.state in (State.PENDING, State.SENDING)]
    # The same job from another folder, whose journal is not here, left its file when it had finished.
    left_before = left_its_file(desk.session, desk.project, entry, job)
    if left_before or any(each.state is State.SENDING for each in waiting):
        there = sharedruns.rows(desk.session, desk.project, run.id, entry.marker)
        arrived = {row.point_id: row.result_id for row in there if row.point_id is not None}
        ids |= arrived
        _note_done(desk, entry, arrived)
        waiting = [each for each in waiting if each.point_id not in arrived]

    def post(group: dict[int, bytes]) -> sharedruns.Added:
        desk.journal.mark_results(desk.publication, entry.number, list(group), State.SENDING)
        added = sharedruns.add_results(desk.session, desk.project, run.id, group, entry.marker)
        _note_done(desk, entry, added.ids)
        note_refused(desk, entry, added.refused)
        return added

    items = ((each.point_id, each.body, each.nested) for each in waiting)
    parts: dict[int, str] = {}
    for added in several(post, sharedruns.groups(items), _WRITERS):
        ids |= added.ids
        refused |= added.refused
        parts |= added.parts
    known = {point: number for point, number in ids.items() if number and number > 0}
    if len(known) < len(ids) and entry.files:
        there = sharedruns.rows(desk.session, desk.project, run.id, entry.marker)
        known |= {row.point_id: row.result_id for row in there if row.point_id is not None}
    files = () if left_before else entry.files
    problems = attach_files(desk, entry, run, known, files)
    if not left_before:
        _leave_job_file(desk, entry, run, job, len(ids))
    return Written(run, known, refused, len(files) - len(problems), tuple(problems), told_parts(parts))


def left_its_file(session: AdoSession, project: str, entry: RunEntry, job: str) -> bool:
    """The job has finished its part in the shared run before: its file is there."""
    return _job_file(entry, job) in attachments.names(session, project, entry.run_id or 0, None)


def usable_run(session: AdoSession, project: str, run_id: int) -> TestRun:
    """The open run of that id. Raises SettingsError when there is none, or when it is closed."""
    run = testruns.get_run(session, project, run_id)
    if run is None:
        raise SettingsError(f"--run: project '{project}' has no test run {run_id}; open one with `run open`")
    if run.state.lower() in ("completed", "aborted"):
        raise SettingsError(f"--run: test run {run_id} is {run.state} already: {run.url}; open a new one")
    return run


def close_run(session: AdoSession, project: str, run_id: int) -> Closed:
    """Have the last word on every point that several jobs wrote to, name missing jobs, complete the run."""
    usable_run(session, project, run_id)
    comment = testruns.comment_of(session, project, run_id)
    by_point: dict[int, list[SharedRow]] = {}
    for _ in range(_ROUNDS):
        by_point = _by_point(sharedruns.rows(session, project, run_id))
        crownings = [made for group in by_point.values() if (made := _crowning(group)) is not None]
        if not crownings:
            break
        # Read again: a job may have posted while the last words were written.
        sharedruns.crown(session, project, run_id, crownings)
    jobs = sorted(
        hit[1]
        for name in attachments.names(session, project, run_id, None)
        if (hit := _JOB_FILE.fullmatch(name))
    )
    done = testruns.finish_run(session, project, run_id)
    results = sum(len(group) for group in by_point.values())
    late = done.total - results
    problem = f"{late} results came while the run was being closed; their points may show them"
    return Closed(
        run=done,
        results=results,
        points=len(by_point),
        crowned=tuple(point for point, group in by_point.items() if len(group) > 1),
        jobs=tuple(jobs),
        missing=tuple(missing_jobs(comment, jobs)),
        problems=(problem,) if late > 0 else (),
        failed=sum(_gravest(group).counts_as_failed for group in by_point.values()),
    )


def _by_point(rows: Sequence[SharedRow]) -> dict[int, list[SharedRow]]:
    by_point: dict[int, list[SharedRow]] = {}
    for row in rows:
        if row.point_id is not None:
            by_point.setdefault(row.point_id, []).append(row)
    return by_point


def _gravest(group: Sequence[SharedRow]) -> Outcome:
    return min((row.outcome or Outcome.NOT_EXECUTED for row in group), key=lambda each: each.severity)


def _crowning(group: list[SharedRow]) -> Crowning | None:
    """The last write is what a point shows: of several results the worst is written last.

    The comment says up to which result it had the last word: who came later is put inside as
    well, and the worst of all is written once more.
    """
    if len(group) == 1:
        return None
    king = min(
        group, key=lambda row: ((row.outcome or Outcome.NOT_EXECUTED).severity, _had(row), row.result_id)
    )
    newest = max(row.result_id for row in group)
    if -_had(king) >= newest:
        return None
    inside = [row for row in group if row.result_id > -_had(king)]
    inside.sort(key=lambda row: (row.outcome or Outcome.NOT_EXECUTED).severity)
    mark = f"[ado-publisher closed to {newest}]"
    comment = f"{cut(_CLOSED.sub('', king.comment).strip(), COMMENT_LIMIT - len(mark) - 1, '…')} {mark}"
    return Crowning(king, tuple(inside), comment.strip())


def _had(row: SharedRow) -> int:
    """Minus the result up to which this one had the last word; 0 when it never had it."""
    told = _CLOSED.search(row.comment)
    return -int(told[1]) if told else 0


def missing_jobs(comment: str, jobs: Sequence[str]) -> list[str]:
    """Who the run's comment expects and who did not come, as a person would name them."""
    told = re.search(r"expects ([\w .+,-]+?)(?=[;\]]|$)", comment)
    if told is None:
        return []
    if told[1].strip().isdigit():
        # A job that names itself is one job, however often it published; nameless ones are told by content.
        named = [name for name in jobs if name != _NAMELESS]
        absent = int(told[1]) - len(set(named)) - (len(jobs) - len(named))
        return [f"{absent} of {told[1].strip()} jobs"] if absent > 0 else []
    return [name for name in told[1].split(",") if name.strip() not in jobs]


def _leave_job_file(desk: Desk, entry: RunEntry, run: TestRun, job: str, results: int) -> None:
    content = json.dumps({"job": job, "marker": entry.marker, "results": results}).encode()
    attachments.attach(
        desk.session,
        desk.project,
        run.id,
        None,
        name=_job_file(entry, job),
        content=content,
        kind="GeneralAttachment",
    )


def _job_file(entry: RunEntry, job: str) -> str:
    # Two legs of one job may bear the same name: the marker's end tells them apart.
    return f"ado-publisher-job-{_file_name(job)}-{entry.marker[-9:-1]}.json"


def _file_name(job: str) -> str:
    return short_name(re.sub(r"[^\w .+-]", "_", job) or _NAMELESS, 80)


def _note_done(desk: Desk, entry: RunEntry, ids: dict[int, int]) -> None:
    desk.journal.mark_result_ids(desk.publication, entry.number, ids)
    desk.journal.mark_results(desk.publication, entry.number, list(ids), State.DONE)
