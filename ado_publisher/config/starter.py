"""A config to begin with: what differs from the defaults is set, everything else stands beside it as comments
with the project's own names. Pure.

Names are somebody else's. One that a config could not give back as it is (a line break, `${env:…}`, one that
reads as an id or a pattern, or that two things have) is written as the id; in comments it loses what is
not printable, since a line break there would begin a line that is none.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ado_publisher.model import TestPlan, TestSuite
from ado_publisher.options import BY_CONFIG

MOST_PLANS, MOST_SUITES, MOST_CONFIGURATIONS = 20, 100, 50
_WIDTH = 100
# What PyYAML shall never do is wrap: a value is one line.
_NO_WRAP = 1_000_000
_LONGEST = 200
_CONDITIONS = {
    "operating system": "os",
    "os": "os",
    "platform": "os",
    "browser": "browser",
}
_SECRET = re.compile(r"(?i).*(token|pat|passw|pwd|secret|credential|key)")
_OPTIONS = (
    "run_name",
    "build_definition",
    "points",
    "several",
    "unmatched",
    "unknown_id",
    "inactive_points",
    "skipped",
    "fail_on_failed_tests",
    "max_failed",
)
_EXAMPLES = {"build_definition": "web-ci", "max_failed": "5%"}
_HEAD = """\
What `ado-publisher publish` does in this project. Flags and environment variables override it.
It holds no credential: the token comes from the environment variable ADO_PUBLISHER_TOKEN.
`ado-publisher validate` checks this file offline, `ado-publisher verify` checks it against the project.
Lines that begin with # are what else can be said, most of it with its default."""
_CASES = r"""
# How a result finds its test case: by a property such as test_case_id, by a rule, by a pattern in its
# name, or by the test case's automated test name. These patterns are the defaults.
# test_cases:
#   patterns: ['\bTC[-_ ]?(\d+)\b', '@tc:(\d+)\b']
#   rules:
#     - when: {name: "shop.login.*"}
#       ids: [101, 102]
"""
_REPORTS = """
# The reports to publish where no file is named; paths count from the working directory.
# reports:
#   - {path: "results/**/*.xml", format: junit}
"""
_REST = """
# What is published of an outcome that a report tells; `<error>` is published as Failed by default.
# statuses: {error: Error}

# Which attachments are uploaded, for which results: always, failed or never.
# attachments: {when: failed, types: [png, log, html]}
"""


@dataclass(frozen=True, slots=True)
class OfferedConfiguration:
    """A test configuration with its values, such as Operating System."""

    id: int
    name: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What the project has, and what was chosen of it.

    `project` is the name to write, `project_id` what stands for a name that cannot be written. `words`
    are plans that were named in another way, such as @latest. `katalon_said` are that project's
    settings in words.
    """

    organization_url: str
    project: str
    project_id: str = ""
    plans: tuple[TestPlan, ...] = ()
    words: tuple[str, ...] = ()
    all_plans: tuple[TestPlan, ...] = ()
    suites: tuple[TestSuite, ...] = ()
    all_suites: tuple[TestSuite, ...] = ()
    patterns: tuple[str, ...] = ()
    configurations: tuple[OfferedConfiguration, ...] = ()
    all_configurations: tuple[OfferedConfiguration, ...] = ()
    katalon_project: str = ""
    katalon_said: tuple[str, ...] = ()


def starter(offer: Offer) -> str:
    """The text of the config."""
    lines = [*_comments(_HEAD.splitlines()), "version: 1", ""]
    project = offer.project if writable(offer.project) else offer.project_id or offer.project
    lines += [
        "azure_devops:",
        f"  organization_url: {scalar(offer.organization_url)}",
        f"  project: {scalar(project)}" + ("" if project == offer.project else f"  # {shown(offer.project)}"),
        "",
        *_publish(offer),
    ]
    return (
        "\n".join([*lines, *_REPORTS.splitlines(), *_CASES.splitlines(), *_rules(offer), *_REST.splitlines()])
        + "\n"
    )


def writable(name: str) -> bool:
    """The config gives exactly this text back, and it means nothing else."""
    return (
        name == name.strip()
        and 0 < len(name) <= _LONGEST
        and name.isprintable()
        and "$" not in name
        and not re.fullmatch(r"[0-9]+", name)
    )


def plan_text(plan: TestPlan, everything: Iterable[TestPlan]) -> str:
    """The plan's name, or its id where the name would not lead to it."""
    same = sum(each.name.casefold() == plan.name.casefold() for each in everything)
    return plan.name if writable(plan.name) and not plan.name.startswith("@") and same == 1 else str(plan.id)


