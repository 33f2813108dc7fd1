"""One trouble at a time, and what the engine makes of it."""

from __future__ import annotations

import pytest

from ado_publisher.errors import SettingsError
from ado_publisher.sync.connectors.memory import MemoryConnector
from ado_publisher.sync.model import CASE, CONTAINER, Policy, Side
from ado_publisher.sync.store import Store

from .world import World

ADO, REMOTE = Side.ADO, Side.REMOTE


def started(**more):
    """A world with one container and one case, both paired."""
    world = World(**more)
    container = world.sides[ADO].put(CONTAINER, {"title": "Login"})
    case = world.sides[ADO].put(
        CASE, {"title": "in", "text": "a", "state": "design", "@container": container}
    )
    world.calm()
    return world, case, world.store.pair("p", CASE, ADO, case).ids[REMOTE]


def cut_after_a_creation(world):
    """A second case whose twin is made, and nobody is told."""
    container = next(iter(world.rows(ADO, CONTAINER)))
    fields = {"title": "new", "text": "a", "state": "ready", "@container": container}
    number = world.sides[ADO].put(CASE, fields)
    # The feed shows it only when it has stood for a while.
    world.time += 30
    world.cut = "after"
    assert world.sync() is None
    (twin,) = [n for n, row in world.rows(REMOTE, CASE).items() if row.fields["title"] == "new"]
    return number, twin


def an_edit_before_the_twin_is_known(world):
    number, twin = cut_after_a_creation(world)
    world.sides[REMOTE].edit(CASE, twin, {"preconditions": "edited"})
    world.calm()
    assert world.rows(ADO, CASE)[number].fields["text"] == "edited"
    assert len(world.rows(REMOTE, CASE)) == 2


def a_twin_that_is_shown_before_it_is_found(world):
    _, _ = cut_after_a_creation(world)
    world.time += 3  # the feed shows it, the search does not
    assert world.sync() is not None
    world.calm()
    assert [len(world.rows(side, CASE)) for side in Side] == [2, 2]


def an_edit_of_a_twin_that_is_shown_before_it_is_found(world):
    number, twin = cut_after_a_creation(world)
    world.sides[REMOTE].edit(CASE, twin, {"preconditions": "edited"})
    world.time += 4.5  # the feed shows it, the search does not, and the next window begins behind the edit
    assert world.sync() is not None
    world.calm()
    assert world.rows(ADO, CASE)[number].fields["text"] == "edited"


def a_change_whose_answer_was_lost_and_that_is_taken_back(world):
    (pair,) = world.store.pairs("p", CASE)
    case, twin = pair.ids[ADO], pair.ids[REMOTE]
    world.sides[REMOTE].edit(CASE, twin, {"preconditions": "b"})
    world.time += 30
    world.cut = "after"
    assert world.sync() is None
    assert world.rows(ADO, CASE)[case].fields["text"] == "b"
    # As it was when both last agreed: the only edit there is.
    world.sides[REMOTE].edit(CASE, twin, {"preconditions": "a"})
    world.calm()
    assert world.rows(ADO, CASE)[case].fields["text"] == "a"
    assert world.rows(REMOTE, CASE)[twin].fields["preconditions"] == "a"


SCENARIOS = [
    a_change_whose_answer_was_lost_and_that_is_taken_back,
    an_edit_of_a_twin_that_is_shown_before_it_is_found,
    an_edit_before_the_twin_is_known,
    a_twin_that_is_shown_before_it_is_found,
]


@pytest.mark.parametrize("revisions", [True, False])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_write_whose_answer_was_lost(scenario, revisions):
    world, _, _ = started(revisions=revisions)
    scenario(world)


