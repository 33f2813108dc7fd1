"""Engines with one rule taken out: the laws must notice each of them, or they prove nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase

from ado_publisher.sync import creating, polling, working
from ado_publisher.sync.connectors.memory import MemoryConnector
from ado_publisher.sync.model import Side
from ado_publisher.sync.rules import merge
from ado_publisher.sync.store import Store

from .test_convergence import Users, run
from .test_scenarios import SCENARIOS, started


def no_overlap(patch):
    patch.setattr(polling, "begin", lambda watermark, _: watermark)


def no_shadow(patch):
    """What differs is taken from the other side, whoever changed it."""

    def without(integration, now, shadow, twin):
        unchanged = dict(shadow[Side.ADO])
        for rule in integration.rules:
            unchanged[rule.ado] = now[Side.ADO].get(rule.ado)
        return merge(integration, now, {Side.ADO: unchanged, Side.REMOTE: {}}, twin)

    patch.setattr(working, "merge", without)


def no_intent(patch):
    patch.setattr(Store, "intend", lambda *_: None)


def no_note_of_changes(patch):
    patch.setattr(Store, "begin_writes", lambda *_: None)


def no_key_check(patch):
    record = MemoryConnector._record
    patch.setattr(MemoryConnector, "_record", lambda *given: replace(record(*given), key=""))


def late_read(patch):
    """After a crash the shadow is what the record shows by then."""

    def adopt(ctx, intent, number):
        (record,) = ctx.connector(intent.side).read(intent.kind, [number])
        creating._paired(ctx, intent, number, record.fields, record.rev)

    patch.setattr(creating, "adopt", adopt)
    patch.setattr(working, "adopt", adopt)


@pytest.mark.parametrize(
    "mutant", [no_overlap, no_shadow, no_intent, no_note_of_changes, no_key_check, late_read]
)
def test_the_laws_notice_an_engine_without(mutant, monkeypatch):
    mutant(monkeypatch)
    # The first failure is enough: nobody needs the smallest one of an engine that is wrong on purpose.
    with pytest.raises(Exception):  # noqa: B017, PT012  # a law, or the engine's own refusal
        for scenario in SCENARIOS:
            scenario(started()[0])
        run(Users, 400, 30, phases=[Phase.generate], report_multiple_bugs=False)
