"""Which formats there are, and which one a report is in.

A format is registered by decorating its reader; a second claim of a name raises. A report belongs
to the one format that recognizes it; where a dialect (`refines`) and its base both do, the dialect
has it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from ado_publisher.errors import ReportError
from ado_publisher.model import TestResult
from ado_publisher.reports._head import Head
from ado_publisher.reports._source import Source
from ado_publisher.text import sentence

Reader = Callable[[Source], Iterator[TestResult]]
Recognizer = Callable[[Head], bool]
Companions = Callable[[str], Iterable[str]]

_PACKAGE = "ado_publisher.reports"
_formats: dict[str, Format] = {}


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was read whole, and what it says beside its tests."""

    path: str
    format: str
    results: tuple[TestResult, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consolidated:
    """The same reports in the same order, each test in one of them, and what was done to get there."""

    reports: tuple[Report, ...]
    notices: tuple[str, ...] = ()


Consolidate = Callable[[Sequence[Report]], Consolidated]


@dataclass(frozen=True, slots=True)
class Format:
    """A report format: its name on the command line, how to tell it, and how to read it.

    `consolidate` sees all reports of the format that are published together; `companions` names
    the files that belong to a report as a whole.
    """

    name: str
    recognizes: Recognizer
    read: Reader
    refines: str = ""
    consolidate: Consolidate | None = None
    companions: Companions | None = None


def report_format(
    name: str,
    *,
    recognizes: Recognizer,
    refines: str = "",
    consolidate: Consolidate | None = None,
    companions: Companions | None = None,
) -> Callable[[Reader], Reader]:
    """Register the decorated function as the reader of a format.

    `recognizes` decides by the head of the file. `refines` names the format this one is a dialect of.
    """

    def register(read: Reader) -> Reader:
        if name in _formats:
            first = _formats[name].read.__module__
            raise ValueError(f"report format {name!r} is registered twice: by {first} and {read.__module__}")
        _formats[name] = Format(name, recognizes, read, refines, consolidate, companions)
        return read

    return register


def formats() -> Mapping[str, Format]:
    """Every format by its name. Imports the formats' modules on the first call."""
    package = import_module(_PACKAGE)
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            import_module(f"{_PACKAGE}.{module.name}")
    return MappingProxyType(dict(sorted(_formats.items())))


def choose(head: Head, path: str, wanted: str | None) -> Format:
    """The format to read a report with: the wanted one, else the one that recognizes its head.

    Raises ReportError when the format is unknown, or is not what the file holds.
    """
    known = formats()
    if wanted is not None and wanted not in known:
        raise ReportError(path, f"unknown report format {wanted!r}: known are {', '.join(known)}")
    claims = _claims(head, known)
    if wanted is not None:
        chosen = known[wanted]
        # A person who names a dialect knows more than its marks tell, as long as the base is right.
        base = known.get(chosen.refines)
        if not chosen.recognizes(head) and not (base is not None and base.recognizes(head)):
            rather = f". It looks like {', '.join(claim.name for claim in claims)}" if claims else ""
            message = f"not a {wanted} report: the file is {head.description}{rather}"
            raise ReportError(path, message, *head.place)
        return chosen
    if not claims:
        raise ReportError(
            path,
            f"not a report in a known format: the file is {sentence(head.description)} "
            f"Known formats: {', '.join(known)}",
            *head.place,
        )
    if len(claims) > 1:
        names = ", ".join(claim.name for claim in claims)
        raise ReportError(path, f"the format is not clear, it could be {names}: name it with --format")
    return claims[0]


def _claims(head: Head, known: Mapping[str, Format]) -> list[Format]:
    """The formats that recognize the head, without those that a dialect of theirs takes over."""
    claims = [candidate for candidate in known.values() if candidate.recognizes(head)]
    refined = {claim.refines for claim in claims}
    return [claim for claim in claims if claim.name not in refined]
