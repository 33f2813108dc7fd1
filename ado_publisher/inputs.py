"""The environment's share of the options: our own variables, GitHub's and Azure's inputs, the secrets.

An empty variable is an absent one: both CI hosts pass every input, given or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ado_publisher.options import OPTIONS, Option, normalised
from ado_publisher.values import Given, closest, shown, split_list

PREFIX = "ADO_PUBLISHER_"
INPUT = "INPUT_"
_MAX_SECRET = 64 * 1024
# The test suite's and the Azure task's own; a process they start inherits them.
_OTHER_VARIABLES = frozenset(
    f"{PREFIX}{name}" for name in ("DOCKER", "EXCHANGES", "IMAGE", "REWRITE", "SEED", "SKIPS", "SLOW")
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the environment gives, by option name, with what is wrong or doubtful in it."""

    given: Mapping[str, Given]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def read(environ: Mapping[str, str]) -> Inputs:
    """Collect every option the environment gives; the file that a `_FILE` twin names is read here."""
    present = {name: text for name, text in environ.items() if text.strip()}
    spellings = _spellings(present)
    given: dict[str, Given] = {}
    problems: list[str] = []
    for option in OPTIONS:
        names = spellings.get(normalised(option.name), [])
        if option.secret:
            twins = spellings.get(normalised(option.name + "file"), [])
            found = _secret(option, names, twins, present, problems)
        else:
            found = _plain(option, names, present, problems)
        if found is not None:
            given[option.name] = found
    return Inputs(given, tuple(problems), tuple(_warnings(present)))


def any_input(environ: Mapping[str, str]) -> bool:
    """A GitHub or Azure host passes this program's inputs, be they empty."""
    known = {normalised(option.name) for option in OPTIONS}
    return any(name.startswith(INPUT) and normalised(name[len(INPUT) :]) in known for name in environ)


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Every credential of the environment and of the files it names, to be masked before anything else.

    A file that is no credential is left out here; `read` says what is wrong with it.
    """
    options = [option for option in OPTIONS if option.secret]
    wanted = {normalised(option.name) for option in options}
    twins = {normalised(option.name + "file"): option for option in options}
    fallbacks = {name for option in OPTIONS for name in option.fallbacks}
    found: dict[str, None] = {}
    for name, text in environ.items():
        key = _input_name(name)
        if name in fallbacks or key in wanted:
            found[text.strip()] = None
        elif key in twins and text.strip() and (held := _from_file(twins[key], name, text.strip(), [])):
            found[str(held.value)] = None
    return tuple(text for text in found if text)


def _spellings(present: Mapping[str, str]) -> dict[str, list[str]]:
    """The variables that spell each input, by the input's normalised name."""
    found: dict[str, list[str]] = {}
    for name in sorted(present):
        if key := _input_name(name):
            found.setdefault(key, []).append(name)
    return found


def _input_name(variable: str) -> str:
    for prefix in (PREFIX, INPUT):
        if variable.startswith(prefix):
            return normalised(variable[len(prefix) :])
    return ""


def _plain(option: Option, names: list[str], present: Mapping[str, str], problems: list[str]) -> Given | None:
    if not names:
        return None
    if len({present[name].strip() for name in names}) > 1:
        told = " and ".join(f"{name}={shown(present[name])}" for name in names)
        problems.append(f"{option.name}: {told} disagree; keep one of them")
        return None
    text = present[names[0]]
    if not option.multiple:
        return Given(text, names[0])
    parts = split_list(text, commas=not option.whole_lines)
    # Nothing but separators is as absent as nothing at all.
    return Given(tuple(parts), names[0]) if parts else None


def _secret(
    option: Option, names: list[str], twins: list[str], present: Mapping[str, str], problems: list[str]
) -> Given | None:
    found = [Given(present[name].strip(), name) for name in names]
    held = [_from_file(option, name, present[name].strip(), problems) for name in twins]
    found += [given for given in held if given is not None]
    if len({given.value for given in found}) > 1:
        told = " and ".join(given.source for given in found)
        problems.append(f"{option.name}: {told} hold different credentials; keep one of them")
        return None
    if found or twins:
        return found[0] if found else None
    for name in option.fallbacks:
        if name in present:
            return Given(present[name].strip(), name)
    return None


def _from_file(option: Option, variable: str, path: str, problems: list[str]) -> Given | None:
    """The credential a mounted file holds; a problem names the variable and the file, never what is in it."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MAX_SECRET + 1)
        text = content.decode("utf-8").strip() if len(content) <= _MAX_SECRET else None
    except OSError as error:
        reason = error.strerror or "no such file"
        problems.append(f"{option.name}: {variable}={shown(path)} cannot be read: {reason}")
        return None
    except (UnicodeDecodeError, ValueError):
        text = None
    if text is None or "\n" in text or "\x00" in text:
        problems.append(f"{option.name}: {variable}={shown(path)} holds more than one line of text")
    elif not text:
        problems.append(f"{option.name}: {variable}={shown(path)} is an empty file")
    else:
        return Given(text, variable)
    return None


def _warnings(present: Mapping[str, str]) -> Iterator[str]:
    """Variables that look meant for us and are not ours. A misspelled input must not be lost in silence."""
    known = {normalised(option.name): option for option in OPTIONS}
    twins = {normalised(option.name + "file") for option in OPTIONS if option.secret}
    for name in sorted(present):
        key = _input_name(name)
        if not key or key in known or key in twins or name in _OTHER_VARIABLES:
            continue
        meant = closest(key, known)
        if name.startswith(PREFIX):
            yield f"{name} is no option{f' - did you mean {known[meant].variable}?' if meant else ''}"
        elif meant:
            # Other programs have inputs of their own: only a near miss is worth a word.
            yield f"{name} is no input - did you mean {known[meant].name}?"
