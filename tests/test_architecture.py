"""The house has floors: imports point down, and only the top floor prints, reads the environment and exits.

A room is the first name below `ado_publisher`. A new room is a new line in FLOORS; what it may import
is a decision, so the test asks for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.syntax import Source, blanket_handlers, cycles, edge_effects, imports, sources, undocumented

PACKAGE = "ado_publisher"
ROOT = Path(__file__).resolve().parents[1]
MODULES = sources(ROOT / PACKAGE)
MAX_LINES = 400

GROUND = {
    "model",
    "errors",
    "text",
    "rules",
    "drafts",
    "itemfacts",
    "resources",
    "richtext",
    "teststeps",
}  # values that every floor speaks of
WORKERS = {"reports", "matching", "publication", "ado", "journal", "summary", "redaction"}
# what a user says; only cli reads it
SURFACE = {"option", "options", "values", "inputs", "settings", "config", "ci", "katalon"}

# room -> rooms it may import beside itself
FLOORS: dict[str, set[str]] = {
    **dict.fromkeys(GROUND, GROUND),
    "emulator": set(),  # must not share our client's misunderstandings
    **dict.fromkeys(WORKERS, GROUND),
    "publish": GROUND | WORKERS,
    "verifying": GROUND | WORKERS | {"publish"},
    "inspection": GROUND | {"reports"},
    "explaining": GROUND | {"matching"},
    "sync": GROUND | {"ado"},
    **dict.fromkeys(SURFACE, GROUND | SURFACE),
    "cli": GROUND
    | WORKERS
    | SURFACE
    | {"publish", "verifying", "inspection", "explaining", "sync", "emulator"},
    "__main__": {"cli"},
}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def internal(source: Source, modules: dict[str, Source]) -> list[tuple[str, int]]:
    return [(m, line) for m, line in imports(source, modules) if m == PACKAGE or m.startswith(f"{PACKAGE}.")]


def forbidden_imports(modules: dict[str, Source]) -> list[str]:
    found = []
    for source in modules.values():
        here = room(source.name)
        for target, line in internal(source, modules):
            there = room(target)
            # The package itself holds the version, and nothing else.
            if there not in FLOORS.get(here, set()) | {here, ""}:
                found.append(f"{source.path}:{line}: {here or PACKAGE} imports {target}")
    return found


def module(name: str, text: str) -> dict[str, Source]:
    return {name: Source(name, Path(name.rpartition(".")[2] + ".py"), text)}


def test_every_room_has_a_floor():
    rooms = {room(name) for name in MODULES} - {""}
    assert rooms <= set(FLOORS), f"say in FLOORS what {sorted(rooms - set(FLOORS))} may import"


def test_imports_point_down():
    assert forbidden_imports(MODULES) == []


def test_no_modules_import_each_other():
    graph = {name: {m for m, _ in internal(source, MODULES) if m != name} for name, source in MODULES.items()}
    assert cycles(graph) == []


def test_the_floors_themselves_have_no_cycle():
    above = {name: allowed - {name} - GROUND - SURFACE for name, allowed in FLOORS.items()}
    assert cycles(above) == []


def test_only_the_command_line_prints_reads_the_environment_and_exits():
    below = [s for s in MODULES.values() if room(s.name) not in {"cli", "__main__"}]
    assert [f"{s.path}:{line}: {what}" for s in below for line, what in edge_effects(s)] == []


def test_nothing_catches_every_exception():
    assert [f"{s.path}:{line}" for s in MODULES.values() for line in blanket_handlers(s)] == []


def test_modules_stay_short():
    lengths = {str(s.path): s.text.count("\n") for s in MODULES.values()}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_what_is_public_is_documented():
    assert [place for s in MODULES.values() for place in undocumented(s)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import ado_publisher.settings",
        "from ado_publisher import settings",
        "from ado_publisher.settings import Settings",
        "from .. import settings",
        "from ..settings import Settings",
        "def f():\n    from ado_publisher import settings",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ado_publisher.settings",
        "import importlib\nimportlib.import_module('ado_publisher.settings')",
    ],
)
def test_every_way_to_import_upwards_is_seen(text):
    name = "ado_publisher.reports.junit"
    modules = module(name, text) | module("ado_publisher.settings", "")
    assert forbidden_imports(modules) == [
        f"junit.py:{text.count(chr(10)) + 1}: reports imports ado_publisher.settings",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "import os\nx = os.environ",
        "import os\nos.getenv('x')",
        "from os import environ",
        "print(1)",
        "import click\nclick.echo(1)",
        "import sys\nsys.exit(1)",
        "import sys\nsys.stderr.write('x')",
        "raise SystemExit(1)",
        "exit(1)",
    ],
)
def test_every_way_to_act_at_the_edge_is_seen(text):
    assert list(edge_effects(module("ado_publisher.matching", text)["ado_publisher.matching"]))


@pytest.mark.parametrize("caught", ["", " Exception", " BaseException as e", " (ValueError, Exception)"])
def test_every_blanket_handler_is_seen(caught):
    text = f"try:\n    pass\nexcept{caught}:\n    pass"
    assert list(blanket_handlers(module("ado_publisher.x", text)["ado_publisher.x"])) == [3]


def test_a_handler_that_cleans_up_and_raises_on_is_no_blanket():
    text = "try:\n    pass\nexcept BaseException:\n    undo()\n    raise"
    assert not list(blanket_handlers(module("ado_publisher.x", text)["ado_publisher.x"]))


def test_a_cycle_is_found_however_long_the_way_round():
    assert [sorted(c) for c in cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})] == [["a", "b", "c"]]
