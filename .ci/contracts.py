"""Check the exchanges that the tests recorded against the service's published contract.

usage: contracts.py FOLDER CONTRACTS    exit 0 clean, 1 findings or nothing recorded

One call of the checker for all logs of a kind, since it reads megabytes of Swagger first; each
finding is told with the test it came from.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from bisect import bisect_right
from pathlib import Path
from typing import Any

# The Swagger types the items of reporting answers as text; real ones are objects (azure-devops.md, quirk 5 of
# the specification). What they are is held by tests of the emulator.
TYPED_WRONG = re.compile(r"wit:Reporting Work Item Revisions.* response\.values\[[0-9]+\]: .* is not string$")


def gather(logs: list[Path], into: Path) -> list[int]:
    """Write all logs into one file; the line numbers, from 0, at which each of them begins."""
    starts, line = [], 0
    with into.open("w", encoding="utf-8") as out:
        for log in logs:
            starts.append(line)
            for text in filter(str.strip, log.read_text(encoding="utf-8").splitlines()):
                out.write(text + "\n")
                line += 1
    return starts


def check(kind: str, folder: Path, contracts: Path) -> tuple[int, int]:
    """(exchanges, errors) of one kind of server."""
    logs = sorted(folder.glob(f"*.{kind}.jsonl"))
    if not logs:
        return 0, 0
    together = folder / f"all-{kind}.log"
    starts = gather(logs, together)
    command = [sys.executable, str(contracts / "contract_check.py"), str(together), "--json", "--responses"]
    command += ["--swagger", str(contracts), *(["--onprem"] if kind == "server" else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        sys.exit(f"contract_check.py ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    places: dict[str, list[str]] = {}
    errors = told["errors"]
    for finding in told["findings"]:
        which = bisect_right(starts, finding["line"] - 1) - 1
        what = " ".join(str(finding[key]) for key in ("level", "code", "op", "where"))
        place = f"{logs[which].name}:{finding['line'] - starts[which]}"
        text = f"{what}: {finding['message']}"
        if TYPED_WRONG.search(text):
            errors -= 1
            continue
        places.setdefault(text, []).append(place)
    for text, found in places.items():
        print(f"{text} [{len(found)} times, first {found[0]}]")
    return told["exchanges"], errors


def main(folder: Path, contracts: Path) -> int:
    """Check both kinds and say how much was checked."""
    counts = [check(kind, folder, contracts) for kind in ("cloud", "server")]
    exchanges, errors = (sum(column) for column in zip(*counts, strict=True))
    print(f"{exchanges} exchanges checked against the contract, {errors} errors")
    return 1 if errors or not exchanges else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
