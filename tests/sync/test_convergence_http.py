"""The laws of test_convergence.py over HTTP: both services edited at random, requests and answers lost."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack

import pytest
import requests
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from support.sampling import slow_run

from ado_publisher.emulator import Emulator
from ado_publisher.emulator.faults import Rule
from ado_publisher.emulator.testrail import TestRailEmulator
from ado_publisher.sync.model import CASE, CONTAINER, Policy, SyncAway
from ado_publisher.sync.preset import Choices, integrations

from .test_ado_testrail import ADO, Both
from .test_convergence import run
from .test_testrail import SEED as TESTRAIL

EXAMPLES = int(os.environ.get("ADO_PUBLISHER_SYNC_HTTP_RUNS", "50" if slow_run() else "2"))
READING = ("wiql", "workitemsbatch", "reporting", "$batch")
WORDS = st.text(st.sampled_from("abc"), min_size=1, max_size=4)
FIELDS = {"title": ("System.Title", "title"), "text": ("System.Description", "custom_preconds")}


class AdoWins(Both):
    integrations = integrations("ado-testrail", Choices({"": Policy.ADO}, kinds=frozenset({CONTAINER, CASE})))


class Loss:
    """Counts the writes of both services; one of them is lost, before or after it was carried out."""

    def __init__(self, services):
        self.writes, self.at, self.moment = 0, -1, "before"
        for service in services:
            service.fault_rules.match = self.match

    def match(self, method, target):
        if method == "GET" or any(word in target.lower() for word in READING) or "/_emulator" in target:
            return None
        self.writes += 1
        self.at -= 1
        return Rule(drop=self.moment) if self.at == 0 else None


class Users(RuleBasedStateMachine):
    """People of both systems, and a sync that is cut at one of its writes now and then."""

    @initialize()
    def begin(self):
        self.stack = ExitStack()
        ado = self.stack.enter_context(Emulator(ADO))
        testrail = self.stack.enter_context(TestRailEmulator(TESTRAIL))
        self.both = AdoWins(ado, testrail)
        self.loss = Loss((ado, testrail))
        self.people = requests.Session()
        self.count = 3
        self.edits = {}  # (test case, field): value by side, since it was last calm

    def _ado(self, path, patches, method="patch"):
        answer = self.people.request(
            method,
            f"{self.both.ado.url}/Shop/_apis/{path}?api-version=7.1",
            json=patches,
            auth=("", "demo-pat"),
            headers={"Content-Type": "application/json-patch+json"} if isinstance(patches, list) else {},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json()

    def _testrail(self, call, /, *arguments, **body):
        return self.both.http.post(call, *arguments, body=body)

    @rule(ado=st.booleans(), name=WORDS)
    def a_new_suite(self, ado, name):
        if ado:
            body = {"suiteType": "staticTestSuite", "name": f"A {name}", "parentSuite": {"id": self._root()}}
            if f"A {name}" not in self.both.suites():
                self._ado("testplan/Plans/10/suites", body, "post")
        elif f"T {name}" not in {row["name"] for row in self.both.testrail.state()["sections"]}:
            self._testrail("add_section", 1, name=f"T {name}")

    def _root(self):
        return self.both.plan.root_suite_id

    @rule(ado=st.booleans(), name=WORDS, where=st.integers(0, 9))
    def a_new_case(self, ado, name, where):
        self.count += 1
        title = f"{self.count} {name}"
        if not ado:
            sections = sorted(row["id"] for row in self.both.testrail.state()["sections"])
            self._testrail("add_case", sections[where % len(sections)], title=title)
            return
        suites = [row for row in self.both.ado.state()["plans"][0]["suites"] if row["id"] in (12, 13)]
        item = self._ado(
            "wit/workitems/$Test%20Case",
            [{"op": "add", "path": "/fields/System.Title", "value": title}],
            "post",
        )
        suite = suites[where % len(suites)]["id"]
        self._ado(f"test/Plans/10/suites/{suite}/testcases/{item['id']}", {}, "post")

    @rule(ado=st.booleans(), which=st.integers(0, 99), what=st.sampled_from(sorted(FIELDS)), value=WORDS)
    def an_edit(self, ado, which, what, value):
        """Titles keep the number they began with, so that a test case can be known by it."""
        rows = self._cases(ado)
        key = sorted(rows)[which % len(rows)]
        number = rows[key]
        value = f"{key} {value}" if what == "title" else value
        if ado:
            self._ado(
                f"wit/workitems/{number}",
                [{"op": "add", "path": f"/fields/{FIELDS[what][0]}", "value": value}],
            )
        else:
            self._testrail("update_case", number, **{FIELDS[what][1]: value})
        made = self.edits.setdefault((key, what), {})
        made[ado] = value

    def _cases(self, ado):
        """Ids by what a title begins with."""
        if ado:
            return {_key(title): fields["System.Id"] for title, fields in self._ours().items()}
        return {_key(title): row["id"] for title, row in self.both.theirs().items()}

    def _ours(self):
        state = self.both.ado.state()
        ids = {point["case_id"] for point in state["points"]}
        found = [item for item in state["work_items"] if item["id"] in ids]
        return {item["fields"]["System.Title"]: {**item["fields"], "System.Id": item["id"]} for item in found}

    @rule(at=st.integers(-1, 12), after=st.booleans())
    def a_sync(self, at, after):
        self.loss.at, self.loss.moment = at, "after" if after else "before"
        self.both.later += 60
        try:
            self.both.sync()
        except SyncAway:
            pass
        finally:
            self.loss.at = -1

    @rule()
    def calm(self):
        self.laws()

    def teardown(self):
        if hasattr(self, "both"):
            self.laws()
            self.people.close()
            self.stack.close()

    def laws(self):
        self.both.finish()
        ours, theirs = self._ours(), self.both.theirs()
        assert sorted(ours) == sorted(theirs), "titles differ"
        assert len(ours) == self.count, "a test case is doubled or lost"
        for title, fields in ours.items():
            mine = _plain(fields.get("System.Description"))
            assert mine == _plain(theirs[title]["custom_preconds"]), f"texts of {title} differ"
            assert fields["Custom.TestRailID"] == str(theirs[title]["id"])
        assert self._names() == sorted(row["name"] for row in self.both.testrail.state()["sections"])
        self._nothing_lost(ours)
        before = self.loss.writes
        self.both.later += 90_000
        self.both.sync(sweep=True)
        assert self.loss.writes == before, "it writes although nothing changed"
        self.edits.clear()

    def _names(self):
        suites = self.both.ado.state()["plans"][0]["suites"]
        return sorted(row["name"] for row in suites if row["id"] not in (self._root(), 14))

    def _nothing_lost(self, ours):
        by_key = {_key(title): (title, fields) for title, fields in ours.items()}
        for (key, what), made in self.edits.items():
            title, fields = by_key[key]
            stands = title if what == "title" else _plain(fields.get("System.Description"))
            if len(made) == 1:
                assert stands == next(iter(made.values())), "a lone edit is lost"
            elif made:
                assert stands in made.values()


def _key(title):
    known = ("logs in", "pays by card", "pays by bill")
    return next((old for old in known if title.startswith(old)), title.split()[0])


def _plain(text):
    """Both texts without their markup."""
    return re.sub(r"<[^>]+>|\*\*", "", text or "")


@pytest.mark.off_contract
def test_both_services_become_equal_and_nothing_is_doubled_or_lost():
    run(Users, EXAMPLES, 30)
