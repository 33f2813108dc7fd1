"""What the run is called and what its comment says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from ado_publisher.errors import SettingsError
from ado_publisher.model import TestResult
from ado_publisher.publication import COMMENT_LIMIT, NAME_LIMIT
from ado_publisher.publish.choosing import BuildLink, instead
from ado_publisher.text import clean, cut

FIELDS = ("build_number", "suite", "collection", "branch", "job", "date")


def check_template(template: str) -> None:
    """Raise SettingsError for a field in braces that does not exist."""
    unknown = [name for name in re.findall(r"\{([^{}]*)\}", template) if name not in FIELDS]
    if unknown:
        raise SettingsError(
            f"--run-name: '{{{unknown[0]}}}' is no field{instead(unknown[0], list(FIELDS), 'fields')}"
        )


def run_name(template: str, values: Mapping[str, str], fallback: str) -> str:
    """The template filled in; fields without a value leave no hole behind. At most 256 characters."""
    filled = re.sub(r"\{([^{}]*)\}", lambda hit: values.get(hit[1], ""), template)
    name = " ".join(clean(filled).split()).strip(" -|/:#")
    return cut(name or fallback, NAME_LIMIT, "…")


def values_of(
    results: Iterable[TestResult], link: BuildLink, *, branch: str, job: str, build_number: str
) -> dict[str, str]:
    """A value for each field of the template, as far as one is known."""
    outermost = list(dict.fromkeys(result.suites[0] for result in results if result.suites))
    suite = outermost[0] if outermost else ""
    if len(outermost) > 1:
        suite = f"{suite} and {len(outermost) - 1} more"
    return {
        "build_number": link.build.number if link.build else build_number,
        "suite": suite,
        "collection": suite,
        "branch": branch.removeprefix("refs/heads/"),
        "job": job,
        "date": date.today().isoformat(),  # noqa: DTZ011  # the day where the pipeline runs
    }


def run_comment(link: BuildLink, context: str) -> str:
    """Where the results come from: the CI run, and builds that the run itself cannot be linked to."""
    others = ", ".join(f"{build.number} (build {build.id})" for build in link.others)
    parts = [context, link.mention, f"also of builds {others}" if others else ""]
    return cut(clean("; ".join(part for part in parts if part)), COMMENT_LIMIT, "… [cut]")
