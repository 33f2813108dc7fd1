"""docs/comparison.md answers every row of what others do, and each test it names is there."""

import re

import pytest

ROW = re.compile(r"^\| (?P<what>.+?) \| (?P<ours>.+) \| `(?P<test>tests/[^`]+)` \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs/comparison.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows(page):
    return [found.groupdict() for found in ROW.finditer(page)]


def cells(text, heading):
    """The cells of the first table below a heading of a collection of facts."""
    rest = text[text.index(heading) :]
    lines = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_row_names_a_test_that_is_there(page, rows, root):
    tables = [line for line in page.splitlines() if line.startswith("| ") and "proved by" not in line]
    assert len(rows) == len(tables) >= 60
    missing = []
    for row in rows:
        file, _, name = row["test"].partition("::")
        text = (root / file).read_text(encoding="utf-8") if (root / file).is_file() else ""
        if not re.search(rf"^def {re.escape(name)}\(", text, re.MULTILINE):
            missing.append(row["test"])
    assert missing == []


def test_every_row_of_what_others_do_is_answered(rows, shared):
    peers = (shared / "facts/peers.md").read_text(encoding="utf-8")
    wanted = [row[0] for heading in ("### A1.", "### A2.") for row in cells(peers, heading)]
    assert len(wanted) > 40
    assert [row["what"] for row in rows][: len(wanted)] == wanted


def test_every_row_of_katalons_integration_is_answered(rows, shared):
    katalon = (shared / "facts/katalon.md").read_text(encoding="utf-8")
    wanted = [row[1] for row in cells(katalon, "## 1.")]
    answered = [row["what"] for row in rows]
    assert [label for label in wanted if label not in answered] == []


def test_links_lead_somewhere(page, root):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page)
    assert [link for link in links if not (root / "docs" / link).exists()] == []
