"""`explain` and `--mapping-report`, as a person uses them."""

import json
import re

import pytest


@pytest.fixture
def shop(emulator, root, tmp_path):
    """The example's plan; the report has one result that nothing names and one with hostile words."""
    text = (root / "examples/junit/shop-junit.xml").read_text()
    hostile = '<testcase name="a | b ##vso[task.complete]&lt;img src=x&gt;" classname="x"/>'
    (tmp_path / "report.xml").write_text(text.replace("</testsuite>", f"{hostile}</testsuite>", 1))
    return emulator(seed_file=root / "examples/junit/seed.yml")


@pytest.fixture
def run(shop, cli):
    env = {"ADO_PUBLISHER_ORGANIZATION_URL": shop.url, "ADO_PUBLISHER_TOKEN": "demo-pat"}
    common = ("--project", "Shop", "--plan", "10")
    return lambda *arguments: cli(*arguments, *common, env=env)


def test_every_result_and_every_point_stands_in_the_json_report(shop, run, tmp_path):
    facts = tmp_path / "facts.json"
    done = run("publish", "report.xml", "--mapping-report", "out.json", "--report-json", facts)
    assert done.code == 0, done.output
    report, published = json.loads((tmp_path / "out.json").read_text()), json.loads(facts.read_text())
    assert [each["name"] for each in report["results"]] == [each["name"] for each in published["results"]]
    for told, result in zip(report["results"], published["results"], strict=True):
        assert (told["status"], told["rule"]) == (result["status"], result["rule"])
        reached = [p["point_id"] for case in told["cases"] for p in case["points"] if p["reached"]]
        assert reached == [target["point_id"] for target in result["targets"]]
        assert told["suggestion"] or told["status"] == "matched"
    left = {point["point_id"] for point in report["points_not_reached"]}
    assert left == {4, 5, 6}
    assert published["points_not_reached"] == report["counts"]["points_not_reached"] == 3
    assert "3 chosen test points have no result; --mapping-report lists them" in done.stdout


def test_the_markdown_report_puts_first_what_needs_a_person_and_escapes_everything(run, tmp_path):
    done = run("publish", "report.xml", "--dry-run", "--mapping-report", "out.md")
    assert done.code == 0, done.output
    text = (tmp_path / "out.md").read_text()
    headings = re.findall(r"^## (\w+)", text, re.MULTILINE)
    assert headings == ["Unmatched", "Ambiguous", "Skipped", "Matched", "Test"]
    assert "##vso[" not in text
    assert "<img" not in text
    assert "a &#124; b" in text
    assert "### Login (suite 12, 3)" in text


def test_only_points_that_were_chosen_count_as_not_reached(run, tmp_path):
    run("publish", "report.xml", "--dry-run", "--suite", "Checkout", "--mapping-report", "out.json")
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["points_not_reached"] == []
    assert report["counts"]["points_chosen"] == 5


def test_a_place_that_cannot_be_written_is_told_before_anything_is_sent(shop, run):
    done = run("publish", "report.xml", "--mapping-report", "nowhere/out.json")
    assert done.code == 2
    assert "--mapping-report: nowhere/out.json cannot be written" in done.stderr
    assert shop.state()["runs"] == []


def test_a_result_is_explained_by_name_by_class_and_name_and_by_a_part_of_it(run):
    for name in (
        "a customer logs in",
        "shop.login.LoginTest.a customer logs in",
        "*CUSTOMER logs*",
        "customer logs",
    ):
        done = run("explain", name, "report.xml")
        assert done.code == 0, done.output
        assert "property: 101 (property test_case_id), and decides" in done.stdout
        assert "point 1 (Login / Windows 11 + Chrome, ann@example.com): reached" in done.stdout


def test_an_unmatched_result_is_told_what_to_do(run):
    done = run("explain", "front page", "report.xml")
    assert "no test case id" in done.stdout
    assert "what to do: give the test the property test_case_id" in done.stdout


def test_a_test_case_is_explained_by_its_id(run):
    done = run("explain", "104", "report.xml")
    assert done.code == 0, done.output
    assert "test case 104 'The shop remembers me'" in done.stdout
    assert "named by 'the shop remembers me [TC104]'" in done.stdout
    assert "no result names test case 999" in run("explain", "#999", "report.xml").stdout


def test_a_name_that_no_result_has_is_exit_2_with_the_nearest(run):
    done = run("explain", "a custmer logs in", "report.xml")
    assert done.code == 2
    assert "no result is named 'a custmer logs in' - did you mean 'a customer logs in'" in done.stderr


def test_explain_writes_nothing_prints_no_command_and_gives_json_alone(shop, run):
    done = run("explain", "a | b", "report.xml")
    assert done.code == 0, done.output
    assert "##vso[" not in done.output
    done = run("explain", "logs in", "report.xml", "--json")
    document = json.loads(done.stdout)
    assert (document["schema_version"], document["results"][0]["status"]) == (1, "matched")
    assert shop.state()["runs"] == []
    assert json.loads(run("explain", "101", "report.xml", "--json").stdout)["test_cases"][0]["named_by"] == 1