def suite_text(suite: TestSuite, everything: Iterable[TestSuite]) -> str:
    """The suite's path, or its id where the path would not lead to it."""
    path = suite.path
    same = sum(each.path.casefold() == path.casefold() for each in everything)
    plain = writable(path) and path == path.strip("/") and not re.search(r"[*?]|(?i:^requirement:)", path)
    return path if plain and same == 1 else str(suite.id)


def configuration_text(
    configuration: OfferedConfiguration, everything: Iterable[OfferedConfiguration]
) -> str:
    """The configuration's name, or its id where the name would not lead to it."""
    same = sum(each.name.casefold() == configuration.name.casefold() for each in everything)
    return configuration.name if writable(configuration.name) and same == 1 else str(configuration.id)


def scalar(value: object) -> str:
    """A text or a list of texts as YAML on one line."""
    import yaml

    if isinstance(value, str) and re.fullmatch(r"[0-9]+", value):
        return value
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_quoted(str(item)) for item in value)}]"
    dumped = yaml.safe_dump(
        value, allow_unicode=True, width=_NO_WRAP, default_flow_style=True, sort_keys=False
    )
    return dumped.removesuffix("\n").removesuffix("\n...")


def shown(text: str) -> str:
    """A name inside a comment: printable, on one line, not endless."""
    kept = "".join(sign if sign.isprintable() else "?" for sign in text[: _LONGEST + 1])
    return kept if len(kept) <= _LONGEST else f"{kept[:_LONGEST]}…"


def _quoted(text: str) -> str:
    """An item of a flow list; what a comma or a bracket would end is quoted by the YAML library itself."""
    if re.fullmatch(r"[0-9]+", text):
        return text
    import yaml

    dumped = yaml.safe_dump([text], allow_unicode=True, width=_NO_WRAP, default_flow_style=True)
    return dumped.strip()[1:-1]


def _comments(lines: Iterable[str], indent: str = "") -> Iterator[str]:
    return (f"{indent}# {line}".rstrip() for line in lines)


def _told(text: str, indent: str = "  ") -> Iterator[str]:
    return _comments(textwrap.wrap(text, _WIDTH - len(indent), break_long_words=False), indent)


def _help(key: str) -> Iterator[str]:
    yield ""
    yield from _told(BY_CONFIG[f"publish.{key}"].help)


def _capped(lines: Sequence[str], most: int, noun: str) -> list[str]:
    left = len(lines) - most
    return [*lines[:most], *([f"… and {left} more {noun}"] if left > 0 else [])]


def _publish(offer: Offer) -> Iterator[str]:
    yield "publish:"
    active = [*_plan(offer), *_suites(offer), *_configurations(offer)]
    if offer.katalon_project:
        active = [*_katalon(offer), *active]
    yield from active[1:]  # no empty line behind the section's own
    for key in _OPTIONS:
        option = BY_CONFIG[f"publish.{key}"]
        default = option.default if option.default is not None else _EXAMPLES[key]
        yield from _help(key)
        choices = f"  # {', '.join(option.choices)}" if option.choices else ""
        value = str(default).lower() if isinstance(default, bool) else scalar(default)
        yield f"  # {key}: {value}{choices}"