def test_a_conflict_is_audited_once_and_a_person_ends_it():
    world, case, twin = started(policy=Policy.ERROR)
    world.sides[ADO].edit(CASE, case, {"title": "mine"})
    world.sides[REMOTE].edit(CASE, twin, {"title": "yours"})
    for _ in range(3):
        world.calm()
    pair = world.store.pair("p", CASE, ADO, case)
    assert pair.state == "conflict"
    assert "'mine' in ado, 'yours' in remote" in pair.note
    told = [each for each in world.store.audit("p", CASE) if "both sides changed it" in each["why"]]
    assert len(told) == 1
    world.sides[REMOTE].edit(CASE, twin, {"title": "mine"})
    world.calm()
    assert world.store.pair("p", CASE, ADO, case).state == "active"


@pytest.mark.parametrize(("policy", "stands"), [(Policy.ADO, "mine"), (Policy.REMOTE, "yours")])
def test_a_policy_ends_a_conflict_and_tells_it(policy, stands):
    world, case, twin = started(policy=policy)
    world.sides[ADO].edit(CASE, case, {"title": "mine"})
    world.sides[REMOTE].edit(CASE, twin, {"title": "yours"})
    world.calm()
    assert world.rows(ADO, CASE)[case].fields["title"] == stands
    assert world.rows(REMOTE, CASE)[twin].fields["title"] == stands
    told = [each for each in world.store.audit("p", CASE) if "both sides changed it" in each["why"]]
    assert [each["why"] for each in told] == [f"both sides changed it: {policy} stands"]


def test_different_fields_of_one_record_are_no_conflict():
    world, case, twin = started()
    world.sides[ADO].edit(CASE, case, {"title": "mine"})
    world.sides[REMOTE].edit(CASE, twin, {"preconditions": "yours"})
    world.calm()
    mine, yours = world.rows(ADO, CASE)[case].fields, world.rows(REMOTE, CASE)[twin].fields
    assert (mine["title"], mine["text"]) == (yours["title"], yours["preconditions"]) == ("mine", "yours")


def test_what_is_gone_on_one_side_stays_on_the_other_and_is_told_once():
    world, case, twin = started()
    other = world.sides[ADO].put(CASE, {"title": "b", "@container": next(iter(world.rows(ADO, CONTAINER)))})
    world.calm()
    del world.sides[REMOTE].rows[CASE, twin]
    world.time += 100_000
    for _ in range(2):
        world.calm()
    pair = world.store.pair("p", CASE, ADO, case)
    assert pair.state == "twinless"
    assert case in world.rows(ADO, CASE)
    assert len(world.rows(REMOTE, CASE)) == 1
    assert world.store.pair("p", CASE, ADO, other).state == "active"
    assert sum("is gone" in each["why"] for each in world.store.audit("p", CASE)) == 1


def test_a_side_that_shows_nothing_proves_no_deletion():
    world, _, _ = started()
    world.sides[ADO].put(CASE, {"title": "b", "@container": next(iter(world.rows(ADO, CONTAINER)))})
    world.calm()
    hidden = dict(world.sides[REMOTE].rows)
    world.sides[REMOTE].rows.clear()
    world.time += 100_000
    report = world.sync()
    assert any("shows no test case at all" in each for each in report.troubles)
    world.sides[REMOTE].rows.update(hidden)
    world.calm()
    assert {pair.state for pair in world.store.pairs("p")} == {"active"}


def test_a_missing_database_beside_markers_is_refused():
    world, _, _ = started()
    world.store = Store(None)
    with pytest.raises(SettingsError, match="this database knows of none"):
        world.sync()
    assert [len(world.rows(side, CASE)) for side in Side] == [1, 1]


def test_a_copy_with_the_same_marker_is_parked_and_told():
    world, _, twin = started()
    row = world.rows(REMOTE, CASE)[twin]
    world.sides[REMOTE].put(CASE, row.fields, row.key)
    world.calm()
    (parked,) = world.parked()
    assert "a copy? Clear the marker" in parked.error
    assert len(world.rows(ADO, CASE)) == 1


def test_a_case_waits_for_its_container_and_goes_on_when_that_is_there():
    world, _, _ = started()
    world.sides[ADO].put(CASE, {"title": "early", "@container": "a99"})
    world.calm()
    (waiting,) = world.parked()
    assert waiting.error == "waits for suite or section a99"
    world.sides[ADO]._last = 98
    assert world.sides[ADO].put(CONTAINER, {"title": "late"}) == "a99"
    world.calm()
    assert world.parked() == []
    assert len(world.rows(REMOTE, CASE)) == 2


