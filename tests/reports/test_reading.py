"""Choosing a format, streams, and what holds for every tree of tests."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher import reports
from ado_publisher.errors import ReportError
from ado_publisher.model import Outcome, TestResult
from ado_publisher.reports import _registry
from ado_publisher.reports._head import Head, Kind
from ado_publisher.reports._registry import choose, report_format

ONE = b'<testsuite name="s"><testcase name="t"/></testsuite>'


class Trickle(io.RawIOBase):
    """A pipe that hands over a few bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 7) if size >= 0 else 7)


def test_standard_input_is_read_as_a_stream():
    [result] = reports.read("-", stream=Trickle(ONE))
    assert (result.name, result.file) == ("t", "-")


def test_a_stream_longer_than_its_head_is_read_to_the_end():
    content = b"<testsuite>" + b'<testcase name="t"/>' * 40_000 + b"</testsuite>"
    assert sum(1 for _ in reports.read("-", stream=io.BytesIO(content))) == 40_000


def test_a_format_that_is_not_the_files_is_refused(tmp_path):
    path = tmp_path / "report.xml"
    path.write_text("<catalog/>")
    with pytest.raises(
        ReportError, match="not a junit report: the file is XML with the root element <catalog>"
    ):
        list(reports.read(str(path), format="junit"))


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(ReportError, match=r"unknown report format 'junitt': known are .*junit"):
        list(reports.read("-", format="junitt", stream=io.BytesIO(ONE)))


def test_a_format_is_told_by_content_whatever_the_file_is_called(tmp_path):
    path = tmp_path / "results.json"
    path.write_bytes(ONE)
    assert reports.detect(str(path)) == "junit"


def test_an_empty_report_is_told_in_whole_sentences():
    with pytest.raises(ReportError, match=r"to the end\? Known formats: "):
        list(reports.read("-", stream=io.BytesIO(b"")))


def test_a_second_claim_of_a_format_raises():
    reports.formats()
    with pytest.raises(ValueError, match=r"'junit' is registered twice: by ado_publisher.reports.junit and"):
        report_format("junit", recognizes=lambda _: True)(lambda _: iter(()))


def test_a_dialect_takes_over_from_its_base_and_equal_claims_are_refused(monkeypatch):
    monkeypatch.setattr(_registry, "_formats", dict(reports.formats()))
    head = Head(Kind.XML, b"", root="testsuites")
    report_format("dialect", recognizes=lambda _: True, refines="junit")(lambda _: iter(()))
    assert choose(head, "f", None).name == "dialect"
    report_format("rival", recognizes=lambda _: True)(lambda _: iter(()))
    with pytest.raises(ReportError, match="it could be dialect, rival"):
        choose(head, "f", None)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
)
VERDICTS = {
    "": Outcome.PASSED,
    "<failure/>": Outcome.FAILED,
    "<error>e</error>": Outcome.ERROR,
    "<skipped/>": Outcome.NOT_EXECUTED,
    "<skipped/><failure message='m'/>": Outcome.FAILED,
    "<failure/><system-out>o</system-out><error/>": Outcome.ERROR,
    "<flakyFailure/>": Outcome.PASSED,
    "<failure/><rerunFailure/>": Outcome.FAILED,
}
CASES = st.tuples(TEXT, st.sampled_from(sorted(VERDICTS)))
TREES = st.recursive(CASES, lambda inner: st.lists(inner, max_size=5), max_leaves=30)


def written(tree) -> str:
    if isinstance(tree, list):
        return f"<testsuite>{''.join(map(written, tree))}</testsuite>"
    name, verdict = tree
    return f"<testcase name={quoteattr(name)}>{verdict}</testcase>"


def leaves(tree) -> list:
    return [leaf for branch in tree for leaf in leaves(branch)] if isinstance(tree, list) else [tree]


def suites(tree) -> int:
    return 1 + sum(map(suites, tree)) if isinstance(tree, list) else 0


@given(TREES)
def test_whatever_was_written_is_read_back(tree):
    document = f"<testsuites>{written(tree)}</testsuites>".encode()
    notes = reports.Notes()
    results = list(reports.read("-", stream=io.BytesIO(document), notes=notes))
    assert [result.name for result in results] == [name for name, _ in leaves(tree)]
    assert Counter(r.outcome for r in results) == Counter(VERDICTS[v] for _, v in leaves(tree))
    assert notes.suites == suites(tree)


def read_or_refused(content: bytes) -> None:
    with contextlib.suppress(ReportError):
        list(reports.read("-", stream=io.BytesIO(content)))


@given(st.binary(max_size=300))
def test_any_bytes_are_results_or_one_report_error(content):
    read_or_refused(content)


@given(st.binary(max_size=60))
def test_any_damage_inside_a_report_is_results_or_one_report_error(damage):
    read_or_refused(ONE[:20] + damage + ONE[20:])


def test_what_xml_escapes_is_read_as_it_was_meant():
    document = b"""<testsuite name="a &amp; b"><testcase name="&lt;&#38;&quot;&#x41;&gt;"><failure
      message="x &lt; y&#10;z">1 &amp;&amp; 2 &lt; <![CDATA[&amp; <b>]]></failure></testcase></testsuite>"""
    [result] = reports.read("-", stream=io.BytesIO(document))
    assert (result.name, result.suites) == ('<&"A>', ("a & b",))
    assert (result.message, result.stack_trace) == ("x < y\nz", "1 && 2 < &amp; <b>")


@pytest.mark.parametrize("verdict", sorted(VERDICTS))
def test_a_result_is_what_its_own_constructor_makes_of_its_fields(verdict):
    document = f"<testsuite><testcase name='t' time='1' line='3'>{verdict}</testcase></testsuite>".encode()
    [result] = reports.read("-", stream=io.BytesIO(document))
    assert TestResult(**result._asdict()) == result
    assert isinstance(result, TestResult)
    assert (result.duration, result.properties, result.test_type) == (1.0, (("line", "3"),), "JUnit")


def test_attributes_that_mean_something_are_heeded_beside_tests_that_have_none():
    document = b"""<testsuite xmlns:n="urn:n"><testcase name="a" x="1"/><testcase name="b" x="2" n:y="3"/>
      <testcase name="c" x="4" status="failed"/><testcase name="d" x="5"/></testsuite>"""
    results = list(reports.read("-", stream=io.BytesIO(document)))
    assert [result.properties for result in results] == [(("x", value),) for value in "1245"]
    assert [result.outcome.value for result in results] == ["Passed", "Passed", "Failed", "Passed"]
