"""What is noted while work items are changed: problems, what was refused, what a dry run would send."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ado_publisher.ado import workitems
from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import ServiceError
from ado_publisher.summary import Write


@dataclass(slots=True)
class Ledger:
    """Where to, whether anything may be written, and what became of it. Written to from several threads.

    `hides` tells what is not to be published.
    """

    session: AdoSession
    project: str
    hides: Callable[[str], bool]
    dry_run: bool = False
    problems: list[str] = field(default_factory=list)
    refused: int = 0
    sends: Counter[tuple[str, str]] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def told(self, problem: str) -> None:
        """Note what is wrong, once."""
        with self._lock:
            if problem not in self.problems:
                self.problems.append(problem)

    def refuse(self, what: str, error: ServiceError) -> str:
        """Note that the service refused one thing, and give its words; any other error is raised again."""
        why = workitems.refused_alone(error)
        if not why:
            raise error
        with self._lock:
            self.refused += 1
        self.told(f"{what}: {why}")
        return why

    def would_send(self, method: str, path: str, count: int = 1) -> None:
        """Note requests that a dry run leaves out; `path` begins behind `_apis/`."""
        with self._lock:
            self.sends[method, f"/{self.project}/_apis/{path}"] += count

    @property
    def writes(self) -> tuple[Write, ...]:
        """The requests that a dry run left out."""
        return tuple(Write(method, path, count) for (method, path), count in self.sends.items() if count)
