"""Damage samples at random and read what comes out: results or a ReportError, and never anything else.

    python tests/reports/fuzz.py [--minutes 60] [--seed N] [--keep FOLDER]

What breaks a reader is kept in FOLDER under the name of its sample, and the traceback is told once.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from ado_publisher import reports
from ado_publisher.errors import ReportError
from ado_publisher.model import Outcome, TestResult

SAMPLES = Path(__file__).parent / "samples"
SPLICES = (
    b"\0", b"<", b">", b"&", b'"', b"{", b"}", b"[", b"]", b"null", b"-1", b"1e999", b"true", b'"\\ud800"',
    b"\xff\xfe", b"9" * 400, b"<x>", b"</x>", b"\n", b'""', b"[]", b"{}", b"[[]]", b"&#0;", b"<![CDATA[",
    b"\xc3\x28", b"-", b".", b"\\ud800",
)  # fmt: skip


def samples() -> list[Path]:
    """Every sample of every format."""
    return sorted(
        path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix not in (".golden", ".md")
    )


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content after one to six small accidents."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            del data[at:]
        elif kind == 1:
            del data[at : at + chance.randint(1, 60)]
        elif kind == 2:
            data[at:at] = chance.choice(SPLICES)
        elif kind == 3:
            start = chance.randrange(len(data) + 1)
            data[at:at] = data[start : start + chance.randint(1, 300)]
        elif kind == 4 and data:
            data[at % len(data)] = chance.randrange(256)
        else:
            end = at + chance.randint(1, 40)
            data[at:end] = chance.choice(SPLICES)
        data = data or bytearray(b" ")
    return bytes(data)


def check(result: TestResult) -> None:
    """Fields are of the types that everything behind the readers relies on. Raises TypeError."""
    texts = (
        result.name,
        result.class_name,
        result.message,
        result.stack_trace,
        result.stdout,
        result.stderr,
        result.host,
    )
    pairs = (*result.properties, *result.suite_properties)
    fine = (
        all(isinstance(text, str) for text in (*texts, *result.suites, *result.attachments))
        and all(isinstance(name, str) and isinstance(value, str) for name, value in pairs)
        and isinstance(result.outcome, Outcome)
        and (result.duration is None or 0 <= result.duration < float("inf"))
    )
    for text in (*texts, *result.suites, *(part for pair in pairs for part in pair)):
        text.encode()  # a half of a surrogate pair would be refused by whatever it is sent to
    if not fine:
        raise TypeError(f"a field of another type: {result!r}"[:2000])


def read(path: Path, content: bytes) -> BaseException | None:
    """What went wrong, other than that the report is refused."""
    path.write_bytes(content)
    try:
        for result in reports.read(str(path)):
            check(result)
    except ReportError:
        return None
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is what we look for
        return error
    return None


def tries(seed: int, seconds: float) -> Iterator[tuple[Path, bytes]]:
    """Damaged samples until the time is over."""
    chance, known = random.Random(seed), [(path, path.read_bytes()) for path in samples()]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        path, content = chance.choice(known)
        yield path, damaged(content, chance)


def main() -> int:
    """Fuzz, tell, and fail when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir(), "ado-publisher-fuzz"))
    asked = parser.parse_args()
    told: set[str] = set()
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for sample, content in tries(asked.seed, asked.minutes * 60):
            count += 1
            error = read(Path(folder, f"fuzz{sample.suffix}"), content)
            if error is None:
                continue
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
            if place in told:
                continue
            told.add(place)
            asked.keep.mkdir(parents=True, exist_ok=True)
            kept = asked.keep / f"{sample.parent.name}-{len(told)}{sample.suffix}"
            kept.write_bytes(content)
            print(f"{place}: {error}\n  kept: {kept}", flush=True)
            traceback.print_exception(error, limit=-4)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} damaged reports, seed {asked.seed}, {len(told)} kinds of failure, peak {peak:.0f} MB")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
