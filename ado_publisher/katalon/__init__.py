"""A Katalon Studio project: what its Azure DevOps integration was told, in our own terms.

`read_project` reads it, once; everything else is pure. Katalon's credential is dropped while reading.
Facts: katalon.md sections 1 and 2.
"""

from __future__ import annotations

from pathlib import Path

from ado_publisher.errors import SettingsError
from ado_publisher.katalon.arguments import translate_arguments
from ado_publisher.katalon.cases import FOLDER, read_cases
from ado_publisher.katalon.content import (
    AzureSettings,
    CaseBinding,
    CaseState,
    ConfigurationMapping,
    KatalonProject,
    StatusMapping,
)
from ado_publisher.katalon.settings import FILE, read_settings
from ado_publisher.katalon.translation import (
    bindings_of,
    configuration_rules_of,
    obeyed,
    options_of,
    statuses_of,
    warnings_of,
)

__all__ = [
    "AzureSettings",
    "CaseBinding",
    "CaseState",
    "ConfigurationMapping",
    "KatalonProject",
    "StatusMapping",
    "bindings_of",
    "configuration_rules_of",
    "obeyed",
    "options_of",
    "read_project",
    "statuses_of",
    "translate_arguments",
    "warnings_of",
]


def read_project(folder: Path) -> KatalonProject:
    """Read the settings and the test cases of the project in that folder.

    What is wrong inside is in its `problems`, all at once, and the rest is used. Raises SettingsError
    when the folder is no Katalon project.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; name the folder of the Katalon project")
    if not any((folder / inside).exists() for inside in (FILE, FOLDER)):
        raise SettingsError(
            f"{folder} is no Katalon project: it holds neither {FOLDER} nor {FILE};"
            " name the folder that holds the .prj file"
        )
    settings, wrong = read_settings(folder)
    bindings, problems = read_cases(folder)
    return KatalonProject(str(folder), settings, bindings, (*wrong, *problems))
