"""Questions on a terminal: a numbered list, searched by part of a name when it is long."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from ado_publisher.cli.text import harmless

MOST = 20
Item = TypeVar("Item")


def choose_one(noun: str, items: Sequence[Item], name: Callable[[Item], str]) -> Item:
    """One of the items, by its number or its name. click.Abort when the person gives up."""
    return choose(noun, items, name, several=False)[0]


def choose(
    noun: str, items: Sequence[Item], name: Callable[[Item], str], *, several: bool, needed: bool = True
) -> list[Item]:
    """Items by number (several: `1, 3`), or by part of their name; nothing at all where none is needed."""
    found = list(items)
    _show(noun, found, name)
    hint = "numbers" if several else "a number"
    while True:
        default = "1" if needed and found else ""
        text = click.prompt(
            f"{noun}: {hint}, or part of a name to search" + ("" if needed else "; Enter takes all"),
            default=default,
            show_default=bool(default),
        ).strip()
        if not text and not needed:
            return []
        # Only what a person saw has a number.
        numbers = _numbers(text, min(len(found), MOST), several=several)
        if numbers:
            return [found[number - 1] for number in numbers]
        found = _search(text, items, name)
        exact = [item for item in items if name(item).casefold() == text.casefold()]
        if len(exact) == 1 or len(found) == 1:
            return exact if len(exact) == 1 else found
        if found:
            _show(noun, found, name)
        else:
            click.echo(harmless(f"nothing has '{text}' in its name"))
            found = list(items)
            _show(noun, found, name)


def ask_text(question: str, check: Callable[[str], str]) -> str:
    """A text that `check` takes; it raises ValueError saying what would be right."""
    while True:
        text = click.prompt(question).strip()
        try:
            return check(text)
        except ValueError as error:
            click.echo(harmless(f"'{text}' {error}"))


def _search(text: str, items: Sequence[Item], name: Callable[[Item], str]) -> list[Item]:
    return [item for item in items if text.casefold() in name(item).casefold()]


def _show(noun: str, items: Sequence[Item], name: Callable[[Item], str]) -> None:
    click.echo(f"\n{noun}:")
    for number, item in enumerate(items[:MOST], 1):
        click.echo(f"{number:>4}  {harmless(name(item))}")
    if len(items) > MOST:
        click.echo(f"      … and {len(items) - MOST} more: type part of a name")


def _numbers(text: str, most: int, *, several: bool) -> list[int]:
    """The numbers that a person typed, each once; none where the text is something else."""
    pattern = r"[0-9]{1,6}(?:[\s,]+[0-9]{1,6})*" if several else r"[0-9]{1,6}"
    if not re.fullmatch(pattern, text):
        return []
    numbers = list(dict.fromkeys(int(part) for part in re.split(r"[\s,]+", text)))
    return numbers if all(1 <= number <= most for number in numbers) else []
