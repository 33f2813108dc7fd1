"""What one option is, and how each host and surface spells it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the text of a value is read."""

    TEXT = "text"
    INT = "int"
    CHOICE = "choice"
    FLAG = "flag"
    PATH = "path"
    URL = "url"
    THRESHOLD = "threshold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option in all of its spellings.

    `multiple` values are repeated as flags and split at newlines and commas in variables;
    `commas` splits the flag's text too, and `whole_lines` leaves commas where they are: names of
    plans hold some. `choices` of a multiple one hold for each of its values. `fallbacks` are
    variables of other tools that are asked last. `group` is the heading it stands under. `ci` says
    that the host we run under may offer a default. A secret has neither flag nor config key; its
    `_FILE` twin names a file.
    """

    name: str
    help: str
    group: str
    kind: Kind = Kind.TEXT
    default: str | int | bool | None = None
    choices: tuple[str, ...] = ()
    multiple: bool = False
    commas: bool = False
    whole_lines: bool = False
    secret: bool = False
    positional: bool = False
    negatable: bool = False
    ci: bool = False
    config: str | None = None
    metavar: str = ""
    attribute: str = ""
    commands: tuple[str, ...] = ("publish",)
    fallbacks: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """Its attribute in `Settings` and its parameter in a command."""
        return self.attribute or self.name.replace("-", "_")

    @property
    def flag(self) -> str | None:
        """The command line's spelling; None for a secret, which has none."""
        if self.secret:
            return None
        return self.metavar if self.positional else f"--{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable of our own."""
        return "ADO_PUBLISHER_" + self.name.replace("-", "_").upper()

    @property
    def github_variable(self) -> str:
        """As GitHub's runner passes the input: hyphens stay (facts: packaging.md section 2)."""
        return f"INPUT_{self.name.upper()}"

    @property
    def azure_variable(self) -> str:
        """As the Azure Pipelines agent passes the task's input."""
        return f"INPUT_{self.azure_input.upper()}"

    @property
    def azure_input(self) -> str:
        """The task's input name; its schema allows letters and digits only."""
        first, *rest = self.name.split("-")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def summary(self) -> str:
        """The help and the default in one text, the same on every surface."""
        if self.default is None or self.default is False:
            return self.help
        shown = "true" if self.default is True else self.default
        return f"{self.help} Default: {shown}."


def normalised(name: str) -> str:
    """An input's name without what GitHub and Azure spell differently: `-`, `_`, `.`, case."""
    return re.sub(r"[-_. ]", "", name).lower()
