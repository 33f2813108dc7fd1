"""Results written into a run that exists, many in one request.

Vendor page: test/results/update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ado_publisher.ado.bodies import extras_of, with_id, without_extras, without_steps
from ado_publisher.ado.fields import Json, integer, optional_integer
from ado_publisher.ado.http import AdoSession, LostAnswer
from ado_publisher.ado.testruns import TRIES, UPDATE_RESULTS, is_completed, rows_of
from ado_publisher.errors import ServiceError

BATCH = 1000
# The service takes 1,000; 100 is what Microsoft's own client sends (azure-devops-observed.md A5).
BATCH_WITH_SUB_RESULTS = 100
BATCH_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Results to be patched in one request: their bodies with ids, and whether sub-results are in them."""

    result_ids: tuple[int, ...]
    items: tuple[bytes, ...]
    nested: bool

    @property
    def body(self) -> bytes:
        """The JSON array to send."""
        return b"[" + b",".join(self.items) + b"]"

    def halves(self) -> tuple[Batch, Batch]:
        """The same work in two requests."""
        middle = len(self.items) // 2
        return (
            Batch(self.result_ids[:middle], self.items[:middle], self.nested),
            Batch(self.result_ids[middle:], self.items[middle:], self.nested),
        )

    def changed(self, change: Callable[[bytes], bytes]) -> Batch:
        """The same results with other bodies; the very same batch where nothing is another."""
        items = tuple(map(change, self.items))
        return self if items == self.items else Batch(self.result_ids, items, self.nested)

    def differing(self, other: Batch) -> set[int]:
        """The results that have another body in the other batch."""
        pairs = zip(self.result_ids, self.items, other.items, strict=True)
        return {number for number, mine, its in pairs if mine != its}

    def without(self, done: set[int]) -> Batch:
        """What is left when those results are written."""
        left = [pair for pair in zip(self.result_ids, self.items, strict=True) if pair[0] not in done]
        return Batch(tuple(number for number, _ in left), tuple(item for _, item in left), self.nested)


def batches(items: Iterable[tuple[int, bytes, bool]]) -> Iterator[Batch]:
    """Results (id, body, whether sub-results are inside) as requests.

    At most 1,000 in one (100 with sub-results) and at most 8 MiB; one result alone may be larger.
    """
    waiting: dict[bool, list[tuple[int, bytes]]] = {False: [], True: []}
    sizes = {False: 0, True: 0}
    for result_id, body, nested in items:
        most = BATCH_WITH_SUB_RESULTS if nested else BATCH
        if waiting[nested] and (len(waiting[nested]) >= most or sizes[nested] + len(body) > BATCH_BYTES):
            yield _batch(waiting[nested], nested)
            waiting[nested], sizes[nested] = [], 0
        waiting[nested].append((result_id, with_id(result_id, body)))
        sizes[nested] += len(body)
    for nested, group in waiting.items():
        if group:
            yield _batch(group, nested)


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the service did not take, by result id: results with its message; what of a result it refused
    although it took the rest; results whose steps it does not take.
    """

    results: dict[int, str] = field(default_factory=dict)
    parts: dict[int, str] = field(default_factory=dict)
    steps: set[int] = field(default_factory=set)

    def divided(self, batch: Batch, error: ServiceError) -> list[Batch]:
        """What is sent instead of a batch that was refused: without what may be the reason, or in halves."""
        lighter = batch.changed(without_steps) if "iteration" in str(error).lower() else batch
        if lighter is not batch:
            self.steps.update(batch.differing(lighter))
            return [lighter]
        if len(batch.items) > 1:
            return list(batch.halves())
        number = batch.result_ids[0]
        extras = extras_of(batch.items[0])
        if extras:
            self.parts[number] = f"{', '.join(extras)}: {error}"
            return [batch.changed(without_extras)]
        self.parts.pop(number, None)
        self.steps.discard(number)
        self.results[number] = str(error)
        return []


def update_results(
    session: AdoSession,
    project: str,
    run_id: int,
    batch: Batch,
    check: Callable[[], object] = lambda: None,
) -> Refusals:
    """Write one batch; gives what the service refused.

    A refused batch is sent again in halves until the results that it was refused for stand
    alone; those are tried without what is known to be refused by itself. Sub-results would be
    appended a second time: after a lost answer the results are read back, and only the ones that
    are still pending go again. `check` is called at the first refusal, and raises where the whole
    run is what is wrong.
    """
    refused = Refusals()
    work = [(batch, 1)]
    checks = iter([check])
    path = {"project": project, "run": run_id}
    while work:
        batch, tries = work.pop()
        try:
            answer = session.call(UPDATE_RESULTS, path, body=batch.body, repeatable=not batch.nested)
        except LostAnswer as lost:
            if tries >= TRIES:
                raise
            left = _still_pending(session, project, run_id, batch, session.looks(lost.slow))
            work += [(left, tries + 1)] if left.items else []
        except ServiceError as error:
            if error.status not in (400, 404, 413):
                raise
            next(checks, bool)()
            work += [(each, tries) for each in refused.divided(batch, error)]
        else:
            silent = batch.without(answered(answer.json))
            if silent.items:
                silent = _still_pending(session, project, run_id, silent, [None])
            if silent.items:
                next(checks, bool)()
            not_stored = "the service took the result and did not store it"
            refused.results.update(dict.fromkeys(silent.result_ids, not_stored))
    return refused


def _still_pending(
    session: AdoSession, project: str, run_id: int, batch: Batch, looks: Iterable[None]
) -> Batch:
    """What of the batch the run does not show as completed, however often one looks."""
    for _ in looks:
        batch = batch.without(
            {integer(row) for row in rows_of(session, project, run_id) if is_completed(row)}
        )
        if not batch.items:
            break
    return batch


def answered(answer: Json) -> set[int]:
    """The ids in the answer to a write: what is missing there was not written."""
    rows = answer.get("value") if isinstance(answer, dict) else None
    rows = rows if isinstance(rows, list) else []
    return {number for row in rows if isinstance(row, dict) and (number := optional_integer(row))}


def _batch(items: Sequence[tuple[int, bytes]], nested: bool) -> Batch:
    return Batch(tuple(result_id for result_id, _ in items), tuple(item for _, item in items), nested)
