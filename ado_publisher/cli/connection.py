"""What a command that writes to Azure DevOps holds open: the session, the journal, the way to stop it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from ado_publisher import __version__, ci
from ado_publisher.ado.http import AdoSession, RetryPolicy
from ado_publisher.cli import host as speaking
from ado_publisher.cli.network import network_of
from ado_publisher.errors import ServiceError
from ado_publisher.journal import Journal, JournalError, State
from ado_publisher.settings import Settings

_IGNORE = "*\n"


@contextmanager
def session_for(settings: Settings, organization_url: str) -> Iterator[AdoSession]:
    """A session with the organization, under the settings' token."""
    session = AdoSession(
        organization_url,
        settings.token,
        credential=settings.source("token"),
        user_agent=f"ado-publisher/{__version__}",
        retry=RetryPolicy(budget=settings.retry_seconds),
        network=network_of(os.environ, organization_url),
        note=partial(speaking.warn, ci.detect(os.environ)),
    )
    try:
        yield session
    finally:
        session.close()


@contextmanager
def journal_at(settings: Settings, note: Callable[[str], None], *, needed: bool = False) -> Iterator[Journal]:
    """The journal's file; in memory for a dry run and, with a warning, where the place is read-only.

    A journal that is `needed` is a file, or a JournalError.
    """
    journal = Journal(None) if settings.dry_run and not needed else _opened(settings, note, needed)
    try:
        yield journal
    finally:
        journal.close()


def _opened(settings: Settings, note: Callable[[str], None], needed: bool) -> Journal:
    path = Path(settings.journal)
    try:
        if not settings.named("journal"):
            path.parent.mkdir(exist_ok=True)
            # The folder is ours: it shall not be committed with the tests that are published.
            (path.parent / ".gitignore").write_text(_IGNORE)
        return Journal(path)
    except (OSError, JournalError) as error:
        if isinstance(error, OSError) and (needed or settings.named("journal")):
            raise JournalError(f"{path}: the journal cannot be written: {error}") from error
        if needed or settings.named("journal") or path.exists():
            raise
        note(
            f"No journal can be written to {path} ({error}): an interrupted publish cannot be resumed. "
            "Name a place with --journal."
        )
        return Journal(None)


@contextmanager
def resumable(journal: Journal, named: str) -> Iterator[None]:
    """An error that leaves work behind tells the command that finishes it."""
    try:
        yield
    except ServiceError as error:
        pending = any(each.state is State.PENDING for each in journal.publications())
        if journal.path is None or not (pending or journal.deferred()):
            raise
        error.add_advice(f"Nothing is lost: what is left to do is in {named}. Finish it with\n"
                         f"  ado-publisher resume --journal {named}")  # fmt: skip
        raise


@contextmanager
def interruptible() -> Iterator[None]:
    """A pipeline that is cancelled sends SIGTERM: the run is then closed as after Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
