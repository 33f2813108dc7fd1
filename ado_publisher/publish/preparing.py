"""Drafts become journal entries: the bodies as they will be sent, the files, and what a run is known by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from ado_publisher.ado import runresults, testruns
from ado_publisher.ado.attachments import safe_name
from ado_publisher.ado.bodies import result_body, run_body
from ado_publisher.ado.sharedruns import groups
from ado_publisher.drafts import FileDraft, RunDraft
from ado_publisher.journal import (
    LARGEST_EMBEDDED,
    LARGEST_EMBEDDED_TOGETHER,
    FileEntry,
    ResultEntry,
    RunEntry,
)
from ado_publisher.publication import COMMENT_LIMIT
from ado_publisher.summary import Write
from ado_publisher.text import cut


def key_of(parts: Iterable[object]) -> str:
    """A short name for a publish: the same for the same build, attempt, job, leg, target and user's key."""
    return hashlib.sha256(orjson.dumps([str(part) for part in parts])).hexdigest()[:16]


def run_entries(drafts: Sequence[RunDraft], key: str) -> list[RunEntry]:
    """What the journal keeps of the runs, in the order in which they are made."""
    return [_run_entry(number, draft, key) for number, draft in enumerate(drafts, 1)]


def with_contents(entries: Iterable[RunEntry]) -> tuple[RunEntry, ...]:
    """The same with the files' contents inside, as far as they are small: another machine can go on then.

    A file that cannot be read now is left as a path, and told when it is its turn.
    """
    room = LARGEST_EMBEDDED_TOGETHER
    filled: list[RunEntry] = []
    for entry in entries:
        files: list[FileEntry] = []
        for file in entry.files:
            small = file.content is None and file.size <= min(LARGEST_EMBEDDED, room)
            content = _content(file) if small else file.content
            room -= len(content or b"")
            files.append(replace(file, content=content))
        filled.append(replace(entry, files=tuple(files)))
    return tuple(filled)


def _content(file: FileEntry) -> bytes | None:
    try:
        return file.read()
    except OSError:
        return None


def planned_writes(project: str, entries: Iterable[RunEntry]) -> list[Write]:
    """Every request that writing these runs would change something with."""
    base = f"/{project}/_apis/test/runs"
    counts: dict[tuple[str, str], int] = {}
    for entry in entries:
        batches = runresults.batches((0, each.body, each.nested) for each in entry.results)
        of_run = sum(file.point_id is None for file in entry.files)
        posted = groups((each.point_id, each.body, each.nested) for each in entry.results)
        for method, path, count in (
            ("POST", base, 1),
            ("PATCH", f"{base}/{{run}}/results", sum(1 for _ in batches) if entry.planned else 0),
            ("POST", f"{base}/{{run}}/results", 0 if entry.planned else sum(1 for _ in posted)),
            ("POST", f"{base}/{{run}}/results/{{result}}/attachments", len(entry.files) - of_run),
            ("PATCH", f"{base}/{{run}}", 1),
            ("POST", f"{base}/{{run}}/attachments", of_run),
        ):
            counts[method, path] = counts.get((method, path), 0) + count
    return [Write(method, path, count) for (method, path), count in counts.items() if count]


def planned_posts(project: str, entries: Iterable[RunEntry]) -> list[Write]:
    """Every request that one job's part in a shared run would change something with."""
    base = f"/{project}/_apis/test/runs/{{run}}"
    posts = {"results": 0, "results/{result}/attachments": 0, "attachments": 1}
    for entry in entries:
        items = ((each.point_id, each.body, each.nested) for each in entry.results)
        posts["results"] += sum(1 for _ in groups(items))
        of_run = sum(file.point_id is None for file in entry.files)
        posts["results/{result}/attachments"] += len(entry.files) - of_run
        posts["attachments"] += of_run
    return [Write("POST", f"{base}/{place}", count) for place, count in posts.items() if count]


def reads_of_runs(entries: Iterable[RunEntry]) -> int:
    """How many requests it takes to read the ids of the runs' pending results."""
    return sum(-(-len(entry.results) // testruns.READ_PAGE) for entry in entries if entry.planned)


def _run_entry(number: int, draft: RunDraft, key: str) -> RunEntry:
    results: tuple[ResultEntry, ...] = tuple(results_of(draft))
    # The content is part of it: what the service shows under this marker is this publish, and no other.
    content = content_of(results)
    marker = f"[ado-publisher {key}-{content[:8]}-{number}]"
    if draft.plan_id is None:
        results = tuple(_marked(entry, marker) for entry in results)
    comment = cut(draft.comment, COMMENT_LIMIT - len(marker) - 1, "… [cut]")
    body = orjson.loads(run_body(draft))
    body["comment"] = f"{comment} {marker}".strip()
    return RunEntry(
        number=number,
        name=draft.name,
        marker=marker,
        plan_id=draft.plan_id or 0,
        body=orjson.dumps(body),
        release_named=draft.release is not None and draft.release.named,
        results=results,
        files=tuple(file_entries(draft)),
    )


def results_of(draft: RunDraft) -> Iterator[ResultEntry]:
    """The run's results as the journal keeps them."""
    slots = zip(slots_of(draft), draft.results, strict=True)
    return (
        ResultEntry(slot, result_body(each), bool(each.children or each.iterations)) for slot, each in slots
    )


def content_of(results: Iterable[ResultEntry]) -> str:
    """What tells these results from others."""
    # One after the other: joined they would stand in memory a second time.
    total = hashlib.sha256()
    for each in results:
        total.update(each.body)
    return total.hexdigest()


def slots_of(draft: RunDraft) -> Iterator[int]:
    """What each result is known by within its run: its point's id or, without one, -1, -2, …"""
    return (each.point.id if each.point else -place for place, each in enumerate(draft.results, 1))


def _marked(entry: ResultEntry, marker: str) -> ResultEntry:
    """A result without a point is posted: after a lost answer its comment tells which one it is."""
    own = f"{marker[:-1]} #{-entry.point_id}]"
    body = orjson.loads(entry.body)
    said = cut(str(body.get("comment", "")), COMMENT_LIMIT - len(own) - 1, "… [cut]")
    body["comment"] = f"{said} {own}".strip()
    return replace(entry, body=orjson.dumps(body))


def file_entries(draft: RunDraft) -> Iterator[FileEntry]:
    """The files of the run's results, then those of the run, each under a name of its own."""
    owned: list[tuple[int | None, FileDraft]] = [
        (slot, file) for slot, each in zip(slots_of(draft), draft.results, strict=True) for file in each.files
    ]
    owned += [(None, file) for file in draft.files]
    # By its name an attachment is known again after a lost answer: it must be the only one there.
    taken: set[tuple[int | None, str]] = set()
    for number, (point, file) in enumerate(owned, 1):
        name = _free_name(point, safe_name(file.name), taken)
        path = Path(file.path) if file.path else None
        size = path.stat().st_size if path else len(file.content)
        content = file.content if path is None else None
        yield FileEntry(number, point, name, file.kind, file.path, content, size)


def _free_name(point: int | None, name: str, taken: set[tuple[int | None, str]]) -> str:
    stem, dot, ending = name.rpartition(".")
    candidate, count = name, 1
    while (point, candidate.lower()) in taken:
        count += 1
        candidate = f"{stem}-{count}.{ending}" if dot else f"{name}-{count}"
    taken.add((point, candidate.lower()))
    return candidate
