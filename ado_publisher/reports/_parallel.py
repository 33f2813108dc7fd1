"""Several reports looked at by several processes, where that pays.

Only for what is small when it is done: results themselves cost nearly as much to send back as to read
(docs/performance.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

# Below this a worker costs more than it saves.
_LEAST_BYTES = 8 * 1024 * 1024
T = TypeVar("T")


def mapped(work: Callable[[str], T], paths: Sequence[str]) -> Iterator[T]:
    """`work` done for each path, in the order of the paths; in processes of their own where that pays.

    Where a worker is killed its work is done here, so that what is wrong is told as always.
    """
    if not _worth_it(paths):
        yield from map(work, paths)
        return
    # A fifth of the start-up, which one small report need not wait for.
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(min(_processors(), len(paths)), get_context("fork")) as pool:
        asked: list[Future[T]] = [pool.submit(work, path) for path in paths]
        for path, future in zip(paths, asked, strict=True):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield work(path)


def _worth_it(paths: Sequence[str]) -> bool:
    """There are processors to spare, and enough to read, in more than one file."""
    if len(paths) < 2 or not hasattr(os, "fork") or _processors() < 2:
        return False
    return sum(map(_size, paths)) >= _LEAST_BYTES


def _processors() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system has it
        return os.cpu_count() or 1


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116  # a path that cannot exist is no error here
    except (OSError, ValueError):
        return 0
