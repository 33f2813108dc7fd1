"""How the CI hosts read a step's output, written from their own sources, and what they find in it.

Azure Pipelines: agent, Command.cs TryParse (the first `##vso[` anywhere in a line) and OutputManager
(`##[` formats a line). GitHub: runner, ActionCommand.cs TryParseV2 (`::` at a line's start after white
space) and TryParse (`##[` anywhere), FileCommandManager.cs for the files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# What ends a line or is white space to .NET, which reads the lines on both hosts.
_DOTNET_SPACE = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that the host found in the output."""

    name: str
    properties: dict[str, str]
    data: str
    line: str


def lines(output: str) -> list[str]:
    """Lines as .NET's reader makes them: a lone CR ends one as well."""
    return re.split(r"\r\n|\r|\n", output)


def azure_commands(output: str) -> list[Command]:
    """Every command that the agent would carry out."""
    found = []
    for line in lines(output):
        if (at := line.find("##vso[")) < 0:
            continue
        inside, end, data = line[at + len("##vso[") :].partition("]")
        name, _, rest = inside.partition(" ")
        assert end, f"a command without an end: {line}"
        given = dict(pair.split("=", 1) for pair in rest.split(";") if "=" in pair)
        values = {key: _azure(value, property_=True) for key, value in given.items()}
        found.append(Command(name, values, _azure(data), line))
    return found


def _azure(text: str, *, property_: bool = False) -> str:
    if property_:
        text = text.replace("%5D", "]").replace("%3B", ";")
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%AZP25", "%")


def azure_formats(output: str) -> list[str]:
    """Every line in which the agent's log shows a `##[…]` mark, anywhere."""
    return [line for line in lines(output) if "##[" in line]


def github_commands(output: str) -> list[Command]:
    """Every command that the runner would carry out, in the new form and in the old."""
    found = []
    for line in lines(output):
        trimmed = line.lstrip(_DOTNET_SPACE)
        new = re.match(r"::([^:\s]+)(?: (.*?))?::(.*)$", trimmed)
        if new:
            properties = dict(pair.split("=", 1) for pair in (new[2] or "").split(",") if "=" in pair)
            found.append(Command(new[1], properties, _github(new[3]), line))
        elif (at := line.find("##[")) >= 0:
            inside, _, data = line[at + len("##[") :].partition("]")
            found.append(Command("old:" + inside, {}, data, line))
        else:
            assert not trimmed.startswith("::"), line
    return found


def _github(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def github_file(text: str) -> dict[str, str]:
    """A GITHUB_OUTPUT file's values; what the runner would refuse fails."""
    found: dict[str, str] = {}
    rest = iter(text.split("\n"))
    for line in rest:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        assert min(equals, heredoc) >= 0 or max(equals, heredoc) >= 0, f"neither = nor <<: {line!r}"
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            value = []
            for inner in rest:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise AssertionError(f"{name} has no end")
            assert name not in found, f"{name} is set twice"
            found[name] = "\n".join(value)
        else:
            found[line[:equals]] = line[equals + 1 :]
    return found
