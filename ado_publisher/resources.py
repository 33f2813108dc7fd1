"""Files that are shipped with the program: in an installed copy inside the package, else in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def path(folder: str, name: str) -> Path:
    """Where `schemas/NAME` or the like is. Raises FileNotFoundError naming both places it can be in."""
    places = (_PACKAGE / folder / name, _PACKAGE.parent / folder / name)
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(
        f"{folder}/{name} is missing from this installation: looked at {places[0]}, {places[1]}"
    )


def text(folder: str, name: str) -> str:
    """What the shipped file holds. Raises FileNotFoundError as `path` does."""
    return path(folder, name).read_text(encoding="utf-8")