def _katalon(offer: Offer) -> Iterator[str]:
    yield from _help("katalon_project")
    yield f"  katalon_project: {scalar(offer.katalon_project)}"
    if offer.katalon_said:
        yield from _comments(
            ["What its settings say:", *(f"  {shown(line)}" for line in offer.katalon_said)], "  "
        )


def _plan(offer: Offer) -> Iterator[str]:
    yield from _help("plan")
    chosen = [plan_text(plan, offer.all_plans) for plan in offer.plans]
    values = [*offer.words, *chosen]
    named = ", ".join(f"{plan.id} '{shown(plan.name)}'" for plan in offer.plans[:3])
    if values:
        yield f"  plan: {scalar(values[0] if len(values) == 1 else values)}" + (
            f"  # {named}" if named else ""
        )
    else:
        yield "  # plan: the one of the Katalon project's settings"
    taken = {plan.id for plan in offer.plans}
    others = [
        f"  {plan.id} '{shown(plan.name)}'"
        + (f" ({shown(plan.state)})" if plan.state not in ("", "Active") else "")
        for plan in offer.all_plans
        if plan.id not in taken
    ]
    if others:
        head = "Other test plans of the project:" if taken else "The test plans of the project:"
        yield from _comments([head, *_capped(others, MOST_PLANS, "test plans")], "  ")


def _suites(offer: Offer) -> Iterator[str]:
    yield from _help("suites")
    texts = [*offer.patterns, *(suite_text(suite, offer.all_suites) for suite in offer.suites)]
    first = [suite_text(suite, offer.all_suites) for suite in offer.all_suites if suite.path][:1]
    yield f"  suites: {scalar(texts)}" if texts else f"  # suites: {scalar(first or ['Login/**'])}"
    paths = [f"  {shown(suite.path)}  ({suite.id})" for suite in offer.all_suites if suite.path]
    if paths:
        yield from _comments(["The suites of the plan:", *_capped(paths, MOST_SUITES, "suites")], "  ")


def _configurations(offer: Offer) -> Iterator[str]:
    yield from _help("configurations")
    texts = [configuration_text(each, offer.all_configurations) for each in offer.configurations]
    first = [configuration_text(each, offer.all_configurations) for each in offer.all_configurations[:1]]
    yield f"  configurations: {scalar(texts)}" if texts else f"  # configurations: {scalar(first or [1])}"
    known = [f"  {each.id} '{shown(each.name)}'" for each in offer.all_configurations]
    if known:
        lines = [
            "The test configurations of the project:",
            *_capped(known, MOST_CONFIGURATIONS, "configurations"),
        ]
        yield from _comments(lines, "  ")


def _rules(offer: Offer) -> Iterator[str]:
    """A rule for each configuration, from its values; each takes the reports' own words for them."""
    known = (offer.configurations or offer.all_configurations)[:MOST_CONFIGURATIONS]
    yield ""
    yield from _told(
        "Which test configuration a result ran under, where its test case has points in several. The "
        "values are those of the configurations: write them as your reports say them.",
        "",
    )
    if not known:
        return
    yield "# configurations:"
    for each in known:
        yield f"#   - when: {scalar(_when(each))}"
        yield f"#     configuration: {scalar(configuration_text(each, offer.all_configurations))}"


def _when(configuration: OfferedConfiguration) -> dict[str, object]:
    found: dict[str, object] = {}
    properties: dict[str, str] = {}
    for name, value in configuration.values:
        condition = _CONDITIONS.get(name.strip().casefold())
        if condition is not None:
            found.setdefault(condition, _glob(value))
        elif writable(name) and not _SECRET.match(name):
            properties.setdefault(name, _glob(value))
    if properties:
        found["property"] = properties
    return found or {"suite": _glob(configuration.name)}


def _glob(text: str) -> str:
    """A pattern for texts that begin so; what a config could not hold as it is stands for any character."""
    plain = "".join(sign if sign.isprintable() and sign != "$" else "?" for sign in text.strip()[:_LONGEST])
    return "".join(f"[{sign}]" if sign in "[*" else sign for sign in plain) + "*"
