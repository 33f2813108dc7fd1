"""RSpec: the output of `--format json`. https://rspec.info/features/3-13/rspec-core/formatters/json-formatter/"""

from __future__ import annotations

from collections.abc import Iterator

from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports._fields import inner, number, plain, text, texts
from ado_publisher.reports._head import Head
from ado_publisher.reports._ids import with_ids
from ado_publisher.reports._json import Json, values
from ado_publisher.reports._registry import report_format
from ado_publisher.reports._source import Source

_OUTCOMES = {"passed": Outcome.PASSED, "failed": Outcome.FAILED, "pending": Outcome.NOT_EXECUTED}
_OUTSIDE = "summary.errors_outside_of_examples_count"


def _is_rspec(head: Head) -> bool:
    return "examples" in head.keys and (
        "summary_line" in head.keys or "version" in head.keys or "seed" in head.keys
    )


@report_format("rspec-json", recognizes=_is_rspec)
def read(source: Source) -> Iterator[TestResult]:
    """Every example; errors outside of examples, which hide examples, are a warning."""
    groups: set[str] = set()
    for path, value in values(source, ("examples.item", _OUTSIDE)):
        if path == _OUTSIDE:
            if isinstance(value, int) and value > 0:
                source.notes.warn(f"{value} errors outside of examples: some may not have been run at all")
        elif isinstance(value, dict):
            result = _result(source, value)
            groups.add(result.class_name)
            source.notes.suites = len(groups)
            yield result


def _result(source: Source, example: Json) -> TestResult:
    title, full = text(example, "description"), text(example, "full_description")
    group = full.removesuffix(title).strip() if title else ""
    said = text(example, "status")
    outcome = _OUTCOMES.get(said, Outcome.INCONCLUSIVE)
    exception = inner(example, "exception")
    file = text(example, "file_path").removeprefix("./")
    pairs = [("file", file), ("line", text(example, "line_number")), ("id", text(example, "id"))]
    words = [word for word in full.split() if word.startswith("@") and len(word) > 1]
    return TestResult(
        title or full,
        outcome,
        group,
        (group,) if group else (),
        source.path,
        duration=number(example, "run_time"),
        message=plain(text(exception, "message")) or text(example, "pending_message"),
        stack_trace="\n".join(texts(exception, "backtrace")),
        properties=with_ids([pair for pair in pairs if pair[1]], words),
        attachments=tuple(
            text(shot, name)
            for shot in [inner(example, "screenshot")]
            for name in ("image", "html")
            if text(shot, name)
        ),
        test_type="RSpec",
    )
