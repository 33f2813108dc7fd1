"""What is changed in work items; all of it off unless asked for."""

from __future__ import annotations

from ado_publisher.option import Kind, Option

WORKITEMS: tuple[Option, ...] = (
    Option(
        name="new-case-suite",
        group="rules",
        metavar="PATH",
        default="{suite}",
        config="new_cases.suite",
        help="The suite that test cases made by --unmatched create go to, made if it is missing; may"
        " hold suite and class in braces.",
    ),
    Option(
        name="new-case-area",
        group="rules",
        metavar="PATH",
        config="new_cases.area",
        help="The area of test cases that are made; without it the project's.",
    ),
    Option(
        name="new-case-iteration",
        group="rules",
        metavar="PATH",
        config="new_cases.iteration",
        help="The iteration of test cases that are made; without it the project's.",
    ),
    Option(
        name="new-case-tags",
        group="rules",
        multiple=True,
        commas=True,
        metavar="TAG[,TAG]",
        config="new_cases.tags",
        help="Tags of test cases that are made.",
    ),
    Option(
        name="associate",
        group="rules",
        kind=Kind.CHOICE,
        choices=("never", "missing", "always"),
        default="never",
        config="publish.associate",
        help="Whether test cases that were reached are associated with their automated test: only those"
        " without one, or always.",
    ),
    Option(
        name="link-requirements",
        group="rules",
        kind=Kind.FLAG,
        default=False,
        config="publish.link_requirements",
        help="Link test cases to the requirements that the report's properties name.",
    ),
    Option(
        name="create-bugs",
        group="rules",
        kind=Kind.FLAG,
        default=False,
        config="bugs.create",
        help="Make a bug for each new failure, linked to its result and test case; a known one is linked.",
    ),
    Option(
        name="max-bugs",
        group="rules",
        kind=Kind.INT,
        default=10,
        metavar="N",
        config="bugs.max",
        help="At most so many bugs are made by one publish; the rest is listed.",
    ),
    Option(
        name="closed-bugs",
        group="rules",
        kind=Kind.CHOICE,
        choices=("new", "reopen", "leave"),
        default="new",
        config="bugs.closed",
        help="What a failure does whose bug is closed: make a new bug, reopen the closed one, or only link"
        " that one.",
    ),
)
