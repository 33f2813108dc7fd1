"""The preset says what the table of the mapping says, and each unclear place of it has its reading."""

from __future__ import annotations

import re

import pytest

from ado_publisher.sync.model import CASE, CONTAINER, RESULT, RUN, Policy, Side
from ado_publisher.sync.preset import Choices, elapsed, integrations, preset
from ado_publisher.sync.rules import Untranslatable, Unwanted

PRESET = preset("ado-testrail")
# Rows that a setting adds are another reading of the table.
ROWS = [each for each in PRESET["integrations"] if "opt_in" not in each]
ARROWS = {"<>": {"ado", "remote"}, "<-": {"ado"}, "->": {"remote"}}


def section(shared, number):
    text = (shared / "facts/sync.md").read_text(encoding="utf-8")
    return text.partition(f"### {number} ")[2].partition("\n### ")[0]


def rows(text):
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]


def split(cell):
    """`Azure DevOps ID / URL` is two names."""
    parts = [part.strip() for part in cell.split(" / ")]
    system = re.fullmatch(r"(?!Formatted)(.+) ID", parts[0])
    if len(parts) == 2 and parts[1] == "URL" and system:
        parts[1] = f"{system[1]} URL"
    return parts


def table(shared):
    """The field rows: by integration the names in Azure DevOps, the model and TestRail; constants by side."""
    fields, constants, current = {}, {}, ""
    for row in rows(section(shared, "1.4")):
        if len(row) != 4 or row[0] in ("pair", "---"):
            continue
        current = row[0] or current
        of, held = fields.setdefault(current, set()), constants.setdefault(current, {})
        names = []
        for side, cell in (("ado", row[1]), ("model", row[2]), ("remote", row[3])):
            kept = []
            for part in cell.split(";"):
                if constant := re.fullmatch(r"(.+): constant.*", part.strip()):
                    held.setdefault(side, set()).update(each.strip() for each in constant[1].split(","))
                elif part.strip() and not part.strip().startswith("Formatted ID ("):
                    kept += split(part.strip())
            names.append(kept)
        if all(names):
            of.update(zip(*names, strict=True))
    return fields, constants


def test_the_preset_has_the_integrations_of_the_table_with_their_directions(shared):
    found = {
        row[0]: (row[1], row[2], row[3], row[5])
        for row in rows(section(shared, "1.4"))
        if len(row) == 7 and row[0].startswith("T")
    }
    assert sorted(found) == [each["row"] for each in ROWS] == ["T1", "T2", "T3", "T4"]
    for each in ROWS:
        ado, arrow, remote, creation = found[each["row"]]
        assert [ado.removesuffix(" (container)"), remote.removesuffix(" (container)")] == each["names"]
        assert each["direction"] == arrow
        # Where the creation contradicts the arrow, the arrow stands (reading G1).
        into = {"both": {"ado", "remote"}}.get(each["create"], {each["create"]})
        assert into == ARROWS[arrow], creation
        flows = {side for field in each["fields"] for side in sides(field)}
        assert flows == ARROWS[arrow]


def sides(field):
    return {field["into"]} if "into" in field else {"ado", "remote"}


def test_the_preset_has_the_fields_of_the_table_and_its_constants(shared):
    fields, constants = table(shared)
    for each in ROWS:
        ours = {tuple(field["names"]) for field in each["fields"] if "names" in field and "link" not in field}
        assert ours == fields[each["row"]]
        held = {side: set(names) for side, names in each.get("constants", {}).items()}
        assert held == constants[each["row"]]


def test_the_preset_has_the_relationships_of_the_table(shared):
    text = " ".join(
        section(shared, "1.4").partition("Relationships: ")[2].partition("\nLimitations")[0].split()
    )
    links = {
        tuple(field["names"])
        for each in ROWS
        for field in each["fields"]
        if "link" in field and "names" in field
    }
    told = {
        (kind, name, model)
        for kind, name, model in (
            ("ADO Results", "Parent Test Run", "Parent"),
            ("ADO Suites", "Parent", "Parent"),
            ("ADO Cases", "Test Suites", "Test Suite"),
            ("TestRail Sections", "Parent Section", "Parent"),
            ("TestRail Cases", "Test Suite / Baseline", "Test Suite"),
            ("TestRail Results", "Test", "Parent"),
        )
    }
    for kind, name, model in told:
        assert re.search(rf"{kind}: (?:[^;.]*, )?{re.escape(name)} = {re.escape(model)}", text), (kind, name)
        column = 0 if kind.startswith("ADO") else 2
        assert any((names[column], names[1]) == (name, model) for names in links), (kind, name)
    # All but the plan of results, which is the plan of the config.
    assert text.count(" = ") == len(told) + 1


def test_the_markers_are_the_fields_that_the_table_has_people_add(shared):
    found = [row for row in rows(section(shared, "1.0")) if row[0].startswith("fields to add in")]
    ado, remote = found[0][-1], found[1][1]
    assert ado.split(", ") == PRESET["markers"]["ado"]
    assert remote.split(", ") == PRESET["markers"]["remote"]


