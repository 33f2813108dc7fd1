"""The service's enumerations by name and number, read without case as the service does."""

from __future__ import annotations

from ado_publisher.emulator.errors import invalid

OUTCOMES = (
    "Unspecified",
    "None",
    "Passed",
    "Failed",
    "Inconclusive",
    "Timeout",
    "Aborted",
    "Blocked",
    "NotExecuted",
    "Warning",
    "Error",
    "NotApplicable",
    "Paused",
    "InProgress",
    "NotImpacted",
)
RESULT_STATES = ("Unspecified", "Pending", "Queued", "InProgress", "Paused", "Completed")
RUN_STATES = (
    "Unspecified",
    "NotStarted",
    "InProgress",
    "Completed",
    "Aborted",
    "Waiting",
    "NeedsInvestigation",
)
GROUP_TYPES = ("none", "rerun", "dataDriven", "orderedTest", "generic")
ATTACHMENT_TYPES = (
    "GeneralAttachment",
    "AfnStrip",
    "BugFilingData",
    "CodeCoverage",
    "IntermediateCollectorData",
    "RunConfig",
    "TestImpactDetails",
    "TmiTestRunDeploymentFiles",
    "TmiTestRunReverseDeploymentFiles",
    "TmiTestResultDetail",
    "TmiTestRunSummary",
    "ConsoleLog",
)
_TABLES = {
    "TestOutcome": OUTCOMES,
    "TestResultState": RESULT_STATES,
    "TestRunState": RUN_STATES,
    "ResultGroupType": GROUP_TYPES,
    "AttachmentType": ATTACHMENT_TYPES,
}
_BY_NAME = {kind: {name.lower(): name for name in names} for kind, names in _TABLES.items()}


def member(kind: str, value: object) -> str:
    """Return the name of a member given as name or number, or raise the service's 400."""
    text = str(value).strip()
    found = _BY_NAME[kind].get(text.lower())
    if found is not None:
        return found
    names = _TABLES[kind]
    if not isinstance(value, bool) and text.isascii() and text.isdigit() and int(text) < len(names):
        return names[int(text)]
    raise invalid(f"Invalid value specified; Parameter name: {kind}. The value was '{text[:60]}'.")


def camel(name: str) -> str:
    """Spell a member as the testplan area does."""
    return name[:1].lower() + name[1:]
