"""The seed file: what it makes, and how its mistakes are told."""

import json
import re

import jsonschema
import pytest
import yaml

from ado_publisher.emulator import SeedError
from ado_publisher.emulator.default_seed import default_seed
from ado_publisher.emulator.seed import records
from ado_publisher.emulator.seed_fields import CHOICES, KINDS
from ado_publisher.emulator.seed_text import Document, parse

EXAMPLE = """\
organization: demo
token: demo-pat
server: cloud
behaviours: {automated_run_with_manual_cases: accepted, error_message_limit: 4000}
projects:
  - name: Shop
    configurations:
      - {id: 1, name: Windows 11 + Chrome, values: {Operating System: Windows 11, Browser: Chrome}}
      - {name: Linux}
    builds:
      - {id: 41, number: "20261122.1", definition: {id: 3, name: web-ci}, status: completed,
         finish_time: 2026-11-22T06:00:00Z}
      - {number: "20261122.2", definition: {name: web-ci}}
    plans:
      - id: 10
        name: Release 1
        suites:
          - id: 12
            name: Login
            cases:
              - {id: 101, title: Valid login, configurations: [Linux, Windows 11 + Chrome],
                 tester: ann@example.com}
              - {title: Without id}
          - name: Smoke
            cases: [{id: 101, configurations: [Linux]}]
    work_items: []
"""


@pytest.fixture(scope="module")
def schema(root):
    return json.loads((root / "schemas" / "emulator-seed.schema.json").read_text())


def read(text):
    return records(parse(text.encode(), "seed.yml"))


def problems(text):
    with pytest.raises(SeedError) as caught:
        read(text)
    return list(caught.value.problems)


def test_points_are_numbered_from_1_in_the_files_order_and_ids_are_given():
    seed = read(EXAMPLE)
    assert [(p["id"], p["suite_id"], p["case_id"], p["configuration_id"]) for p in seed.points] == [
        (1, 12, 101, 2),
        (2, 12, 101, 1),
        (3, 12, 1, 1),
        (4, 12, 1, 2),
        (5, 2, 101, 2),
    ]
    assert [(suite["id"], suite["parent_id"]) for suite in seed.suites] == [(11, None), (12, 11), (2, 11)]
    assert [(build["id"], build["definition"]["id"]) for build in seed.builds] == [(41, 3), (1, 3)]
    assert seed.builds[0]["finish_time"] == "2026-11-22T06:00:00Z"
    assert read(EXAMPLE) == seed


def test_the_same_seed_as_json_is_the_same_seed():
    value = parse(EXAMPLE.encode(), "a").value
    assert records(parse(json.dumps(value).encode(), "b")) == read(EXAMPLE)


def test_every_problem_is_told_at_once_with_its_line():
    text = """\
server: mars
token: ""
behaviours: {nope: 1, long_comment: maybe}
projects:
  - nam: Shop
    builds:
      - {number: 20261122.1}
    plans:
      - name: P
        suites:
          - name: S
            type: round
            cases: [7, {id: 0}]
  - nothing
"""
    found = problems(text)
    expected = [
        r"seed.yml:1: server: 'mars' is not one of cloud",
        r"seed.yml:2: token: the text is empty",
        r"seed.yml:3: behaviours.nope: unknown behaviour",
        r"seed.yml:3: behaviours.long_comment: 'maybe' is no value .* cut or refused",
        r"seed.yml:5: projects\[0\].nam: unknown key 'nam' of a project; did you mean 'name'",
        r"seed.yml:5: projects\[0\].name: a project needs 'name'",
        r"seed.yml:7: .*number: 20261122.1 is not text; put it in quotes",
        r"seed.yml:12: .*type: 'round' is not one of static",
        r"seed.yml:13: .*cases\[0\]: 7 is not a mapping",
        r"seed.yml:13: .*cases\[1\].id: 0 is not a whole number",
        r"seed.yml:14: projects\[1\]: 'nothing' is not a mapping",
    ]
    for pattern in expected:
        assert any(re.match(pattern, problem) for problem in found), (pattern, found)
    assert len(found) == len(expected)


