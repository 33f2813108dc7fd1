"""What is read, and which files go along."""

from __future__ import annotations

from ado_publisher.option import Kind, Option

REPORTS: tuple[Option, ...] = (
    Option(
        name="files",
        commands=("publish", "verify", "explain"),
        group="reports",
        positional=True,
        multiple=True,
        kind=Kind.PATH,
        metavar="FILE|GLOB|DIR|-",
        help="Test reports: files, patterns with ** and {a,b}, folders, archives; !PATTERN leaves files out,"
        " - reads standard input. Without any, the config's reports are taken.",
    ),
    Option(
        name="format",
        commands=("publish", "verify", "explain"),
        group="reports",
        default="auto",
        metavar="NAME",
        config="publish.format",
        help="The reports' format, such as junit or katalon; auto looks at each file.",
    ),
    Option(
        name="salvage",
        commands=("publish", "explain"),
        group="reports",
        kind=Kind.FLAG,
        default=False,
        config="publish.salvage",
        help="Read damaged reports up to the damage; their results are marked, and the exit code stays 3.",
    ),
    Option(
        name="katalon-project",
        commands=("publish", "verify", "explain", "init"),
        group="reports",
        kind=Kind.PATH,
        metavar="DIR",
        config="publish.katalon_project",
        help="A Katalon project whose Azure DevOps settings and test case bindings are taken; options and"
        " config override its settings.",
    ),
    Option(
        name="ignore-katalon-switches",
        group="reports",
        kind=Kind.FLAG,
        default=False,
        config="publish.ignore_katalon_switches",
        help="Publish although the Katalon project's settings turn the integration, or its submitting, off.",
    ),
    Option(
        name="attach",
        group="reports",
        kind=Kind.CHOICE,
        choices=("always", "failed", "never"),
        default="failed",
        config="attachments.when",
        help="For which results attachments are uploaded.",
    ),
    Option(
        name="attach-types",
        group="reports",
        multiple=True,
        commas=True,
        metavar="TYPE[,TYPE]",
        config="attachments.types",
        help="Endings of the files that may be uploaded, such as png, log, html; without it every one.",
    ),
    Option(
        name="attach-roots",
        group="reports",
        multiple=True,
        kind=Kind.PATH,
        metavar="DIR",
        config="attachments.roots",
        help="Folders attachments may come from, beside each report's own; without it the working directory.",
    ),
    Option(
        name="attach-output",
        group="reports",
        kind=Kind.FLAG,
        default=False,
        config="attachments.output",
        help="Attach each test's standard output and error as well.",
    ),
    Option(
        name="run-files",
        group="reports",
        multiple=True,
        kind=Kind.PATH,
        metavar="FILE|GLOB|DIR",
        config="attachments.run_files",
        help="Files to attach to the test run itself: files, glob patterns or folders. May be repeated.",
    ),
    Option(
        name="path-map",
        group="reports",
        multiple=True,
        metavar="FROM=TO",
        config="attachments.path_map",
        help="Where a folder named in reports lies now, such as /home/runner/work/shop=/github/workspace."
        " May be repeated.",
    ),
)
