"""A machine in a test's folder that publishes in this process, and what can happen to its requests."""

from support.inprocess import READ_TIMEOUT, cli_here

OUT = "<system-out>[[ATTACHMENT|shot.png]]</system-out>"
LATE = int(READ_TIMEOUT * 1000) + 300
HTML = {"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>Sign In</html>"}
FAULTS = {
    "503": {"status": 503},
    "503 for ever": {"status": 503, "times": 0},
    "503 with Retry-After": {"status": 503, "headers": {"Retry-After": "0"}},
    "502 twice": {"status": 502, "times": 2, "body": "<html>Bad Gateway</html>"},
    "429": {"status": 429, "headers": {"Retry-After": "0"}},
    "429 thrice": {"status": 429, "times": 3},
    "timeout": {"delay_ms": LATE},
    "timeout, never served": {"delay_ms": LATE, "drop": "before"},
    "dropped before": {"drop": "before"},
    "dropped before for ever": {"drop": "before", "times": 0},
    "dropped after": {"drop": "after"},
    "dropped after for ever": {"drop": "after", "times": 0},
    "truncated": {"truncate": 7},
    "truncated for ever": {"truncate": 7, "times": 0},
    "HTML": HTML,
    "expired": {"status": 401, "times": 0},
}


class Machine:
    """A folder with a report, and the two commands that are run in it."""

    def __init__(self, folder, service, cases):
        self.folder = folder
        self.env = {"ADO_PUBLISHER_ORGANIZATION_URL": service.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
        (folder / "shot.png").write_bytes(b"\x89PNG" * 100)
        (folder / "log.txt").write_text("log")
        (folder / "report.xml").write_text(f'<testsuite name="Web">{"".join(cases)}</testsuite>')

    def publish(self, *more):
        arguments = ["publish", "report.xml", "--project", "Shop", "--plan", "10", "--build-id", "41", *more]
        return cli_here(arguments, cwd=self.folder, env=self.env)

    def resume(self):
        return cli_here(["resume"], cwd=self.folder, env=self.env)
