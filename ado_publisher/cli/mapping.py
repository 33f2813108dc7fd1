"""The file of `--mapping-report`: which rule matched which points, or what came close and why not."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from ado_publisher.errors import SettingsError
from ado_publisher.explaining import Explainer
from ado_publisher.explaining.as_json import mapping_pieces
from ado_publisher.explaining.as_markdown import markdown_pieces
from ado_publisher.explaining.mapping import Mapping
from ado_publisher.matching import MatchRules, PlanView
from ado_publisher.model import Match, TestPlan
from ado_publisher.summary import escaped


def check_place(file: str) -> None:
    """Make sure that the report could be written. Raises SettingsError that names the option."""
    if file:
        _written(file, (), keep=False)


def write_mapping(
    file: str, plans: Sequence[TestPlan], matches: Sequence[Match], view: PlanView, rules: MatchRules
) -> None:
    """Write the whole report or nothing: JSON where the name ends in .json, else Markdown.

    Nothing is written without a name. Raises SettingsError that names the option.
    """
    if not file:
        return
    mapping = Mapping(plans, matches, Explainer(view, rules))
    is_json = Path(file).suffix.lower() == ".json"
    _written(file, mapping_pieces(mapping) if is_json else markdown_pieces(mapping, escaped), keep=True)


def _written(file: str, pieces: Iterable[str], *, keep: bool) -> None:
    path = Path(file)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.writelines(pieces)
        if keep:
            # mkstemp makes a private file; later steps of other users read this one.
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        else:
            Path(temporary).unlink()
    except (OSError, ValueError) as error:
        raise SettingsError(f"--mapping-report: {file} cannot be written: {error}") from error
