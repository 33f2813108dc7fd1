"""How the fields of two records belong together: direction, translation, and whose change stands. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ado_publisher.sync.model import NOUNS, Fields, Policy, Side, Value

# Gives the twin's id of a record of a kind on a side; None where it has no twin (yet).
Twin = Callable[[str, Side, str], str | None]


class Untranslatable(Exception):
    """A value that the other side cannot hold, and why."""


class Unwanted(Exception):
    """A value that says that the record has nothing to tell the other side, or not yet."""


class Waiting(Exception):
    """The other record that a value names has no twin yet."""

    def __init__(self, kind: str, side: Side, number: str) -> None:
        self.kind, self.side, self.number = kind, side, number
        super().__init__(f"waits for {NOUNS[kind][0]} {number}")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field of each side that say the same. `into` are the sides that changes flow to.

    `link` is the kind of record whose id the field holds; with `optional` one that has no twin is none,
    and with `placed` a record that loses it has left what is synced. A field that is `later` cannot be given
    to a record that is made, but changed in it.
    Otherwise `to_remote` and `to_ado` translate; they raise Untranslatable and Unwanted. `policy` decides
    when both sides changed it.
    """

    ado: str
    remote: str
    into: frozenset[Side] = frozenset(Side)
    link: str = ""
    optional: bool = False
    placed: bool = False
    later: bool = False
    policy: Policy = Policy.ERROR
    to_remote: Callable[[Value], Value] = lambda value: value
    to_ado: Callable[[Value], Value] = lambda value: value

    def name(self, side: Side) -> str:
        """The field's name on a side."""
        return self.ado if side is Side.ADO else self.remote

    def translated(self, value: Value, source: Side, twin: Twin) -> Value:
        """The value as the other side holds it. Raises Waiting, Untranslatable and Unwanted."""
        if not self.link:
            return (self.to_remote if source is Side.ADO else self.to_ado)(value)
        if value is None or not value:
            return value
        found = twin(self.link, source, value)
        if found is None and not self.optional:
            raise Waiting(self.link, source, value)
        return found


@dataclass(frozen=True, slots=True)
class Integration:
    """A kind and how it is kept equal: `create` are the sides where records may be made for the other's,
    `constants` what such a record has beside, by side.
    """

    kind: str
    rules: tuple[FieldRule, ...]
    create: frozenset[Side] = frozenset(Side)
    constants: Mapping[Side, Fields] = field(default_factory=dict)

    def flows_from(self, side: Side) -> bool:
        """Something of that side's records goes over to the other one."""
        return side.other in self.create or any(side.other in rule.into for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that both sides changed, with what each has, and whose value stands."""

    rule: FieldRule
    ado: Value
    remote: Value
    policy: Policy


@dataclass(frozen=True, slots=True)
class Merge:
    """What one pair needs: fields to write by side, fields that agree already, conflicts, what cannot be.

    `carried` is, by the side that is written, what the other has of the same fields: it is known only when
    the write is done.
    """

    writes: Mapping[Side, dict[str, Value]]
    carried: Mapping[Side, dict[str, Value]]
    settled: Mapping[Side, dict[str, Value]]
    conflicts: list[Conflict] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    waits: list[Waiting] = field(default_factory=list)
    unwanted: set[Side] = field(default_factory=set)


def merge(
    integration: Integration,
    now: Mapping[Side, Fields],
    shadow: Mapping[Side, Fields],
    twin: Twin,
    decided: Side | None = None,
) -> Merge:
    """Three ways for each field: changed is what differs from its own side's shadow.

    Where both changed it the rule says whose value stands, or `decided`, which a person has said.

    `settled` is what a side has and the shadow shall hold without any write.
    """
    found = Merge({side: {} for side in Side}, {side: {} for side in Side}, {side: {} for side in Side})
    for rule in integration.rules:
        values = {side: now[side].get(rule.name(side)) for side in Side}
        changed = [side for side in Side if values[side] != shadow[side].get(rule.name(side))]
        if changed:
            _merge_field(found, rule, values, changed, twin, decided)
    for target in found.unwanted:
        # Nothing is sent of it: what its source shows now is what is known from here on.
        found.settled[target.other].update(found.carried[target])
        found.carried[target].clear()
        found.writes[target].clear()
    return found


def _merge_field(
    found: Merge,
    rule: FieldRule,
    values: Mapping[Side, Value],
    changed: Sequence[Side],
    twin: Twin,
    decided: Side | None,
) -> None:
    source = changed[0]
    if len(changed) == 2:
        if _agree(rule, values, twin):
            _settle(found, rule, values, Side)
            return
        chosen = _chosen(rule, decided)
        found.conflicts.append(Conflict(rule, values[Side.ADO], values[Side.REMOTE], chosen))
        if chosen is Policy.ERROR:
            return
        source = Side(chosen.value)
    target = source.other
    if target not in rule.into:
        # Nobody carries it over: what stands there now is what is known from here on.
        _settle(found, rule, values, changed)
        return
    try:
        wanted = rule.translated(values[source], source, twin)
    except Waiting as waiting:
        found.waits.append(waiting)
    except Untranslatable as why:
        found.troubles.append(f"{rule.name(source)}: {why}")
    except Unwanted:
        found.unwanted.add(target)
        found.settled[source][rule.name(source)] = values[source]
    else:
        if wanted == values[target]:
            _settle(found, rule, values, Side)
        else:
            found.carried[target][rule.name(source)] = values[source]
            found.writes[target][rule.name(target)] = wanted


def _settle(found: Merge, rule: FieldRule, values: Mapping[Side, Value], sides: Iterable[Side]) -> None:
    for side in sides:
        found.settled[side][rule.name(side)] = values[side]


def _agree(rule: FieldRule, values: Mapping[Side, Value], twin: Twin) -> bool:
    """Both sides changed it to the same thing, as at least one direction of translation says."""
    for side in Side:
        try:
            if rule.translated(values[side], side, twin) == values[side.other]:
                return True
        except (Untranslatable, Unwanted, Waiting):
            continue
    return False


def _chosen(rule: FieldRule, decided: Side | None) -> Policy:
    """Whose value stands; where changes flow one way only, it is the source's."""
    if rule.into == {Side.REMOTE}:
        return Policy.ADO
    if rule.into == {Side.ADO}:
        return Policy.REMOTE
    return Policy(decided.value) if decided else rule.policy


def created(integration: Integration, record: Fields, source: Side, twin: Twin) -> dict[str, Value]:
    """The fields of a twin to be made on the other side. Raises Waiting, Untranslatable and Unwanted."""
    target = source.other
    fields = dict(integration.constants.get(target, {}))
    for rule in integration.rules:
        if target in rule.into:
            value = rule.translated(record.get(rule.name(source)), source, twin)
            if value is not None:
                fields[rule.name(target)] = value
    return fields
