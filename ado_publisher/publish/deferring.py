"""A publish put off: what was read and how it shall be published, for a job that has the rights.

A pull request from a fork has no token: its job packs, a later one unpacks and publishes. Files
go along inside, because the other job runs elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cattrs import BaseValidationError
from cattrs.preconf.json import make_converter

from ado_publisher.drafts import FileDraft
from ado_publisher.model import Attempt, Match, Outcome, Status, Step, TestResult
from ado_publisher.publish import PublishRequest
from ado_publisher.publish.files import AttachmentChooser, companion_files, run_files
from ado_publisher.publish.redacting import RedactingChooser, redacted_files, redactor_of

_LARGEST = 1024 * 1024 * 1024


def pack(request: PublishRequest, results: Iterable[TestResult]) -> tuple[bytes, tuple[str, ...]]:
    """The request, the results and their files; and why some files cannot go along."""
    results = list(results)
    keep_out = redactor_of(request.redaction, results)
    chooser = RedactingChooser(keep_out, AttachmentChooser(request.attachments))
    files: list[dict[str, str]] = []
    packed = [_packed(keep_out.matchable(result), chooser, files) for result in results]
    failed = any(Outcome(each["outcome"]).counts_as_failed for each in packed)
    beside, missing = companion_files(request.companions, request.attachments, failed=failed)
    named, unusable = run_files(request.run_files, request.attachments)
    of_run, large = redacted_files(keep_out, [*named, *beside])
    # The names that were looked for are no part of what others may read.
    nameless = replace(request.redaction, hosts=(), users=())
    kept = replace(request, run_files=(), companions=(), redaction=nameless)
    document = {
        "request": make_converter().unstructure(kept),
        "results": packed,
        "files": files,
        "run_files": [_stored(file, files) for file in of_run],
    }
    text = json.dumps(document).encode()
    return zlib.compress(text, 6), (*chooser.problems, *missing, *unusable, *large)


def content_digest(results: Iterable[TestResult]) -> str:
    """What tells the results of one reading from those of another."""
    total = hashlib.sha256()
    for result in results:
        total.update(repr(tuple(result)).encode("utf-8", "replace"))
    return total.hexdigest()


def unpack(content: bytes, folder: Path) -> tuple[PublishRequest, list[TestResult]]:
    """What was packed; its files are laid into the folder, which is the only place they may come from.

    Raises ValueError when the content is not what `pack` made.
    """
    try:
        document = json.loads(zlib.decompressobj().decompress(content, _LARGEST))
        places = [_laid(number, file, folder) for number, file in enumerate(document["files"])]
        request = make_converter().structure(document["request"], PublishRequest)
        results = [_unpacked(each, places) for each in document["results"]]
        of_run = tuple(str(places[number]) for number in document["run_files"])
    except (zlib.error, KeyError, TypeError, IndexError, OSError, ValueError, BaseValidationError) as error:
        raise ValueError(f"not a publish that was put off: {error}") from error
    attachments = replace(request.attachments, roots=(folder,), path_map=())
    return replace(request, run_files=of_run, attachments=attachments), results


def _packed(result: TestResult, chooser: RedactingChooser, files: list[dict[str, str]]) -> dict[str, Any]:
    found = chooser.files_of([Match(result, result.outcome, Status.MATCHED)], result.outcome)
    fields = result._asdict()
    fields["started"] = result.started and result.started.isoformat()
    fields["attempts"] = [make_converter().unstructure(attempt) for attempt in result.attempts]
    fields["steps"] = [make_converter().unstructure(step) for step in result.steps]
    # Output goes along as text, and becomes a file again where it is published.
    made = {"Standard_Console_Output.log", "Standard_Console_Error.log"}
    fields["attachments"] = [_stored(file, files) for file in found if file.path or file.name not in made]
    return fields


def _stored(file: FileDraft, files: list[dict[str, str]]) -> int:
    content = Path(file.path).read_bytes() if file.path else file.content
    files.append({"name": file.name, "content": base64.b64encode(content).decode("ascii")})
    return len(files) - 1


def _laid(number: int, file: dict[str, str], folder: Path) -> Path:
    # The name comes from elsewhere: only its last part, in a folder of its own.
    place = folder / str(number) / Path(file["name"].replace("\\", "/")).name
    place.parent.mkdir()
    place.write_bytes(base64.b64decode(file["content"]))
    return place


def _pairs(value: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(text)) for key, text in value)


def _unpacked(fields: dict[str, Any], places: Sequence[Path]) -> TestResult:
    convert = make_converter()
    return TestResult(
        **{
            **fields,
            "outcome": Outcome(fields["outcome"]),
            "suites": tuple(fields["suites"]),
            "started": fields["started"] and datetime.fromisoformat(fields["started"]),
            "properties": _pairs(fields["properties"]),
            "suite_properties": _pairs(fields["suite_properties"]),
            "attempts": tuple(convert.structure(each, Attempt) for each in fields["attempts"]),
            "steps": tuple(convert.structure(each, Step) for each in fields.get("steps", ())),
            "attachments": tuple(str(places[number]) for number in fields["attachments"]),
        }
    )
