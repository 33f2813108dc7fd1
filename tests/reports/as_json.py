"""A result as JSON, for the golden files beside the samples."""

from __future__ import annotations

import json
from dataclasses import asdict

from ado_publisher.model import TestResult


def golden(results: list[TestResult], warnings: list[str]) -> str:
    """Every field that is not empty, so that a golden file can be read by a person."""
    return (
        json.dumps(
            {"warnings": warnings, "results": [_result(result) for result in results]},
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _result(result: TestResult) -> dict[str, object]:
    fields = dict(zip(result._fields, result, strict=True)) | {"file": ""}
    fields["started"] = result.started and result.started.isoformat()
    fields["attempts"] = [
        {
            "outcome": a.outcome,
            "message": a.message,
            "stack_trace": a.stack_trace,
            "duration": a.duration,
        }
        for a in result.attempts
    ]
    fields["steps"] = [asdict(step) for step in result.steps]
    return {name: value for name, value in fields.items() if value not in ("", (), [], None)}
