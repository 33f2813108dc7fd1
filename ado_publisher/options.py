"""The table of options: every flag, input, environment variable and config key comes from it.

`settings` resolves it, `cli.options` makes flags of it; action.yml, task.json, the
README's table and the config's schema are held equal to it by tests/settings/test_surfaces.py.
A new option is one row here and one field of `Settings`.
"""

from __future__ import annotations

from ado_publisher.option import Kind, Option, normalised

__all__ = ["BY_CONFIG", "BY_NAME", "DEFAULT_CONFIGS", "EXCLUSIVE", "OPTIONS", "Kind", "Option", "normalised"]

DEFAULT_CONFIGS = ("ado-publisher.yml", "ado-publisher.yaml")
DEFAULT_RUN_NAME = "{build_number} {suite}"

OPTIONS: tuple[Option, ...] = (
    Option(
        name="files",
        group="reports",
        positional=True,
        multiple=True,
        kind=Kind.PATH,
        metavar="FILE|GLOB|DIR|-",
        help="Test reports: files, glob patterns or folders; - reads standard input."
        " Without any, the config's reports are taken.",
    ),
    Option(
        name="organization-url",
        group="target",
        kind=Kind.URL,
        metavar="URL",
        ci=True,
        config="azure_devops.organization_url",
        help="The organization or server collection, such as https://dev.azure.com/acme."
        " Under Azure Pipelines the pipeline's own unless named.",
    ),
    Option(
        name="project",
        group="target",
        metavar="NAME|ID",
        ci=True,
        config="azure_devops.project",
        help="The project that holds the test plan. Under Azure Pipelines the pipeline's own unless named.",
    ),
    Option(
        name="plan",
        group="target",
        metavar="ID|NAME",
        config="publish.plan",
        help="The test plan whose points are updated.",
    ),
    Option(
        name="suite",
        group="target",
        attribute="suites",
        multiple=True,
        metavar="ID|PATH",
        config="publish.suites",
        help="Only points of this suite; a path may hold * and **. May be repeated.",
    ),
    Option(
        name="configuration",
        group="target",
        attribute="configurations",
        multiple=True,
        metavar="ID|NAME",
        config="publish.configurations",
        help="Only points of this test configuration. May be repeated.",
    ),
    Option(
        name="config",
        group="target",
        kind=Kind.PATH,
        metavar="FILE",
        commands=("publish", "validate"),
        help="The config file. Without it ado-publisher.yml in the working directory is read if it exists.",
    ),
    Option(
        name="format",
        group="reports",
        default="auto",
        metavar="NAME",
        config="publish.format",
        help="The reports' format, such as junit or katalon; auto looks at each file.",
    ),
    Option(
        name="run-name",
        group="build",
        default=DEFAULT_RUN_NAME,
        metavar="TEMPLATE",
        config="publish.run_name",
        help="The test run's name; may hold build_number, suite, collection, branch, job and date in braces.",
    ),
    Option(
        name="run-per",
        group="build",
        kind=Kind.CHOICE,
        choices=("publish", "suite"),
        default="publish",
        config="publish.run_per",
        help="Whether one test run takes all results, or each suite of the reports gets its own.",
    ),
    Option(
        name="build-id",
        group="build",
        kind=Kind.INT,
        metavar="N",
        ci=True,
        config="publish.build_id",
        help="The build that made the results, by id. Under Azure Pipelines the running build unless named.",
    ),
    Option(
        name="build-number",
        group="build",
        attribute="build_numbers",
        multiple=True,
        commas=True,
        metavar="TEXT[,TEXT]",
        config="publish.build_number",
        help="The build that made the results, by number; of several the first becomes the run's build.",
    ),
    Option(
        name="no-build-link",
        group="build",
        kind=Kind.FLAG,
        default=False,
        config="publish.no_build_link",
        help="Make the run without a link to a build, also where one is known.",
    ),
    Option(
        name="release-id",
        group="build",
        kind=Kind.INT,
        metavar="N",
        ci=True,
        config="publish.release_id",
        help="The classic release that made the results. In a release pipeline the running one unless named.",
    ),
    Option(
        name="release-environment-id",
        group="build",
        kind=Kind.INT,
        metavar="N",
        ci=True,
        config="publish.release_environment_id",
        help="The stage of that release, by its environment's id.",
    ),
    Option(
        name="points",
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
        choices=("report", "fail"),
        default="report",
        config="publish.unmatched",
        help="What results without a test point do: report lists them, fail also ends with exit code 1.",
    ),
    Option(
        name="skipped",
        group="rules",
        kind=Kind.CHOICE,
        choices=("leave", "publish"),
        default="leave",
        config="publish.skipped",
        help="What tests that did not run do to their test point: leave it alone or publish NotExecuted.",
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
        name="retry-seconds",
        group="output",
        kind=Kind.INT,
        default=300,
        metavar="N",
        commands=("publish", "resume"),
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
        name="key",
        group="build",
        metavar="TEXT",
        config="publish.key",
        help="Tells publishes of one build and job apart, such as a matrix leg; the same publish started"
        " twice makes one run.",
    ),
    Option(
        name="token",
        group="target",
        secret=True,
        fallbacks=("SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"),
        help="Personal access token or System.AccessToken. Never a flag, never in the config:"
        " an environment variable, or ADO_PUBLISHER_TOKEN_FILE names a file that holds it.",
    ),
)

BY_NAME = {option.name: option for option in OPTIONS}
BY_CONFIG = {option.config: option for option in OPTIONS if option.config}

EXCLUSIVE: tuple[tuple[str, ...], ...] = (("build-id", "build-number", "no-build-link"),)
"""Options that answer the same question: the strongest source that names one of them decides."""
