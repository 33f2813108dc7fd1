"""Other tools that publish the same tests: PublishTestResults in one job doubles the build's Tests tab."""

from __future__ import annotations

from collections.abc import Iterable

from ado_publisher.ado import testruns
from ado_publisher.ado.http import AdoSession
from ado_publisher.ado.testruns import BuildRun
from ado_publisher.model import Build, PipelineJob

_MOST = 5


def doubled(session: AdoSession, project: str, build: Build, job: PipelineJob) -> str:
    """What to say of runs of the same job on the build that belong to no plan and are not ours; or "".

    A run that does not say which job made it counts as well. One that comes later is not seen.
    """
    runs = [run for run in testruns.runs_of_build(session, project, build.id) if _same_tests(run, job)]
    if not runs:
        return ""
    return (
        f"Build {build.number} has {_named(runs)} without a test plan, as PublishTestResults makes "
        "them: its Tests tab shows these tests twice. Leave that task out, or publish with --no-build-link."
    )


def _same_tests(run: BuildRun, job: PipelineJob) -> bool:
    if run.plan_id is not None or not run.automated or not run.total or "[ado-publisher " in run.comment:
        return False
    return not run.job or run.job == (job.stage, job.phase, job.job)


def _named(runs: Iterable[BuildRun]) -> str:
    known = list(runs)
    told = ", ".join(f"{run.id} '{run.name}' ({run.total} tests)" for run in known[:_MOST])
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return f"test run{'s' if len(known) > 1 else ''} {told}{more}"
