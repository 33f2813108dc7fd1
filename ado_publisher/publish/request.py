"""What a publish is asked to do, in the words of the use case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ado_publisher.drafts import FileDraft
from ado_publisher.matching import MatchRules
from ado_publisher.model import PipelineJob, Release
from ado_publisher.publish.choosing import PointChoice
from ado_publisher.publish.files import AttachmentPolicy
from ado_publisher.publish.linking import BuildChoice
from ado_publisher.rules import FailureRule


@dataclass(frozen=True, slots=True)
class NewCases:
    """Where test cases that are made go to. `suite` is a path, made if it is missing, that may hold
    {suite} and {class}; an empty area or iteration is the project's.
    """

    suite: str = "{suite}"
    area: str = ""
    iteration: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BugPolicy:
    """Whether bugs are made for new failures, and what they hold.

    At most `most` are made by one publish. `closed` is new, reopen or leave: what becomes of a
    failure whose bug is closed. `fields` are further ones by reference name.
    """

    create: bool = False
    most: int = 10
    closed: str = "new"
    type: str = "Bug"
    area: str = ""
    iteration: str = ""
    tags: tuple[str, ...] = ()
    assigned_to: str = ""
    fields: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is kept out of what is published: kinds (host, user, address, typed, files) and what regular
    expressions find. `hosts` and `users` are the names that are known beforehand.
    """

    what: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """Where results go and by which rules. Texts are as a person gave them.

    `run_per` is publish, or suite: one run for each outermost suite of the reports.
    `identity` is what tells this publish from others of the same build: attempt, job, the user's key.
    `shared_run` is an open run of many jobs that the results go to, `job_name` what this one is called.
    `run_files` are globs, `companions` files beside the reports; `context_file` tells where the
    results come from. All of them go to the run. `unmatched` is report, fail, publish or create,
    `associate` never, missing or always; `link_requirements` and `bug_properties` are names of
    properties that hold ids of work items.
    """

    project: str
    plans: tuple[str, ...] = ()
    points: PointChoice = field(default_factory=PointChoice)
    build: BuildChoice = field(default_factory=BuildChoice)
    build_number: str = ""
    release: Release | None = None
    job: PipelineJob | None = None
    branch: str = ""
    run_name: str = "{build_number} {suite}"
    context: str = ""
    rules: MatchRules = field(default_factory=MatchRules)
    several: str = "worst"
    unmatched: str = "report"
    run_per: str = "publish"
    attachments: AttachmentPolicy = field(default_factory=AttachmentPolicy)
    run_files: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    context_file: FileDraft | None = None
    new_cases: NewCases = field(default_factory=NewCases)
    associate: str = "never"
    link_requirements: tuple[str, ...] = ()
    bugs: BugPolicy = field(default_factory=BugPolicy)
    bug_properties: tuple[str, ...] = ()
    failures: tuple[FailureRule, ...] = ()
    redaction: Redaction = field(default_factory=Redaction)
    steps: bool = False
    dry_run: bool = False
    identity: tuple[str, ...] = ()
    shared_run: int | None = None
    job_name: str = ""
