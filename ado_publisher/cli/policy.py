"""Which exit code a publish ends with: the policy, and what it says to the facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ado_publisher.errors import ExitCode
from ado_publisher.model import Outcome, Status
from ado_publisher.settings import Settings, Threshold
from ado_publisher.summary import Published


@dataclass(frozen=True, slots=True)
class Policy:
    """When a publish that worked ends with exit code 1 all the same."""

    fail_on_failed_tests: bool = False
    max_failed: Threshold | None = None
    unmatched: str = "report"
    allow_empty: bool = False
    unknown_id: str = "report"

    def as_json(self) -> dict[str, Any]:
        """As the journal keeps it for a publish that is put off."""
        most = self.max_failed
        return {
            "fail_on_failed_tests": self.fail_on_failed_tests,
            "max_failed": [most.amount, most.percent] if most else None,
            "unmatched": self.unmatched,
            "allow_empty": self.allow_empty,
            "unknown_id": self.unknown_id,
        }


def policy_of(settings: Settings) -> Policy:
    """The policy that the settings name."""
    return Policy(
        settings.fail_on_failed_tests,
        settings.max_failed,
        settings.unmatched,
        settings.allow_empty,
        settings.unknown_id,
    )


def policy_from(kept: Mapping[str, Any]) -> Policy:
    """The policy that the journal kept."""
    most = kept.get("max_failed")
    return Policy(
        bool(kept.get("fail_on_failed_tests")),
        Threshold(float(most[0]), bool(most[1])) if most else None,
        str(kept.get("unmatched") or "report"),
        bool(kept.get("allow_empty")),
        str(kept.get("unknown_id") or "report"),
    )


def exit_codes(published: Published, policy: Policy) -> list[ExitCode]:
    """Every reason not to end with 0."""
    codes = [ExitCode.REPORT] if published.report_errors else []
    ran = len(published.matches) - published.outcomes[Outcome.NOT_EXECUTED]
    unmatched = published.count(Status.UNMATCHED) + published.count(Status.AMBIGUOUS)
    too_many = policy.max_failed is not None and policy.max_failed.exceeded(published.failed, ran)
    reasons = (
        not published.planned and not published.unplanned and not policy.allow_empty,
        policy.fail_on_failed_tests and published.failed > 0,
        too_many,
        policy.unmatched == "fail" and unmatched > 0,
        policy.unknown_id == "fail" and any(match.lost_ids for match in published.matches),
        published.refused > 0,
    )
    return [*codes, ExitCode.POLICY] if any(reasons) else codes
