"""The work item types, fields and link types every project knows: those of the service's own processes.

https://learn.microsoft.com/azure/devops/boards/work-items/guidance/choose-process
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_STRING = 255


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its reference name, the name people see, and its type."""

    reference: str
    name: str
    type: str
    read_only: bool = False
    identity: bool = False


@dataclass(frozen=True, slots=True)
class WorkItemType:
    """A work item type; the first of its states is the one a new item has."""

    name: str
    reference: str
    color: str
    states: tuple[tuple[str, str], ...]
    category: str = ""


@dataclass(frozen=True, slots=True)
class LinkType:
    """One end of a link type: its reference name, its name, and the name of the other end."""

    reference: str
    name: str
    opposite: str
    topology: str


_PROPOSED, _ACTIVE, _RESOLVED, _DONE, _REMOVED = (
    "Proposed",
    "InProgress",
    "Resolved",
    "Completed",
    "Removed",
)
_AGILE = (
    ("New", _PROPOSED),
    ("Active", _ACTIVE),
    ("Resolved", _RESOLVED),
    ("Closed", _DONE),
    ("Removed", _REMOVED),
)
_SCRUM = (
    ("New", _PROPOSED),
    ("Approved", _PROPOSED),
    ("Committed", _ACTIVE),
    ("Done", _DONE),
    ("Removed", _REMOVED),
)
_CMMI = (("Proposed", _PROPOSED), ("Active", _ACTIVE), ("Resolved", _RESOLVED), ("Closed", _DONE))
_OPEN = (("Active", _ACTIVE), ("Closed", _DONE))
_VSTS = "Microsoft.VSTS.WorkItemTypes"

TYPES: tuple[WorkItemType, ...] = (
    WorkItemType("Bug", f"{_VSTS}.Bug", "CC293D", _AGILE[:4], "Microsoft.BugCategory"),
    WorkItemType(
        "Task", f"{_VSTS}.Task", "F2CB1D", (_AGILE[0], _AGILE[1], *_AGILE[3:]), "Microsoft.TaskCategory"
    ),
    WorkItemType("Issue", f"{_VSTS}.Issue", "B4009E", _OPEN),
    WorkItemType("User Story", f"{_VSTS}.UserStory", "009CCC", _AGILE, "Microsoft.RequirementCategory"),
    WorkItemType(
        "Product Backlog Item",
        f"{_VSTS}.ProductBacklogItem",
        "009CCC",
        _SCRUM,
        "Microsoft.RequirementCategory",
    ),
    WorkItemType("Requirement", f"{_VSTS}.Requirement", "009CCC", _CMMI, "Microsoft.RequirementCategory"),
    WorkItemType("Feature", f"{_VSTS}.Feature", "773B93", _AGILE, "Microsoft.FeatureCategory"),
    WorkItemType("Epic", f"{_VSTS}.Epic", "E06C00", _AGILE, "Microsoft.EpicCategory"),
    WorkItemType("Impediment", f"{_VSTS}.Impediment", "B4009E", (("Open", _ACTIVE), ("Closed", _DONE))),
    WorkItemType(
        "Test Case",
        f"{_VSTS}.TestCase",
        "004B50",
        (("Design", _PROPOSED), ("Ready", _ACTIVE), ("Closed", _DONE)),
        "Microsoft.TestCaseCategory",
    ),
    WorkItemType(
        "Test Plan",
        f"{_VSTS}.TestPlan",
        "004B50",
        (("Active", _ACTIVE), ("Inactive", _DONE)),
        "Microsoft.TestPlanCategory",
    ),
    WorkItemType(
        "Test Suite",
        f"{_VSTS}.TestSuite",
        "004B50",
        (("In Progress", _ACTIVE), ("In Planning", _PROPOSED), ("Completed", _DONE)),
        "Microsoft.TestSuiteCategory",
    ),
    WorkItemType("Shared Steps", f"{_VSTS}.SharedStep", "004B50", _OPEN, "Microsoft.SharedStepCategory"),
    WorkItemType(
        "Shared Parameter",
        f"{_VSTS}.SharedParameter",
        "004B50",
        (("Active", _ACTIVE), ("Inactive", _DONE)),
        "Microsoft.SharedParameterCategory",
    ),
)
TYPES_BY_NAME = {item.name.lower(): item for item in TYPES}
# The service deletes these only through its test areas.
TEST_TYPES = frozenset({"Test Case", "Test Plan", "Test Suite", "Shared Steps", "Shared Parameter"})

