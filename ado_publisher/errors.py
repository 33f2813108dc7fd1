"""Every error this program raises on purpose, each with the exit code it ends in.

    PublisherError
      SettingsError      2   options, environment, config, or a name the service does not know
        ConfigError      2   the config file; carries every problem of the file
      ReportError        3   a report could not be read; carries file, line and column
      ServiceError       4   Azure DevOps refused, or stayed unreachable
        CredentialError  4   the token was not accepted
        Unreachable      4   no answer at all

A message says what is wrong, with the value, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with. Where several apply: 2, then 4, 3, 1. Only a sync ends with 5."""

    OK = 0
    POLICY = 1
    SETTINGS = 2
    REPORT = 3
    SERVICE = 4
    PERSON = 5


def gravest(codes: Sequence[ExitCode]) -> ExitCode:
    """The exit code that is told when several apply."""
    order = (ExitCode.SETTINGS, ExitCode.SERVICE, ExitCode.REPORT, ExitCode.POLICY)
    return next((code for code in order if code in codes), ExitCode.OK)


class PublisherError(Exception):
    """Base of all errors that are told to a person without a traceback."""

    exit_code: ExitCode = ExitCode.SETTINGS
    advice: str = ""

    def add_advice(self, text: str) -> None:
        """What to do now, told behind the message."""
        self.advice = text

    def __str__(self) -> str:
        return "\n".join(part for part in (super().__str__(), self.advice) if part)


class SettingsError(PublisherError):
    """An option, an environment variable, or a name in one of them is wrong."""

    exit_code = ExitCode.SETTINGS


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing that is wrong in a config file; `path` is the place inside the document."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"line {self.line}", self.path, self.message) if part)


class ConfigError(SettingsError):
    """A config file with all of its problems at once."""

    def __init__(self, file: str, problems: Sequence[ConfigProblem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{file}: {count} problem{'' if count == 1 else 's'}"
        super().__init__("\n".join([head, *(f"  - {file}:{problem}" for problem in self.problems)]))


class ReportError(PublisherError):
    """A report could not be read. `line` and `column` count from 1; None where the file has none."""

    exit_code = ExitCode.REPORT

    def __init__(self, file: str, message: str, line: int | None = None, column: int | None = None) -> None:
        self.file = file
        self.message = message
        self.line = line
        self.column = column
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{place}: {message}")


class ServiceError(PublisherError):
    """Azure DevOps refused a request. `type_key` is the service's own name of the error.

    Decide on `type_key`, not on the text (facts: azure-devops.md section 3).
    """

    exit_code = ExitCode.SERVICE

    def __init__(self, message: str, *, status: int = 0, type_key: str = "") -> None:
        self.status = status
        self.type_key = type_key
        super().__init__(message)


class CredentialError(ServiceError):
    """The token is missing, expired, or lacks a right."""


class Unreachable(ServiceError):
    """The server gave no answer, or none that can be used, until the retries were spent."""
