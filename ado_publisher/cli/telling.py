"""A publish told everywhere it is looked for: the log, the JSON report, the host's outputs and summary."""

from __future__ import annotations

from collections.abc import Mapping

import click

from ado_publisher import ci, summary
from ado_publisher.cli import host as speaking
from ado_publisher.cli.facts import told, write_json
from ado_publisher.cli.text import harmless
from ado_publisher.errors import ReportError
from ado_publisher.model import Status
from ado_publisher.summary import Published


def tell(published: Published, report_json: str, host: ci.CiHost) -> None:
    """Tell what became of everything that was read."""
    write_json(report_json, summary.as_json(published))
    for line in told(published, host):
        click.echo(line)
    speaking.set_outputs(host, outputs(published))
    speaking.show_summary(host, summary.as_markdown(published))


def tell_error(error: ReportError, host: ci.CiHost) -> None:
    """Tell a report that could not be read, in the log and on the host's pages."""
    click.echo(f"error: {harmless(str(error))}", err=True)
    speaking.annotate(host, "error", str(error))


def outputs(published: Published) -> Mapping[str, object]:
    """The values of the outputs that `ci.output_names` lists."""
    run = next(iter(published.made), None)
    return {
        "run-id": run.id if run else None,
        "run-url": run.url if run else None,
        "total": len(published.matches),
        "passed": published.passed,
        "failed": published.failed,
        "unmatched": published.count(Status.UNMATCHED),
    }
