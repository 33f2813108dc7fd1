"""What the run is called and what its comment says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from ado_publisher.errors import SettingsError
from ado_publisher.model import TestResult
from ado_publisher.publication import COMMENT_LIMIT, NAME_LIMIT
from ado_publisher.publish.linking import BuildLink
from ado_publisher.publish.named import instead
from ado_publisher.text import clean, cut

_JOINING = " -|/:#"
FIELDS = ("build_number", "suite", "collection", "branch", "job", "date")


def check_template(template: str) -> None:
    """Raise SettingsError for a field in braces that does not exist."""
    unknown = [name for name in re.findall(r"\{([^{}]*)\}", template) if name not in FIELDS]
    if unknown:
        raise SettingsError(
            f"--run-name: '{{{unknown[0]}}}' is no field{instead(unknown[0], list(FIELDS), 'fields')}"
        )


def run_name(template: str, values: Mapping[str, str], fallback: str) -> str:
    """The template filled in; fields without a value leave no hole behind. At most 256 characters.

    What the template itself begins and ends with stays; what joined an empty field to its neighbours goes.
    """
    literal, *rest = re.split(r"\{([^{}]*)\}", template)
    done = ""
    for field, after in zip(rest[::2], rest[1::2], strict=True):
        value = clean(values.get(field, "")).strip()
        if value:
            done, literal = f"{done}{literal}{value}", after
        elif not done and not literal.strip(_JOINING):
            # Nothing stands before it: a sign that touches it (`#{build_number}`) goes with it.
            literal = literal.rstrip(_JOINING.strip()) + after.lstrip(_JOINING)
        elif not after or after[0] in _JOINING:
            literal = literal.rstrip(_JOINING) + (after or " ")
        else:
            literal += after
    name = " ".join(clean(done + literal).split())
    return cut((name if name.strip(_JOINING) or not rest else "") or fallback, NAME_LIMIT, "…")


def values_of(
    results: Iterable[TestResult], link: BuildLink, *, branch: str, job: str, build_number: str
) -> dict[str, str]:
    """A value for each field of the template, as far as one is known."""
    places = list(dict.fromkeys((collection_of(result), suite_of(result)) for result in results))
    return {
        "build_number": link.build.number if link.build else build_number,
        "suite": _first_of(suite for _, suite in places),
        "collection": _first_of(collection for collection, _ in places),
        "branch": branch.removeprefix("refs/heads/"),
        "job": job,
        "date": date.today().isoformat(),  # noqa: DTZ011  # the day where the pipeline runs
    }


def _first_of(names: Iterable[str]) -> str:
    named = list(dict.fromkeys(name for name in names if name))
    return f"{named[0]} and {len(named) - 1} more" if len(named) > 1 else "".join(named)


def collection_of(result: TestResult) -> str:
    """The Katalon test suite collection that started the result's suite; empty when none did.

    Katalon's suites hold no suites: what stands around one is its collection (katalon.md section 3.1).
    """
    return result.suites[0] if result.test_type == "Katalon" and len(result.suites) > 1 else ""


def suite_of(result: TestResult) -> str:
    """The result's outermost suite, within its collection when it has one; empty without a suite."""
    inside = result.suites[1:] if collection_of(result) else result.suites
    return inside[0] if inside else ""


def run_comment(link: BuildLink, context: str) -> str:
    """Where the results come from: the CI run, and builds that the run itself cannot be linked to."""
    others = ", ".join(f"{build.number} (build {build.id})" for build in link.others)
    parts = [context, link.mention, f"also of builds {others}" if others else ""]
    return cut(clean("; ".join(part for part in parts if part)), COMMENT_LIMIT, "… [cut]")
