"""Katalon's command-line names among ours: `-adoPlanId=5` becomes `--plan=5`. Pure.

The names are those of katalonc and the Runtime Engine (katalon.md section 1, Console).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ado_publisher.errors import SettingsError
from ado_publisher.katalon.translation import literal
from ado_publisher.values import nearest, shown

FLAGS = {
    "-adoPlanId": "--plan",
    "-adoTestRunName": "--run-name",
    "-adoBuildDefId": "--build-definition",
    "-adoDefinitionID": "--build-definition",
    "-adoReleaseDefID": "",
    "-adoBuildNumber": "--build-number",
}
_BY_LOWER = {name.lower(): name for name in FLAGS}
_PREFIX = "-ado"
_NO_RELEASE = (
    "the latest release of a definition need not be the one that ran; in a release pipeline the running "
    "release is linked, elsewhere the one that --release-id names"
)
_INFO = "--info"
_REPEATABLE = ("--build-number",)


def translate_arguments(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments with our flags in place of Katalon's names, and a note for each that was replaced.

    Names are matched without case; `--info` before the last of them goes; what follows `--` stays as it is.
    Raises SettingsError with every problem: an unknown name, one without a value, two that disagree.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    own, rest = list(argv[:end]), list(argv[end:])
    places = [at for at, argument in enumerate(own) if argument.lower().startswith(_PREFIX)]
    if not places:
        return list(argv), []
    problems: list[str] = []
    notes: list[str] = []
    given: dict[str, tuple[str, str]] = dict(_ours(own))
    translated = []
    for at, argument in enumerate(own):
        if at not in places:
            if argument != _INFO or at > places[-1]:
                translated.append(argument)
            continue
        written, _, value = argument.partition("=")
        name = _BY_LOWER.get(written.lower(), "")
        if not name:
            problems.append(f"{shown(written)} is no argument of Katalon's{nearest(written, FLAGS)}")
            continue
        value = _unquoted(value.strip())
        if not value:
            problems.append(f"{written} has no value; write {name}=… or leave it out")
            continue
        flag = FLAGS[name]
        if not flag:
            notes.append(f"{written} is left out: {_NO_RELEASE}")
            continue
        earlier = given.setdefault(flag, (written, value))
        if earlier[1] != value and flag not in _REPEATABLE:
            problems.append(
                f"{earlier[0]}={shown(earlier[1])} and {written}={shown(value)} disagree; keep one"
            )
        text = literal(value) if flag == "--run-name" else value
        translated.append(f"{flag}={text}")
        notes.append(f"{written} is taken as {flag}={text}")
    if problems:
        raise SettingsError("\n".join(problems))
    return [*translated, *rest], notes


def _ours(own: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Our own flags of the same meaning, as they are given."""
    for at, argument in enumerate(own):
        flag, equals, value = argument.partition("=")
        if flag in FLAGS.values():
            yield flag, (flag, value if equals else "".join(own[at + 1 : at + 2]))


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1].strip() if quoted else value
