"""What is published, redacted: results before they are planned, files before they are attached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ado_publisher.drafts import FileDraft
from ado_publisher.model import Match, Outcome, TestResult
from ado_publisher.publish.files import AttachmentChooser
from ado_publisher.publish.request import Redaction
from ado_publisher.redaction import FILES, Redactor, redactor

# Larger texts are not rewritten in memory; what cannot be redacted does not go along.
LARGEST = 5 * 1024 * 1024


def redactor_of(redaction: Redaction, results: Iterable[TestResult]) -> Redactor:
    """The redactor that was asked for; it knows the names that the results tell."""
    return redactor(
        redaction.what,
        redaction.patterns,
        hosts=redaction.hosts,
        users=redaction.users,
        results=results,
    )


def redacted(keep_out: Redactor, matches: Sequence[Match]) -> Sequence[Match]:
    """The matches as they are published; the very same where nothing is to be kept out."""
    if not keep_out.active:
        return matches
    return [replace(match, result=keep_out.result(match.result)) for match in matches]


def redacted_files(keep_out: Redactor, files: Iterable[FileDraft]) -> tuple[list[FileDraft], list[str]]:
    """The files as they are published, and why some are not; pictures and the like go as they are."""
    if not keep_out.active:
        return list(files), []
    kept: list[FileDraft] = []
    problems: list[str] = []
    for file in () if FILES in keep_out.kinds else files:
        name = keep_out.text(file.name)
        content = _content(file.path) if file.path else file.content
        if content is None:
            problems.append(
                f"attachment '{name}' is left out: it has more than {LARGEST // 2**20} MiB of text, too much"
                " to be redacted"
            )
            continue
        if _is_text(content):
            shown = keep_out.text(content.decode("utf-8")).encode()
            if shown != content:
                file = replace(file, path="", content=shown)
        kept.append(replace(file, name=name))
    return kept, problems


@dataclass(slots=True)
class RedactingChooser:
    """Chooses the files of one point as another does, and redacts them."""

    keep_out: Redactor
    inner: AttachmentChooser
    troubles: dict[str, None] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why files that were wanted do not go along."""
        return (*self.inner.problems, *self.troubles)

    def files_of(self, matches: Sequence[Match], outcome: Outcome) -> list[FileDraft]:
        """The files of all results on a point; outcome is the point's."""
        kept, problems = redacted_files(self.keep_out, self.inner.files_of(matches, outcome))
        self.troubles.update(dict.fromkeys(problems))
        return kept


def _content(path: str) -> bytes | None:
    """The file's content; None for a large text. What cannot be read, or is large and no text, is a zero."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError:
        return b"\0"
    if len(content) <= LARGEST:
        return content
    return None if _is_text(content[:65536], cut=True) else b"\0"


def _is_text(content: bytes, *, cut: bool = False) -> bool:
    if b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        # The beginning of a text may end within a letter.
        return cut and error.start > len(content) - 4
    return True