_READ_ONLY = """
System.Id|ID|integer
System.Rev|Rev|integer
System.AreaId|Area ID|integer
System.IterationId|Iteration ID|integer
System.NodeName|Node Name|string
System.TeamProject|Team Project|string
System.WorkItemType|Work Item Type|string
System.CreatedDate|Created Date|dateTime
System.ChangedDate|Changed Date|dateTime
System.RevisedDate|Revised Date|dateTime
System.AuthorizedDate|Authorized Date|dateTime
System.Watermark|Watermark|integer
System.CommentCount|Comment Count|integer
Microsoft.VSTS.Common.StateChangeDate|State Change Date|dateTime
"""
_OWN = """
System.Title|Title|string
System.State|State|string
System.Reason|Reason|string
System.AreaPath|Area Path|treePath
System.IterationPath|Iteration Path|treePath
System.Description|Description|html
System.History|History|history
System.Tags|Tags|plainText
Microsoft.VSTS.Common.Priority|Priority|integer
Microsoft.VSTS.Common.Severity|Severity|string
Microsoft.VSTS.Common.ValueArea|Value Area|string
Microsoft.VSTS.Common.Risk|Risk|string
Microsoft.VSTS.Common.StackRank|Stack Rank|double
Microsoft.VSTS.Common.Activity|Activity|string
Microsoft.VSTS.Common.AcceptanceCriteria|Acceptance Criteria|html
Microsoft.VSTS.Common.Discipline|Discipline|string
Microsoft.VSTS.Common.ResolvedReason|Resolved Reason|string
Microsoft.VSTS.Common.ActivatedDate|Activated Date|dateTime
Microsoft.VSTS.Common.ResolvedDate|Resolved Date|dateTime
Microsoft.VSTS.Common.ClosedDate|Closed Date|dateTime
Microsoft.VSTS.Scheduling.StoryPoints|Story Points|double
Microsoft.VSTS.Scheduling.Effort|Effort|double
Microsoft.VSTS.Scheduling.RemainingWork|Remaining Work|double
Microsoft.VSTS.Scheduling.OriginalEstimate|Original Estimate|double
Microsoft.VSTS.Scheduling.CompletedWork|Completed Work|double
Microsoft.VSTS.Scheduling.StartDate|Start Date|dateTime
Microsoft.VSTS.Scheduling.FinishDate|Finish Date|dateTime
Microsoft.VSTS.Build.FoundIn|Found In|string
Microsoft.VSTS.Build.IntegrationBuild|Integration Build|string
Microsoft.VSTS.TCM.Steps|Steps|html
Microsoft.VSTS.TCM.Parameters|Parameters|html
Microsoft.VSTS.TCM.LocalDataSource|Local Data Source|html
Microsoft.VSTS.TCM.AutomatedTestName|Automated Test Name|string
Microsoft.VSTS.TCM.AutomatedTestStorage|Automated Test Storage|string
Microsoft.VSTS.TCM.AutomatedTestType|Automated Test Type|string
Microsoft.VSTS.TCM.AutomatedTestId|Automated Test Id|string
Microsoft.VSTS.TCM.AutomationStatus|Automation status|string
Microsoft.VSTS.TCM.ReproSteps|Repro Steps|html
Microsoft.VSTS.TCM.SystemInfo|System Info|html
Microsoft.VSTS.TCM.TestSuiteType|Test Suite Type|string
Microsoft.VSTS.TCM.TestSuiteTypeId|Test Suite Type Id|integer
"""
_PEOPLE = """
System.AssignedTo|Assigned To|string
System.CreatedBy|Created By|string
System.ChangedBy|Changed By|string
Microsoft.VSTS.Common.ActivatedBy|Activated By|string
Microsoft.VSTS.Common.ResolvedBy|Resolved By|string
Microsoft.VSTS.Common.ClosedBy|Closed By|string
"""


def _fields(text: str, *, read_only: bool = False, identity: bool = False) -> list[Field]:
    parts = [line.split("|") for line in text.split("\n") if line]
    return [Field(reference, name, kind, read_only, identity) for reference, name, kind in parts]


FIELDS: tuple[Field, ...] = (
    *_fields(_READ_ONLY, read_only=True),
    *_fields(_OWN),
    *_fields(_PEOPLE, identity=True),
)
BY_REFERENCE = {item.reference.lower(): item for item in FIELDS}
BY_NAME = {item.name.lower(): item for item in FIELDS}
IDENTITIES = frozenset(item.reference for item in FIELDS if item.identity)
AUTOMATION_STATUSES = ("Automated", "Not Automated", "Planned")
# Fields that only test cases have, that only bugs have; the rest is everyone's.
CASE_FIELDS = frozenset(
    item.reference
    for item in FIELDS
    if item.reference.startswith("Microsoft.VSTS.TCM.Automat")
    or item.reference.rpartition(".")[2] in ("Steps", "Parameters", "LocalDataSource")
)

TESTED_BY = "Microsoft.VSTS.Common.TestedBy-Forward"
TESTS = "Microsoft.VSTS.Common.TestedBy-Reverse"
PARENT = "System.LinkTypes.Hierarchy-Reverse"
_ENDS = """
Microsoft.VSTS.Common.Affects|Affects|Affected By|dependency
Microsoft.VSTS.TestCase.SharedParameterReferencedBy|Referenced By|References|dependency
Microsoft.VSTS.Common.TestedBy|Tested By|Tests|dependency
Microsoft.VSTS.TestCase.SharedStepReferencedBy|Test Case|Shared Steps|dependency
System.LinkTypes.Duplicate|Duplicate|Duplicate Of|tree
System.LinkTypes.Dependency|Successor|Predecessor|dependency
System.LinkTypes.Hierarchy|Child|Parent|tree
"""


def _link_types() -> list[LinkType]:
    found = []
    for line in _ENDS.split("\n"):
        if line:
            stem, forward, reverse, topology = line.split("|")
            found.append(LinkType(f"{stem}-Forward", forward, f"{stem}-Reverse", topology))
            found.append(LinkType(f"{stem}-Reverse", reverse, f"{stem}-Forward", topology))
    related = "System.LinkTypes.Related"
    return [*found, LinkType(related, "Related", related, "network")]


LINK_TYPES = tuple(_link_types())
LINKS_BY_REFERENCE = {item.reference.lower(): item for item in LINK_TYPES}
# What an item is linked to that is no work item: reference name -> name
RESOURCE_LINKS = {
    "attachedfile": ("AttachedFile", "Attached File"),
    "hyperlink": ("Hyperlink", "Hyperlink"),
    "artifactlink": ("ArtifactLink", "Artifact Link"),
}