def test_the_map_of_outcomes_is_the_one_that_is_recommended(shared):
    text = (
        (shared / "facts/sync.md")
        .read_text(encoding="utf-8")
        .partition("Outcome map")[2]
        .partition("### 2.7")[0]
    )
    wanted = {}
    for row in rows(text)[2:]:
        status = None if "nothing sent" in row[-1] else int(row[-1])
        wanted |= {name.strip().replace(" ", ""): status for name in row[0].split(",")}
    assert {str(name): status for name, status in PRESET["outcomes"].items()} == wanted


READINGS = {
    # reading: how the preset, or a setting, follows it
    "G1": lambda: (by_row("T4")["create"], other_reading("G1")["create"]) == ("remote", "ado"),
    "G6": lambda: any(field.get("when") == "defects" for field in by_row("T4")["fields"]),
    "G7": lambda: not Choices().steps and any(f.get("when") == "steps" for f in by_row("T2")["fields"]),
    "G8": lambda: (
        not Choices().step_results and any(f.get("when") == "step_results" for f in by_row("T4")["fields"])
    ),
    "G9": lambda: by_row("T3")["by"] == ["G9"],
    "G14": lambda: any(field.get("translate") == "outcome" for field in by_row("T4")["fields"]),
    "G20": lambda: "G20" in by_row("T2")["fields"][6]["by"],
    "G21": lambda: "G21" in by_row("T2")["fields"][6]["by"],
    "G22": lambda: by_row("T1")["fields"][1]["ado"] == "text",
    "G23": lambda: not any("twin" in f["ado"] for row in ("T3", "T4") for f in by_row(row)["fields"]),
    "G24": lambda: PRESET["conflict"] == "ado",
}


def by_row(row):
    return next(each for each in ROWS if each["row"] == row)


def other_reading(reading):
    return next(each for each in PRESET["integrations"] if "opt_in" in each and reading in each["by"])


@pytest.mark.parametrize("reading", READINGS)
def test_the_preset_follows_the_reading(reading, shared):
    assert f"| {reading} |" in section(shared, "1.5")
    assert READINGS[reading]()


def test_every_reading_that_names_testrail_or_results_is_followed(shared):
    named = set()
    for row in rows(section(shared, "1.5")):
        if re.search(
            r"TestRail|\bT[1-4]\b|all intros|root suite|\bG2[0-4]\b|Runs and results", " ".join(row)
        ):
            named.add(row[0])
    assert {each for each in named if each.startswith("G")} - {"G19"} <= set(READINGS)


def rule(choices, kind, name):
    integration = next(each for each in integrations("ado-testrail", choices) if each.kind == kind)
    return next((each for each in integration.rules if each.ado == name), None)


def test_an_outcome_that_is_not_in_the_map_is_an_error_unless_it_is_left():
    with pytest.raises(Untranslatable, match="'Odd' is not in the map of outcomes"):
        rule(Choices(), RESULT, "outcome").to_remote("Odd")
    with pytest.raises(Unwanted):
        rule(Choices(leave_unmapped=True), RESULT, "outcome").to_remote("Odd")
    assert rule(Choices(outcomes={"Odd": "blocked"}), RESULT, "outcome").to_remote("Odd") == "blocked"
    with pytest.raises(Unwanted):
        rule(Choices(outcomes={"Failed": None}), RESULT, "outcome").to_remote("Failed")


def test_a_setting_takes_steps_and_defects_in_and_out():
    assert rule(Choices(), CASE, "steps") is None
    assert rule(Choices(steps=True), CASE, "steps") is not None
    assert rule(Choices(), RESULT, "bugs") is not None
    assert rule(Choices(defects=False), RESULT, "bugs") is None


def test_a_policy_can_be_said_of_one_field():
    choices = Choices({"": Policy.REMOTE, "title": Policy.ERROR})
    assert rule(choices, CASE, "title").policy is Policy.ERROR
    assert rule(choices, CASE, "text").policy is Policy.REMOTE
    assert rule(Choices(), CASE, "text").policy is Policy.ADO


def test_runs_are_made_in_azure_devops_and_results_in_testrail_alone():
    found = {each.kind: each.create for each in integrations("ado-testrail", Choices())}
    both = frozenset(Side)
    ado, remote = frozenset({Side.ADO}), frozenset({Side.REMOTE})
    assert found == {CONTAINER: both, CASE: both, RUN: ado, RESULT: remote}


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [
        (None, None),
        ("", None),
        ("1", "1s"),
        ("61000", "1m 1s"),
        ("3600000", "1h"),
        ("7325000", "2h 2m 5s"),
    ],
)
def test_a_duration_is_told_in_whole_seconds(milliseconds, told):
    assert elapsed(milliseconds) == told