def test_ids_and_names_that_clash_are_told():
    text = """\
projects:
  - name: Shop
    configurations: [{name: A}, {name: A}]
    builds: [{id: 1, number: x}, {id: 1, number: y}]
    plans:
      - id: 10
        name: P
        suites:
          - {id: 11, name: S}
          - {id: 12, name: S, cases: [{id: 5}, {id: 6, title: a}, {id: 6, title: b},
              {title: t, configurations: [Z]}]}
          - {id: 12, name: T}
  - {name: shop, id: x}
"""
    found = "\n".join(problems(text))
    for words in (
        "configuration 'A' is given twice",
        "build id 1 is given twice",
        "11 is the id of the plan's root suite",
        "case 5 needs a 'title'",
        "case 6 has title 'b' here and 'a' above",
        "unknown configuration 'Z'; known are A",
        "suite id 12 is given twice",
        "project 'shop' is given twice",
        "'x' is not a GUID",
    ):
        assert words in found


@pytest.mark.parametrize("text", ["", "[]", "just words", "a: [", "{", "\x00", "a: &a [*a]"])
def test_what_is_no_seed_is_refused_with_its_file(text):
    assert all(problem.startswith("seed.yml") for problem in problems(text))


def test_the_schema_knows_exactly_the_keys_and_values_that_are_read(schema):
    from ado_publisher.emulator import BEHAVIOURS

    jsonschema.Draft202012Validator.check_schema(schema)
    kinds = {"seed": schema, **schema["$defs"]}
    assert kinds.keys() == KINDS.keys()
    for kind, fields in KINDS.items():
        described = kinds[kind]["properties"]
        assert described.keys() == fields.keys(), kind
        assert set(kinds[kind].get("required", [])) == {k for k, v in fields.items() if v.endswith("!")}
    switches = schema["properties"]["behaviours"]["properties"]
    assert {name: {str(v) for v in item["enum"]} for name, item in switches.items()} == {
        name: set(values) for name, values in BEHAVIOURS.items()
    }
    assert {name: item["default"] for name, item in switches.items()} == {
        n: v[0] for n, v in BEHAVIOURS.items()
    }
    assert tuple(schema["properties"]["server"]["enum"]) == CHOICES["server"]
    assert tuple(schema["$defs"]["suite"]["properties"]["type"]["enum"]) == CHOICES["suite_type"]


def test_every_property_of_the_schema_is_titled_described_and_shown_by_an_example(schema):
    def walk(node, path):
        for name, item in node.get("properties", {}).items():
            here = f"{path}.{name}"
            assert {"title", "description"} <= item.keys(), here
            if "$ref" not in item and item.get("type") != "array":
                assert "examples" in item or "properties" in item, here
            walk(item, here)

    walk(schema, "seed")
    for name, item in schema["$defs"].items():
        assert {"title", "description"} <= item.keys(), name
        walk(item, name)


def test_the_schema_takes_what_is_read_and_refuses_what_is_not(schema):
    validator = jsonschema.Draft202012Validator(schema)
    good = [default_seed(), parse(EXAMPLE.encode(), "x").value, *schema["examples"], {}]
    for seed in good:
        validator.validate(seed)
        records(Document(seed, "seed"))
    bad = [
        {"projects": [{}]},
        {"projects": [{"name": 3}]},
        {"server": "x"},
        {"behaviours": {"x": "y"}},
        {"projects": [{"name": "a", "plans": [{"name": "p", "cases": [{"id": "1"}]}]}]},
        {"more": 1},
        {"projects": [{"name": "a", "builds": [{"number": 1.5}]}]},
    ]
    for seed in bad:
        assert not validator.is_valid(seed), seed
        with pytest.raises(SeedError):
            records(Document(seed, "seed"))


def test_yaml_in_the_documentation_is_a_seed_that_can_be_used(root):
    page = (root / "docs" / "emulator.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        records(Document(yaml.safe_load(json.dumps(parse(block.encode(), "docs").value)), "docs"))
