"""What Katalon's settings are in our own terms: options, outcomes, rules, and words of warning. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from ado_publisher.katalon.content import AzureSettings, CaseState, ConfigurationMapping, KatalonProject
from ado_publisher.katalon.values import STATUSES, cut
from ado_publisher.model import Outcome
from ado_publisher.rules import Binding, ConfigurationRule, TextPattern, When
from ado_publisher.values import Given, organization_url

VARIABLE = "variable."
"""What the reports' reader puts before a variable's name in the property that holds the row's value."""

_ATTACH = {
    "SEND_IF_FAILS": "failed",
    "SEND_IF_PASSES": "always",
    "SEND_ALL": "always",
    "ALWAYS_SEND": "always",
    "NOT_SEND": "never",
}
# As reports name them (katalon.md section 3.2): `Mac OS X 64bit`, `Edge Chromium 130`.
_SYSTEMS = {"macos": ("macOS", "Mac OS X", "OS X", "Darwin")}
_BROWSERS = {
    "edge chromium": ("Edge Chromium", "Microsoft Edge", "MicrosoftEdge", "msedge"),
    "ie": ("Internet Explorer", "IE"),
}
_DEVICES = ("android", "ios")
_HEADLESS = re.compile(r"\s*\(headless\)", re.IGNORECASE)


def options_of(project: KatalonProject) -> dict[str, Given]:
    """The options that the settings answer, by option name, each with the file and line that says so.

    Ids are texts; `attach-types` is a tuple. What the file leaves out is not in it.
    """
    said = project.settings
    return {} if said is None else dict((*_target(said), *_submission(said), *_attachments(said)))


def _target(said: AzureSettings) -> Iterator[tuple[str, Given]]:
    address, followed = cut(said.server_url, said.project_name)
    if address:
        yield "organization-url", Given(organization_url(address), said.source("serverUrl"))
    if project := said.project_name or said.project_id:
        yield "project", Given(project, said.source("integratedProject"))
    elif followed:
        yield "project", Given(followed, said.source("serverUrl"))
    if plan := said.plan_id or said.plan_name:
        yield "plan", Given(str(plan), said.source("testPlan"))


def _submission(said: AzureSettings) -> Iterator[tuple[str, Given]]:
    if said.run_name:
        yield "run-name", Given(literal(said.run_name), said.source("testRunName"))
    if said.several_points is not None:
        policy = "all" if said.several_points else "error"
        yield "points", Given(policy, said.source("enableSubmitMultiTestPoints"))
    if said.build_definition is not None:
        place = said.source("buildDefinitionId", "definitionId")
        yield "build-definition", Given(str(said.build_definition), place)


def _attachments(said: AzureSettings) -> Iterator[tuple[str, Given]]:
    if said.include_attachments is False:
        yield "attach", Given("never", said.source("enableIncludeAttachment"))
    elif said.attachment_sending:
        yield "attach", Given(_ATTACH[said.attachment_sending], said.source("attachmentSendingType"))
    if said.attachment_types:
        yield "attach-types", Given(said.attachment_types, said.source("attachFileTypes"))


def literal(name: str) -> str:
    """A run's name as a template that says just this: Katalon's names have no fields in braces."""
    return name.translate({ord("{"): "(", ord("}"): ")"})


def statuses_of(project: KatalonProject) -> Mapping[Outcome, Outcome]:
    """What an outcome of a report is published as, for the statuses that the settings map.

    The reports' reader makes INCOMPLETE Aborted and SKIPPED NotExecuted.
    """
    said = project.settings
    return {STATUSES[row.status]: row.outcome for row in said.statuses} if said is not None else {}