def test_a_field_that_waits_is_not_forgotten_when_another_is_written():
    world, case, twin = started()
    world.sides[ADO].edit(CASE, case, {"title": "new title", "@container": "a99"})
    world.calm()
    assert world.rows(REMOTE, CASE)[twin].fields["title"] == "new title"
    (waiting,) = world.parked()
    assert waiting.error == "waits for suite or section a99"
    world.sides[ADO]._last = 98
    world.sides[ADO].put(CONTAINER, {"title": "late"})
    world.calm()
    section = world.store.pair("p", CONTAINER, ADO, "a99").ids[REMOTE]
    assert world.rows(REMOTE, CASE)[twin].fields["@section"] == section


def test_a_conflict_stays_on_the_list_when_another_field_is_written():
    world, case, twin = started(policy=Policy.ERROR)
    world.sides[ADO].edit(CASE, case, {"title": "mine", "text": "only mine"})
    world.sides[REMOTE].edit(CASE, twin, {"title": "yours"})
    world.calm()
    assert world.rows(REMOTE, CASE)[twin].fields["preconditions"] == "only mine"
    (parked,) = world.parked()
    assert "both sides changed title" in parked.error


def test_a_record_that_was_made_in_the_wrong_place_is_moved_by_the_next_look(monkeypatch):
    world, _, _ = started()
    container = next(iter(world.rows(ADO, CONTAINER)))
    number = world.sides[ADO].put(CASE, {"title": "lost", "@container": container})
    put = MemoryConnector.put

    def misplaced(self, kind, fields, key=""):
        """The service takes the record, and not its place."""
        return put(self, kind, {**fields, "@section": ""}, key)

    monkeypatch.setattr(MemoryConnector, "put", misplaced)
    world.calm()
    twin = world.store.pair("p", CASE, ADO, number).ids[REMOTE]
    section = world.store.pair("p", CONTAINER, ADO, container).ids[REMOTE]
    assert world.rows(REMOTE, CASE)[twin].fields["@section"] == section


def test_a_creation_whose_search_finds_the_twin_of_another_takes_it_not(monkeypatch):
    world, case, twin = started()
    number, _ = cut_after_a_creation(world)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryConnector, "find", lambda *_: twin)
        world.time += 3
        world.sync()
    world.calm()
    assert world.store.pair("p", CASE, ADO, case).ids[REMOTE] == twin
    assert world.store.pair("p", CASE, ADO, number).ids[REMOTE] != twin
    assert [len(world.rows(side, CASE)) for side in Side] == [2, 2]


def test_a_clock_that_is_ten_minutes_off_loses_nothing():
    world, _, twin = started()
    slow = world.sides[REMOTE]
    slow.clock = lambda: world.time - 600
    world.calm()
    for text in ("b", "c"):
        world.time += 1
        slow.edit(CASE, twin, {"preconditions": text})
        world.time += 10
        world.sync()
    case = world.store.pair("p", CASE, REMOTE, twin).ids[ADO]
    assert world.rows(ADO, CASE)[case].fields["text"] == "c"


def test_what_a_side_cannot_hold_is_parked_and_the_rest_goes_on():
    from ado_publisher.sync.rules import Untranslatable

    def refuse(_):
        raise Untranslatable("'odd' is not in the value map")

    world, case, _ = started()
    rule = world.partition.integrations[1].rules[2]
    object.__setattr__(rule, "to_remote", refuse)
    world.sides[ADO].edit(CASE, case, {"state": "odd", "title": "new title"})
    world.calm()
    pair = world.store.pair("p", CASE, ADO, case)
    assert (pair.state, pair.note) == ("error", "state: 'odd' is not in the value map")
    assert world.rows(REMOTE, CASE)[pair.ids[REMOTE]].fields["title"] == "new title"
