"""What is told, kept and tried again."""

from __future__ import annotations

from ado_publisher.option import Kind, Option

OUTPUT: tuple[Option, ...] = (
    Option(
        name="dry-run",
        group="output",
        kind=Kind.FLAG,
        default=False,
        config="publish.dry_run",
        help="Show every run, point and result that would be written, and write nothing.",
    ),
    Option(
        name="report-json",
        group="output",
        kind=Kind.PATH,
        metavar="FILE",
        config="publish.report_json",
        help="Write what became of every result to this file as JSON.",
    ),
    Option(
        name="mapping-report",
        group="output",
        kind=Kind.PATH,
        metavar="FILE",
        config="publish.mapping_report",
        help="Write for each result which rule matched which points, or what came close and why not; .json"
        " is JSON, anything else Markdown.",
    ),
    Option(
        name="retry-seconds",
        commands=("publish", "resume", "run open", "run close", "verify", "explain", "init"),
        group="output",
        kind=Kind.INT,
        default=300,
        metavar="N",
        config="publish.retry_seconds",
        help="How long a request is sent again while the service is away, before it is left to resume.",
    ),
    Option(
        name="journal",
        group="output",
        kind=Kind.PATH,
        default=".ado-publisher/journal.sqlite",
        metavar="FILE",
        commands=("publish", "resume"),
        config="publish.journal",
        help="What is written and what is not, so that resume can finish an interrupted publish.",
    ),
    Option(
        name="defer",
        group="output",
        kind=Kind.FLAG,
        default=False,
        help="Only write the journal, for a job without rights; resume publishes it from another job.",
    ),
)