def bindings_of(project: KatalonProject) -> dict[str, Binding]:
    """The ids of each test case that names some, by the name of its results, to be looked up in one step.

    A `${variable}` is the property `variable.NAME` that the reports' reader gives each data row. A test
    case that names nothing is not in it: something weaker may know it. A name with accents stands in it
    twice, as file systems and reports write them in two ways.
    """
    found: dict[str, Binding] = {}
    for case, bound in project.bindings.items():
        if bound.state is CaseState.UNBOUND:
            continue
        variables = tuple(VARIABLE + name for name in bound.variables)
        binding = Binding(bound.ids, variables, bound.place, bound.problems)
        found[case] = binding
        if not case.isascii():
            found[unicodedata.normalize("NFD", case)] = binding
    return found


def configuration_rules_of(project: KatalonProject) -> tuple[ConfigurationRule, ...]:
    """A filter for each row of the Test Configuration Mapping, in its order; the configuration is an id.

    Katalon names families, `Windows` and `Chrome`, where reports say `Windows 10 64bit`, `Chrome 101.0`.
    """
    said = project.settings
    if said is None:
        return ()
    place = said.source("testConfigurationMappings")
    return tuple(
        ConfigurationRule(_when(row), str(row.configuration), f"{place} row {row.row}", filter=True)
        for row in said.configurations
    )


def _when(row: ConfigurationMapping) -> When:
    device = next((word for word in (row.os, row.platform) if word.lower() in _DEVICES), "")
    system = "" if row.os.lower() in _DEVICES else row.os
    browser = "" if row.platform.lower() in _DEVICES else _HEADLESS.sub("", row.platform)
    return When(
        os=_named(_SYSTEMS.get(system.lower(), (system,)), r"(?!\w)") if system else None,
        # A version may follow, another word is another browser: Edge is not Edge Chromium.
        browser=_named(_BROWSERS.get(browser.lower(), (browser,)), r"(?:[\s/]+v?\d.*)?$")
        if browser
        else None,
        properties=(("devicePlatform", _named((device,), r"(?!\w)")),) if device else (),
    )


def _named(names: tuple[str, ...], end: str) -> TextPattern:
    return TextPattern(rf"(?i)^(?:{'|'.join(map(re.escape, names))}){end}", regex=True)


def obeyed(project: KatalonProject) -> str:
    """Why Katalon itself would publish nothing, with the place that says so; empty where it would."""
    said = project.settings
    if said is not None and said.enabled is False:
        return (
            f"{said.source('enableIntegration')}: Katalon's integration is switched off (enableIntegration)"
        )
    if said is not None and said.auto_submit is False:
        return f"{said.source('autoSubmitTestRun')}: Katalon does not submit by itself (autoSubmitTestRun)"
    return ""


def warnings_of(project: KatalonProject) -> tuple[str, ...]:
    """What is used in another way than Katalon's, or shows results greener than they are."""
    return tuple(_warnings(project.settings)) if project.settings is not None else ()


def _warnings(said: AzureSettings) -> Iterator[str]:
    address, followed = cut(said.server_url, said.project_name)
    if followed:
        yield f"{said.source('serverUrl')}: serverUrl goes on into project {followed!r}; {address} is used"
    if said.run_name != literal(said.run_name):
        yield f"{said.source('testRunName')}: braces in testRunName are written as parentheses"
    if said.attachment_sending == "SEND_IF_PASSES" and said.include_attachments is not False:
        place = said.source("attachmentSendingType")
        yield f"{place}: SEND_IF_PASSES is not known here; attachments of every result are sent"
    for row in said.statuses:
        outcome = STATUSES[row.status]
        if outcome.counts_as_failed and not row.outcome.counts_as_failed:
            place = said.source("executionStatusMappings")
            yield f"{place}: executionStatusMappings show results that are {row.status} as {row.outcome}"
    if said.release_definition is not None:
        place = said.source("releaseDefinitionId")
        yield (
            f"{place}: Katalon links the latest release of definition {said.release_definition}, which need "
            "not be the one that ran, and we do not; in a release pipeline the running one is linked, "
            "elsewhere the one that --release-id names"
        )
