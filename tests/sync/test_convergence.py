"""Laws of the engine under random edits on both sides, lost requests and answers, crashes, lagging feeds."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from support.sampling import slow_run

from ado_publisher.sync.model import CASE, CONTAINER, Policy, Side

from .world import World, squeezed

TEXTS = st.text(st.sampled_from("ab  "), max_size=4)
TITLES = st.text(st.sampled_from("xyz "), min_size=1, max_size=3)
STATES = {Side.ADO: ["design", "ready", "closed"], Side.REMOTE: ["new", "active"]}
NAMES = {
    Side.ADO: {"title": "title", "text": "text", "state": "state", "container": "@container"},
    Side.REMOTE: {"title": "title", "text": "preconditions", "state": "status", "container": "@section"},
}


class Users(RuleBasedStateMachine):
    """Edits, syncs that are cut short anywhere, and time; the laws are checked whenever it is calm."""

    policy = Policy.ERROR

    @initialize(revisions=st.booleans())
    def begin(self, revisions):
        self.world = World(self.policy, revisions)
        self.made = {CONTAINER: 0, CASE: 0}
        self.disputed = set()
        self.edits = []  # since it was last calm: side, record, field, value

    def _side(self, ado):
        return Side.ADO if ado else Side.REMOTE

    def _ids(self, side, kind):
        return sorted(self.world.rows(side, kind))

    @rule(ado=st.booleans(), title=TITLES)
    def new_container(self, ado, title):
        side = self._side(ado)
        name = "title" if side is Side.ADO else "name"
        self.world.sides[side].put(CONTAINER, {name: title})
        self.made[CONTAINER] += 1

    @rule(ado=st.booleans(), title=TITLES, text=TEXTS, state=st.integers(0, 2), at=st.integers(0, 9))
    def new_case(self, ado, title, text, state, at):
        side = self._side(ado)
        containers = self._ids(side, CONTAINER)
        if not containers:
            return
        names = NAMES[side]
        self.world.sides[side].put(
            CASE,
            {
                names["title"]: title,
                names["text"]: text,
                names["state"]: STATES[side][state % len(STATES[side])],
                names["container"]: containers[at % len(containers)],
            },
        )
        self.made[CASE] += 1

    @rule(ado=st.booleans(), which=st.integers(0, 9), what=st.sampled_from(["title", "text"]), value=TEXTS)
    def edit(self, ado, which, what, value):
        side = self._side(ado)
        ids = self._ids(side, CASE)
        if not ids:
            return
        self._edit(side, ids[which % len(ids)], what, value)

    def _edit(self, side, number, what, value):
        self.world.sides[side].edit(CASE, number, {NAMES[side][what]: value})
        self.edits.append((side, number, what, value))

    @rule(ado=st.booleans(), which=st.integers(0, 9), to=st.integers(0, 9))
    def move(self, ado, which, to):
        side = self._side(ado)
        ids, containers = self._ids(side, CASE), self._ids(side, CONTAINER)
        if ids and containers:
            name = NAMES[side]["container"]
            self.world.sides[side].edit(CASE, ids[which % len(ids)], {name: containers[to % len(containers)]})

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 30.0]))
    def wait(self, seconds):
        self.world.time += seconds

    @rule(after=st.integers(-1, 30), kill=st.booleans())
    def sync(self, after, kill):
        self.world.countdown, self.world.kill = after, kill
        self.world.sync()

    @rule(moment=st.sampled_from(["before", "after"]), kill=st.booleans())
    def sync_that_is_cut_at_its_first_write(self, moment, kill):
        self.world.cut, self.world.kill = moment, kill
        self.world.sync()

    @rule(ado=st.booleans(), value=TEXTS)
    def twins_that_are_not_known_yet_are_edited(self, ado, value):
        side = self._side(ado)
        for number, row in self.world.rows(side, CASE).items():
            if row.key and self.world.store.pair("p", CASE, side, number) is None:
                self._edit(side, number, "text", value)

    @rule()
    def calm(self):
        self.laws()

    def teardown(self):
        if hasattr(self, "world"):
            self.laws()

    def laws(self):
        world = self.world
        world.calm()
        for kind, count in self.made.items():
            sizes = [len(world.rows(side, kind)) for side in Side]
            assert sizes == [count, count], f"{kind}: {sizes} of {count}"
            assert world.store.count_pairs("p", kind) == count
        self._equal()
        self._nothing_lost()
        before = world.writes
        world.time += 90_000
        world.sync()
        assert world.writes == before, "it writes although nothing changed"
        self.edits.clear()
        self.disputed = {pair.number for pair in world.store.pairs("p", CASE) if pair.state == "conflict"}

    def _equal(self):
        ado, remote = (self.world.rows(side, CASE) for side in Side)
        for pair in self.world.store.pairs("p", CASE):
            mine, other = ado[pair.ids[Side.ADO]].fields, remote[pair.ids[Side.REMOTE]].fields
            if pair.state == "conflict":
                continue
            assert squeezed(mine.get("title")) == other.get("title")
            assert squeezed(mine.get("text")) == other.get("preconditions")
            assert other["status"] == {"design": "new"}.get(mine["state"], "active")
            container = self.world.store.pair("p", CONTAINER, Side.ADO, mine["@container"])
            assert container.ids[Side.REMOTE] == other["@section"]

    def _nothing_lost(self):
        """What only one side changed stands on both; what both changed, as the policy says."""
        last = {}
        for side, number, what, value in self.edits:
            pair = self.world.store.pair("p", CASE, side, number)
            last.setdefault((pair.number, what), {})[side] = (pair, value)
        for (_, what), found in last.items():
            pair = next(iter(found.values()))[0]
            if pair.number in self.disputed:
                continue  # taking one's own change back ends a dispute for the other
            if pair.state == "conflict":
                assert self.policy is Policy.ERROR
                assert self.world.store.audit("p", CASE)
                continue
            side = Side.ADO if Side.ADO in found and self.policy is Policy.ADO else next(iter(found))
            if len(found) == 2 and self.policy is Policy.ERROR:
                continue  # one had gone over before the other was made
            if len(found) == 2 and self._came_after(pair, what):
                continue
            row = self.world.rows(side, CASE)[pair.ids[side]]
            assert squeezed(row.fields[NAMES[side][what]]) == squeezed(found[side][1]), "an edit is lost"

    def _came_after(self, pair, what):
        """Both sides changed it, one after the other had gone over: the later one stands."""
        sides = [side for side, number, of, _ in self.edits if of == what and pair.ids[side] == number]
        return sides[-1] is Side.REMOTE


def run(machine, examples, steps, **more):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


EXAMPLES = int(os.environ.get("ADO_PUBLISHER_SYNC_RUNS", "1000" if slow_run() else "100"))


class AdoWins(Users):
    policy = Policy.ADO


def test_both_sides_become_equal_and_nothing_is_doubled_or_lost():
    run(Users, EXAMPLES, 30)


def test_a_policy_decides_what_both_sides_changed():
    run(AdoWins, EXAMPLES // 2, 30)
