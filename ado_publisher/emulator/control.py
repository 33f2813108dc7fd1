"""The control calls under `/_emulator`: reset, seed, faults, state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ado_publisher.emulator.faults import FaultError
from ado_publisher.emulator.seed_text import SeedError
from ado_publisher.emulator.web import Answer

if TYPE_CHECKING:
    from ado_publisher.emulator.dispatch import Call
    from ado_publisher.emulator.host import Host


def answer(call: Call, emulator: Host) -> Answer:
    """Carry out one control call."""
    name = call.path.rstrip("/").lower()
    wanted = {
        "/_emulator/reset": "POST",
        "/_emulator/seed": "POST",
        "/_emulator/faults": "POST",
        "/_emulator/state": "GET",
    }.get(name)
    if wanted is None:
        return _refused(404, [f"unknown control call {call.path!r}; known are reset, seed, faults, state"])
    if call.method != wanted:
        return _refused(405, [f"{call.path} takes {wanted}"])
    if name.endswith("state"):
        return Answer(emulator.state())
    try:
        if name.endswith("reset"):
            emulator.reset()
        elif name.endswith("seed"):
            emulator.seed_text(call.body, "seed")
        else:
            value = orjson.loads(call.body or b"{}")
            emulator.fault_rules.replace(value.get("rules", []) if isinstance(value, dict) else value)
    except SeedError as error:
        return _refused(400, list(error.problems))
    except (FaultError, orjson.JSONDecodeError) as error:
        return _refused(400, [str(error)])
    return Answer({"ok": True, "url": emulator.url})


def _refused(status: int, problems: list[str]) -> Answer:
    return Answer({"ok": False, "problems": problems}, status)
