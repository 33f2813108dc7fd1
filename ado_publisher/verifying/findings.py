"""The rows of a verification, and the one way a check asks the service: whatever it answers is a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ado_publisher.ado.http import AdoSession
from ado_publisher.errors import CredentialError, ExitCode, ServiceError, SettingsError, Unreachable
from ado_publisher.verifying.content import Check, State

Found = TypeVar("Found")


class Findings:
    """Collects rows; nothing that goes wrong ends the verification."""

    def __init__(self, session: AdoSession) -> None:
        self.session = session
        self.checks: list[Check] = []

    def ok(self, check: str, subject: str, told: str, advice: str = "") -> None:
        """It is as a publish needs it."""
        self.checks.append(Check(check, subject, State.OK, told, advice))

    def warn(self, check: str, subject: str, told: str, advice: str = "") -> None:
        """A publish would work, though perhaps not as it was meant."""
        self.checks.append(Check(check, subject, State.WARNING, told, advice))

    def unchecked(self, check: str, subject: str, told: str, advice: str = "") -> None:
        """Nobody can say."""
        self.checks.append(Check(check, subject, State.UNCHECKED, told, advice))

    def problem(
        self, check: str, subject: str, told: str, advice: str = "", code: ExitCode = ExitCode.SETTINGS
    ) -> None:
        """A publish would fail, or reach less than it names."""
        self.checks.append(Check(check, subject, State.PROBLEM, told, advice, code))

    def tried(
        self, check: str, subject: str, ask: Callable[[], Found], *, scope: str = "", needed: bool = True
    ) -> Found | None:
        """What `ask` gives; None and a row where it fails. `scope` is the right that it takes.

        What is not `needed` is a warning only.
        """
        try:
            return ask()
        except SettingsError as wrong:
            self._failed(check, subject, str(wrong), "", ExitCode.SETTINGS, needed=needed)
        except CredentialError as refused:
            told = f"HTTP {refused.status}: the credential in {self.session.credential} has no right to it"
            advice = f"It needs {scope}." if scope else ""
            self._failed(check, subject, told, advice, ExitCode.SERVICE, needed=needed)
        except ServiceError as failed:
            if isinstance(failed, Unreachable):
                # What comes now is still tried, but not for minutes each.
                self.session.hurry()
            self._failed(check, subject, str(failed), "", ExitCode.SERVICE, needed=needed)
        return None

    def _failed(
        self, check: str, subject: str, told: str, advice: str, code: ExitCode, *, needed: bool
    ) -> None:
        if needed:
            self.problem(check, subject, told, advice, code)
        else:
            self.warn(check, subject, told, advice)
