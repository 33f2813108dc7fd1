"""The run, and the build or release that made the results."""

from __future__ import annotations

from ado_publisher.option import Kind, Option

DEFAULT_RUN_NAME = "{build_number} {suite}"

BUILD: tuple[Option, ...] = (
    Option(
        name="run-name",
        commands=("publish", "run open"),
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
        commands=("publish", "run open", "verify"),
        group="build",
        kind=Kind.INT,
        metavar="N",
        ci=True,
        config="publish.build_id",
        help="The build that made the results, by id. Under Azure Pipelines the running build unless named.",
    ),
    Option(
        name="build-number",
        commands=("publish", "run open", "verify"),
        group="build",
        attribute="build_numbers",
        multiple=True,
        commas=True,
        metavar="TEXT[,TEXT]",
        config="publish.build_number",
        help="The build that made the results, by number; of several the first becomes the run's build.",
    ),
    Option(
        name="build-definition",
        commands=("publish", "run open", "verify"),
        group="build",
        metavar="ID|NAME",
        config="publish.build_definition",
        help="The build's definition: decides between builds of one number; its latest build is taken only"
        " with --latest-build.",
    ),
    Option(
        name="latest-build",
        commands=("publish", "run open", "verify"),
        group="build",
        kind=Kind.FLAG,
        default=False,
        config="publish.latest_build",
        help="Link the latest completed build of --build-definition instead of the one that ran: a guess"
        " wherever pipelines overlap.",
    ),
    Option(
        name="no-build-link",
        commands=("publish", "run open", "verify"),
        group="build",
        kind=Kind.FLAG,
        default=False,
        config="publish.no_build_link",
        help="Make the run without a link to a build, also where one is known.",
    ),
    Option(
        name="release-id",
        commands=("publish", "verify"),
        group="build",
        kind=Kind.INT,
        metavar="N",
        ci=True,
        config="publish.release_id",
        help="The classic release that made the results. In a release pipeline the running one unless named.",
    ),
    Option(
        name="release-environment-id",
        commands=("publish", "verify"),
        group="build",
        kind=Kind.INT,
        metavar="N",
        ci=True,
        config="publish.release_environment_id",
        help="The stage of that release, by its environment's id.",
    ),
    Option(
        name="key",
        commands=("publish", "run open"),
        group="build",
        metavar="TEXT",
        config="publish.key",
        help="Tells publishes of one build and job apart, such as a matrix leg; the same publish started"
        " twice makes one run.",
    ),
    Option(
        name="run",
        group="build",
        kind=Kind.INT,
        metavar="ID",
        help="An open test run of many jobs, made by `run open`, that the results go to.",
    ),
)
