"""What the settings and the config ask for of work items, in the words of the use case."""

from __future__ import annotations

from typing import TypedDict

from ado_publisher.config import Config
from ado_publisher.publish.request import BugPolicy, NewCases
from ado_publisher.rules import FailureRule
from ado_publisher.settings import Settings


class WorkItemFields(TypedDict):
    """The fields of a PublishRequest that speak of work items."""

    new_cases: NewCases
    associate: str
    link_requirements: tuple[str, ...]
    bugs: BugPolicy
    bug_properties: tuple[str, ...]
    failures: tuple[FailureRule, ...]


def work_items_of(settings: Settings, config: Config) -> WorkItemFields:
    """Test cases that are made and associated, their requirements, bugs and what is known of failures."""
    bug = config.bugs
    return {
        "new_cases": NewCases(
            settings.new_case_suite,
            settings.new_case_area,
            settings.new_case_iteration,
            settings.new_case_tags,
        ),
        "associate": settings.associate,
        "link_requirements": config.test_cases.requirements if settings.link_requirements else (),
        "bugs": BugPolicy(
            create=settings.create_bugs,
            most=settings.max_bugs,
            closed=settings.closed_bugs,
            type=bug.type,
            area=bug.area,
            iteration=bug.iteration,
            tags=bug.tags,
            assigned_to=bug.assigned_to,
            fields=bug.fields,
        ),
        "bug_properties": config.test_cases.bugs,
        "failures": config.failures,
    }
