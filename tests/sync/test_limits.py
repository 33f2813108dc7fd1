"""docs/sync.md has a line for each limit of the mapping, and the test it names is there."""

import re

ROW = re.compile(r"^\| (?P<limit>[^|]+) \| (?P<ours>[^|]+) \| `(?P<test>tests/[^`]+)` \|$", re.MULTILINE)


def rows(root):
    return [found.groupdict() for found in ROW.finditer((root / "docs/sync.md").read_text(encoding="utf-8"))]


def test_each_limit_has_a_line_that_names_a_test(root):
    found = rows(root)
    assert len(found) == 6
    for row in found:
        file, _, name = row["test"].partition("::")
        assert f"def {name}(" in (root / file).read_text(encoding="utf-8")
        assert re.match("obeyed|surpassed|impossible", row["ours"])


def test_each_limit_that_is_known_is_there(root, shared):
    text = (shared / "facts/sync.md").read_text(encoding="utf-8")
    known = text.partition("### 1.4 ")[2].partition("Limitations: ")[2].partition("\n###")[0]
    told = re.sub(r"\([^)]*\)", "", known)
    limits = [part.strip(" .\n") for part in told.split(";")]
    assert len(limits) == 6
    for limit in limits:
        words = " ".join(limit.split()).removeprefix("the ")
        assert any(row["limit"].strip() in words for row in rows(root)), limit
