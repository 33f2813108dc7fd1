"""Where results go: organization, project, plan, and which of its points."""

from __future__ import annotations

from ado_publisher.option import Kind, Option

TARGET: tuple[Option, ...] = (
    Option(
        name="organization-url",
        commands=("publish", "run open", "run close", "verify", "explain", "init"),
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
        commands=("publish", "run open", "run close", "verify", "explain", "init"),
        group="target",
        metavar="NAME|ID",
        ci=True,
        config="azure_devops.project",
        help="The project that holds the test plan. Under Azure Pipelines the pipeline's own unless named.",
    ),
    Option(
        name="plan",
        commands=("publish", "run open", "verify", "explain", "init"),
        group="target",
        attribute="plans",
        multiple=True,
        whole_lines=True,
        metavar="ID|NAME|@latest|@iteration:PATH",
        config="publish.plan",
        help="The test plan whose points are updated, by id or name; @latest is the active plan that began"
        " last, @iteration:PATH the active plan of that iteration. May be repeated.",
    ),
    Option(
        name="suite",
        commands=("publish", "verify", "explain", "init"),
        group="target",
        attribute="suites",
        multiple=True,
        metavar="ID|PATH|requirement:ID",
        config="publish.suites",
        help="Only points of this suite, by id, path, or requirement:ID; a path may hold * and **."
        " May be repeated.",
    ),
    Option(
        name="configuration",
        commands=("publish", "verify", "explain", "init"),
        group="target",
        attribute="configurations",
        multiple=True,
        metavar="ID|NAME|ALIAS",
        config="publish.configurations",
        help="Only points of this test configuration, by id, name, or an alias of the config."
        " May be repeated.",
    ),
    Option(
        name="tester",
        commands=("publish", "verify", "explain"),
        group="target",
        attribute="testers",
        multiple=True,
        metavar="NAME|MAIL",
        config="publish.testers",
        help="Only points that are assigned to this tester. May be repeated.",
    ),
    Option(
        name="config",
        commands=("publish", "validate", "resume", "run open", "run close", "verify", "explain"),
        group="target",
        kind=Kind.PATH,
        metavar="FILE",
        help="The config file. Without it ado-publisher.yml in the working directory is read if it exists.",
    ),
    Option(
        name="token",
        commands=("publish", "resume", "run open", "run close", "verify", "explain", "init"),
        group="target",
        secret=True,
        fallbacks=("SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_EXT_PAT"),
        help="Personal access token or System.AccessToken. Never a flag, never in the config:"
        " an environment variable, or ADO_PUBLISHER_TOKEN_FILE names a file that holds it.",
    ),
)
