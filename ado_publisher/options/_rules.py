"""Policies: what becomes of results and points, and when a publish ends with exit code 1."""

from __future__ import annotations

from ado_publisher.option import Kind, Option

RULES: tuple[Option, ...] = (
    Option(
        name="points",
        commands=("publish", "explain"),
        group="rules",
        kind=Kind.CHOICE,
        choices=("auto", "first", "all", "error"),
        default="auto",
        config="publish.points",
        help="What a result with several test points does: auto writes all of one configuration"
        " and calls several configurations ambiguous.",
    ),
    Option(
        name="several",
        group="rules",
        kind=Kind.CHOICE,
        choices=("worst", "last", "first", "best-of-retries"),
        default="worst",
        config="publish.several",
        help="Which of several results on one test point decides its outcome.",
    ),
    Option(
        name="unmatched",
        group="rules",
        kind=Kind.CHOICE,
        choices=("report", "fail", "publish", "create"),
        default="report",
        config="publish.unmatched",
        help="What results without a test point do: report lists them, fail also ends with exit code 1,"
        " publish puts them into a run without a plan, create makes test cases for those that name none.",
    ),
    Option(
        name="unknown-id",
        group="rules",
        kind=Kind.CHOICE,
        choices=("report", "fail"),
        default="report",
        config="publish.unknown_id",
        help="What a test case id without a test point does: report lists it, fail also ends with exit"
        " code 1, even where another id of the same result was reached.",
    ),
    Option(
        name="inactive-points",
        commands=("publish", "verify", "explain"),
        group="rules",
        kind=Kind.CHOICE,
        choices=("leave", "publish"),
        default="leave",
        config="publish.inactive_points",
        help="What happens to test points that are not active: leave them alone, or publish to them.",
    ),
    Option(
        name="skipped",
        commands=("publish", "explain"),
        group="rules",
        kind=Kind.CHOICE,
        choices=("leave", "publish"),
        default="leave",
        config="publish.skipped",
        help="What tests that did not run do to their test point: leave it alone or publish NotExecuted.",
    ),
    Option(
        name="steps",
        group="rules",
        kind=Kind.CHOICE,
        choices=("leave", "publish"),
        default="leave",
        config="publish.steps",
        help="Whether the steps that a report tells of are written to the steps of the test case.",
    ),
    Option(
        name="redact",
        group="rules",
        multiple=True,
        commas=True,
        choices=("host", "user", "address", "typed", "files"),
        metavar="WHAT[,WHAT]",
        config="redaction.what",
        help="What is kept out of everything that is published: names of hosts and users, addresses of the"
        " network and of mail, what tests typed, attached files.",
    ),
    Option(
        name="fail-on-failed-tests",
        group="policy",
        kind=Kind.FLAG,
        negatable=True,
        default=False,
        config="publish.fail_on_failed_tests",
        help="End with exit code 1 when a test failed.",
    ),
    Option(
        name="max-failed",
        group="policy",
        kind=Kind.THRESHOLD,
        metavar="N|N%",
        config="publish.max_failed",
        help="End with exit code 1 when more tests than this failed; a number or a share of all that ran.",
    ),
    Option(
        name="allow-empty",
        group="policy",
        kind=Kind.FLAG,
        default=False,
        config="publish.allow_empty",
        help="Exit code 0 although nothing could be published.",
    ),
)
