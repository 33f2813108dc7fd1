"""What a sync knows, as one HTML page without scripts: for an artifact of the pipeline, or a wall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ado_publisher.sync.model import NOUNS, ORDER, Side
from ado_publisher.sync.rows import Dirty, Pair
from ado_publisher.sync.store import Store

_MOST = 1000
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1f2328}"
    "table{border-collapse:collapse;width:100%;margin:0 0 2rem}"
    "th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}"
    "td{overflow-wrap:anywhere}.calm{color:#1a7f37}.person{color:#b35900}"
)


def page(store: Store, partition: str, names: dict[Side, str], config: str) -> str:
    """The page; `names` are what the sides are called. Nothing is asked of either side."""
    left = [each for each in store.dirty(partition) if each.parked]
    gone = [pair for pair in store.pairs(partition) if pair.state == "twinless"]
    calm = '<p class="calm">Nothing needs a person.</p>'
    told = f'<p class="person">{_counted(len(left))} a person.</p>' if left else calm
    counts = [(NOUNS[kind][1], str(store.count_pairs(partition, kind))) for kind in ORDER]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width'>",
        f"<title>Sync of {escape(config)}</title><style>{_STYLE}</style>",
        f"<h1>{escape(names[Side.ADO])} and {escape(names[Side.REMOTE])}</h1>{told}",
        _table("Paired", ("kind", "pairs"), counts),
        _table("Waiting and parked", ("what", "id", "title", "why"), (_left(each, names) for each in left)),
        _table("Without a twin", ("what", "ids", "why"), (_gone(each, names) for each in gone)),
    ]
    return "\n".join(part for part in parts if part) + "\n</html>\n"


def _counted(count: int) -> str:
    return "1 record needs" if count == 1 else f"{count} records need"


def _left(each: Dirty, names: dict[Side, str]) -> Sequence[str]:
    return f"{NOUNS[each.kind][0]} of {names[each.side]}", each.id, each.title, each.error


def _gone(pair: Pair, names: dict[Side, str]) -> Sequence[str]:
    ids = ", ".join(f"{names[side]} {number}" for side, number in pair.ids.items())
    return NOUNS[pair.kind][0], ids, pair.note


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its heading; empty without rows."""
    shown = [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
    if not shown:
        return ""
    more = f"<p>and {len(shown) - _MOST} more</p>" if len(shown) > _MOST else ""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{''.join(shown[:_MOST])}</table>{more}"
