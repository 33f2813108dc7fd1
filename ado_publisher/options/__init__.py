"""The table of options: every flag, input, environment variable and config key comes from it.

`settings` resolves it, `cli.options` makes flags of it; action.yml, task.json, the
README's table and the config's schema are held equal to it by tests/settings/test_surfaces.py.
A new option is one row of one of the modules here and one field of `Settings`.
"""

from __future__ import annotations

from ado_publisher.option import Kind, Option, normalised
from ado_publisher.options._build import BUILD
from ado_publisher.options._output import OUTPUT
from ado_publisher.options._reports import REPORTS
from ado_publisher.options._rules import RULES
from ado_publisher.options._target import TARGET
from ado_publisher.options._workitems import WORKITEMS

__all__ = ["BY_CONFIG", "BY_NAME", "DEFAULT_CONFIGS", "EXCLUSIVE", "OPTIONS", "Kind", "Option", "normalised"]

DEFAULT_CONFIGS = ("ado-publisher.yml", "ado-publisher.yaml")

OPTIONS: tuple[Option, ...] = (*REPORTS[:2], *TARGET, *REPORTS[2:], *BUILD, *RULES, *WORKITEMS, *OUTPUT)

BY_NAME = {option.name: option for option in OPTIONS}
BY_CONFIG = {option.config: option for option in OPTIONS if option.config}

EXCLUSIVE: tuple[tuple[str, ...], ...] = (("build-id", "build-number", "latest-build", "no-build-link"),)
"""Options that answer the same question: the strongest source that names one of them decides."""
