"""What there is instead of a name that the service does not know."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def instead(wanted: str, known: Sequence[str], noun: str) -> str:
    """What there is instead: a close name first, else the first few."""
    if not known:
        return f"; it has no {noun}"
    lowered = {name.lower(): name for name in known}
    close = get_close_matches(wanted.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f" - did you mean '{lowered[close[0]]}'?"
    shown = ", ".join(f"'{name}'" for name in known[:8])
    return f"; it has {shown}" + (f" and {len(known) - 8} more" if len(known) > 8 else "")
