"""Reports that mean harm: every one ends in a clear error, reads no other file and opens no connection."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import threading
from pathlib import Path

import pytest
from lxml import etree

from ado_publisher import reports
from ado_publisher.errors import ReportError


@pytest.fixture
def report(tmp_path):
    """`report(b"…")` writes a report and returns its path."""

    def write(content: bytes | str) -> str:
        path = tmp_path / "report.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def refused(path: str, **options) -> ReportError:
    with pytest.raises(ReportError) as caught:
        list(reports.read(path, **options))
    assert caught.value.file == path
    return caught.value


def suite(body: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<testsuite name="s">{body}</testsuite>'


def test_the_parser_limits_how_far_entities_may_grow():
    # Older ones expand them without end (facts: packaging.md section 5).
    assert etree.LIBXML_VERSION >= (2, 14)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">',
        '<!ENTITY c SYSTEM "file:///etc/passwd">',
        '<!ENTITY % p SYSTEM "file:///etc/passwd"> %p; <!ENTITY c "x">',
        '<!ENTITY % p "<!ENTITY c &#34;x&#34;>">',
        '<!ENTITY never "used">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_refused(report, declaration, encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE testsuite [{declaration}]>'
    text = f'{head}<testsuite name="s"><testcase name="t"/></testsuite>'
    assert "entities" in refused(report(text.encode(encoding))).message


def test_an_entity_hidden_behind_a_long_head_is_refused(report):
    text = suite("<testcase name='t'/>", f"<!DOCTYPE testsuite [<!--{'x' * 400_000}--><!ENTITY e 'v'>]>")
    refused(report(text))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE testsuite SYSTEM "http://127.0.0.1:{port}/evil.dtd">',
        '<!DOCTYPE testsuite [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/evil.dtd"> %p;]>',
        '<!DOCTYPE testsuite [<!ENTITY c SYSTEM "http://127.0.0.1:{port}/c">]>',
    ],
)
def test_no_connection_is_opened(report, doctype):
    connections: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)

        def listen() -> None:
            try:
                connections.append(server.accept())
            except TimeoutError:
                return

        listener = threading.Thread(target=listen)
        listener.start()
        path = report(suite('<testcase name="t"/>', doctype.format(port=server.getsockname()[1])))
        with contextlib.suppress(ReportError):
            list(reports.read(path))
        listener.join()
    assert connections == []


def test_a_bare_doctype_passes(report):
    path = report(suite('<testcase name="t"/>', '<!DOCTYPE testsuite SYSTEM "junit.dtd">'))
    assert [result.name for result in reports.read(path)] == ["t"]


@pytest.mark.parametrize(
    "tag", ["testsuite", "testcase", "properties", "property", "system-out", "failure", "x"]
)
def test_deep_nesting_is_refused(report, tag):
    body = f"<{tag}>" * 5000 + f"</{tag}>" * 5000
    assert (
        "nested deeper than 2048" in refused(report(suite(f'<testcase name="t">{body}</testcase>'))).message
    )


def test_eleven_megabytes_of_output_are_read(report):
    text = "x" * 11_000_000
    [result] = reports.read(report(suite(f'<testcase name="t"><system-out>{text}</system-out></testcase>')))
    assert len(result.stdout) == len(text)


def test_markers_without_end_take_linear_time(report):
    text = "[[ATTACHMENT|" * 400_000
    [result] = reports.read(report(suite(f'<testcase name="t"><system-out>{text}</system-out></testcase>')))
    assert result.attachments == ()


def test_what_is_larger_than_allowed_is_refused(report):
    path = report(suite('<testcase name="t"/>' * 50_000))
    assert "larger than 300,000 bytes" in refused(path, limits=reports.Limits(bytes=300_000)).message
    assert "more than 10 tests" in refused(path, limits=reports.Limits(tests=10)).message
    assert len(list(reports.read(path, limits=reports.Limits(tests=50_000)))) == 50_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"not a report", "starts with 'not a report'"),
        (b'{"tests": []}', "JSON"),
        (b"<catalog/>", "<catalog>"),
        (b"<testsuite", "not well-formed"),
        (b"<!-- nothing else -->", "not well-formed"),
        (b"<testsuite><testcase name='a'></testsuite>", "not well-formed"),
        (b"<testsuite><testcase name='a'/>", "cut off"),
        (b"<testsuite><testcase name='a\0'/></testsuite>", "not well-formed"),
        (b"<testsuite><testcase name='a'>\x1b[31m</testcase></testsuite>", "control character"),
        (b"<testsuite><testcase name='a'>&#27;</testcase></testsuite>", "not well-formed"),
        (b"<testsuite><testcase name='\xff'/></testsuite>", "not well-formed"),
        (b"<?xml version='1.0' encoding='no-such'?><testsuite/>", "no-such"),
        (b"<?xml version='1.0' encoding='ascii'?><testsuite name='\xc3\xa4'/>", "not well-formed"),
        (b"<testsuite/><testsuite/>", "not well-formed"),
        (b"<testsuite><testcase name='&unknown;'/></testsuite>", "not well-formed"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(report, content, said):
    error = refused(report(content))
    assert said in error.message
    if said != "empty":
        assert error.line == 1
        assert error.column


def test_a_folder_a_pipe_a_device_and_a_missing_file_name_the_way_out(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "name the files in it" in refused(str(tmp_path)).message
    assert "give - as the file" in refused(str(pipe)).message
    assert "device" in refused("/dev/null").message
    assert "no such file" in refused(str(tmp_path / "absent.xml")).message
    assert "cannot be read" in refused("nul\0byte.xml").message


def test_a_file_without_permission_says_so(report, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    path = report(suite(""))
    monkeypatch.setattr(Path, "open", refuse)  # root, as which CI may run, is refused nothing
    assert refused(path).message == "cannot be read: Permission denied. Check its permissions"


def test_a_giant_suite_takes_no_more_memory_than_a_small_one(report):
    path = report(
        suite('<testcase name="t"><system-out>some output of the test</system-out></testcase>' * 200_000)
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = sum(1 for _ in reports.read(path))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert count == 200_000
    assert grown < 20_000  # KiB
